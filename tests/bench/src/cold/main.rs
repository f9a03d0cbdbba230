//! `make bench-cold`: starts the real functions as Lambda starts them, beside what people would use in their place, in turns.
//!
//! Each round starts every subject once, so that what slows the machine down for a while slows all of them down, and ratios are
//! made within a round. The results go to `target/bench/cold.json`; `make bench-report` makes a page of them.

mod back_end;
mod builds;
mod quota;
mod ratios;
mod run;
mod settings;
mod sizes;
mod stand;
mod subject;

use std::{collections::BTreeMap, process::ExitCode};

use keyward_bench::{Failed, say, spread::Spread};
use serde_json::{Map, Value, json};

use self::{
    builds::Builds,
    quota::Quota,
    ratios::{MEASURES, is_slower},
    run::{Run, measure},
    settings::{Conditions, Settings},
    sizes::Sizes,
    stand::Stand,
    subject::{Kind, Subject},
};

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_cold: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), Failed> {
    let builds = Builds::find()?;
    let places = &builds.places;
    let mut settings = Settings::from_environment()?;
    settings.base = settings.base.map(|base| places.commit(&base)).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let stand = Stand::start().await?;
        let all_conditions = possible(&settings)?;
        let subjects = subject::all(&settings, &builds, &stand)?;
        let mut results = Map::new();
        for (conditions, quota) in &all_conditions {
            let runs = under(*conditions, quota.as_ref(), &settings, &subjects, &stand).await?;
            results.insert(conditions.name.to_owned(), written(&subjects, &runs));
        }
        let sizes = Sizes::of(&subjects, &builds);
        let larger = sizes.larger().map(|(size, ratio)| {
            say(&format!("LARGER: {size} is {ratio:.2} times what it was"));
            json!({ "size": size, "ratio": ratio })
        });
        let larger = larger.collect::<Value>();
        let results = [
            ("base", json!(settings.base)),
            // A binary that is there already does not say how it was built.
            ("profile", json!(settings.bootstrap.is_none().then_some(&settings.profile))),
            ("bootstrap", json!(settings.bootstrap)),
            ("base_profile", json!(settings.base.as_ref().map(|_| &settings.profile))),
            ("rounds", json!(settings.rounds)),
            ("warm_requests", json!(settings.warm)),
            ("sizes", json!(sizes)),
            ("larger", larger),
            ("conditions", Value::Object(results)),
        ];
        places.write("cold", results.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    })
}

type Runs = BTreeMap<String, Vec<Run>>;

/// The conditions that this machine can give, with their quotas. It is known before anything is built.
fn possible(settings: &Settings) -> Result<Vec<(Conditions, Option<Quota>)>, Failed> {
    let mut possible = Vec::new();
    for conditions in &settings.conditions {
        match conditions.megabytes.map(Quota::like).transpose() {
            Ok(quota) => possible.push((*conditions, quota)),
            Err(why) => say(&format!("{} is left out: {why}.", conditions.name)),
        }
    }
    if possible.is_empty() { Err("no conditions are left to measure under".into()) } else { Ok(possible) }
}

/// Every subject in turns.
async fn under(
    conditions: Conditions,
    quota: Option<&Quota>,
    settings: &Settings,
    subjects: &[Subject],
    stand: &Stand,
) -> Result<Runs, Failed> {
    say(&format!("\n{}: {} rounds of {} processes", conditions.name, settings.rounds, subjects.len()));
    for subject in subjects {
        // Not counted: the embedded services answer what is kept from then on.
        measure(subject, stand, conditions, None, 2).await?;
    }
    let mut runs = Runs::new();
    for round in 0..settings.rounds {
        say(&format!("round {} of {}", round + 1, settings.rounds));
        for turn in 0..subjects.len() {
            // Each round begins with another one: nobody always follows the same.
            let Some(subject) = subjects.get((round + turn) % subjects.len()) else { continue };
            let run = measure(subject, stand, conditions, quota, settings.warm).await?;
            runs.entry(subject.name.clone()).or_default().push(run);
        }
    }
    tell(subjects, &runs);
    Ok(runs)
}

fn tell(subjects: &[Subject], runs: &Runs) {
    say("                               init    first     cold    cold CPU  warm p50  warm CPU  peak");
    for subject in subjects {
        let Some(runs) = runs.get(&subject.name) else { continue };
        let median =
            |of: fn(&Run) -> f64| Spread::of(runs.iter().map(of)).map_or(0.0, |spread| spread.median);
        #[expect(clippy::cast_precision_loss, reason = "no process has so many bytes")]
        let peak = median(|run| run.peak_bytes as f64) / 1_048_576.0;
        say(&format!(
            "{:28} {:7.1}  {:7.1}  {:7.1} ms {:6.1} ms {:6.2} ms {:6.2} ms {peak:5.1} MB",
            subject.name,
            median(|run| run.init_ms),
            median(|run| run.first_ms),
            median(|run| run.cold_ms),
            median(|run| run.cold_cpu_ms),
            median(|run| run.warm_p50_ms),
            median(|run| run.warm_cpu_ms),
        ));
    }
    for (slower, measure, ratio) in slower(subjects, runs) {
        say(&format!(
            "SLOWER: {slower} {measure} {:.2} ({:.2}-{:.2}) times what it was",
            ratio.median, ratio.least, ratio.greatest
        ));
    }
}

/// Each function with what it is compared with: everything beside it, and itself as it was.
fn pairs(subjects: &[Subject]) -> impl Iterator<Item = (&Subject, &Subject)> {
    subjects.iter().filter(|subject| subject.kind == Kind::Keyward).flat_map(move |function| {
        let was = format!("{}@", function.name);
        let others = subjects.iter().filter(move |other| match other.kind {
            Kind::Beside => true,
            Kind::Base => other.name.starts_with(&was),
            Kind::Keyward => false,
        });
        others.map(move |other| (function, other))
    })
}

/// The ratios of a pair that has runs, by measure.
fn ratios(function: &Subject, other: &Subject, runs: &Runs) -> Vec<(&'static str, Spread)> {
    let (Some(over), Some(under)) = (runs.get(&function.name), runs.get(&other.name)) else {
        return Vec::new();
    };
    MEASURES
        .iter()
        .filter_map(|(name, measure)| Some((*name, Spread::of_ratios(over, under, *measure)?)))
        .collect()
}

fn slower(subjects: &[Subject], runs: &Runs) -> Vec<(String, &'static str, Spread)> {
    let before = pairs(subjects).filter(|(_, other)| other.kind == Kind::Base);
    let ratios = before.flat_map(|(function, other)| {
        ratios(function, other, runs)
            .into_iter()
            .map(|(measure, ratio)| (function.name.clone(), measure, ratio))
    });
    ratios.filter(|(_, measure, ratio)| is_slower(measure, *ratio)).collect()
}

fn written(subjects: &[Subject], runs: &Runs) -> Value {
    let medians = runs.iter().map(|(name, runs)| {
        let medians = MEASURES
            .iter()
            .map(|(measure, of)| ((*measure).to_owned(), json!(Spread::of(runs.iter().map(of)))));
        (name.clone(), json!({ "medians": medians.collect::<Map<_, _>>(), "runs": runs }))
    });
    let compared = pairs(subjects).map(|(function, other)| {
        let ratios = ratios(function, other, runs).into_iter();
        let ratios: Map<_, _> = ratios.map(|(measure, ratio)| (measure.to_owned(), json!(ratio))).collect();
        (format!("{} / {}", function.name, other.name), Value::Object(ratios))
    });
    let slower = slower(subjects, runs).into_iter();
    let slower = slower.map(
        |(function, measure, ratio)| json!({ "function": function, "measure": measure, "ratio": ratio }),
    );
    json!({
        "subjects": medians.collect::<Map<_, _>>(),
        "ratios": compared.collect::<Map<_, _>>(),
        "slower": slower.collect::<Vec<_>>(),
    })
}
