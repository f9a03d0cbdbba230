//! HTTP Message Signatures (RFC 9421) with the algorithm `hmac-sha256` (§3.3.3).

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::{
    super::{Owned, Request, Sets, SignError, Signed, mac::hmac_sha256},
    SecretEncoding,
    component::Component,
};

/// What the signature covers unless the settings say otherwise: all that decides what a request does. The parts
/// of the address stand for themselves, so that it also holds behind a proxy that ends TLS. The digest is there
/// without a body as well, so that none can be added. `content-type` joins them when it is there.
const DEFAULT_COMPONENTS: [Component<'static>; 5] = [
    Component::Method,
    Component::Authority,
    Component::Path,
    Component::Query,
    Component::Field(CONTENT_DIGEST),
];

const CONTENT_DIGEST: &str = "content-digest";
const CONTENT_TYPE: &str = "content-type";

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc9421<'a> {
    /// What is covered, in this order. `None` stands for `@method`, `@authority`, `@path`, `@query`,
    /// `content-digest`, and `content-type` where the request has one. `content-digest` is added to the
    /// request when it is covered.
    pub components: Option<&'a [Component<'a>]>,
    /// The name of the signature in its headers: a key of a structured field (RFC 8941 §3.1.2).
    pub label: &'a str,
    /// Whether the algorithm is named.
    pub algorithm: AlgorithmParameter,
    /// How the client secret stands for the key.
    pub secret: SecretEncoding,
}

impl Default for Rfc9421<'_> {
    fn default() -> Self {
        Self {
            components: None,
            label: "sig1",
            algorithm: AlgorithmParameter::Named,
            secret: SecretEncoding::Text,
        }
    }
}

/// Whether the signature's parameters name the algorithm (§2.3, `alg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlgorithmParameter {
    /// They do.
    Named,
    /// They do not: the verifier knows it from the key id.
    Omitted,
}

pub(super) fn owned(settings: &Rfc9421<'_>) -> Vec<Owned> {
    let digest = covers_digest(settings.components.unwrap_or(&DEFAULT_COMPONENTS)).then_some(CONTENT_DIGEST);
    let names = ["signature", "signature-input"].into_iter().chain(digest);
    names.map(|name| Owned::header(name, Sets::Always)).collect()
}

fn covers_digest(components: &[Component<'_>]) -> bool {
    components.iter().any(|component| component.identifier() == "\"content-digest\"")
}

pub(super) fn check(client_id: &str, settings: &Rfc9421<'_>) -> Result<(), SignError> {
    let printable = client_id.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if client_id.is_empty() || !printable {
        return Err(SignError::Field { field: "client_id", reason: "must be visible ASCII" });
    }
    let starts_well = settings.label.starts_with(|c: char| c.is_ascii_lowercase() || c == '*');
    let goes_on_well = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.' | b'*')
    };
    if starts_well && settings.label.bytes().all(goes_on_well) {
        Ok(())
    } else {
        Err(SignError::Field { field: "label", reason: "must be a key of a structured field" })
    }
}

/// Adds `content-digest` when it is covered, and then `signature-input` and `signature` (§4).
pub(super) fn sign(
    key: &[u8],
    client_id: &str,
    settings: &Rfc9421<'_>,
    request: &Request<'_>,
    now: Timestamp,
    signed: &mut Signed,
) -> Result<(), SignError> {
    let mut components = settings.components.unwrap_or(&DEFAULT_COMPONENTS).to_vec();
    if settings.components.is_none() && signed.header(CONTENT_TYPE).is_some() {
        components.push(Component::Field(CONTENT_TYPE));
    }
    if covers_digest(&components) {
        // RFC 9530 §2: a dictionary of byte sequences.
        signed.add(CONTENT_DIGEST, format!("sha-256=:{}:", BASE64_STANDARD.encode(request.body.sha256())));
    }
    let (base, parameters) = signature_base(client_id, settings, &components, request, now, signed)?;
    let signature = BASE64_STANDARD.encode(hmac_sha256(key, &[base.as_bytes()]));
    signed.add("signature-input", format!("{}={parameters}", settings.label));
    signed.add("signature", format!("{}=:{signature}:", settings.label));
    Ok(())
}

/// The signature base (§2.5), and the signature's parameters (§2.3) that end it.
fn signature_base(
    client_id: &str,
    settings: &Rfc9421<'_>,
    components: &[Component<'_>],
    request: &Request<'_>,
    now: Timestamp,
    signed: &Signed,
) -> Result<(String, String), SignError> {
    let mut base = String::new();
    let mut identifiers: Vec<String> = Vec::with_capacity(components.len());
    for component in components {
        let identifier = component.identifier();
        let refuse = |reason| SignError::Component { component: identifier.clone(), reason };
        if identifiers.contains(&identifier) {
            return Err(refuse("is covered twice"));
        }
        let value = component.value(request, signed).map_err(refuse)?;
        base.push_str(&format!("{identifier}: {value}\n"));
        identifiers.push(identifier);
    }
    let key_id = client_id.replace('\\', "\\\\").replace('"', "\\\"");
    let algorithm = match settings.algorithm {
        AlgorithmParameter::Named => ";alg=\"hmac-sha256\"",
        AlgorithmParameter::Omitted => "",
    };
    let parameters =
        format!("({});created={};keyid=\"{key_id}\"{algorithm}", identifiers.join(" "), now.as_second());
    base.push_str(&format!("\"@signature-params\": {parameters}"));
    Ok((base, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        secret::SecretText,
        signing::{Authenticator, Body, HmacScheme, HmacSha256, tests::Sevens},
    };

    const NOW: i64 = 1_618_884_473;

    fn sign(
        settings: Rfc9421<'_>,
        client_id: &str,
        secret: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Signed, SignError> {
        let target = Target::unchecked("https://example.com", path);
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: &http::Method::POST, target: &target, headers: &headers, body };
        let client_secret = SecretText::from(secret.to_owned());
        let hmac = HmacSha256::new(HmacScheme::Rfc9421, client_id, &client_secret);
        let hmac = HmacSha256 { rfc9421: settings, ..hmac };
        Authenticator::HmacSha256(hmac).sign(&request, Timestamp::from_second(NOW).unwrap(), &Sevens)
    }

    /// RFC 9421 §B.2.5, with the shared secret of §B.1.5 and the request of §B.2.
    #[test]
    fn rfc_9421_example_holds() {
        let settings = Rfc9421 {
            components: Some(&[
                Component::Field("Date"),
                Component::Authority,
                Component::Field("content-type"),
            ]),
            label: "sig-b25",
            algorithm: AlgorithmParameter::Omitted,
            secret: SecretEncoding::Base64,
        };
        let secret =
            "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        let headers = [("Date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("Content-Type", "application/json")];
        let body = Body::Bytes(br#"{"hello": "world"}"#);
        let signed = sign(settings, "test-shared-secret", secret, "/foo?param=Value&Pet=dog", &headers, body);
        let signed = signed.ok().unwrap();
        assert_eq!(
            signed.header("signature-input"),
            Some(
                "sig-b25=(\"date\" \"@authority\" \"content-type\")\
                 ;created=1618884473;keyid=\"test-shared-secret\""
            )
        );
        assert_eq!(
            signed.header("signature"),
            Some("sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:")
        );
    }

    /// Computed apart from this code, with Python's `hmac`, from RFC 9421.
    #[test]
    fn the_default_covers_all_that_decides_what_a_request_does() {
        let headers = [("Content-Type", "application/json"), ("X-Other", "1")];
        let digest = super::super::super::mac::sha256(br#"{"hello": "world"}"#);
        for body in [Body::Bytes(br#"{"hello": "world"}"#), Body::Sha256(digest)] {
            let signed = sign(Rfc9421::default(), "a\"b\\c", "s3cret é", "/v1/a%20b?x=1&x=2", &headers, body);
            let signed = signed.ok().unwrap();
            // SHA-256 of the body.
            let expected = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
            assert_eq!(signed.header("content-digest"), Some(expected));
            assert_eq!(
                signed.header("signature-input"),
                Some(
                    "sig1=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"content-type\")\
                     ;created=1618884473;keyid=\"a\\\"b\\\\c\";alg=\"hmac-sha256\""
                )
            );
            assert_eq!(
                signed.header("signature"),
                Some("sig1=:buehLYIZQVEejy7DuhYT35QgqcndyGFWGMR3sFy7Jcs=:")
            );
        }
    }

    #[test]
    fn components_that_are_missing_or_ambiguous_are_refused() {
        for (components, reason) in [
            (&[Component::Field("date")][..], "is not among the headers"),
            (&[Component::QueryParam("y")], "is not in the query"),
            (&[Component::QueryParam("x")], "is in the query more than once"),
            (&[Component::Field("X-A"), Component::Field("x-a")], "is covered twice"),
        ] {
            let settings = Rfc9421 { components: Some(components), ..Rfc9421::default() };
            let error = sign(settings, "c", "s", "/?x=1&x=2", &[("x-a", "1")], Body::Bytes(b"")).err();
            assert!(matches!(&error, Some(SignError::Component { reason: why, .. }) if *why == reason));
        }
    }

    #[test]
    fn own_headers_are_refused_and_a_digest_that_is_not_covered_is_not() {
        for name in ["Signature", "signature-input", "Content-Digest"] {
            let error = sign(Rfc9421::default(), "c", "s", "/", &[(name, "x")], Body::Bytes(b"")).err();
            assert!(matches!(error, Some(SignError::Header { .. })), "{name}");
        }
        let settings = Rfc9421 { components: Some(&[Component::Method]), ..Rfc9421::default() };
        let signed = sign(settings, "c", "s", "/", &[("content-digest", "x")], Body::Bytes(b""));
        assert_eq!(signed.ok().unwrap().header("content-digest"), Some("x"));
    }

    #[test]
    fn client_id_and_label_must_fit_their_headers() {
        assert!(matches!(check("é", &Rfc9421::default()), Err(SignError::Field { field: "client_id", .. })));
        for label in ["", "1a", "A", "a b", "a=", "é"] {
            let settings = Rfc9421 { label, ..Rfc9421::default() };
            assert!(matches!(check("c", &settings), Err(SignError::Field { field: "label", .. })), "{label}");
        }
    }
}
