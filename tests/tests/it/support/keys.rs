//! Keys for tests.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{Api, Who};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The secret key of AWS's published signing tests.
pub(crate) const AWS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A live Custom HTTP key with an AWS credential.
pub(crate) fn aws4() -> Value {
    json!({
        "system_id": "custom-http",
        "auth": "aws4",
        "title": "Live UK ERP",
        "environment": "live",
        "base_url": "https://api.example.com/v1",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": {
            "access_key": "AKIDEXAMPLE",
            "secret_key": AWS_SECRET,
            "region": "eu-west-1",
            "service": "execute-api",
        } } },
    })
}

/// A Custom HTTP key of an auth variant with these fields.
pub(crate) fn custom_http(auth: &str, fields: Value) -> Value {
    let mut key = aws4();
    key["auth"] = json!(auth);
    key["entries"]["default"]["fields"] = fields;
    key
}

/// The same key of an environment.
pub(crate) fn of_environment(environment: &str) -> Value {
    let mut key = aws4();
    key["environment"] = json!(environment);
    key
}

/// A stored key's path, id and version.
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) view: Value,
}

impl Api {
    /// Stores a key as the owner.
    pub(crate) async fn store(&self, key: &Value) -> Stored {
        let view = self.post(Who::Owner, "/v1/keys", key).await.expect(201).json();
        let id = view["key_id"].as_str().expect("an id").to_owned();
        Stored { path: format!("/v1/keys/{id}"), id, view }
    }
}

/// The primary key of a key's row.
pub(crate) fn row_key(id: &str) -> Item {
    Item::from([
        ("PK".to_owned(), AttributeValue::S(format!("KEY#acme#{id}"))),
        ("SK".to_owned(), AttributeValue::S(format!("KEY#{id}"))),
    ])
}

impl Api {
    /// A key's row as it is stored.
    pub(crate) async fn row(&self, id: &str) -> Item {
        let read = self.dynamodb().get_item().table_name(super::TABLE).set_key(Some(row_key(id))).send();
        read.await.expect("a read").item.expect("a row")
    }

    /// Writes an item behind the API's back, as somebody who may authenticate rows.
    pub(crate) async fn put(&self, table: &str, item: Item) {
        self.put_as_it_is(table, self.callers_rows().sealed(item).await).await;
    }

    /// Writes an item behind the API's back, as somebody who may write tables and no more.
    pub(crate) async fn put_as_it_is(&self, table: &str, item: Item) {
        self.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.expect("a write");
    }

    /// Changes one text of a key's row behind the API's back.
    pub(crate) async fn edit_row(&self, id: &str, attribute: &str, value: &str) {
        let mut row = self.row(id).await;
        row.insert(attribute.to_owned(), AttributeValue::S(value.to_owned()));
        self.put(super::TABLE, row).await;
    }
}
