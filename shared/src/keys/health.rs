//! How an entry fared when it was last tried against its system.

use jiff::Timestamp;

use crate::{
    ids::{AccountId, KeyId},
    sealing::EntryName,
};

/// The outcome of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrialResult {
    /// The system accepts the credentials.
    Passed,
    /// The system's answer does not tell whether it accepts the key.
    Unclear,
    /// The system was not reached.
    Unreachable,
    /// The system does not accept the credentials.
    Refused,
}

impl TrialResult {
    /// Every result, best first.
    pub const ALL: [Self; 4] = [Self::Passed, Self::Unclear, Self::Unreachable, Self::Refused];

    /// The result's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Unclear => "unclear",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
        }
    }

    /// The result of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.as_str() == name)
    }
}

/// The health of a key's entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyHealth {
    /// Of each entry that was ever tried.
    pub entries: Vec<Health>,
    /// The entries whose health is stored and cannot be read, by the names of their rows.
    pub unreadable: Vec<String>,
    /// Of each entry, the last trial that had a verdict. What was unclear since does not take that back.
    pub verdicts: Vec<Verdict>,
}

/// What the last trial of an entry said that decided anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The entry.
    pub entry: EntryName,
    /// The key's version that was tried.
    pub version: u64,
    /// Whether its system accepts it.
    pub good: bool,
}

impl Health {
    /// The verdict; `None` where the trial decided nothing.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let good = match self.result {
            TrialResult::Passed => true,
            TrialResult::Refused => false,
            TrialResult::Unclear | TrialResult::Unreachable => return None,
        };
        Some(Verdict { entry: self.entry.clone(), version: self.version, good })
    }
}

/// The health of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The key that was tested.
    pub key: KeyId,
    /// The entry whose values were tested.
    pub entry: EntryName,
    /// The key's version that was tried.
    pub version: u64,
    /// The result of the test.
    pub result: TrialResult,
    /// A sentence for people. It has no word that came from outside.
    pub message: String,
    /// The short name of what proved the result: a rule of the template, `token`, `session` or `login`. It is never a part of
    /// an answer. `None` if nothing proved anything.
    pub proof: Option<String>,
    /// Who the key is on the other side, where the system tells: a shop, a company, an account.
    pub upstream: Option<String>,
    /// The time of the test.
    pub checked_at: Timestamp,
}

/// The health of a key of this version as a whole: that of the entry that fared worst, the latest among equals. What was
/// found out about another version says nothing about this one.
#[must_use]
pub fn worst(entries: &[Health], version: u64) -> Option<&Health> {
    let current = entries.iter().filter(|health| health.version == version);
    current.max_by_key(|health| (health.result, health.checked_at))
}

/// When a key was last tried, in whatever version.
#[must_use]
pub fn last_tried(entries: &[Health]) -> Option<Timestamp> {
    entries.iter().map(|health| health.checked_at).max()
}
