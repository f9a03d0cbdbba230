//! The body of a login, with places for values. Each value is written as its format asks, so it can change nothing but itself.

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{
    interpolation::{Interpolation, MissingValue, Part},
    secret::SecretText,
    signing::form_of,
    soap::xml,
    strategy::{Values, named_values::Named},
};

/// The body, by format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Body {
    /// JSON: texts in it may have places. A member whose field has no value is left out.
    Json(Node),
    /// A form: pairs of name and value.
    Form(Named<String>),
    /// XML: its texts and attributes may have places.
    Xml(Xml),
}

impl Body {
    pub(super) const fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Xml(_) => "text/xml; charset=utf-8",
        }
    }

    pub(super) fn texts(&self) -> Vec<&Interpolation> {
        let mut texts = Vec::new();
        match self {
            Self::Json(node) => node.texts(&mut texts),
            Self::Form(named) => texts.extend(named.texts()),
            Self::Xml(Xml(text)) => texts.push(text),
        }
        texts
    }

    pub(super) fn with_values(&self, values: &impl Values) -> Result<SecretText, MissingValue> {
        match self {
            Self::Json(node) => {
                let mut out = Zeroizing::new(Vec::with_capacity(node.room(values)));
                node.write(values, &mut out);
                Ok(SecretText::from(String::from_utf8_lossy(&out).into_owned()))
            }
            Self::Form(named) => Ok(form_of(&named.with_values(values))),
            Self::Xml(xml) => xml.with_values(values),
        }
    }
}

/// A part of a JSON document with places in its texts.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(super) enum Node {
    Text(Interpolation),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
    Constant(Value),
}

impl TryFrom<Value> for Node {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Text(text.parse().map_err(|error| format!("`{text}` {error}"))?),
            Value::Array(list) => Self::List(list.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| Ok((name, Self::try_from(value)?)));
                Self::Members(members.collect::<Result<_, String>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Constant(value),
        })
    }
}

impl Node {
    fn texts<'s>(&'s self, texts: &mut Vec<&'s Interpolation>) {
        match self {
            Self::Text(text) => texts.push(text),
            Self::List(list) => list.iter().for_each(|node| node.texts(texts)),
            Self::Members(members) => members.iter().for_each(|(_, node)| node.texts(texts)),
            Self::Constant(_) => {}
        }
    }

    /// No text is longer than this, escaped as it may be: growing would leave a copy of a secret behind.
    fn room(&self, values: &impl Values) -> usize {
        match self {
            Self::Text(text) => 2 + 6 * values.optional(Some(text)).map_or(0, |text| text.expose().len()),
            Self::List(list) => 2 + list.iter().map(|node| 1 + node.room(values)).sum::<usize>(),
            Self::Members(members) => {
                let members = members.iter();
                2 + members.map(|(name, node)| 4 + 6 * name.len() + node.room(values)).sum::<usize>()
            }
            Self::Constant(value) => value.to_string().len(),
        }
    }

    /// Whether it is there with these values.
    fn is_there(&self, values: &impl Values) -> bool {
        match self {
            Self::Text(text) => values.optional(Some(text)).is_some(),
            Self::List(_) | Self::Members(_) | Self::Constant(_) => true,
        }
    }

    fn write(&self, values: &impl Values, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                let text = values.optional(Some(text));
                write_text(text.as_ref().map_or("", |text| text.expose()), out);
            }
            Self::List(list) => {
                out.push(b'[');
                let there = list.iter().filter(|node| node.is_there(values));
                for (index, node) in there.enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    node.write(values, out);
                }
                out.push(b']');
            }
            Self::Members(members) => {
                out.push(b'{');
                let there = members.iter().filter(|(_, node)| node.is_there(values));
                for (index, (name, node)) in there.enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_text(name, out);
                    out.push(b':');
                    node.write(values, out);
                }
                out.push(b'}');
            }
            Self::Constant(value) => out.extend_from_slice(value.to_string().as_bytes()),
        }
    }
}

/// A JSON string (RFC 8259 §7).
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{0}'..='\u{1f}' => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(
                    hex::encode([u8::try_from(u32::from(character)).unwrap_or(0)]).as_bytes(),
                );
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// An XML document with places in its texts and attributes.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Interpolation")]
pub(super) struct Xml(Interpolation);

/// Stands in for a value when a template is read. It may stand in texts and attributes, but not in names.
const PROBE: &str = "\u{e000}";

impl TryFrom<Interpolation> for Xml {
    type Error = &'static str;

    fn try_from(text: Interpolation) -> Result<Self, Self::Error> {
        let parts = text.parts().iter();
        let probed: String = parts
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Field { .. } => PROBE,
            })
            .collect();
        if probed.contains("<!") || probed.matches("<?").count() > usize::from(probed.starts_with("<?xml ")) {
            return Err("must be XML without comments, CDATA and processing instructions");
        }
        match xml::parse(&probed) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err("must be well-formed XML, with places in texts and attributes only"),
        }
    }
}

impl Xml {
    fn with_values(&self, values: &impl Values) -> Result<SecretText, MissingValue> {
        let room = self.0.parts().iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Field { id, form } => 6 * values.get(id).map_or(0, |value| form.write(value).len()),
        });
        let mut out = String::with_capacity(room.sum());
        for part in self.0.parts() {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field { id, form } => {
                    let value = values.get(id).ok_or_else(|| MissingValue::of(id))?;
                    escape(&form.write(value), &mut out);
                }
            }
        }
        Ok(SecretText::from(out))
    }
}

/// A text as it stands in an element or an attribute (XML 1.0 §2.4). White space is written as references, so that no parser
/// changes it; other control characters cannot stand in XML at all and become the sign for what is unknown.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::strategy::Lookup;

    fn body(json: Value) -> Result<Body, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    /// The body with this value in `{a}`.
    fn written(json: Value, value: &str) -> String {
        let values = Lookup::new(|field| (field == "a").then_some(value));
        body(json).unwrap().with_values(&values).unwrap().expose().to_owned()
    }

    #[test]
    fn each_format_has_its_places_and_leaves_out_what_has_no_value() {
        assert_eq!(
            written(
                json!({"json": {"gone": "{b}", "list": ["{a}", "{b}", true, null], "n": 5, "user": "{a}"}}),
                "x"
            ),
            r#"{"list":["x",true,null],"n":5,"user":"x"}"#
        );
        assert_eq!(
            written(json!({"form": [["user", "{a}"], ["gone", "{b}"], ["c", "d e"]]}), "x&y"),
            "user=x%26y&c=d%20e"
        );
        assert_eq!(written(json!({"xml": "<l u='{a}'><p>{a} </p></l>"}), "x"), "<l u='x'><p>x </p></l>");
        let missing = body(json!({"xml": "<l>{b}</l>"})).unwrap().with_values(&Lookup::new(|_| None));
        assert_eq!(missing.err().unwrap().field(), "b");
    }

    #[test]
    fn a_body_that_no_value_could_be_put_into_is_refused() {
        for (json, complaint) in [
            (json!({"xml": "<l>{a}"}), "must be well-formed XML"),
            (json!({"xml": "<{a}/>"}), "must be well-formed XML"),
            (json!({"xml": "<l {a}='b'/>"}), "must be well-formed XML"),
            (json!({"xml": "<l b={a}/>"}), "must be well-formed XML"),
            (json!({"xml": "<l>&{a};</l>"}), "must be well-formed XML"),
            (json!({"xml": "<l><!-- {a} --></l>"}), "without comments"),
            (json!({"xml": "<l><![CDATA[{a}]]></l>"}), "without comments"),
            (json!({"xml": "<!DOCTYPE l><l>{a}</l>"}), "without comments"),
            (json!({"xml": "<l><?a {a}?></l>"}), "without comments"),
            (json!({"json": {"a": "{b"}}), "has a brace without its partner"),
            (json!({"form": [["a", "{b}"], ["a", "c"]]}), "`a` is there twice"),
            (json!({"text": "{a}"}), "unknown variant `text`"),
        ] {
            let error = body(json.clone()).err().unwrap_or_default();
            assert!(error.contains(complaint), "{json}: {error}");
        }
        assert!(body(json!({"xml": "<?xml version=\"1.0\"?><l>{a}</l>"})).is_ok());
    }

    proptest! {
        #[test]
        fn a_value_is_read_back_and_changes_nothing_else(value in any::<String>()) {
            let read: Value = serde_json::from_str(&written(json!({"json": {"a": "<{a}>", "b": ["{a}"]}}), &value)).unwrap();
            prop_assert_eq!(read, json!({"a": format!("<{value}>"), "b": [value]}));

            let form = written(json!({"form": [["a", "{a}"], ["b", "c"]]}), &value);
            let read: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            prop_assert_eq!(read, [("a".to_owned(), value.clone()), ("b".to_owned(), "c".to_owned())]);

            let sendable: String = value
                .chars()
                .map(|c| if matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')) { c } else { '\u{fffd}' })
                .collect();
            let text = written(json!({"xml": "<l u=\"{a}\" v='{a}'><p>{a}</p><q/></l>"}), &value);
            let document = xml::parse(&text).unwrap();
            let root = document.root_element();
            prop_assert_eq!(root.attribute("u"), Some(sendable.as_str()));
            prop_assert_eq!(root.attribute("v"), Some(sendable.as_str()));
            prop_assert_eq!(root.children().count(), 2);
            prop_assert_eq!(root.first_element_child().unwrap().text().unwrap_or_default(), sendable.as_str());
        }

        #[test]
        fn json_never_grows_its_room(value in any::<String>()) {
            let node: Node = serde_json::from_value(json!({"a": "<{a}>", "b": ["{a}", 1.5]})).unwrap();
            let values = Lookup::new(|field| (field == "a").then_some(value.as_str()));
            let mut out = Vec::new();
            node.write(&values, &mut out);
            prop_assert!(out.len() <= node.room(&values));
        }
    }
}
