//! The functions of the tables, and what they are called in the template.

use keyward_functions::{
    routes::{ROUTES, Route},
    triggers::TRIGGERS,
};

/// The functions that routes call, and those that something else calls.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = ROUTES.iter().map(|route| route.name).collect();
    names.extend(TRIGGERS.iter().map(|trigger| trigger.name));
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

/// A function's routes; none where something else calls it.
pub(super) fn routes_of(name: &str) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.name == name)
}

/// What a function's resources begin with: `CreateKey` of `create_key`.
pub(super) fn stem(name: &str) -> String {
    let word =
        |word: &str| word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or("");
    name.split('_').map(word).collect()
}
