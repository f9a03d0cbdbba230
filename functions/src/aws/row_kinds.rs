//! The kinds of rows that are authenticated, and what their MACs cover: every member that Keyward writes into a row of that kind.
//! Keyward ignores every attribute that is not in the list. So each attribute that it reads must be in the list.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::row_mac::{Member, Members, RowDigest, RowPlace};

use super::{
    item::{Item, text_of},
    place,
};

/// What the table `keyward` is called in a digest, whatever its name is.
const TABLE: &str = "keyward";

/// What the MAC of a person's row covers.
pub(super) const OF_MEMBERS: [&str; 9] = [
    "role",
    "state",
    "signed_out_at",
    "email",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

/// What the MAC of a machine client's row covers.
pub(super) const OF_CLIENTS: [&str; 8] =
    ["state", "account_id", "environment", "permissions", "secrets", "version", "updated_at", "updated_by"];

/// What the MAC of a row at this place covers; `None` for a row of a kind that has none.
fn covered(partition: &str, row: &str) -> Option<&'static [&'static str]> {
    if partition.starts_with(place::MEMBERS) && row.starts_with(place::MEMBERS) {
        Some(&OF_MEMBERS)
    } else if partition.starts_with(place::CLIENT_ROWS) && row == place::CLIENT {
        Some(&OF_CLIENTS)
    } else {
        None
    }
}

/// Whether rows of this one's kind have a MAC.
pub(super) fn is_covered(item: &Item) -> bool {
    text_of(item, "PK")
        .zip(text_of(item, "SK"))
        .is_some_and(|(partition, row)| covered(partition, row).is_some())
}

/// The digest of a row; `None` for one that could not have been written, or whose kind has no MAC.
pub(super) fn digest(deployment: &str, item: &Item) -> Option<RowDigest> {
    let (partition, row) = (text_of(item, "PK")?, text_of(item, "SK")?);
    let mut members = Members::new();
    for name in covered(partition, row)? {
        if let Some(value) = item.get(*name) {
            members.insert(name, member(value)?);
        }
    }
    Some(RowDigest::of(&RowPlace { deployment, table: TABLE, partition, row }, &members))
}

/// A value as the digest has it; `None` for a kind of value that no row has.
fn member(value: &AttributeValue) -> Option<Member<'_>> {
    Some(match value {
        AttributeValue::S(text) => Member::Text(text),
        AttributeValue::N(number) => Member::Number(number),
        AttributeValue::Bool(flag) => Member::Flag(*flag),
        AttributeValue::L(list) => Member::List(list.iter().map(member).collect::<Option<_>>()?),
        AttributeValue::M(map) => {
            let members = map.iter().map(|(name, value)| Some((name.as_str(), member(value)?)));
            Member::Map(members.collect::<Option<_>>()?)
        }
        AttributeValue::B(_)
        | AttributeValue::Bs(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Null(_)
        | AttributeValue::Ss(_)
        | _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::key_item::projection;

    /// A use reads a caller's row by a projection: what is left out there would be missing from the digest.
    #[test]
    fn a_use_reads_everything_that_macs_cover() {
        let (expression, names) = projection(&[]);
        let read: Vec<_> =
            expression.split(", ").map(|name| names.get(name).map_or(name, String::as_str)).collect();
        for name in OF_MEMBERS.iter().chain(&OF_CLIENTS).chain(&["PK", "SK", "mac"]) {
            assert!(read.contains(name), "{name}");
        }
    }

    #[test]
    fn the_document_lists_what_macs_cover() {
        let document = include_str!("../../../docs/row-macs.md");
        for covered in [&OF_MEMBERS[..], &OF_CLIENTS] {
            let listed: Vec<_> = covered.iter().map(|name| format!("`{name}`")).collect();
            assert!(document.contains(&format!("| {} |", listed.join(", "))), "{covered:?}");
        }
    }

    #[test]
    fn rows_of_other_kinds_and_values_have_no_digest() {
        let row = |partition: &str, row: &str, value| {
            let keys = [("PK", partition), ("SK", row)];
            let keys = keys.map(|(name, key)| (name.to_owned(), AttributeValue::S(key.to_owned())));
            keys.into_iter().chain([("state".to_owned(), value)]).collect::<Item>()
        };
        let active = || AttributeValue::S("active".to_owned());
        assert!(digest("keyward", &row("MEMBER#acme", "MEMBER#u-1", active())).is_some());
        assert!(digest("keyward", &row("CLIENT#c1", "CLIENT", active())).is_some());
        for (partition, sort) in
            [("SETTINGS#acme", "SETTINGS"), ("CLIENT#c1", "MEMBER#u-1"), ("FORMER#acme", "MEMBER#u-1")]
        {
            assert!(digest("keyward", &row(partition, sort, active())).is_none(), "{partition}");
        }
        assert!(digest("keyward", &row("CLIENT#c1", "CLIENT", AttributeValue::Null(true))).is_none());
    }
}
