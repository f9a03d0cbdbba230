//! Authenticates one request with the fields of a key: one module for each scheme.
//!
//! An [`Authenticator`] is plain typed fields in the clear, borrowed for one request. It checks them and the
//! request's headers, and gives the address and all headers to send. Where it goes was decided before, by
//! the [`Target`](crate::origin::Target). Nothing here sends anything, and nothing knows templates or storage.

mod aws4;
mod basic;
mod cookie;
mod error;
mod field;
mod form;
mod headers;
mod hmac_sha256;
mod json;
pub mod jwt;
pub mod login;
mod mac;
mod oauth1;
pub mod oauth2;
mod owned;
mod parameters;
mod query;
mod request;
mod signed;
mod token;

#[cfg(test)]
mod laws;

use jiff::Timestamp;

pub use aws4::{
    Aws4, Aws4Settings, ContentSha256, PathEncoding, Placement, QueryBody, SessionToken, UriPath,
};
pub use cookie::{Cookie, CookieName};
pub use error::{BodyProblem, HeaderProblem, SignError};
pub use headers::{check_header, is_reserved_header};
pub use hmac_sha256::{
    AlgorithmParameter, BodySignature, Component, Encoding, HmacScheme, HmacSha256, Rfc9421, SecretEncoding,
};
pub use oauth1::{OAuth1, VersionParameter};
pub use owned::{Owned, Part, Sets};
pub use parameters::{form_of, names as parameter_names};
pub use request::{Body, Request};
pub use signed::Signed;

use crate::{moment::Random, secret::SecretText};

/// How a request proves who it comes from. The names are those of Custom HTTP's auth types.
pub enum Authenticator<'a> {
    /// Not at all.
    None,
    /// A header whose value is the secret.
    Headers {
        /// The header's name.
        name: &'a str,
        /// Its value, sent as it is.
        value: &'a SecretText,
    },
    /// User name and password (RFC 7617).
    Basic {
        /// Without a colon.
        username: &'a str,
        /// May be empty.
        password: &'a SecretText,
    },
    /// A token: after `Bearer ` in `Authorization` (RFC 6750 §2.1), as it is in any other header.
    Token {
        /// The header's name.
        header_name: &'a str,
        /// The token alone.
        value: &'a SecretText,
    },
    /// Parameters of the query.
    Query {
        /// Name and value of each, not encoded.
        parameters: &'a [(String, SecretText)],
    },
    /// Parameters of a form in the body.
    Form {
        /// Name and value of each, not encoded.
        parameters: &'a [(String, SecretText)],
    },
    /// Members of a JSON object in the body.
    Json {
        /// The names of each from the outermost object on, and its value.
        members: &'a [(Vec<String>, SecretText)],
    },
    /// The beginning of the path.
    Path {
        /// Segments without a slash around them, encoded already.
        prefix: &'a SecretText,
    },
    /// AWS Signature Version 4.
    Aws4(Aws4<'a>),
    /// HMAC-SHA256 in one of several schemes.
    HmacSha256(HmacSha256<'a>),
    /// OAuth 1.0a with HMAC-SHA256.
    OAuth1(OAuth1<'a>),
}

/// Whether a signed request contains a secret of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveals {
    /// Whoever sees the request can use the secret for others.
    Secret,
    /// The request proves knowledge of the secret without containing it.
    Nothing,
}

impl Authenticator<'_> {
    /// Whether what [`sign`](Self::sign) makes contains a secret.
    ///
    /// # Security
    ///
    /// A session token travels with an AWS request in the clear, so with one AWS4 reveals a secret. The access
    /// token of OAuth 1.0a travels too, but is an identifier for most services: where it is kept as a secret, it
    /// is for the caller to count it as revealed.
    #[must_use]
    pub const fn reveals(&self) -> Reveals {
        match self {
            Self::Headers { .. }
            | Self::Basic { .. }
            | Self::Token { .. }
            | Self::Query { .. }
            | Self::Form { .. }
            | Self::Json { .. }
            | Self::Path { .. } => Reveals::Secret,
            Self::Aws4(aws4) => aws4.reveals(),
            Self::None | Self::HmacSha256(_) | Self::OAuth1(_) => Reveals::Nothing,
        }
    }

    /// Whether the fields can be used at all, so that saving them can refuse what signing would.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`], which names the field.
    pub fn check(&self) -> Result<(), SignError> {
        match self {
            Self::None => Ok(()),
            Self::Headers { name, value } => {
                field::header_name("name", name)?;
                field::header_value("value", value.expose())
            }
            Self::Basic { username, password } => basic::check(username, password),
            Self::Token { header_name, value } => token::check(header_name, value),
            Self::Query { parameters } | Self::Form { parameters } => parameters::check(parameters),
            Self::Json { members } => {
                members.iter().try_for_each(|(_, value)| field::not_empty("members", value.expose()))
            }
            Self::Path { prefix } => field::not_empty("prefix", prefix.expose()),
            Self::Aws4(aws4) => aws4.check(),
            Self::HmacSha256(hmac) => hmac.check(),
            Self::OAuth1(oauth1) => oauth1.check(),
        }
    }

    /// Signs `request` as of `now`. The result has the request's own headers in their order, and then those of
    /// the scheme. It has no `Host`: that is the target's authority.
    ///
    /// # Errors
    ///
    /// [`SignError`] when a field or a header cannot be used, or the scheme needs what the request lacks. It
    /// never contains a secret.
    pub fn sign(
        &self,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<Signed, SignError> {
        self.check()?;
        let owned = self.owned();
        headers::check_all(request.headers, |name| owned::refuses(&owned, Part::Header, name.as_bytes()))?;
        query::check(request, &owned)?;
        let mut signed = Signed::unsigned(request);
        match self {
            Self::None => {}
            Self::Headers { name, value } => signed.add(name, value.expose().to_owned()),
            Self::Basic { username, password } => {
                signed.add("authorization", basic::authorization(username, password));
            }
            Self::Token { header_name, value } => {
                signed.add(header_name, token::header_value(header_name, value));
            }
            Self::Query { parameters } => query::add(parameters, &mut signed),
            Self::Form { parameters } => form::add(parameters, request, &owned, &mut signed)?,
            Self::Json { members } => json::add(members, request, &owned, &mut signed)?,
            Self::Path { prefix } => signed.put_before_path(prefix.expose()),
            Self::Aws4(aws4) => return aws4.sign(request, now),
            Self::HmacSha256(hmac) => hmac.sign(request, now, random, &mut signed)?,
            Self::OAuth1(oauth1) => oauth1.sign(request, now, random, &mut signed)?,
        }
        Ok(signed)
    }

    /// What the scheme keeps for itself in a request.
    #[must_use]
    pub fn owned(&self) -> Vec<Owned> {
        match self {
            Self::None => Vec::new(),
            Self::Headers { name, value: _ } | Self::Token { header_name: name, value: _ } => {
                vec![Owned::header(*name, Sets::Always)]
            }
            Self::Basic { .. } => vec![Owned::header("authorization", Sets::Always)],
            Self::Query { parameters } => {
                parameters.iter().map(|(name, _)| Owned::query(name.as_str())).collect()
            }
            Self::Form { parameters } => {
                let fields = parameters.iter().map(|(name, _)| Owned::form(name.as_str()));
                fields.chain([Owned::header("content-type", Sets::IfAbsent)]).collect()
            }
            Self::Json { members } => {
                let first = members.iter().filter_map(|(path, _)| path.first());
                let members = first.map(|name| Owned::json(name.as_str()));
                members.chain([Owned::header("content-type", Sets::IfAbsent)]).collect()
            }
            Self::Path { .. } => Vec::new(),
            Self::Aws4(aws4) => {
                Aws4::owned(aws4.placement, aws4.settings.content_sha256, aws4.session_token.is_some())
            }
            Self::HmacSha256(hmac) => hmac.scheme.owned(&hmac.rfc9421, hmac.body.header_name),
            Self::OAuth1(_) => OAuth1::owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Target;

    /// Fixed bytes, so that what is drawn can be compared.
    pub(super) struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn secret(text: &str) -> SecretText {
        SecretText::from(text.to_owned())
    }

    fn sign(authenticator: &Authenticator<'_>, headers: &[(&str, &str)]) -> Result<Signed, SignError> {
        let target = Target::unchecked("https://api.example.com", "/v1?a=b");
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request {
            method: &http::Method::GET,
            target: &target,
            headers: &headers,
            body: Body::Bytes(b""),
        };
        authenticator.sign(&request, Timestamp::UNIX_EPOCH, &Sevens)
    }

    fn error(authenticator: &Authenticator<'_>, headers: &[(&str, &str)]) -> Option<SignError> {
        sign(authenticator, headers).err()
    }

    #[test]
    fn headers_keep_their_order_and_the_schemes_own_comes_last() {
        let value = secret("s3cret");
        let authenticator = Authenticator::Headers { name: "X-Api-Key", value: &value };
        let signed = sign(&authenticator, &[("X-B", "1"), ("x-a", "2"), ("X-B", "3")]).ok().unwrap();
        assert_eq!(signed.url(), "https://api.example.com/v1?a=b");
        let headers: Vec<_> = signed.headers().collect();
        assert_eq!(headers, [("X-B", "1"), ("x-a", "2"), ("X-B", "3"), ("X-Api-Key", "s3cret")]);
    }

    #[test]
    fn without_authentication_nothing_is_added() {
        assert_eq!(sign(&Authenticator::None, &[("x-a", "b")]).ok().unwrap().headers().count(), 1);
    }

    #[test]
    fn a_token_is_a_bearer_token_only_in_authorization() {
        let value = secret("1|abc");
        for (header_name, sent) in [("Authorization", "Bearer 1|abc"), ("X-Token", "1|abc")] {
            let signed = sign(&Authenticator::Token { header_name, value: &value }, &[]).ok().unwrap();
            assert_eq!(signed.header(header_name), Some(sent));
        }
        let value = secret("Bearer abc");
        let error = error(&Authenticator::Token { header_name: "authorization", value: &value }, &[]);
        assert!(matches!(error, Some(SignError::Field { field: "value", .. })));
    }

    #[test]
    fn headers_that_the_scheme_or_the_connection_owns_are_refused() {
        let value = secret("x");
        let own = Authenticator::Headers { name: "X-Key", value: &value };
        let basic = Authenticator::Basic { username: "u", password: &value };
        let azure = HmacSha256::new(HmacScheme::Azure, "c", &value);
        let owned = Authenticator::HmacSha256(azure).owned();
        assert!(!owned.iter().any(|owned| owned.is(Part::Header, b"x-other")));
        for (authenticator, name, problem) in [
            (&own, "x-key", HeaderProblem::Owned),
            (&basic, "Authorization", HeaderProblem::Owned),
            (&own, "Host", HeaderProblem::Forbidden),
            (&own, "Content-Length", HeaderProblem::Forbidden),
            (&own, "connection", HeaderProblem::Forbidden),
            (&own, "Keep-Alive", HeaderProblem::Forbidden),
            (&own, "TE", HeaderProblem::Forbidden),
            (&own, "Trailer", HeaderProblem::Forbidden),
            (&own, "Transfer-Encoding", HeaderProblem::Forbidden),
            (&own, "Upgrade", HeaderProblem::Forbidden),
            (&own, "Proxy-Authorization", HeaderProblem::Forbidden),
            (&own, "proxy-connection", HeaderProblem::Forbidden),
        ] {
            let expected = SignError::Header { name: name.to_owned(), problem };
            assert_eq!(error(authenticator, &[("x-a", "b"), (name, "v")]), Some(expected));
        }
    }

    #[test]
    fn fields_that_no_header_can_carry_are_refused_by_name_alone() {
        let bad = secret("canary\r\nX-Evil: 1");
        for (authenticator, field) in [
            (Authenticator::Headers { name: "x", value: &bad }, "value"),
            (Authenticator::Headers { name: "x y", value: &bad }, "name"),
            (Authenticator::Headers { name: "Host", value: &bad }, "name"),
            (Authenticator::Token { header_name: "x", value: &bad }, "value"),
            (Authenticator::Token { header_name: "Connection", value: &bad }, "header_name"),
            (Authenticator::Basic { username: "a:b", password: &bad }, "username"),
            (Authenticator::Basic { username: "a", password: &bad }, "password"),
        ] {
            let error = error(&authenticator, &[]).unwrap();
            assert!(matches!(&error, SignError::Field { field: named, .. } if *named == field), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn a_scheme_says_whether_it_reveals_its_secret() {
        let value = secret("x");
        assert_eq!(Authenticator::None.reveals(), Reveals::Nothing);
        assert_eq!(Authenticator::Basic { username: "u", password: &value }.reveals(), Reveals::Secret);
        assert_eq!(Authenticator::Headers { name: "n", value: &value }.reveals(), Reveals::Secret);
        assert_eq!(Authenticator::Token { header_name: "n", value: &value }.reveals(), Reveals::Secret);
        let hmac = HmacSha256::new(HmacScheme::Azure, "c", &value);
        assert_eq!(Authenticator::HmacSha256(hmac).reveals(), Reveals::Nothing);
        let oauth1 = OAuth1 {
            consumer_key: "c",
            consumer_secret: &value,
            token: Some(&value),
            token_secret: Some(&value),
            realm: None,
            version: VersionParameter::Sent,
        };
        assert_eq!(Authenticator::OAuth1(oauth1).reveals(), Reveals::Nothing);
    }
}
