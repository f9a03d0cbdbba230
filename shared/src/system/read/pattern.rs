//! Patterns beside what their values become a part of. Whatever a pattern lets through must fit its place, and be found fit or
//! unfit quickly. Only an author of a template needs this, so only tests have it; the values themselves are checked again
//! wherever they are used.

use std::collections::BTreeSet;

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

use super::Wrong;
use crate::{
    interpolation::{Form, Interpolation, Part},
    system::{BaseUrlRule, CheckPath, FieldKind, FieldTemplate, Template, Verify, check_path},
};

/// The most steps that a pattern may take: its states times the longest value.
const MAX_STEPS: usize = 8_000_000;

/// What a value becomes a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Host,
    BasePath,
    Segment,
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host name",
            Self::BasePath => "base address's path",
            Self::Segment => "segment of a path",
        }
    }

    fn takes(self, byte: u8, form: Form) -> bool {
        match self {
            Self::Host => {
                byte.is_ascii_alphanumeric()
                    || b".-".contains(&byte)
                    || (form == Form::DnsLabel && byte == b'_')
            }
            Self::BasePath => byte.is_ascii_alphanumeric() || b".-_~".contains(&byte),
            Self::Segment => !b"/\\;?#%".contains(&byte),
        }
    }

    /// Whether whatever the form makes of a value is fit. `None` if that is a matter of the value.
    const fn takes_form(self, form: Form) -> Option<bool> {
        match (form, self) {
            (Form::Sha256, Self::Host) => Some(false),
            (Form::Sha256, Self::BasePath | Self::Segment) => Some(true),
            (Form::Base64 | Form::Url, Self::Host | Self::BasePath | Self::Segment) => Some(false),
            (
                Form::AsIs | Form::DnsLabel | Form::Lower | Form::Upper,
                Self::Host | Self::BasePath | Self::Segment,
            ) => None,
        }
    }
}

/// Checks every pattern, and every place of each variant.
pub(super) fn check(template: &Template) -> Result<(), Wrong> {
    for field in template.fields() {
        let at = format!("fields.{}.pattern", field.id());
        if let Some(pattern) = field.pattern() {
            check_speed(pattern.as_str(), field.max_length()).map_err(|reason| Wrong::new(at, reason))?;
        }
        let at = format!("fields.{}.pasted", field.id());
        for pattern in &field.pasted {
            check_speed(pattern.as_str(), field.max_length()).map_err(|reason| Wrong::new(&at, reason))?;
        }
    }
    for variant in template.auth() {
        let field = |id: &str| template.field(variant.id(), id);
        let mut rules = vec![template.base_url_rule(variant.id())];
        rules.extend(variant.hosts().iter().map(super::super::Host::address));
        for rule in rules {
            for (start, text) in texts(rule) {
                for (id, form, place) in places(text, start) {
                    field(id).map_or(Ok(()), |field| check_place(field, form, place))?;
                }
            }
        }
        if let Verify::Http(check) | Verify::Token { then: Some(check), .. } = variant.verify() {
            for (standing, part) in CheckPath::parts(&check.path) {
                if let (check_path::Standing::Segment, Part::Field { id, form }) = (standing, part) {
                    field(id).map_or(Ok(()), |field| check_place(field, *form, Place::Segment))?;
                }
            }
        }
    }
    Ok(())
}

fn texts(rule: &BaseUrlRule) -> Vec<(Place, &Interpolation)> {
    match rule {
        BaseUrlRule::None | BaseUrlRule::Typed { path: None, .. } => Vec::new(),
        BaseUrlRule::Typed { path: Some(path), .. } => vec![(Place::BasePath, path)],
        BaseUrlRule::Derived { url } | BaseUrlRule::Fixed { url } | BaseUrlRule::Overridable { url, .. } => {
            vec![(Place::Host, url)]
        }
        BaseUrlRule::Choice { urls, .. } => urls.values().map(|url| (Place::Host, url)).collect(),
    }
}

fn places(text: &Interpolation, start: Place) -> Vec<(&str, Form, Place)> {
    let (mut place, mut written, mut places) = (start, String::new(), Vec::new());
    for part in text.parts() {
        match part {
            Part::Text(text) => {
                written.push_str(text);
                if written.trim_start_matches("https://").contains('/') {
                    place = Place::BasePath;
                }
            }
            Part::Field { id, form } => places.push((id.as_str(), *form, place)),
        }
    }
    places
}

fn check_place(field: &FieldTemplate, form: Form, place: Place) -> Result<(), Wrong> {
    match place.takes_form(form) {
        Some(true) => return Ok(()),
        Some(false) => {
            let form = form.name().unwrap_or_default();
            let reason =
                format!("is written as `{form}` into a {}, which is no place for that form", place.as_str());
            return Err(Wrong::new(format!("fields.{}", field.id()), reason));
        }
        None => {}
    }
    let at = format!("fields.{}.pattern", field.id());
    let fits =
        |value: &str| value.bytes().all(|byte| place.takes(byte, form)) && !value.bytes().all(|b| b == b'.');
    let odd = match (field.kind(), field.pattern()) {
        (FieldKind::Choice, _) => field
            .choices()
            .iter()
            .find(|choice| !fits(&choice.value))
            .map(|choice| format!("the choice `{}`", choice.value)),
        (FieldKind::Number | FieldKind::Port | FieldKind::Host, _) => None,
        (FieldKind::Url, _) => Some("a whole address".to_owned()),
        (FieldKind::Text | FieldKind::Multiline, None) => Some("any text".to_owned()),
        (FieldKind::Text | FieldKind::Multiline, Some(pattern)) => {
            let odd = bytes(pattern.as_str()).into_iter().find(|byte| !place.takes(*byte, form));
            let dots = [".", ".."].into_iter().find(|dots| pattern.matches(dots));
            odd.map(|byte| format!("`{}`", char::from(byte).escape_default()))
                .or_else(|| dots.map(|dots| format!("`{dots}`")))
        }
    };
    match odd {
        Some(odd) => Err(Wrong::new(
            at,
            format!(
                "lets {odd} through, and the value is a part of a {}: narrow it, such as `^[0-9a-z-]+$`",
                place.as_str()
            ),
        )),
        None => Ok(()),
    }
}

fn parsed(pattern: &str) -> Hir {
    let parser = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    parser.expect("it was read as a pattern before")
}

/// Every byte that a match may have in it.
fn bytes(pattern: &str) -> BTreeSet<u8> {
    let mut all = BTreeSet::new();
    collect(&parsed(pattern), &mut all);
    all
}

fn collect(hir: &Hir, all: &mut BTreeSet<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => all.extend(literal.0.iter()),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().for_each(|range| all.extend(range.start()..=range.end()));
        }
        HirKind::Class(Class::Unicode(class)) => class.iter().for_each(|range| {
            all.extend(
                (u32::from(range.start())..=u32::from(range.end()).min(255))
                    .filter_map(|c| u8::try_from(c).ok()),
            );
        }),
        HirKind::Repetition(repetition) => collect(&repetition.sub, all),
        HirKind::Capture(capture) => collect(&capture.sub, all),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect(part, all))
        }
    }
}

/// Whether the engines find quickly whether a value matches: ours, which takes a step for each state and byte, and the
/// browser's, which tries every way to divide a value between a repetition and one within it.
fn check_speed(pattern: &str, max_length: usize) -> Result<(), String> {
    let hir = parsed(pattern);
    let steps = states(&hir).saturating_mul(max_length);
    if steps > MAX_STEPS {
        return Err(format!(
            "may take {steps} steps: shorten its repetitions, or give the field a `max_length`"
        ));
    }
    if is_ambiguous(&hir) {
        return Err(
            "repeats a repetition, which browsers try in every way: write `a+` for `(a+)+`".to_owned()
        );
    }
    Ok(())
}

fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            states(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(states).fold(1, usize::saturating_add)
        }
    }
}

/// Whether a value could be divided in several ways between an endless repetition and one within it. It cannot, if each round
/// has a byte that the inner one never takes.
fn is_ambiguous(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
        HirKind::Repetition(repetition) => {
            let sub = &repetition.sub;
            let mut inner = BTreeSet::new();
            endless(sub, &mut inner);
            is_ambiguous(sub)
                || (repetition.max.is_none() && !inner.is_empty() && !has_separator(sub, &inner))
        }
        HirKind::Capture(capture) => is_ambiguous(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(is_ambiguous),
    }
}

/// The bytes that endless repetitions within this take.
fn endless(hir: &Hir, all: &mut BTreeSet<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => {}
        HirKind::Repetition(repetition) if repetition.max.is_none() => collect(&repetition.sub, all),
        HirKind::Repetition(repetition) => endless(&repetition.sub, all),
        HirKind::Capture(capture) => endless(&capture.sub, all),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| endless(part, all))
        }
    }
}

/// Whether every match has a part whose bytes are none of these.
fn has_separator(hir: &Hir, inner: &BTreeSet<u8>) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(_) | HirKind::Class(_) => {
            let mut own = BTreeSet::new();
            collect(hir, &mut own);
            own.is_disjoint(inner)
        }
        HirKind::Repetition(repetition) => repetition.min > 0 && has_separator(&repetition.sub, inner),
        HirKind::Capture(capture) => has_separator(&capture.sub, inner),
        HirKind::Concat(parts) => parts.iter().any(|part| has_separator(part, inner)),
        HirKind::Alternation(parts) => parts.iter().all(|part| has_separator(part, inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_takes_long_is_told_from_one_that_does_not() {
        for pattern in [
            "^(a+)+$",
            "^(a*)*$",
            "^([a-z]+|[0-9]+)*$",
            "^([a-z]*[0-9]?)*$",
            "^((a{1,90}){1,90})$",
            "^(a|b*)+$",
        ] {
            assert!(check_speed(pattern, 4096).is_err(), "{pattern}");
        }
        for pattern in [
            "^[a-z]+$",
            "^[a-z]+(\\.[a-z]+)*$",
            "^([a-z]+,)*[a-z]+$",
            "^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$",
            "^[!-~]{1,512}$",
            "^(?i:bearer\\s+)?([!-~]+)$",
        ] {
            assert_eq!(check_speed(pattern, 4096), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn the_bytes_of_a_pattern_are_those_that_a_match_may_have() {
        let text = |pattern: &str| String::from_utf8(bytes(pattern).into_iter().collect()).unwrap();
        assert_eq!(text("^[a-c]+(x|-)?$"), "-abcx");
        assert_eq!(text("^a\\.b$"), ".ab");
        assert!(bytes("^[^/]+$").contains(&b'?') && bytes("^.+$").contains(&b'/'));
    }
}
