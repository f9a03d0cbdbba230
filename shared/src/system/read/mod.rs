//! From a template's file to a [`Template`]: everything that a template promises is checked here, once.

mod base_url;
mod constant_header;
mod example;
mod field;
mod fit;
#[cfg(test)]
mod pattern;
mod rule;
mod strategy;
#[cfg(test)]
mod tests;
mod verify;
#[cfg(test)]
mod wrong;

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use url::Url;

use self::{constant_header::Written, rule::Shared};
use super::{
    constant_header::ConstantHeader,
    field::FieldTemplate,
    library::LibraryError,
    raw::{RawAuth, RawHeaders, RawTemplate},
    template::{AuthVariant, Headers, Host, Template},
};
use crate::{origin::Scheme, signing::Reveals, strategy::Scheme as _};

/// The fault, and the member of the file that has it.
struct Wrong {
    at: String,
    reason: String,
}

impl Wrong {
    fn new(at: impl Into<String>, reason: impl Display) -> Self {
        Self { at: at.into(), reason: reason.to_string() }
    }

    /// The same with the place's own place before it.
    fn within(self, outer: &str) -> Self {
        let at = if self.at.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.at) };
        Self { at, ..self }
    }
}

/// Reads one file, whose text is JSON by now.
pub(super) fn template(file: &str, text: &str) -> Result<Template, LibraryError> {
    let error = |at: String, reason: String| LibraryError { file: file.to_owned(), at, reason };
    let raw: RawTemplate =
        serde_json::from_str(text).map_err(|reason| error(String::new(), reason.to_string()))?;
    check(raw).map_err(|wrong| error(wrong.at, wrong.reason))
}

fn check(raw: RawTemplate) -> Result<Template, Wrong> {
    let auth_ids: Vec<String> = raw.auth.iter().map(|auth| auth.id.clone()).collect();
    if auth_ids.is_empty() {
        return Err(Wrong::new("auth", "needs one variant at least"));
    }
    let mut fields = Vec::new();
    for field in raw.fields {
        let at = format!("fields.{}", field.id);
        fields.push(field::field(field, &auth_ids).map_err(|wrong| wrong.within(&at))?);
    }
    field::check_openers(&fields, &auth_ids)?;
    let shown_by_default = field::check_conditions(&fields, &auth_ids)?;
    for (field, by_default) in fields.iter_mut().zip(shown_by_default) {
        if let Some(condition) = &mut field.show_when {
            condition.by_default = by_default;
        }
    }
    let hosts = base_url::hosts(raw.hosts)?;
    let constant_headers =
        constant_header::headers(Written { constant: raw.constant_headers, default: raw.default_headers })?;
    let named = raw.auth.iter().flat_map(|variant| variant.verify.shared_rules()).map(str::to_owned);
    let shared_rules = Shared::read(raw.rules, &named.collect())?;
    let shared = OfTemplate { constant_headers: &constant_headers, hosts: &hosts, rules: &shared_rules };
    let mut auth = Vec::new();
    let mut known = BTreeSet::new();
    for variant in raw.auth {
        let at = format!("auth.{}", variant.id);
        if !is_word(&variant.id) {
            return Err(Wrong::new(
                format!("{at}.id"),
                "must be a short word in lower case such as `access-token`",
            ));
        }
        if !known.insert(variant.id.clone()) {
            return Err(Wrong::new(at, "is there twice"));
        }
        auth.push(read_auth(variant, &fields, &shared).map_err(|wrong| wrong.within(&at))?);
    }
    let template = Template {
        id: parse("id", &raw.id)?,
        version: raw.version,
        name: text("name", raw.name)?,
        summary: text("summary", raw.summary)?,
        kind: raw.kind,
        guide_url: link("guide_url", raw.guide_url)?,
        guide: text("guide", raw.guide)?,
        base_url: base_url::base_url(raw.base_url).map_err(|wrong| wrong.within("base_url"))?,
        headers: headers(raw.headers)?,
        fields,
        auth,
        examples: raw.examples,
    };
    if template.version == 0 {
        return Err(Wrong::new("version", "counts from 1"));
    }
    base_url::check_addresses(&template)?;
    fit::check(&template)?;
    #[cfg(test)]
    pattern::check(&template)?;
    example::check(&template.examples, &template.fields, &template.auth)?;
    Ok(template)
}

/// What variants have of their template.
struct OfTemplate<'t> {
    constant_headers: &'t [ConstantHeader],
    hosts: &'t [Host],
    rules: &'t Shared,
}

fn read_auth(raw: RawAuth, fields: &[FieldTemplate], shared: &OfTemplate<'_>) -> Result<AuthVariant, Wrong> {
    let own: Vec<&FieldTemplate> = fields.iter().filter(|field| field.belongs_to(&raw.id)).collect();
    let strategy = strategy::strategy(raw.strategy, &own).map_err(|wrong| wrong.within("strategy"))?;
    if raw.schemes.is_empty() || raw.schemes.iter().collect::<BTreeSet<_>>().len() < raw.schemes.len() {
        return Err(Wrong::new("schemes", "must be a list such as `[\"https\"]` with nothing twice"));
    }
    if raw.schemes.contains(&Scheme::Http) && strategy.reveals() == Reveals::Secret {
        return Err(Wrong::new(
            "schemes",
            "must not hold `http`: this strategy would send the secret in the clear",
        ));
    }
    let written = Written { constant: raw.constant_headers, default: raw.default_headers };
    let constant_headers =
        constant_header::of_variant(constant_header::headers(written)?, shared.constant_headers);
    constant_header::check(&constant_headers, constant_header::place, &own, &strategy)?;
    let verify = verify::verify(raw.verify, &own, &strategy, shared.rules);
    let verify = verify.map_err(|wrong| wrong.within("verify"))?;
    let own_hosts = base_url::hosts(raw.hosts)?;
    let inherited = shared.hosts.iter().filter(|host| own_hosts.iter().all(|own| own.name != host.name));
    let hosts = inherited.cloned().chain(own_hosts.iter().cloned()).collect();
    let base_url = raw.base_url.map(base_url::base_url).transpose();
    Ok(AuthVariant {
        label: text("label", raw.label)?,
        help: text("help", raw.help)?,
        guide: raw.guide.map(|guide| text("guide", guide)).transpose()?,
        guide_url: raw.guide_url.map(|url| link("guide_url", url)).transpose()?,
        base_url: base_url.map_err(|wrong| wrong.within("base_url"))?,
        headers: raw.headers.map(headers).transpose()?,
        hosts,
        schemes: raw.schemes,
        constant_headers,
        strategy,
        verify,
        id: raw.id,
    })
}

fn headers(raw: RawHeaders) -> Result<Headers, Wrong> {
    match raw {
        RawHeaders::None {} => Ok(Headers::None),
        RawHeaders::Optional {} => Ok(Headers::Optional),
        RawHeaders::ContentTypeRequired { choices } if choices.is_empty() => {
            Err(Wrong::new("headers.choices", "must not be empty"))
        }
        RawHeaders::ContentTypeRequired { choices } => {
            let mut known: Vec<String> = Vec::new();
            for choice in choices {
                let choice = media_type("headers.choices", choice)?;
                if known.contains(&choice) {
                    return Err(Wrong::new("headers.choices", format!("names `{choice}` twice")));
                }
                known.push(choice);
            }
            Ok(Headers::ContentTypeRequired(known))
        }
    }
}

fn parse<T: FromStr<Err: Display>>(at: &str, text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|error: T::Err| Wrong::new(at, error))
}

/// A short word by which keys, tests and people name a part of a template.
fn is_word(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(word) && !name.starts_with('-') && !name.ends_with('-')
}

/// A media type without parameters.
fn media_type(at: &str, name: String) -> Result<String, Wrong> {
    let is_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let part = |text: &str| !text.is_empty() && text.bytes().all(is_byte);
    match name.split_once('/') {
        Some((kind, rest)) if part(kind) && part(rest) => Ok(name),
        Some(_) | None => {
            let reason = format!(
                "`{name}` must be a media type in lower case without parameters, such as `application/json`"
            );
            Err(Wrong::new(at, reason))
        }
    }
}

/// Text for people: not empty, no white space around it, and every address in it is https.
fn text(at: &str, text: String) -> Result<String, Wrong> {
    if text.is_empty() || text.trim() != text {
        Err(Wrong::new(at, "must be text without white space around it"))
    } else if text.contains("http://") {
        Err(Wrong::new(at, "must not lead people to an address without https"))
    } else {
        Ok(text)
    }
}

/// An address that people or requests follow: `https` only.
fn link(at: &str, url: String) -> Result<String, Wrong> {
    match Url::parse(&url) {
        Ok(parsed) if parsed.scheme() == "https" && parsed.has_host() => Ok(url),
        Ok(_) | Err(_) => Err(Wrong::new(at, "must be an https address")),
    }
}
