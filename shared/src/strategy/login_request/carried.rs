//! Where requests carry the token of a login.

use serde::Deserialize;

use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, CookieName, Owned, Sets, Signed, oauth2::AccessToken},
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

    /// The cookie that it is, if it is one.
    pub(super) const fn cookie(&self) -> Option<&CookieName> {
        match self {
            Self::Cookie(InCookie { cookie }) => Some(cookie),
            Self::Header(_) | Self::Query(_) => None,
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
        token: &AccessToken,
        values: &impl Values,
        request: &Unsigned<'_, impl Random>,
    ) -> Result<Signed, Failed> {
        match self {
            Self::Header(header) => header.put(token.value(), values, request),
            Self::Query(InQuery { query }) => {
                let parameters = [(query.clone(), SecretText::from(token.value().expose().to_owned()))];
                request.with(&Authenticator::Query { parameters: &parameters })
            }
            Self::Cookie(InCookie { cookie }) => {
                let value = token.value().expose();
                // RFC 6265 §4.1.1: these would end the value.
                if value.contains(['"', ',', ';', '\\']) {
                    let reason = "carries a token that no cookie can hold";
                    return Err(Failed::Field { field: "then".to_owned(), reason });
                }
                let mut parts = vec![cookie.as_str(), "=", value];
                for beside in token.cookies() {
                    parts.extend(["; ", beside.name(), "=", beside.value().expose()]);
                }
                let value = SecretText::from(parts.concat());
                request.with(&Authenticator::Headers { name: COOKIE, value: &value })
            }
        }
    }
}
