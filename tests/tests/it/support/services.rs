//! Functions on a stack's own tables and keys, by way of a proxy that counts calls to AWS and can let them fail.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use keyward_functions::{
    aws::{
        clients::{Connection, Limits},
        wrapping::WrappingKeys,
    },
    compose::{Composed, compose},
    config::Config,
    services::Services,
    system::SystemClock,
    table::{FunctionName, JsonError},
};
use keyward_local::{
    kms::{FINGERPRINT_KEY, ROW_KEY, TOKEN_KEY, WRAPPING_KEY},
    queue::{DELIVERIES, FAILED_CHANGES},
    sign_in::{PANEL_CLIENT, USER_POOL},
    stack::{DEPLOYMENT, TABLE, VAULT, connection},
    test_issuer::TestIssuer,
    upstreams::Upstreams,
};
use keyward_shared::{caller::PanelClient, epoch::Epoch, moment::Clock};
use serde_json::Value;

use super::{
    Api,
    asked::Asked,
    callers, declared,
    faults::{Fate, Proxy, no_faults},
    recorder::{Recorder, Watch},
};

/// How long Lambda lets a function run that API Gateway calls.
const SECONDS: i64 = 25;

/// The functions, composed as in production.
pub(crate) struct Functions {
    services: Arc<Services>,
    proxy: Proxy,
    /// The rows of callers, not by way of the proxy.
    rows: callers::Rows,
    admitted: Mutex<BTreeSet<String>>,
    _watch: Watch,
}

/// A function's answer.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: u64,
    /// The last part of the problem's type; empty when it is no problem.
    pub(crate) code: String,
    pub(crate) headers: Value,
    pub(crate) body: Value,
}

impl Told {
    /// The answer in an API Gateway response to what was asked: one that the route declares.
    pub(crate) fn by(asked: &Asked, answer: &Value) -> Self {
        let told = Self::read(answer);
        let event = asked.event();
        let route_key = event["routeKey"].as_str().and_then(|key| key.split_once(' '));
        let (method, path) = route_key.expect("a method and a path");
        declared::hold(method, path, u16::try_from(told.status).expect("a status"), &told.code);
        told
    }

    fn read(answer: &Value) -> Self {
        let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
        let body: Value = body.unwrap_or_default();
        let code = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:keyward:problem:"));
        Self {
            status: answer["statusCode"].as_u64().expect("a status"),
            code: code.unwrap_or_default().to_owned(),
            headers: answer["headers"].clone(),
            body,
        }
    }
}

impl Functions {
    pub(crate) async fn of(api: &Api, upstreams: Upstreams) -> Self {
        Self::over(&connection(api.stack().embedded()), upstreams).await
    }

    /// The same, but they take the tokens of the stack.
    pub(crate) async fn behind(api: &Api, upstreams: Upstreams) -> Self {
        let (issuer, sign_in) = api.stack().issuers();
        let (issuer, sign_in) = (issuer.clone(), Some(sign_in.clone()));
        let config = Config { issuer, sign_in, ..config(connection(api.stack().embedded())) };
        Self::composed(config, upstreams, Recorder::default()).await
    }

    /// Over the services of any stack.
    pub(crate) async fn over(behind: &Connection, upstreams: Upstreams) -> Self {
        Self::watched(behind, upstreams, Recorder::default()).await
    }

    /// The same, with a recorder of the test's own.
    pub(crate) async fn watched(behind: &Connection, upstreams: Upstreams, recorder: Recorder) -> Self {
        let observer = Some(recorder.observer());
        let config = config(Connection { observer, ..behind.clone() });
        Self::composed(config, upstreams, recorder).await
    }

    /// With other wrapping keys than the stack begins with, and those that the tables of functions know: nobody watches.
    pub(crate) async fn wrapping_with(
        behind: &Connection,
        upstreams: Upstreams,
        wrapping_keys: WrappingKeys,
    ) -> Self {
        let config = Config { wrapping_keys, ..config(behind.clone()) };
        Self::composed(config, upstreams, Recorder::default()).await
    }

    /// In an epoch, as after a restore.
    pub(crate) async fn in_epoch(behind: &Connection, epoch: Epoch) -> Self {
        let config = Config { epoch, ..config(behind.clone()) };
        Self::composed(config, Upstreams::default(), Recorder::default()).await
    }

    async fn composed(config: Config, upstreams: Upstreams, recorder: Recorder) -> Self {
        let proxy = Proxy::before(&config.connection, no_faults()).await;
        let rows = callers::Rows::of(&config.connection);
        let connection = Connection {
            region: region(),
            dynamodb_url: Some(proxy.dynamodb_url().to_owned()),
            kms_url: Some(proxy.kms_url().to_owned()),
            cognito_url: Some(proxy.cognito_url().to_owned()),
            sqs_url: Some(proxy.sqs_url().to_owned()),
            backoff: Duration::from_millis(2),
            limits: Limits::NETWORK,
            ..config.connection
        };
        let config = Config { connection, ..config };
        let services = Arc::new(Services::new(config, SystemClock, upstreams.outside()));
        Self { services, proxy, rows, admitted: Mutex::default(), _watch: Watch(recorder) }
    }

    /// Sees to it that the callers of an account have rows.
    pub(crate) async fn admit(&self, account: &str) {
        let is_new = self.admitted.lock().unwrap().insert(account.to_owned());
        if is_new {
            callers::admit(&self.rows, account).await;
        }
    }

    /// What the functions are composed from.
    pub(crate) const fn services(&self) -> &Arc<Services> {
        &self.services
    }

    fn function(&self, name: &str) -> Composed {
        compose(name.parse::<FunctionName>().unwrap(), &self.services).unwrap()
    }

    /// The response of a function that a route calls to an event as it is.
    pub(crate) async fn respond(&self, name: &str, event: &Value) -> Value {
        self.respond_if_read(name, event).await.expect("an event")
    }

    /// The same; `None` for what has not the form of an event.
    pub(crate) async fn respond_if_read(&self, name: &str, event: &Value) -> Option<Value> {
        let until = SystemClock.now() + SignedDuration::from_secs(SECONDS);
        let event = serde_json::from_value(event.clone()).ok()?;
        let function = self.function(name).http().expect("a function that a route calls");
        Some(serde_json::to_value(function(event, until).await).expect("an answer"))
    }

    /// The function's answer.
    pub(crate) async fn ask(&self, asked: &Asked) -> Told {
        self.ask_within(asked, SECONDS).await
    }

    /// The answer of a function that is stopped after so many seconds.
    pub(crate) async fn ask_within(&self, asked: &Asked, seconds: i64) -> Told {
        if let Some(account) = asked.callers_account() {
            self.admit(account).await;
        }
        self.ask_as_it_is_within(asked, seconds).await
    }

    /// The answer to a caller whose rows are what the test made of them.
    pub(crate) async fn ask_as_it_is(&self, asked: &Asked) -> Told {
        self.ask_as_it_is_within(asked, SECONDS).await
    }

    async fn ask_as_it_is_within(&self, asked: &Asked, seconds: i64) -> Told {
        let until = SystemClock.now() + SignedDuration::from_secs(seconds);
        let event = serde_json::from_value(asked.event()).expect("an event");
        let function = self.function(asked.function).http().expect("a function that a route calls");
        Told::by(asked, &serde_json::to_value(function(event, until).await).expect("an answer"))
    }

    /// The answer of a function that takes JSON and answers JSON.
    pub(crate) async fn json(&self, name: &str, event: &Value) -> Result<Value, JsonError> {
        self.json_within(name, event, SECONDS).await
    }

    /// The same of one that is stopped after so many seconds.
    pub(crate) async fn json_within(
        &self,
        name: &str,
        event: &Value,
        seconds: i64,
    ) -> Result<Value, JsonError> {
        let until = SystemClock.now() + SignedDuration::from_secs(seconds);
        let function = self.function(name).json().expect("a function that takes JSON");
        function(event.clone(), until).await
    }

    /// The function's answer to a live machine client that has the permission: status, and body.
    pub(crate) async fn call(&self, name: &'static str, key: &str, body: &Value) -> (u64, Value) {
        let told = self.ask(&Asked::of(name, "acme").path("key_id", key).body(body.clone())).await;
        (told.status, told.body)
    }

    pub(crate) const fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// What AWS was asked for since this was asked last, but for whether a caller's row is authentic: a process asks that once.
    pub(crate) fn calls(&self) -> Vec<String> {
        let tried = self.proxy.tries().into_iter().map(|(tried, _)| tried.operation);
        tried.filter(|operation| operation != "VerifyMac").collect()
    }

    /// Lets calls of an operation fail from here on, as AWS does when it is overloaded.
    pub(crate) fn fail(&self, operation: Option<&'static str>) {
        self.fail_all(operation.into_iter().collect());
    }

    /// The same for calls of several operations.
    pub(crate) fn fail_all(&self, operations: Vec<&'static str>) {
        self.proxy.plan(Box::new(move |tried| {
            if operations.contains(&tried.operation.as_str()) {
                Fate::Fails(400, "ThrottlingException")
            } else {
                Fate::Passes
            }
        }));
    }
}

/// Whose tokens the events of tests have.
pub(crate) fn test_issuer() -> &'static TestIssuer {
    TestIssuer::of_this_process().expect("a key")
}

/// How functions are configured on the embedded services.
pub(crate) fn config(connection: Connection) -> Config {
    Config {
        connection,
        table: TABLE.to_owned(),
        vault: VAULT.to_owned(),
        wrapping_keys: WrappingKeys { current: WRAPPING_KEY.to_owned(), former: None },
        fingerprint_key: FINGERPRINT_KEY.to_owned(),
        row_key: ROW_KEY.to_owned(),
        deployment: DEPLOYMENT.to_owned(),
        epoch: Epoch::FIRST,
        panel: PanelClient::new(PANEL_CLIENT.to_owned()),
        issuer: test_issuer().issuer().expect("keys"),
        signing_key: Some(TOKEN_KEY.to_owned()),
        sign_in: Some(test_issuer().token_issuer().expect("keys")),
        user_pool: Some(USER_POOL.to_owned()),
        failed_changes: Some(FAILED_CHANGES.to_owned()),
        deliveries: Some(DELIVERIES.to_owned()),
        origin: Some("https://api.example.com".to_owned()),
        panel_place: None,
    }
}

/// A region that nobody else has: the SDK allows each region of a process so many further tries, and a test must not
/// take them from another.
fn region() -> String {
    static REGIONS: AtomicU64 = AtomicU64::new(1);
    format!("test-{}", REGIONS.fetch_add(1, Ordering::Relaxed))
}
