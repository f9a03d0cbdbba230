//! Does one piece of the product's work many times, so that `make bench-instr` can count its instructions.
//!
//! `counted list` writes the names of the pieces, and `counted NAME TIMES` does one of them. Nothing waits for anything outside
//! the process: the ports of the domain are in memory, and what DynamoDB would answer is prepared. The difference between two
//! processes with different numbers of repetitions has nothing of what a process does while it starts.

mod keys;
mod prepared;
mod work;
mod world;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use self::work::Work;

/// Why a piece of work was not done.
type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("counted: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the person who started the program reads it")]
fn say(line: &str) {
    eprintln!("{line}");
}

fn run(arguments: &[String]) -> Result<(), Failed> {
    match arguments {
        [list] if list == "list" => {
            let mut out = io::stdout().lock();
            for (name, _) in Work::all() {
                writeln!(out, "{name}")?;
            }
            Ok(())
        }
        [name, times] => {
            let times = times.parse()?;
            let mut all = Work::all().into_iter();
            let (_, work) = all.find(|(known, _)| known == name).ok_or("there is no such work")?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            runtime.block_on(work.repeat(times))
        }
        _ => Err("give `list`, or the name of a piece of work and how often to do it".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_work_can_be_done_more_than_once() {
        for (name, _) in Work::all() {
            run(&[name.clone(), "2".to_owned()]).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn work_that_is_not_known_is_refused() {
        assert!(run(&["fly".to_owned(), "2".to_owned()]).is_err());
        assert!(run(&["list".to_owned(), "2".to_owned()]).is_err());
    }
}
