//! What the API document says of texts, words and lists in a request: their forms and bounds, each taken from what the
//! domain checks. These types are only named, in `#[schemars(with = …)]`: no value of them exists.

use std::{borrow::Cow, marker::PhantomData};

use keyward_shared::{
    endpoints::{
        function_name::FunctionName,
        trigger::{Cron, Trigger},
    },
    ids::{AccountId, KeyId, OrganizationId},
    keys::{check::OwnCheck, header::HeaderName, restrictions},
    membership::{Standing, email::EmailAddress},
    origin::BaseUrl,
    page,
    permission::{self, Permission},
    system::SystemId,
    title,
    webhooks::event_type::{EventType, EventTypes as HookEventTypes},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The longest HTTP method of a request to sign or send: no registered one has half as many bytes.
pub const MAX_METHOD_BYTES: usize = 32;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident, $inline:literal => $schema:expr;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }

            fn inline_schema() -> bool {
                $inline
            }
        }
    )*};
}

shapes! {
    /// A title.
    Title, true => json_schema!({ "type": "string", "minLength": 1, "maxLength": title::Title::MAX_CHARACTERS });
    /// A system's id.
    System, true => json_schema!({
        "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": SystemId::MAX_LENGTH,
    });
    /// A key's id.
    Key, true => text_like(&generated(KeyId::PREFIX));
    /// An account's id.
    Account, true => text_like(&chosen("", AccountId::MAX_LENGTH));
    /// An organization's id.
    Organization, true => text_like(&chosen("org_", OrganizationId::MAX_LENGTH));
    /// The name of a platform's function.
    Function, true => text_like(&format!("^[A-Za-z0-9_./:-]{{1,{}}}$", FunctionName::MAX_LENGTH));
    /// A schedule.
    Schedule, true => json_schema!({ "type": "string", "maxLength": Cron::MAX_LENGTH });
    /// The types of events that a webhook hears of.
    EventTypes, true => json_schema!({
        "type": "array", "minItems": 1, "maxItems": HookEventTypes::MAX,
        "items": { "type": "string", "maxLength": EventType::MAX_LENGTH, "pattern": "^[a-z0-9_]+(\\.[a-z0-9_]+)*$" },
    });
    /// The type of an event.
    OneEventType, true => json_schema!({
        "type": "string", "minLength": 1, "maxLength": EventType::MAX_LENGTH,
        "pattern": "^[a-z0-9_]+(\\.[a-z0-9_]+)*$",
    });
    /// The path of a webhook's requests.
    HookPath, true => json_schema!({ "type": "string", "pattern": "^/", "maxLength": BaseUrl::MAX_PATH_LENGTH });
    /// What starts an endpoint.
    TriggerType, true => words(&Trigger::NAMES);
    /// An e-mail address.
    Email, true => json_schema!({ "type": "string", "format": "email", "maxLength": EmailAddress::MAX_LENGTH });
    /// The address that a key's requests begin with.
    BaseAddress, true => json_schema!({ "type": "string", "maxLength": BaseUrl::MAX_LENGTH });
    /// A moment in RFC 3339.
    Moment, true => json_schema!({ "type": "string", "format": "date-time" });
    /// The name of a header.
    Header, true => text_like(&format!("^[!#$%&'*+.^_`|~0-9A-Za-z-]{{1,{}}}$", HeaderName::MAX_BYTES));
    /// An HTTP method.
    Method, true => json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_METHOD_BYTES });
    /// A path that a key is restricted to.
    PathPrefix, true => json_schema!({
        "type": "string", "pattern": "^/[^?#]+$", "maxLength": restrictions::PathPrefix::MAX_LENGTH,
    });
    /// The method of a check.
    CheckMethod, true => words(&["GET", "POST"]);
    /// A path below a base address.
    CheckPath, true => json_schema!({ "type": "string", "maxLength": OwnCheck::MAX_PATH });
    /// The body of a check.
    CheckBody, true => json_schema!({ "type": "string", "maxLength": OwnCheck::MAX_BODY });
    /// The status of an answer.
    CheckStatus, true => json_schema!({ "type": "integer", "minimum": 200, "maximum": 499 });
    /// A text in an answer.
    CheckText, true => json_schema!({ "type": "string", "minLength": 1, "maxLength": OwnCheck::MAX_TEXT });
    /// A place in an answer's JSON (RFC 6901).
    CheckPointer, true => json_schema!({
        "type": "string", "pattern": "^(/([^~]|~[01])*)?$", "maxLength": OwnCheck::MAX_TEXT,
    });
    /// A value in an answer's JSON.
    CheckValue, true => json_schema!({ "type": ["string", "number", "boolean", "null"] });
    /// A SHA-256 in hexadecimal.
    Digest, true => text_like("^[0-9A-Fa-f]{64}$");
    /// Where a list goes on.
    Cursor, true => json_schema!({ "type": "string" });
    /// How many rows a page has.
    Limit, true => json_schema!({
        "type": "integer", "minimum": 1, "maximum": page::Limit::MAX, "default": page::Limit::DEFAULT.rows(),
    });
    /// What a person is in an account.
    Role, false => words(&permission::Role::ALL.map(permission::Role::as_str));
    /// Whether somebody or something may do what it could do.
    State, false => words(&Standing::ALL.map(Standing::as_str));
    /// What a machine client may do.
    MachinePermission, false => words(
        &Permission::ALL.into_iter().filter(|one| one.may_be_a_machines()).map(Permission::as_str).collect::<Vec<_>>(),
    );
}

fn text_like(pattern: &str) -> Schema {
    json_schema!({ "type": "string", "pattern": pattern })
}

fn words(words: &[&str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

/// The form of an id that Keyward makes: a prefix and a UUID in lower case.
fn generated(prefix: &str) -> String {
    format!("^{prefix}[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$")
}

/// The form of an id that somebody chooses.
fn chosen(prefix: &str, max_length: usize) -> String {
    format!("^{prefix}[A-Za-z0-9_-]{{1,{max_length}}}$")
}

/// A list of at least one.
pub struct NonEmpty<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for NonEmpty<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("NonEmptyListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "minItems": 1 })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A list of at most so many.
pub struct List<T, const MAX: usize>(PhantomData<T>);

impl<T: JsonSchema, const MAX: usize> JsonSchema for List<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{MAX}{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "maxItems": MAX })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// Values by name, at most so many.
pub struct Map<T, const MAX: usize>(PhantomData<T>);

impl<T: JsonSchema, const MAX: usize> JsonSchema for Map<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{MAX}{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": values, "maxProperties": MAX })
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use regex_lite::Regex;

    use super::*;

    fn is<T: std::str::FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    #[test]
    fn a_form_takes_what_the_domain_takes() {
        let uuid = "0190f3c1-7f00-7000-8000-0123456789ab";
        let (key, upper) = (format!("key_{uuid}"), format!("key_{}", uuid.to_uppercase()));
        let long = "a".repeat(65);
        let samples = [
            "",
            "a",
            "A-b_1",
            "org_",
            "org_a-B_1",
            "two words",
            "a#b",
            "custom-http",
            "custom--http",
            "-a",
            "ä",
            "shopify/orders.v2:a",
            "a\n",
            uuid,
            &key,
            &upper,
            &long,
        ];
        let mut generator = SchemaGenerator::default();
        let mut form = |schema: fn(&mut SchemaGenerator) -> Schema| {
            let schema = schema(&mut generator);
            let pattern = schema.get("pattern").and_then(serde_json::Value::as_str).unwrap();
            Regex::new(pattern).unwrap()
        };
        // The length of a system's id is a bound beside its form.
        let any = usize::MAX;
        for (form, up_to, takes) in [
            (form(System::json_schema), SystemId::MAX_LENGTH, is::<SystemId> as fn(&str) -> bool),
            (form(Key::json_schema), any, is::<KeyId>),
            (form(Account::json_schema), any, is::<AccountId>),
            (form(Organization::json_schema), any, is::<OrganizationId>),
            (form(Function::json_schema), any, is::<FunctionName>),
        ] {
            for sample in samples.iter().filter(|sample| sample.len() <= up_to) {
                assert_eq!(form.is_match(sample), takes(sample), "{form} {sample:?}");
            }
        }
    }
}
