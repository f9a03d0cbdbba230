//! `make run`, `make token` and `make openapi`.

use std::{
    env,
    error::Error,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use keyward_functions::{
    compose::{SystemClock, SystemRandom},
    openapi,
};
use keyward_local::{
    sign_in::{ask_running_stack, current_code, make_client},
    stack::{Options, Stack, Triggers},
    upstreams::{Upstreams, UpstreamsError},
};
use keyward_shared::moment::Clock;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::UnboundedReceiver,
};

const USAGE: &str =
    "usage: keyward-local run | token --user EMAIL | token --client ID | client NAME | code EMAIL | openapi";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["run"] => run(),
        ["token", "--user" | "--client", name] => token(name),
        ["client", name] => client(name),
        ["code", email] => code(email),
        ["openapi"] => print_openapi(),
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
        .with_env_filter(tracing_subscriber::EnvFilter::new(setting(
            "RUST_LOG",
            "info,aws=warn,dynoxide=warn",
        )))
        .with_writer(std::io::stderr)
        .init();
    let upstreams = upstreams()?;
    let stand_ins = upstreams.to_string();
    let options = Options {
        address: (Ipv4Addr::LOCALHOST, port()?).into(),
        data_dir: data_dir(),
        upstreams,
        panel: Some(PathBuf::from(setting("PANEL_DIR", "panel/dist"))),
        triggers: Triggers::ByThemselves,
        observer: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stack = Stack::start(options).await?;
        say("Keyward runs LOCALLY: for trying it out, never for real credentials of others.");
        for line in stack.sign_in().banner() {
            say(&line);
        }
        say("Embedded services:");
        say(&format!("  DynamoDB               {}", stack.embedded().dynamodb_url()));
        say(&format!("  KMS                    {}", stack.embedded().kms_url()));
        say(&format!("  Cognito                {}", stack.embedded().cognito_url()));
        if !stand_ins.is_empty() {
            say("Servers of your own:");
            say(stand_ins.trim_end());
        }
        say("Press Ctrl-C to stop.");
        let mut terminate = signal(SignalKind::terminate())?;
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
    say(&ask_running_stack(&data_dir(), port()?, name)?);
    Ok(())
}

/// Makes a machine client, which may do nothing until an operator says so.
fn client(name: &str) -> Outcome {
    Ok(make_client(&data_dir(), name, &SystemRandom)?)
}

/// The code that somebody signs in with now, beside the password.
fn code(email: &str) -> Outcome {
    say(current_code(&data_dir(), email, SystemClock.now())?.expose());
    Ok(())
}

fn print_openapi() -> Outcome {
    say(&serde_json::to_string_pretty(&openapi::document())?);
    Ok(())
}
