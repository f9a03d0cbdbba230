//! The records of requests that may be sent again, as items of the vault. Functions that only show data cannot read the
//! vault, so they cannot read these records.

use aws_sdk_dynamodb::{
    operation::put_item::{PutItemError, PutItemInput},
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    idempotency::{Outcome, Record, RecordName, Ticket},
    ids::AccountId,
    ports::{CommitError, KeepRecord, ReadRecord},
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, number, number_of, text, text_of},
    place,
    transaction::{Condition, Part, Transaction},
};

fn item(ticket: &Ticket, outcome: &Outcome) -> Item {
    let mut item = place::record(&ticket.account, &ticket.name);
    item.insert("mac".to_owned(), AttributeValue::B(Blob::new(ticket.mac.as_bytes())));
    item.insert("ttl".to_owned(), number(ticket.ends().as_second()));
    item.insert("epoch".to_owned(), number(ticket.epoch));
    match outcome {
        Outcome::Done { id, version } => {
            item.insert("id".to_owned(), text(id));
            item.insert("version".to_owned(), number(version));
        }
        Outcome::Replaced { uses } => {
            item.insert("uses".to_owned(), number(uses));
        }
        Outcome::Running { until } => {
            item.insert("running_until_ms".to_owned(), number(until.as_millisecond()));
        }
    }
    item
}

/// DynamoDB removes expired items with a delay, so an expired item counts as missing. So does one of an older epoch.
fn is_free(ticket: &Ticket) -> Condition {
    Condition::new("(attribute_not_exists(PK) OR #ttl <= :now OR epoch < :epoch)")
        .name("#ttl", "ttl")
        .number(":now", ticket.at.as_second())
        .number(":epoch", ticket.epoch.number())
}

/// Puts the record of a request into the transaction that carries it out.
pub(super) fn put_done(
    tables: &Tables,
    transaction: &mut Transaction<'_>,
    ticket: &Ticket,
    id: &impl ToString,
    version: u64,
) -> Result<(), PortError> {
    let outcome = Outcome::Done { id: id.to_string(), version };
    transaction.put_if(Part::Record, &tables.vault, item(ticket, &outcome), is_free(ticket))
}

fn read(item: &Item) -> Option<Record> {
    let outcome = if let Some(until) = number_of(item, "running_until_ms") {
        Outcome::Running { until: Timestamp::from_millisecond(until).ok()? }
    } else if let Some(uses) = number_of(item, "uses") {
        Outcome::Replaced { uses }
    } else {
        Outcome::Done { id: text_of(item, "id")?.to_owned(), version: number_of(item, "version")? }
    };
    Some(Record {
        mac: item.get("mac")?.as_b().ok()?.as_ref().to_vec().into(),
        outcome,
        ends: Timestamp::from_second(number_of(item, "ttl")?).ok()?,
        epoch: number_of::<u64>(item, "epoch")?.try_into().ok()?,
    })
}

impl ReadRecord for Tables {
    async fn read_record(&self, account: &AccountId, name: &RecordName) -> Result<Option<Record>, Error> {
        let item = self.get(&self.vault, place::record(account, name)).await?;
        let unreadable = || Error::RowUnreadable(StoredRow::Record);
        item.map(|item| read(&item).ok_or_else(unreadable)).transpose()
    }
}

impl KeepRecord for Tables {
    async fn begin_record(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), CommitError> {
        let put = PutItemInput::builder()
            .table_name(&self.vault)
            .set_item(Some(item(ticket, &Outcome::Running { until })))
            .condition_expression(
                "attribute_not_exists(PK) OR #ttl <= :now OR running_until_ms <= :now_ms OR epoch < :epoch",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(now.as_second()))
            .expression_attribute_values(":now_ms", number(now.as_millisecond()))
            .expression_attribute_values(":epoch", number(ticket.epoch))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = self.put_item(put).await else { return Ok(()) };
        match error.as_service_error() {
            // The SDK repeats a call whose answer it did not get, and then meets what that call has written.
            Some(PutItemError::ConditionalCheckFailedException(failed))
                if failed.item.as_ref() == Some(&item(ticket, &Outcome::Running { until })) =>
            {
                Ok(())
            }
            Some(PutItemError::ConditionalCheckFailedException(_)) => Err(CommitError::Repeated),
            Some(_) | None => Err(dynamodb_error(error).into()),
        }
    }

    async fn finish_record(&self, ticket: &Ticket, outcome: &Outcome) -> Result<(), PortError> {
        self.put(&self.vault, item(ticket, outcome)).await
    }

    async fn drop_record(&self, ticket: &Ticket) -> Result<(), PortError> {
        self.delete(&self.vault, place::record(&ticket.account, &ticket.name)).await
    }
}
