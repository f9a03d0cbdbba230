//! Where requests carry the token of a login.

use serde::Deserialize;

use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, Owned, Sets, Signed},
    strategy::{Failed, Unsigned, Values, bearer::TokenHeader},
};

/// Where the token stands: in a header, a parameter of the query, or a cookie.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "must be `{ header = …, prefix = … }`, `{ query = … }` or `{ cookie = … }`, with a name that may stand there"
)]
pub(super) enum Carried {
    Header(TokenHeader),
    Query(InQuery),
    Cookie(InCookie),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InQuery {
    query: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InCookie {
    cookie: CookieName,
}

/// The name of a cookie (RFC 6265 §4.1.1).
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct CookieName(String);

impl TryFrom<String> for CookieName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !name.is_empty() && name.bytes().all(is_name) {
            Ok(Self(name))
        } else {
            Err("must be a cookie's name")
        }
    }
}

/// The header that carries cookies.
const COOKIE: &str = "Cookie";

impl Carried {
    /// The text of the header's name, if it is one.
    pub(super) const fn header(&self) -> Option<&Interpolation> {
        match self {
            Self::Header(header) => Some(&header.header),
            Self::Query(_) | Self::Cookie(_) => None,
        }
    }

    pub(super) fn owned(&self, values: &impl Values) -> Vec<Owned> {
        match self {
            Self::Header(header) => header.owned(values),
            Self::Query(InQuery { query }) => vec![Owned::query(query.as_str())],
            Self::Cookie(_) => vec![Owned::header(COOKIE, Sets::Always)],
        }
    }

    pub(super) fn put(
        &self,
        token: &SecretText,
        values: &impl Values,
        request: &Unsigned<'_, impl Random>,
    ) -> Result<Signed, Failed> {
        match self {
            Self::Header(header) => header.put(token, values, request),
            Self::Query(InQuery { query }) => {
                let parameters = [(query.clone(), SecretText::from(token.expose().to_owned()))];
                request.with(&Authenticator::Query { parameters: &parameters })
            }
            Self::Cookie(InCookie { cookie: CookieName(name) }) => {
                // RFC 6265 §4.1.1: these would end the value.
                if token.expose().contains(['"', ',', ';', '\\']) {
                    let reason = "carries a token that no cookie can hold";
                    return Err(Failed::Field { field: "then".to_owned(), reason });
                }
                let value = SecretText::from([name, "=", token.expose()].concat());
                request.with(&Authenticator::Headers { name: COOKIE, value: &value })
            }
        }
    }
}
