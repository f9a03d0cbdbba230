//! What makes deliveries wait: a credential that the receiver's system refuses, or a receiver that does not want them.
//!
//! A hold stands in a row of its own, beside the webhook's and the key's, because the function that sends may write neither. It is
//! about the key and the webhook as they were: a credential that was replaced, or a webhook that was changed, is tried again.

use jiff::{SignedDuration, Timestamp};

use crate::{
    endpoints::endpoint::Activity,
    ids::{AccountId, KeyId, WebhookId},
    keys::health::{Health, TrialResult},
    sealing::EntryName,
    webhooks::webhook::Webhook,
};

/// How long a receiver may fail before its webhook is paused.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What a hold is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOf {
    /// One webhook.
    Webhook(AccountId, WebhookId),
    /// Every webhook that uses this entry of a key.
    Entry(AccountId, KeyId, EntryName),
}

/// Why deliveries wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The system refuses the credential: a trial confirmed what an answer with status 401 said.
    Refused,
    /// The receiver answered with status 403.
    Forbidden,
    /// The receiver answered with status 410.
    Gone,
    /// No delivery succeeded since then. Deliveries wait once that was longer than [`PATIENCE`].
    Failing,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Forbidden, Self::Gone, Self::Failing];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Forbidden => "forbidden",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == name)
    }

    /// What to tell people, and what they can do.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Refused => {
                "The system refuses the credential. Replace it, or test it with success: the deliveries then go on."
            }
            Self::Forbidden => {
                "The receiver answered with status 403: this credential may not do that there. Change the webhook or its credential, or resume."
            }
            Self::Gone => {
                "The receiver answered with status 410: it is gone. Change the webhook's path, or resume."
            }
            Self::Failing => "No delivery succeeded for five days. Resume when the receiver works again.",
        }
    }
}

/// What makes deliveries wait, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub why: Why,
    /// Since when.
    pub since: Timestamp,
    /// The version of the key that it is about.
    pub key_version: Option<u64>,
    /// The version of the webhook that it is about; `None` for one about an entry.
    pub webhook_version: Option<u64>,
}

/// The holds that a delivery may have to wait for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// That of its webhook.
    pub webhook: Option<Hold>,
    /// That of its entry.
    pub entry: Option<Hold>,
}

/// What pauses a webhook, of all holds of its account; `None` where nothing does. A key that was changed since is not looked at: the next
/// delivery does.
#[must_use]
pub fn pausing<'h>(webhook: &Webhook, holds: &'h [(HoldOf, Hold)], now: Timestamp) -> Option<&'h Hold> {
    if webhook.activity == Activity::Inactive {
        return None;
    }
    let entry = webhook.organization.clone().map_or(EntryName::Default, EntryName::Organization);
    let is_its_own = |(of, hold): &&(HoldOf, Hold)| match of {
        HoldOf::Webhook(_, id) => *id == webhook.id && hold.is_of_webhook(webhook.version),
        HoldOf::Entry(_, key, name) => webhook.key.as_ref() == Some(key) && *name == entry,
    };
    holds.iter().filter(is_its_own).map(|(_, hold)| hold).find(|hold| hold.counts(now))
}

impl Hold {
    /// Whether the webhook that it is about is still as it was.
    #[must_use]
    pub fn is_of_webhook(&self, version: u64) -> bool {
        self.webhook_version.is_none_or(|seen| seen == version)
    }

    /// Whether it is long enough ago to count.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.why != Why::Failing || now.duration_since(self.since) >= PATIENCE
    }

    /// Whether it still stands for a key of this version, of whose entry this is known. A key that is gone holds nothing back: its
    /// own refusal says more.
    #[must_use]
    pub fn stands(&self, key_version: Option<u64>, health: Option<&Health>) -> bool {
        let is_as_it_was = self.key_version.is_none_or(|seen| key_version == Some(seen));
        let passed_since = health.is_some_and(|health| {
            health.result == TrialResult::Passed && health.checked_at > self.since && self.why == Why::Refused
        });
        is_as_it_was && !passed_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn hold(why: Why) -> Hold {
        Hold { why, since: at(100), key_version: Some(3), webhook_version: Some(7) }
    }

    fn health(result: TrialResult, second: i64) -> Health {
        Health {
            account: "acme".parse().unwrap(),
            key: "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            entry: EntryName::Default,
            version: 3,
            result,
            message: String::new(),
            proof: None,
            upstream: None,
            checked_at: at(second),
        }
    }

    #[test]
    fn a_credential_that_was_replaced_or_passed_a_trial_since_holds_nothing_back() {
        let refused = hold(Why::Refused);
        assert!(refused.stands(Some(3), None));
        assert!(!refused.stands(Some(4), None) && !refused.stands(None, None));
        assert!(!refused.stands(Some(3), Some(&health(TrialResult::Passed, 101))));
        for (result, second) in
            [(TrialResult::Passed, 100), (TrialResult::Unclear, 101), (TrialResult::Refused, 101)]
        {
            assert!(refused.stands(Some(3), Some(&health(result, second))), "{result:?} {second}");
        }
        // What the receiver forbids is not about whether the credential is right.
        assert!(hold(Why::Forbidden).stands(Some(3), Some(&health(TrialResult::Passed, 101))));
    }

    #[test]
    fn a_webhook_that_was_changed_is_tried_again() {
        assert!(hold(Why::Gone).is_of_webhook(7) && !hold(Why::Gone).is_of_webhook(8));
    }

    #[test]
    fn a_receiver_may_fail_for_five_days() {
        let failing = hold(Why::Failing);
        assert!(!failing.counts(at(100 + 5 * 86_400 - 1)) && failing.counts(at(100 + 5 * 86_400)));
        assert!(hold(Why::Gone).counts(at(100)));
    }

    #[test]
    fn a_reason_is_read_as_it_is_written() {
        for why in Why::ALL {
            assert_eq!(Why::of(why.as_str()), Some(why));
        }
        assert_eq!(Why::of("moon"), None);
    }
}
