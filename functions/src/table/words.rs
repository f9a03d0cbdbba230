//! How the document says that a text is one of some words.

use schemars::{Schema, transform::transform_subschemas};
use serde_json::Value;

/// Makes one `enum` of alternatives that are a word each, as schemars describes a documented Rust enum. Generators of clients
/// make a type of an `enum`, and none of such alternatives. What is said of each word goes into the description.
pub(super) fn into_enum(schema: &mut Schema) {
    transform_subschemas(&mut into_enum, schema);
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    let Some(words) = alternatives.and_then(|all| all.iter().map(word).collect::<Option<Vec<_>>>()) else {
        return;
    };
    let about = schema.get("description").and_then(Value::as_str).map(str::to_owned);
    let of_words = words.iter().map(|(word, about)| format!("`{word}`: {about}"));
    let description = about.into_iter().chain(of_words).collect::<Vec<_>>().join(" ");
    let words = words.into_iter().map(|(word, _)| Value::from(word)).collect::<Vec<_>>();
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), words.into());
    schema.insert("description".to_owned(), description.into());
}

/// The word of an alternative, and what is said of it.
fn word(alternative: &Value) -> Option<(String, String)> {
    let text = |member: &str| Some(alternative.get(member)?.as_str()?.to_owned());
    Some((text("const")?, text("description")?))
}

#[cfg(test)]
mod tests {
    use schemars::json_schema;

    use super::*;

    #[test]
    fn described_words_are_one_enum_wherever_they_stand() {
        let words = json_schema!({
            "description": "Live or test.",
            "oneOf": [
                { "type": "string", "const": "live", "description": "Real business." },
                { "type": "string", "const": "test", "description": "Anything else." },
            ],
        });
        let mut schema = json_schema!({ "type": "object", "properties": { "environment": words } });
        into_enum(&mut schema);
        let expected = json_schema!({ "type": "object", "properties": { "environment": {
            "type": "string",
            "enum": ["live", "test"],
            "description": "Live or test. `live`: Real business. `test`: Anything else.",
        } } });
        assert_eq!(schema, expected);
    }

    #[test]
    fn alternatives_that_are_no_words_stay() {
        let mut schema =
            json_schema!({ "oneOf": [{ "const": "live", "description": "A word." }, { "type": "integer" }] });
        let before = schema.clone();
        into_enum(&mut schema);
        assert_eq!(schema, before);
    }
}
