//! The systems, variants and fields that clients rely on. This table is the oracle: it is written from the API's
//! description, not from the data.

use std::{collections::BTreeSet, fs, path::Path};

use crate::system::{Kind, Library, library::SHIPPED};

/// Variants by name, each with its fields.
type Variants = &'static [(&'static str, &'static str)];

/// System, what it speaks, and its variants with their fields; a secret field has an asterisk.
const SYSTEMS: &[(&str, Kind, Variants)] = &[
    (
        "custom-http",
        Kind::Http,
        &[
            ("headers", "name value*"),
            ("basic", "username password*"),
            ("token", "header_name value*"),
            ("aws4", "access_key secret_key* session_token* region service base_endpoint placement"),
            (
                "hmac-sha256",
                "client_id client_secret* previous_client_secret* scheme header_name encoding prefix",
            ),
            ("none", ""),
        ],
    ),
    ("dear", Kind::Http, &[("api-key", "account_id* application_key*")]),
    ("peoplevox", Kind::Soap, &[("session", "host client_id username password*")]),
    ("email", Kind::Smtp, &[("smtp", "host port security username password* from")]),
    ("ftp", Kind::Ftp, &[("password", "host port tls username password* root_path")]),
    ("magento-1", Kind::Soap, &[("soap", "username api_key*")]),
    (
        "magento-2",
        Kind::Http,
        &[
            ("oauth1", "store_code consumer_key consumer_secret* access_token* access_token_secret*"),
            ("bearer", "store_code access_token*"),
        ],
    ),
    (
        "netsuite",
        Kind::Http,
        &[
            ("tba", "account_id consumer_key consumer_secret* token_id token_secret*"),
            ("client-credentials", "account_id client_id certificate_id private_key*"),
        ],
    ),
    (
        "oauth2",
        Kind::Http,
        &[
            ("client-credentials", "token_url client_id client_secret* scope audience client_auth"),
            ("private-key-jwt", "token_url client_id private_key*"),
        ],
    ),
    ("parcellab", Kind::Http, &[("v2", "user_id token*"), ("v4", "token*")]),
    (
        "rebound",
        Kind::Http,
        &[
            ("login", "login api_key* client frontend parcel_type item_type"),
            ("oauth2", "client_id client_secret*"),
        ],
    ),
    (
        "sftp",
        Kind::Sftp,
        &[
            ("password", "host port username password* host_key root_path"),
            ("private-key", "host port username private_key* passphrase* host_key root_path"),
        ],
    ),
    (
        "shopify",
        Kind::Http,
        &[
            ("access-token", "shop api_version access_token* api_secret* previous_api_secret*"),
            ("private-app", "shop api_version api_key password* shared_secret*"),
            ("client-credentials", "shop api_version client_id client_secret*"),
        ],
    ),
    (
        "woocommerce",
        Kind::Http,
        &[
            ("basic", "consumer_key consumer_secret*"),
            ("query", "consumer_key consumer_secret*"),
            ("oauth1", "consumer_key consumer_secret*"),
        ],
    ),
];

/// What a template has beyond the table. Each is public, and no key needs it to be saved.
const EXTRAS: &[(&str, &str, &str)] = &[
    ("netsuite", "client-credentials", "algorithm scope"),
    ("oauth2", "private-key-jwt", "algorithm audience key_id scope"),
    ("parcellab", "v2", "region"),
    ("parcellab", "v4", "region"),
    ("rebound", "oauth2", "token_url"),
];

#[test]
fn the_systems_are_exactly_those_of_the_table() {
    let shipped: Vec<_> = Library::shipped().templates().map(|t| (t.id().as_str(), t.kind())).collect();
    let table: Vec<_> = SYSTEMS.iter().map(|(system, kind, _)| (*system, *kind)).collect();
    assert_eq!(shipped, table);
}

#[test]
fn the_variants_and_fields_are_exactly_those_of_the_table() {
    for (system, _, variants) in SYSTEMS {
        let template = Library::shipped().system(system).unwrap();
        let shipped: BTreeSet<_> = template.auth().iter().map(|variant| variant.id()).collect();
        assert_eq!(shipped, variants.iter().map(|(auth, _)| *auth).collect(), "{system}");
        for (auth, fields) in *variants {
            let extras =
                EXTRAS.iter().filter(|(s, a, _)| s == system && a == auth).flat_map(|(.., f)| f.split(' '));
            let table: BTreeSet<String> =
                fields.split_whitespace().chain(extras).map(str::to_owned).collect();
            let shipped: BTreeSet<String> = template
                .fields_of(auth)
                .map(|field| format!("{}{}", field.id(), if field.secret() { "*" } else { "" }))
                .collect();
            assert_eq!(shipped, table, "{system} {auth}");
        }
    }
}

#[test]
fn what_goes_beyond_the_table_is_public_and_optional() {
    for (system, auth, fields) in EXTRAS {
        let template = Library::shipped().system(system).unwrap();
        for id in fields.split(' ') {
            let field = template.field(auth, id).unwrap();
            assert!(!field.secret() && !field.required(), "{system} {auth} {id}");
        }
    }
}

#[test]
fn every_file_is_shipped_under_the_name_of_its_system() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let there: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let shipped: BTreeSet<String> = SHIPPED.iter().map(|(_, file, _)| (*file).to_owned()).collect();
    assert_eq!(there, shipped);
    for template in Library::shipped().templates() {
        assert!(shipped.contains(&format!("{}.toml", template.id())), "{}", template.id());
    }
}

#[test]
fn whatever_decides_where_a_secret_goes_is_bound() {
    for (system, auth, fields) in [
        ("custom-http", "headers", "name"),
        ("custom-http", "basic", ""),
        ("custom-http", "token", "header_name"),
        ("custom-http", "aws4", "base_endpoint region service"),
        ("custom-http", "hmac-sha256", "header_name"),
        ("email", "smtp", "host port security"),
        ("ftp", "password", "host port tls"),
        ("sftp", "password", "host host_key port"),
        ("sftp", "private-key", "host host_key port"),
        ("peoplevox", "session", "host"),
        ("netsuite", "tba", "account_id"),
        ("oauth2", "client-credentials", "token_url"),
        ("oauth2", "private-key-jwt", "audience token_url"),
        ("parcellab", "v4", "region"),
        ("rebound", "oauth2", "token_url"),
        ("shopify", "access-token", ""),
        ("dear", "api-key", ""),
    ] {
        let template = Library::shipped().system(system).unwrap();
        let bound: BTreeSet<&str> = template.binding_fields(auth).map(|field| field.id()).collect();
        assert_eq!(bound, fields.split_whitespace().collect(), "{system} {auth}");
    }
}

#[test]
fn only_tokens_that_vendors_show_the_end_of_have_a_hint() {
    for template in Library::shipped().templates() {
        for field in template.fields().iter().filter(|field| field.hint()) {
            let is_login = field.id().contains("password") || field.id().contains("passphrase");
            let was_a_token = template.id().as_str() == "shopify";
            assert!(!is_login || was_a_token, "{} {}", template.id(), field.id());
            assert_ne!(field.id(), "private_key", "{}", template.id());
        }
    }
}
