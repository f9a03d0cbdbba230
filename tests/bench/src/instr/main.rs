//! `make bench-instr`: counts the instructions of pieces of the product's work, beside a commit before. Callgrind counts them:
//! the result hardly depends on the machine, and not at all on how busy it is.
//!
//! Each piece of work is done by a process of its own, once N times and once 2 N times. The difference has nothing of the
//! process's start. The results go to `target/bench/instr.json`.

mod callgrind;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use keyward_bench::{
    Failed,
    commits::Program,
    places::Places,
    say,
    settings::{number, variable},
    spread::{Spread, is_worse},
};
use serde_json::{Map, Value, json};

/// What does the work.
const COUNTED: Program = Program { binary: "counted", what: &["--workspace", "--bin", "counted"] };
/// The file by which a commit has it.
const MANIFEST: &str = "tests/bench/counted/Cargo.toml";
/// The measure, in the results.
const MEASURE: &str = "instructions";

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_instr: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), Failed> {
    callgrind::is_there()?;
    let places = Places::find()?;
    let profile = variable("BENCH_PROFILE").unwrap_or_else(|| "bench".to_owned());
    let times = number("BENCH_TIMES", 100)?;
    let base = places.commit(&variable("BASE").unwrap_or_else(|| "HEAD^".to_owned()))?;

    let now = places.built_now(COUNTED, &profile)?;
    let names = work_of(&now)?;
    let mut jobs: Vec<Job> = names.iter().map(|name| Job::new(&now, "now", name, times)).collect();
    if places.has_file(&base, MANIFEST)? {
        let then = places.built_at(&base, COUNTED, &profile)?;
        let known = work_of(&then)?;
        let known = names.iter().filter(|name| known.contains(name));
        jobs.extend(known.map(|name| Job::new(&then, &base, name, times)));
    }

    let folder = places.bench.join("callgrind");
    std::fs::create_dir_all(&folder)?;
    say(&format!(
        "Counting the instructions of {} pieces of work, {times} and {} times",
        jobs.len(),
        2 * times
    ));
    let mut counts = callgrind::count_all(&jobs, &folder)?;
    let mut of = |at: &str| -> Counts { counts.remove(at).unwrap_or_default() };
    let results = Results { names, now: of("now"), before: of(&base), base };
    results.tell();
    let written = [
        ("base", json!(results.base)),
        ("profile", json!(profile)),
        ("repetitions", json!(times)),
        ("conditions", json!({ "callgrind": results.written() })),
    ];
    places.write("instr", written.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

/// The instructions of one repetition, by piece of work.
type Counts = BTreeMap<String, f64>;

/// A piece of work to count.
struct Job {
    program: PathBuf,
    /// `now`, or the commit.
    at: String,
    name: String,
    times: usize,
}

impl Job {
    fn new(program: &Path, at: &str, name: &str, times: usize) -> Self {
        Self { program: program.to_owned(), at: at.to_owned(), name: name.to_owned(), times }
    }
}

/// The names of the work that a program does.
fn work_of(program: &Path) -> Result<Vec<String>, Failed> {
    let output = Command::new(program).arg("list").stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the program that does the work lists none".into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

struct Results {
    names: Vec<String>,
    now: Counts,
    before: Counts,
    base: String,
}

impl Results {
    fn ratio(&self, name: &str) -> Option<f64> {
        Some(self.now.get(name)? / self.before.get(name)?)
    }

    fn worse(&self) -> impl Iterator<Item = (&str, f64)> {
        let ratios = self.names.iter().filter_map(|name| Some((name.as_str(), self.ratio(name)?)));
        ratios.filter(|(_, ratio)| is_worse(*ratio))
    }

    fn tell(&self) {
        say(&format!("\n{:40} instructions  ratio to {}", "", self.base));
        for name in &self.names {
            let Some(now) = self.now.get(name) else { continue };
            let ratio =
                self.ratio(name).map_or_else(|| "not there".to_owned(), |ratio| format!("{ratio:.3}"));
            say(&format!("{name:40} {:>12}  {ratio}", thousands(*now)));
        }
        for (name, ratio) in self.worse() {
            say(&format!("WORSE: {name} takes {ratio:.2} times the instructions that it took"));
        }
    }

    /// In the shape of the results of cold starts.
    fn written(&self) -> Value {
        let spread = |figure: f64| json!({ MEASURE: Spread::of([figure]) });
        let mut subjects = Map::new();
        let mut ratios = Map::new();
        for name in &self.names {
            let then = format!("{name}@{}", self.base);
            if let Some(now) = self.now.get(name) {
                subjects.insert(name.clone(), json!({ "medians": spread(*now) }));
            }
            if let Some(before) = self.before.get(name) {
                subjects.insert(then.clone(), json!({ "medians": spread(*before) }));
            }
            if let Some(ratio) = self.ratio(name) {
                ratios.insert(format!("{name} / {then}"), spread(ratio));
            }
        }
        let slower =
            |(name, ratio)| json!({ "function": name, "measure": MEASURE, "ratio": Spread::of([ratio]) });
        let slower: Vec<Value> = self.worse().map(slower).collect();
        let absent = self.names.iter().filter(|name| !self.before.contains_key(*name));
        json!({
            "subjects": subjects,
            "ratios": ratios,
            "slower": slower,
            "absent_in_base": absent.collect::<Vec<_>>(),
        })
    }
}

/// A count with a comma between each three digits.
fn thousands(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let counts = |counts: &[(&str, f64)]| {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Counts>()
        };
        Results {
            names: ["event", "view", "list"].map(str::to_owned).to_vec(),
            now: counts(&[("event", 120.0), ("view", 109.0), ("list", 50.0)]),
            before: counts(&[("event", 100.0), ("view", 100.0)]),
            base: "abc".to_owned(),
        }
    }

    #[test]
    fn what_takes_a_tenth_more_is_named_and_the_rest_is_not() {
        assert_eq!(results().worse().collect::<Vec<_>>(), [("event", 1.2)]);
    }

    #[test]
    fn work_that_the_base_does_not_have_has_no_ratio_and_is_said() {
        let written = results().written();
        assert_eq!(written["absent_in_base"], json!(["list"]));
        let ratios: Vec<_> = written["ratios"].as_object().unwrap().keys().collect();
        assert_eq!(ratios, ["event / event@abc", "view / view@abc"]);
        assert_eq!(written["subjects"]["list"]["medians"]["instructions"]["median"], 50.0);
        assert_eq!(written["slower"][0]["ratio"]["median"], 1.2);
    }

    #[test]
    fn counts_are_written_with_commas() {
        assert_eq!([0.4, 999.0, 1_000.0, 1_234_567.0].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
