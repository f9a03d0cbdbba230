//! A cache of opened data keys. Unwrapping is the only call to KMS of a use, and most uses are of a key that
//! was used a moment ago.
//!
//! A new secret gets a new seal with its own data key, so a change of a key does not invalidate anything
//! here. The cache looks up by seal, account, key and wrapped bytes together: if a wrapped key was exchanged
//! in the vault, it is not found here, and KMS is asked.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    error::Error,
    moment::Clock,
    outbound::Freshness,
    ports::UnwrapDataKey,
    sealing::{DataKey, EncryptionContext, WrappedDataKey},
};

use crate::kept::{Kept, Obtained};

/// The most data keys that are kept.
const MOST: usize = 512;
/// How long one is kept.
const AGE: SignedDuration = SignedDuration::from_mins(5);

/// Unwraps data keys, and remembers them. A data key is wiped when it is dropped.
pub struct Remembering<U, C> {
    inner: U,
    clock: C,
    known: Kept<Identity, Arc<DataKey>>,
}

/// Account, key, seal, and the wrapped data key.
type Identity = ([String; 3], Vec<u8>);

impl<U, C: Clock> Remembering<U, C> {
    /// A memory, empty as yet, in front of what unwraps.
    pub fn new(inner: U, clock: C) -> Self {
        Self { inner, clock, known: Kept::new(MOST) }
    }
}

impl<U: UnwrapDataKey, C: Clock> UnwrapDataKey for Remembering<U, C> {
    async fn unwrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Arc<DataKey>, Error> {
        let identity = (context.pairs().map(|(_, value)| value.to_owned()), wrapped.as_bytes().to_vec());
        let unwrap = async {
            let value = self.inner.unwrap_data_key(context, wrapped).await?;
            let until = self.clock.now().saturating_add(AGE).unwrap_or(Timestamp::MIN);
            Ok(Obtained { value, until })
        };
        self.known.get(identity, Freshness::Kept, self.clock.now(), unwrap).await
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
        ) -> Result<Arc<DataKey>, Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            DataKey::try_from(wrapped.as_bytes().to_vec()).map(Arc::new).map_err(|_| Error::DoesNotOpen)
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

    fn memory() -> Remembering<Counting, Set> {
        Remembering::new(Counting::default(), Set::default())
    }

    fn context(seal: u32) -> EncryptionContext {
        EncryptionContext::new(
            &"acme".parse().unwrap(),
            &"key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            &format!("seal_0190f3c1-7f01-7000-8000-{seal:012x}").parse().unwrap(),
        )
    }

    async fn calls(memory: &Remembering<Counting, Set>, seal: u32, wrapped: u8) -> u32 {
        memory.unwrap_data_key(&context(seal), &WrappedDataKey::from(vec![wrapped; 32])).await.unwrap();
        memory.inner.0.load(Ordering::Relaxed)
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
        let data_key = memory.unwrap_data_key(&context(1), &WrappedDataKey::from(vec![7; 32])).await.unwrap();
        let kept = Arc::downgrade(&data_key);
        drop(data_key);
        assert!(kept.upgrade().is_some());
        memory.clock.0.store(1_000, Ordering::Relaxed);
        calls(&memory, 2, 7).await;
        assert!(kept.upgrade().is_none());
    }

    #[tokio::test]
    async fn there_is_a_bound() {
        let memory = memory();
        for seal in 0..600 {
            calls(&memory, seal, 7).await;
        }
        assert_eq!(memory.known.count(), MOST);
    }

    #[tokio::test]
    async fn what_does_not_unwrap_is_not_kept() {
        let memory = memory();
        let wrapped = WrappedDataKey::from(vec![1]);
        assert!(matches!(memory.unwrap_data_key(&context(1), &wrapped).await, Err(Error::DoesNotOpen)));
        assert_eq!(memory.known.count(), 0);
    }
}
