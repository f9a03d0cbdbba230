//! What a process read of its callers lately. What only shows something looks at a caller's rows once in a minute: whoever lost a right
//! sees nothing more a minute later.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    error::PortError,
    membership::rows::{CallerRow, CallerRows, Claimed},
    ports::ReadCaller,
};

use crate::table::FunctionName;

/// How long what was read counts.
pub(crate) const LATELY: SignedDuration = SignedDuration::from_secs(60);
/// The most callers that a process remembers.
const MOST: usize = 256;

type Read = (Arc<CallerRows>, Timestamp);

/// The rows of callers, and when each was read.
#[derive(Default)]
pub(crate) struct Lately(Mutex<HashMap<(FunctionName, CallerRow), Read>>);

impl Lately {
    /// The rows of a caller as they were within the last minute.
    ///
    /// # Errors
    ///
    /// What the table reports, which is not remembered.
    pub(crate) async fn rows(
        &self,
        store: &impl ReadCaller,
        function: FunctionName,
        claimed: &Claimed,
        now: Timestamp,
    ) -> Result<Arc<CallerRows>, PortError> {
        // On AWS, each function is a process of its own. Elsewhere they share one, and each needs its right all the same.
        let place = (function, claimed.row.clone());
        let remembered = self.known().get(&place).filter(|(_, at)| is_new(*at, now)).cloned();
        if let Some((rows, _)) = remembered {
            return Ok(rows);
        }
        // The time of before the read: what is lost while it is read counts as lost after it.
        let rows = Arc::new(store.read_caller(claimed).await?);
        let mut known = self.known();
        known.retain(|_, (_, at)| is_new(*at, now));
        if known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, (_, at))| *at).map(|(place, _)| place.clone());
            oldest.and_then(|oldest| known.remove(&oldest));
        }
        known.insert(place, (Arc::clone(&rows), now));
        Ok(rows)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(FunctionName, CallerRow), Read>> {
        // A panic elsewhere leaves the map consistent, because no change of it has two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back makes nothing new.
fn is_new(at: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..LATELY).contains(&now.duration_since(at))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use keyward_shared::permission::Permission;

    use super::*;

    /// Counts how often it is asked.
    #[derive(Default)]
    struct Rows(AtomicU32);

    impl ReadCaller for Rows {
        async fn read_caller(&self, _: &Claimed) -> Result<CallerRows, PortError> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Err(PortError::Unavailable { service: "the table", source: "away".into() }),
                _ => Ok(CallerRows { row: None, settings: None }),
            }
        }
    }

    fn claimed(client: usize) -> Claimed {
        let row = CallerRow::Client(format!("c{client}").parse().unwrap());
        Claimed { row, account: None, environment: None, needed: Permission::AccountsOperate }
    }

    #[tokio::test]
    async fn a_caller_is_looked_at_once_in_a_minute_and_a_failure_is_not_remembered() {
        let (lately, rows) = (Lately::default(), Rows::default());
        let start = Timestamp::from_second(1_780_000_000).unwrap();
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        assert!(lately.rows(&rows, FunctionName::GetKey, &claimed(0), start).await.is_err());
        for (second, asked) in [(0, 2), (59, 2), (60, 3), (100, 3), (59, 4), (119, 5)] {
            lately.rows(&rows, FunctionName::GetKey, &claimed(0), at(second)).await.unwrap();
            assert_eq!(rows.0.load(Ordering::Relaxed), asked, "{second}");
        }
        for client in 0..=MOST {
            lately.rows(&rows, FunctionName::GetKey, &claimed(client), at(160)).await.unwrap();
        }
        assert_eq!(lately.known().len(), MOST);
    }
}
