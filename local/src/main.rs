//! `make run`, and the other commands of the Makefile that ask or change the local stack.

use std::{
    env,
    error::Error,
    io::{IsTerminal, Write},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use keyward_functions::{system::SystemClock, table};
use keyward_local::{
    bulk,
    data_dir::{self, DataDir},
    demo_system::{DemoSystem, HOST},
    sign_in::{NewClient, ask_running_stack, current_code, make_client, stored_logins},
    stack::{Options, Stack, Triggers},
    upstreams::{Upstreams, UpstreamsError},
};
use keyward_shared::moment::Clock;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::UnboundedReceiver,
};

const USAGE: &str = "usage: keyward-local run | token --user EMAIL | token --client ID | client NAME | code EMAIL | \
    logins | reset | openapi | fill KEYS";

/// What is logged unless `RUST_LOG` says otherwise: warnings and faults, but no refusal by a condition of DynamoDB, which is usual.
/// `info` adds a line for each request.
const QUIET: &str = "warn,dynoxide::server=error";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["run"] => run(),
        ["token", "--user" | "--client", name] => token(name),
        ["client", name] => client(name),
        ["code", email] => code(email),
        ["logins"] => logins(),
        ["reset"] => reset(),
        ["openapi"] => print_openapi(),
        ["fill", keys] => fill(keys),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&*error);
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn Error>>;

#[expect(clippy::print_stderr, reason = "a command line tool says what went wrong")]
fn say_error(error: &dyn Error) {
    eprintln!("keyward-local: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprintln!("  because: {error}");
        source = error.source();
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::disallowed_methods, reason = "the settings of the local stack")]
fn setting(name: &str, otherwise: &str) -> String {
    env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.to_owned())
}

fn data_dir() -> PathBuf {
    PathBuf::from(setting("DATA_DIR", ".keyward"))
}

fn port() -> Result<u16, Box<dyn Error>> {
    setting("PORT", "8080").parse().map_err(|_| "PORT must be a number from 0 to 65535".into())
}

fn upstreams() -> Result<Upstreams, UpstreamsError> {
    let upstreams: Upstreams = setting("UPSTREAMS", "").parse()?;
    match setting("UPSTREAM_CA", "").as_str() {
        "" => Ok(upstreams),
        path => upstreams.trusting_file(Path::new(path)),
    }
}

fn run() -> Outcome {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(setting("RUST_LOG", QUIET)))
        .with_writer(std::io::stderr)
        .init();
    let upstreams = upstreams()?;
    let stand_ins = upstreams.to_string();
    let data_dir = data_dir();
    let port = port()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        DataDir::prepare(&data_dir)?;
        // Beside the stack's port, so that it is the same at each start.
        let beside = if port == 0 { 0 } else { port.saturating_add(1) };
        let demo = DemoSystem::start(beside, &data_dir).await?;
        let options = Options {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            data_dir: data_dir.clone(),
            upstreams: demo.among(upstreams)?,
            panel: Some(PathBuf::from(setting("PANEL_DIR", "panel/dist"))),
            triggers: Triggers::ByThemselves,
            observer: None,
        };
        let stack = Stack::start(options).await?;
        let demo = store_app(demo, &stack, &data_dir).await?;
        // Before the banner: the reader of the banner may stop the program at once.
        let mut terminate = signal(SignalKind::terminate())?;
        say_what_runs(&stack, &data_dir, &stand_ins, &demo);
        let invitations = stack.embedded().invitations();
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome?,
            _ = terminate.recv() => {}
            () = tell_of(invitations) => {}
        }
        stack.stop().await?;
        Ok(())
    })
}

/// Stores the app of the demo's system. The stack runs without it, too: its owner may have gone.
async fn store_app(demo: DemoSystem, stack: &Stack, data_dir: &Path) -> Result<DemoSystem, Box<dyn Error>> {
    let port = stack.origin().rsplit(':').next().unwrap_or_default().parse()?;
    let data_dir = data_dir.to_owned();
    let storing = tokio::task::spawn_blocking(move || {
        if let Err(error) = demo.store_app(&data_dir, port) {
            tracing::warn!(error = &error as &dyn Error, "the demo's system has no app");
        }
        demo
    });
    Ok(storing.await?)
}

/// The banner: at most 20 lines.
fn say_what_runs(stack: &Stack, data_dir: &Path, stand_ins: &str, demo: &DemoSystem) {
    stack.sign_in().banner().iter().for_each(|line| say(line));
    let data_dir = data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned());
    say(&format!("Data, with the keys that open it: {}. `make reset` moves it aside.", data_dir.display()));
    let embedded = stack.embedded();
    let (dynamodb, kms) = (embedded.dynamodb_url(), embedded.kms_url());
    let (cognito, sqs) = (embedded.cognito_url(), embedded.sqs_url());
    say(&format!("Embedded services: DynamoDB {dynamodb}, KMS {kms}, Cognito {cognito}, SQS {sqs}"));
    say(&format!(
        "To connect a key by consent: the app \"Demo system\", API https://{HOST}/v1, consent {}",
        demo.origin()
    ));
    say(&format!("To send events to: https://{HOST}/hooks. What arrived: {}/received", demo.origin()));
    if !stand_ins.is_empty() {
        say(&format!("Servers of your own: {stand_ins}"));
    }
    say("Warnings and faults are shown here; RUST_LOG=info shows each request too. Press Ctrl-C to stop.");
}

/// Tells of everybody who is invited, in the place of the mail that AWS sends; for as long as the stack runs.
async fn tell_of(invitations: Option<UnboundedReceiver<Vec<String>>>) {
    if let Some(mut invitations) = invitations {
        while let Some(lines) = invitations.recv().await {
            say("Invited (password, then TOTP secret for an authenticator app):");
            lines.iter().for_each(|line| say(line));
        }
    }
    std::future::pending().await
}

/// Asks the running stack for a token, as of a sign-in just now.
fn token(name: &str) -> Outcome {
    DataDir::look(&data_dir())?;
    say(&ask_running_stack(&data_dir(), port()?, name)?);
    Ok(())
}

/// Makes a machine client at the running stack.
fn client(name: &str) -> Outcome {
    DataDir::look(&data_dir())?;
    let (account, environment) = (setting("ACCOUNT", "acme"), setting("ENVIRONMENT", "test"));
    let permissions = setting("PERMISSIONS", "keys:use");
    let made = NewClient { name, account: &account, environment: &environment, permissions: &permissions };
    make_client(&data_dir(), port()?, &made)?;
    say(&format!(
        "{name} may use {environment} keys of {account} ({permissions}): make -s token CLIENT={name}"
    ));
    Ok(())
}

/// The code that somebody signs in with now, beside the password.
fn code(email: &str) -> Outcome {
    DataDir::look(&data_dir())?;
    say(current_code(&data_dir(), email, SystemClock.now())?.expose());
    Ok(())
}

/// Everybody who can sign in, and every machine client, with their secrets.
fn logins() -> Outcome {
    DataDir::look(&data_dir())?;
    stored_logins(&data_dir())?.iter().for_each(|line| say(line));
    Ok(())
}

/// Moves the data directory aside.
fn reset() -> Outcome {
    let directory = data_dir();
    match data_dir::move_aside(&directory, SystemClock.now())? {
        Some(aside) => {
            say(&format!("Moved {} to {}. Nothing was deleted.", directory.display(), aside.display()))
        }
        None => {
            say(&format!("There is nothing to move: {} is empty or does not exist.", directory.display()))
        }
    }
    Ok(())
}

fn print_openapi() -> Outcome {
    say(&serde_json::to_string_pretty(&table::document())?);
    Ok(())
}

/// Adds many keys to the data directory, for measurements.
fn fill(keys: &str) -> Outcome {
    let keys: u32 = keys.parse().map_err(|_| "fill takes the number of keys to add")?;
    let mut bar = Bar::of(keys);
    bulk::fill(&data_dir(), keys, |done| bar.show(done))?;
    Ok(())
}

/// How far a load is: a bar that moves in a terminal, and a line for each tenth elsewhere.
struct Bar {
    whole: u32,
    tenths_shown: u32,
    moves: bool,
}

impl Bar {
    const WIDTH: u32 = 40;

    fn of(whole: u32) -> Self {
        Self { whole, tenths_shown: 0, moves: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, done: u32) {
        let part = |parts: u32| u64::from(done) * u64::from(parts) / u64::from(self.whole.max(1));
        let mut out = std::io::stderr();
        let shown = if self.moves {
            let bar: String = (0..Self::WIDTH)
                .map(|at| if u64::from(at) < part(Self::WIDTH) { '#' } else { '.' })
                .collect();
            let end = if done >= self.whole { "\n" } else { "" };
            write!(out, "\r[{bar}] {done} of {} keys{end}", self.whole)
        } else if part(10) > u64::from(self.tenths_shown) {
            self.tenths_shown = u32::try_from(part(10)).unwrap_or(10);
            writeln!(out, "{done} of {} keys", self.whole)
        } else {
            Ok(())
        };
        // A terminal that is gone stops no load.
        shown.and_then(|()| out.flush()).ok();
    }
}
