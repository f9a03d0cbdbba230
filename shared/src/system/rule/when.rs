//! The conditions of a rule.

use http::{HeaderName, StatusCode};
use serde_json::Value;

use super::{Answer, is_no_answer};
use crate::system::JsonPointer;

/// What an answer must look like. Each part that is empty asks for nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct When {
    /// One of these statuses. Without any, every status that [answers](is_no_answer) the request.
    pub status: Vec<StatusCode>,
    /// One of these media types, in lower case and without parameters. Where none is named, `json` asks for a media type of
    /// JSON or none, and `xml` for one of XML or none.
    pub content_type: Vec<String>,
    /// Places in a JSON body.
    pub json: Vec<JsonTest>,
    /// Elements of an XML body.
    pub xml: Vec<XmlTest>,
    /// Headers.
    pub header: Vec<HeaderTest>,
    /// Phrases in the body, compared without regard to case. A page for people has none, whatever it says that it is.
    pub text: Vec<String>,
}

/// A place in a JSON body, and what must be there.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTest {
    /// The place. The empty pointer is the whole document.
    pub pointer: JsonPointer,
    /// What must be there.
    pub want: JsonWant,
}

/// What must be in a place of a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonWant {
    /// Something other than `null`.
    There,
    /// A value of this type.
    Is(JsonType),
    /// This text, number or truth value.
    Equals(Value),
    /// A text with this in it, without regard to case.
    Contains(String),
    /// A text that starts so.
    StartsWith(String),
}

/// The types of JSON (RFC 8259 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// A text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// An element of an XML body, and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlTest {
    /// The local names from the root, with slashes between: `Envelope/Body/Fault/faultcode`.
    pub element: String,
    /// What it must hold.
    pub want: TextWant,
}

/// A header, and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTest {
    /// Its name.
    pub name: HeaderName,
    /// What it must hold.
    pub want: TextWant,
}

/// What a text must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextWant {
    /// Anything.
    There,
    /// This text.
    Equals(String),
    /// A text with this in it, without regard to case.
    Contains(String),
    /// A text that starts so.
    StartsWith(String),
}

impl When {
    /// Whether an answer looks like this.
    #[must_use]
    pub fn holds(&self, answer: &Answer<'_>) -> bool {
        self.allows(answer.status())
            && self.fits(answer.media_type().as_deref())
            && self.json.iter().all(|test| test.holds(answer))
            && self.xml.iter().all(|test| answer.xml(&test.element).any(|text| test.want.holds(text)))
            && self.header.iter().all(|test| test.holds(answer))
            && (self.text.is_empty() || (answer.is_whole() && !answer.is_page()))
            && self.text.iter().all(|phrase| answer.text().contains(&phrase.to_lowercase()))
    }

    fn allows(&self, status: StatusCode) -> bool {
        if self.status.is_empty() { !is_no_answer(status) } else { self.status.contains(&status) }
    }

    fn fits(&self, media_type: Option<&str>) -> bool {
        if !self.content_type.is_empty() {
            return media_type.is_some_and(|media| self.content_type.iter().any(|known| known == media));
        }
        let Some(media) = media_type else { return true };
        (self.json.is_empty() || is_json(media)) && (self.xml.is_empty() || is_xml(media))
    }
}

/// Whether a media type is one of JSON (RFC 8259 §11, RFC 6839 §3.1).
pub(super) fn is_json(media: &str) -> bool {
    matches!(media, "application/json" | "text/json") || media.ends_with("+json")
}

/// Whether a media type is one of XML (RFC 7303 §4).
fn is_xml(media: &str) -> bool {
    matches!(media, "application/xml" | "text/xml")
        || (media.ends_with("+xml") && media != "application/xhtml+xml")
}

impl JsonTest {
    fn holds(&self, answer: &Answer<'_>) -> bool {
        let found = answer.json().and_then(|document| document.pointer(self.pointer.as_str()));
        let text = |holds: &dyn Fn(&str) -> bool| found.and_then(Value::as_str).is_some_and(holds);
        match &self.want {
            JsonWant::There => found.is_some_and(|value| !value.is_null()),
            JsonWant::Is(kind) => found.is_some_and(|value| kind.is_of(value)),
            JsonWant::Equals(wanted) => found == Some(wanted),
            JsonWant::Contains(part) => text(&|text| contains(text, part)),
            JsonWant::StartsWith(start) => text(&|text| text.starts_with(start.as_str())),
        }
    }
}

impl JsonType {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Object, Self::Array, Self::String, Self::Number, Self::Boolean];

    /// The type's name in templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }

    fn is_of(self, value: &Value) -> bool {
        match self {
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
        }
    }
}

impl HeaderTest {
    fn holds(&self, answer: &Answer<'_>) -> bool {
        answer.headers(self.name.as_str()).any(|value| self.want.holds(&value))
    }
}

impl TextWant {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::There => true,
            Self::Equals(wanted) => text == wanted,
            Self::Contains(part) => contains(text, part),
            Self::StartsWith(start) => text.starts_with(start.as_str()),
        }
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
