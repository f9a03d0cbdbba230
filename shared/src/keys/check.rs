//! A check that a key has of its own, for systems whose templates have none: one request below the base address, and what the
//! answer must be. A trial sends it without the credentials and with them, and compares.

use aws_lc_rs::digest;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    error::Error,
    keys::restrictions::Restrictions,
    origin::Target,
    system::{JsonPointer, rule::Answer},
};

/// A request that tells whether the system accepts the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCheck {
    /// What is asked.
    pub asks: Asks,
    /// The path with its query, below the base address.
    pub path: String,
    /// The status of an answer to credentials that are accepted.
    pub status: StatusCode,
    /// What the body of such an answer has.
    pub expects: Expects,
}

/// A request that only reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// A GET.
    Get,
    /// A POST that changes nothing, as the person who entered it says.
    Post {
        /// Its body.
        body: String,
    },
}

/// What a body has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expects {
    /// Anything but a web page or broken JSON.
    Anything,
    /// This text.
    Text(String),
    /// This value in JSON.
    Json {
        /// The place.
        pointer: JsonPointer,
        /// A text, number or truth value, or `null`.
        value: Value,
    },
}

impl OwnCheck {
    /// The most bytes of its path.
    pub const MAX_PATH: usize = 2_048;
    /// The most bytes of its body.
    pub const MAX_BODY: usize = 4_096;
    /// The most bytes of an expected text or value, or of a pointer.
    pub const MAX_TEXT: usize = 200;

    /// A status that an answer to credentials that are accepted may have: one that neither asks for others, nor leads elsewhere,
    /// nor asks to wait, nor tells a fault.
    #[must_use]
    pub fn expectable(status: u16) -> Option<StatusCode> {
        let status = StatusCode::from_u16(status).ok()?;
        let is_other = matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::PROXY_AUTHENTICATION_REQUIRED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
        );
        (status.is_success() || (status.is_client_error() && !is_other)).then_some(status)
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'static Method {
        match self.asks {
            Asks::Get => &Method::GET,
            Asks::Post { .. } => &Method::POST,
        }
    }

    /// The body to send.
    #[must_use]
    pub fn body(&self) -> &str {
        match &self.asks {
            Asks::Get => "",
            Asks::Post { body } => body,
        }
    }

    /// Everything in it that people typed.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let expected = match &self.expects {
            Expects::Anything => None,
            Expects::Text(text) => Some(text.as_str()),
            Expects::Json { value, .. } => value.as_str(),
        };
        [self.path.as_str(), self.body()].into_iter().chain(expected)
    }

    /// The pair that is sealed with a key's secrets: a POST could change something, so only who has the secrets can enter one,
    /// and a row that was edited behind the API does not open.
    pub(in crate::keys) fn pair(&self) -> Option<(String, String)> {
        match &self.asks {
            Asks::Get => None,
            Asks::Post { body } => {
                let said = json!(["POST", self.path, body]).to_string();
                let digest = hex::encode(digest::digest(&digest::SHA256, said.as_bytes()));
                Some(("check".to_owned(), digest))
            }
        }
    }

    /// Refuses a request that the key is restricted from. The check is the caller's and not the template's.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`] that names the member of the check.
    pub(in crate::keys) fn allowed_by(
        &self,
        restrictions: &Restrictions,
        target: &Target,
    ) -> Result<(), Error> {
        restrictions.check(self.method(), target, "check.path", &[]).map_err(|mut error| {
            if let Error::InvalidFields(fields) = &mut error {
                for wrong in fields.iter_mut().filter(|wrong| wrong.field == "method") {
                    wrong.field = "check.method".to_owned();
                }
            }
            error
        })
    }

    /// Whether an answer is as it describes.
    pub(in crate::keys) fn is_met(&self, answer: &Answer<'_>) -> bool {
        answer.status() == self.status && !answer.is_page() && self.expects.is_in(answer)
    }
}

impl Expects {
    fn is_in(&self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Anything => !answer.is_broken_json(),
            Self::Text(text) => contains(answer.body(), text.as_bytes()),
            Self::Json { pointer, value } => {
                answer.json().and_then(|json| json.pointer(pointer.as_str())) == Some(value)
            }
        }
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && body.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asks: Asks, path: &str) -> OwnCheck {
        OwnCheck { asks, path: path.to_owned(), status: StatusCode::OK, expects: Expects::Anything }
    }

    #[test]
    fn no_status_that_says_nothing_about_credentials_is_expected() {
        for status in [200, 204, 400, 404, 405, 422] {
            assert!(OwnCheck::expectable(status).is_some(), "{status}");
        }
        for status in [100, 301, 302, 401, 403, 407, 408, 429, 500, 503] {
            assert_eq!(OwnCheck::expectable(status), None, "{status}");
        }
    }

    #[test]
    fn a_post_is_sealed_whole_and_a_get_is_not() {
        let post = |path: &str, body: &str| check(Asks::Post { body: body.to_owned() }, path).pair();
        assert_eq!(check(Asks::Get, "/me").pair(), None);
        let pairs = [post("/me", ""), post("/me", "{}"), post("/you", "{}"), post("/me{}", "")];
        for (index, pair) in pairs.iter().enumerate() {
            assert!(pair.is_some() && !pairs[index + 1..].contains(pair), "{index}");
        }
    }
}
