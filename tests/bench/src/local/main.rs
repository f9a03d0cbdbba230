//! `make bench-local`: how many signatures a second the debug build of the local stack gives, what it uses while nobody asks,
//! and whether it gets slower when many receipts are kept. `BEFORE=<program>` measures another build in turns with it, and
//! `BENCH_FIRST_BUILD=1` how long the first build takes. The results go to `target/bench/local.json`.

mod load;
mod program;
mod receipts;

use std::{
    env,
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use keyward_bench::{Failed, places::Places, say, settings::variable, spread::Spread};
use serde::Serialize;
use serde_json::{Map, json};

use self::{load::ask, program::Program};

/// A program under load for some seconds.
#[derive(Debug, Serialize)]
struct Run {
    signatures_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// What each signature costs, with everything that follows from it.
    cpu_ms: f64,
}

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_local: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), Failed> {
    let (rounds, seconds) = (number("BENCH_ROUNDS", 3)?, seconds("BENCH_SECONDS", 10)?);
    let connections = usize::try_from(number("BENCH_CONNECTIONS", 8)?)?;
    let paths = env::args_os().skip(1);
    let mut programs = paths.map(|path| Program::start(Path::new(&path))).collect::<Result<Vec<_>, _>>()?;
    if programs.is_empty() {
        return Err("usage: bench_local PROGRAM [PROGRAM BEFORE]".into());
    }
    let places = Places::find()?;
    let receipts = number("BENCH_RECEIPTS", 200_000)?;
    let mut results = Map::from_iter([
        ("seconds".to_owned(), json!(seconds.as_secs())),
        ("connections".to_owned(), json!(connections)),
        ("receipts".to_owned(), json!(receipts)),
        ("first_build_seconds".to_owned(), json!(first_build(&places)?)),
    ]);
    let names: Vec<_> = programs.iter().map(|program| &program.name).collect();
    results.insert("programs".to_owned(), json!(names));
    let quiet = self::seconds("BENCH_IDLE", 30)?;
    results.insert("idle_percent_of_a_core".to_owned(), json!(idle(&programs, quiet)?));
    let first = in_turns(&programs, rounds, connections, seconds)?;
    if receipts > 0 {
        for program in &mut programs {
            program.stop()?;
            receipts::add(&program.data_dir(), receipts)?;
            program.start_again()?;
        }
        say(&format!("\nWith {receipts} receipts more:"));
        let then = in_turns(&programs, rounds, connections, seconds)?;
        let slower = programs.iter().zip(then.iter().zip(&first)).filter_map(|(program, (then, first))| {
            let ratio = Spread::of_ratios(then, first, |run| run.signatures_per_second)?;
            say(&format!("{}: {:.2} times what it was without them", program.name, ratio.median));
            Some((program.name.clone(), json!(ratio)))
        });
        results.insert("after_receipts".to_owned(), slower.collect::<Map<_, _>>().into());
        results.insert("idle_after_receipts".to_owned(), json!(idle(&programs, quiet)?));
        results.insert("runs_after_receipts".to_owned(), json!(then));
    }
    results.insert("runs".to_owned(), json!(first));
    places.write("local", results)
}

/// The seconds of a build of the local stack into an empty folder, with the crates downloaded. `None` unless it is asked for: it
/// takes minutes and all cores.
fn first_build(places: &Places) -> Result<Option<f64>, Failed> {
    if variable("BENCH_FIRST_BUILD").is_none() {
        return Ok(None);
    }
    let target = tempfile::tempdir_in(&places.bench)?;
    say("Building the local stack into an empty folder");
    let begun = Instant::now();
    let what = ["--workspace", "--bin", "keyward-local"];
    Places::cargo(&places.root, target.path(), "dev", &what)?;
    let took = begun.elapsed().as_secs_f64();
    say(&format!("The first build took {took:.0} s"));
    Ok(Some(took))
}

/// Measures every program once in each round, and returns the runs of each.
fn in_turns(
    programs: &[Program],
    rounds: u32,
    connections: usize,
    time: Duration,
) -> Result<Vec<Vec<Run>>, Failed> {
    for program in programs {
        // Not counted: the first requests fill caches.
        ask(program.address()?, &program.signing()?, connections, time / 5)?;
    }
    let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (program, runs) in programs.iter().zip(&mut runs) {
            runs.push(measure(program, connections, time)?);
        }
    }
    if let [now, before] = runs.as_slice()
        && let Some(ratio) = Spread::of_ratios(now, before, |run| run.signatures_per_second)
    {
        let Spread { median, least, greatest } = ratio;
        say(&format!("{median:.2} ({least:.2}-{greatest:.2}) times the other program"));
    }
    Ok(runs)
}

fn measure(program: &Program, connections: usize, time: Duration) -> Result<Run, Failed> {
    let request = program.signing()?;
    let used = program.cpu_time()?;
    let times = ask(program.address()?, &request, connections, time)?;
    let used = program.cpu_time()?.saturating_sub(used);
    #[expect(clippy::cast_precision_loss, reason = "a bench has few answers")]
    let answers = times.answers() as f64;
    let run = Run {
        signatures_per_second: answers / time.as_secs_f64(),
        p50_ms: times.within_ms(50),
        p99_ms: times.within_ms(99),
        cpu_ms: used.as_secs_f64() * 1_000.0 / answers,
    };
    let Run { signatures_per_second, p50_ms, p99_ms, cpu_ms } = run;
    say(&format!(
        "{}: {signatures_per_second:.0} signatures/s, p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, CPU {cpu_ms:.2} ms each",
        program.name
    ));
    Ok(run)
}

/// What each program uses while nobody asks, in percent of a core.
fn idle(programs: &[Program], time: Duration) -> Result<Vec<f64>, Failed> {
    let used = || programs.iter().map(Program::cpu_time).collect::<Result<Vec<_>, _>>();
    // What follows from the last requests comes to its end first.
    thread::sleep(Duration::from_secs(2));
    let before = used()?;
    thread::sleep(time);
    let shares = before
        .into_iter()
        .zip(used()?)
        .map(|(before, after)| after.saturating_sub(before).as_secs_f64() / time.as_secs_f64() * 100.0);
    let shares: Vec<f64> = shares.collect();
    for (program, share) in programs.iter().zip(&shares) {
        say(&format!("{}: idle, it uses {share:.2} % of a core", program.name));
    }
    Ok(shares)
}

#[expect(clippy::disallowed_methods, reason = "a bench has no configuration but its environment")]
fn number(name: &str, default: u32) -> Result<u32, Failed> {
    match env::var(name).ok().filter(|value| !value.is_empty()) {
        Some(text) => text.parse().map_err(|_| format!("{name} is a number").into()),
        None => Ok(default),
    }
}

fn seconds(name: &str, default: u32) -> Result<Duration, Failed> {
    Ok(Duration::from_secs(number(name, default)?.max(1).into()))
}
