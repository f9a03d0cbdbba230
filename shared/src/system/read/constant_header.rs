//! From headers as a template writes them to [`ConstantHeader`]s.

use std::collections::BTreeMap;

use super::{Wrong, parse};
use crate::{
    interpolation::{Interpolation, Part},
    signing::{HeaderProblem, Part as SignedPart, check_header},
    strategy::{Lookup, Scheme as _, Strategy},
    system::{
        constant_header::{ConstantHeader, Standing},
        field::FieldTemplate,
    },
};

/// The headers as they are written: those that stay, and those that a key or a request may replace.
pub(super) struct Written {
    pub(super) constant: BTreeMap<String, String>,
    pub(super) default: BTreeMap<String, String>,
}

/// Reads the headers of a template or of a variant.
pub(super) fn headers(raw: Written) -> Result<Vec<ConstantHeader>, Wrong> {
    let mut headers: Vec<ConstantHeader> = Vec::new();
    for (at, standing, raw) in [
        ("constant_headers", Standing::Constant, raw.constant),
        ("default_headers", Standing::Default, raw.default),
    ] {
        for (name, value) in raw {
            let header = header(&name, &value, standing).map_err(|wrong| wrong.within(at))?;
            if headers.iter().any(|known| known.is(&name)) {
                return Err(Wrong::new(format!("{at}.{name}"), "is there twice: header names have no case"));
            }
            headers.push(header);
        }
    }
    Ok(headers)
}

/// One header. Its name stands for its place.
pub(super) fn header(name: &str, value: &str, standing: Standing) -> Result<ConstantHeader, Wrong> {
    let wrong = |reason: &str| Wrong::new(name, reason);
    header_name(name, name)?;
    let parsed: Interpolation = parse(name, value)?;
    if value.is_empty() {
        return Err(wrong("must not be empty: leave the header out"));
    }
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Field { .. } => "x".to_owned(),
    };
    let filled: String = parsed.parts().iter().map(text).collect();
    if check_header(name, &filled).is_err() {
        return Err(wrong("must be visible ASCII characters without spaces around them"));
    }
    let is_content_type = name.eq_ignore_ascii_case("content-type");
    match standing {
        Standing::Constant if is_content_type => Err(wrong(
            "belongs to a body, which the request brings: put it under `default_headers`, or into the `body` of a check",
        )),
        Standing::Constant | Standing::Default => {
            Ok(ConstantHeader { name: name.to_owned(), value: parsed, standing })
        }
    }
}

/// A header's name: a token (RFC 9110 §5.6.2) that the connection does not set itself.
pub(super) fn header_name(at: &str, name: &str) -> Result<(), Wrong> {
    match check_header(name, "x") {
        Ok(()) => Ok(()),
        Err(HeaderProblem::Forbidden) => {
            Err(Wrong::new(at, format!("names `{name}`, which the connection sets itself: leave it out")))
        }
        Err(
            HeaderProblem::Name
            | HeaderProblem::Owned
            | HeaderProblem::Repeated
            | HeaderProblem::NotForm
            | HeaderProblem::NotJson
            | HeaderProblem::Value,
        ) => Err(Wrong::new(
            at,
            format!(
                "names `{name}`, which is no header name: letters, digits and hyphens such as `X-Api-Key`"
            ),
        )),
    }
}

/// The headers of a variant: its own, and those of the template that it does not set itself.
pub(super) fn of_variant(own: Vec<ConstantHeader>, template: &[ConstantHeader]) -> Vec<ConstantHeader> {
    let inherited = template.iter().filter(|header| !own.iter().any(|known| known.is(&header.name)));
    let inherited: Vec<_> = inherited.cloned().collect();
    inherited.into_iter().chain(own).collect()
}

/// What the headers of a variant must be beside its fields and its strategy.
pub(super) fn check(
    headers: &[ConstantHeader],
    place: impl Fn(&ConstantHeader) -> String,
    fields: &[&FieldTemplate],
    strategy: &Strategy,
) -> Result<(), Wrong> {
    let default = |id: &str| fields.iter().find(|field| field.id() == id)?.default();
    let owned = strategy.owned(&Lookup::new(default));
    for header in headers {
        let at = place(header);
        if owned.iter().any(|owned| owned.is(SignedPart::Header, header.name.as_bytes())) {
            let reason = format!("is set by the strategy `{strategy}`: leave it out");
            return Err(Wrong::new(at, reason));
        }
        for id in header.value.fields() {
            match fields.iter().find(|field| field.id() == id) {
                None => {
                    return Err(Wrong::new(at, format!("names `{id}`, which is no field of this variant")));
                }
                Some(field) if field.secret() => {
                    let reason = format!(
                        "shows the secret field `{id}`: a header with a secret is for the strategy `headers`"
                    );
                    return Err(Wrong::new(at, reason));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// The place of a header of a template or of a variant.
pub(super) fn place(header: &ConstantHeader) -> String {
    let member = match header.standing {
        Standing::Constant => "constant_headers",
        Standing::Default => "default_headers",
    };
    format!("{member}.{}", header.name)
}

#[cfg(test)]
mod tests {
    use crate::system::{
        Library, Standing,
        read::tests::{GOOD, complaint},
    };

    /// The complaint about a template with these headers, and with these ones of its variant.
    fn headers_complaint(template: &str, variant: &str) -> String {
        let text = GOOD.replacen("\n[base_url]", &format!("\n{template}\n[base_url]"), 1);
        let text =
            text.replacen("help = \"The one way.\"", &format!("help = \"The one way.\"\n{variant}"), 1);
        Library::read([("acme.toml", text.as_str())]).unwrap_err().to_string()
    }

    #[test]
    fn a_variants_header_takes_the_place_of_the_templates() {
        let template = "constant_headers = { X-Version = \"1\", X-Shop = \"{shop}\" }\ndefault_headers = { Accept = \"a/b\" }";
        let variant = "default_headers = { x-version = \"2\" }";
        let text = GOOD.replacen("\n[base_url]", &format!("\n{template}\n[base_url]"), 1);
        let text =
            text.replacen("help = \"The one way.\"", &format!("help = \"The one way.\"\n{variant}"), 1);
        let library = Library::read([("acme.toml", text.as_str())]).unwrap();
        let headers = library.system("acme").unwrap().variant("token").unwrap().constant_headers();
        let found: Vec<_> = headers
            .iter()
            .map(|header| (header.name(), header.render(|_| Some("blue")), header.standing()))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("X-Shop", text("blue"), Standing::Constant),
                ("Accept", text("a/b"), Standing::Default),
                ("x-version", text("2"), Standing::Default),
            ]
        );
        assert_eq!(headers[0].render(|_| None), None);
    }

    #[test]
    fn a_header_that_no_request_can_carry_is_refused_with_its_line() {
        let names = ["X K", "", "X:", "(a)", "Ünder", "X\\tY"];
        for name in names {
            let found = headers_complaint(&format!("constant_headers = {{ \"{name}\" = \"1\" }}"), "");
            assert!(found.contains("which is no header name") && found.contains("(line "), "{name}: {found}");
            // What is no name for us is none for the `http` crate, which sends.
            let name = name.replace("\\t", "\t");
            assert!(http::HeaderName::from_bytes(name.as_bytes()).is_err(), "{name}");
        }
        for name in [
            "Host",
            "content-length",
            "Connection",
            "Transfer-Encoding",
            "Upgrade",
            "TE",
            "Proxy-Authorization",
        ] {
            for member in ["constant_headers", "default_headers"] {
                let found = headers_complaint("", &format!("{member} = {{ {name} = \"1\" }}"));
                let error = format!(
                    "acme.toml: auth.token.{member}.{name} names `{name}`, which the connection sets itself: leave it out (line "
                );
                assert!(found.starts_with(&error), "{found}");
            }
        }
        for (template, variant, error) in [
            ("constant_headers = { X-A = \"\" }", "", "constant_headers.X-A must not be empty"),
            ("constant_headers = { X-A = \" a\" }", "", "constant_headers.X-A must be visible ASCII"),
            (
                "constant_headers = { X-A = \"a\\r\\nX-B: c\" }",
                "",
                "constant_headers.X-A must be visible ASCII",
            ),
            ("constant_headers = { X-A = \"ü\" }", "", "constant_headers.X-A must be visible ASCII"),
            ("constant_headers = { X-A = \"{shop\" }", "", "constant_headers.X-A has a brace"),
            ("constant_headers = { X-A = \"1\", x-a = \"2\" }", "", "constant_headers.x-a is there twice"),
            (
                "constant_headers = { X-A = \"1\" }\ndefault_headers = { x-a = \"2\" }",
                "",
                "default_headers.x-a is there twice",
            ),
            (
                "constant_headers = { Content-Type = \"a/b\" }",
                "",
                "constant_headers.Content-Type belongs to a body",
            ),
            (
                "constant_headers = { X-A = \"{store}\" }",
                "",
                "auth.token.constant_headers.X-A names `store`, which is no field",
            ),
            (
                "",
                "constant_headers = { X-A = \"{token}\" }",
                "auth.token.constant_headers.X-A shows the secret field `token`",
            ),
            (
                "",
                "constant_headers = { authorization = \"x\" }",
                "auth.token.constant_headers.authorization is set by the strategy `bearer`",
            ),
        ] {
            let found = headers_complaint(template, variant);
            assert!(found.starts_with(&format!("acme.toml: {error}")), "{found}");
            assert!(found.contains("(line "), "{found}");
        }
    }

    #[test]
    fn a_checks_headers_are_held_to_the_same() {
        let check = |headers: &str| {
            let rules = "rules = [{ name = \"me\", verdict = \"passed\", status = [200], json = [{ pointer = \"/me\" }] }]";
            format!(
                "type = \"http\"\ncheck = {{ method = \"GET\", path = \"me\", headers = {{ {headers} }}, {rules} }}"
            )
        };
        for (headers, error) in [
            ("X-A = \"{token}\"", "headers.X-A shows the secret field `token`"),
            ("Authorization = \"x\"", "headers.Authorization is set by the strategy `bearer`"),
            ("Host = \"x\"", "headers.Host names `Host`, which the connection sets itself"),
            ("X-A = \"1\", x-a = \"2\"", "headers.x-a is there twice"),
        ] {
            let found = complaint("type = \"user-path\"", &check(headers));
            assert!(found.starts_with(&format!("acme.toml: auth.token.verify.check.{error}")), "{found}");
        }
        let text = GOOD.replacen("type = \"user-path\"", &check("Accept = \"application/vnd.api+json\""), 1);
        assert!(Library::read([("acme.toml", text.as_str())]).is_ok());
    }
}
