//! Values that are kept in memory for a while: tokens and sessions. Callers who ask for the same value
//! at the same time share one request for it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use keyward_shared::outbound::Freshness;
use tokio::sync::Mutex as AsyncMutex;

/// Values of one kind, each under an identity that covers everything that it was obtained with.
///
/// There is a bound: the value that was used least recently goes first. A value that must be wiped wipes itself when it is
/// dropped, which happens when its time is over and any value is asked for.
pub(crate) struct Kept<K, V> {
    most: usize,
    places: Mutex<HashMap<K, Place<V>>>,
}

struct Place<V> {
    used: u64,
    /// How many were obtained in this place so far.
    obtained: Arc<AtomicU64>,
    held: Arc<AsyncMutex<Held<V>>>,
}

/// A kept value, and the end of its validity.
type Held<V> = Option<(V, Timestamp)>;

/// A new value, and the moment from which it is not used any more.
pub(crate) struct Obtained<V> {
    pub(crate) value: V,
    pub(crate) until: Timestamp,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Keeps at most this many values.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, places: Mutex::new(HashMap::new()) }
    }

    /// The kept value, or the value that `obtain` gives. Failures are not kept.
    pub(crate) async fn get<E>(
        &self,
        identity: K,
        freshness: Freshness,
        now: Timestamp,
        obtain: impl Future<Output = Result<Obtained<V>, E>>,
    ) -> Result<V, E> {
        if freshness == Freshness::Apart {
            return obtain.await.map(|obtained| obtained.value);
        }
        let (held, obtained) = self.place(identity, now);
        // A value that anybody obtains from here on is new enough.
        let seen = obtained.load(Ordering::Acquire);
        let mut held = held.lock().await;
        let is_new = seen != obtained.load(Ordering::Acquire);
        if let Some((value, until)) = &*held
            && *until > now
            && (freshness == Freshness::Kept || is_new)
        {
            return Ok(value.clone());
        }
        *held = None;
        let Obtained { value, until } = obtain.await?;
        obtained.fetch_add(1, Ordering::Release);
        *held = Some((value.clone(), until));
        Ok(value)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<K, Place<V>>> {
        // A panic elsewhere leaves the map consistent, because no change of it has two steps.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, identity: K, now: Timestamp) -> (Arc<AsyncMutex<Held<V>>>, Arc<AtomicU64>) {
        let mut places = self.places();
        // Values whose time is over go, so that no secret outlives its use for long. A place that a caller waits in stays.
        places.retain(|known, place| {
            let is_good = |held: &Held<V>| held.as_ref().is_some_and(|(_, until)| *until > now);
            *known == identity
                || Arc::strong_count(&place.held) > 1
                || place.held.try_lock().is_ok_and(|held| is_good(&held))
        });
        let used = places.values().map(|place| place.used).max().unwrap_or_default() + 1;
        if places.len() >= self.most && !places.contains_key(&identity) {
            let oldest =
                places.iter().min_by_key(|(_, place)| place.used).map(|(identity, _)| identity.clone());
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
impl<K, V> Kept<K, V> {
    /// How many values there are.
    pub(crate) fn count(&self) -> usize {
        let places = self.places.lock().unwrap();
        places.values().filter(|place| place.held.try_lock().unwrap().is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::atomic::AtomicU32};

    use super::*;

    const MOST: usize = 16;

    fn kept() -> (Kept<[u8; 32], u32>, AtomicU32) {
        (Kept::new(MOST), AtomicU32::new(0))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn count(counter: &AtomicU32, until: Timestamp) -> Result<Obtained<u32>, Infallible> {
        // Lets the others run, as a real request would.
        tokio::task::yield_now().await;
        Ok(Obtained { value: counter.fetch_add(1, Ordering::Relaxed), until })
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_request() {
        let (kept, counter) = kept();
        let get = || kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10)));
        let (a, b, c, d) = tokio::join!(get(), get(), get(), get());
        assert_eq!([a, b, c, d].map(Result::unwrap), [0; 4]);
    }

    #[tokio::test]
    async fn concurrent_callers_who_want_a_new_one_share_one_request_too() {
        let (kept, counter) = kept();
        kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10))).await.unwrap();
        let get = || kept.get([1; 32], Freshness::New, at(0), count(&counter, at(10)));
        let (a, b, c) = tokio::join!(get(), get(), get());
        assert_eq!([a, b, c].map(Result::unwrap), [1; 3]);
        assert_eq!(get().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_is_over_or_of_another_identity_is_not_used() {
        let (kept, counter) = kept();
        let mut values = Vec::new();
        for (identity, now) in [(1, 0), (1, 9), (1, 10), (2, 10)] {
            let value = kept.get([identity; 32], Freshness::Kept, at(now), count(&counter, at(now + 10)));
            values.push(value.await.unwrap());
        }
        assert_eq!(values, [0, 0, 1, 2]);
    }

    #[tokio::test]
    async fn a_trial_leaves_what_is_kept_as_it_is() {
        let (kept, counter) = kept();
        let mut values = Vec::new();
        for freshness in [Freshness::Apart, Freshness::Kept, Freshness::Apart, Freshness::Kept] {
            let value = kept.get([1; 32], freshness, at(0), count(&counter, at(10)));
            values.push(value.await.unwrap());
        }
        assert_eq!(values, [0, 1, 2, 1]);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let (kept, counter) = kept();
        let refused = kept.get([1; 32], Freshness::Kept, at(0), async { Err("refused") });
        assert_eq!(refused.await, Err("refused"));
        assert_eq!(kept.count(), 0);
        let value = kept.get([1; 32], Freshness::Kept, at(0), count(&counter, at(10))).await;
        assert_eq!(value.unwrap(), 0);
    }

    #[tokio::test]
    async fn there_is_a_bound_and_the_least_used_goes_first() {
        let (kept, counter) = kept();
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
