//! An answer as rules look at it.

use std::cell::OnceCell;

use http::{StatusCode, header::CONTENT_TYPE};
use roxmltree::Node;
use serde_json::Value;

use super::when::is_json;
use crate::{outbound::Incoming, soap::xml};

/// An answer. Its body is read as JSON or XML once, when a rule asks for it.
pub struct Answer<'a> {
    incoming: &'a Incoming,
    json: OnceCell<Option<Value>>,
    xml: OnceCell<Vec<(String, String)>>,
    text: OnceCell<String>,
}

impl<'a> Answer<'a> {
    /// What came back.
    #[must_use]
    pub const fn of(incoming: &'a Incoming) -> Self {
        Self { incoming, json: OnceCell::new(), xml: OnceCell::new(), text: OnceCell::new() }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.incoming.status
    }

    /// The body, as much of it as was read.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.incoming.body
    }

    /// Whether the body was read to its end.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !self.incoming.truncated
    }

    /// The media type in lower case, without parameters; `None` if the answer names none.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let named = self.headers(CONTENT_TYPE.as_str()).next()?;
        Some(named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// Whether it says that its body is JSON.
    #[must_use]
    pub fn claims_json(&self) -> bool {
        self.media_type().is_some_and(|media| is_json(&media))
    }

    /// Whether it says that its body is JSON, and the body is none. A body that was cut off here tells nothing.
    #[must_use]
    pub fn is_broken_json(&self) -> bool {
        let is_there = self.is_whole() && !self.incoming.body.is_empty();
        is_there && self.claims_json() && self.json().is_none()
    }

    /// The values of a header, as text.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = String> {
        let named = self.incoming.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The body as JSON, if it is JSON as a whole. What was cut off is none.
    pub fn json(&self) -> Option<&Value> {
        let read = || {
            let body = self.incoming.body.strip_prefix("\u{feff}".as_bytes());
            serde_json::from_slice(body.unwrap_or(&self.incoming.body)).ok()
        };
        self.json.get_or_init(|| if self.is_whole() { read() } else { None }).as_ref()
    }

    /// The texts of the XML element at this path of local names, such as `Envelope/Body/Fault/faultcode`. There is none
    /// if the body is not XML as a whole.
    pub fn xml<'s>(&'s self, path: &'s str) -> impl Iterator<Item = &'s str> {
        let read = || if self.is_whole() { elements(&self.incoming.body) } else { Vec::new() };
        let found = self.xml.get_or_init(read).iter().filter(move |(at, _)| at == path);
        found.map(|(_, text)| text.as_str())
    }

    /// The body in lower case, for phrases.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| String::from_utf8_lossy(&self.incoming.body).to_lowercase())
    }

    /// Whether it is a page for people, whatever it says that it is.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.media_type().is_some_and(|media| media == "text/html" || media == "application/xhtml+xml")
            || starts_as_page(self.text())
    }
}

/// Whether a text in lower case starts as HTML does: with a tag, and those of a page soon after it.
fn starts_as_page(text: &str) -> bool {
    const SOON: usize = 1024;
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    let start = text.char_indices().nth(SOON).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
    text.starts_with('<')
        && ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.contains(tag))
}

/// Every element of a document that holds text alone, with its path.
fn elements(body: &[u8]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(document) = xml::text(body).and_then(xml::parse) {
        let element = document.descendants().filter(Node::is_element);
        found.extend(element.filter_map(|node| Some((path(node), xml::content(node)?.to_owned()))));
    }
    found
}

/// The local names from the root to a node.
fn path(node: Node<'_, '_>) -> String {
    let mut names: Vec<&str> =
        node.ancestors().filter(Node::is_element).map(|element| element.tag_name().name()).collect();
    names.reverse();
    names.join("/")
}
