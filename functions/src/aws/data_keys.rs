//! A cache of opened data keys. Unwrapping is the only call to KMS of a use, and most uses are of a key that
//! was used a moment ago.
//!
//! A new secret gets a new seal with its own data key, so a change of a key does not invalidate anything
//! here. The cache looks up by seal, account, key and wrapped bytes together: if a wrapped key was exchanged
//! in the vault, it is not found here, and KMS is asked.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::digest::{self, SHA256};
use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    error::Error,
    moment::Clock,
    ports::{UnwrapDataKey, Unwrapped},
    sealing::{DataKey, EncryptionContext, WrappedDataKey},
};

/// What the data keys that are kept may take of the memory: 4 MiB are about 10,000 of them.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// What one of them takes: its 32 bytes, its identity in three places, and its share of three maps that are half full.
const EACH_BYTES: usize = 400;
/// The most data keys that are kept.
const MOST: usize = MOST_BYTES / EACH_BYTES;
/// How long one is kept.
const AGE: SignedDuration = SignedDuration::from_mins(5);

/// Unwraps data keys, and remembers those that were released. A data key is wiped when it is dropped.
pub struct Remembering<U, C> {
    inner: U,
    clock: C,
    known: Arc<Mutex<Known>>,
}

impl<U, C: Clock> Remembering<U, C> {
    /// A memory, empty as yet, in front of what unwraps.
    pub fn new(inner: U, clock: C) -> Self {
        Self { inner, clock, known: Arc::default() }
    }
}

impl<U: UnwrapDataKey, C: Clock> UnwrapDataKey for Remembering<U, C> {
    async fn unwrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Unwrapped, Error> {
        let (identity, now) = (identity(context, wrapped), self.clock.now());
        if let Some(data_key) = lock(&self.known).get(&identity, now) {
            return Ok(data_key.into());
        }
        let unwrapped = self.inner.unwrap_data_key(context, wrapped).await?;
        let until = now.saturating_add(AGE).unwrap_or(Timestamp::MIN);
        let known = Arc::clone(&self.known);
        Ok(unwrapped.kept_by(move |data_key| lock(&known).put(identity, Arc::clone(data_key), until)))
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    // The maps are whole after a panic elsewhere: nothing in here is half done.
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stands for account, key, seal, and the wrapped data key: a digest of them, so that it is short.
type Identity = [u8; 32];

fn identity(context: &EncryptionContext, wrapped: &WrappedDataKey) -> Identity {
    let mut digest = digest::Context::new(&SHA256);
    let texts = context.pairs().map(|(_, value)| value.as_bytes());
    for part in texts.into_iter().chain([wrapped.as_bytes()]) {
        // With their lengths, so that no two rows of parts are the same bytes.
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut identity = Identity::default();
    identity.copy_from_slice(digest.finish().as_ref());
    identity
}

/// The data keys that are kept, in the order of their last use and in the order in which they get too old.
#[derive(Default)]
struct Known {
    places: HashMap<Identity, Place>,
    by_use: BTreeMap<u64, Identity>,
    by_end: BTreeSet<(Timestamp, Identity)>,
    uses: u64,
}

struct Place {
    used: u64,
    until: Timestamp,
    data_key: Arc<DataKey>,
}

impl Known {
    fn get(&mut self, identity: &Identity, now: Timestamp) -> Option<Arc<DataKey>> {
        self.forget_what_is_too_old(now);
        let place = self.places.get_mut(identity)?;
        self.by_use.remove(&place.used);
        self.uses += 1;
        place.used = self.uses;
        self.by_use.insert(place.used, *identity);
        Some(Arc::clone(&place.data_key))
    }

    /// Keeps a data key. What was not used for the longest time goes, where there are too many.
    fn put(&mut self, identity: Identity, data_key: Arc<DataKey>, until: Timestamp) {
        self.forget(&identity);
        while self.places.len() >= MOST
            && let Some((_, longest_unused)) = self.by_use.pop_first()
        {
            self.forget(&longest_unused);
        }
        self.uses += 1;
        self.by_use.insert(self.uses, identity);
        self.by_end.insert((until, identity));
        self.places.insert(identity, Place { used: self.uses, until, data_key });
    }

    fn forget_what_is_too_old(&mut self, now: Timestamp) {
        while let Some((until, identity)) = self.by_end.first().copied()
            && until <= now
        {
            self.forget(&identity);
        }
    }

    fn forget(&mut self, identity: &Identity) {
        if let Some(Place { used, until, .. }) = self.places.remove(identity) {
            self.by_use.remove(&used);
            self.by_end.remove(&(until, *identity));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicU32);

    impl UnwrapDataKey for Counting {
        async fn unwrap_data_key(
            &self,
            _: &EncryptionContext,
            wrapped: &WrappedDataKey,
        ) -> Result<Unwrapped, Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let data_key = DataKey::try_from(wrapped.as_bytes().to_vec()).map_err(|_| Error::DoesNotOpen)?;
            Ok(Arc::new(data_key).into())
        }
    }

    /// A clock that the test sets, in seconds.
    #[derive(Default)]
    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
        }
    }

    type Memory = Remembering<Counting, Set>;

    fn memory() -> Memory {
        Remembering::new(Counting::default(), Set::default())
    }

    fn context(seal: u32) -> EncryptionContext {
        EncryptionContext::new(
            &"acme".parse().unwrap(),
            &"key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            &format!("seal_0190f3c1-7f01-7000-8000-{seal:012x}").parse().unwrap(),
        )
    }

    async fn unwrap(memory: &Memory, seal: u32, wrapped: u8) -> Unwrapped {
        memory.unwrap_data_key(&context(seal), &WrappedDataKey::from(vec![wrapped; 32])).await.unwrap()
    }

    /// How often KMS was asked, after a use of this data key.
    async fn calls(memory: &Memory, seal: u32, wrapped: u8) -> u32 {
        drop(unwrap(memory, seal, wrapped).await.release());
        memory.inner.0.load(Ordering::Relaxed)
    }

    fn count(memory: &Memory) -> usize {
        let known = lock(&memory.known);
        assert_eq!((known.by_use.len(), known.by_end.len()), (known.places.len(), known.places.len()));
        known.places.len()
    }

    #[tokio::test]
    async fn a_data_key_is_unwrapped_once_until_it_is_too_old() {
        let memory = memory();
        assert_eq!([calls(&memory, 1, 7).await, calls(&memory, 1, 7).await], [1, 1]);
        memory.clock.0.store(299, Ordering::Relaxed);
        assert_eq!(calls(&memory, 1, 7).await, 1);
        memory.clock.0.store(300, Ordering::Relaxed);
        assert_eq!(calls(&memory, 1, 7).await, 2);
    }

    #[tokio::test]
    async fn another_seal_or_another_wrapped_key_is_another_data_key() {
        let memory = memory();
        assert_eq!(
            [calls(&memory, 1, 7).await, calls(&memory, 2, 7).await, calls(&memory, 1, 8).await],
            [1, 2, 3]
        );
    }

    #[tokio::test]
    async fn what_is_too_old_is_wiped_when_anything_is_asked_for() {
        let memory = memory();
        let data_key = unwrap(&memory, 1, 7).await.release();
        let kept = Arc::downgrade(&data_key);
        drop(data_key);
        assert!(kept.upgrade().is_some());
        memory.clock.0.store(1_000, Ordering::Relaxed);
        calls(&memory, 2, 7).await;
        assert!(kept.upgrade().is_none());
    }

    #[tokio::test]
    async fn what_is_not_released_is_not_kept() {
        let memory = memory();
        drop(unwrap(&memory, 1, 7).await);
        assert_eq!(count(&memory), 0);
        assert_eq!(calls(&memory, 1, 7).await, 2);
    }

    #[tokio::test]
    async fn five_thousand_keys_in_rotation_are_unwrapped_in_the_first_pass_only() {
        let memory = memory();
        for _ in 0..3 {
            for seal in 0..5_000 {
                calls(&memory, seal, 7).await;
            }
        }
        assert_eq!(memory.inner.0.load(Ordering::Relaxed), 5_000);
    }

    #[tokio::test]
    async fn there_is_a_bound_and_what_was_not_used_for_the_longest_time_goes_first() {
        let memory = memory();
        let most = u32::try_from(MOST).unwrap();
        for seal in 0..most {
            calls(&memory, seal, 7).await;
        }
        calls(&memory, 0, 7).await;
        let before = calls(&memory, most, 7).await;
        assert_eq!((count(&memory), before), (MOST, most + 1));
        // The first was used again, so the second had to go.
        assert_eq!(calls(&memory, 0, 7).await, before);
        assert_eq!(calls(&memory, 1, 7).await, before + 1);
    }

    #[tokio::test]
    async fn what_does_not_unwrap_is_not_kept() {
        let memory = memory();
        let wrapped = WrappedDataKey::from(vec![1]);
        assert!(matches!(memory.unwrap_data_key(&context(1), &wrapped).await, Err(Error::DoesNotOpen)));
        assert_eq!(count(&memory), 0);
    }
}
