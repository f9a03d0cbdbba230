//! A DynamoDB that answers what was prepared, in the place of the network: everything else is counted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use keyward_functions::aws::{
    Tables,
    clients::{BACKOFF, CONNECT, Clients, Connection, Front, Limits},
    roots::Roots,
    row_macs::RowMacs,
};
use keyward_shared::keys::{change, draft::Draft, key::Key};
use serde_json::{Value, json};

use crate::{
    Failed,
    world::{World, caller, moment},
};

const TABLE: &str = "keyward";
const VAULT: &str = "keyward-vault";
/// The operation that reads a key for its use.
const BATCH: &str = "BatchGetItem";

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Answers by operation. Other operations are answered with an empty object.
    answers: BTreeMap<&'static str, String>,
    /// The body of the last transaction.
    transaction: Vec<u8>,
    /// The body of the first batch that was read.
    batch: Vec<u8>,
}

impl Prepared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on a batch is answered as DynamoDB answers the first one: with those entries of keys alone that it asked for.
    pub(crate) fn answer_what_is_asked(&self) -> Result<(), Failed> {
        let mut state = self.state();
        let asked = serde_json::from_slice(&state.batch)?;
        let whole = state.answers.get(BATCH).ok_or("no answer was prepared")?;
        let asked_for = only_what_is_asked(&asked, serde_json::from_str(whole)?);
        state.answers.insert(BATCH, asked_for.to_string());
        Ok(())
    }
}

/// What was found, without the entries that a batch does not ask for. It asks for all of a row if it has no projection.
fn only_what_is_asked(asked: &Value, mut found: Value) -> Value {
    let of = |table: &str, member: &str| asked.pointer(&format!("/RequestItems/{table}/{member}"));
    let place = |item: &Value| (item.get("PK").cloned(), item.get("SK").cloned());
    let sealed = of(VAULT, "Keys").and_then(Value::as_array);
    let sealed: Vec<_> = sealed.into_iter().flatten().map(place).collect();
    if let Some(items) = found.pointer_mut(&format!("/Responses/{VAULT}")).and_then(Value::as_array_mut) {
        items.retain(|item| sealed.contains(&place(item)));
    }
    let Some(names) = of(TABLE, "ExpressionAttributeNames").and_then(Value::as_object) else { return found };
    let rows = found.pointer_mut(&format!("/Responses/{TABLE}")).and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        if let Some(entries) = row.pointer_mut("/entries/M").and_then(Value::as_object_mut) {
            entries.retain(|entry, _| names.values().any(|name| name == entry.as_str()));
        }
    }
    found
}

impl HttpConnector for Prepared {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.state();
        let operation = request.headers().get("x-amz-target").and_then(|target| target.split('.').nth(1));
        let body = || request.body().bytes().unwrap_or_default().to_vec();
        if operation == Some("TransactWriteItems") {
            state.transaction = body();
        } else if operation == Some(BATCH) && state.batch.is_empty() {
            state.batch = body();
        }
        let answer = operation.and_then(|operation| state.answers.get(operation));
        let body = SdkBody::from(answer.map_or("{}", String::as_str));
        let Ok(status) = StatusCode::try_from(200) else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("200 is a status".into())));
        };
        let mut response = HttpResponse::new(status, body);
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Tables that hold a key: a list shows it so many times, and a use reads it.
pub(crate) async fn tables_with(draft: Draft, listed: usize) -> Result<(Tables, Key, Prepared), Failed> {
    let prepared = Prepared::default();
    let connector = SharedHttpConnector::new(prepared.clone());
    let front: Front = Arc::new(move |_| connector.clone());
    let clients = Clients::new(Connection {
        region: "eu-west-1".to_owned(),
        credentials: Credentials::new("AKIDEXAMPLE", "local", Some("a token".repeat(100)), None, "counted"),
        dynamodb_url: None,
        kms_url: None,
        cognito_url: None,
        sqs_url: None,
        roots: Roots::amazon(),
        connect: CONNECT,
        backoff: BACKOFF,
        limits: Limits::NETWORK,
        observer: None,
        front: Some(front),
    });
    let macs = RowMacs::new(&clients, "alias/keyward-rows".to_owned(), "counted");
    let tables = Tables::new(&clients, TABLE.to_owned(), VAULT.to_owned(), macs);
    let key = change::create(&tables, &World::default(), moment(), &caller()?, draft, None).await?;
    let mut state = prepared.state();
    let (row, sealed) = written(&serde_json::from_slice(&state.transaction)?, &key)?;
    let page = vec![in_an_index(&row); listed];
    state
        .answers
        .insert("Query", json!({ "Count": listed, "ScannedCount": listed, "Items": page }).to_string());
    let rows = [row, caller_row(), settings_row()];
    let found = json!({ "Responses": { TABLE: rows, VAULT: sealed }, "UnprocessedKeys": {} });
    state.answers.insert(BATCH, found.to_string());
    state.answers.insert("VerifyMac", json!({ "MacValid": true }).to_string());
    drop(state);
    Ok((tables, key, prepared))
}

/// The items that a transaction has put: the key's row, and its sealed entries.
fn written(transaction: &Value, key: &Key) -> Result<(Value, Vec<Value>), Failed> {
    let put = |item: &Value| item.get("Put").cloned();
    let items = transaction.get("TransactItems").and_then(Value::as_array).ok_or("no transaction")?;
    let (mut row, mut sealed) = (None, Vec::new());
    for put in items.iter().filter_map(put) {
        let item = put.get("Item").cloned().ok_or("no item")?;
        if put.get("TableName").and_then(Value::as_str) == Some(VAULT) {
            sealed.push(item);
        } else if item.pointer("/SK/S").and_then(Value::as_str) == Some(&format!("KEY#{}", key.id)) {
            row = Some(item);
        }
    }
    Ok((row.ok_or("the key's row was not put")?, sealed))
}

/// The row of the machine client that the prepared tokens are of.
fn caller_row() -> Value {
    json!({
        "PK": { "S": "CLIENT#runtime" }, "SK": { "S": "CLIENT" }, "state": { "S": "active" },
        "account_id": { "S": "acme" }, "environment": { "S": "live" }, "version": { "N": "1" },
        "permissions": { "L": [{ "S": "keys:write" }, { "S": "keys:use" }, { "S": "keys:resolve" }] },
        // 32 bytes, in base64.
        "mac": { "S": format!("{}=", "A".repeat(43)) },
    })
}

/// The settings of its account.
fn settings_row() -> Value {
    json!({
        "PK": { "S": "SETTINGS#acme" }, "SK": { "S": "SETTINGS" }, "state": { "S": "active" },
        "self_service_keys": { "BOOL": true }, "keys_minimum_role": { "S": "viewer" },
    })
}

/// A row as the indexes of `infra/data.yaml` have it: without its entries and its headers.
fn in_an_index(row: &Value) -> Value {
    let mut row = row.clone();
    for name in ["entries", "headers"] {
        row.as_object_mut().map(|row| row.remove(name));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Value {
        let entries = json!({ "M": { "org_1": { "M": {} }, "org_2": { "M": {} } } });
        let sealed =
            |entry: &str| json!({ "PK": { "S": "acme#key" }, "SK": { "S": format!("{entry}#current") } });
        json!({ "Responses": {
            TABLE: [{ "SK": { "S": "KEY#key" }, "entries": entries }, { "SK": { "S": "CLIENT" } }],
            VAULT: [sealed("org_1"), sealed("org_2")],
        } })
    }

    fn asked(of_the_row: &Value) -> Value {
        let sealed = json!([{ "PK": { "S": "acme#key" }, "SK": { "S": "org_2#current" } }]);
        json!({ "RequestItems": { TABLE: of_the_row, VAULT: { "Keys": sealed } } })
    }

    #[test]
    fn only_the_entries_that_are_asked_for_are_answered() {
        let projected = asked(&json!({ "ExpressionAttributeNames": { "#state": "state", "#e0": "org_2" } }));
        let answered = only_what_is_asked(&projected, found());
        let rows = &answered["Responses"][TABLE];
        assert_eq!(rows[0]["entries"], json!({ "M": { "org_2": { "M": {} } } }));
        assert_eq!(rows[1], json!({ "SK": { "S": "CLIENT" } }));
        let sealed = answered["Responses"][VAULT].as_array().unwrap();
        assert_eq!(sealed.len(), 1);
        assert_eq!(sealed[0]["SK"], json!({ "S": "org_2#current" }));
    }

    #[test]
    fn a_row_without_a_projection_is_answered_as_a_whole() {
        let answered = only_what_is_asked(&asked(&json!({})), found());
        assert_eq!(answered["Responses"][TABLE], found()["Responses"][TABLE]);
    }
}
