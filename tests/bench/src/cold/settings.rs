//! What a run measures: environment variables, each with a default for a short run.

use std::{path::PathBuf, time::Duration};

use keyward_bench::{
    Failed,
    settings::{number, variable, words},
};

/// How the processes are held while they are measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// Their name in the results.
    pub(crate) name: &'static str,
    /// The memory of a Lambda function, which decides its share of a core. `None`: as much as the machine gives.
    pub(crate) megabytes: Option<u32>,
    /// How long each call of AWS takes at least.
    pub(crate) service_time: Duration,
}

/// The settings of a run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How often each process is started.
    pub(crate) rounds: usize,
    /// How many requests follow the first.
    pub(crate) warm: usize,
    /// The functions of Keyward.
    pub(crate) functions: Vec<String>,
    /// What they are measured beside.
    pub(crate) beside: Vec<String>,
    /// A binary of the functions that is there already, to measure in the place of one that is built now.
    pub(crate) bootstrap: Option<PathBuf>,
    /// The profile that Keyward is built with.
    pub(crate) profile: String,
    /// The commit to compare with.
    pub(crate) base: Option<String>,
    /// The conditions, one after another.
    pub(crate) conditions: Vec<Conditions>,
}

/// A cold start as Lambda's smallest functions have it: how much CPU it takes decides.
const SMALL: Conditions = Conditions { name: "128 MB", megabytes: Some(128), service_time: Duration::ZERO };
/// How long a request takes where the calls of AWS take time, and the CPU does not matter.
const WHOLE: Conditions =
    Conditions { name: "whole core", megabytes: None, service_time: Duration::from_millis(3) };

impl Settings {
    /// Reads the environment once.
    pub(crate) fn from_environment() -> Result<Self, Failed> {
        let conditions = words("BENCH_CONDITIONS", "small whole").into_iter();
        Ok(Self {
            rounds: number("BENCH_ROUNDS", 8)?,
            warm: number("BENCH_WARM", 20)?,
            functions: words(
                "BENCH_FUNCTIONS",
                "sign_request get_key list_keys create_key list_systems get_openapi",
            ),
            beside: words("BENCH_BESIDE", "empty get_item usual node python"),
            bootstrap: variable("BENCH_BOOTSTRAP").map(PathBuf::from),
            profile: variable("BENCH_PROFILE").unwrap_or_else(|| "release".to_owned()),
            base: variable("BASE"),
            conditions: conditions.map(|name| conditions_of(&name)).collect::<Result<_, _>>()?,
        })
    }
}

fn conditions_of(name: &str) -> Result<Conditions, Failed> {
    match name {
        "small" => Ok(SMALL),
        "whole" => Ok(WHOLE),
        other => Err(format!("BENCH_CONDITIONS has small and whole, and no {other}").into()),
    }
}
