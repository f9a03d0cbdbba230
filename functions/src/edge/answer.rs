//! The answer of a handler that carried out its request. An error with a success status cannot be written:
//! failures are [`Problem`](super::problem::Problem)s, and those of the token route [`GrantRefused`]s, whose form OAuth prescribes.

use serde::Serialize;

use super::oauth::GrantRefused;

/// The header that gives a browser a cookie.
pub(super) const SET_COOKIE: &str = "set-cookie";

/// A success.
#[derive(Debug)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Answer {
    /// 200 with a view as JSON.
    pub fn ok(view: &impl Serialize) -> Self {
        Self::json(200, view)
    }

    /// 201 with a view as JSON, and where the new thing is.
    pub fn created(view: &impl Serialize, location: String) -> Self {
        Self::json(201, view).with("location", location)
    }

    /// No token, and why (RFC 6749 §5.2).
    #[must_use]
    pub fn grant_refused(refused: GrantRefused) -> Self {
        let mut answer = Self::json(refused.status(), &refused.view());
        answer.headers.extend(refused.header());
        answer
    }

    /// 303: the browser goes there next.
    #[must_use]
    pub fn see_other(location: String) -> Self {
        Self { status: 303, headers: vec![("location", location)], body: None }
    }

    /// Gives the browser a cookie.
    #[must_use]
    pub fn cookie(self, cookie: String) -> Self {
        self.with(SET_COOKIE, cookie)
    }

    /// 204.
    #[must_use]
    pub const fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: None }
    }

    /// 200 with a document that already is JSON.
    #[must_use]
    pub fn document(json: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("content-type", "application/json".to_owned())], body: Some(json) }
    }

    /// 200 with a file, in a coding or as it is.
    #[must_use]
    pub fn file(media_type: &str, coding: Option<&'static str>, bytes: Vec<u8>) -> Self {
        let headers = vec![("content-type", media_type.to_owned()), ("vary", "accept-encoding".to_owned())];
        let answer = Self { status: 200, headers, body: Some(bytes) };
        match coding {
            Some(coding) => answer.with("content-encoding", coding.to_owned()),
            None => answer,
        }
    }

    /// Adds the version of what is shown, which a later change names in `If-Match` (RFC 9110 §8.8.3).
    #[must_use]
    pub fn version(self, version: u64) -> Self {
        self.with("etag", format!("\"{version}\""))
    }

    fn json(status: u16, view: &impl Serialize) -> Self {
        Self { status, ..Self::document(document_of(view)) }
    }

    /// Adds a header, or puts another value in its place.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// A view as JSON, for answers that are made once.
pub fn document_of(view: &impl Serialize) -> Vec<u8> {
    // A view is made of text, numbers and maps with text keys: it always serialises.
    serde_json::to_vec(view).unwrap_or_default()
}
