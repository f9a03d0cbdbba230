//! An item of a table: its attributes, its primary key, and the calls that are the same for every kind of item.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::{
        put_item::{PutItemError, PutItemInput, PutItemOutput, builders::PutItemInputBuilder},
        query::builders::QueryFluentBuilder,
    },
    types::AttributeValue,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use keyward_shared::{
    error::PortError,
    page::{Cursor, Limit},
};

use super::{Tables, errors::dynamodb_error};

/// An item as the SDK has it: attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An attribute that holds a text.
pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// An attribute that holds a number.
pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The text of an attribute; `None` where there is none.
pub(super) fn text_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The number of an attribute; `None` where there is none, or another kind of number.
pub(super) fn number_of<N: std::str::FromStr>(item: &Item, name: &str) -> Option<N> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The primary key of an item.
pub(super) fn primary_key(partition: impl Into<String>, row: impl Into<String>) -> Item {
    Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
}

impl Tables {
    /// An item, as it is after every write that was answered.
    pub(super) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, PortError> {
        let get = self.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        Ok(get.send().await.map_err(dynamodb_error)?.item)
    }

    /// Puts an item, whatever is there.
    pub(super) async fn put(&self, table: &str, item: Item) -> Result<(), PortError> {
        let put = PutItemInput::builder().table_name(table).set_item(Some(item));
        self.put_item(put).await.map(|_| ()).map_err(dynamodb_error)
    }

    /// Makes a put.
    pub(super) async fn put_item(
        &self,
        put: PutItemInputBuilder,
    ) -> Result<PutItemOutput, SdkError<PutItemError, HttpResponse>> {
        self.direct.write.send(put.build().map_err(SdkError::construction_failure)?).await
    }

    /// Deletes an item, whether or not it is there.
    pub(super) async fn delete(&self, table: &str, key: Item) -> Result<(), PortError> {
        let delete = self.client.delete_item().table_name(table).set_key(Some(key));
        delete.send().await.map(|_| ()).map_err(dynamodb_error)
    }

    /// A query of one partition, in the order of its sort keys.
    pub(super) fn query(&self, table: &str, partition: String) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(table)
            .key_condition_expression("PK = :partition")
            .expression_attribute_values(":partition", text(partition))
    }

    /// A query of the items whose sort keys have this beginning, within one partition of the table
    /// `keyward`.
    pub(super) fn query_beginning(&self, partition: String, beginning: &str) -> QueryFluentBuilder {
        self.query(&self.keyward, partition)
            .key_condition_expression("PK = :partition AND begins_with(SK, :beginning)")
            .expression_attribute_values(":beginning", text(beginning))
            .consistent_read(true)
    }

    /// A page of the items whose sort keys have this beginning, within one partition of the table `keyward`,
    /// and the start of the next page. A cursor holds the rest of the sort key after this beginning, so a
    /// cursor cannot lead to other kinds of items.
    pub(super) async fn page_beginning(
        &self,
        partition: String,
        beginning: &str,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<(Vec<Item>, Option<Cursor>), PortError> {
        // The next sort key in the order of bytes after one is that one followed by the least character.
        let from = after.map_or(beginning.to_owned(), |cursor| format!("{beginning}{}\0", cursor.place()));
        let query = self
            .query(&self.keyward, partition)
            .key_condition_expression("PK = :partition AND SK BETWEEN :from AND :to")
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(format!("{beginning}{}", char::MAX)))
            .consistent_read(true)
            // One more than a page has tells whether another follows.
            .limit(i32::from(limit.rows()) + 1);
        let mut items = query.send().await.map_err(dynamodb_error)?.items.unwrap_or_default();
        let most = usize::from(limit.rows());
        let next = (items.len() > most).then(|| {
            items.truncate(most);
            let last = items.last().and_then(|item| text_of(item, "SK")?.strip_prefix(beginning));
            Cursor::after(last.unwrap_or_default().to_owned())
        });
        Ok((items, next))
    }
}

/// Everything that a query finds, page by page.
pub(super) async fn all(query: QueryFluentBuilder) -> Result<Vec<Item>, PortError> {
    query.into_paginator().items().send().collect::<Result<_, _>>().await.map_err(dynamodb_error)
}
