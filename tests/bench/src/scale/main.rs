//! `make bench-scale`: the release build of the local stack with few keys, with many and with very many, asked the same in turns.
//! The results go to `target/bench/scale.json`; `make bench-report` makes a page of them.

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
        Ok(Self {
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
        Operation::ALL.len(),
        settings.each.as_secs(),
        stacks.len(),
        settings.connections
    ));
    let mut comparisons = Comparisons::default();
    for operation in Operation::ALL {
        for sized in &stacks {
            run(operation, sized, settings.connections, Duration::from_secs(1))?;
        }
    }
    for round in 0..settings.rounds {
        for operation in Operation::ALL {
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
    places.write("scale", results.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

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
