//! What is to be sent.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Request;

/// The address and all headers of a signed request, and its body where the scheme has changed it.
///
/// # Security
///
/// It may hold a secret of the key (see [`Reveals`](super::Reveals)), so it has no `Debug`, `Clone` or
/// `Serialize`, and is wiped from memory when dropped.
///
/// ```compile_fail
/// # fn show(signed: keyward_shared::signing::Signed) {
/// println!("{signed:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(signed: &keyward_shared::signing::Signed) -> keyward_shared::signing::Signed {
/// signed.clone()
/// # }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Signed {
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Signed {
    /// The request as it is, for a scheme to add to.
    pub(super) fn unsigned(request: &Request<'_>) -> Self {
        Self { url: request.target.to_string(), headers: request.headers.to_vec(), body: None }
    }

    pub(super) fn add(&mut self, name: &str, value: String) {
        self.headers.push((name.to_owned(), value));
    }

    /// Puts another parameter, both parts of it encoded already, at the end of the query.
    pub(super) fn add_query(&mut self, name: &str, value: &str) {
        self.extend_query(&[name, "=", value]);
    }

    /// Puts more at the end of the query: parts of a text that is encoded already.
    pub(super) fn extend_query(&mut self, parts: &[&str]) {
        // A target has no fragment, so what comes after the first question mark is the query.
        let separator = match self.url.split_once('?') {
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
            None => "?",
        };
        let longer = [&[self.url.as_str(), separator], parts].concat().concat();
        self.url.zeroize();
        self.url = longer;
    }

    /// Puts segments, encoded already, before the path.
    pub(super) fn put_before_path(&mut self, segments: &str) {
        // A target's path starts with a slash, so the first one behind the scheme's is that.
        let start = self.url.find("://").map_or(0, |at| at + 3);
        let path_start =
            self.url.get(start..).and_then(|rest| rest.find('/')).map_or(self.url.len(), |at| start + at);
        let (origin, path) = self.url.split_at(path_start);
        let longer = [origin, "/", segments, path].concat();
        self.url.zeroize();
        self.url = longer;
    }

    pub(crate) fn replace_body(&mut self, body: Vec<u8>) {
        self.body = Some(body);
    }

    /// The whole address, with all that the scheme put into path and query.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All headers to send, in their order. A name may come again.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first header with this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body to send, where the scheme has put something into it; otherwise the request's own.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}
