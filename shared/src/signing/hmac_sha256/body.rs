//! The body's HMAC in one header.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::super::{Request, SignError, Signed, field, headers, mac::hmac_sha256};

/// How the signature is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BodySignature<'a> {
    /// The header's name.
    pub header_name: &'a str,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What stands before it, such as `sha256=`, or nothing.
    pub prefix: &'a str,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Hexadecimal in lower case, as GitHub's `X-Hub-Signature-256`.
    #[default]
    Hex,
    /// Base64 with padding (RFC 4648 §4), as Shopify's `X-Shopify-Hmac-SHA256`.
    Base64,
}

pub(super) fn check(body: &BodySignature<'_>) -> Result<(), SignError> {
    let BodySignature { header_name, encoding: _, prefix } = *body;
    field::header_name("header_name", header_name)?;
    // A space at its end stands within the value, one at its start would stand before it.
    headers::check_value(prefix.trim_ascii_end())
        .and_then(|()| headers::check_value(&format!("{prefix}0")))
        .map_err(|_| SignError::Field {
            field: "prefix",
            reason: "must be visible ASCII, without spaces before it",
        })
}

pub(super) fn sign(
    key: &[u8],
    body: &BodySignature<'_>,
    request: &Request<'_>,
    signed: &mut Signed,
) -> Result<(), SignError> {
    let BodySignature { header_name, encoding, prefix } = *body;
    let mac = hmac_sha256(key, &[request.body.bytes("body")?]);
    let signature = match encoding {
        Encoding::Hex => hex::encode(mac),
        Encoding::Base64 => BASE64_STANDARD.encode(mac),
    };
    signed.add(header_name, format!("{prefix}{signature}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        signing::{Body, BodyProblem},
    };

    fn signature(key: &str, encoding: Encoding, prefix: &str, body: Body<'_>) -> Result<String, SignError> {
        let target = Target::unchecked("https://example.com", "/");
        let request = Request { method: &http::Method::POST, target: &target, headers: &[], body };
        let mut signed = Signed::unsigned(&request);
        let written = BodySignature { header_name: "X-Sig", encoding, prefix };
        sign(key.as_bytes(), &written, &request, &mut signed)?;
        Ok(signed.header("x-sig").unwrap().to_owned())
    }

    /// GitHub's documentation, "Validating webhook deliveries", has this example.
    #[test]
    fn github_example_holds() {
        let secret = "It's a Secret to Everybody";
        assert_eq!(
            signature(secret, Encoding::Hex, "sha256=", Body::Bytes(b"Hello, World!")).unwrap(),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    /// Shopify's way of writing it. No vector is published; this one comes from Python's `hmac`.
    #[test]
    fn a_body_is_signed_in_base64_as_an_independent_implementation_signs_it() {
        let body = r#"{"id":450789469,"title":"Größe"}"#;
        assert_eq!(
            signature("hush", Encoding::Base64, "", Body::Bytes(body.as_bytes())).unwrap(),
            "DIn7yo8u/ue/3+AWLzihzJ8gpN+WLLFSkX9ogxTjN5s="
        );
    }

    /// Shopify's older documentation signs the query of an OAuth callback with the secret `hush`.
    #[test]
    fn shopify_examples_hold() {
        for (text, mac) in [
            (
                "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&timestamp=1337178173",
                "4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20",
            ),
            (
                "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com\
                 &state=0.6784241404160823&timestamp=1337178173",
                "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf",
            ),
        ] {
            assert_eq!(signature("hush", Encoding::Hex, "", Body::Bytes(text.as_bytes())).unwrap(), mac);
        }
    }

    #[test]
    fn a_digest_is_not_enough() {
        let error = signature("k", Encoding::Hex, "", Body::Sha256([0; 32])).unwrap_err();
        assert_eq!(error, SignError::BodyNeeded { scheme: "body", problem: BodyProblem::Digest });
    }

    #[test]
    fn header_name_and_prefix_must_make_a_header() {
        let check =
            |header_name, prefix| check(&BodySignature { header_name, encoding: Encoding::Hex, prefix });
        assert_eq!(check("X-Signature", "sha256="), Ok(()));
        assert_eq!(check("Authorization", "HMAC "), Ok(()));
        assert!(matches!(check("Host", ""), Err(SignError::Field { field: "header_name", .. })));
        for prefix in [" a", "a\r\n", "a\n", "é"] {
            assert!(
                matches!(check("x", prefix), Err(SignError::Field { field: "prefix", .. })),
                "{prefix:?}"
            );
        }
    }
}
