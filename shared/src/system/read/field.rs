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
    if has_doubles(&raw.auth) {
        return Err(Wrong::new("auth", "names a variant twice"));
    }
    check_choices(&raw)?;
    if raw.secret && (raw.default.is_some() || raw.binds || raw.kind == FieldKind::Choice) {
        return Err(Wrong::new(
            "secret",
            "fields have no default, are no choice and cannot be part of a binding",
        ));
    }
    if raw.may_follow && (!raw.binds || raw.required || raw.default.is_some()) {
        return Err(Wrong::new(
            "may_follow",
            "belongs to binding fields that are not required and have no default",
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
    if raw.max_length == Some(0) {
        return Err(Wrong::new("max_length", "must be 1 at least: no value would fit"));
    }
    if raw.mistaken.iter().any(|mistaken| mistaken.starts.is_empty()) {
        return Err(Wrong::new("mistaken.starts", "must not be empty: every value starts so"));
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
        may_follow: raw.may_follow,
        hint: raw.hint,
        only_resolved: raw.only_resolved,
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
    check_values(&field)?;
    Ok(field)
}

/// The values that the template itself names are ones that the field takes, and those that it refuses are ones that it would
/// take otherwise.
fn check_values(field: &FieldTemplate) -> Result<(), Wrong> {
    let shown = field.example.as_deref().filter(|_| !field.secret);
    for (at, value) in [("default", field.default.as_deref()), ("example", shown)] {
        if let Some(Err(error)) = value.map(|value| field.check(value)) {
            return Err(Wrong::new(at, error));
        }
    }
    for refused in &field.refused {
        if *refused != refused.to_lowercase() {
            return Err(Wrong::new(
                "refused",
                format!("must be in lower case: `{}`", refused.to_lowercase()),
            ));
        }
        if field.pattern.as_ref().is_some_and(|pattern| !pattern.matches(refused)) {
            return Err(Wrong::new("refused", format!("need not name `{refused}`: the pattern refuses it")));
        }
    }
    if field.pasted.iter().any(|pattern| pattern.groups() != 1) {
        return Err(Wrong::new("pasted", "must have one group in parentheses, around the value itself"));
    }
    Ok(())
}

/// Choices differ in value and label, there are two at least, and they alone say which values are good.
fn check_choices(raw: &RawField) -> Result<(), Wrong> {
    if raw.kind != FieldKind::Choice {
        return Ok(());
    }
    let values: Vec<&str> = raw.choices.iter().map(|choice| choice.value.as_str()).collect();
    let labels: Vec<&str> = raw.choices.iter().map(|choice| choice.label.as_str()).collect();
    if values.len() < 2 {
        return Err(Wrong::new("choices", "must be two at least: with one there is nothing to choose"));
    }
    if values.contains(&"") || labels.contains(&"") {
        return Err(Wrong::new("choices", "must each have a value and a label"));
    }
    if has_doubles(&values) || has_doubles(&labels) {
        return Err(Wrong::new("choices", "must differ in value and label"));
    }
    for (member, is_there) in [
        ("pattern", raw.pattern.is_some()),
        ("refused", !raw.refused.is_empty()),
        ("max_length", raw.max_length.is_some()),
        ("spelling", raw.spelling.is_some()),
        ("pasted", !raw.pasted.is_empty()),
        ("mistaken", !raw.mistaken.is_empty()),
    ] {
        if is_there {
            return Err(Wrong::new(member, "has no effect on a choice: its `choices` say what is good"));
        }
    }
    Ok(())
}

fn has_doubles<T: Ord>(items: &[T]) -> bool {
    items.iter().collect::<BTreeSet<_>>().len() < items.len()
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
        let (mut known, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for field in fields.iter().filter(|field| field.belongs_to(auth)) {
            if !labels.insert(field.label()) {
                return Err(Wrong::new(
                    format!("fields.{}.label", field.id()),
                    format!("is that of another field of `{auth}`, so nobody could tell them apart"),
                ));
            }
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
        if condition.equals.is_empty() || has_doubles(&condition.equals) {
            let at = format!("fields.{}.show_when.equals", field.id());
            return Err(Wrong::new(
                at,
                "must be values of the other field, each once: without any the field is never there",
            ));
        }
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
            if other.choices().len() == condition.equals.len() {
                let at = format!("fields.{}.show_when", field.id());
                let reason = format!("has no effect: it names every choice of `{}`", condition.field);
                return Err(Wrong::new(at, reason));
            }
            defaults.push(
                other.default().is_some_and(|default| condition.equals.iter().any(|equal| equal == default)),
            );
        }
        by_default.push(defaults.into_iter().any(|shown| shown));
    }
    Ok(by_default)
}
