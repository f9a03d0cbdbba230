//! Tests of the data that is shipped: that it is complete, and that it says what the API promises.

mod addresses;
mod files;
mod lock;
mod texts;
mod values;
mod variants;

use std::collections::BTreeMap;

use super::{AuthVariant, FieldTemplate, Library, Template};

/// A good value for each public field of a variant that needs one: its example.
fn examples<'t>(template: &'t Template, auth: &str) -> BTreeMap<&'t str, &'t str> {
    template
        .fields_of(auth)
        .filter(|field| !field.secret() && field.required())
        .filter_map(|field: &FieldTemplate| Some((field.id(), field.example()?)))
        .collect()
}

/// Every auth variant of every template, older versions included.
fn variants() -> impl Iterator<Item = (&'static Template, &'static AuthVariant)> {
    Library::shipped()
        .every_version()
        .flat_map(|template| template.auth().iter().map(move |variant| (template, variant)))
}

/// The text of a file, as people write it.
pub(super) fn text(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systems").join(file);
    std::fs::read_to_string(path).unwrap()
}
