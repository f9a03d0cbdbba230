//! The records of requests that may be sent again, as items of the vault: what a request held is nobody's business who may
//! only show things.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    idempotency::{Outcome, Record, RecordName, Ticket},
    ids::AccountId,
    ports::{CommitError, KeepRecord, ReadRecord},
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::Item,
    place,
    transaction::{Condition, Part, Transaction},
};

fn item(ticket: &Ticket, outcome: &Outcome) -> Item {
    let number = |number: &dyn ToString| AttributeValue::N(number.to_string());
    let mut item = place::record(&ticket.account, &ticket.name);
    item.insert("mac".to_owned(), AttributeValue::B(Blob::new(ticket.mac.as_bytes())));
    item.insert("ttl".to_owned(), number(&ticket.ends().as_second()));
    match outcome {
        Outcome::Done { id, version } => {
            item.insert("id".to_owned(), AttributeValue::S(id.clone()));
            item.insert("version".to_owned(), number(version));
        }
        Outcome::Replaced { uses } => {
            item.insert("uses".to_owned(), number(uses));
        }
        Outcome::Running { until } => {
            item.insert("running_until_ms".to_owned(), number(&until.as_millisecond()));
        }
    }
    item
}

/// Expired items stay until DynamoDB gets to them: what is over counts as not there.
fn free_at(now: Timestamp) -> Condition {
    Condition::new("(attribute_not_exists(PK) OR #ttl <= :now)")
        .name("#ttl", "ttl")
        .number(":now", now.as_second())
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
    transaction.put_if(Part::Record, &tables.vault, item(ticket, &outcome), free_at(ticket.at))
}

fn read(item: &Item) -> Option<Record> {
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<i64>().ok();
    let count = |name: &str| number(name).and_then(|number| u64::try_from(number).ok());
    let outcome = if let Some(until) = number("running_until_ms") {
        Outcome::Running { until: Timestamp::from_millisecond(until).ok()? }
    } else if let Some(uses) = count("uses") {
        Outcome::Replaced { uses }
    } else {
        Outcome::Done { id: item.get("id")?.as_s().ok()?.clone(), version: count("version")? }
    };
    Some(Record {
        mac: item.get("mac")?.as_b().ok()?.as_ref().to_vec().into(),
        outcome,
        ends: Timestamp::from_second(number("ttl")?).ok()?,
    })
}

impl ReadRecord for Tables {
    async fn read_record(&self, account: &AccountId, name: &RecordName) -> Result<Option<Record>, PortError> {
        let get = self.client.get_item().table_name(&self.vault).set_key(Some(place::record(account, name)));
        let answer = get.consistent_read(true).send().await.map_err(dynamodb_error)?;
        Ok(answer.item.as_ref().and_then(read))
    }
}

impl KeepRecord for Tables {
    async fn begin_record(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), CommitError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.vault)
            .set_item(Some(item(ticket, &Outcome::Running { until })))
            .condition_expression("attribute_not_exists(PK) OR #ttl <= :now OR running_until_ms <= :now_ms")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .expression_attribute_values(":now_ms", AttributeValue::N(now.as_millisecond().to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(()) };
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
        let put = self.client.put_item().table_name(&self.vault).set_item(Some(item(ticket, outcome)));
        put.send().await.map(|_| ()).map_err(dynamodb_error)
    }

    async fn drop_record(&self, ticket: &Ticket) -> Result<(), PortError> {
        let key = place::record(&ticket.account, &ticket.name);
        let delete = self.client.delete_item().table_name(&self.vault).set_key(Some(key));
        delete.send().await.map(|_| ()).map_err(dynamodb_error)
    }
}
