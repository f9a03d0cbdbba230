//! A template's file as it is written, before anything in it is believed. Unknown members are refused by name.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    base_url::RefusedAddress,
    example::Example,
    field::{Choice, FieldKind, Mistaken, PrivateKeyRule},
    template::Kind,
    tidy::Spelling,
    verify::CheckBody,
};
use crate::origin::Scheme;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTemplate {
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) kind: Kind,
    pub(super) guide_url: String,
    pub(super) guide: String,
    pub(super) base_url: RawBaseUrl,
    pub(super) headers: RawHeaders,
    #[serde(default)]
    pub(super) constant_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) default_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) hosts: BTreeMap<String, RawBaseUrl>,
    /// Lists of rules that variants share.
    #[serde(default)]
    pub(super) rules: BTreeMap<String, Vec<RawRule>>,
    #[serde(default)]
    pub(super) fields: Vec<RawField>,
    pub(super) auth: Vec<RawAuth>,
    #[serde(default)]
    pub(super) examples: Vec<Example>,
}

// Variants without members have braces: serde looks for unknown members only in those that do.
#[derive(Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawBaseUrl {
    None {},
    Typed {
        help: String,
        example: String,
        path: Option<String>,
        #[serde(default)]
        pages: Vec<String>,
        #[serde(default)]
        refused: Vec<RefusedAddress>,
    },
    Derived {
        url: String,
    },
    Overridable {
        url: String,
        help: String,
        example: String,
    },
    Fixed {
        url: String,
    },
    Choice {
        field: String,
        urls: BTreeMap<String, String>,
    },
}

#[derive(Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawHeaders {
    None {},
    Optional {},
    ContentTypeRequired { choices: Vec<String> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub(super) id: String,
    #[serde(default)]
    pub(super) auth: Vec<String>,
    pub(super) label: String,
    pub(super) kind: FieldKind,
    #[serde(default)]
    pub(super) secret: bool,
    #[serde(default = "yes")]
    pub(super) required: bool,
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    #[serde(default)]
    pub(super) refused: Vec<String>,
    pub(super) example: Option<String>,
    pub(super) help: String,
    pub(super) guide_url: Option<String>,
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) binds: bool,
    #[serde(default)]
    pub(super) may_follow: bool,
    #[serde(default)]
    pub(super) hint: bool,
    #[serde(default)]
    pub(super) only_resolved: bool,
    pub(super) max_length: Option<usize>,
    pub(super) show_when: Option<RawShowWhen>,
    pub(super) private_key: Option<PrivateKeyRule>,
    pub(super) opens: Option<String>,
    pub(super) spelling: Option<Spelling>,
    #[serde(default)]
    pub(super) pasted: Vec<String>,
    #[serde(default)]
    pub(super) mistaken: Vec<Mistaken>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShowWhen {
    pub(super) field: String,
    pub(super) equals: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAuth {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) guide: Option<String>,
    pub(super) guide_url: Option<String>,
    pub(super) base_url: Option<RawBaseUrl>,
    pub(super) headers: Option<RawHeaders>,
    #[serde(default)]
    pub(super) hosts: BTreeMap<String, RawBaseUrl>,
    #[serde(default = "https")]
    pub(super) schemes: Vec<Scheme>,
    #[serde(default)]
    pub(super) constant_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) default_headers: BTreeMap<String, String>,
    /// Which strategy it is, `type` says; the rest is the strategy's own to read.
    pub(super) strategy: serde_json::Map<String, serde_json::Value>,
    pub(super) verify: RawVerify,
}

fn https() -> Vec<Scheme> {
    vec![Scheme::Https]
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawVerify {
    Http {
        check: RawHttpCheck,
    },
    Login {},
    Token {
        #[serde(default)]
        rules: Vec<RawRule>,
        #[serde(default)]
        shared_rules: Vec<String>,
        then: Option<RawHttpCheck>,
    },
    SoapLogin(RawSoapCheck),
    UserPath {},
}

impl RawVerify {
    /// The lists of rules that it shares with other variants.
    pub(super) fn shared_rules(&self) -> impl Iterator<Item = &str> {
        let (own, then): (&[String], &[String]) = match self {
            Self::Http { check } => (&check.shared_rules, &[]),
            Self::Token { shared_rules, then: Some(check), .. } => (shared_rules, &check.shared_rules),
            Self::Token { shared_rules, then: None, .. } => (shared_rules, &[]),
            Self::SoapLogin(check) => (&check.shared_rules, &[]),
            Self::Login {} | Self::UserPath {} => (&[], &[]),
        };
        own.iter().chain(then).map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSoapCheck {
    #[serde(default)]
    pub(super) rules: Vec<RawRule>,
    #[serde(default)]
    pub(super) shared_rules: Vec<String>,
    pub(super) then: Option<String>,
    #[serde(default)]
    pub(super) tolerated_codes: Vec<String>,
    pub(super) end: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHttpCheck {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<CheckBody>,
    pub(super) identity: Option<String>,
    #[serde(default)]
    pub(super) rules: Vec<RawRule>,
    #[serde(default)]
    pub(super) shared_rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) name: String,
    pub(super) verdict: String,
    pub(super) advice: Option<String>,
    pub(super) status: Option<Vec<u16>>,
    pub(super) content_type: Option<Vec<String>>,
    pub(super) json: Option<Vec<RawJsonTest>>,
    pub(super) xml: Option<Vec<RawXmlTest>>,
    pub(super) header: Option<Vec<RawHeaderTest>>,
    pub(super) text: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJsonTest {
    pub(super) pointer: String,
    pub(super) is: Option<String>,
    pub(super) equals: Option<serde_json::Value>,
    pub(super) contains: Option<String>,
    pub(super) starts_with: Option<String>,
}

// With a flattened member serde cannot look for unknown ones, so the three stand in both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawXmlTest {
    pub(super) element: String,
    pub(super) equals: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) starts_with: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHeaderTest {
    pub(super) name: String,
    pub(super) equals: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) starts_with: Option<String>,
}
