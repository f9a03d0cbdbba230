//! The two tables, as `CreateTable` takes them.
//!
//! The names and shapes are those of the deployed tables. What may be shown is in [`KEYWARD`]; sealed fields and
//! wrapped data keys are in [`VAULT`] only, which has no stream.

use serde_json::{Map, Value, json};

/// Everything that may be shown.
pub const KEYWARD: Table = Table {
    name: "keyward",
    indexes: &[
        Index { name: "by_title", partition_key: "title_pk", sort_key: "title_sk", shows: Shows::Summary },
        Index { name: "by_system", partition_key: "system_pk", sort_key: "system_sk", shows: Shows::Summary },
        Index { name: "by_due", partition_key: "due_pk", sort_key: "due_sk", shows: Shows::Keys },
    ],
    stream: Stream::NewAndOldImages,
};

/// Sealed fields, wrapped data keys and idempotency records.
pub const VAULT: Table = Table { name: "keyward-vault", indexes: &[], stream: Stream::Off };

/// The attribute by which items of both tables expire: a number of seconds since the epoch.
pub const TTL_ATTRIBUTE: &str = "ttl";

/// What an index shows of an item, besides keys: the summary of a key, a source or a destination.
const SUMMARY: [&str; 20] = [
    "key_id",
    "system_id",
    "template_version",
    "auth",
    "title",
    "environment",
    "base_url",
    "organization_specific",
    "expires_at",
    "hint",
    "state",
    "observed",
    "active_uses",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "runs",
    "organization",
];

/// A table. Its keys are `PK` and `SK`, both text.
#[derive(Debug)]
pub struct Table {
    name: &'static str,
    indexes: &'static [Index],
    stream: Stream,
}

/// A global secondary index. Its keys are text.
#[derive(Debug)]
pub struct Index {
    name: &'static str,
    partition_key: &'static str,
    sort_key: &'static str,
    shows: Shows,
}

/// What an index shows of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Where it is.
    Keys,
    /// [`SUMMARY`] too.
    Summary,
}

/// Whether a table has a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    NewAndOldImages,
    Off,
}

impl Table {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its indexes.
    #[must_use]
    pub const fn indexes(&self) -> &'static [Index] {
        self.indexes
    }

    /// The body of `CreateTable`. Its members have the names that CloudFormation gives them too.
    #[must_use]
    pub fn definition(&self) -> Value {
        let mut definition = Map::new();
        let mut put = |name: &str, value: Value| definition.insert(name.to_owned(), value);
        put("TableName", self.name.into());
        put("BillingMode", "PAY_PER_REQUEST".into());
        put("AttributeDefinitions", self.attribute_definitions().into());
        put("KeySchema", key_schema("PK", "SK"));
        if !self.indexes.is_empty() {
            let indexes: Vec<_> = self.indexes.iter().map(Index::definition).collect();
            put("GlobalSecondaryIndexes", indexes.into());
        }
        match self.stream {
            Stream::NewAndOldImages => {
                let on = json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
                put("StreamSpecification", on);
            }
            Stream::Off => {}
        }
        definition.into()
    }

    /// The body of `UpdateTimeToLive`: items expire by [`TTL_ATTRIBUTE`].
    pub(super) fn expiry(&self) -> Value {
        json!({
            "TableName": self.name,
            "TimeToLiveSpecification": { "AttributeName": TTL_ATTRIBUTE, "Enabled": true },
        })
    }

    /// The body of `UpdateTable` that adds `index`.
    pub(super) fn addition(&self, index: &Index) -> Value {
        json!({
            "TableName": self.name,
            "AttributeDefinitions": self.attribute_definitions(),
            "GlobalSecondaryIndexUpdates": [{ "Create": index.definition() }],
        })
    }

    fn attribute_definitions(&self) -> Vec<Value> {
        ["PK", "SK"]
            .into_iter()
            .chain(self.indexes.iter().flat_map(|index| [index.partition_key, index.sort_key]))
            .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }))
            .collect()
    }
}

impl Index {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    fn definition(&self) -> Value {
        let projection = match self.shows {
            Shows::Keys => json!({ "ProjectionType": "KEYS_ONLY" }),
            Shows::Summary => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": SUMMARY }),
        };
        json!({
            "IndexName": self.name,
            "KeySchema": key_schema(self.partition_key, self.sort_key),
            "Projection": projection,
        })
    }
}

fn key_schema(partition_key: &str, sort_key: &str) -> Value {
    json!([
        { "AttributeName": partition_key, "KeyType": "HASH" },
        { "AttributeName": sort_key, "KeyType": "RANGE" },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_shows_no_more_attributes_than_aws_allows() {
        // At most 20 in one index and 100 in all of a table (Amazon DynamoDB Developer Guide, "Quotas").
        assert!(SUMMARY.len() <= 20);
        assert!(SUMMARY.len() * KEYWARD.indexes().len() <= 100);
    }

    #[test]
    fn every_key_attribute_is_defined_once() {
        let names: Vec<_> = KEYWARD
            .attribute_definitions()
            .iter()
            .map(|attribute| attribute["AttributeName"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["PK", "SK", "title_pk", "title_sk", "system_pk", "system_sk", "due_pk", "due_sk"]);
    }
}
