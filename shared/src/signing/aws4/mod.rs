//! AWS Signature Version 4, in a header or in the query.
//!
//! The canonical form and the signature are the `aws-sigv4` crate's, with which AWS's SDK for Rust signs. This
//! module decides what goes into it.

mod settings;
#[cfg(test)]
mod suite;

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, sign},
    sign::v4::SigningParams,
};
use jiff::{Timestamp, tz::TimeZone};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use tracing::subscriber::NoSubscriber;

pub use settings::{Aws4Settings, ContentSha256, PathEncoding, Placement, QueryBody, SessionToken, UriPath};

use super::{Body, Owned, Request, Reveals, Sets, SignError, Signed, field, mac};
use crate::{
    origin::{Origin, Target},
    percent::RESERVED,
    secret::SecretText,
};

/// The fields of an AWS key.
pub struct Aws4<'a> {
    /// The access key id. It is sent.
    pub access_key: &'a str,
    /// The secret access key.
    pub secret_key: &'a SecretText,
    /// The token of temporary credentials. It is sent in the clear.
    pub session_token: Option<&'a SecretText>,
    /// Such as `eu-west-1`.
    pub region: &'a str,
    /// Such as `execute-api`.
    pub service: &'a str,
    /// The host that is signed, with or without a scheme, where a proxy in front of the service has another
    /// one. The target's, if `None`.
    pub base_endpoint: Option<&'a str>,
    /// Where the signature goes.
    pub placement: Placement,
    /// What the service expects; see [`Aws4Settings::of_service`].
    pub settings: Aws4Settings,
}

impl Aws4<'_> {
    /// The headers and query parameters that a signature consists of. A service may read them wherever they are, so the
    /// request has none of its own, whatever the placement. Others that start with `X-Amz-` are the caller's, such as
    /// `X-Amz-Target`, and are signed like any header. `X-Amz-Region-Set` belongs to SigV4A.
    #[must_use]
    pub fn owned(placement: Placement, content_sha256: ContentSha256, session_token: bool) -> Vec<Owned> {
        let there = |there| if there { Sets::Always } else { Sets::Never };
        let header = |name, sets| match placement {
            Placement::Header => Owned::header(name, sets),
            Placement::Query => Owned::header(name, Sets::Never),
        };
        let parameter = |name, sets| match placement {
            Placement::Header => Owned::query_in_any_case(name, Sets::Never),
            Placement::Query => Owned::query_in_any_case(name, sets),
        };
        vec![
            header("authorization", Sets::Always),
            header("x-amz-date", Sets::Always),
            header("x-amz-security-token", there(session_token)),
            header("x-amz-content-sha256", there(content_sha256 == ContentSha256::Sent)),
            header("x-amz-region-set", Sets::Never),
            parameter("X-Amz-Algorithm", Sets::Always),
            parameter("X-Amz-Credential", Sets::Always),
            parameter("X-Amz-Date", Sets::Always),
            parameter("X-Amz-Expires", Sets::Always),
            parameter("X-Amz-SignedHeaders", Sets::Always),
            parameter("X-Amz-Signature", Sets::Always),
            parameter("X-Amz-Security-Token", there(session_token)),
            parameter("X-Amz-Region-Set", Sets::Never),
        ]
    }

    pub(super) const fn reveals(&self) -> Reveals {
        match self.session_token {
            Some(_) => Reveals::Secret,
            None => Reveals::Nothing,
        }
    }

    pub(super) fn check(&self) -> Result<(), SignError> {
        let scope = "must be visible ASCII without spaces, `/` and `,`";
        field::word("access_key", self.access_key, b"/,", scope)?;
        let secret = "must be visible ASCII without spaces";
        field::word("secret_key", self.secret_key.expose(), b"", secret)?;
        if let Some(token) = self.session_token {
            field::word("session_token", token.expose(), b"", secret)?;
        }
        field::word("region", self.region, b"/,", scope)?;
        field::word("service", self.service, b"/,", scope)?;
        self.base_endpoint.map_or(Ok(()), |endpoint| host(endpoint, "https").map(drop))
    }

    /// Signs whatever headers the request has, except those that it replaces by its own.
    pub(super) fn sign(&self, request: &Request<'_>, now: Timestamp) -> Result<Signed, SignError> {
        check_query(request.target)?;
        let of_s3 = request.target.with_path_of_s3();
        let target = match self.settings.path_encoding {
            PathEncoding::Once => &of_s3,
            PathEncoding::Twice => request.target,
        };
        let request = &Request { target, ..*request };
        let host = match self.base_endpoint {
            Some(endpoint) => host(endpoint, request.target.scheme().as_str())?,
            None => request.target.authority(),
        };
        let token = self.session_token.map(|token| token.expose().to_owned());
        let identity =
            Credentials::new(self.access_key, self.secret_key.expose(), token, None, "keyward").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(time(now)?)
            .settings(self.settings.signing(self.placement))
            .build()
            .map_err(|_| SignError::NotCanonical)?
            .into();
        let url = request.target.to_string();
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers = [("host", host.as_str())].into_iter().chain(headers);
        let signable = SignableRequest::new(request.method.as_str(), url, headers, self.body(request.body));
        // At its finest level the library logs what it signs, secret headers and the session token included.
        let instructions = tracing::subscriber::with_default(NoSubscriber::default(), || {
            signable.and_then(|request| sign(request, &params))
        });
        let instructions = instructions.map_err(|_| SignError::NotCanonical)?;
        let (headers, parameters) = instructions.into_parts().0.into_parts();

        let mut signed = Signed::unsigned(request);
        for header in headers {
            signed.add(header.name(), header.value().to_owned());
        }
        for (name, value) in parameters {
            signed.add_query(name, &utf8_percent_encode(&value, RESERVED).to_string());
        }
        Ok(signed)
    }

    fn body<'b>(&self, body: Body<'b>) -> SignableBody<'b> {
        match (self.placement, self.settings.query_body, body) {
            (Placement::Query, QueryBody::Unsigned, _) => SignableBody::UnsignedPayload,
            (Placement::Header, _, body) | (Placement::Query, QueryBody::Signed, body) => match body {
                Body::Bytes(bytes) => SignableBody::Precomputed(hex::encode(mac::sha256(bytes))),
                Body::Sha256(digest) => SignableBody::Precomputed(hex::encode(digest)),
            },
        }
    }
}

/// The `Host` value of an endpoint that may lack its scheme.
fn host(endpoint: &str, scheme: &str) -> Result<String, SignError> {
    let origin: Result<Origin, _> =
        if endpoint.contains("://") { endpoint.parse() } else { format!("{scheme}://{endpoint}").parse() };
    origin.map(|origin| origin.authority()).map_err(|_| SignError::Field {
        field: "base_endpoint",
        reason: "must be a host name, with or without a scheme, and without a path",
    })
}

fn check_query(target: &Target) -> Result<(), SignError> {
    for parameter in target.query().unwrap_or_default().split('&') {
        // The canonical form is made from the decoded text, where bytes that are no UTF-8 would all look alike.
        percent_decode_str(parameter).decode_utf8().map_err(|_| SignError::QueryEncoding)?;
    }
    Ok(())
}

fn time(now: Timestamp) -> Result<SystemTime, SignError> {
    match now.to_zoned(TimeZone::UTC).year() {
        1..=9999 => Ok(now.into()),
        _ => Err(SignError::Time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{Authenticator, tests::Sevens};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn signed(change: impl FnOnce(&mut Aws4<'_>), path: &str, body: Body<'_>) -> Result<Signed, SignError> {
        let secret_key = SecretText::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let mut aws4 = Aws4 {
            access_key: "AKIDEXAMPLE",
            secret_key: &secret_key,
            session_token: None,
            region: "eu-west-1",
            service: "execute-api",
            base_endpoint: None,
            placement: Placement::Header,
            settings: Aws4Settings::of_service("execute-api"),
        };
        change(&mut aws4);
        let target = Target::unchecked("https://shop.example", path);
        let request = Request { method: &http::Method::POST, target: &target, headers: &[], body };
        Authenticator::Aws4(aws4).sign(&request, NOW, &Sevens)
    }

    fn authorization(change: impl FnOnce(&mut Aws4<'_>), body: Body<'_>) -> String {
        signed(change, "/a", body).ok().unwrap().header("authorization").unwrap().to_owned()
    }

    #[test]
    fn the_signed_host_is_the_base_endpoints_where_there_is_one() {
        let plain = authorization(|_| {}, Body::Bytes(b""));
        let same =
            authorization(|aws4| aws4.base_endpoint = Some("https://SHOP.example:443/"), Body::Bytes(b""));
        assert_eq!(plain, same);
        let other = "abc.execute-api.eu-west-1.amazonaws.com";
        let other = authorization(|aws4| aws4.base_endpoint = Some(other), Body::Bytes(b""));
        assert_ne!(plain, other);
        // Canonical request, string to sign and signature computed apart from this code (Python, hmac).
        assert!(other.ends_with(OTHER_HOST_SIGNATURE), "{other}");
        for endpoint in ["", "a/b", "a b", "user@a", "https://a/?x"] {
            let error = signed(|aws4| aws4.base_endpoint = Some(endpoint), "/a", Body::Bytes(b"")).err();
            assert!(matches!(error, Some(SignError::Field { field: "base_endpoint", .. })), "{endpoint}");
        }
    }

    const OTHER_HOST_SIGNATURE: &str =
        "Signature=fa8e4c7c0cf5ab277f7565ff28df44eb5beb658f735aaac87203eed5666f0219";

    #[test]
    fn a_digest_is_as_good_as_the_body() {
        let body = authorization(|_| {}, Body::Bytes(b"hello"));
        assert_eq!(body, authorization(|_| {}, Body::Sha256(mac::sha256(b"hello"))));
    }

    #[test]
    fn s3_signs_the_path_as_it_is_sent() {
        let s3 = |aws4: &mut Aws4<'_>| {
            aws4.service = "s3";
            aws4.settings = Aws4Settings::of_service("s3");
        };
        let signed = signed(s3, "/bucket/a%20b//c", Body::Bytes(b"hello")).ok().unwrap();
        // SHA-256 of "hello".
        let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(signed.header("x-amz-content-sha256"), Some(digest));
        assert_eq!(signed.header("x-amz-date"), Some("19700101T000000Z"));
        assert!(signed.header("authorization").unwrap().ends_with(S3_SIGNATURE));
    }

    const S3_SIGNATURE: &str = "Signature=785b6cc3b8f20ab5c7d25b7c94b579222e2221d027593db533e19f0fcd5ae82f";

    #[test]
    fn s3_reads_unsigned_payload_in_the_query() {
        let s3 = |aws4: &mut Aws4<'_>| {
            aws4.placement = Placement::Query;
            aws4.service = "s3";
            aws4.settings = Aws4Settings::of_service("s3");
        };
        let signed = signed(s3, "/bucket/a%20b//c?list=1", Body::Bytes(b"hello")).ok().unwrap();
        assert_eq!(signed.headers().count(), 0);
        let url = "https://shop.example/bucket/a%20b//c?list=1&X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F19700101%2Feu-west-1%2Fs3%2Faws4_request\
             &X-Amz-Date=19700101T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=af94365e14f004d96fe006ce74e2adac4a05f54748fa454f4ee284671bb692e7";
        assert_eq!(signed.url(), url);
    }

    #[test]
    fn a_query_that_is_signed_already_or_not_utf_8_is_refused() {
        for (path, error) in [
            ("/?X-Amz-Signature=0", SignError::QueryOwned),
            ("/?a=b&x-amz-%64ate=0", SignError::QueryOwned),
            ("/?X-Amz-Expires", SignError::QueryOwned),
            ("/?a=%ff", SignError::QueryEncoding),
        ] {
            assert_eq!(signed(|_| {}, path, Body::Bytes(b"")).err(), Some(error), "{path}");
        }
        assert!(signed(|_| {}, "/?X-Amz-Target=a&y=%C3%A9+b", Body::Bytes(b"")).is_ok());
    }

    #[test]
    fn fields_that_would_break_the_signature_are_refused_by_name() {
        let bad = SecretText::from("canary secret\n".to_owned());
        let check = |change: &dyn Fn(&mut Aws4<'_>)| {
            let secret_key = SecretText::from("s".to_owned());
            let mut aws4 = Aws4 {
                access_key: "a",
                secret_key: &secret_key,
                session_token: None,
                region: "r",
                service: "s",
                base_endpoint: None,
                placement: Placement::Header,
                settings: Aws4Settings::of_service("s"),
            };
            change(&mut aws4);
            aws4.check().unwrap_err().to_string()
        };
        for (message, field) in [
            (check(&|aws4| aws4.access_key = ""), "access_key "),
            (check(&|aws4| aws4.access_key = "a/b"), "access_key "),
            (check(&|aws4| aws4.region = "eu west"), "region "),
            (check(&|aws4| aws4.service = "é"), "service "),
        ] {
            assert!(message.starts_with(field), "{message}");
        }
        let aws4 = Aws4 {
            access_key: "a",
            secret_key: &bad,
            session_token: None,
            region: "r",
            service: "s",
            base_endpoint: None,
            placement: Placement::Header,
            settings: Aws4Settings::of_service("s"),
        };
        assert!(!format!("{:?}", aws4.check()).contains("canary"));
        let aws4 = Aws4 { secret_key: &SecretText::from("s".to_owned()), session_token: Some(&bad), ..aws4 };
        assert!(matches!(aws4.check(), Err(SignError::Field { field: "session_token", .. })));
        assert_eq!(aws4.reveals(), Reveals::Secret);
    }

    #[test]
    fn a_year_without_four_digits_is_refused() {
        assert_eq!(time(Timestamp::MIN).err(), Some(SignError::Time));
        assert!(time(Timestamp::MAX).is_ok());
    }
}
