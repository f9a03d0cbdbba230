//! When a delivery is tried again: the schedule that Standard Webhooks 1.0.0 recommends ("Deliverability and reliability"), with
//! jitter.

use jiff::{SignedDuration, Timestamp};

use crate::moment::Random;

/// The wait before each attempt, in seconds: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h.
const WAITS_SECONDS: [i64; 8] = [0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600];

/// How many attempts a delivery has.
pub const ATTEMPTS: u32 = 8;

/// When the next attempt is due, after so many; `None` where there is none left.
///
/// The wait is up to a fifth shorter or longer, so that what failed together does not come together again. A receiver that asks for
/// another wait gets it within once and twice the wait of the schedule.
#[must_use]
pub fn next(
    counted: u32,
    now: Timestamp,
    retry_after: Option<SignedDuration>,
    random: &impl Random,
) -> Option<Timestamp> {
    let wait = SignedDuration::from_secs(*WAITS_SECONDS.get(usize::try_from(counted).ok()?)?);
    match retry_after {
        Some(asked) => now.saturating_add(asked.clamp(wait, wait * 2)).ok(),
        None => jittered(now, wait, random),
    }
}

/// A time after about this wait: up to a fifth shorter or longer.
#[must_use]
pub fn jittered(now: Timestamp, wait: SignedDuration, random: &impl Random) -> Option<Timestamp> {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    // From 800 to 1200 thousandths.
    let thousandths = 800 + i64::from(u32::from_be_bytes(bytes) % 401);
    let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2000);
    now.saturating_add(SignedDuration::from_millis(wait_ms.saturating_mul(thousandths) / 1000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Counting;

    fn wait(counted: u32, retry_after: Option<i64>) -> Option<i64> {
        let asked = retry_after.map(SignedDuration::from_secs);
        let next = next(counted, Timestamp::UNIX_EPOCH, asked, &Counting::default())?;
        Some(next.as_millisecond())
    }

    #[test]
    fn waits_follow_the_schedule_with_a_fifth_of_jitter() {
        for (counted, seconds) in WAITS_SECONDS.into_iter().enumerate() {
            let waited = wait(u32::try_from(counted).unwrap(), None).unwrap();
            assert!((seconds * 800..=seconds * 1200).contains(&waited), "{counted}: {waited}");
        }
        assert_eq!(wait(ATTEMPTS, None), None);
    }

    #[test]
    fn a_receiver_is_heard_between_once_and_twice_the_wait() {
        assert_eq!(wait(2, Some(1)), Some(300_000));
        assert_eq!(wait(2, Some(400)), Some(400_000));
        assert_eq!(wait(2, Some(100_000)), Some(600_000));
    }
}
