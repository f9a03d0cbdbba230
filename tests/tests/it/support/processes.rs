//! The real binaries as processes, over the Lambda Runtime API.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use keyward_functions::table::{FunctionName, Package};
use keyward_local::{
    queue::{DELIVERIES, FAILED_CHANGES},
    sign_in::USER_POOL,
    stack::DEPLOYMENT,
    test_issuer::TestIssuer,
};
use keyward_tests::runtime_api::{Outcome, RuntimeApi};
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    sync::OnceCell,
};

use super::{Api, TABLE, VAULT, faults::Proxy, services::test_issuer, tls_front::TlsFront};

/// Where DynamoDB, KMS, Cognito and SQS are for a process.
pub(crate) struct Below {
    dynamodb_url: String,
    kms_url: String,
    cognito_url: String,
    sqs_url: String,
}

impl From<&Api> for Below {
    fn from(api: &Api) -> Self {
        let embedded = api.stack().embedded();
        Self {
            dynamodb_url: embedded.dynamodb_url(),
            kms_url: embedded.kms_url(),
            cognito_url: embedded.cognito_url(),
            sqs_url: embedded.sqs_url(),
        }
    }
}

impl From<&Proxy> for Below {
    fn from(proxy: &Proxy) -> Self {
        Self {
            dynamodb_url: proxy.dynamodb_url().to_owned(),
            kms_url: proxy.kms_url().to_owned(),
            cognito_url: proxy.cognito_url().to_owned(),
            sqs_url: proxy.sqs_url().to_owned(),
        }
    }
}

impl From<&TlsFront> for Below {
    fn from(front: &TlsFront) -> Self {
        let connection = front.connection();
        let url = |url: &Option<String>| url.clone().expect("a front has an address");
        Self {
            dynamodb_url: url(&connection.dynamodb_url),
            kms_url: url(&connection.kms_url),
            cognito_url: url(&connection.cognito_url),
            sqs_url: url(&connection.sqs_url),
        }
    }
}

/// The binaries of the functions, and the handler that does nothing.
#[derive(Clone)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// The binary of a function. One that does not exist gets the binary of most.
    pub(crate) fn of(&self, function: &str) -> PathBuf {
        let package = function.parse::<FunctionName>().map(|name| name.function().package());
        self.0.join(package.unwrap_or(Package::Functions).binary())
    }

    /// The handler that does nothing.
    pub(crate) fn empty_handler(&self) -> PathBuf {
        self.0.join("empty_handler")
    }
}

/// Builds the binaries, if a test of the whole workspace has not done so, and says where they are. Cargo holds no build
/// lock while tests run.
pub(crate) async fn binaries() -> Binaries {
    static BUILT: OnceCell<Binaries> = OnceCell::const_new();
    BUILT.get_or_init(build).await.clone()
}

async fn build() -> Binaries {
    let build = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--workspace",
            // With a test: without one the dependencies would be compiled again, with other features.
            "--test",
            "it",
            "--bin",
            "bootstrap",
            "--bin",
            "trials",
            "--bin",
            "empty_handler",
            "--message-format=json",
        ])
        .stderr(Stdio::inherit())
        .output();
    let output = String::from_utf8(build.await.unwrap().stdout).unwrap();
    let binary = |line: &str| {
        let built: Value = serde_json::from_str(line).ok()?;
        let is_binary = built["target"]["name"] == "bootstrap";
        built["executable"].as_str().filter(|_| is_binary).map(PathBuf::from)
    };
    let bootstrap = output.lines().find_map(binary).expect("cargo names the binary");
    Binaries(bootstrap.parent().expect("it is in a folder").to_owned())
}

pub(crate) fn start(
    binaries: &Binaries,
    function: &str,
    runtime: &RuntimeApi,
    below: impl Into<Below>,
) -> Child {
    command(binaries, function, runtime, below)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

pub(crate) fn command(
    binaries: &Binaries,
    function: &str,
    runtime: &RuntimeApi,
    below: impl Into<Below>,
) -> Command {
    command_of(&binaries.of(function), function, runtime, below)
}

/// A program with the environment that a function has.
pub(crate) fn command_of(
    program: &Path,
    function: &str,
    runtime: &RuntimeApi,
    below: impl Into<Below>,
) -> Command {
    let below = below.into();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("_HANDLER", function)
        .env("AWS_LAMBDA_RUNTIME_API", runtime.address())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", below.dynamodb_url)
        .env("AWS_ENDPOINT_URL_KMS", below.kms_url)
        .env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", below.cognito_url)
        .env("AWS_ENDPOINT_URL_SQS", below.sqs_url)
        .env("KEYWARD_TABLE", TABLE)
        .env("KEYWARD_VAULT_TABLE", VAULT)
        .env("KEYWARD_WRAPPING_KEY", "alias/keyward-wrapping")
        .env("KEYWARD_FINGERPRINT_KEY", "alias/keyward-fingerprint")
        .env("KEYWARD_ROW_KEY", "alias/keyward-rows")
        .env("KEYWARD_DEPLOYMENT", DEPLOYMENT)
        .env("KEYWARD_EPOCH", "1")
        .env("KEYWARD_PANEL_CLIENT", "panel")
        .env("KEYWARD_TOKEN_ISSUER", TestIssuer::NAME)
        .env("KEYWARD_TOKEN_KEYS", test_issuer().key_set())
        .env("KEYWARD_SIGNING_KEY", "alias/keyward-token")
        .env("KEYWARD_SIGN_IN_ISSUER", "https://sign-in.example")
        .env("KEYWARD_SIGN_IN_KEYS", test_issuer().key_set())
        .env("KEYWARD_USER_POOL", USER_POOL)
        .env("KEYWARD_FAILED_CHANGES", FAILED_CHANGES)
        .env("KEYWARD_DELIVERIES", DELIVERIES)
        .env("KEYWARD_ORIGIN", "https://api.example.com")
        .env("KEYWARD_ISSUER", "https://issuer.example/pool")
        .env("KEYWARD_LOGOUT_URL", "https://login.example/logout")
        .env("LAMBDA_TASK_ROOT", super::panel().with_file_name(""))
        .kill_on_drop(true);
    command
}

/// The sample of a function in `events/`, with a token.
pub(crate) fn sample(function: &str) -> Value {
    let path = format!("{}/../events/{function}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("an event for each function");
    let mut event = serde_json::from_str(&text).expect("a JSON event");
    test_issuer().sign_event(&mut event).expect("a signature");
    event
}

/// What becomes of an event; a process that ends in the meantime fails the test.
pub(crate) async fn invoke(runtime: &mut RuntimeApi, process: &mut Child, event: String) -> Outcome {
    tokio::select! {
        outcome = runtime.invoke(event) => outcome.expect("the emulator is there"),
        ended = process.wait() => panic!("the process ended: {ended:?}"),
    }
}

pub(crate) fn answer(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Answered(answer) => serde_json::from_str(&answer).expect("a JSON answer"),
        other => panic!("{other:?}"),
    }
}
