//! Whether examples are about things that the template has. What they say is not checked here: tests do that.

use super::{Wrong, link};
use crate::system::{
    example::{AddressExample, Example, ValueExample, VariantExample},
    field::FieldTemplate,
    template::AuthVariant,
};

/// Checks the examples of a template with these fields and auth variants.
pub(super) fn check(
    examples: &[Example],
    fields: &[FieldTemplate],
    auth: &[AuthVariant],
) -> Result<(), Wrong> {
    for (number, example) in (1..).zip(examples) {
        let at = format!("examples.{number}");
        let named = match example {
            Example::Variant(example) => variant(example),
            Example::Address(example) => address(example),
            Example::Value(example) => value(example),
        };
        let named = named.map_err(|wrong| wrong.within(&at))?;
        if !auth.iter().any(|variant| variant.id == named.auth) {
            return Err(Wrong::new(at, format!("is about `{}`, which is no variant", named.auth)));
        }
        for id in named.fields {
            if !fields.iter().any(|field| field.id() == id && field.belongs_to(named.auth)) {
                return Err(Wrong::new(at, format!("names `{id}`, which is no field of `{}`", named.auth)));
            }
        }
        if let Some(source) = named.source {
            link("source", source.clone()).map_err(|wrong| wrong.within(&at))?;
        }
    }
    Ok(())
}

/// What an example names.
struct Named<'e> {
    auth: &'e str,
    fields: Vec<&'e String>,
    source: Option<&'e String>,
}

fn variant(example: &VariantExample) -> Result<Named<'_>, Wrong> {
    let VariantExample { auth, public, secret, optional, binds, hints, carries, plain_http: _, source } =
        example;
    let fields = [public, secret, optional, binds, hints, carries].into_iter().flatten().collect();
    Ok(Named { auth, fields, source: source.as_ref() })
}

fn address(example: &AddressExample) -> Result<Named<'_>, Wrong> {
    let AddressExample { auth, base_url: _, fields, becomes, origins, refused, source } = example;
    if refused.is_some() == (becomes.is_some() || origins.is_some()) {
        return Err(Wrong::new(
            "refused",
            "stands alone, or else `becomes` or `origins` says what comes of it",
        ));
    }
    Ok(Named { auth, fields: fields.keys().collect(), source: source.as_ref() })
}

fn value(example: &ValueExample) -> Result<Named<'_>, Wrong> {
    let ValueExample { auth, field, pasted, becomes, refused, source } = example;
    if refused.is_some() == becomes.is_some() {
        return Err(Wrong::new("refused", "stands alone, or else `becomes` says what is kept"));
    }
    if pasted.is_empty() {
        return Err(Wrong::new("pasted", "must not be empty"));
    }
    Ok(Named { auth, fields: vec![field], source: source.as_ref() })
}

#[cfg(test)]
mod tests {
    use crate::system::{Library, shipped};

    /// The complaint about a good file with this example behind it.
    fn complaint(example: &str) -> String {
        let text = format!("{}\n[[examples]]\n{example}\n", shipped::text("dear.toml"));
        Library::read([("dear.toml", text.as_str())]).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_in_an_example_is_named_with_its_place() {
        for (example, error) in [
            (
                r#"type = "address"
                auth = "basic"
                becomes = "https://a.example""#,
                "examples.3 is about `basic`, which is no variant",
            ),
            (
                r#"type = "address"
                auth = "api-key"
                fields = { shop = "a" }
                becomes = "https://a.example""#,
                "examples.3 names `shop`, which is no field of `api-key`",
            ),
            (
                r#"type = "variant"
                auth = "api-key"
                secret = ["token"]"#,
                "examples.3 names `token`, which is no field of `api-key`",
            ),
            (
                r#"type = "address"
                auth = "api-key""#,
                "examples.3.refused stands alone, or else `becomes` or `origins` says what comes of it",
            ),
            (
                r#"type = "address"
                auth = "api-key"
                becomes = "https://a.example"
                refused = "no""#,
                "examples.3.refused stands alone",
            ),
            (
                r#"type = "value"
                auth = "api-key"
                field = "account_id"
                pasted = ["a"]"#,
                "examples.3.refused stands alone, or else `becomes` says what is kept",
            ),
            (
                r#"type = "value"
                auth = "api-key"
                field = "account_id"
                pasted = []
                becomes = "a""#,
                "examples.3.pasted must not be empty",
            ),
            (
                r#"type = "value"
                auth = "api-key"
                field = "token"
                pasted = ["a"]
                becomes = "a""#,
                "examples.3 names `token`, which is no field of `api-key`",
            ),
            (
                r#"type = "variant"
                auth = "api-key"
                source = "http://a.example""#,
                "examples.3.source must be an https address",
            ),
        ] {
            let found = complaint(example);
            assert!(found.starts_with(&format!("dear.toml: {error}")), "{found}");
        }
    }

    #[test]
    fn an_example_has_no_unknown_type_or_member() {
        let found = complaint("type = \"rumour\"\nauth = \"api-key\"");
        assert!(found.starts_with("dear.toml: ") && found.contains("unknown variant `rumour`"), "{found}");
        let found = complaint("type = \"variant\"\nauth = \"api-key\"\ncolour = 1");
        assert!(found.starts_with("dear.toml: ") && found.contains("`colour`"), "{found}");
    }
}
