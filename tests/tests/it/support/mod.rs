//! A stack for each test, and a client that speaks for its people and machines.

pub(crate) mod asked;
pub(crate) mod callers;
pub(crate) mod connect;
pub(crate) mod declared;
pub(crate) mod deliveries;
pub(crate) mod endpoints;
pub(crate) mod faults;
pub(crate) mod invariants;
pub(crate) mod keys;
pub(crate) mod kills;
pub(crate) mod ledger;
pub(crate) mod meter;
pub(crate) mod normal;
pub(crate) mod outside;
pub(crate) mod processes;
pub(crate) mod recorder;
pub(crate) mod seeded;
pub(crate) mod services;
pub(crate) mod sizes;
pub(crate) mod tls_front;
pub(crate) mod traps;
pub(crate) mod uses;
pub(crate) mod webhooks;

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::system::SystemClock;
pub(crate) use keyward_local::stack::{TABLE, VAULT};
use keyward_local::{
    demo,
    stack::{Options, Stack, Triggers, connection},
    upstreams::Upstreams,
};
use keyward_shared::{moment::Clock, permission::Permission};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::recorder::{Recorder, Watch};

/// A directory in memory, where the machine has a place for it: a stack syncs each commit, and on a disk the tests would
/// wait for that longer than they work.
fn in_memory() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Owner,
    Editor,
    Viewer,
    /// The owner of the other account.
    Stranger,
    /// The live machine client.
    Runtime,
    /// The test machine client.
    RuntimeTest,
    Operator,
    Nobody,
}

/// A running stack of its own.
pub(crate) struct Api {
    stack: Stack,
    http: reqwest::Client,
    _watch: Watch,
    // Dropped last: the stack's files are in it.
    _directory: TempDir,
}

/// An answer, with its body read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; null when it is empty.
    pub(crate) fn json(&self) -> Value {
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text).expect("a JSON body")
        }
    }

    /// The last part of the problem's type; empty when it is no problem.
    pub(crate) fn code(&self) -> String {
        let problem =
            self.headers.get("content-type").is_some_and(|value| value == "application/problem+json");
        if !problem {
            return String::new();
        }
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.strip_prefix("urn:keyward:problem:").unwrap_or_default().to_owned()
    }

    /// The fields that the problem names.
    pub(crate) fn fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Status and code, for comparing both at once.
    pub(crate) fn outcome(&self) -> (u16, String) {
        (self.status.as_u16(), self.code())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A request to be sent.
pub(crate) struct Call<'a> {
    api: &'a Api,
    request: reqwest::RequestBuilder,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn form(mut self, form: &[(&str, &str)]) -> Self {
        self.request = self.request.form(form);
        self
    }

    pub(crate) fn basic(mut self, name: &str, password: &str) -> Self {
        self.request = self.request.basic_auth(name, Some(password));
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.request = self.request.json(body);
        self
    }

    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.request = self.request.body(body);
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let request = self.request.build().expect("a request");
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = self.api.http.execute(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await.expect("a text body") };
        declared::hold(&method, &path, answer.status.as_u16(), &answer.code());
        answer
    }
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_with(Upstreams::default()).await
    }

    /// With servers of the test's own in the place of customers' systems.
    pub(crate) async fn start_with(upstreams: Upstreams) -> Self {
        Self::start_watched(upstreams, Recorder::default()).await
    }

    /// The same, with a recorder of the test's own.
    pub(crate) async fn start_watched(upstreams: Upstreams, recorder: Recorder) -> Self {
        Self::start_in(in_memory().expect("a directory"), upstreams, recorder).await
    }

    async fn start_in(directory: TempDir, upstreams: Upstreams, recorder: Recorder) -> Self {
        let data_dir = directory.path().to_owned();
        let options = Options {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir,
            upstreams,
            panel: Some(panel()),
            triggers: Triggers::WhenTold,
            observer: Some(recorder.observer()),
        };
        let stack = Stack::start(options).await.expect("the stack starts");
        let api =
            Self { stack, http: reqwest::Client::new(), _watch: Watch(recorder), _directory: directory };
        for account in ["acme", "globex"] {
            callers::admit_machine(&api.callers_rows(), account).await;
        }
        api
    }

    pub(crate) const fn stack(&self) -> &Stack {
        &self.stack
    }

    /// A token as the local sign-in makes it.
    pub(crate) fn token(&self, who: Who) -> Option<String> {
        let sign_in = self.stack.sign_in();
        let name = match who {
            Who::Owner => "owner@acme.example",
            Who::Editor => "editor@acme.example",
            Who::Viewer => "viewer@acme.example",
            Who::Stranger => "owner@globex.example",
            Who::Runtime => "runtime",
            Who::RuntimeTest => "runtime-test",
            Who::Operator => "operator",
            Who::Nobody => return None,
        };
        let token = if name.contains('@') {
            sign_in.access_token_for_user(name)
        } else {
            sign_in.access_token_for_client(name)
        };
        Some(token.expect("a token"))
    }

    /// A token of a live machine client of an account with one permission, whatever the demo's clients have.
    pub(crate) fn machine_token(&self, account: &str, permission: Permission) -> String {
        let token = self.stack.test_door().client_token("runtime").expect("a token");
        let client = json!(callers::machine(account));
        let bent = token.with("account", json!(account)).with("scope", json!(permission.scope()));
        bent.with("client_id", client.clone()).with("sub", client).sign().expect("a signature")
    }

    /// A token of somebody who signed in so many seconds ago.
    pub(crate) fn token_of_sign_in(&self, email: &str, seconds_ago: i64) -> String {
        let token = self.stack.test_door().user_token(email).expect("a token");
        let auth_time = SystemClock.now().as_second() - seconds_ago;
        token.with("auth_time", json!(auth_time)).sign().expect("a signature")
    }

    pub(crate) fn call(&self, who: Who, method: Method, path: &str) -> Call<'_> {
        let mut request = self.http.request(method, format!("{}{path}", self.stack.origin()));
        if let Some(token) = self.token(who) {
            request = request.bearer_auth(token);
        }
        Call { api: self, request }
    }

    /// A request with a token of one's own making.
    pub(crate) fn call_with(&self, token: &str, method: Method, path: &str) -> Call<'_> {
        let request = self.http.request(method, format!("{}{path}", self.stack.origin())).bearer_auth(token);
        Call { api: self, request }
    }

    pub(crate) async fn get(&self, who: Who, path: &str) -> Answer {
        self.call(who, Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, who: Who, path: &str, body: &Value) -> Answer {
        self.call(who, Method::POST, path).json(body).send().await
    }

    pub(crate) async fn patch(&self, who: Who, path: &str, version: u64, body: &Value) -> Answer {
        self.call(who, Method::PATCH, path)
            .header("if-match", &format!("\"{version}\""))
            .json(body)
            .send()
            .await
    }

    pub(crate) async fn delete(&self, who: Who, path: &str, version: u64) -> Answer {
        self.call(who, Method::DELETE, path).header("if-match", &format!("\"{version}\"")).send().await
    }

    /// Deletes a key so that nobody brings it back.
    pub(crate) async fn purge(&self, who: Who, path: &str, version: u64) -> Answer {
        self.delete(who, &format!("{path}?purge=now"), version).await
    }

    /// A client of the embedded DynamoDB, to look behind the API and to edit rows behind its back.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        use keyward_functions::aws::clients;
        clients::dynamodb(&connection(self.stack.embedded()), &clients::http_client())
    }

    /// The table for somebody who may authenticate rows, as functions do.
    pub(crate) fn callers_rows(&self) -> callers::Rows {
        callers::Rows::of(&connection(self.stack.embedded()))
    }

    /// Lets what follows from the table's stream happen.
    pub(crate) async fn drain_stream(&self) {
        self.stack.drain_stream().await.expect("the stream can be read");
    }

    /// Every item of a table, but for the rows that the demo begins with.
    pub(crate) async fn items(&self, table: &str) -> Vec<keys::Item> {
        let place = |item: &keys::Item| (item["PK"].clone(), item["SK"].clone());
        let demo = demo::rows(self.stack.sign_in()).expect("the demo's rows");
        let demo: Vec<_> = demo.iter().map(place).collect();
        let items = invariants::every_item(&self.dynamodb(), table).await;
        // With each token of a machine client it is noted that its secret was used.
        let is_of_a_token =
            |item: &keys::Item| item["PK"].as_s().is_ok_and(|key| key.starts_with("CLIENTUSE#"));
        let is_new = |item: &keys::Item| {
            !demo.contains(&place(item)) && !callers::is_of_a_test(item) && !is_of_a_token(item)
        };
        items.into_iter().filter(is_new).collect()
    }

    /// Changes attributes of an item behind the API's back, or makes it.
    pub(crate) async fn set(&self, table: &str, key: keys::Item, attributes: keys::Item) {
        let read = self.dynamodb().get_item().table_name(table).set_key(Some(key.clone())).send();
        let mut item = read.await.expect("a read").item.unwrap_or(key);
        item.extend(attributes);
        self.put(table, item).await;
    }

    /// Changes attributes of an account's settings.
    pub(crate) async fn set_settings(&self, account: &str, attributes: keys::Item) {
        let text = |text: String| AttributeValue::S(text);
        let key = keys::Item::from([
            ("PK".to_owned(), text(format!("SETTINGS#{account}"))),
            ("SK".to_owned(), text("SETTINGS".to_owned())),
        ]);
        self.set(TABLE, key, attributes).await;
    }

    /// Every record of the table's stream, as text.
    pub(crate) async fn stream_records(&self) -> Vec<String> {
        let embedded = connection(self.stack.embedded());
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(aws_sdk_dynamodbstreams::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodbstreams::config::Region::new(embedded.region))
            .credentials_provider(embedded.credentials)
            .http_client(keyward_functions::aws::clients::http_client())
            .endpoint_url(embedded.dynamodb_url.expect("an address"))
            .build();
        let client = aws_sdk_dynamodbstreams::Client::from_conf(config);
        let streams = client.list_streams().table_name(TABLE).send().await.expect("streams");
        let arn = streams.streams()[0].stream_arn().expect("an ARN").to_owned();
        let description = client.describe_stream().stream_arn(&arn).send().await.expect("a stream");
        let mut records = Vec::new();
        for shard in description.stream_description().expect("a description").shards() {
            let from = aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon;
            let shard = shard.shard_id().unwrap_or_default();
            let start =
                client.get_shard_iterator().stream_arn(&arn).shard_id(shard).shard_iterator_type(from);
            let mut iterator = start.send().await.expect("an iterator").shard_iterator;
            while let Some(at) = iterator {
                let page = client.get_records().shard_iterator(at).send().await.expect("records");
                if page.records().is_empty() {
                    break;
                }
                records.extend(page.records().iter().map(|record| format!("{record:?}")));
                iterator = page.next_shard_iterator;
            }
        }
        records
    }

    /// Everything that is stored, to show that nothing happened.
    pub(crate) async fn everything(&self) -> String {
        let mut all = Vec::new();
        for table in [TABLE, VAULT] {
            let items = self.items(table).await.into_iter();
            all.extend(items.map(|item| format!("{table} {}", ordered(&AttributeValue::M(item)))));
        }
        all.sort();
        all.join("\n")
    }
}

/// A value as text, with the members of maps in order.
fn ordered(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}: {}", ordered(value))).collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
        AttributeValue::L(values) => {
            format!("[{}]", values.iter().map(ordered).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// A control panel for tests: a few files of the kinds that a real one has.
pub(crate) fn panel() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/panel")
}

/// The name of a file of it that is compressed, too.
pub(crate) const PANEL_ASSET: &str = "panel-1a2b3c4d.js";
