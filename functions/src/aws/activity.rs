//! The list of what was done in an account: a row beside each entry of a key's audit chain, in the transaction of the change.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use keyward_shared::{
    environment::Environment,
    error::PortError,
    ids::AccountId,
    keys::{
        activity::{Activity, ActivityFilter, ActivityRow},
        audit::AuditEntry,
        key::Key,
    },
    page::{Cursor, Limit, Page},
    ports::ListActivity,
};

use super::{
    Tables, audit_item,
    errors::dynamodb_error,
    item::{Item, text, text_of},
    place,
    trail::change_record,
};
use crate::metrics::Metric;

/// How many rows are read at once, where most of them may not fit.
const STEP: u16 = 200;
/// How often that many are read for a page. A page that is not full then goes on with the next request.
const STEPS: usize = 5;

/// The row of a change. It says what the entry says, and what the key was called.
pub(super) fn item(entry: &AuditEntry, key: &Key) -> Item {
    let mut item = audit_item::item(entry);
    item.extend(place::activity(&entry.account, key.environment, entry.at, &entry.key, entry.sequence));
    item.insert("title".to_owned(), text(key.title.as_str()));
    item.insert("environment".to_owned(), text(key.environment.as_str()));
    item
}

fn row(item: &Item) -> ActivityRow {
    let read = || {
        Some(Activity {
            key: text_of(item, "key_id")?.parse().ok()?,
            title: text_of(item, "title")?.to_owned(),
            environment: text_of(item, "environment")?.parse().ok()?,
            change: change_record(item)?,
        })
    };
    let place = || text_of(item, "SK").unwrap_or_default().to_owned();
    read().map_or_else(
        || ActivityRow::Unreadable { place: place() },
        |activity| ActivityRow::Change(Box::new(activity)),
    )
}

impl ListActivity for Tables {
    async fn list_activity(
        &self,
        account: &AccountId,
        filter: &ActivityFilter,
        before: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<ActivityRow>, PortError> {
        let most = usize::from(limit.rows());
        let step = if filter.takes_all() { limit.rows() + 1 } else { STEP.max(limit.rows() + 1) };
        let mut until = before.map(|before| before.place().to_owned());
        let mut found = Vec::new();
        for _ in 0..STEPS {
            let parts = filter.environments().into_iter();
            let parts = parts.map(|environment| {
                self.before(account, environment, (filter.from, filter.to), until.as_deref(), step)
            });
            let parts = try_join_all(parts).await?;
            // Up to here every part was read, where one has more.
            let ends = parts.iter().filter(|(_, more)| *more).filter_map(|(rows, _)| rows.last());
            until = ends.map(|(place, _)| place.clone()).max();
            let mut rows: Vec<_> = parts.into_iter().flat_map(|(rows, _)| rows).collect();
            rows.retain(|(place, _)| until.as_ref().is_none_or(|until| place >= until));
            rows.sort_by(|(one, _), (other, _)| other.cmp(one));
            found.extend(rows.into_iter().filter(|(_, row)| filter.fits(row)));
            if found.len() > most || until.is_none() {
                break;
            }
        }
        if found.len() > most {
            found.truncate(most);
            until = found.last().map(|(place, _)| place.clone());
        }
        let rows: Vec<_> = found.into_iter().map(|(_, row)| row).collect();
        let unreadable = rows.iter().filter(|row| matches!(row, ActivityRow::Unreadable { .. }));
        Metric::UnreadableRows.count(unreadable.count());
        Ok(Page { rows, next: until.map(Cursor::after) })
    }
}

impl Tables {
    /// The newest rows of one environment within a time and before a place, with their places, and whether there are more.
    async fn before(
        &self,
        account: &AccountId,
        environment: Environment,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        before: Option<&str>,
        most: u16,
    ) -> Result<(Vec<(String, ActivityRow)>, bool), PortError> {
        let from = from.map_or_else(|| "0".to_owned(), place::activity_time);
        let end = to.map_or_else(|| char::MAX.to_string(), place::activity_time);
        let end = before.filter(|before| **before < *end).unwrap_or(&end);
        if *from >= *end {
            return Ok((Vec::new(), false));
        }
        let query = self
            .query(&self.keyward, place::activity_partition(account, environment))
            // The end of the range is the place of a row that was shown, or a time without one: neither is meant.
            .key_condition_expression("PK = :partition AND SK BETWEEN :from AND :end")
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":end", text(end))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::from(most) + 2);
        let items = query.send().await.map_err(dynamodb_error)?.items.unwrap_or_default();
        let mut rows: Vec<_> = items
            .iter()
            .map(|item| (text_of(item, "SK").unwrap_or_default().to_owned(), row(item)))
            .filter(|(place, _)| place != end)
            .collect();
        let more = rows.len() > usize::from(most);
        rows.truncate(usize::from(most));
        Ok((rows, more))
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::keys::audit::{Action, AuditHash};

    use super::*;

    #[test]
    fn a_row_reads_back_what_the_entry_says_and_what_the_key_was_called() {
        let id: keyward_shared::ids::KeyId = "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap();
        let entry = AuditEntry {
            account: "acme".parse().unwrap(),
            key: id.clone(),
            sequence: 3,
            epoch: 1_u64.try_into().unwrap(),
            at: "2026-11-30T10:00:00.5Z".parse().unwrap(),
            by: "person:ann".to_owned(),
            action: Action::Updated,
            version: 3,
            restored: None,
            changed: vec!["title".to_owned()],
            previous: AuditHash::START,
        };
        let mut item = audit_item::item(&entry);
        item.extend(place::activity(&entry.account, Environment::Live, entry.at, &id, 3));
        item.insert("title".to_owned(), text("Live UK"));
        assert!(matches!(row(&item), ActivityRow::Unreadable { .. }), "without an environment");
        item.insert("environment".to_owned(), text("live"));
        let ActivityRow::Change(read) = row(&item) else { panic!("it reads back") };
        assert_eq!((read.key, &*read.title, &*read.change.by), (id, "Live UK", "person:ann"));
        let place = text_of(&item, "SK").unwrap();
        assert!(place.starts_with("2026-11-30T10:00:00.500000000Z#key_"), "{place}");
    }
}
