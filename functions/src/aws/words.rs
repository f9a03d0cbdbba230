//! The index of words: an item for each word of each key, beside an item that says which there are of a key.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::{
    environment::Environment,
    error::PortError,
    ids::{AccountId, KeyId},
    keys::search::{Found, Indexed, Posting, Recorded, Said, Span, without},
    ports::{CommitError, FindWords, IndexWords},
};

use super::{
    Tables,
    errors::{DYNAMODB, dynamodb_error, our_fault},
    item::{Item, number, number_of, text, text_of},
    place,
    transaction::{Condition, Part, Transaction},
};

/// All words of a key, in an item of each. No word has a space.
const WORDS: &str = "words";
const BETWEEN: &str = " ";

impl FindWords for Tables {
    /// An item may lag behind its write by a moment, as in an index of the table.
    async fn find_words(
        &self,
        account: &AccountId,
        environment: Environment,
        span: &Span,
        after: Option<&str>,
        most: u16,
    ) -> Result<Found, PortError> {
        let (first, from, to) = match span {
            Span::Beginning(beginning) => (beginning, beginning.clone(), format!("{beginning}{}", char::MAX)),
            Span::Between(first, last) => {
                (first, place::word_place(first), format!("{}{}", place::word_place(last), char::MAX))
            }
        };
        // The next place in the order of bytes after a place is that place followed by the least character.
        let from = after.map(|after| format!("{after}\0")).filter(|after| *after > from).unwrap_or(from);
        if from > to {
            return Ok(Found::default());
        }
        let query = self
            .client
            .query()
            .table_name(&self.keyward)
            .key_condition_expression("PK = :partition AND SK BETWEEN :from AND :to")
            .expression_attribute_values(
                ":partition",
                text(place::word_partition(account, environment, first)),
            )
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            // One more than is asked for tells whether there are more.
            .limit(i32::from(most) + 1);
        let items = query.send().await.map_err(dynamodb_error)?.items.unwrap_or_default();
        let more = items.len() > usize::from(most);
        Ok(Found { postings: items.iter().take(usize::from(most)).map(posting).collect(), more })
    }
}

fn posting(item: &Item) -> Posting {
    let place = text_of(item, "SK").unwrap_or_default().to_owned();
    let said = || {
        let (word, key) = place::word_at(&place)?;
        let words = text_of(item, WORDS)?.split(BETWEEN).map(str::to_owned).collect();
        Some(Said { word: word.to_owned(), key, words })
    };
    Posting { said: said(), place }
}

impl IndexWords for Tables {
    /// What cannot be read counts as nothing: all is written again.
    async fn read_indexed(&self, account: &AccountId, key: &KeyId) -> Result<Recorded, PortError> {
        let item = self.get(&self.keyward, place::recorded(account, key)).await?;
        Ok(item.map(|item| read_recorded(&item)).unwrap_or_default())
    }

    async fn write_indexed(
        &self,
        (account, key): (&AccountId, &KeyId),
        recorded: &Recorded,
        version: Option<u64>,
        after: Option<&Indexed>,
    ) -> Result<(), PortError> {
        let (table, record) = (&self.keyward, place::recorded(account, key));
        let mut transaction = Transaction::new(self);
        let row = match version {
            Some(version) => Condition::not_ended().at_version(version),
            None => Condition::new("#state = :deleted").name("#state", "state").text(":deleted", "deleted"),
        };
        transaction.check(Part::Key, table, place::key(account, key), row)?;
        let is_the_same = match recorded.revision {
            0 => Condition::new("attribute_not_exists(revision)"),
            revision => Condition::new("revision = :revision").number(":revision", revision),
        };
        match after {
            Some(indexed) => {
                let item = recorded_item(record, indexed, recorded.revision + 1);
                transaction.put_if(Part::Row, table, item, is_the_same)?;
                for item in items(account, key, indexed) {
                    transaction.put(table, item)?;
                }
            }
            None => transaction.delete_if(Part::Row, table, record, is_the_same)?,
        }
        for (indexed, word) in without(recorded.indexed.as_ref(), after) {
            transaction
                .delete(table, place::word(account, indexed.environment, word, &indexed.title, key))?;
        }
        transaction.commit(None).await.map_err(|error| match error {
            CommitError::Port(error) => error,
            CommitError::Stale { .. } | CommitError::Unmet(_) => {
                PortError::Unavailable { service: DYNAMODB, source: Box::new(Overtaken) }
            }
            CommitError::Repeated | CommitError::Lost(_) => our_fault(Overtaken),
        })
    }
}

/// The key or its words changed meanwhile: the same is done again.
#[derive(Debug, thiserror::Error)]
#[error("the key changed while its words were written")]
struct Overtaken;

/// The items of a key's words.
fn items<'i>(
    account: &'i AccountId,
    key: &'i KeyId,
    indexed: &'i Indexed,
) -> impl Iterator<Item = Item> + 'i {
    let all = joined(&indexed.words);
    indexed.words.iter().map(move |word| {
        let mut item = place::word(account, indexed.environment, word, &indexed.title, key);
        item.insert(WORDS.to_owned(), text(&all));
        item
    })
}

fn joined(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(BETWEEN)
}

fn recorded_item(mut item: Item, indexed: &Indexed, revision: u64) -> Item {
    item.extend([
        ("environment".to_owned(), text(indexed.environment.as_str())),
        ("title".to_owned(), text(&indexed.title)),
        (WORDS.to_owned(), AttributeValue::L(indexed.words.iter().map(text).collect())),
        ("revision".to_owned(), number(revision)),
    ]);
    item
}

fn read_recorded(item: &Item) -> Recorded {
    let words = || -> Option<BTreeSet<String>> {
        item.get(WORDS)?.as_l().ok()?.iter().map(|word| word.as_s().ok().cloned()).collect()
    };
    let indexed = || {
        Some(Indexed {
            environment: text_of(item, "environment")?.parse().ok()?,
            title: text_of(item, "title")?.to_owned(),
            words: words()?,
        })
    };
    Recorded { indexed: indexed(), revision: number_of(item, "revision").unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed() -> Indexed {
        let words = [":0190f3c1-7f00-7000-8000-0123456789ab", "=shopify", "live", "uk"];
        Indexed {
            environment: Environment::Live,
            title: "live uk".to_owned(),
            words: words.map(str::to_owned).into(),
        }
    }

    fn of() -> (AccountId, KeyId) {
        ("acme".parse().unwrap(), "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap())
    }

    #[test]
    fn each_item_of_a_key_says_its_word_and_all_others() {
        let ((account, key), indexed) = (of(), indexed());
        let said: Vec<Said> =
            items(&account, &key, &indexed).filter_map(|item| posting(&item).said).collect();
        let words: Vec<&str> = said.iter().map(|said| said.word.as_str()).collect();
        assert!(words.iter().copied().eq(indexed.words.iter().map(String::as_str)));
        assert!(said.iter().all(|said| said.key == key && said.words == indexed.words));
    }

    #[test]
    fn what_is_written_down_reads_back_and_what_cannot_be_read_is_nothing() {
        let ((account, key), indexed) = (of(), indexed());
        let item = recorded_item(place::recorded(&account, &key), &indexed, 3);
        assert_eq!(read_recorded(&item), Recorded { indexed: Some(indexed), revision: 3 });
        let mut damaged = item;
        damaged.insert("environment".to_owned(), text("moon"));
        assert_eq!(read_recorded(&damaged), Recorded { indexed: None, revision: 3 });
    }
}
