//! `make bench-scale`: the release build of the local stack with few keys, with many and with very many, asked the same in turns.
//! The results go to `target/bench/scale.json`; `make bench-report` makes a page of them. `SCALE_ONLY=search` measures a part, writes
//! `scale-only.json`, and fails where it takes too much longer with more keys.

mod operations;
mod room;

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::Duration,
};

use keyward_bench::{
    Failed,
    comparison::Comparisons,
    load::{self, Requests, Until},
    places::{Places, ran},
    say,
    server::Stack,
    settings::{number, seconds, variable},
};
use serde_json::{Value, json};

use self::operations::{Known, Operation};

struct Settings {
    operations: Vec<Operation>,
    sizes: Vec<u32>,
    rounds: usize,
    each: Duration,
    connections: usize,
}

impl Settings {
    fn from_environment() -> Result<Self, Failed> {
        let sizes = variable("SCALE").unwrap_or_else(|| "1000,100000,1000000".to_owned());
        let mut sizes: Vec<u32> = sizes
            .split(',')
            .map(|size| size.trim().parse().map_err(|_| "SCALE has numbers of keys, with commas between"))
            .collect::<Result<_, _>>()?;
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.first().is_none_or(|least| *least < operations::LEAST) {
            return Err(format!("SCALE has at least {} keys", operations::LEAST).into());
        }
        let only = variable("SCALE_ONLY");
        let chosen =
            |operation: &Operation| only.as_ref().is_none_or(|only| operation.name().contains(only.as_str()));
        let operations: Vec<_> = Operation::ALL.into_iter().filter(chosen).collect();
        if operations.is_empty() {
            return Err(
                "SCALE_ONLY is a part of the name of something that is asked, such as `search`".into()
            );
        }
        Ok(Self {
            operations,
            sizes,
            rounds: number("BENCH_ROUNDS", 5)?,
            each: seconds("BENCH_SECONDS", 3)?,
            connections: number("BENCH_CONNECTIONS", 4)?,
        })
    }
}

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_scale: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A stack with so many keys.
struct Sized {
    name: String,
    stack: Stack,
    known: Known,
}

fn bench() -> Result<(), Failed> {
    let places = Places::find()?;
    let settings = Settings::from_environment()?;
    room::ask_for(settings.sizes.iter().copied().map(u64::from).sum(), &places.bench)?;
    let (program, profile) = places.stack("bench")?;
    let folder = tempfile::tempdir_in(&places.bench)?;
    let stacks: Vec<_> =
        settings.sizes.iter().map(|size| filled(&program, folder.path(), *size)).collect::<Result<_, _>>()?;
    say(&format!(
        "{} rounds of {} operations, {} s each with each of {} stacks, over {} connections",
        settings.rounds,
        settings.operations.len(),
        settings.each.as_secs(),
        stacks.len(),
        settings.connections
    ));
    let mut comparisons = Comparisons::default();
    for operation in settings.operations.iter().copied() {
        for sized in &stacks {
            run(operation, sized, settings.connections, Duration::from_secs(1))?;
        }
    }
    for round in 0..settings.rounds {
        for operation in settings.operations.iter().copied() {
            for turn in 0..stacks.len() {
                let Some(sized) = stacks.get((round + turn) % stacks.len()) else { continue };
                let run = run(operation, sized, settings.connections, settings.each)?;
                comparisons.of(operation.name()).add(&sized.name, run);
            }
        }
    }
    comparisons.tell();
    let results: [(&str, Value); 6] = [
        ("profile", json!(profile)),
        ("sizes", json!(settings.sizes)),
        ("rounds", json!(settings.rounds)),
        ("seconds", json!(settings.each.as_secs())),
        ("connections", json!(settings.connections)),
        ("conditions", comparisons.written()),
    ];
    // A part of it takes the place of no whole.
    let name = if settings.operations.len() == Operation::ALL.len() { "scale" } else { "scale-only" };
    places.write(name, results.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())?;
    let slower = comparisons.slower_than(MOST_TIMES);
    if slower.is_empty() || variable("SCALE_ONLY").is_none() {
        return Ok(());
    }
    Err(format!("more than {MOST_TIMES} times as long with more keys: {}", slower.join("; ")).into())
}

/// With however many keys, what `SCALE_ONLY` chooses may take so many times as long as with the fewest.
const MOST_TIMES: f64 = 1.5;

/// Loads the keys, and starts a stack over them.
fn filled(program: &Path, folder: &Path, keys: u32) -> Result<Sized, Failed> {
    let data_dir = folder.join(keys.to_string());
    say(&format!("Storing {keys} keys"));
    let arguments = ["fill", &keys.to_string()];
    ran(
        Command::new(program).args(arguments).env("DATA_DIR", &data_dir).status(),
        "keyward-local",
        &arguments,
    )?;
    let stack = Stack::start(program, &data_dir)?;
    let known = Known::of(&stack, keys)?;
    Ok(Sized { name: format!("{keys} keys"), stack, known })
}

fn run(
    operation: Operation,
    sized: &Sized,
    connections: usize,
    lasts: Duration,
) -> Result<load::Run, Failed> {
    let requests = Requests::new(operation.requests(&sized.stack, &sized.known)?);
    let run = load::run(&sized.stack.server, &requests, connections, Until::Elapsed(lasts));
    run.map_err(|error| format!("{} with {}: {error}", operation.name(), sized.name).into())
}
