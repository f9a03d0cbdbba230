//! What the index has of a key, and how it follows the key.

use std::collections::BTreeSet;

use super::words_of;
use crate::{
    environment::Environment,
    error::Error,
    ids::{AccountId, KeyId},
    keys::{key::Key, tidy::KeyRow},
    ports::IndexWords,
};

/// What the index has of a key: an item for each word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// Live or test.
    pub environment: Environment,
    /// The folded title, by which the items of a word are in order.
    pub title: String,
    /// The words.
    pub words: BTreeSet<String>,
}

impl Indexed {
    /// What the index has to have of a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] for a key with a value that could not have been saved.
    pub fn of(key: &Key) -> Result<Self, Error> {
        Ok(Self { environment: key.environment, title: key.title.folded(), words: words_of(key)? })
    }
}

/// What is written down of a key: what the index has of it, and how often that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// What the index has; `None` where it has nothing.
    pub indexed: Option<Indexed>,
    /// Counts changes, from 1.
    pub revision: u64,
}

/// Brings the index to what a key's row says. `recorded` was read before the row. Nothing is written where nothing differs.
///
/// The transaction holds the row to its version and the record to its revision: of two processes that do this at the same time, one
/// is refused and tries again. So the index is never brought to what an older row said.
///
/// # Errors
///
/// [`Error::KeyUnreadable`], or what the table reports.
pub async fn index(
    store: &impl IndexWords,
    account: &AccountId,
    key: &KeyId,
    recorded: &Recorded,
    row: &KeyRow,
) -> Result<(), Error> {
    let (version, indexed) = match row {
        KeyRow::Active(key) => (Some(key.version), Some(Indexed::of(key)?)),
        KeyRow::Recoverable(deleted) => (Some(deleted.key.version), None),
        // A tombstone is for ever.
        KeyRow::Deleted { .. } => (None, None),
        // The row may come back.
        KeyRow::Absent => return Ok(()),
    };
    if indexed == recorded.indexed {
        return Ok(());
    }
    Ok(store.write_indexed((account, key), recorded, version, indexed.as_ref()).await?)
}

/// The words whose items an index loses that had one thing and has to have another.
pub fn without<'i>(
    before: Option<&'i Indexed>,
    after: Option<&'i Indexed>,
) -> impl Iterator<Item = (&'i Indexed, &'i String)> {
    let stays = move |indexed: &Indexed, word: &String| {
        after.is_some_and(|after| {
            after.environment == indexed.environment
                && after.title == indexed.title
                && after.words.contains(word)
        })
    };
    let words = before.into_iter().flat_map(|before| before.words.iter().map(move |word| (before, word)));
    words.filter(move |(indexed, word)| !stays(indexed, word))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use jiff::Timestamp;

    use super::*;
    use crate::{error::PortError, keys::change::tests::stored};

    #[derive(Default)]
    struct Written(Mutex<Vec<(Option<u64>, Option<Indexed>)>>);

    impl IndexWords for Written {
        async fn read_indexed(&self, _: &AccountId, _: &KeyId) -> Result<Recorded, PortError> {
            Ok(Recorded::default())
        }

        async fn write_indexed(
            &self,
            _: (&AccountId, &KeyId),
            _: &Recorded,
            version: Option<u64>,
            after: Option<&Indexed>,
        ) -> Result<(), PortError> {
            self.0.lock().unwrap().push((version, after.cloned()));
            Ok(())
        }
    }

    fn written(recorded: &Recorded, row: &KeyRow) -> Vec<(Option<u64>, Option<Indexed>)> {
        let (store, key) = (Written::default(), stored());
        index(&store, &key.account, &key.id, recorded, row).now_or_never().unwrap().unwrap();
        store.0.into_inner().unwrap()
    }

    #[test]
    fn the_index_follows_the_row_and_is_written_only_where_it_differs() {
        let key = stored();
        let indexed = Some(Indexed::of(&key).unwrap());
        let recorded = Recorded { indexed: indexed.clone(), revision: 3 };
        let active = KeyRow::Active(Box::new(key.clone()));
        assert_eq!(written(&Recorded::default(), &active), [(Some(key.version), indexed)]);
        assert_eq!(written(&recorded, &active), []);
        let ended = KeyRow::Deleted { at: Timestamp::UNIX_EPOCH };
        assert_eq!(written(&recorded, &ended), [(None, None)]);
        assert_eq!(written(&Recorded::default(), &ended), []);
        assert_eq!(written(&recorded, &KeyRow::Absent), []);
    }

    #[test]
    fn items_go_whose_word_environment_or_title_is_another() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let before =
            Indexed { environment: Environment::Live, title: "a b".to_owned(), words: words(&["a", "b"]) };
        let gone = |after: Option<&Indexed>| {
            without(Some(&before), after).map(|(_, word)| word.clone()).collect::<Vec<_>>()
        };
        assert_eq!(gone(Some(&Indexed { words: words(&["b", "c"]), ..before.clone() })), ["a"]);
        assert_eq!(gone(Some(&Indexed { title: "b a".to_owned(), ..before.clone() })), ["a", "b"]);
        assert_eq!(gone(None), ["a", "b"]);
        assert_eq!(without(None, Some(&before)).count(), 0);
    }
}
