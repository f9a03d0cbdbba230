//! From the rule for the base address as it is written to a [`BaseUrlRule`].

use std::collections::BTreeMap;

use super::{Wrong, link, parse, text, verify::below_base};
use crate::{
    interpolation::{Interpolation, Part},
    origin::{BaseUrl, Scheme},
    system::{
        base_url::{BaseUrlRule, RefusedAddress},
        field::FieldTemplate,
        raw::RawBaseUrl,
        template::{Host, Template},
    },
};

/// Reads the rule.
pub(super) fn base_url(raw: RawBaseUrl) -> Result<BaseUrlRule, Wrong> {
    Ok(match raw {
        RawBaseUrl::None {} => BaseUrlRule::None,
        RawBaseUrl::Typed { help, example, path, pages, refused } => BaseUrlRule::Typed {
            help: text("help", help)?,
            example: link("example", example)?,
            path: path
                .map(|path| below_base("path", &path).and_then(|()| parse("path", &path)))
                .transpose()?,
            pages: pages
                .into_iter()
                .map(|page| below_base("pages", &page).map(|()| page))
                .collect::<Result<_, _>>()?,
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

/// Every field that the addresses of each variant follow from is public, and has a value whenever the address needs it.
pub(super) fn check_addresses(template: &Template) -> Result<(), Wrong> {
    for variant in template.auth() {
        let fields: Vec<&FieldTemplate> = template.fields_of(variant.id()).collect();
        let within = format!("auth.{}", variant.id());
        match variant.base_url_rule() {
            Some(own) => {
                check_rule(own, "base_url", variant.id(), &fields).map_err(|wrong| wrong.within(&within))?
            }
            None => check_rule(template.base_url_rule(variant.id()), "base_url", variant.id(), &fields)?,
        }
        for host in variant.hosts() {
            check_rule(host.address(), &format!("hosts.{}", host.name()), variant.id(), &fields)
                .map_err(|wrong| wrong.within(&within))?;
        }
    }
    Ok(())
}

fn check_rule(rule: &BaseUrlRule, at: &str, auth: &str, fields: &[&FieldTemplate]) -> Result<(), Wrong> {
    let missing =
        |id: &str| Wrong::new(at, format!("`{id}` is no public field of `{auth}` that always has a value"));
    match rule {
        BaseUrlRule::None | BaseUrlRule::Typed { path: None, .. } => {}
        BaseUrlRule::Typed { path: Some(text), .. }
        | BaseUrlRule::Fixed { url: text }
        | BaseUrlRule::Derived { url: text }
        | BaseUrlRule::Overridable { url: text, .. } => {
            if let Some(id) = text.fields().find(|id| !is_certain(id, fields)) {
                return Err(missing(id));
            }
        }
        BaseUrlRule::Choice { field, urls } => {
            let chooser = fields.iter().find(|known| known.id() == field && is_certain(field, fields));
            let chooser = chooser.ok_or_else(|| missing(field))?;
            check_choices(chooser, urls.keys().map(String::as_str), at)?;
            for (choice, url) in urls {
                if let Some(id) = url.fields().find(|id| !is_certain_with(id, fields, (field, choice))) {
                    let reason = format!(
                        "`{id}` is no public field of `{auth}` that always has a value when `{field}` is `{choice}`"
                    );
                    return Err(Wrong::new(format!("{at}.urls.{choice}"), reason));
                }
            }
        }
    }
    Ok(())
}

/// There is an address for each choice, and no other.
fn check_choices<'u>(
    chooser: &FieldTemplate,
    urls: impl Iterator<Item = &'u str> + Clone,
    at: &str,
) -> Result<(), Wrong> {
    let field = chooser.id();
    let values = || chooser.choices().iter().map(|choice| choice.value.as_str());
    if let Some(other) = urls.clone().find(|url| values().all(|value| value != *url)) {
        let reason = format!("is for no choice of `{field}`: must be the choices of `{field}`");
        return Err(Wrong::new(format!("{at}.urls.{other}"), reason));
    }
    match values().find(|value| urls.clone().all(|url| url != *value)) {
        Some(value) => {
            let reason = format!("has no address for `{value}`: must be the choices of `{field}`");
            Err(Wrong::new(format!("{at}.urls"), reason))
        }
        None => Ok(()),
    }
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

/// Reads the servers beside that of the base address. Each is an origin, since a request names the path itself.
pub(super) fn hosts(raw: BTreeMap<String, RawBaseUrl>) -> Result<Vec<Host>, Wrong> {
    let host = |(name, raw): (String, RawBaseUrl)| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(Wrong::new(name, "must be a short word in lower case such as `files`"));
        }
        let address = base_url(raw).map_err(|wrong| wrong.within(&name))?;
        match &address {
            BaseUrlRule::Fixed { .. } | BaseUrlRule::Derived { .. } | BaseUrlRule::Choice { .. } => {}
            BaseUrlRule::None | BaseUrlRule::Typed { .. } | BaseUrlRule::Overridable { .. } => {
                return Err(Wrong::new(format!("{name}.rule"), "must be `fixed`, `derived` or `choice`"));
            }
        }
        if !address.has_no_path() {
            return Err(Wrong::new(
                name,
                "must be an address without a path such as `https://files.example.com`",
            ));
        }
        Ok(Host { name, address })
    };
    raw.into_iter().map(host).collect::<Result<_, _>>().map_err(|wrong: Wrong| wrong.within("hosts"))
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
