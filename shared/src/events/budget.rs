//! How many events an account may publish. Each is sent to up to twenty webhooks, eight times each, so one account that publishes
//! without end would keep the senders from everybody else's.

use jiff::{SignedDuration, Timestamp};

use crate::{
    error::Error,
    ids::AccountId,
    moment::Clock,
    ports::{SpendBudget, Spent},
};

/// The most events of an account in a minute: fifty a second.
pub const EVENTS_A_MINUTE: u32 = 3_000;

/// A minute of the clock, by its number since 1970. Events count together that are published in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute(i64);

impl Minute {
    /// The minute that a time is in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(60))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// When it is over.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Timestamp::from_second(self.0.saturating_add(1).saturating_mul(60)).unwrap_or(Timestamp::MAX)
    }
}

/// Takes one event from the budget of an account.
///
/// # Errors
///
/// [`Error::TooManyEvents`] where nothing is left of it, and what the port reports.
pub(super) async fn spend(
    store: &impl SpendBudget,
    clock: &impl Clock,
    account: &AccountId,
) -> Result<(), Error> {
    let now = clock.now();
    let minute = Minute::of(now);
    match store.spend_budget(account, minute, EVENTS_A_MINUTE).await? {
        Spent::Granted => Ok(()),
        Spent::Nothing => Err(Error::TooManyEvents { wait_seconds: seconds_until(minute.end(), now) }),
    }
}

/// The seconds until a time, the last one as a whole.
fn seconds_until(end: Timestamp, now: Timestamp) -> u64 {
    let almost = SignedDuration::from_nanos(999_999_999);
    u64::try_from(end.duration_since(now).saturating_add(almost).as_secs()).unwrap_or_default().max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{error::PortError, fakes::now};

    /// Counts in memory, and a clock that is set by hand.
    #[derive(Default)]
    struct Counter {
        counted: Mutex<Vec<(String, i64)>>,
        time: Mutex<Timestamp>,
    }

    impl Clock for Counter {
        fn now(&self) -> Timestamp {
            *self.time.lock().unwrap()
        }
    }

    impl SpendBudget for Counter {
        async fn spend_budget(
            &self,
            account: &AccountId,
            minute: Minute,
            most: u32,
        ) -> Result<Spent, PortError> {
            let mut counted = self.counted.lock().unwrap();
            let of = (account.to_string(), minute.number());
            if counted.iter().filter(|one| **one == of).count() >= usize::try_from(most).unwrap() {
                return Ok(Spent::Nothing);
            }
            counted.push(of);
            Ok(Spent::Granted)
        }
    }

    #[test]
    fn an_account_publishes_so_many_events_a_minute_and_is_told_when_to_go_on() {
        let counter = Counter::default();
        let (acme, globex) = ("acme".parse().unwrap(), "globex".parse().unwrap());
        let at = |text: &str| *counter.time.lock().unwrap() = text.parse().unwrap();
        let wait = |account: &AccountId| match now(spend(&counter, &counter, account)) {
            Ok(()) => 0,
            Err(Error::TooManyEvents { wait_seconds }) => wait_seconds,
            Err(error) => panic!("{error}"),
        };
        at("2026-11-30T10:00:00Z");
        for _ in 0..EVENTS_A_MINUTE {
            assert_eq!(wait(&acme), 0);
        }
        for (time, seconds) in [("00", 60), ("00.5", 60), ("01", 59), ("59", 1), ("59.999", 1)] {
            at(&format!("2026-11-30T10:00:{time}Z"));
            assert_eq!(wait(&acme), seconds, "{time}");
            assert_eq!(wait(&globex), 0, "another account has a budget of its own");
        }
        at("2026-11-30T10:01:00Z");
        assert_eq!(wait(&acme), 0);
    }
}
