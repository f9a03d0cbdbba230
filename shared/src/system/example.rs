//! Examples: facts about a system that its file states beside the template. Tests hold the template against them.
//!
//! The template says how a system works, the examples say what must come of it. So a slip in a template (a secret that
//! is not marked, a field that no longer binds) is found where it was made. The product does not use examples.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One fact about a system.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Example {
    /// The values that an auth variant asks for.
    Variant(VariantExample),
    /// Where requests go with some values, or why they go nowhere.
    Address(AddressExample),
    /// What is kept of a value as people paste it, or why it is refused.
    Value(ValueExample),
}

/// What an auth variant asks for. Every variant has exactly one such example. Fields stand in the order of the form.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantExample {
    /// The auth variant.
    pub auth: String,
    /// The fields that anybody with a key's page may read.
    #[serde(default)]
    pub public: Vec<String>,
    /// The fields that are sealed.
    #[serde(default)]
    pub secret: Vec<String>,
    /// The fields of both kinds that a key can be saved without.
    #[serde(default)]
    pub optional: Vec<String>,
    /// The public fields that are sealed with the secrets: to change one takes the secrets again.
    #[serde(default)]
    pub binds: Vec<String>,
    /// The secret fields whose last four characters are shown.
    #[serde(default)]
    pub hints: Vec<String>,
    /// The secret fields that a request carries as they are, although the variant signs.
    #[serde(default)]
    pub carries: Vec<String>,
    /// Whether requests may go over plain HTTP.
    #[serde(default)]
    pub plain_http: bool,
    /// The page that says so.
    pub source: Option<String>,
}

/// Where requests go with some values, or why they go nowhere. Either `refused`, or at least one of `becomes` and
/// `origins`, is there.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressExample {
    /// The auth variant.
    pub auth: String,
    /// The address that the user types, where the system asks for one.
    pub base_url: Option<String>,
    /// Values of fields. A required public field that is not here has the example of its form.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// The base address.
    pub becomes: Option<String>,
    /// The origins that secrets may go to, by role: `base`, `token`, `host`.
    pub origins: Option<BTreeMap<String, String>>,
    /// Why there is no address, in the words that the user reads.
    pub refused: Option<String>,
    /// The page that says so.
    pub source: Option<String>,
}

/// What is kept of a value as people paste it, or why it is refused. Either `becomes` or `refused` is there.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueExample {
    /// The auth variant.
    pub auth: String,
    /// The field.
    pub field: String,
    /// What people paste. All of it comes to the same.
    pub pasted: Vec<String>,
    /// What is kept.
    pub becomes: Option<String>,
    /// Why it is refused: the words that the user reads have these in them.
    pub refused: Option<String>,
    /// The page that says so.
    pub source: Option<String>,
}
