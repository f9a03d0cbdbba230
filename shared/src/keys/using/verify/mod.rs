//! Trying a key against its system, as it is stored or as it would be with an edit.

mod comparison;
mod judge;
mod say;
#[cfg(test)]
mod table;
mod trial;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use self::trial::Attempt;
use crate::{
    caller::Caller,
    error::Error,
    ids::{KeyId, ReceiptId},
    keys::{
        authentication::Authentication,
        draft::{Draft, Patch},
        health::{Health, TrialResult},
        key::Key,
        plan::{self, Basis, Fresh, Plan},
        receipt::{Deed, Purpose},
        using::{
            authorize::Credentials,
            found::{Found, Secrets, Selection},
        },
    },
    moment::{Clock, Moment, Random},
    ports::{
        Authorize, Exchange, Extent, LogIn, ReadAllowedOrigins, ReadForUse, UnwrapDataKey, WriteHealth,
        WriteOutcome, WriteReceipt,
    },
    version::Version,
};

/// How a key fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The outcome.
    pub result: TrialResult,
    /// What to tell people, in a sentence or two. It has no word that came from outside.
    pub message: String,
    /// The short name of what proved it: a rule of the template, `token`, `session` or `login`. `None` if nothing did.
    pub proof: Option<String>,
    /// The status of the answer to a check by HTTP. `None` where nothing answered, or where only a token, a session or a login was
    /// asked for.
    pub status: Option<StatusCode>,
    /// Who the key is on the other side, where the system tells: a shop, a company, an account.
    pub upstream: Option<String>,
    /// The fingerprint that an SFTP server shows, for people to compare and accept.
    pub host_key: Option<String>,
    /// The fingerprint of an FTP server's certificate that is not the accepted one, for people to compare and accept.
    pub certificate: Option<String>,
    /// When.
    pub checked_at: Timestamp,
    /// How long it took.
    pub took: SignedDuration,
}

/// The trial of a stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTrial {
    /// How it fared.
    pub trial: Trial,
    /// The key's version.
    pub key_version: u64,
    /// The receipt.
    pub receipt: ReceiptId,
}

/// What to try.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialAsk {
    /// Whose entry, when the key is organization-specific.
    pub selection: Selection,
    /// The path to ask for, where the template leaves that to the user.
    pub path: Option<String>,
}

/// A change that is not stored.
pub struct Edited {
    /// The change.
    pub patch: Patch,
    /// The version that the caller has seen, if it says so.
    pub seen: Option<u64>,
}

/// Tries a stored key. With an edit, the key is tried as it would be saved, and the outcome is not stored.
/// Without an edit, the outcome is stored as the entry's health.
///
/// # Errors
///
/// What the key, its environment and entry refuse, what [`plan`](plan::plan) refuses of the edit, before anything is
/// written; what the ports report; and [`Error::DoesNotOpen`] when a stored value is not what the row says. That the
/// system refuses the key, or is not there, is an outcome and no error.
pub async fn verify(
    store: &(impl ReadForUse + WriteReceipt + WriteOutcome + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    outside: &(impl Exchange + LogIn + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    what: (&KeyId, &TrialAsk),
    edited: Option<Edited>,
) -> Result<KeyTrial, Error> {
    let (id, ask) = what;
    // A plan looks at every entry.
    let extent = if edited.is_some() { Extent::Whole } else { Extent::Used };
    let found = Found::read(store, caller, id, &ask.selection, extent).await?;
    let Plan { key, fresh } = match edited {
        None => Plan { key: found.key.clone(), fresh: Vec::new() },
        Some(Edited { patch, seen }) => {
            Version::new(found.key.version).expect_if_told(seen)?;
            plan::plan(patch.over(&found.key), Basis::Stored(&found.key), moment.clock.now())?
        }
    };
    // An edit that changes nothing counts as no edit.
    let keep = fresh.is_empty() && key == found.key;
    caller.check_environment(key.environment)?;
    ask.selection.check(&key)?;
    let entry = key.entry(&found.name)?;
    let authentication = Authentication::of(&key, entry)?;
    authentication.check_token_address(&key)?;
    let target = trial::address(&key, entry, &authentication, ask.path.as_deref())?;
    let deed = Deed { purpose: Purpose::Verify, method: None, target };
    let recorded = found.record(store, wrapping, &moment, caller, deed).await?;
    let opened = found.open(&recorded)?;
    let secrets = opened.carried_over(&key, fresh);
    let credentials = Credentials {
        key: &key,
        name: &found.name,
        allowed: &found.allowed,
        authentication: &authentication,
        secrets: &secrets,
    };
    let trial = Attempt { credentials, path: ask.path.as_deref(), outside, moment: &moment }.run().await?;
    if keep {
        store.write_outcome(&recorded.with_outcome(trial.result)).await?;
        store.write_health(&health(&key, &found, &trial)).await?;
    }
    Ok(KeyTrial { trial, key_version: found.key.version, receipt: recorded.receipt().clone() })
}

/// Tries a key that is not stored. Nothing is kept of it.
///
/// # Errors
///
/// What [`plan`](plan::plan) refuses, and what the ports report.
pub async fn verify_draft(
    settings: &impl ReadAllowedOrigins,
    outside: &(impl Exchange + LogIn + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    ask: &TrialAsk,
    draft: Draft,
) -> Result<Trial, Error> {
    let now = moment.clock.now();
    let id = KeyId::generate(moment.clock, moment.random);
    let Plan { key, fresh } = plan::plan(draft, Basis::New { id: &id, account: caller.account() }, now)?;
    caller.check_environment(key.environment)?;
    ask.selection.check(&key)?;
    let name = ask.selection.entry_name();
    let allowed = settings.read_allowed_origins(caller.account()).await?;
    let secrets = Secrets::default().carried_over(&key, fresh);
    let authentication = Authentication::of(&key, key.entry(&name)?)?;
    let credentials = Credentials {
        key: &key,
        name: &name,
        allowed: &allowed,
        authentication: &authentication,
        secrets: &secrets,
    };
    Attempt { credentials, path: ask.path.as_deref(), outside, moment: &moment }.run().await
}

fn health(key: &Key, found: &Found, trial: &Trial) -> Health {
    Health {
        account: key.account.clone(),
        key: key.id.clone(),
        entry: found.name.clone(),
        version: key.version,
        result: trial.result,
        message: trial.message.clone(),
        proof: trial.proof.clone(),
        upstream: trial.upstream.clone(),
        checked_at: trial.checked_at,
    }
}

impl Secrets {
    /// The secrets of a planned key: the stored ones that it keeps, and the fresh ones.
    fn carried_over(self, key: &Key, fresh: Vec<Fresh>) -> Self {
        let mut secrets = self.only(|entry, field| key.secret(entry, field).is_some());
        for Fresh { entry, field, value, .. } in fresh {
            secrets.put(entry, field, value);
        }
        secrets
    }
}
