//! From the rule for the base address as it is written to a [`BaseUrlRule`].

use super::{Wrong, link, parse, text};
use crate::{
    interpolation::{Interpolation, Part},
    origin::{BaseUrl, Scheme},
    system::{
        base_url::{BaseUrlRule, RefusedAddress},
        field::FieldTemplate,
        raw::RawBaseUrl,
        template::Template,
    },
};

/// Reads the rule.
pub(super) fn base_url(raw: RawBaseUrl) -> Result<BaseUrlRule, Wrong> {
    Ok(match raw {
        RawBaseUrl::None {} => BaseUrlRule::None,
        RawBaseUrl::Typed { help, example, path, pages, refused } => BaseUrlRule::Typed {
            help: text("help", help)?,
            example: link("example", example)?,
            path: path.map(|path| parse("path", &path)).transpose()?,
            pages: pages.into_iter().map(|page| text("pages", page)).collect::<Result<_, _>>()?,
            refused: refused
                .into_iter()
                .map(|refused| {
                    let contains = text("refused.contains", refused.contains)?;
                    Ok(RefusedAddress { contains, reason: text("refused.reason", refused.reason)? })
                })
                .collect::<Result<_, Wrong>>()?,
        },
        RawBaseUrl::Derived { url } => BaseUrlRule::Derived { url: address("url", &url)? },
        RawBaseUrl::Overridable { url, help, example } => BaseUrlRule::Overridable {
            url: address("url", &url)?,
            help: text("help", help)?,
            example: link("example", example)?,
        },
        RawBaseUrl::Fixed { url } => BaseUrlRule::Fixed { url: address("url", &url)? },
        RawBaseUrl::Choice { field, urls } => {
            let read = |(choice, url): (String, String)| {
                let url = address(&format!("urls.{choice}"), &url)?;
                Ok((choice, url))
            };
            BaseUrlRule::Choice { field, urls: urls.into_iter().map(read).collect::<Result<_, _>>()? }
        }
    })
}

/// Every field that the address follows from is public, and has a value whenever the address needs it, in every variant.
pub(super) fn check_base_url(template: &Template) -> Result<(), Wrong> {
    for variant in template.auth() {
        let fields: Vec<&FieldTemplate> = template.fields_of(variant.id()).collect();
        let missing = |id: &str| {
            let reason = format!("`{id}` is no public field of `{}` that always has a value", variant.id());
            Wrong::new("base_url", reason)
        };
        match template.base_url_rule() {
            BaseUrlRule::None | BaseUrlRule::Typed { path: None, .. } => {}
            BaseUrlRule::Typed { path: Some(text), .. }
            | BaseUrlRule::Fixed { url: text }
            | BaseUrlRule::Derived { url: text }
            | BaseUrlRule::Overridable { url: text, .. } => {
                if let Some(id) = text.fields().find(|id| !is_certain(id, &fields)) {
                    return Err(missing(id));
                }
            }
            BaseUrlRule::Choice { field, urls } => {
                let chooser = fields.iter().find(|known| known.id() == field && is_certain(field, &fields));
                let chooser = chooser.ok_or_else(|| missing(field))?;
                if !chooser.choices().iter().map(|choice| &choice.value).eq(urls.keys()) {
                    return Err(Wrong::new(
                        "base_url.urls",
                        format!("must be the choices of `{field}`, in order of name"),
                    ));
                }
                for (choice, url) in urls {
                    if let Some(id) = url.fields().find(|id| !is_certain_with(id, &fields, (field, choice))) {
                        let reason = format!(
                            "`{id}` is no public field of `{}` that always has a value when `{field}` is `{choice}`",
                            variant.id()
                        );
                        return Err(Wrong::new(format!("base_url.urls.{choice}"), reason));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether a field is public and has a value in every entry.
pub(super) fn is_certain(id: &str, fields: &[&FieldTemplate]) -> bool {
    fields.iter().any(|field| field.id() == id && has_value_if_shown(field) && field.show_when().is_none())
}

/// Whether a field is public and has a value in every entry in which the other field has this value.
fn is_certain_with(id: &str, fields: &[&FieldTemplate], (other, value): (&str, &String)) -> bool {
    let is_shown = |field: &FieldTemplate| {
        field.show_when().is_none_or(|when| when.field == other && when.equals.contains(value))
    };
    fields.iter().any(|field| field.id() == id && has_value_if_shown(field) && is_shown(field))
}

fn has_value_if_shown(field: &FieldTemplate) -> bool {
    !field.secret() && (field.required() || field.default().is_some())
}

/// An address with places for values: https, and what a request can be put behind.
pub(super) fn address(at: &str, url: &str) -> Result<Interpolation, Wrong> {
    if !url.starts_with("https://") {
        return Err(Wrong::new(at, "must be an https address"));
    }
    let parsed: Interpolation = parse(at, url)?;
    let sample = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Field { .. } => "a".to_owned(),
    };
    let filled: String = parsed.parts().iter().map(sample).collect();
    let base = BaseUrl::parse(&filled, &[Scheme::Https]).map_err(|reason| {
        Wrong::new(at, format!("must be an address such as `https://api.example.com/v1`: {reason}"))
    })?;
    if base.origin().port() != Scheme::Https.default_port() {
        return Err(Wrong::new(at, "must not name a port: Keyward connects to that of https alone"));
    }
    Ok(parsed)
}
