//! Reading JSON bodies. A complaint names the member and what is wrong with it, and never repeats a value: the
//! value may be a secret in the wrong place.

use keyward_shared::error::InvalidField;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{member::Object, problem::Failure};

/// Parses a body.
///
/// # Errors
///
/// [`Failure::Malformed`] with the path of the member.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    if body.is_empty() {
        return Err(Failure::malformed("", "a JSON body is needed"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer);
    let Object(value) = parsed.map_err(|error| {
        let path = error.path().to_string();
        complaint(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| complaint("", &error))?;
    Ok(value)
}

fn complaint(path: &str, error: &serde_json::Error) -> Failure {
    let at = format!("line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match error.classify() {
        Category::Data => {
            let (member, reason) = data_reason(text);
            let path = match (path, member) {
                (".", Some(member)) => member,
                (path, Some(member)) if path.rsplit(['.', ']']).next() != Some(&member) => {
                    format!("{path}.{member}")
                }
                (".", None) => String::new(),
                (path, _) => path.to_owned(),
            };
            Failure::Malformed(vec![InvalidField::new(shown(&path), reason)])
        }
        // These are fixed texts of the parser and contain nothing of the body.
        Category::Syntax | Category::Eof | Category::Io => {
            Failure::malformed("", format!("is not valid JSON: {text} ({at})"))
        }
    }
}

/// The parts of a data error that may be shown: the member's name, and the parser's own words.
fn data_reason(text: &str) -> (Option<String>, String) {
    let quoted = || text.split('`').nth(1).map(ToOwned::to_owned);
    if text.starts_with("unknown field") {
        let known = text.split_once(", ").map_or("", |(_, expected)| expected);
        (quoted(), format!("is not known here: {known}"))
    } else if text.starts_with("missing field") {
        (quoted(), "is needed".to_owned())
    } else if text.starts_with("duplicate field") {
        (quoted(), "is there twice".to_owned())
    } else if let Some((_, expected)) = text.rsplit_once(", expected ") {
        (None, format!("must be {expected}"))
    } else {
        (None, text.to_owned())
    }
}

/// A name of the caller's as an answer may show it: printable and short.
#[must_use]
pub fn shown(name: &str) -> String {
    const MOST_CHARACTERS: usize = 120;
    name.chars()
        .take(MOST_CHARACTERS)
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Body {
        title: String,
        #[serde(default)]
        inner: BTreeMap<String, Inner>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Inner {
        count: u32,
    }

    fn complaint_of(body: &str) -> (String, String) {
        match parse::<Body>(body.as_bytes()) {
            Err(Failure::Malformed(mut fields)) => {
                let field = fields.remove(0);
                (field.field, field.reason)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_complaint_names_the_member() {
        assert_eq!(complaint_of("{}").0, "title");
        assert_eq!(complaint_of(r#"{"title":"a","titel":"b"}"#).0, "titel");
        assert_eq!(complaint_of(r#"{"title":"a","title":"b"}"#).0, "title");
        assert_eq!(complaint_of(r#"{"title":"a","inner":{"x":{"count":"many"}}}"#).0, "inner.x.count");
        assert_eq!(complaint_of(r#"{"title":"a","inner":{"x":{"amount":1}}}"#).0, "inner.x.amount");
        assert_eq!(complaint_of(r#"{"title":"a","inner":{"x":{}}}"#).0, "inner.x.count");
    }

    #[test]
    fn a_complaint_never_repeats_a_value() {
        for body in [
            r#"{"title":"a","inner":"s3cret, expected of nobody"}"#,
            r#"{"title":"a","inner":{"x":{"count":"s3cret"}}}"#,
            r#"{"title":"a","inner":{"x":"s3cret"}}"#,
            r#"{"title":"a"} s3cret"#,
            r#"{"title":"s3cret"#,
            r#""s3cret""#,
            r#"["s3cret"]"#,
            r#"{"title":"a","inner":{"x":["s3cret"]}}"#,
        ] {
            let (field, reason) = complaint_of(body);
            assert!(!field.contains("s3cret") && !reason.contains("s3cret"), "{body}: {field}: {reason}");
        }
    }

    #[test]
    fn broken_json_is_told_with_its_place() {
        let (_, reason) = complaint_of("{\"title\":\n \"\\ud800\"}");
        assert!(reason.contains("line 2"), "{reason}");
        let (_, reason) = complaint_of(&format!("{{\"title\":{}", "[".repeat(10_000)));
        assert!(reason.contains("must be a string"), "{reason}");
        assert!(parse::<Body>(&[b'{', 0xff]).is_err());
    }
}
