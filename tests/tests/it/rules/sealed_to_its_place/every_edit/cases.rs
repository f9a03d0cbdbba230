//! The kinds of key that there are, and for each the edits that must close it.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{
    super::{field, set_field, text},
    EVIL, SHOP,
};
use crate::support::keys::{Item, aws4, custom_http};

/// An edit of a row: its name, and what it does.
pub(super) type Edit = (&'static str, Box<dyn Fn(&mut Item)>);

/// An attribute of the row.
fn row(attribute: &'static str, value: &'static str) -> Edit {
    (attribute, Box::new(move |item| drop(item.insert(attribute.to_owned(), text(value)))))
}

/// A public field of the entry, present or not.
fn public(name: &'static str, value: &'static str) -> Edit {
    (name, Box::new(move |item| set_field(item, name, value)))
}

fn without(name: &'static str) -> Edit {
    (
        name,
        Box::new(move |item| {
            field(item, name);
            let AttributeValue::M(entries) = item.get_mut("entries").unwrap() else { panic!("a map") };
            let AttributeValue::M(entry) = entries.get_mut("default").unwrap() else { panic!("a map") };
            let AttributeValue::M(fields) = entry.get_mut("fields").unwrap() else { panic!("a map") };
            fields.remove(name).unwrap();
        }),
    )
}

/// The name of a header of the row.
fn header(at: usize, name: &'static str) -> Edit {
    (
        "a header's name",
        Box::new(move |item| {
            let AttributeValue::L(headers) = item.get_mut("headers").unwrap() else { panic!("a list") };
            let AttributeValue::M(header) = &mut headers[at] else { panic!("a map") };
            header.insert("name".to_owned(), text(name));
        }),
    )
}

fn swapped_headers() -> Edit {
    (
        "two headers' names",
        Box::new(|item| {
            for (at, name) in [(1, "X-Second"), (2, "X-First")] {
                header(at, name).1(item);
            }
        }),
    )
}

fn key(system: &str, auth: &str, base_url: Option<&str>, fields: Value) -> Value {
    let mut key = json!({
        "system_id": system, "auth": auth, "title": format!("{system} {auth}"), "environment": "live",
        "entries": { "default": { "fields": fields } },
    });
    if let Some(base_url) = base_url {
        key["base_url"] = json!(base_url);
    }
    key
}

const PRIVATE_KEY: &str = include_str!("../../../../../../shared/testdata/private-keys/rsa-3072.pkcs8.pem");
const HOST_KEY: &str = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg";
const OTHER_HOST_KEY: &str = "SHA256:m4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg";

/// Keys, and for each the edits that must close it.
pub(super) fn cases() -> Vec<(Value, Vec<Edit>)> {
    let base = "https://shop.example.com";
    let anywhere = || {
        vec![
            row("base_url", "https://evil.example.com"),
            row("base_url", "https://shop.example.com:8443"),
            row("environment", "test"),
            row("system_id", "email"),
        ]
    };
    let with = |mut edits: Vec<Edit>, more: Vec<Edit>| {
        edits.extend(more);
        edits
    };
    let http = |auth, fields| {
        let mut key = custom_http(auth, fields);
        key["base_url"] = json!(base);
        key
    };
    let mut headers = http("none", json!({}));
    headers["headers"] = json!([
        { "name": "Content-Type", "value": "application/json" },
        { "name": "X-First", "value": "first-s3cret", "secret": true },
        { "name": "X-Second", "value": "second-s3cret", "secret": true },
    ]);
    let mut signing = aws4();
    signing["base_url"] = json!(base);
    signing["entries"]["default"]["fields"]["base_endpoint"] =
        json!("abc.execute-api.eu-west-1.amazonaws.com");
    let sftp = |auth, name: &str, secret: &str| {
        let fields =
            json!({ "host": SHOP, "port": "2222", "username": "u", name: secret, "host_key": HOST_KEY });
        key("sftp", auth, None, fields)
    };
    let login = || vec![row("environment", "test"), public("host", EVIL), public("port", "2022")];
    let sftp_edits = || {
        let more = vec![public("host_key", OTHER_HOST_KEY), without("host_key"), row("system_id", "ftp")];
        with(login(), more)
    };
    let oauth2 = json!({ "token_url": "https://login.example.com/token", "client_id": "c" });
    let mut by_secret = oauth2.clone();
    by_secret["client_secret"] = json!("client-s3cret");
    let mut by_key = oauth2;
    by_key["private_key"] = json!(PRIVATE_KEY);
    by_key["audience"] = json!("https://login.example.com");
    let token_edits = || {
        vec![
            public("token_url", "https://evil.example.com/token"),
            public("token_url", "https://login.example.com:8443/token"),
            public("token_url", "http://login.example.com/token"),
        ]
    };
    let userpass = || json!({ "username": "u", "password": "the-s3cret" });
    vec![
        (
            http("basic", userpass()),
            with(
                anywhere(),
                vec![row("base_url", "http://shop.example.com"), row("auth", "token"), row("auth", "none")],
            ),
        ),
        (
            http("headers", json!({ "name": "X-Api-Key", "value": "the-s3cret" })),
            with(anywhere(), vec![public("name", "X-Debug"), row("auth", "token")]),
        ),
        (
            http("token", json!({ "value": "the-s3cret", "header_name": "X-Token" })),
            with(
                anywhere(),
                vec![public("header_name", "X-Debug"), without("header_name"), row("auth", "headers")],
            ),
        ),
        (
            signing,
            with(
                anywhere(),
                vec![
                    public("region", "us-east-1"),
                    public("service", "sts"),
                    public("base_endpoint", EVIL),
                    without("base_endpoint"),
                ],
            ),
        ),
        (
            http(
                "hmac-sha256",
                json!({ "client_id": "c", "client_secret": "s3cret", "scheme": "body", "header_name": "X-Sig" }),
            ),
            with(anywhere(), vec![public("header_name", "X-Debug")]),
        ),
        (headers, with(anywhere(), vec![header(1, "X-Debug"), swapped_headers(), row("auth", "basic")])),
        (
            key("oauth2", "client-credentials", Some(base), by_secret),
            with(with(anywhere(), token_edits()), vec![row("auth", "private-key-jwt")]),
        ),
        (
            key("oauth2", "private-key-jwt", Some(base), by_key),
            with(
                with(anywhere(), token_edits()),
                vec![public("audience", "https://evil.example.com"), without("audience")],
            ),
        ),
        (
            key(
                "woocommerce",
                "oauth1",
                Some(base),
                json!({ "consumer_key": "ck", "consumer_secret": "cs_s3cret" }),
            ),
            with(
                anywhere(),
                vec![row("base_url", "http://shop.example.com"), row("auth", "basic"), row("auth", "query")],
            ),
        ),
        (
            key("magento-1", "soap", Some(base), json!({ "username": "u", "api_key": "the-s3cret" })),
            anywhere(),
        ),
        (
            key("shopify", "access-token", None, json!({ "shop": "acme", "access_token": "shpat_s3cret" })),
            vec![public("shop", "evil"), row("environment", "test"), row("auth", "private-app")],
        ),
        (
            key(
                "shopify",
                "client-credentials",
                None,
                json!({ "shop": "acme", "client_id": "c", "client_secret": "shpss" }),
            ),
            vec![public("shop", "evil"), row("environment", "test"), row("auth", "access-token")],
        ),
        (
            key(
                "peoplevox",
                "session",
                None,
                json!({ "client_id": "acme", "username": "u", "password": "the-s3cret" }),
            ),
            vec![
                public("host", EVIL),
                row("base_url", "https://evil.example.com"),
                row("environment", "test"),
            ],
        ),
        (
            key("parcellab", "v4", None, json!({ "region": "eu", "token": "the-s3cret" })),
            vec![public("region", "us"), row("environment", "test"), row("auth", "v2")],
        ),
        (
            key(
                "rebound",
                "oauth2",
                Some("https://headless.example.com/api/"),
                json!({
                    "token_url": "https://login.example.com/token", "client_id": "c", "client_secret": "the-s3cret",
                }),
            ),
            with(token_edits(), vec![without("token_url"), row("environment", "test"), row("auth", "login")]),
        ),
        (sftp("password", "password", "the-s3cret"), with(sftp_edits(), vec![row("auth", "private-key")])),
        (sftp("private-key", "private_key", PRIVATE_KEY), with(sftp_edits(), vec![row("auth", "password")])),
        (
            key(
                "ftp",
                "password",
                None,
                json!({
                    "host": SHOP, "port": "2121", "tls": "explicit", "username": "u", "password": "the-s3cret",
                }),
            ),
            with(
                login(),
                vec![
                    public("tls", "none"),
                    public("tls", "implicit"),
                    without("tls"),
                    row("system_id", "sftp"),
                ],
            ),
        ),
        (
            key(
                "email",
                "smtp",
                None,
                json!({
                    "host": SHOP, "port": "2525", "security": "tls", "username": "u", "password": "the-s3cret",
                }),
            ),
            with(login(), vec![public("security", "starttls"), without("security"), row("system_id", "ftp")]),
        ),
    ]
}
