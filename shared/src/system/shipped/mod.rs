//! Tests of the data that is shipped: that it is complete, and that it says what the API promises.

mod addresses;
mod lock;
mod table;
mod texts;

use std::collections::BTreeMap;

use super::{FieldTemplate, Template};

/// A good value for each public field of a variant that needs one: its example.
fn examples<'t>(template: &'t Template, auth: &str) -> BTreeMap<&'t str, &'t str> {
    template
        .fields_of(auth)
        .filter(|field| !field.secret() && field.required())
        .filter_map(|field: &FieldTemplate| Some((field.id(), field.example()?)))
        .collect()
}
