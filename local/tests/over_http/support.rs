//! A whole local stack for one test: sign-in, gateway, and functions that record what they get.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use keyward_local::{
    gateway::{
        Gateway, GatewayRoute, Invocation, Invoke, InvokeError, JwtAuthorizer, LoopbackListener, RouteTable,
    },
    sign_in::{IssueTokens, NotIssued, SignIn},
    test_door::BentToken,
    test_issuer::TestIssuer,
};
use keyward_shared::{
    membership::issuing::AUDIENCE,
    moment::{Clock, Random},
    permission::{Permission, Role},
};
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-03-04 12:00:00 UTC.
pub const START: i64 = 1_772_625_600;

/// A clock that a test moves, in seconds.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Bytes that differ each time and are the same in each run.
struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            let block = digest(&SHA256, &number.to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

/// Functions that record their events. Each answers what the test has set, or 200.
#[derive(Default)]
pub struct Functions {
    pub events: Mutex<Vec<(String, Value)>>,
    answers: Mutex<HashMap<String, Answer>>,
}

#[derive(Clone)]
pub enum Answer {
    Value(Value),
    Error(InvokeError),
    Panic,
}

impl Functions {
    pub fn set(&self, function: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(function.to_owned(), answer);
    }

    /// The only event so far.
    pub fn only_event(&self) -> (String, Value) {
        let events = self.events.lock().unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        events[0].clone()
    }
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value, _request_id: &'a str) -> Invocation<'a> {
        self.events.lock().unwrap().push((function.to_owned(), event));
        let answer = self.answers.lock().unwrap().get(function).cloned();
        Box::pin(async move {
            match answer {
                Some(Answer::Value(value)) => Ok(value),
                Some(Answer::Error(error)) => Err(error),
                Some(Answer::Panic) => panic!("the function of the test panics"),
                None => Ok(json!({ "statusCode": 200, "body": "done" })),
            }
        })
    }
}

/// The stack, stopped when it is dropped.
pub struct Stack {
    pub origin: String,
    pub clock: Arc<TestClock>,
    pub functions: Arc<Functions>,
    pub sign_in: Arc<SignIn>,
    pub http: Client,
    server: tokio::task::JoinHandle<()>,
    _data_dir: TempDir,
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stack {
    pub async fn start() -> Self {
        let listener = LoopbackListener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let origin = listener.origin();
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let random = Arc::new(TestRandom(AtomicU64::new(0)));
        let data_dir = data_dir();
        let sign_in =
            SignIn::open(data_dir.path(), &origin, Arc::new(NoTokens), clock.clone(), random.clone());
        let sign_in = Arc::new(sign_in.unwrap());
        let issuer = TestIssuer::of_this_process().unwrap();
        let name = TestIssuer::NAME.to_owned();
        let authorizer = JwtAuthorizer::new(name, AUDIENCE.to_owned(), &issuer.jwks(), clock.clone());
        let functions = Arc::new(Functions::default());
        let gateway = Gateway::new(routes(), authorizer, functions.clone(), clock.clone(), random);
        let router = sign_in.clone().router().merge(gateway.router());
        let server = tokio::spawn(async move {
            listener.serve(router, std::future::pending()).await.unwrap();
        });
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { origin, clock, functions, sign_in, http, server, _data_dir: data_dir }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A person's token with these permissions, to be bent.
    pub fn token_with(&self, permissions: &[Permission]) -> BentToken<'static> {
        let issuer = TestIssuer::of_this_process().unwrap();
        let claims = json!({
            "iss": TestIssuer::NAME, "aud": AUDIENCE, "sub": "u1", "username": "u1", "client_id": "panel",
            "token_use": "access", "account": "acme", "iat": START, "exp": START + 900, "auth_time": START,
        });
        let Value::Object(claims) = claims else { unreachable!() };
        BentToken::new(issuer, self.clock.now(), claims).with_permissions(permissions)
    }

    /// An owner's token.
    pub fn owner(&self) -> BentToken<'static> {
        self.token_with(Role::Owner.permissions())
    }
}

/// The sign-in is tested without the function that issues Keyward's tokens.
pub struct NoTokens;

impl IssueTokens for NoTokens {
    fn issue(&self, _: &[(&str, &str)]) -> Result<String, NotIssued> {
        Err(NotIssued::Failed)
    }
}

fn routes() -> RouteTable {
    let route = |method, path, function, scope: Option<&str>| {
        GatewayRoute::new(method, path, function, scope.map(str::to_owned)).unwrap()
    };
    let routes = vec![
        route("GET", "/v1/keys", "list_keys", Some("keyward/keys:read")),
        route("POST", "/v1/keys", "create_key", Some("keyward/keys:write")),
        route("GET", "/v1/keys/{key_id}", "get_key", Some("keyward/keys:read")),
        route("PATCH", "/v1/keys/{key_id}", "update_key", Some("keyward/keys:write")),
        route("POST", "/v1/keys/{key_id}/sign", "sign_request", Some("keyward/keys:use")),
        route("GET", "/v1/openapi.json", "get_openapi", None),
        route("POST", "/v1/openapi.json", "echo", None),
    ];
    RouteTable::new(routes, "get_panel").unwrap()
}

/// A directory with the sign-in's file. The file is made once: an RSA key takes its time.
fn data_dir() -> TempDir {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sign-in.json");
    let file = FILE.get_or_init(|| {
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let random = Arc::new(TestRandom(AtomicU64::new(1 << 32)));
        let open = SignIn::open(directory.path(), "http://127.0.0.1", Arc::new(NoTokens), clock, random);
        open.map(drop).unwrap();
        fs::read(&path).unwrap()
    });
    fs::write(&path, file).unwrap();
    directory
}
