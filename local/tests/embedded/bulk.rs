//! Keys of a bulk load are keys like any other: listed, found, and used.

use std::net::Ipv4Addr;

use jiff::fmt::strtime;
use keyward_local::{
    bulk,
    stack::{Options, Stack, Triggers},
    upstreams::Upstreams,
};
use keyward_shared::{
    moment::Random,
    origin::{Origin, Origins},
    secret::SecretText,
    signing::{Authenticator, Aws4, Aws4Settings, Body, Placement, Request},
};
use serde_json::{Value, json};

struct Filled {
    stack: Stack,
    http: reqwest::Client,
    directory: tempfile::TempDir,
}

impl Filled {
    /// A stack over a directory that was filled with so many keys before.
    async fn start(keys: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        let filled = path.clone();
        let told = tokio::task::spawn_blocking(move || {
            let mut told = Vec::new();
            bulk::fill(&filled, keys, |keys| told.push(keys)).unwrap();
            told
        });
        assert_eq!(told.await.unwrap().last(), Some(&keys));
        let options = Options {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir: path,
            upstreams: Upstreams::default(),
            panel: None,
            triggers: Triggers::WhenTold,
            observer: None,
        };
        let stack = Stack::start(options).await.unwrap();
        Self { stack, http: reqwest::Client::new(), directory }
    }

    async fn get(&self, path: &str) -> Value {
        let token = self.stack.sign_in().access_token_for_user("owner@acme.example").unwrap();
        let request = self.http.get(format!("{}{path}", self.stack.origin())).bearer_auth(token);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    async fn sign(&self, key: &str, ask: &Value) -> Value {
        let token = self.stack.sign_in().access_token_for_client("runtime").unwrap();
        let url = format!("{}/v1/keys/{key}/sign", self.stack.origin());
        let request = self.http.post(url).bearer_auth(token).json(ask);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) {
        panic!("a signature of this scheme draws nothing");
    }
}

/// What the request must carry: the signature that the key's own secret gives at that time.
fn authorization(number: u32, url: &str, at: &str) -> String {
    let at = strtime::parse("%Y%m%dT%H%M%S%z", at.replace('Z', "+0000")).unwrap().to_timestamp().unwrap();
    let secret = SecretText::from(bulk::secret(number));
    let authenticator = Authenticator::Aws4(Aws4 {
        access_key: &format!("AKID{number:07}"),
        secret_key: &secret,
        session_token: None,
        region: "eu-west-1",
        service: "execute-api",
        base_endpoint: None,
        placement: Placement::Header,
        settings: Aws4Settings::of_service("execute-api"),
    });
    let target = Origins::new([Origin::of(url).unwrap()]).check(url).unwrap();
    let request =
        Request { method: &"GET".parse().unwrap(), target: &target, headers: &[], body: Body::Bytes(b"") };
    let signed = authenticator.sign(&request, at, &NoRandom).unwrap();
    let mut headers = signed.headers();
    headers.find(|(name, _)| *name == "authorization").unwrap().1.to_owned()
}

#[tokio::test]
async fn the_keys_of_a_bulk_load_are_listed_and_found() {
    const KEYS: u32 = 200;
    let filled = Filled::start(KEYS).await;
    let mut listed = Vec::new();
    let mut path = "/v1/keys?environment=live&limit=100".to_owned();
    loop {
        let page = filled.get(&path).await;
        listed.extend(titles(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/keys?environment=live&limit=100&cursor={cursor}");
    }
    let mut expected: Vec<_> = (0..KEYS).map(bulk::title).collect();
    expected.sort_by_key(|title| title.to_lowercase());
    assert_eq!(listed, expected);

    let found = filled.get("/v1/keys?environment=live&title_prefix=mail%20customer%20000001").await;
    assert_eq!(titles(&found), ["Mail customer 0000011", "Mail customer 0000019"]);
    let found = filled.get("/v1/keys?environment=live&q=0000011%20mail").await;
    assert_eq!(titles(&found), ["Mail customer 0000011"]);
    let of_system = filled.get("/v1/keys?environment=live&system_id=custom-http&limit=7").await;
    assert_eq!(titles(&of_system).len(), 7);
}

#[tokio::test]
async fn a_key_of_a_bulk_load_signs_with_its_own_secret_and_leaves_a_receipt() {
    let filled = Filled::start(20).await;
    let found = filled.get("/v1/keys?environment=live&title_prefix=ftp%20customer%200000012").await;
    let key = found["items"][0]["key_id"].as_str().unwrap();
    assert_eq!(found["items"][0]["title"], bulk::title(12));
    let signed = filled.sign(key, &json!({ "method": "GET", "path": "/orders" })).await;
    let url = signed["url"].as_str().unwrap();
    assert_eq!(url, "https://api.example.com/v1/orders");
    let at = signed["headers"]["x-amz-date"].as_str().unwrap();
    assert_eq!(signed["headers"]["authorization"], authorization(12, url, at));

    let trail = filled.get(&format!("/v1/keys/{key}/audit")).await;
    assert_eq!(trail["items"].as_array().unwrap().len(), 2, "{trail}");
    assert_eq!(trail["items"][1]["change"]["action"], "key.created", "{trail}");
}

#[tokio::test]
async fn a_directory_that_a_stack_uses_is_not_filled() {
    let filled = Filled::start(1).await;
    let directory = filled.directory.path().join("data");
    let refused = tokio::task::spawn_blocking(move || bulk::fill(&directory, 1, |_| {})).await.unwrap();
    assert!(refused.unwrap_err().to_string().contains("a stack is running"));
    assert_eq!(titles(&filled.get("/v1/keys?environment=live").await), [bulk::title(0)]);
}
