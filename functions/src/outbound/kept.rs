//! What was obtained and is kept for a while: tokens and sessions, in memory only. Whoever asks for the same thing at
//! the same time waits for the one who asked first.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use keyward_shared::outbound::{Freshness, ObtainError};
use tokio::sync::Mutex as AsyncMutex;

/// The most things that are kept. What is used least recently goes first.
const MOST: usize = 256;

/// Things of one kind, each under an identity that covers everything that it was obtained with.
pub(super) struct Kept<V>(Mutex<HashMap<[u8; 32], Place<V>>>);

struct Place<V> {
    used: u64,
    /// How many were obtained in this place so far.
    obtained: Arc<AtomicU64>,
    held: Arc<AsyncMutex<Held<V>>>,
}

/// What is kept, and until when.
type Held<V> = Option<(Arc<V>, Timestamp)>;

/// Something new, and the moment from which it will not do any more.
pub(super) struct Obtained<V> {
    pub(super) value: V,
    pub(super) until: Timestamp,
}

impl<V> Kept<V> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// What is kept, or else what `obtain` gives. Nothing is kept of a failure.
    pub(super) async fn get(
        &self,
        identity: [u8; 32],
        freshness: Freshness,
        now: Timestamp,
        obtain: impl Future<Output = Result<Obtained<V>, ObtainError>>,
    ) -> Result<Arc<V>, ObtainError> {
        if freshness == Freshness::Apart {
            return obtain.await.map(|obtained| Arc::new(obtained.value));
        }
        let (held, obtained) = self.place(identity, now);
        // Whatever is obtained from here on, by whomever, is new enough.
        let seen = obtained.load(Ordering::Acquire);
        let mut held = held.lock().await;
        let is_new = seen != obtained.load(Ordering::Acquire);
        if let Some((value, until)) = &*held
            && *until > now
            && (freshness == Freshness::Kept || is_new)
        {
            return Ok(Arc::clone(value));
        }
        *held = None;
        let Obtained { value, until } = obtain.await?;
        let value = Arc::new(value);
        obtained.fetch_add(1, Ordering::Release);
        *held = Some((Arc::clone(&value), until));
        Ok(value)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<[u8; 32], Place<V>>> {
        // The map is whole after a panic elsewhere: nothing in here is half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, identity: [u8; 32], now: Timestamp) -> (Arc<AsyncMutex<Held<V>>>, Arc<AtomicU64>) {
        let mut places = self.places();
        // What is over goes, so that a secret does not outlive its use for long; but not from under whoever waits for it.
        places.retain(|known, place| {
            let is_good = |held: &Held<V>| held.as_ref().is_some_and(|(_, until)| *until > now);
            *known == identity
                || Arc::strong_count(&place.held) > 1
                || place.held.try_lock().is_ok_and(|held| is_good(&held))
        });
        let used = places.values().map(|place| place.used).max().unwrap_or_default() + 1;
        if places.len() >= MOST && !places.contains_key(&identity) {
            let oldest = places.iter().min_by_key(|(_, place)| place.used).map(|(identity, _)| *identity);
            oldest.and_then(|oldest| places.remove(&oldest));
        }
        let place = places.entry(identity).or_insert_with(|| Place {
            used,
            obtained: Arc::default(),
            held: Arc::new(AsyncMutex::new(None)),
        });
        place.used = used;
        (Arc::clone(&place.held), Arc::clone(&place.obtained))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn count(counter: &AtomicU32, until: Timestamp) -> Result<Obtained<u32>, ObtainError> {
        // Lets the others run, as a real request would.
        tokio::task::yield_now().await;
        Ok(Obtained { value: counter.fetch_add(1, Ordering::Relaxed), until })
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_request() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        let get = || kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10)));
        let (a, b, c, d) = tokio::join!(get(), get(), get(), get());
        assert_eq!([a, b, c, d].map(|value| *value.unwrap()), [0; 4]);
    }

    #[tokio::test]
    async fn concurrent_callers_who_want_a_new_one_share_one_request_too() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10))).await.unwrap();
        let get = || kept.get([1; 32], Freshness::New, at(0), count(&counter, at(10)));
        let (a, b, c) = tokio::join!(get(), get(), get());
        assert_eq!([a, b, c].map(|value| *value.unwrap()), [1; 3]);
        assert_eq!(*get().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_is_over_or_of_another_identity_is_not_used() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        let mut values = Vec::new();
        for (identity, now) in [(1, 0), (1, 9), (1, 10), (2, 10)] {
            let value = kept.get([identity; 32], Freshness::Kept, at(now), count(&counter, at(now + 10)));
            values.push(*value.await.unwrap());
        }
        assert_eq!(values, [0, 0, 1, 2]);
    }

    #[tokio::test]
    async fn a_trial_leaves_what_is_kept_as_it_is() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        let mut values = Vec::new();
        for freshness in [Freshness::Apart, Freshness::Kept, Freshness::Apart, Freshness::Kept] {
            let value = kept.get([1; 32], freshness, at(0), count(&counter, at(10)));
            values.push(*value.await.unwrap());
        }
        assert_eq!(values, [0, 1, 2, 1]);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        let refused = kept.get([1; 32], Freshness::Kept, at(0), async { Err(ObtainError::Refused) });
        assert!(matches!(refused.await, Err(ObtainError::Refused)));
        let value = kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10))).await;
        assert_eq!(*value.unwrap(), 0);
    }

    #[tokio::test]
    async fn there_is_a_bound_and_the_least_used_goes_first() {
        let (kept, counter) = (Kept::new(), AtomicU32::new(0));
        for index in 0..=MOST {
            let mut identity = [0; 32];
            identity[..8].copy_from_slice(&(index as u64).to_be_bytes());
            kept.get(identity, Freshness::Kept, at(0), count(&counter, at(10))).await.unwrap();
            kept.get([0; 32], Freshness::Kept, at(0), count(&counter, at(10))).await.unwrap();
        }
        let places = kept.places();
        assert_eq!(places.len(), MOST);
        assert!(places.contains_key(&[0; 32]));
    }
}
