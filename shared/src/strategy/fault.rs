//! What is wrong with the parameters of a strategy that are each right by themselves.

use crate::interpolation::Interpolation;

/// The parameter at fault, and the rule that it breaks as the rest of a sentence.
pub type Fault = (&'static str, String);

/// A list of names with values: it has something in it, no name is empty, and none stands twice.
pub(super) fn of_pairs(
    parameter: &'static str,
    pairs: &[(Interpolation, Interpolation)],
    is_same: fn(&str, &str) -> bool,
) -> Option<Fault> {
    if pairs.is_empty() {
        return Some((
            parameter,
            "must have one at least, such as `[[\"api_key\", \"{api_key}\"]]`".to_owned(),
        ));
    }
    let names: Vec<String> = pairs.iter().map(|(name, _)| name.to_string()).collect();
    let mut known: Vec<&str> = Vec::new();
    for name in &names {
        if name.is_empty() {
            return Some((parameter, "has an empty name: each is a pair of a name and a value".to_owned()));
        }
        if known.iter().any(|known| is_same(known, name)) {
            return Some((parameter, format!("names `{name}` twice")));
        }
        known.push(name);
    }
    let empty = pairs.iter().find(|(_, value)| value.as_text() == Some(""));
    empty.map(|(name, _)| (parameter, format!("gives `{name}` no value")))
}

/// Two parameters of which one is nothing without the other.
pub(super) fn of_halves(
    first: (&'static str, &Option<Interpolation>),
    second: (&'static str, &Option<Interpolation>),
) -> Option<Fault> {
    let needs = |there: &str, missing: &'static str| {
        Some((missing, format!("must be there beside `{there}`: one is nothing without the other")))
    };
    match (first.1, second.1) {
        (Some(_), None) => needs(first.0, second.0),
        (None, Some(_)) => needs(second.0, first.0),
        (Some(_), Some(_)) | (None, None) => None,
    }
}
