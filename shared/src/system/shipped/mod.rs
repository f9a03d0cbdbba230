//! Tests of the data that is shipped: that it is complete, and that it says what the API promises.

mod addresses;
mod table;
mod texts;

use std::collections::BTreeMap;

use super::{FieldTemplate, Library, Template, library::SHIPPED};

/// A good value for each public field of a variant that needs one: its example.
fn examples<'t>(template: &'t Template, auth: &str) -> BTreeMap<&'t str, &'t str> {
    template
        .fields_of(auth)
        .filter(|field| !field.secret() && field.required())
        .filter_map(|field: &FieldTemplate| Some((field.id(), field.example()?)))
        .collect()
}

/// Every version that was ever shipped. Keys are pinned to the version that they were made with, so none of these goes:
/// a new version is a line here and a file `<id>@<version>.toml`.
const EVER_SHIPPED: [(&str, u32); 14] = [
    ("custom-http", 1),
    ("dear", 1),
    ("email", 1),
    ("ftp", 1),
    ("magento-1", 1),
    ("magento-2", 1),
    ("netsuite", 1),
    ("oauth2", 1),
    ("parcellab", 1),
    ("peoplevox", 1),
    ("rebound", 1),
    ("sftp", 1),
    ("shopify", 1),
    ("woocommerce", 1),
];

#[test]
fn no_version_that_was_ever_shipped_is_gone() {
    for (id, version) in EVER_SHIPPED {
        assert!(Library::shipped().template(&id.parse().unwrap(), version).is_some(), "{id} {version}");
        let name = if version == 1 { format!("{id}.toml") } else { format!("{id}@{version}.toml") };
        assert!(SHIPPED.iter().any(|(system, file, _)| *system == id && *file == name), "{name}");
    }
    assert_eq!(SHIPPED.len(), EVER_SHIPPED.len());
}
