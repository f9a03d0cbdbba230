//! `GET /v1/version`: which code answers, and in which epoch. No token; no port.
//!
//! It needs no token, because `deploy.sh` asks it before anybody has one. The source is public, and so is what it answers.

use keyward_shared::moment::Clock;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    aws::FORMAT,
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

/// The commit, which `infra/package.sh` gives to the compiler. Other builds do not know theirs.
const COMMIT: Option<&str> = option_env!("KEYWARD_COMMIT");

fn commit() -> Option<&'static str> {
    COMMIT.filter(|commit| !commit.is_empty())
}

pub fn handle(clock: &impl Clock, request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    Ok(Answer::ok(&VersionView { commit: commit(), format: FORMAT, epoch: clock.epoch().number() }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show which code answers").ok::<VersionView>(schemas)
}

/// Which code answers.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Version")]
pub struct VersionView {
    /// The commit that the code was built from, with `-changed` after it for files that were not committed. Null where the
    /// code was not built for AWS.
    commit: Option<&'static str>,
    /// The format in which this code stores rows. Code of another format cannot read them.
    format: u32,
    /// How often the tables were restored from a backup, plus one.
    epoch: u64,
}
