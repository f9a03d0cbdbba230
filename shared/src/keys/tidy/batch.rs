//! A batch of records of the table's stream. Several records of one key are one piece of work, and no key waits for another:
//! some are worked on at one time, and one that fails does not stop the others.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use futures_util::{FutureExt, StreamExt, stream};
use jiff::Timestamp;

use super::{Tidying, tidy};
use crate::{
    error::Error,
    ids::{AccountId, KeyId},
    keys::receipt::Purpose,
    moment::Clock,
    ports::NoteLastUse,
};

/// How many keys are worked on at one time.
const AT_ONCE: usize = 8;

/// A key and its account.
pub type KeyOf = (AccountId, KeyId);

/// What a record says of a key. The order is that of the work: a purge comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// It was changed or deleted.
    Changed,
    /// One of its entries was tried.
    Tried,
}

/// A use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The key.
    pub key: KeyOf,
    /// What for.
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
}

/// Work that was not done.
#[derive(Debug)]
pub struct Undone<R> {
    /// Whose.
    pub account: AccountId,
    /// What it is about: the id of a key or an event.
    pub about: String,
    /// The records that asked for the work.
    pub records: Vec<R>,
    /// Why it was not done.
    pub why: Why,
}

/// Why work was not done.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// Something was refused or could not be read.
    #[error(transparent)]
    Failed(#[from] Error),
    /// The code panicked.
    #[error("the code panicked")]
    Panicked,
}

impl Why {
    /// Whether the same work may succeed later, because a service did not answer. Other failures would come again.
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::Failed(error) => error.retryable(),
            Self::Panicked => false,
        }
    }
}

/// Tidies each key that a batch is about. Changed keys come before keys that were only tried. Returns the work that was not
/// done.
pub async fn tidy_each<R>(
    store: &impl Tidying,
    clock: &impl Clock,
    seen: impl IntoIterator<Item = (R, Seen, KeyOf)>,
) -> Vec<Undone<R>> {
    let mut keys: BTreeMap<KeyOf, (Seen, Vec<R>)> = BTreeMap::new();
    for (record, what, key) in seen {
        let (first, records) = keys.entry(key).or_insert((what, Vec::new()));
        *first = what.min(*first);
        records.push(record);
    }
    let mut work: Vec<_> = keys.into_iter().map(|(key, (what, records))| (what, key, records)).collect();
    work.sort_by_key(|(what, _, _)| *what);
    let work = work.into_iter().map(|(what, key, records)| (key, what, records)).collect();
    of_keys(work, |(account, key), what| async move { tidy(store, clock, &account, &key, what).await }).await
}

/// Notes the last use of each key that a batch is about. A trial does not count as a use. Returns the work that was not done.
pub async fn note_each<R>(
    store: &impl NoteLastUse,
    uses: impl IntoIterator<Item = (R, Used)>,
) -> Vec<Undone<R>> {
    let mut keys: BTreeMap<KeyOf, (Timestamp, Vec<R>)> = BTreeMap::new();
    for (record, Used { key, purpose, at }) in uses {
        match purpose {
            Purpose::Verify => {}
            Purpose::Sign | Purpose::Send | Purpose::Resolve | Purpose::Deliver => {
                let (newest, records) = keys.entry(key).or_insert((at, Vec::new()));
                *newest = at.max(*newest);
                records.push(record);
            }
        }
    }
    let work = keys.into_iter().map(|(key, (newest, records))| (key, newest, records)).collect();
    let note = |(account, key), newest| async move {
        store.note_last_use(&account, &key, newest).await.map_err(Error::from)
    };
    of_keys(work, note).await
}

/// Does a piece of work for each key.
async fn of_keys<R, T, F>(work: Vec<(KeyOf, T, Vec<R>)>, act: impl Fn(KeyOf, T) -> F + Copy) -> Vec<Undone<R>>
where
    F: Future<Output = Result<(), Error>>,
{
    let named = |(key, what, records): (KeyOf, T, Vec<R>)| Piece {
        account: key.0.clone(),
        about: key.1.to_string(),
        what: (key, what),
        records,
    };
    for_each(work.into_iter().map(named), |(key, what)| act(key, what)).await
}

/// A piece of work.
pub(crate) struct Piece<T, R> {
    /// Whose.
    pub(crate) account: AccountId,
    /// What it is about: the id of a key or an event.
    pub(crate) about: String,
    /// What to do.
    pub(crate) what: T,
    /// The records that ask for it.
    pub(crate) records: Vec<R>,
}

/// Does each piece of work, some at one time. A panic is a failure of its piece alone.
pub(crate) async fn for_each<R, T, F>(
    work: impl IntoIterator<Item = Piece<T, R>>,
    act: impl Fn(T) -> F + Copy,
) -> Vec<Undone<R>>
where
    F: Future<Output = Result<(), Error>>,
{
    let done = stream::iter(work).map(|Piece { account, about, what, records }| async move {
        let outcome = AssertUnwindSafe(act(what)).catch_unwind().await;
        let why = match outcome {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => Why::Failed(error),
            Err(_panic) => Why::Panicked,
        };
        Some(Undone { account, about, records, why })
    });
    done.buffer_unordered(AT_ONCE).filter_map(|undone| async { undone }).collect().await
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::Mutex,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn key(number: u32) -> KeyOf {
        let id = format!("key_0190f3c1-7f00-7000-8000-{number:012x}");
        ("acme".parse().unwrap(), id.parse().unwrap())
    }

    fn work(keys: u32) -> Vec<(KeyOf, u32, Vec<u32>)> {
        (0..keys).map(|number| (key(number), number, vec![number])).collect()
    }

    #[test]
    fn a_key_that_fails_or_panics_is_the_only_one_undone() {
        let done = Mutex::new(Vec::new());
        let act = |_, number| {
            let done = &done;
            async move {
                match number {
                    3 => return Err(Error::Unavailable(None)),
                    5 => return Err(Error::KeyUnreadable),
                    7 => panic!("a fault in the code"),
                    _ => done.lock().unwrap().push(number),
                }
                Ok(())
            }
        };
        let mut undone = of_keys(work(30), act).now_or_never().unwrap();
        undone.sort_by_key(|undone| undone.records[0]);
        let told: Vec<_> = undone.iter().map(|undone| (undone.records[0], undone.why.passes())).collect();
        assert_eq!(told, [(3, true), (5, false), (7, false)]);
        assert_eq!(done.lock().unwrap().len(), 27);
    }

    #[test]
    fn a_key_that_hangs_keeps_no_other_waiting() {
        let done = Mutex::new(0);
        let act = |_, number| {
            let done = &done;
            async move {
                if number == 0 {
                    std::future::pending::<()>().await;
                }
                *done.lock().unwrap() += 1;
                Ok(())
            }
        };
        let all = pin!(of_keys(work(100), act));
        assert!(matches!(all.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
        assert_eq!(*done.lock().unwrap(), 99);
    }
}
