//! OAuth 1.0a (RFC 5849) with HMAC-SHA256, in the `Authorization` header.
//!
//! The RFC knows HMAC-SHA1 only. Services have agreed on the same with SHA-256 under the name `HMAC-SHA256`, and many
//! take nothing else.

mod base_string;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Owned, Part, Request, Sets, SignError, Signed, field, mac::hmac_sha256, parameters};
use crate::{moment::Random, secret::SecretText};

/// What the signature is made with, as it is sent.
const METHOD: &str = "HMAC-SHA256";

/// The scheme's name in errors.
const SCHEME: &str = "oauth1";

/// Bytes of randomness in a nonce. In hexadecimal it has 32 characters, which WooCommerce recommends.
const NONCE_BYTES: usize = 16;

/// The fields of an OAuth 1.0a key.
pub struct OAuth1<'a> {
    /// Which client signs. It is sent.
    pub consumer_key: &'a str,
    /// The client's secret.
    pub consumer_secret: &'a SecretText,
    /// For whom the client signs. It is sent. Without one, the request is one-legged: it has no `oauth_token`.
    pub token: Option<&'a SecretText>,
    /// The token's secret. A token may lack one, but there is none without a token.
    pub token_secret: Option<&'a SecretText>,
    /// The realm of the header (RFC 5849 §3.5.1). It is sent and not signed.
    pub realm: Option<&'a str>,
    /// Whether the version is sent.
    pub version: VersionParameter,
}

/// Whether `oauth_version` is among the parameters (RFC 5849 §3.1). Its only value is `1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionParameter {
    /// It is, as NetSuite expects.
    Sent,
    /// It is not, as WooCommerce recommends.
    #[default]
    Omitted,
}

impl OAuth1<'_> {
    /// The header that carries the protocol's parameters. None of them stands anywhere else: a server takes each from one
    /// place only (§3.2).
    #[must_use]
    pub fn owned() -> Vec<Owned> {
        let parameters = [Part::Query, Part::Form].map(|part| Owned::prefix(part, "oauth_"));
        [Owned::header("authorization", Sets::Always)].into_iter().chain(parameters).collect()
    }

    pub(super) fn check(&self) -> Result<(), SignError> {
        field::text("consumer_key", self.consumer_key)?;
        field::text("consumer_secret", self.consumer_secret.expose())?;
        if let Some(token) = self.token {
            field::text("token", token.expose())?;
        }
        match (self.token, self.token_secret) {
            (None, Some(_)) => {
                let reason = "must not be empty where there is a token secret";
                return Err(SignError::Field { field: "token", reason });
            }
            (Some(_), Some(secret)) => field::text("token_secret", secret.expose())?,
            (_, None) => {}
        }
        self.realm.map_or(Ok(()), realm)
    }

    /// Adds the `Authorization` header (§3.5.1).
    pub(super) fn sign(
        &self,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
        signed: &mut Signed,
    ) -> Result<(), SignError> {
        let timestamp = match now.as_second() {
            // Rounded towards zero, a moment before 1970 may still show no sign.
            seconds @ 0.. if now >= Timestamp::UNIX_EPOCH => seconds.to_string(),
            _ => return Err(SignError::Time),
        };
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let nonce = hex::encode(nonce);
        let own = self.parameters(&timestamp, &nonce);

        let form = parameters::form(request, SCHEME)?;
        let base = base_string::of(request.method, request.target, form, &own);
        let secret = signing_key(self.consumer_secret, self.token_secret);
        let signature = BASE64_STANDARD.encode(hmac_sha256(secret.as_bytes(), &[base.as_bytes()]));
        signed.add("authorization", self.authorization(&own, &signature));
        Ok(())
    }

    /// The protocol parameters that are signed (§3.1).
    fn parameters<'p>(&'p self, timestamp: &'p str, nonce: &'p str) -> Vec<(&'static str, &'p str)> {
        let mut own = vec![("oauth_consumer_key", self.consumer_key)];
        own.extend(self.token.map(|token| ("oauth_token", token.expose())));
        own.extend([
            ("oauth_signature_method", METHOD),
            ("oauth_timestamp", timestamp),
            ("oauth_nonce", nonce),
        ]);
        match self.version {
            VersionParameter::Sent => own.push(("oauth_version", "1.0")),
            VersionParameter::Omitted => {}
        }
        own
    }

    fn authorization(&self, own: &[(&str, &str)], signature: &str) -> String {
        // Written into room that suffices, so that no copy of a token is left behind by growing.
        let realm = self.realm.map(|realm| format!("realm=\"{realm}\", ")).unwrap_or_default();
        let longest: usize = own.iter().map(|(name, value)| name.len() + 3 * value.len() + 5).sum();
        let mut header = String::with_capacity(24 + realm.len() + longest + 3 * signature.len());
        header.push_str("OAuth ");
        header.push_str(&realm);
        for (name, value) in own {
            let value = parameters::encode_secret(value);
            for part in [name, "=\"", &value, "\", "] {
                header.push_str(part);
            }
        }
        for part in ["oauth_signature=\"", &parameters::encode(signature.as_bytes()), "\""] {
            header.push_str(part);
        }
        header
    }
}

/// A realm is a quoted string (RFC 9110 §11.5). One that needs escapes is refused, since servers disagree on them.
fn realm(text: &str) -> Result<(), SignError> {
    field::header_value("realm", text)?;
    if text.contains(['"', '\\']) {
        return Err(SignError::Field { field: "realm", reason: "must not contain `\"` and `\\`" });
    }
    Ok(())
}

/// Both secrets, encoded, with an ampersand between, even where there is only one (§3.4.2).
fn signing_key(consumer_secret: &SecretText, token_secret: Option<&SecretText>) -> Zeroizing<String> {
    let consumer_secret = parameters::encode_secret(consumer_secret.expose());
    let token_secret = parameters::encode_secret(token_secret.map(SecretText::expose).unwrap_or_default());
    Zeroizing::new([consumer_secret.as_str(), "&", token_secret.as_str()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        signing::{Authenticator, Body, BodyProblem, tests::Sevens},
    };

    fn secret(text: &str) -> SecretText {
        SecretText::from(text.to_owned())
    }

    fn signed(
        change: impl FnOnce(&mut OAuth1<'_>),
        path: &str,
        content_type: &str,
        body: Body<'_>,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let (consumer_secret, token, token_secret) = (secret("c&s"), secret("tök"), secret("t/s"));
        let mut oauth1 = OAuth1 {
            consumer_key: "ck",
            consumer_secret: &consumer_secret,
            token: Some(&token),
            token_secret: Some(&token_secret),
            realm: None,
            version: VersionParameter::Omitted,
        };
        change(&mut oauth1);
        let target = Target::unchecked("https://Shop.example:443", path);
        let headers = [("Content-Type".to_owned(), content_type.to_owned())];
        let request = Request { method: &http::Method::POST, target: &target, headers: &headers, body };
        let signed = Authenticator::OAuth1(oauth1).sign(&request, now, &Sevens)?;
        assert_eq!(signed.url(), format!("https://shop.example{path}"));
        Ok(signed.header("authorization").unwrap().to_owned())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn header(change: impl FnOnce(&mut OAuth1<'_>)) -> String {
        signed(change, "/a?b=c", "application/json", Body::Sha256([0; 32]), at(1_700_000_000)).unwrap()
    }

    #[test]
    fn all_parts_are_sent_encoded() {
        let header = header(|oauth1| {
            oauth1.realm = Some("1234567_SB1");
            oauth1.version = VersionParameter::Sent;
        });
        let (start, signature) = header.split_once("oauth_signature=").unwrap();
        assert_eq!(
            start,
            "OAuth realm=\"1234567_SB1\", oauth_consumer_key=\"ck\", oauth_token=\"t%C3%B6k\", \
             oauth_signature_method=\"HMAC-SHA256\", oauth_timestamp=\"1700000000\", \
             oauth_nonce=\"07070707070707070707070707070707\", oauth_version=\"1.0\", "
        );
        assert!(signature.ends_with("%3D\""));
    }

    #[test]
    fn the_realm_is_not_signed_and_the_version_is() {
        let signature = |header: &str| header.split_once("oauth_signature=").unwrap().1.to_owned();
        let plain = header(|_| {});
        assert_eq!(signature(&plain), signature(&header(|oauth1| oauth1.realm = Some("r"))));
        let with_version = header(|oauth1| oauth1.version = VersionParameter::Sent);
        assert_ne!(signature(&plain), signature(&with_version));
        assert!(!plain.contains("oauth_version") && !plain.contains("realm"));
    }

    #[test]
    fn without_a_token_none_is_sent() {
        let one_legged = header(|oauth1| (oauth1.token, oauth1.token_secret) = (None, None));
        assert!(!one_legged.contains("oauth_token"));
        let secret = secret("a&b");
        assert_eq!(*signing_key(&secret, None), "a%26b&");
        assert_eq!(*signing_key(&secret, Some(&secret)), "a%26b&a%26b");
    }

    #[test]
    fn a_form_needs_its_body_and_may_not_sign_itself() {
        let form = "application/x-www-form-urlencoded;charset=utf-8";
        let sign = |path, content_type, body| signed(|_| {}, path, content_type, body, at(0));
        assert_eq!(
            sign("/", form, Body::Sha256([0; 32])),
            Err(SignError::BodyNeeded { scheme: "oauth1", problem: BodyProblem::Digest })
        );
        assert_ne!(sign("/", form, Body::Bytes(b"a=b")), sign("/", form, Body::Bytes(b"a=c")));
        assert_eq!(sign("/", "x/y", Body::Bytes(b"a=b")), sign("/", "x/y", Body::Sha256([0; 32])));
        assert_eq!(sign("/", form, Body::Bytes(b"oauth_x=b")), Err(SignError::QueryOwned));
        assert!(sign("/", "x/y", Body::Bytes(b"oauth_x=b")).is_ok());
        for path in ["/?oauth_nonce=1", "/?a&%6fauth_version=1.0", "/?oauth_"] {
            assert_eq!(sign(path, "x/y", Body::Bytes(b"")), Err(SignError::QueryOwned), "{path}");
        }
    }

    #[test]
    fn a_time_before_1970_is_refused() {
        for (time, good) in [(at(0), true), (at(-1), false), (Timestamp::new(0, -1).unwrap(), false)] {
            let signed = signed(|_| {}, "/", "a/b", Body::Bytes(b""), time);
            assert_eq!(signed.err(), (!good).then_some(SignError::Time));
        }
    }

    #[test]
    fn fields_that_cannot_be_sent_are_refused_by_name() {
        let (good, bad, empty) = (secret("s"), secret("canary\n"), secret(""));
        let check = |consumer_key, consumer_secret, token, token_secret, realm| {
            let version = VersionParameter::Sent;
            OAuth1 { consumer_key, consumer_secret, token, token_secret, realm, version }.check()
        };
        assert_eq!(check("c", &good, Some(&good), None, Some("a b")), Ok(()));
        let with_realm = |realm| check("c", &good, None, None, Some(realm));
        for (result, named) in [
            (check("", &good, None, None, None), "consumer_key"),
            (check("a\n", &good, None, None, None), "consumer_key"),
            (check("c", &bad, None, None, None), "consumer_secret"),
            (check("c", &empty, None, None, None), "consumer_secret"),
            (check("c", &good, Some(&bad), None, None), "token"),
            (check("c", &good, Some(&empty), None, None), "token"),
            (check("c", &good, None, Some(&good), None), "token"),
            (check("c", &good, Some(&good), Some(&empty), None), "token_secret"),
            (with_realm(""), "realm"),
            (with_realm("a\"b"), "realm"),
            (with_realm("a\\"), "realm"),
            (with_realm("a\r\nX: y"), "realm"),
            (with_realm("é"), "realm"),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(&error, SignError::Field { field, .. } if *field == named), "{error} {named}");
            assert!(!error.to_string().contains("canary"));
        }
    }
}
