//! Connections that were begun: one row each, for ten minutes, found by the digest of its state.

use aws_sdk_dynamodb::{
    operation::delete_item::DeleteItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use keyward_shared::{
    connect::{Connection, Digest, Taken},
    error::PortError,
    membership::rows::{CallerRow, Claimed, Held},
    permission::Permission,
    ports::{CommitError, InsertConnection, TakeConnection},
};
use serde::{Deserialize, Serialize};

use super::{
    Tables,
    errors::{dynamodb_error, our_fault},
    item::{Item, text},
    place,
    transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct ConnectionItem {
    connection_id: String,
    account_id: String,
    key_id: String,
    entry: String,
    key_version: u64,
    app_id: String,
    scopes: Vec<String>,
    other_identity: bool,
    member_id: String,
    begun_by: String,
    cookie: String,
    expires_at: Timestamp,
    ttl: i64,
}

/// Only people begin connections.
#[derive(Debug, thiserror::Error)]
#[error("a connection was begun by nobody who has a browser")]
struct NoPerson;

fn item(connection: &Connection) -> Result<Item, PortError> {
    let member = match &connection.claimed.row {
        CallerRow::Member(_, member) => member.to_string(),
        // Neither a machine nor a webhook begins one.
        CallerRow::Client(client) => client.to_string(),
        CallerRow::Webhook { .. } => return Err(our_fault(NoPerson)),
    };
    let mut item: Item = serde_dynamo::to_item(ConnectionItem {
        connection_id: connection.id.to_string(),
        account_id: connection.account.to_string(),
        key_id: connection.key.to_string(),
        entry: connection.entry.to_string(),
        key_version: connection.version,
        app_id: connection.app.to_string(),
        scopes: connection.scopes.clone(),
        other_identity: connection.other_identity,
        member_id: member,
        begun_by: connection.by.clone(),
        cookie: hex::encode(connection.cookie.0),
        expires_at: connection.expires_at,
        ttl: connection.expires_at.as_second(),
    })
    .map_err(our_fault)?;
    item.extend(place::connection(connection.state));
    Ok(item)
}

fn read(state: Digest, item: Item) -> Option<Connection> {
    let item: ConnectionItem = serde_dynamo::from_item(item).ok()?;
    let account: keyward_shared::ids::AccountId = item.account_id.parse().ok()?;
    let mut cookie = [0; 32];
    hex::decode_to_slice(&item.cookie, &mut cookie).ok()?;
    let row = CallerRow::Member(account.clone(), item.member_id.parse().ok()?);
    let needed = Permission::KeysWrite;
    Some(Connection {
        id: item.connection_id.parse().ok()?,
        claimed: Claimed { row, account: Some(account.clone()), environment: None, needed },
        account,
        key: item.key_id.parse().ok()?,
        entry: item.entry.parse().ok()?,
        version: item.key_version,
        app: item.app_id.parse().ok()?,
        scopes: item.scopes,
        other_identity: item.other_identity,
        by: item.begun_by,
        state,
        cookie: Digest(cookie),
        expires_at: item.expires_at,
    })
}

impl InsertConnection for Tables {
    async fn insert_connection(&self, by: &Held, connection: &Connection) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, by);
        transaction.put_if(Part::Row, &self.keyward, item(connection)?, Condition::absent())?;
        transaction.commit(None).await
    }
}

impl TakeConnection for Tables {
    async fn take_connection(&self, state: Digest, cookie: Option<Digest>) -> Result<Taken, PortError> {
        let at = place::connection(state);
        let Some(cookie) = cookie else {
            let found = self.get(&self.keyward, at).await?;
            return Ok(if found.is_some() { Taken::OtherBrowser } else { Taken::Nothing });
        };
        let delete = self
            .client
            .delete_item()
            .table_name(&self.keyward)
            .set_key(Some(at))
            .condition_expression("cookie = :cookie")
            .expression_attribute_values(":cookie", text(hex::encode(cookie.0)))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match delete.send().await {
            Ok(taken) => {
                let read = taken.attributes.and_then(|item| read(state, item));
                Ok(read.map_or(Taken::Nothing, |connection| Taken::Connection(Box::new(connection))))
            }
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    let is_there = refused.item.as_ref().is_some_and(|item| !item.is_empty());
                    Ok(if is_there { Taken::OtherBrowser } else { Taken::Nothing })
                }
                Some(_) | None => Err(dynamodb_error(error)),
            },
        }
    }
}
