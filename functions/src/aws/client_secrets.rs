//! What is kept of a machine client's secrets: a list in the client's row, so that whatever guards the row guards them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::membership::client_secret::{KeptSecret, MOST_SECRETS, SecretHash};
use serde::Deserialize;

use super::item::text;

/// The list as an attribute.
pub(super) fn attribute(secrets: &[KeptSecret]) -> AttributeValue {
    let kept = |secret: &KeptSecret| {
        let mut members = HashMap::from([
            ("id".to_owned(), text(secret.id.to_string())),
            ("sha256".to_owned(), text(secret.hash.to_hex())),
            ("created_at".to_owned(), text(secret.created.to_string())),
        ]);
        members.extend(secret.ends.map(|ends| ("ends_at".to_owned(), text(ends.to_string()))));
        AttributeValue::M(members)
    };
    AttributeValue::L(secrets.iter().map(kept).collect())
}

/// One of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretItem {
    id: String,
    sha256: String,
    created_at: Timestamp,
    ends_at: Option<Timestamp>,
}

/// The secrets of a list; `None` for one that could not have been written.
pub(super) fn parse(items: Vec<SecretItem>) -> Option<Vec<KeptSecret>> {
    let kept = |item: SecretItem| {
        Some(KeptSecret {
            id: item.id.parse().ok()?,
            hash: SecretHash::from_hex(&item.sha256)?,
            created: item.created_at,
            ends: item.ends_at,
        })
    };
    let secrets: Vec<_> = items.into_iter().map(kept).collect::<Option<_>>()?;
    (secrets.len() <= MOST_SECRETS).then_some(secrets)
}
