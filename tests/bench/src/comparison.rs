//! Several servers that do the same in turns, and the file that says how they did: the same shape as that of the cold starts.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{load::Run, say, spread::Spread};

/// A figure of a run, by its name.
type Measure = (&'static str, fn(&Run) -> f64);

/// What is compared of two runs.
const MEASURES: [Measure; 6] = [
    ("requests_per_second", |run| run.requests_per_second),
    ("p50_ms", |run| run.p50_ms),
    ("p95_ms", |run| run.p95_ms),
    ("p99_ms", |run| run.p99_ms),
    ("cpu_ms", |run| run.cpu_ms),
    #[expect(clippy::cast_precision_loss, reason = "no process has so many bytes")]
    ("memory_bytes", |run| run.memory_bytes as f64),
];

/// The runs of each subject that did one thing, round by round. The first subject is what the others are compared with.
#[derive(Default)]
pub struct Comparison {
    runs: Vec<(String, Vec<Run>)>,
}

impl Comparison {
    /// Takes down a run of a subject.
    pub fn add(&mut self, subject: &str, run: Run) {
        match self.runs.iter_mut().find(|(name, _)| name == subject) {
            Some((_, runs)) => runs.push(run),
            None => self.runs.push((subject.to_owned(), vec![run])),
        }
    }

    /// Each subject with the first one, and the spreads of the ratios that their rounds have.
    fn ratios(&self) -> Vec<(String, Vec<(&'static str, Spread)>)> {
        let Some(((base, under), others)) = self.runs.split_first() else { return Vec::new() };
        let of = |over: &Vec<Run>| {
            MEASURES
                .iter()
                .filter_map(|(name, figure)| Some((*name, Spread::of_ratios(over, under, figure)?)))
                .collect()
        };
        others.iter().map(|(name, over)| (format!("{name} / {base}"), of(over))).collect()
    }

    /// As it is in the file: the median of each measure with its least and its greatest, every run, and the ratios.
    #[must_use]
    pub fn written(&self) -> Value {
        let spreads = |runs: &Vec<Run>| {
            MEASURES
                .iter()
                .map(|(name, of)| ((*name).to_owned(), json!(Spread::of(runs.iter().map(of)))))
                .collect::<Map<_, _>>()
        };
        let subjects = self
            .runs
            .iter()
            .map(|(name, runs)| (name.clone(), json!({ "medians": spreads(runs), "runs": runs })));
        let ratios = self.ratios().into_iter().map(|(pair, ratios)| {
            let ratios = ratios.into_iter().map(|(measure, ratio)| (measure.to_owned(), json!(ratio)));
            (pair, Value::Object(ratios.collect()))
        });
        json!({ "subjects": subjects.collect::<Map<_, _>>(), "ratios": ratios.collect::<Map<_, _>>() })
    }

    /// Says how each subject did.
    fn tell(&self, what: &str) {
        say(&format!("\n{what:32} requests/s      p50       p95       p99      CPU    memory"));
        for (name, runs) in &self.runs {
            let median =
                |of: fn(&Run) -> f64| Spread::of(runs.iter().map(of)).map_or(0.0, |spread| spread.median);
            let [requests, p50, p95, p99, cpu, memory] = MEASURES.map(|(_, of)| median(of));
            say(&format!(
                "  {name:30} {requests:10.0} {p50:7.2} ms {p95:6.1} ms {p99:6.1} ms {cpu:5.2} ms {:6.0} MB",
                memory / 1_048_576.0
            ));
        }
        for (pair, ratios) in self.ratios() {
            let ratio = |(measure, ratio): &(&str, Spread)| {
                format!("{measure} {:.2} ({:.2}-{:.2})", ratio.median, ratio.least, ratio.greatest)
            };
            say(&format!("  {pair}: {}", ratios.iter().map(ratio).collect::<Vec<_>>().join(", ")));
        }
    }
}

/// Everything that was compared, by what was done.
#[derive(Default)]
pub struct Comparisons(BTreeMap<String, Comparison>);

impl Comparisons {
    /// The runs of one thing that is done.
    pub fn of(&mut self, what: &str) -> &mut Comparison {
        self.0.entry(what.to_owned()).or_default()
    }

    /// Says all of it.
    pub fn tell(&self) {
        self.0.iter().for_each(|(what, comparison)| comparison.tell(what));
    }

    /// What took more than so many times as long as with the first subject, by the 95th of a hundred requests: the median of the rounds.
    #[must_use]
    pub fn slower_than(&self, times: f64) -> Vec<String> {
        let mut slower = Vec::new();
        for (what, comparison) in &self.0 {
            for (pair, ratios) in comparison.ratios() {
                let p95 =
                    ratios.iter().find(|(measure, _)| *measure == "p95_ms").map(|(_, ratio)| ratio.median);
                slower.extend(p95.filter(|p95| *p95 > times).map(|p95| format!("{what}, {pair}: {p95:.2}")));
            }
        }
        slower
    }

    /// As it is in the file.
    #[must_use]
    pub fn written(&self) -> Value {
        self.0.iter().map(|(what, comparison)| (what.clone(), comparison.written())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(p50_ms: f64) -> Run {
        let (p95_ms, p99_ms) = (p50_ms * 2.0, 9.0);
        Run {
            requests_per_second: 1_000.0 / p50_ms,
            p50_ms,
            p95_ms,
            p99_ms,
            cpu_ms: 1.0,
            memory_bytes: 1 << 20,
        }
    }

    #[test]
    fn every_subject_is_compared_with_the_first_round_by_round() {
        let mut all = Comparisons::default();
        for (subject, times) in [("small", [1.0, 2.0, 4.0]), ("large", [2.0, 2.0, 2.0])] {
            times.iter().for_each(|time| all.of("get").add(subject, run(*time)));
        }
        let written = all.written();
        assert_eq!(written["get"]["subjects"]["small"]["medians"]["p50_ms"]["median"], 2.0);
        assert_eq!(written["get"]["subjects"]["large"]["runs"].as_array().unwrap().len(), 3);
        let ratio = &written["get"]["ratios"]["large / small"]["p50_ms"];
        assert_eq!(*ratio, json!({ "median": 1.0, "least": 0.5, "greatest": 2.0 }));
        assert_eq!(written["get"]["ratios"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn what_is_slower_with_more_is_told_and_what_is_not_is_not() {
        let mut all = Comparisons::default();
        for (what, large) in [("search", 4.0), ("get", 2.5)] {
            all.of(what).add("small", run(2.0));
            all.of(what).add("large", run(large));
        }
        assert_eq!(all.slower_than(1.5), ["search, large / small: 2.00"]);
        assert_eq!(all.slower_than(2.0), Vec::<String>::new());
    }
}
