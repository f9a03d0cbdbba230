//! JSON members that plain derives cannot read as the API means them: three-state members of a merge patch, maps
//! that refuse a name given twice, and field values.

use std::{borrow::Cow, collections::BTreeMap, fmt, marker::PhantomData};

use keyward_shared::{edit::Edit, error::Error, keys::draft::DraftValue, secret::SecretText};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A member of a merge patch (RFC 7396): absent stays, `null` clears, a value sets.
pub struct Member<T>(pub Edit<T>);

impl<T> Default for Member<T> {
    fn default() -> Self {
        Self(Edit::Absent)
    }
}

impl<T> Member<T> {
    /// A member that is always there: it can be set and not cleared.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`] when it is cleared.
    pub fn kept(self, field: &str) -> Result<Option<T>, Error> {
        match self.0 {
            Edit::Absent => Ok(None),
            Edit::Set(value) => Ok(Some(value)),
            Edit::Clear => Err(Error::invalid(field, "cannot be cleared: leave it out to keep it")),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| Self(value.map_or(Edit::Clear, Edit::Set)))
    }
}

impl<T: JsonSchema> JsonSchema for Member<T> {
    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }

    fn inline_schema() -> bool {
        Option::<T>::inline_schema()
    }
}

/// A member that is not read, whatever it holds: so that what was read can be sent back whole.
#[derive(Default)]
pub struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Ignored {
    fn schema_name() -> Cow<'static, str> {
        "Ignored".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Ignored." })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A type that is a JSON object and nothing else. A plain derive also takes a list of the members' values, in the order
/// of their declaration, which no document says.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }
}

/// A map by name. A name given twice is refused: which of the two was meant cannot be known.
pub struct Named<T>(pub BTreeMap<String, T>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// The most names of one map.
const MAX_NAMES: usize = 100;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Names<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if values.len() == MAX_NAMES {
                        return Err(A::Error::custom(format!("has more than {MAX_NAMES} members")));
                    }
                    let value = map.next_value()?;
                    if values.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(Named(values))
            }
        }

        deserializer.deserialize_map(Names(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<String, T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        BTreeMap::<String, T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = BTreeMap::<String, T>::json_schema(generator);
        schema.insert("maxProperties".to_owned(), MAX_NAMES.into());
        schema
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A field's value as a request gives it: a string sets it; for a secret, the object of a read keeps it.
pub struct Value(pub DraftValue);

/// A stored secret, named by what a read returned for it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Kept {
    /// The hash of the stored value.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    hashed: String,
    #[serde(default)]
    #[expect(dead_code, reason = "a read's object can be sent back as it came")]
    hint: Ignored,
    #[serde(default)]
    #[expect(dead_code, reason = "a read's object can be sent back as it came")]
    set_at: Ignored,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrKept;

        impl<'de> Visitor<'de> for TextOrKept {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or for a stored secret the object that a read returned")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value(DraftValue::Set(SecretText::from(text.to_owned()))))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Value(DraftValue::Set(SecretText::from(text))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let kept = Kept::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Value(DraftValue::Keep(kept.hashed)))
            }
        }

        deserializer.deserialize_any(TextOrKept)
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "FieldInput".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kept = generator.subschema_for::<Kept>();
        json_schema!({
            "description": "A string sets the value. For a stored secret, the object that a read returned keeps it.",
            "anyOf": [{ "type": "string" }, kept],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::{json, problem::Failure};

    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        fields: Member<Named<Member<Value>>>,
    }

    fn field(body: &str) -> Edit<DraftValue> {
        let Body { fields } = json::parse(body.as_bytes()).map_err(|failure| format!("{failure:?}")).unwrap();
        match fields.0 {
            Edit::Set(Named(mut fields)) => {
                fields.remove("a").map_or(Edit::Absent, |member| match member.0 {
                    Edit::Absent => Edit::Absent,
                    Edit::Clear => Edit::Clear,
                    Edit::Set(value) => Edit::Set(value.0),
                })
            }
            Edit::Absent | Edit::Clear => Edit::Absent,
        }
    }

    #[test]
    fn absent_null_text_and_object_are_four_different_things() {
        assert!(matches!(field("{}"), Edit::Absent));
        assert!(matches!(field(r#"{"fields":{}}"#), Edit::Absent));
        assert!(matches!(field(r#"{"fields":{"a":null}}"#), Edit::Clear));
        assert!(matches!(field(r#"{"fields":{"a":"x"}}"#), Edit::Set(DraftValue::Set(_))));
        let kept =
            r#"{"fields":{"a":{"hashed":"0123456789abcdef","hint":null,"set_at":"2026-01-01T00:00:00Z"}}}"#;
        assert!(matches!(field(kept), Edit::Set(DraftValue::Keep(_))));
    }

    #[test]
    fn what_is_neither_is_refused_where_it_stands() {
        for (body, path) in [
            (r#"{"fields":{"a":1}}"#, "fields.a"),
            (r#"{"fields":{"a":{"hash":"x"}}}"#, "fields.a.hash"),
            (r#"{"fields":{"a":"x","a":"y"}}"#, "fields"),
            (r#"{"fields":[]}"#, "fields"),
        ] {
            match json::parse::<Body>(body.as_bytes()) {
                Err(Failure::Malformed(fields)) => {
                    assert!(fields[0].field.starts_with(path), "{body}: {fields:?}")
                }
                Err(_) | Ok(_) => panic!("{body}"),
            }
        }
    }
}
