//! One `TransactWriteItems`, item by item. Each item has a role, so that a refusal can be reported in the
//! domain's terms: DynamoDB reports the reasons of a refused transaction in the order of its items.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put,
        ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem, Update,
        builders::TransactWriteItemBuilder,
    },
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use keyward_shared::{
    error::PortError,
    keys::audit::AuditEntry,
    membership::rows::Held,
    moment::Random,
    ports::{CommitError, Need},
};
use tokio::time::sleep;

use super::{
    Tables,
    client_rows::at_version,
    errors::{DYNAMODB, dynamodb_error, is_conflict, our_fault},
    item::Item,
    key_item::{is_recoverable, is_tombstone},
    place,
};
use crate::system::SystemRandom;

/// The role of an item in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The record of the request. Its condition fails when the request was carried out before.
    Record,
    /// The row that is changed. Its condition fails when the row changed since it was read.
    Row,
    /// The row of a key that comes into use. Its condition fails when that key cannot be used.
    Key,
    /// The version of the account's webhooks. Its condition fails when another one was stored since the room was looked for.
    Room,
    /// The row of the owner who is left. Its condition fails when they are none any more.
    Owner,
    /// The row of the caller. Its condition fails when the row changed since it gave the caller the right.
    Caller,
    /// An item that is written with the others. Its refusal has no meaning in the domain's terms.
    Beside,
}

type Names = HashMap<String, String>;
type Values = HashMap<String, AttributeValue>;

/// A condition, and what its names and values stand for.
#[derive(Default)]
pub(super) struct Condition {
    expression: String,
    names: Names,
    values: Values,
}

impl Condition {
    pub(super) fn new(expression: &str) -> Self {
        Self { expression: expression.to_owned(), ..Self::default() }
    }

    /// One more condition that must hold.
    pub(super) fn and(mut self, expression: &str) -> Self {
        self.expression = format!("{} AND {expression}", self.expression);
        self
    }

    pub(super) fn name(mut self, name: &str, stands_for: &str) -> Self {
        self.names.insert(name.to_owned(), stands_for.to_owned());
        self
    }

    pub(super) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::S(value.into()));
        self
    }

    pub(super) fn number(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::N(value.to_string()));
        self
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// The item must not be there.
    pub(super) fn absent() -> Self {
        Self::new("attribute_not_exists(PK)")
    }

    /// The item must be there.
    pub(super) fn present() -> Self {
        Self::new("attribute_exists(PK)")
    }

    /// A key's row must be that of a key that was not deleted. It may be disabled.
    pub(super) fn stored() -> Self {
        let stored = Self::new("#state IN (:active, :disabled)").name("#state", "state");
        stored.text(":active", "active").text(":disabled", "disabled")
    }

    /// A key's row must be that of a deleted key that can be brought back.
    pub(super) fn recoverable() -> Self {
        Self::new("#state = :recoverable").name("#state", "state").text(":recoverable", "recoverable")
    }

    /// A key's row must not be a tombstone.
    pub(super) fn not_ended() -> Self {
        let stored = Self::new("#state IN (:active, :disabled, :recoverable)").name("#state", "state");
        stored.text(":active", "active").text(":disabled", "disabled").text(":recoverable", "recoverable")
    }

    /// The row must be at this version.
    pub(super) fn at_version(self, version: u64) -> Self {
        self.and("version = :version").number(":version", version)
    }

    /// The key's chain must end before this entry: nothing was told of the key since it was read.
    pub(super) fn before(self, audit: &AuditEntry) -> Self {
        self.and("audit_sequence = :last_entry").number(":last_entry", audit.sequence.saturating_sub(1))
    }

    /// The expression, and the two maps as the SDK takes them: an empty one is refused.
    fn maps(self) -> (String, Option<Names>, Option<Values>) {
        let names = (!self.names.is_empty()).then_some(self.names);
        let values = (!self.values.is_empty()).then_some(self.values);
        (self.expression, names, values)
    }
}

/// Puts a condition into the builder of a write. The SDK has a builder for each kind of write, with the same setters.
macro_rules! on_condition {
    ($write:expr, $condition:expr) => {{
        let (expression, names, values) = $condition.maps();
        $write
            .condition_expression(expression)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
    }};
}

/// Items that are written together or not at all.
pub(super) struct Transaction<'t> {
    tables: &'t Tables,
    items: Vec<(Part, TransactWriteItem)>,
    by: Option<Held>,
}

impl<'t> Transaction<'t> {
    /// One that no caller asks for, or whose caller's row is the row that it changes.
    pub(super) const fn new(tables: &'t Tables) -> Self {
        Self { tables, items: Vec::new(), by: None }
    }

    /// What a caller asks for who has the right to it: it is carried out only while they have it.
    pub(super) fn by(tables: &'t Tables, held: &Held) -> Self {
        Self { tables, items: Vec::new(), by: Some(held.clone()) }
    }

    /// Puts an item, whatever is there.
    pub(super) fn put(&mut self, table: &str, item: Item) -> Result<(), PortError> {
        let put = Put::builder().table_name(table).set_item(Some(item)).build().map_err(our_fault)?;
        self.push(Part::Beside, TransactWriteItem::builder().put(put));
        Ok(())
    }

    /// Puts an item on a condition.
    pub(super) fn put_if(
        &mut self,
        part: Part,
        table: &str,
        item: Item,
        condition: Condition,
    ) -> Result<(), PortError> {
        let put = on_condition!(Put::builder().table_name(table).set_item(Some(item)), condition);
        let put = put.return_values_on_condition_check_failure(AllOld).build().map_err(our_fault)?;
        self.push(part, TransactWriteItem::builder().put(put));
        Ok(())
    }

    /// Changes attributes of an item on a condition. `expression` uses the condition's names and values.
    pub(super) fn update_if(
        &mut self,
        part: Part,
        table: &str,
        key: Item,
        expression: &str,
        condition: Condition,
    ) -> Result<(), PortError> {
        let update = Update::builder().table_name(table).set_key(Some(key)).update_expression(expression);
        let update = on_condition!(update, condition);
        let update = update.return_values_on_condition_check_failure(AllOld).build().map_err(our_fault)?;
        self.push(part, TransactWriteItem::builder().update(update));
        Ok(())
    }

    /// Checks a condition of an item without changing the item.
    pub(super) fn check(
        &mut self,
        part: Part,
        table: &str,
        key: Item,
        condition: Condition,
    ) -> Result<(), PortError> {
        let check = on_condition!(ConditionCheck::builder().table_name(table).set_key(Some(key)), condition);
        let check = check.build().map_err(our_fault)?;
        self.push(part, TransactWriteItem::builder().condition_check(check));
        Ok(())
    }

    /// Deletes an item, whether or not it is there.
    pub(super) fn delete(&mut self, table: &str, key: Item) -> Result<(), PortError> {
        let delete = Delete::builder().table_name(table).set_key(Some(key)).build().map_err(our_fault)?;
        self.push(Part::Beside, TransactWriteItem::builder().delete(delete));
        Ok(())
    }

    /// Deletes an item on a condition.
    pub(super) fn delete_if(
        &mut self,
        part: Part,
        table: &str,
        key: Item,
        condition: Condition,
    ) -> Result<(), PortError> {
        let delete = on_condition!(Delete::builder().table_name(table).set_key(Some(key)), condition);
        let delete = delete.return_values_on_condition_check_failure(AllOld).build().map_err(our_fault)?;
        self.push(part, TransactWriteItem::builder().delete(delete));
        Ok(())
    }

    fn push(&mut self, part: Part, item: TransactWriteItemBuilder) {
        self.items.push((part, item.build()));
    }

    /// Carries out the transaction as a whole, or not at all. `before` is the version that the
    /// changed row must have.
    ///
    /// It checks the caller's row too. Where that changed in the meantime, it is read again: a caller who has the right all the same
    /// gets the change carried out, and any other gets [`CommitError::Lost`].
    pub(super) async fn commit(mut self, before: Option<u64>) -> Result<(), CommitError> {
        let tables = self.tables;
        let Some(mut held) = self.by.take() else {
            return carry_out(tables, &self.items, before).await.map_err(Failed::commit_error);
        };
        for _ in 0..HOLDS {
            self.check(
                Part::Caller,
                &tables.keyward,
                place::caller(held.row()),
                at_version(Some(held.version())),
            )?;
            match carry_out(tables, &self.items, before).await {
                Ok(()) => return Ok(()),
                Err(Failed::CallerChanged(_)) => {}
                Err(Failed::Otherwise(error)) => return Err(error),
            }
            self.items.pop();
            held = tables.hold_again(&held).await?;
        }
        Err(PortError::Unavailable { service: DYNAMODB, source: Box::new(NeverStill) }.into())
    }
}

/// How often a change is tried whose caller's row changes meanwhile.
const HOLDS: usize = 8;

/// The caller's row changes faster than a change of the caller's is made.
#[derive(Debug, thiserror::Error)]
#[error("the caller's row changed {HOLDS} times during the request")]
struct NeverStill;

/// The reason why a transaction was not carried out.
enum Failed {
    /// The row of the caller is not what gave them the right.
    CallerChanged(PortError),
    Otherwise(CommitError),
}

impl Failed {
    fn commit_error(self) -> CommitError {
        match self {
            Self::CallerChanged(error) => error.into(),
            Self::Otherwise(error) => error,
        }
    }
}

/// Carries out these items.
///
/// The SDK repeats a call whose answer it did not get, with the same token: DynamoDB then answers as it did at first. It does not
/// repeat a transaction that met another one, of which nothing was done. This waits and tries it again, until it has waited
/// for about ten seconds. The request may end before that. All tries have one token, because an earlier one may have been done
/// without an answer, and a new token would then find the row changed by its own request.
async fn carry_out(
    tables: &Tables,
    items: &[(Part, TransactWriteItem)],
    before: Option<u64>,
) -> Result<(), Failed> {
    let (parts, items): (Vec<_>, Vec<_>) = items.iter().cloned().unzip();
    let token = token();
    let send = || {
        let call = tables.client.transact_write_items().client_request_token(&token);
        call.set_transact_items(Some(items.clone())).send()
    };
    let mut outcome = send().await;
    for wait in WAITS_MS {
        match &outcome {
            Err(error) if met_another(error) => {}
            Ok(_) | Err(_) => break,
        }
        sleep(part_of(wait)).await;
        outcome = send().await;
    }
    let Err(error) = outcome else { return Ok(()) };
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons.clone().unwrap_or_default()
        }
        Some(_) | None => return Err(Failed::Otherwise(dynamodb_error(error).into())),
    };
    let failed = parts.iter().zip(&reasons).filter(|(_, reason)| has_failed(reason));
    let failed: Vec<_> = failed.collect();
    let of = |part: Part| failed.iter().find(|(failed, _)| **failed == part).map(|(_, reason)| *reason);
    if of(Part::Caller).is_some() {
        let source = Box::new(error);
        return Err(Failed::CallerChanged(PortError::Refused { service: DYNAMODB, source }));
    }
    if of(Part::Record).is_some() {
        return Err(Failed::Otherwise(CommitError::Repeated));
    }
    if let Some(row) = of(Part::Row) {
        return Err(Failed::Otherwise(row_error(row.item.as_ref(), before)));
    }
    for (part, need) in [(Part::Room, Need::Room), (Part::Key, Need::Key), (Part::Owner, Need::Owner)] {
        if of(part).is_some() {
            return Err(Failed::Otherwise(CommitError::Unmet(need)));
        }
    }
    let source = Box::new(error);
    Err(Failed::Otherwise(CommitError::Port(if is_conflict(&reasons) {
        PortError::Unavailable { service: DYNAMODB, source }
    } else {
        PortError::Refused { service: DYNAMODB, source }
    })))
}

/// The longest that a transaction waits before each further try, in milliseconds. Real waits are a random part of these, so that
/// those that met do not meet again (AWS Architecture Blog, "Exponential Backoff And Jitter").
const WAITS_MS: [u64; 24] = [
    20, 40, 80, 160, 320, 640, 640, 640, 640, 640, 640, 640, 960, 960, 960, 960, 960, 960, 960, 960, 960,
    960, 960, 960,
];

/// What DynamoDB knows a transaction by for ten minutes (API reference, TransactWriteItems, `ClientRequestToken`: 36 characters
/// at most).
fn token() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    hex::encode(bytes)
}

/// A random part of a wait.
fn part_of(wait_ms: u64) -> Duration {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    Duration::from_millis(u64::from_be_bytes(bytes) % (wait_ms + 1))
}

/// Whether a transaction was cancelled for nothing but another one with the same items (DynamoDB API reference,
/// TransactWriteItems, "Cancellation reason codes": `TransactionConflict`).
fn met_another(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return false;
    };
    let reasons = cancelled.cancellation_reasons.as_deref().unwrap_or_default();
    let is_one = |reason: &CancellationReason| reason.code.as_deref() == Some("TransactionConflict");
    is_conflict(reasons) && reasons.iter().any(is_one)
}

fn has_failed(reason: &CancellationReason) -> bool {
    reason.code.as_deref() == Some("ConditionalCheckFailed")
}

/// What a row says that is not what the change was made for. One at the right version has other uses, or told something.
fn row_error(stored: Option<&Item>, before: Option<u64>) -> CommitError {
    let stored = stored.filter(|item| !item.is_empty() && !is_tombstone(item) && !is_recoverable(item));
    let current = stored.and_then(|item| item.get("version")?.as_n().ok()?.parse().ok());
    if current.is_some() && current == before {
        CommitError::Unmet(Need::Row)
    } else {
        CommitError::Stale { current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: u64, state: &str) -> Item {
        Item::from([
            ("version".to_owned(), AttributeValue::N(version.to_string())),
            ("state".to_owned(), AttributeValue::S(state.to_owned())),
        ])
    }

    #[test]
    fn a_row_tells_why_a_change_does_not_fit_it() {
        let error = |item: Option<Item>, before| row_error(item.as_ref(), before);
        assert!(matches!(error(Some(row(3, "active")), Some(2)), CommitError::Stale { current: Some(3) }));
        assert!(matches!(error(Some(row(2, "active")), Some(2)), CommitError::Unmet(Need::Row)));
        assert!(matches!(error(Some(row(3, "deleted")), Some(2)), CommitError::Stale { current: None }));
        assert!(matches!(error(None, Some(2)), CommitError::Stale { current: None }));
        assert!(matches!(error(Some(Item::new()), None), CommitError::Stale { current: None }));
    }
}
