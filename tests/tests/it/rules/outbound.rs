//! Whatever a key, a request or a system says, nothing reaches the computer that Keyward runs on, its network, or the
//! metadata service of its cloud. Listeners on loopback count: they must stay alone.
//!
//! The table of addresses, and what an operator may allow, are tested in `functions/src/outbound/tests`. Here it is all
//! of the way in: the routes, the stored key, the account's settings.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use url::Url;

use crate::support::{
    Answer, Api, TABLE, Who,
    keys::{Item, Stored, aws4, custom_http},
    outside::Outside,
    traps::Traps,
};

/// Hosts that no setting opens. Those that a URL parser refuses are not among them: see `never_saved`.
const NEVER: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "127.255.255.254",
    "2130706433",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "0.0.0.0",
    "0",
    "169.254.169.254",
    "0xa9fea9fe",
    "169.254.170.2",
    "100.100.100.200",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
];

/// Names that stand for loopback (RFC 6761 §6.3).
const NAMES: &[&str] = &["localhost", "LOCALHOST", "x.localhost", "a.b.localhost"];

/// Hosts that an operator could allow. Without that they are as closed as the others.
const PRIVATE: &[&str] = &["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "[fd00::1]"];

const SHOP: &str = "shop.example.com";

/// A stand-in for an honest system, traps, and the API.
struct Scene {
    api: Api,
    outside: Outside,
    traps: Traps,
}

impl Scene {
    async fn set() -> Self {
        let outside = Outside::start(&[SHOP]).await;
        let api = Api::start_with(outside.upstreams(&[SHOP])).await;
        Self { api, outside, traps: Traps::set().await }
    }

    /// Every origin that leads to a trap if nothing stops it, with the trap's port and with the scheme's own.
    fn origins(&self, hosts: &[&str]) -> Vec<String> {
        let port = self.traps.port();
        hosts.iter().flat_map(|host| [format!("https://{host}:{port}"), format!("https://{host}")]).collect()
    }

    /// The account may reach these, as far as an operator may say so.
    async fn allow(&self, origins: &[String]) {
        self.allow_for("acme", origins).await;
    }

    async fn allow_for(&self, account: &str, origins: &[String]) {
        let listed = origins.iter().map(|origin| {
            let url = Url::parse(origin).unwrap();
            let listed = format!(
                "{}://{}:{}",
                url.scheme(),
                url.host_str().unwrap(),
                url.port_or_known_default().unwrap()
            );
            AttributeValue::S(listed)
        });
        let allowed = AttributeValue::L(listed.collect());
        self.api.set_settings(account, Item::from([("allowed_origins".to_owned(), allowed)])).await;
    }

    async fn send(&self, key: &Stored, ask: &Value) -> Answer {
        self.api.post(Who::Runtime, &format!("{}/send", key.path), ask).await
    }

    async fn verify(&self, key: &Stored) -> Answer {
        let path = format!("{}/verify?path=/orders", key.path);
        self.api.call(Who::Editor, reqwest::Method::POST, &path).send().await
    }

    async fn verify_draft(&self, key: &Value) -> Answer {
        self.api.post(Who::Editor, "/v1/verifications?path=/orders", key).await
    }

    /// Uses the key in every way. Each use must say that no connection is made.
    async fn must_not_connect(&self, body: &Value, what: &str) {
        let key = self.api.store(body).await;
        let mut ask = json!({ "method": "POST", "path": "/orders", "body": "{}" });
        if body["system_id"] == "magento-1" {
            ask["body"] = json!(ENVELOPE);
        }
        let mut answers = vec![self.send(&key, &ask).await];
        if body["system_id"] == "oauth2" {
            // Only a token is obtained for signing.
            answers.push(self.api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await);
        }
        for answer in answers {
            let forbidden = (422, "connection-forbidden".to_owned());
            assert_eq!(answer.outcome(), forbidden, "{what}: {}", answer.text);
        }
        for answer in [self.verify(&key).await, self.verify_draft(body).await] {
            let trial = answer.expect(200).json();
            let message = trial["message"].as_str().unwrap();
            assert_eq!(trial["result"], "unreachable", "{what}: {trial}");
            assert!(message.starts_with("Keyward makes no connection"), "{what}: {trial}");
        }
    }

    async fn nothing_was_reached(&self) {
        assert_eq!(self.traps.connections().await, 0);
        assert_eq!(self.outside.connections(), 0);
    }
}

/// A call with no session in it yet.
const ENVELOPE: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
     <m:call xmlns:m=\"urn:Magento\"/></soap:Body></soap:Envelope>";

fn basic(base_url: &str) -> Value {
    let mut key = custom_http("basic", json!({ "username": "u", "password": "pässword" }));
    key["base_url"] = json!(base_url);
    key
}

fn oauth2(token_url: &str) -> Value {
    let mut key = custom_http(
        "client-credentials",
        json!({ "token_url": token_url, "client_id": "c", "client_secret": "s3cret" }),
    );
    key["system_id"] = json!("oauth2");
    key["base_url"] = json!(format!("https://{SHOP}"));
    key
}

fn soap(base_url: &str) -> Value {
    let mut key = custom_http("soap", json!({ "username": "u", "api_key": "s3cret" }));
    key["system_id"] = json!("magento-1");
    key["base_url"] = json!(base_url);
    key
}

/// The three kinds of address that a key has for requests.
fn keys(origin: &str) -> [Value; 3] {
    [basic(origin), oauth2(&format!("{origin}/token")), soap(origin)]
}

#[tokio::test]
async fn an_ordinary_account_reaches_nothing_but_the_internet() {
    let scene = Scene::set().await;
    for origin in scene.origins(&[NEVER, NAMES, PRIVATE].concat()) {
        for key in keys(&origin) {
            scene.must_not_connect(&key, &format!("{} {origin}", key["system_id"])).await;
        }
    }
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn an_account_whose_settings_name_the_origin_does_not_reach_it_either() {
    let scene = Scene::set().await;
    let origins = scene.origins(&[NEVER, NAMES].concat());
    scene.allow(&origins).await;
    for origin in origins {
        for key in keys(&origin) {
            scene.must_not_connect(&key, &format!("{} {origin}", key["system_id"])).await;
        }
    }
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn an_origin_of_the_settings_opens_its_port_and_no_other() {
    let scene = Scene::set().await;
    let port = scene.traps.port();
    scene.allow(&[format!("https://127.0.0.1:{port}")]).await;
    scene.allow_for("globex", &[format!("https://127.0.0.3:{port}")]).await;
    for (origin, rule) in [
        (format!("https://127.0.0.3:{port}"), "port"),
        (format!("https://127.0.0.1:{port}"), "its address is"),
        (format!("https://127.0.0.2:{port}"), "port"),
        (format!("https://localhost:{port}"), "port"),
        (format!("https://[::1]:{port}"), "port"),
    ] {
        let key = scene.api.store(&basic(&origin)).await;
        let answer = scene.send(&key, &json!({ "method": "GET", "path": "/" })).await.expect(422);
        assert!(answer.json()["detail"].as_str().unwrap().contains(rule), "{origin}: {}", answer.text);
    }
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn a_login_reaches_no_forbidden_host() {
    let scene = Scene::set().await;
    let port = scene.traps.port().to_string();
    let hosts = ["127.0.0.1", "0.0.0.0", "169.254.169.254", "localhost", "x.localhost"];
    let systems = [
        ("sftp", "password", json!({ "host_key": format!("SHA256:{}", "A".repeat(43)) })),
        ("ftp", "password", json!({ "tls": "none" })),
        ("ftp", "password", json!({ "tls": "explicit" })),
        ("email", "smtp", json!({ "security": "starttls" })),
        ("email", "smtp", json!({ "security": "tls" })),
    ];
    let listed = |host| ["sftp", "ftp", "smtp"].map(|protocol| format!("{protocol}://{host}:{port}"));
    scene.allow(&hosts.iter().flat_map(listed).collect::<Vec<_>>()).await;
    for (system, auth, more) in systems {
        for host in hosts {
            let mut fields = json!({ "host": host, "port": port, "username": "u", "password": "pässword" });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let key = json!({
                "system_id": system, "auth": auth, "title": "Files", "environment": "live",
                "entries": { "default": { "fields": fields } },
            });
            let stored = scene.api.store(&key).await;
            for answer in [scene.verify(&stored).await, scene.verify_draft(&key).await] {
                let trial = answer.expect(200).json();
                assert_eq!(trial["result"], "unreachable", "{system} {host}: {trial}");
            }
        }
        // Other spellings of an address are no host names.
        for host in
            ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "::1", "[::1]", "127.0.0.1:22", "u@localhost"]
        {
            let mut fields = json!({ "host": host, "port": port, "username": "u", "password": "pässword" });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let key = json!({
                "system_id": system, "auth": auth, "title": "Files", "environment": "live",
                "entries": { "default": { "fields": fields } },
            });
            let answer = scene.verify_draft(&key).await.expect(422);
            assert_eq!(answer.fields(), ["entries.default.fields.host"], "{system} {host}");
        }
    }
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn a_redirect_to_anywhere_is_an_answer() {
    let scene = Scene::set().await;
    let key = scene.api.store(&basic(&format!("https://{SHOP}"))).await;
    let origins = scene.origins(&[NEVER, NAMES, PRIVATE].concat());
    scene.allow(&origins).await;
    let mut sent = 0;
    for status in [301, 302, 303, 307, 308] {
        for origin in &origins {
            let location = format!("{origin}/latest/meta-data/");
            scene.outside.will_answer(status, &[("location", &location)], "");
            let answer = scene.send(&key, &json!({ "method": "GET", "path": "/" })).await.expect(200).json();
            assert_eq!(answer["status"], status, "{origin}");
            assert_eq!(answer["headers"]["location"], location);
            sent += 1;
        }
        scene.outside.will_answer(status, &[("location", &origins[0])], "");
        let trial = scene.verify(&key).await.expect(200).json();
        assert_eq!(trial["result"], "unclear", "{trial}");
        sent += 1;
    }
    assert_eq!(scene.outside.connections(), sent);
    assert_eq!(scene.traps.connections().await, 0);
}

#[tokio::test]
async fn a_token_or_login_that_is_redirected_is_given_up() {
    let scene = Scene::set().await;
    let origins = scene.origins(&["127.0.0.1", "localhost", "[::1]"]);
    scene.allow(&origins).await;
    let mut sent = 0;
    for body in [oauth2(&format!("https://{SHOP}/token")), soap(&format!("https://{SHOP}"))] {
        let key = scene.api.store(&body).await;
        for status in [301, 302, 303, 307, 308] {
            for origin in &origins {
                scene.outside.will_answer(status, &[("location", origin)], "");
                let ask = json!({ "method": "POST", "path": "/", "body": ENVELOPE });
                let answer = scene.send(&key, &ask).await;
                assert_eq!(answer.outcome(), (409, "key-refused".to_owned()), "{status} {}", answer.text);
                sent += 1;
            }
        }
    }
    assert_eq!(scene.outside.connections(), sent);
    assert_eq!(scene.traps.connections().await, 0);
}

/// What could end a header, a line or a host in somebody's eyes.
const ODD: [&str; 6] = ["\r\nX-Evil: 1", "\n", "\r", "\0", "\t", "\\"];

#[tokio::test]
async fn a_request_with_an_odd_character_is_refused_by_the_name_of_its_field() {
    let scene = Scene::set().await;
    let key = scene.api.store(&basic(&format!("https://{SHOP}"))).await;
    let mut refused = 0;
    for odd in ODD {
        let mut asks = vec![
            ("method", json!({ "method": format!("GE{odd}T"), "path": "/" })),
            ("path", json!({ "method": "GET", "path": format!("/a{odd}b") })),
            ("path", json!({ "method": "GET", "path": format!("/a?b={odd}c") })),
            ("url", json!({ "method": "GET", "url": format!("https://{SHOP}{odd}/") })),
            ("url", json!({ "method": "GET", "url": format!("https://{SHOP}/a{odd}b") })),
            ("environment", json!({ "method": "GET", "path": "/", "environment": format!("live{odd}") })),
            ("organization", json!({ "method": "GET", "path": "/", "organization": format!("org_{odd}1") })),
        ];
        let name = format!("X-A{odd}B");
        let named = format!("headers.{name}");
        asks.push((&named, json!({ "method": "GET", "path": "/", "headers": { name.as_str(): "v" } })));
        // A backslash is a character of header values like any other (RFC 9110 §5.5).
        if odd != "\\" {
            let headers = json!({ "X-A": format!("a{odd}b") });
            asks.push(("headers.X-A", json!({ "method": "GET", "path": "/", "headers": headers })));
        }
        for (field, ask) in asks {
            for route in ["send", "sign"] {
                let answer = scene.api.post(Who::Runtime, &format!("{}/{route}", key.path), &ask).await;
                assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{route} {ask}");
                assert_eq!(answer.fields(), [field], "{route} {ask}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, (6 * 9 - 1) * 2);
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn a_trial_with_an_odd_character_is_refused_by_the_name_of_its_field() {
    let scene = Scene::set().await;
    let body = basic(&format!("https://{SHOP}"));
    let key = scene.api.store(&body).await;
    for odd in ODD {
        for (name, text, status) in
            [("path", format!("/a{odd}b"), 422), ("organization", format!("org_{odd}"), 400)]
        {
            let query: String =
                url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &text).finish();
            for (path, body) in [
                (format!("{}/verify?{query}", key.path), json!({})),
                (format!("/v1/verifications?{query}"), body.clone()),
            ] {
                let answer = scene.api.post(Who::Editor, &path, &body).await.expect(status);
                assert_eq!(answer.fields(), [name], "{path}");
            }
        }
    }
    scene.nothing_was_reached().await;
}

#[tokio::test]
async fn what_two_parsers_may_read_differently_is_not_even_saved() {
    let scene = Scene::set().await;
    let mut addresses: Vec<String> = [
        "https://user:pass@shop.example.com",
        "https://user@127.0.0.1",
        "https://shop.example.com@127.0.0.1/",
        "https://shop.example.com:443@127.0.0.1/",
        "https://shop.example.com#@127.0.0.1/",
        "https:/127.0.0.1",
        "https:127.0.0.1",
        "//127.0.0.1",
        "https://127.0.0.1%2e",
        "https://%31%32%37.0.0.1",
        "https://1.2.3.400",
        "https://[fe80::1%25lo]",
        "https://::1",
        "http://shop.example.com",
        "ftp://shop.example.com",
        "file:///etc/passwd",
        "gopher://shop.example.com",
        "https://shop.example.com:0",
        "https://shop.example.com:65536",
    ]
    .map(str::to_owned)
    .into();
    addresses.extend(ODD.map(|odd| format!("https://shop{odd}.example.com")));
    for address in addresses {
        for (key, field) in [
            (basic(&address), "base_url"),
            (soap(&address), "base_url"),
            (oauth2(&address), "entries.default.fields.token_url"),
        ] {
            // A token URL may lack nothing that a base URL needs, but it may have a query.
            for path in ["/v1/keys", "/v1/verifications"] {
                let answer = scene.api.post(Who::Editor, path, &key).await;
                assert_eq!(answer.status.as_u16(), 422, "{field} {address:?}: {}", answer.text);
                let named = answer.fields().iter().any(|named| field == *named || named == "entries.default");
                assert!(named, "{address:?}: {}", answer.text);
            }
        }
    }
    for odd in ODD {
        let mut key = aws4();
        key["headers"] = json!([{ "name": "Content-Type", "value": "application/json" }, { "name": format!("X{odd}"), "value": "v" }]);
        let answer = scene.verify_draft(&key).await.expect(422);
        assert_eq!(answer.fields(), ["headers[1].name"], "{odd:?}");
        if odd != "\\" {
            key["headers"][1] = json!({ "name": "X", "value": format!("a{odd}b"), "secret": true });
            let answer = scene.verify_draft(&key).await.expect(422);
            assert_eq!(answer.fields(), ["headers[1].value"], "{odd:?}");
        }
    }
    assert_eq!(scene.api.items(TABLE).await.len(), 0);
    scene.nothing_was_reached().await;
}
