//! Keys that are connected by consent: an app, a browser that goes to the provider and comes back, and the refresher.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_local::upstreams::Upstreams;
use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};
use url::Url;

use super::{
    Answer, Api, TABLE, Who,
    keys::{Item, Stored},
    outside::Outside,
    services::Functions,
    uses::key_of,
};

pub(crate) const HOST: &str = "api.example.com";
pub(crate) const LOGIN: &str = "login.example.com";
pub(crate) const HOSTS: [&str; 2] = [HOST, LOGIN];
pub(crate) const APPS: &str = "/v1/apps";
pub(crate) const CLIENT_SECRET: &str = "app-s3cret-canary";

/// An app of the provider at `login.example.com`.
pub(crate) fn app() -> Value {
    json!({
        "system_id": "oauth2-consent", "environment": "live", "title": "Our client", "client_id": "keyward",
        "client_secret": CLIENT_SECRET, "authorize_url": "https://login.example.com/authorize?tenant=1",
        "token_url": "https://login.example.com/token", "revocation_url": "https://login.example.com/revoke",
        "issuer": "https://login.example.com",
    })
}

/// An app of a system whose template has the addresses.
pub(crate) fn app_of(system: &str) -> Value {
    let mut body = app();
    body["system_id"] = json!(system);
    let members = body.as_object().expect("an object").iter();
    let own = members.filter(|(name, _)| !name.ends_with("_url") && *name != "issuer");
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A browser on its way: what it was sent to, and the cookie that it got.
pub(crate) struct Journey {
    pub(crate) address: Url,
    pub(crate) cookie: String,
}

impl Journey {
    pub(crate) fn parameter(&self, name: &str) -> String {
        let found = self.address.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// The path that the provider sends it back to, with this query.
    pub(crate) fn back(&self, query: &str) -> String {
        let callback: Url = self.parameter("redirect_uri").parse().expect("an address");
        format!("{}?{query}", callback.path())
    }

    /// The same for a consent.
    pub(crate) fn with_code(&self, code: &str) -> String {
        self.back(&format!("code={code}&state={}&session_state=x", self.parameter("state")))
    }
}

/// A token answer, whose ID token names somebody.
pub(crate) fn tokens(access: &str, refresh: Option<&str>, subject: &str) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({ "sub": subject }).to_string());
    let mut answer = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 3600, "scope": "read offline_access",
        "id_token": format!("e30.{claims}.c2ln"),
    });
    if let Some(refresh) = refresh {
        answer["refresh_token"] = json!(refresh);
    }
    answer.to_string()
}

impl Api {
    /// Stores an app, as the owner.
    pub(crate) async fn app(&self) -> Value {
        self.post(Who::Owner, APPS, &app()).await.expect(201).json()
    }

    /// Stores a key that names an app.
    pub(crate) async fn key_of_app(&self, app: &Value) -> Stored {
        let fields = json!({ "app": app["app_id"] });
        let key = key_of("oauth2-consent", "authorization-code", Some("https://api.example.com/v1"), fields);
        self.store(&key).await
    }

    /// Begins to connect a key, as the editor.
    pub(crate) async fn begin(&self, key: &Stored, ask: &Value) -> Journey {
        let begun = self.post(Who::Editor, &format!("{}/connections", key.path), ask).await.expect(201);
        let cookie = begun.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
        let address =
            begun.json()["authorize_url"].as_str().expect("an address").parse().expect("an address");
        Journey { address, cookie }
    }

    /// A browser comes back, with these cookies. The notice in the address that it is sent to, and the answer.
    pub(crate) async fn come_back(&self, path: &str, cookie: Option<&str>) -> (String, Answer) {
        let browser = Client::builder().redirect(Policy::none()).build().expect("a browser");
        let mut request = browser.request(Method::GET, format!("{}{path}", self.stack().origin()));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await.expect("a text") };
        let location = answer.header("location").unwrap_or_default().to_owned();
        let notice = location.strip_prefix("/#/connection/").unwrap_or_default();
        (notice.split('?').next().unwrap_or_default().to_owned(), answer)
    }

    /// Connects a key: the provider gives these tokens.
    pub(crate) async fn connect(&self, outside: &Outside, key: &Stored, access: &str, refresh: Option<&str>) {
        let journey = self.begin(key, &json!({ "scopes": ["read", "offline_access"] })).await;
        outside.will_answer(200, &[], tokens(access, refresh, "ann"));
        let (notice, answer) = self.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await;
        assert_eq!((notice.as_str(), answer.status.as_u16()), ("connected", 303), "{}", answer.text);
    }

    /// The grant of a key's default entry, as it is stored.
    pub(crate) async fn grant(&self, key: &Stored) -> Option<Item> {
        let text = |text: String| AttributeValue::S(text);
        let at = Item::from([
            ("PK".to_owned(), text(format!("GRANT#acme#{}", key.id))),
            ("SK".to_owned(), text("default".to_owned())),
        ]);
        self.dynamodb().get_item().table_name(TABLE).set_key(Some(at)).send().await.expect("a read").item
    }

    /// Makes a grant due, and its access token one that has ended.
    pub(crate) async fn age_grant(&self, key: &Stored) {
        let mut grant = self.grant(key).await.expect("a grant");
        let old = "2026-01-01T00:00:00Z";
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let shard = grant.get("due_pk").cloned().unwrap_or_else(|| text("REFRESH#0"));
        let due = BTreeMap::from([
            ("expires_at", text(old)),
            ("due_at", text(old)),
            ("due_pk", shard),
            ("due_sk", text(&format!("{old}#acme#{}#default", key.id))),
        ]);
        grant.extend(due.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.put(TABLE, grant).await;
    }

    /// Runs the refresher, as its schedule does.
    pub(crate) async fn refresh(&self, outside: &Outside) -> Value {
        self.refresh_with(outside.upstreams(&HOSTS)).await
    }

    /// The same with a way to systems of the test's own.
    pub(crate) async fn refresh_with(&self, upstreams: Upstreams) -> Value {
        Functions::of(self, upstreams)
            .await
            .json_within("refresh_grants", &json!({}), 60)
            .await
            .expect("an answer")
    }
}
