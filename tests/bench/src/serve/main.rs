//! `make bench-serve`: the release build of the local stack beside OpenBao on the same machine, over the same number of connections
//! and in turns. The results go to `target/bench/serve.json`; `make bench-report` makes a page of them.

mod workloads;

use std::{path::Path, process::ExitCode, thread, time::Duration};

use keyward_bench::{
    Failed,
    comparison::Comparisons,
    load::{self, Requests, Until},
    places::Places,
    say,
    server::{OpenBao, Stack},
    settings::{number, seconds, variable},
};
use serde_json::{Value, json};

use self::workloads::{Keys, Workload};

/// What the two do differently while they do the same. A reader of the figures needs it.
const DIFFERENCES: [&str; 6] = [
    "Keyward checks the RS256 signature of an access token on each request; OpenBao looks up a token that it has made itself.",
    "Keyward's stack runs the functions as on AWS: from the event of API Gateway to the calls of the AWS SDK, which an embedded \
     DynamoDB and KMS answer. OpenBao is one program over its own storage.",
    "Keyward syncs each commit to disk before it answers, receipts of uses too. OpenBao syncs stored secrets, and writes audit lines without a sync.",
    "A store of Keyward is a key, its first version, a sealed entry and an entry of a chained audit log, with two indexes; a store \
     of OpenBao is one entry.",
    "A read and a list of Keyward show keys masked, and a list shows every member of a summary. OpenBao's read shows the secret, \
     and its list shows names alone.",
    "A signature of Keyward leaves a receipt that is listed with the key. OpenBao's HMAC leaves a line in the audit file alone.",
];

/// Before a stack's idle time is measured: what it still had to do is done by then.
const SETTLE: Duration = Duration::from_secs(5);

struct Settings {
    rounds: usize,
    each: Duration,
    connections: usize,
    receipts: usize,
    idle: Duration,
}

impl Settings {
    fn from_environment() -> Result<Self, Failed> {
        Ok(Self {
            rounds: number("BENCH_ROUNDS", 5)?,
            each: seconds("BENCH_SECONDS", 4)?,
            connections: number("BENCH_CONNECTIONS", 8)?,
            receipts: number("BENCH_RECEIPTS", 20_000)?,
            idle: seconds("BENCH_IDLE", 30)?,
        })
    }
}

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_serve: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), Failed> {
    let places = Places::find()?;
    let settings = Settings::from_environment()?;
    let (program, profile) = places.stack("bench")?;
    let folder = tempfile::tempdir_in(&places.bench)?;
    let stack = Stack::start(&program, &folder.path().join("keyward"))?;
    let keys = Keys::store(&stack)?;
    let bao = match variable("OPENBAO") {
        Some(bao) => Some(OpenBao::start(Path::new(&bao), &folder.path().join("openbao"))?),
        None => {
            say("OpenBao is left out: the variable OPENBAO does not say where it is.");
            None
        }
    };
    let mut comparisons = Comparisons::default();
    let all = workloads::all(bao.as_ref())?;
    say(&format!(
        "{} rounds of {} loads of {} s over {} connections",
        settings.rounds,
        all.len(),
        settings.each.as_secs(),
        settings.connections
    ));
    for workload in &all {
        run(workload, &stack, &keys, &settings, Duration::from_secs(1))?;
    }
    for round in 0..settings.rounds {
        for turn in 0..all.len() {
            let Some(workload) = all.get((round + turn) % all.len()) else { continue };
            let run = run(workload, &stack, &keys, &settings, settings.each)?;
            comparisons.of(workload.what).add(workload.subject, run);
        }
    }
    after_receipts(&program, folder.path(), &settings, &mut comparisons)?;
    comparisons.tell();
    let idle = idle(&stack, settings.idle)?;
    say(&format!("\nThe stack used {:.2} % of a core while nobody asked it anything.", idle * 100.0));
    DIFFERENCES.iter().for_each(|difference| say(&format!("- {difference}")));
    let results: [(&str, Value); 7] = [
        ("profile", json!(profile)),
        ("rounds", json!(settings.rounds)),
        ("seconds", json!(settings.each.as_secs())),
        ("connections", json!(settings.connections)),
        ("differences", json!(DIFFERENCES)),
        ("idle_share_of_a_core", json!(idle)),
        ("conditions", comparisons.written()),
    ];
    places.write("serve", results.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

/// One load. Its requests are made anew, since access tokens live for minutes.
fn run(
    workload: &Workload<'_>,
    stack: &Stack,
    keys: &Keys,
    settings: &Settings,
    lasts: Duration,
) -> Result<load::Run, Failed> {
    let (server, request) = workload.request(stack, keys)?;
    let requests = Requests::new(vec![request]);
    let run = load::run(server, &requests, settings.connections, Until::Elapsed(lasts));
    run.map_err(|error| format!("{} of {}: {error}", workload.what, workload.subject).into())
}

/// Signs on a stack of its own until there are many receipts, and then in turns with stacks that are new. It holds what they hold,
/// but for the receipts.
fn after_receipts(
    program: &Path,
    folder: &Path,
    settings: &Settings,
    comparisons: &mut Comparisons,
) -> Result<(), Failed> {
    const AT_ONCE: usize = 2_000;
    const WHAT: &str = "sign after many receipts";
    let with_receipts = format!("stack with {} receipts", settings.receipts);
    let stack = Stack::start(program, &folder.join("receipts"))?;
    let keys = Keys::store(&stack)?;
    say(&format!("Signing {} times", settings.receipts));
    let mut left = settings.receipts;
    while left > 0 {
        let now = left.min(AT_ONCE);
        let requests = Requests::new(vec![keys.sign(&stack, &keys.aws4)?]);
        load::run(&stack.server, &requests, settings.connections, Until::Answers(u64::try_from(now)?))?;
        left -= now;
    }
    for round in 0..settings.rounds {
        let new = Stack::start(program, &folder.join(format!("new-{round}")))?;
        let its_keys = Keys::store(&new)?;
        for (subject, stack, keys) in
            [("new stack", &new, &its_keys), (with_receipts.as_str(), &stack, &keys)]
        {
            let requests = Requests::new(vec![keys.sign(stack, &keys.aws4)?]);
            let sign =
                |lasts| load::run(&stack.server, &requests, settings.connections, Until::Elapsed(lasts));
            sign(Duration::from_secs(1))?;
            comparisons.of(WHAT).add(subject, sign(settings.each)?);
        }
    }
    Ok(())
}

/// The share of a core that a stack takes while it is asked nothing.
fn idle(stack: &Stack, lasts: Duration) -> Result<f64, Failed> {
    thread::sleep(SETTLE);
    say(&format!("Leaving the stack alone for {} s", lasts.as_secs()));
    let before = stack.server.cpu_time()?;
    thread::sleep(lasts);
    Ok((stack.server.cpu_time()?.saturating_sub(before)).as_secs_f64() / lasts.as_secs_f64())
}
