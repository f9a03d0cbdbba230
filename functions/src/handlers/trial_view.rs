//! The outcome of a trial as the API shows it.

use jiff::Timestamp;
use keyward_shared::keys::{
    health::{Health, TrialResult},
    using::{KeyTrial, Selection, Trial, TrialAsk},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    bounds,
    edge::{Failure, Request},
    openapi::Operation,
};

/// How a key fared.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Verification")]
pub struct TrialView {
    /// The outcome.
    result: ResultView,
    /// What to tell people, in a sentence or two.
    message: String,
    /// The short name of what proved the result: a rule of the system's template, `token`, `session` or `login`; null if
    /// nothing proved anything.
    proof: Option<String>,
    /// The status of the system's answer to a check by HTTP; null where nothing answered, or where only a token, a session or a
    /// login was asked for.
    status: Option<u16>,
    /// Who the key is on the other side, where the system tells: a shop, a company, an account.
    upstream: Option<String>,
    /// The fingerprint that an SFTP server shows, to compare with what its owner says and to enter in the key.
    host_key: Option<String>,
    /// The SHA-256 fingerprint of an FTP server's certificate that is not the accepted one.
    certificate: Option<String>,
    /// When.
    checked_at: Timestamp,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// The version of the stored key; null for one that is not stored.
    key_version: Option<u64>,
    /// The record of this use; null for a key that is not stored.
    receipt_id: Option<String>,
}

/// What a trial came to.
#[derive(Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "VerificationResult")]
pub enum ResultView {
    /// The system accepts the credentials.
    Passed,
    /// The system does not accept the credentials.
    Refused,
    /// The system was not reached.
    Unreachable,
    /// The system's answer says neither yes nor no.
    Unclear,
}

/// How an entry fared when it was last tried as it is stored now.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Health")]
pub struct HealthView {
    /// Which entry.
    entry: String,
    /// The outcome.
    result: ResultView,
    /// What to tell people.
    message: String,
    /// The short name of what proved the result; null if nothing proved anything.
    proof: Option<String>,
    /// Who the key is on the other side, where the system tells.
    upstream: Option<String>,
    /// The key's version that was tried.
    key_version: u64,
    /// When.
    checked_at: Timestamp,
}

impl From<TrialResult> for ResultView {
    fn from(result: TrialResult) -> Self {
        match result {
            TrialResult::Passed => Self::Passed,
            TrialResult::Refused => Self::Refused,
            TrialResult::Unreachable => Self::Unreachable,
            TrialResult::Unclear => Self::Unclear,
        }
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        Self {
            result: trial.result.into(),
            message: trial.message,
            proof: trial.proof,
            status: trial.status.map(|status| status.as_u16()),
            upstream: trial.upstream,
            host_key: trial.host_key,
            certificate: trial.certificate,
            checked_at: trial.checked_at,
            duration_ms: u64::try_from(trial.took.as_millis()).unwrap_or_default(),
            key_version: None,
            receipt_id: None,
        }
    }
}

impl From<KeyTrial> for TrialView {
    fn from(trial: KeyTrial) -> Self {
        let (key_version, receipt_id) = (Some(trial.key_version), Some(trial.receipt.to_string()));
        Self { key_version, receipt_id, ..Self::from(trial.trial) }
    }
}

impl From<&Health> for HealthView {
    fn from(health: &Health) -> Self {
        Self {
            entry: health.entry.to_string(),
            result: health.result.into(),
            message: health.message.clone(),
            proof: health.proof.clone(),
            upstream: health.upstream.clone(),
            key_version: health.version,
            checked_at: health.checked_at,
        }
    }
}

/// What both routes read from the query.
pub(super) fn trial_ask(request: &Request) -> Result<TrialAsk, Failure> {
    let query = request.query(&["organization", "path"])?;
    let selection = Selection { environment: None, organization: query.parsed("organization")? };
    Ok(TrialAsk { selection, path: query.text("path").map(str::to_owned) })
}

/// The query in the OpenAPI document.
pub(super) fn with_query(operation: Operation, schemas: &mut SchemaGenerator) -> Operation {
    operation
        .query::<bounds::Organization>(
            schemas,
            "organization",
            "Whose entry to try, when the key is organization-specific.",
        )
        .query::<String>(
            schemas,
            "path",
            "The path to ask for, where the system's template leaves that to the caller.",
        )
}
