//! The functions of the tables, and what they are called in the template.

use keyward_functions::table::{self, Route, routes};

/// Every function, in the order of their names.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = table::functions().map(|function| function.name.as_str()).collect();
    names.sort_unstable();
    names.into_iter()
}

/// A function's routes; none where something else calls it.
pub(super) fn routes_of(name: &str) -> impl Iterator<Item = &'static Route> {
    routes().filter(move |(function, _)| function.name.as_str() == name).map(|(_, route)| route)
}

/// What a function's resources begin with: `CreateKey` of `create_key`.
pub(super) fn stem(name: &str) -> String {
    let word =
        |word: &str| word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or("");
    name.split('_').map(word).collect()
}
