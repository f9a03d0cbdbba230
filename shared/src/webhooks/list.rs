//! All webhooks of an account. There are so few that they are read together.

use super::{event_type::EventType, webhook::Webhook};
use crate::{
    environment::Environment,
    error::Error,
    page::{Cursor, Limit, List, ListName, Page},
};

/// The most webhooks of an account.
pub const MAX: usize = 50;
/// The most webhooks of an account for one type of event.
pub const MAX_FOR_ONE_TYPE: usize = 20;

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub enum WebhookRow {
    /// A webhook.
    Webhook(Box<Webhook>),
    /// A row that cannot be read. It is shown as such, counts as a webhook, and never fails the list.
    Unreadable {
        /// The id, from the row's key.
        id: String,
    },
}

impl WebhookRow {
    /// The webhook, if it can be read.
    #[must_use]
    pub fn webhook(&self) -> Option<&Webhook> {
        match self {
            Self::Webhook(webhook) => Some(webhook),
            Self::Unreadable { .. } => None,
        }
    }

    /// The place in the order of the list.
    fn place(&self) -> String {
        match self {
            // No title contains a tab, and it sorts before every character that a title may contain.
            Self::Webhook(webhook) => format!("{}\t{}", webhook.name.folded(), webhook.id),
            Self::Unreadable { id } => format!("\t{id}"),
        }
    }
}

/// The webhooks of an account as of one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Webhooks {
    /// Counts what could bring the account over a limit: new webhooks, and further types of events.
    pub version: u64,
    /// Each of them.
    pub rows: Vec<WebhookRow>,
}

impl Webhooks {
    /// Refuses a webhook that is one more than there may be, in all or for a type of event. It may be one of these already.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`].
    pub fn check_room(&self, wanted: &Webhook) -> Result<(), Error> {
        let others = || {
            let is_other = |row: &&WebhookRow| row.webhook().is_none_or(|webhook| webhook.id != wanted.id);
            self.rows.iter().filter(is_other)
        };
        if others().count() >= MAX {
            let reason =
                format!("the account has {MAX} webhooks, the most that it may have: delete one first");
            return Err(Error::invalid("name", reason));
        }
        let hear = |kind: &EventType| {
            others()
                .filter_map(WebhookRow::webhook)
                .filter(|webhook| webhook.event_types.contains(kind))
                .count()
        };
        match wanted.event_types.iter().find(|kind| hear(kind) >= MAX_FOR_ONE_TYPE) {
            Some(kind) => {
                let reason = format!(
                    "the account has {MAX_FOR_ONE_TYPE} webhooks for `{kind}`, the most that it may have"
                );
                Err(Error::invalid("event_types", reason))
            }
            None => Ok(()),
        }
    }
}

/// Which webhooks to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookFilter {
    /// Only those of this environment.
    pub environment: Option<Environment>,
}

impl WebhookFilter {
    /// The list that cursors are bound to.
    #[must_use]
    pub fn list(&self) -> List {
        List::whole(ListName::Webhooks).with_any("environment", self.environment.map(Environment::as_str))
    }

    /// One page of the webhooks, in the order of their names. A row that cannot be read is of no known environment, and is shown in
    /// every list.
    #[must_use]
    pub fn page(&self, webhooks: Webhooks, after: Option<&Cursor>, limit: Limit) -> Page<WebhookRow> {
        let is_asked_for = |row: &WebhookRow| {
            let of = |webhook: &Webhook| self.environment.is_none_or(|asked| asked == webhook.environment);
            row.webhook().is_none_or(of)
        };
        let mut rows: Vec<(String, WebhookRow)> = webhooks
            .rows
            .into_iter()
            .filter(is_asked_for)
            .map(|row| (row.place(), row))
            .filter(|(place, _)| after.is_none_or(|cursor| place.as_str() > cursor.place()))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let most = usize::from(limit.rows());
        let next = if rows.len() > most {
            rows.truncate(most);
            rows.last().map(|(place, _)| Cursor::after(place.clone()))
        } else {
            None
        };
        Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::change::tests::webhook;

    fn rows(count: usize, types: &[&str]) -> Webhooks {
        let row = |number: usize| {
            let id = format!("whk_0190f3c1-7f00-7000-8000-{number:012}").parse().unwrap();
            let name = format!("Hook {:02}", 99 - number).parse().unwrap();
            WebhookRow::Webhook(Box::new(Webhook { id, name, ..webhook(types) }))
        };
        Webhooks { version: 1, rows: (0..count).map(row).collect() }
    }

    fn refused(webhooks: &Webhooks, wanted: &Webhook) -> Option<String> {
        match webhooks.check_room(wanted) {
            Ok(()) => None,
            Err(Error::InvalidFields(fields)) => fields.first().map(|field| field.field.clone()),
            Err(error) => Some(error.to_string()),
        }
    }

    #[test]
    fn an_account_has_at_most_50_webhooks_and_20_for_one_type() {
        let wanted = webhook(&["b", "c"]);
        assert_eq!(refused(&rows(49, &["a"]), &wanted), None);
        assert_eq!(refused(&rows(50, &["a"]), &wanted), Some("name".to_owned()));
        assert_eq!(refused(&rows(19, &["b"]), &wanted), None);
        assert_eq!(refused(&rows(20, &["b"]), &wanted), Some("event_types".to_owned()));
        let mut unreadable = rows(49, &["a"]);
        unreadable.rows.push(WebhookRow::Unreadable { id: "whk_1".to_owned() });
        assert_eq!(refused(&unreadable, &wanted), Some("name".to_owned()));
    }

    #[test]
    fn a_webhook_is_no_other_one_than_itself() {
        let full = rows(20, &["a"]);
        let own = full.rows[7].webhook().unwrap().clone();
        assert_eq!(refused(&full, &own), None);
    }

    #[test]
    fn pages_follow_each_other_in_the_order_of_names() {
        let filter = WebhookFilter { environment: None };
        let limit: Limit = "2".parse().unwrap();
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = filter.page(rows(5, &["a"]), after.as_ref(), limit);
            names.extend(page.rows.iter().map(|row| row.webhook().unwrap().name.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(names, ["Hook 95", "Hook 96", "Hook 97", "Hook 98", "Hook 99"]);
        let filter = WebhookFilter { environment: Some(Environment::Test) };
        assert!(filter.page(rows(5, &["a"]), None, limit).rows.is_empty());
    }
}
