//! What a key's row remembers of what the key told beside its changes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::sealing::EntryName;

/// How many days before its end a key tells of that.
const DAYS_BEFORE: [u16; 3] = [30, 7, 1];

/// What was told of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The entries that fail.
    pub failing: BTreeSet<EntryName>,
    /// The last notice of its end.
    pub expiry: Option<ExpiryNotice>,
}

/// A notice that a key expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryNotice {
    /// When it expires. A notice of another time says nothing.
    pub expires_at: Timestamp,
    /// How many days before.
    pub days: u16,
}

impl Told {
    /// The next notice of the end of a key, with the time at which it is due; `None` where there is none left.
    #[must_use]
    pub fn next_notice(&self, expires_at: Timestamp) -> Option<(Timestamp, ExpiryNotice)> {
        let told = self.expiry.as_ref().filter(|told| told.expires_at == expires_at);
        let days = DAYS_BEFORE.into_iter().find(|days| told.is_none_or(|told| *days < told.days))?;
        let at = expires_at.saturating_sub(days_long(days)).unwrap_or(Timestamp::MIN);
        Some((at, ExpiryNotice { expires_at, days }))
    }
}

impl ExpiryNotice {
    /// The last notice of this end that is due by now; `None` where none is.
    #[must_use]
    pub fn last_due(expires_at: Timestamp, now: Timestamp) -> Option<Self> {
        let left = expires_at.duration_since(now);
        let days = DAYS_BEFORE.into_iter().rev().find(|days| left <= days_long(*days))?;
        Some(Self { expires_at, days })
    }
}

fn days_long(days: u16) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days) * 24)
}
