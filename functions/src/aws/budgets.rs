//! How many events an account published in a minute: one item for each, which goes by itself.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::SignedDuration;
use keyward_shared::{
    error::PortError,
    events::budget::Minute,
    ids::AccountId,
    ports::{SpendBudget, Spent},
};

use super::{Tables, errors::dynamodb_error, item::number, place};

/// How long DynamoDB keeps a count after its minute.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

impl SpendBudget for Tables {
    async fn spend_budget(&self, account: &AccountId, minute: Minute, most: u32) -> Result<Spent, PortError> {
        let until = minute.end().saturating_add(KEPT).unwrap_or(jiff::Timestamp::MAX);
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::budget(account, minute)))
            .update_expression("ADD published :one SET #ttl = :until")
            .condition_expression("attribute_not_exists(published) OR published < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(most))
            .expression_attribute_values(":until", number(until.as_second()));
        match update.send().await {
            Ok(_) => Ok(Spent::Granted),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Spent::Nothing),
                Some(_) | None => Err(dynamodb_error(error)),
            },
        }
    }
}
