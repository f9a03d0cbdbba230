//! What holds for every scheme and any input: a signature covers what it says, nothing panics, and no error
//! tells a secret.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};

use super::{
    AlgorithmParameter, Authenticator, Aws4, Aws4Settings, Body, BodySignature, Component, Encoding,
    HmacScheme, HmacSha256, OAuth1, Placement, Request, Rfc9421, SecretEncoding, Signed, VersionParameter,
    tests::Sevens,
};
use crate::{
    origin::{Origin, Origins, Target},
    secret::SecretText,
};

/// A part of a request that a signature may cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Method,
    Host,
    Path,
    Query,
    ContentType,
    Header,
    WebhookId,
    Body,
    Time,
    Secret,
}

#[derive(Debug, Clone, Copy)]
enum Scheme {
    Aws4Header,
    Aws4Query,
    S3Header,
    Rfc9421,
    Azure,
    StandardWebhooks,
    Body,
    OAuth1,
}

impl Scheme {
    const ALL: [Self; 8] = [
        Self::Aws4Header,
        Self::Aws4Query,
        Self::S3Header,
        Self::Rfc9421,
        Self::Azure,
        Self::StandardWebhooks,
        Self::Body,
        Self::OAuth1,
    ];

    fn covers(self) -> &'static [Part] {
        use Part::{Body, ContentType, Header, Host, Method, Path, Query, Secret, Time, WebhookId};
        match self {
            Self::Aws4Header | Self::Aws4Query | Self::S3Header => {
                &[Method, Host, Path, Query, ContentType, Header, WebhookId, Body, Time, Secret]
            }
            Self::Rfc9421 => &[Method, Host, Path, Query, ContentType, Body, Time, Secret],
            Self::Azure => &[Method, Host, Path, Query, Body, Time, Secret],
            Self::StandardWebhooks => &[WebhookId, Body, Time, Secret],
            Self::Body => &[Body, Secret],
            // The body is a form's only where the content type says so.
            Self::OAuth1 => &[Method, Host, Path, Query, Time, Secret],
        }
    }
}

#[derive(Debug, Clone)]
struct Message {
    method: String,
    host: String,
    path: String,
    query: String,
    content_type: String,
    header: String,
    webhook_id: String,
    body: Vec<u8>,
    unix_seconds: i64,
    secret: Vec<u8>,
}

impl Message {
    fn any() -> impl Strategy<Value = Self> {
        let words = ("[A-Z]{1,6}", "[a-z]{1,9}", "[a-z]{1,20}", "[a-z]{1,20}", "[a-z]{1,9}", "[a-z]{1,9}");
        let rest = (
            "[a-z]{1,9}",
            prop::collection::vec(any::<u8>(), 1..40),
            0..4_000_000_000_i64,
            prop::collection::vec(any::<u8>(), 24..=24),
        );
        (words, rest).prop_map(|((method, host, path, query, content_type, header), rest)| {
            let (webhook_id, body, unix_seconds, secret) = rest;
            Self { method, host, path, query, content_type, header, webhook_id, body, unix_seconds, secret }
        })
    }

    /// The same message with one letter, byte or second of `part` changed.
    fn changed(&self, part: Part, at: Index) -> Self {
        let letter = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let index = at.index(bytes.len());
            bytes[index] =
                if matches!(bytes[index], b'z' | b'Z') { bytes[index] - 1 } else { bytes[index] + 1 };
            String::from_utf8(bytes).unwrap()
        };
        let byte = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let index = at.index(bytes.len() * 8);
            bytes[index / 8] ^= 1 << (index % 8);
            bytes
        };
        let mut changed = self.clone();
        match part {
            Part::Method => changed.method = letter(&self.method),
            Part::Host => changed.host = letter(&self.host),
            Part::Path => changed.path = letter(&self.path),
            Part::Query => changed.query = letter(&self.query),
            Part::ContentType => changed.content_type = letter(&self.content_type),
            Part::Header => changed.header = letter(&self.header),
            Part::WebhookId => changed.webhook_id = letter(&self.webhook_id),
            Part::Body => changed.body = byte(&self.body),
            Part::Time => changed.unix_seconds += 1,
            Part::Secret => changed.secret = byte(&self.secret),
        }
        changed
    }

    fn signature(&self, scheme: Scheme) -> String {
        let secret = SecretText::from(BASE64_STANDARD.encode(&self.secret));
        let aws4 = |placement, service| {
            let settings = Aws4Settings::of_service(service);
            Authenticator::Aws4(Aws4 {
                access_key: "AKIDEXAMPLE",
                secret_key: &secret,
                session_token: None,
                region: "eu-west-1",
                service,
                base_endpoint: None,
                placement,
                settings,
            })
        };
        let body = BodySignature { header_name: "x-signature", encoding: Encoding::Hex, prefix: "" };
        let hmac = |scheme| {
            Authenticator::HmacSha256(HmacSha256 { body, ..HmacSha256::new(scheme, "client", &secret) })
        };
        let authenticator = match scheme {
            Scheme::Aws4Header => aws4(Placement::Header, "execute-api"),
            Scheme::Aws4Query => aws4(Placement::Query, "execute-api"),
            Scheme::S3Header => aws4(Placement::Header, "s3"),
            Scheme::Rfc9421 => hmac(HmacScheme::Rfc9421),
            Scheme::Azure => hmac(HmacScheme::Azure),
            Scheme::StandardWebhooks => hmac(HmacScheme::StandardWebhooks),
            Scheme::Body => hmac(HmacScheme::Body),
            Scheme::OAuth1 => Authenticator::OAuth1(OAuth1 {
                consumer_key: "client",
                consumer_secret: &secret,
                token: None,
                token_secret: None,
                realm: None,
                version: VersionParameter::Sent,
            }),
        };
        let origin = format!("https://{}.example", self.host);
        let target = Target::unchecked(&origin, &format!("/{}?{}=1", self.path, self.query));
        let headers = [
            ("content-type".to_owned(), self.content_type.clone()),
            ("x-header".to_owned(), self.header.clone()),
            ("webhook-id".to_owned(), self.webhook_id.clone()),
        ];
        let request = Request {
            method: &self.method.parse().unwrap(),
            target: &target,
            headers: &headers,
            body: Body::Bytes(&self.body),
        };
        let now = Timestamp::from_second(self.unix_seconds).unwrap();
        let signed = authenticator.sign(&request, now, &Sevens).ok().unwrap();
        // The signature alone: what stands around it repeats some of the parts and would differ anyway.
        match scheme {
            Scheme::Aws4Header | Scheme::S3Header | Scheme::Azure => {
                signed.header("authorization").unwrap().split_once("Signature=").unwrap().1.to_owned()
            }
            Scheme::OAuth1 => {
                signed.header("authorization").unwrap().split_once("oauth_signature=").unwrap().1.to_owned()
            }
            Scheme::Aws4Query => signed.url().split_once("X-Amz-Signature=").unwrap().1.to_owned(),
            Scheme::Rfc9421 => signed.header("signature").unwrap().to_owned(),
            Scheme::StandardWebhooks => signed.header("webhook-signature").unwrap().to_owned(),
            Scheme::Body => signed.header("x-signature").unwrap().to_owned(),
        }
    }
}

/// Text that is mostly fit for a field, and sometimes anything.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-zA-Z0-9+/=._-]{0,40}", 1 => "\\PC{0,12}", 1 => "[ -~\t\r\n\0é]{0,12}"]
}

/// A secret that can be told from every other text.
fn secret_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("cAnArY/{text}"))
}

fn settings() -> impl Strategy<Value = Aws4Settings> {
    prop_oneof![Just("s3"), Just("execute-api")].prop_map(Aws4Settings::of_service)
}

proptest! {
    #[test]
    fn a_signature_changes_when_anything_that_it_covers_changes(
        message in Message::any(),
        scheme in prop::sample::select(&Scheme::ALL[..]),
        part in any::<Index>(),
        at in any::<Index>(),
    ) {
        let part = *part.get(scheme.covers());
        let changed = message.changed(part, at);
        prop_assert_ne!(message.signature(scheme), changed.signature(scheme), "{:?} {:?}", scheme, part);
        prop_assert_eq!(message.signature(scheme), message.clone().signature(scheme));
    }

    #[test]
    fn signing_anything_with_anything_neither_panics_nor_tells_the_secret(
        (kind, algorithm, digest_only) in (0..13, any::<bool>(), any::<bool>()),
        (a, b, c, d) in (text(), text(), text(), text()),
        (secret, token) in (secret_text(), prop::option::of(secret_text())),
        endpoint in prop::option::of(text()),
        settings in settings(),
        method in "[!-~]{1,12}",
        path in prop_oneof!["\\PC{0,20}", "[/a-z0-9%.?&=+é\\[\\]']{0,20}"],
        headers in prop::collection::vec((text(), text()), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..80),
        unix_seconds in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
    ) {
        let secret = SecretText::from(secret);
        let token = token.map(SecretText::from);
        let components = [Component::Field(&a), Component::QueryParam(&b), Component::TargetUri];
        let aws4 = |placement| Authenticator::Aws4(Aws4 {
            access_key: &a,
            secret_key: &secret,
            session_token: token.as_ref(),
            region: &b,
            service: &c,
            base_endpoint: endpoint.as_deref(),
            placement,
            settings,
        });
        let body_signature = BodySignature { header_name: &a, encoding: Encoding::Base64, prefix: &b };
        let hmac_with = |scheme, components| Authenticator::HmacSha256(HmacSha256 {
            rfc9421: Rfc9421 {
                components,
                label: "sig1",
                algorithm: if algorithm { AlgorithmParameter::Named } else { AlgorithmParameter::Omitted },
                secret: if algorithm { SecretEncoding::Text } else { SecretEncoding::Base64 },
            },
            body: body_signature,
            ..HmacSha256::new(scheme, &d, &secret)
        });
        let hmac = |scheme| hmac_with(scheme, None);
        let rfc9421 = |components| hmac_with(HmacScheme::Rfc9421, components);
        let parameters = [(a.clone(), SecretText::from(secret.expose().to_owned()))];
        let authenticator = match kind {
            0 => Authenticator::Headers { name: &a, value: &secret },
            1 => Authenticator::Basic { username: &a, password: &secret },
            2 => Authenticator::Token { header_name: &a, value: &secret },
            3 => aws4(Placement::Header),
            4 => aws4(Placement::Query),
            5 => rfc9421(None),
            6 => rfc9421(Some(&components[..])),
            7 => hmac(HmacScheme::Azure),
            8 => hmac(HmacScheme::Body),
            9 => Authenticator::Query { parameters: &parameters },
            10 => Authenticator::Form { parameters: &parameters },
            11 => Authenticator::OAuth1(OAuth1 {
                consumer_key: &a,
                consumer_secret: &secret,
                token: token.as_ref(),
                token_secret: token.as_ref(),
                realm: endpoint.as_deref(),
                version: if algorithm { VersionParameter::Sent } else { VersionParameter::Omitted },
            }),
            _ => hmac(HmacScheme::StandardWebhooks),
        };
        let Ok(method) = method.parse::<http::Method>() else { return Ok(()) };
        let origins = Origins::new(Origin::of("https://example.com"));
        let Ok(target) = origins.check(&format!("https://example.com/{path}")) else { return Ok(()) };
        let body = if digest_only { Body::Sha256([0; 32]) } else { Body::Bytes(&body) };
        let request = Request { method: &method, target: &target, headers: &headers, body };
        let now = Timestamp::from_second(unix_seconds).unwrap();
        match authenticator.sign(&request, now, &Sevens) {
            Ok(signed) => check_sendable(&signed)?,
            Err(error) => {
                let told = format!("{error} {error:?}");
                prop_assert!(!told.contains("cAnArY"));
            }
        }
    }
}

/// What comes out can be sent as it is: nothing in it ends a header or the address early.
fn check_sendable(signed: &Signed) -> Result<(), TestCaseError> {
    prop_assert!(signed.url().parse::<http::Uri>().is_ok());
    prop_assert!(signed.url().starts_with("https://example.com/"));
    for (name, value) in signed.headers() {
        prop_assert!(name.parse::<http::HeaderName>().is_ok());
        prop_assert!(value.parse::<http::HeaderValue>().is_ok());
    }
    Ok(())
}
