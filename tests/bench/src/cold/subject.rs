//! The processes that are measured: a program, what its environment says, and the event that it answers.

use std::{
    fs,
    path::{Path, PathBuf},
};

use keyward_bench::{Failed, say};
use keyward_local::{
    kms::{FINGERPRINT_KEY, ROW_KEY, WRAPPING_KEY},
    sign_in::{PANEL_CLIENT, USER_POOL},
    stack::{DEPLOYMENT, TABLE, VAULT},
    test_issuer::TestIssuer,
};
use keyward_tests::runtime_api::RuntimeApi;
use tokio::process::Command;

use crate::{builds::Builds, settings::Settings, stand::Stand};

/// The key of the events.
const KEY_OF_EVENTS: &str = "key_019aa9a0-0000-7000-8000-000000000001";

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A function of Keyward, built from the checkout.
    Keyward,
    /// A function of Keyward, built from the commit to compare with.
    Base,
    /// What Keyward is measured beside.
    Beside,
}

/// A program to be measured.
pub(crate) struct Subject {
    /// Its name in the results.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    program: PathBuf,
    arguments: Vec<String>,
    folder: Option<PathBuf>,
    handler: String,
    event: String,
    /// The code that is uploaded, where it is one file.
    pub(crate) code: Option<PathBuf>,
}

/// Every subject of the settings. What this machine cannot run is left out, with a sentence that says so.
pub(crate) fn all(settings: &Settings, builds: &Builds, stand: &Stand) -> Result<Vec<Subject>, Failed> {
    // A name that does not exist is refused before anything is built.
    for function in &settings.functions {
        event(function, builds, stand)?;
    }
    let mut all = Vec::new();
    for name in &settings.beside {
        match beside(name, builds, stand) {
            Ok(subject) => all.push(subject),
            Err(error) => say(&format!("{name} is left out: {error}")),
        }
    }
    let now = match &settings.bootstrap {
        Some(binary) => binary.clone(),
        None => builds.bootstrap(&settings.profile)?,
    };
    for function in &settings.functions {
        all.push(keyward(function, function.clone(), Kind::Keyward, &now, builds, stand)?);
    }
    if let Some(base) = &settings.base {
        let then = builds.bootstrap_of(base, &settings.profile)?;
        for function in &settings.functions {
            all.push(keyward(function, format!("{function}@{base}"), Kind::Base, &then, builds, stand)?);
        }
    }
    Ok(all)
}

fn event(function: &str, builds: &Builds, stand: &Stand) -> Result<String, Failed> {
    let path = builds.places.root.join("events").join(format!("{function}.json"));
    let event = fs::read_to_string(&path)
        .map_err(|_| format!("BENCH_FUNCTIONS: there is no event for {function} in events/"))?;
    let mut event = serde_json::from_str(&event.replace(KEY_OF_EVENTS, &stand.key_id))?;
    TestIssuer::of_this_process()?.sign_event(&mut event)?;
    Ok(event.to_string())
}

fn keyward(
    function: &str,
    name: String,
    kind: Kind,
    program: &Path,
    builds: &Builds,
    stand: &Stand,
) -> Result<Subject, Failed> {
    Ok(Subject {
        name,
        kind,
        program: program.to_owned(),
        arguments: Vec::new(),
        folder: None,
        handler: function.to_owned(),
        event: event(function, builds, stand)?,
        code: Some(program.to_owned()),
    })
}

/// All of these answer the event of a signature.
fn beside(name: &str, builds: &Builds, stand: &Stand) -> Result<Subject, Failed> {
    let (program, arguments, folder, code) = match name {
        "empty" => one_file(builds.handler("slim", "empty_handler", "product")?),
        "get_item" => one_file(builds.handler("slim", "get_item", "product")?),
        "usual" => one_file(builds.handler("usual", "usual", "release")?),
        "node" => {
            let bundle = builds.node()?;
            (PathBuf::from("node"), vec![bundle.display().to_string()], None, Some(bundle))
        }
        "python" => {
            let (python, folder) = builds.python()?;
            let arguments = ["-m", "awslambdaric", "handler.handler"].map(str::to_owned).to_vec();
            (python, arguments, Some(folder), None)
        }
        other => {
            return Err(
                format!("BENCH_BESIDE has empty, get_item, usual, node and python, and no {other}").into()
            );
        }
    };
    let (name, handler) = (name.to_owned(), "handler.handler".to_owned());
    let event = event("sign_request", builds, stand)?;
    Ok(Subject { name, kind: Kind::Beside, program, arguments, folder, handler, event, code })
}

type Program = (PathBuf, Vec<String>, Option<PathBuf>, Option<PathBuf>);

fn one_file(program: PathBuf) -> Program {
    (program.clone(), Vec::new(), None, Some(program))
}

impl Subject {
    pub(crate) fn event(&self) -> String {
        self.event.clone()
    }

    /// The process, with the environment that Lambda gives a function.
    pub(crate) fn command(&self, runtime: &RuntimeApi, stand: &Stand) -> Result<Command, Failed> {
        let [dynamodb, kms, cognito] = &stand.back_end.urls;
        let roots = &stand.back_end.roots;
        // Keyward reads it in the place of Amazon's root certificates, and boto3 in the place of those that it brings.
        let bundle = match self.kind {
            Kind::Keyward | Kind::Base => &roots.after_amazons,
            Kind::Beside => &roots.after_the_systems,
        };
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("_HANDLER", &self.handler)
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "measured")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
            .env("AWS_ENDPOINT_URL_KMS", kms)
            .env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", cognito)
            .env("AWS_CA_BUNDLE", bundle)
            .env("SSL_CERT_FILE", &roots.after_the_systems)
            .env("NODE_EXTRA_CA_CERTS", &roots.alone)
            .env("NODE_NO_WARNINGS", "1")
            .env("KEYWARD_TABLE", TABLE)
            .env("KEYWARD_VAULT_TABLE", VAULT)
            .env("KEYWARD_WRAPPING_KEY", WRAPPING_KEY)
            .env("KEYWARD_FINGERPRINT_KEY", FINGERPRINT_KEY)
            .env("KEYWARD_ROW_KEY", ROW_KEY)
            .env("KEYWARD_DEPLOYMENT", DEPLOYMENT)
            .env("KEYWARD_EPOCH", "1")
            .env("KEYWARD_PANEL_CLIENT", PANEL_CLIENT)
            .env("KEYWARD_TOKEN_ISSUER", TestIssuer::NAME)
            .env("KEYWARD_TOKEN_KEYS", TestIssuer::of_this_process()?.key_set())
            .env("KEYWARD_USER_POOL", USER_POOL)
            .env("RUST_LOG", "error")
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Ok(command)
    }
}
