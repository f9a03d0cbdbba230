//! From the rule for the base address as it is written to a [`BaseUrlRule`].

use super::{Wrong, link, parse, text};
use crate::{
    interpolation::Interpolation,
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
        RawBaseUrl::Fixed { url } => BaseUrlRule::Fixed { url: link("url", url)? },
        RawBaseUrl::Choice { field, urls } => {
            for (choice, url) in &urls {
                link(&format!("urls.{choice}"), url.clone())?;
            }
            BaseUrlRule::Choice { field, urls }
        }
    })
}

/// Every field that the address follows from is public, and always has a value, in every variant.
pub(super) fn check_base_url(template: &Template) -> Result<(), Wrong> {
    for variant in template.auth() {
        for id in template.base_url_fields() {
            let field = template.field(variant.id(), id);
            let is_certain = |field: &&FieldTemplate| {
                !field.secret()
                    && field.show_when().is_none()
                    && (field.required() || field.default().is_some())
            };
            let Some(field) = field.filter(is_certain) else {
                let reason =
                    format!("`{id}` is no public field of `{}` that always has a value", variant.id());
                return Err(Wrong::new("base_url", reason));
            };
            if let BaseUrlRule::Choice { urls, .. } = template.base_url_rule()
                && !field.choices().iter().map(|choice| &choice.value).eq(urls.keys())
            {
                return Err(Wrong::new(
                    "base_url.urls",
                    format!("must be the choices of `{id}`, in order of name"),
                ));
            }
        }
    }
    Ok(())
}

/// An address with places for values, of which the scheme is not one.
pub(super) fn address(at: &str, url: &str) -> Result<Interpolation, Wrong> {
    if url.starts_with("https://") { parse(at, url) } else { Err(Wrong::new(at, "must be an https address")) }
}
