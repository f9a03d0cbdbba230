//! A distinct canary in every secret field of every system goes through every route. It comes out nowhere: not in a
//! response, a log line, an error, the API document, an item of the table, or a stream record; not raw, and not in
//! any encoding that somebody could have put it through.

mod repeated;

use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};

use aho_corasick::AhoCorasick;
use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_functions::table::{self, FunctionName, Route, routes};
use keyward_shared::{permission::Permission, system::Library};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::{Named, body, masked_round_trip::filled, method};
use crate::{
    functions::case,
    support::{Answer, Api, TABLE, VAULT, Who, endpoints::inactive_source},
};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Whatever this process logs from now on, at the finest level.
fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let start = || {
        let log = Log::default();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        log
    };
    LOG.get_or_init(start).clone()
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

/// What a secret would look like if it came out.
struct Canary {
    place: String,
    forms: Vec<String>,
}

impl Canary {
    fn new(place: &str, value: &str) -> Self {
        let base64 = BASE64_STANDARD.encode(value);
        let json = serde_json::to_string(value).unwrap();
        let forms = vec![
            value.to_owned(),
            base64.trim_end_matches('=').to_owned(),
            hex::encode(value),
            hex::encode_upper(value),
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            json.trim_matches('"').to_owned(),
            value.chars().rev().collect(),
        ];
        Self { place: place.to_owned(), forms }
    }

    /// Its beginning too, which is shared with no other canary, and which no canary's place has in it.
    fn also_in_parts(&mut self) {
        let value = self.forms[0].clone();
        if let Some(start) = value.strip_prefix("canary-").and_then(|rest| rest.get(..12)) {
            self.forms.push(format!("canary-{start}"));
        }
        // A private key is recognised by a few of its lines.
        if value.starts_with("-----BEGIN") {
            let lines =
                value.lines().filter(|line| line.len() == 64).take(3).map(str::to_owned).collect::<Vec<_>>();
            self.forms.extend(lines);
        }
    }
}

/// All forms of all canaries, looked for in one pass: the log is long, and there are many forms.
struct Forbidden<'c> {
    search: AhoCorasick,
    /// Whose each form is.
    places: Vec<&'c str>,
}

impl<'c> Forbidden<'c> {
    fn new(canaries: &'c [Canary]) -> Self {
        let forms =
            || canaries.iter().flat_map(|canary| canary.forms.iter().map(|form| (form, &canary.place)));
        let search = AhoCorasick::new(forms().map(|(form, _)| form)).expect("forms to look for");
        Self { search, places: forms().map(|(_, place)| place.as_str()).collect() }
    }

    #[track_caller]
    fn must_not_be_in(&self, what: &str, text: &str) {
        if let Some(found) = self.search.find(text) {
            panic!("the secret {} came out in {what}", self.places[found.pattern().as_usize()]);
        }
    }
}

#[test]
fn a_canary_that_comes_out_in_any_form_is_seen() {
    let canaries = [Canary::new("one", "c\u{e1}nary \"one\" & 0123"), Canary::new("two", "canary-two-0123")];
    let forbidden = Forbidden::new(&canaries);
    forbidden.must_not_be_in("a clean text", "canary-tw o-0123, and 0123 of canary one");
    for canary in &canaries {
        for form in &canary.forms {
            let text = format!("{}{form}{}", "x".repeat(1_000), "y".repeat(1_000));
            let seen = std::panic::catch_unwind(|| forbidden.must_not_be_in("a text", &text));
            let said = seen.expect_err("it is seen").downcast::<String>().expect("a message");
            assert_eq!(*said, format!("the secret {} came out in a text", canary.place));
        }
    }
}

/// The canaries of a body: every value that the answer shows as a mark. Where a field's form refuses a canary, the
/// template's example stands in for it, and is searched for just the same.
fn canaries_of(body: &Value, marks: &Value) -> Vec<Canary> {
    let of_field = |(id, value): (&String, &Value)| {
        Canary::new(&format!("{} {id}", body["system_id"]), value.as_str().unwrap())
    };
    let mut canaries: Vec<Canary> = secret_fields(body, marks).map(of_field).collect();
    for header in body["headers"].as_array().into_iter().flatten() {
        if header["secret"] == true {
            canaries.push(Canary::new("headers", header["value"].as_str().unwrap()));
        }
    }
    canaries
}

/// The fields of a body that the answer shows as marks.
fn secret_fields<'b>(body: &'b Value, marks: &Value) -> impl Iterator<Item = (&'b String, &'b Value)> {
    let fields = body["entries"]["default"]["fields"].as_object().unwrap();
    fields.iter().filter(|(id, _)| marks["entries"]["default"]["fields"][*id]["hashed"].is_string())
}

fn shown(answer: &Answer) -> String {
    format!("{:?} {}", answer.headers, answer.text)
}

#[tokio::test]
async fn no_secret_comes_out_of_any_route_log_table_or_stream() {
    let log = log();
    let api = Api::start().await;
    let mut canaries = Vec::new();
    let mut transcript = Vec::new();
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            let name = format!("{}-{}", template.id(), variant.id());
            let body =
                filled(template, variant.id(), |field| format!("cánary \"{name}\" & {field} 0123456789"));
            let body = if api.post(Who::Editor, "/v1/keys", &body).await.status.is_success() {
                body
            } else {
                filled(template, variant.id(), |field| format!("canary-{name}-{field}-0123456789"))
            };
            let key = api.store(&body).await;
            canaries.extend(canaries_of(&body, &key.view));
            transcript.push(key.view.to_string());
            transcript.extend(misuse(&api, &key.path, &body).await);
        }
    }
    assert!(canaries.len() >= 35, "{}", canaries.len());
    transcript.push(shown(&api.get(Who::Viewer, "/v1/keys?limit=100").await));
    let transcript = transcript.join("\n");
    api.drain_stream().await;
    let items = format!("{:?}", api.items(TABLE).await);
    let vault = format!("{:?}", api.items(VAULT).await);
    assert!(vault.contains("IDEMPOTENCY#"), "requests were named");
    let stream = api.stream_records().await;
    assert!(stream.len() > 100, "the stream has records");
    let stream = stream.join("\n");
    let logged = log.text();
    assert!(logged.contains("create_key"), "the log was captured");
    let document = table::document().to_string();
    let forbidden = Forbidden::new(&canaries);
    forbidden.must_not_be_in("an answer", &transcript);
    forbidden.must_not_be_in("the table", &items);
    forbidden.must_not_be_in("the vault", &vault);
    forbidden.must_not_be_in("the stream", &stream);
    forbidden.must_not_be_in("the log", &logged);
    forbidden.must_not_be_in("the API document", &document);
}

/// Everything that a client might do with a key, rightly and wrongly. Signing is left to those who may see the
/// secret, so what comes out here is what must hold nothing.
async fn misuse(api: &Api, path: &str, body: &Value) -> Vec<String> {
    let mut seen = Vec::new();
    let fields = body["entries"]["default"]["fields"].clone();
    // Secrets in places where they do not belong.
    let marks = api.get(Who::Viewer, path).await.expect(200).json();
    // A variant without secrets has nothing to misplace.
    if secret_fields(body, &marks).next().is_some() {
        for patch in (case(FunctionName::UpdateKey).misuse)(&fields) {
            let answer = api.patch(Who::Editor, path, 1, &patch).await;
            assert!(answer.status.is_client_error(), "{}", answer.text);
            seen.push(shown(&answer));
        }
    }
    let mut twice = body.clone();
    // Too long for a title, which would be public.
    twice["title"] = json!(format!("{}{fields}", "x".repeat(100)));
    seen.push(shown(&api.post(Who::Editor, "/v1/keys", &twice).await));
    seen.push(shown(&api.patch(Who::Editor, path, 7, body).await));
    // The key's own body as a patch sets every secret anew.
    seen.push(shown(
        &api.patch(Who::Editor, path, 1, &json!({ "entries": body["entries"] })).await.expect(200),
    ));
    seen.push(shown(&api.get(Who::Viewer, path).await.expect(200)));
    seen.push(shown(&api.get(Who::Viewer, &format!("{path}/versions")).await.expect(200)));
    seen.extend(misuse_around(api, path, &fields).await);
    let token = api.machine_token("acme", Permission::KeysUse);
    for ask in [
        json!({ "method": "GET", "path": "/" }),
        json!({ "method": "GET", "path": "//evil.example.com/" }),
        json!({ "method": "GET", "url": "https://evil.example.com/" }),
        json!({ "method": "POST", "path": "/", "body": "x", "headers": { "authorization": fields.to_string() } }),
    ] {
        let sign = format!("{path}/sign");
        seen.push(shown(&api.call_with(&token, Method::POST, &sign).json(&ask).send().await));
    }
    seen.push(shown(&api.delete(Who::Editor, path, 2).await));
    seen.push(shown(&api.get(Who::Stranger, path).await));
    seen
}

/// The same for what is around a key: its versions, its uses, and the names of requests.
async fn misuse_around(api: &Api, path: &str, fields: &Value) -> Vec<String> {
    let mut seen = Vec::new();
    let mut named = Named::nothing();
    named.key = path.rsplit('/').next().unwrap().to_owned();
    // The key's own functions are asked by `misuse`, in an order that counts.
    let of_the_key = [FunctionName::CreateKey, FunctionName::UpdateKey, FunctionName::DeleteKey];
    for (function, route) in routes().filter(|(function, _)| !of_the_key.contains(&function.name)) {
        if body(function, route).is_null() {
            continue;
        }
        let misuse = (case(function.name).misuse)(fields);
        assert!(!misuse.is_empty(), "tests/it/functions/{}.rs misuses no body", function.name);
        let token = token_for(api, route);
        // The key was changed once.
        let seen_version = if route.path.contains("{key_id}") { "\"2\"" } else { "\"1\"" };
        for misused in misuse {
            let call =
                api.call_with(&token, method(route), &named.path(route)).header("if-match", seen_version);
            seen.push(shown(&call.json(&misused).send().await));
        }
    }
    // As the name of a request: base64 is visible ASCII, whatever the secret is.
    for value in fields.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()) {
        let name: String = BASE64_STANDARD.encode(value).chars().take(128).collect();
        let call = api.call(Who::Editor, Method::POST, "/v1/sources").header("idempotency-key", &name);
        seen.push(shown(&call.json(&inactive_source()).send().await));
    }
    seen.push(shown(&api.get(Who::Viewer, &format!("{path}/uses")).await.expect(200)));
    seen.push(shown(&api.get(Who::Viewer, "/v1/sources?limit=100").await.expect(200)));
    seen
}

/// The token of a caller who has the route's permission.
fn token_for(api: &Api, route: &Route) -> String {
    match route.permission {
        Some(Permission::AccountsOperate) => api.token(Who::Operator),
        Some(Permission::AccountAdmin) => api.token(Who::Owner),
        Some(permission) => Some(api.machine_token("acme", permission)),
        None => None,
    }
    .expect("a route that reads a body asks for a permission")
}
