//! From a field as it is written to a [`FieldTemplate`].

use std::collections::BTreeSet;

use super::{Wrong, link, text};
use crate::system::{
    field::{FieldKind, FieldTemplate, Pattern, ShowWhen},
    raw::RawField,
};

/// Reads one field of a template that has these variants.
pub(super) fn field(raw: RawField, auth_ids: &[String]) -> Result<FieldTemplate, Wrong> {
    let is_id_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if raw.id.is_empty() || !raw.id.bytes().all(is_id_byte) {
        return Err(Wrong::new("id", "must be letters a-z, digits and underscores"));
    }
    if let Some(unknown) = raw.auth.iter().find(|auth| !auth_ids.contains(auth)) {
        return Err(Wrong::new("auth", format!("`{unknown}` is no variant of this template")));
    }
    if (raw.kind == FieldKind::Choice) == raw.choices.is_empty() {
        return Err(Wrong::new("choices", "belong to the kind `choice`, and only there"));
    }
    if raw.secret && (raw.default.is_some() || raw.binds || raw.kind == FieldKind::Choice) {
        return Err(Wrong::new(
            "secret",
            "fields have no default, are no choice and cannot be part of a binding",
        ));
    }
    if raw.hint && !raw.secret {
        return Err(Wrong::new("hint", "belongs to secret fields"));
    }
    if raw.private_key.is_some() && (!raw.secret || raw.kind != FieldKind::Multiline || raw.pattern.is_some())
    {
        return Err(Wrong::new(
            "private_key",
            "belongs to secret fields of the kind `multiline` without a pattern",
        ));
    }
    if raw.opens.is_some() && (!raw.secret || raw.required) {
        return Err(Wrong::new("opens", "belongs to secret fields that are not required"));
    }
    let pattern = raw
        .pattern
        .map(|text| Pattern::new(&text))
        .transpose()
        .map_err(|error| Wrong::new("pattern", error))?;
    let field = FieldTemplate {
        id: raw.id,
        auth: raw.auth,
        label: text("label", raw.label)?,
        kind: raw.kind,
        secret: raw.secret,
        required: raw.required,
        pattern,
        choices: raw.choices,
        refused: raw.refused,
        example: raw.example,
        help: text("help", raw.help)?,
        guide_url: raw.guide_url.map(|url| link("guide_url", url)).transpose()?,
        default: raw.default,
        binds: raw.binds,
        hint: raw.hint,
        max_length: raw.max_length.unwrap_or(if raw.secret {
            FieldTemplate::MAX_SECRET_LENGTH
        } else {
            FieldTemplate::MAX_LENGTH
        }),
        show_when: raw.show_when.map(|raw| ShowWhen {
            field: raw.field,
            equals: raw.equals,
            by_default: false,
        }),
        private_key: raw.private_key,
        opens: raw.opens,
        spelling: raw.spelling,
        pasted: raw
            .pasted
            .iter()
            .map(|text| Pattern::new(text))
            .collect::<Result<_, _>>()
            .map_err(|error| Wrong::new("pasted", error))?,
        mistaken: raw.mistaken,
    };
    match field.default.as_deref().map(|default| field.check(default)) {
        Some(Err(error)) => Err(Wrong::new("default", error)),
        Some(Ok(())) | None => Ok(field),
    }
}

/// A field that opens another one stands beside it in each of its variants, and the other one is a private key.
pub(super) fn check_openers(fields: &[FieldTemplate], auth_ids: &[String]) -> Result<(), Wrong> {
    for field in fields {
        let Some(opened) = field.opens() else { continue };
        for auth in auth_ids.iter().filter(|auth| field.belongs_to(auth)) {
            let key = fields.iter().find(|other| other.belongs_to(auth) && other.id() == opened);
            if key.is_none_or(|key| key.private_key().is_none()) {
                let at = format!("fields.{}.opens", field.id());
                return Err(Wrong::new(at, format!("`{opened}` is no private key of `{auth}`")));
            }
        }
    }
    Ok(())
}

/// Within a variant every id stands once, and every condition looks at another public field with those values.
/// Returns for each field whether its condition holds by default.
pub(super) fn check_conditions(fields: &[FieldTemplate], auth_ids: &[String]) -> Result<Vec<bool>, Wrong> {
    for auth in auth_ids {
        let mut known = BTreeSet::new();
        for field in fields.iter().filter(|field| field.belongs_to(auth)) {
            if !known.insert(field.id()) {
                return Err(Wrong::new(
                    format!("fields.{}", field.id()),
                    format!("is there twice for `{auth}`"),
                ));
            }
        }
    }
    let mut by_default = Vec::new();
    for field in fields {
        let Some(condition) = field.show_when() else {
            by_default.push(true);
            continue;
        };
        let mut defaults = Vec::new();
        for auth in auth_ids.iter().filter(|auth| field.belongs_to(auth)) {
            let other = fields.iter().find(|other| other.belongs_to(auth) && other.id() == condition.field);
            let fits = |other: &&FieldTemplate| {
                !other.secret() && condition.equals.iter().all(|value| other.check(value).is_ok())
            };
            let Some(other) = other.filter(fits).filter(|other| other.id() != field.id()) else {
                let at = format!("fields.{}.show_when", field.id());
                return Err(Wrong::new(
                    at,
                    format!("looks at no public field of `{auth}` that can have these values"),
                ));
            };
            defaults.push(
                other.default().is_some_and(|default| condition.equals.iter().any(|equal| equal == default)),
            );
        }
        by_default.push(defaults.into_iter().any(|shown| shown));
    }
    Ok(by_default)
}
