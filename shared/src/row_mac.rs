//! What shows that a row which grants something was written by Keyward: a MAC over the digest of its place and of all that it says.
//! This module makes the digest. Only KMS makes and checks the MAC.
//!
//! The digest is SHA-256 over a text that can be read in one way only: each part is a letter for its kind, its length in bytes, a
//! colon, and its bytes. First come the purpose, the deployment, the table and the two keys of the row, then a map of its members in
//! the order of their names. So a row that is edited, or copied to another place, has another digest. `docs/row-macs.md` has an
//! example.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::digest::{SHA256, digest};

/// What the digest is for. The number rises with the way to write it.
const PURPOSE: &str = "keyward row 1";

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace<'a> {
    /// What the deployment is called.
    pub deployment: &'a str,
    /// What the table is for. A restored table has another name and the same purpose.
    pub table: &'a str,
    /// The partition key.
    pub partition: &'a str,
    /// The sort key.
    pub row: &'a str,
}

/// The value of a member of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member<'a> {
    /// A text.
    Text(&'a str),
    /// A number, as the table writes it.
    Number(&'a str),
    /// Yes or no.
    Flag(bool),
    /// Values in their order.
    List(Vec<Member<'a>>),
    /// Values by name.
    Map(Members<'a>),
}

/// Members by name.
pub type Members<'a> = BTreeMap<&'a str, Member<'a>>;

/// What a MAC is made over.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowDigest([u8; 32]);

impl RowDigest {
    /// The digest of a row.
    #[must_use]
    pub fn of(place: &RowPlace<'_>, members: &Members<'_>) -> Self {
        let written = written(place, members);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, &written).as_ref());
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The MAC of a row: 32 bytes of HMAC-SHA-256 (RFC 2104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowMac([u8; 32]);

impl RowMac {
    /// The MAC of these bytes; `None` where their number is another.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn written(place: &RowPlace<'_>, members: &Members<'_>) -> Vec<u8> {
    let mut written = Vec::new();
    for text in [PURPOSE, place.deployment, place.table, place.partition, place.row] {
        put(&mut written, b'T', text.as_bytes());
    }
    put(&mut written, b'M', &written_members(members));
    written
}

fn written_members(members: &Members<'_>) -> Vec<u8> {
    let mut written = Vec::new();
    for (name, member) in members {
        put(&mut written, b'T', name.as_bytes());
        put_member(&mut written, member);
    }
    written
}

fn put_member(written: &mut Vec<u8>, member: &Member<'_>) {
    match member {
        Member::Text(text) => put(written, b'T', text.as_bytes()),
        Member::Number(number) => put(written, b'N', number.as_bytes()),
        Member::Flag(flag) => put(written, b'F', if *flag { b"1" } else { b"0" }),
        Member::List(list) => {
            let mut inside = Vec::new();
            list.iter().for_each(|member| put_member(&mut inside, member));
            put(written, b'L', &inside);
        }
        Member::Map(members) => put(written, b'M', &written_members(members)),
    }
}

fn put(written: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    written.push(kind);
    written.extend_from_slice(bytes.len().to_string().as_bytes());
    written.push(b':');
    written.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: RowPlace<'static> = RowPlace {
        deployment: "keyward-eu-west-1",
        table: "keyward",
        partition: "MEMBER#acme",
        row: "MEMBER#u-1",
    };

    /// A value that owns its texts.
    #[derive(Debug, Clone, PartialEq)]
    enum Value {
        Text(String),
        Number(String),
        Flag(bool),
        List(Vec<Value>),
        Map(BTreeMap<String, Value>),
    }

    impl Value {
        fn member(&self) -> Member<'_> {
            match self {
                Self::Text(text) => Member::Text(text),
                Self::Number(number) => Member::Number(number),
                Self::Flag(flag) => Member::Flag(*flag),
                Self::List(list) => Member::List(list.iter().map(Self::member).collect()),
                Self::Map(map) => Member::Map(members(map)),
            }
        }
    }

    fn members(map: &BTreeMap<String, Value>) -> Members<'_> {
        map.iter().map(|(name, value)| (name.as_str(), value.member())).collect()
    }

    /// The only reading of what was written: nothing but this test reads it.
    struct Reader<'a>(&'a [u8]);

    impl<'a> Reader<'a> {
        fn part(&mut self) -> (u8, &'a [u8]) {
            let colon = self.0.iter().position(|byte| *byte == b':').unwrap();
            let (head, rest) = self.0.split_at(colon);
            let length: usize = std::str::from_utf8(&head[1..]).unwrap().parse().unwrap();
            let (bytes, rest) = rest[1..].split_at(length);
            self.0 = rest;
            (head[0], bytes)
        }

        fn text(&mut self) -> String {
            let (kind, bytes) = self.part();
            assert_eq!(kind, b'T');
            String::from_utf8(bytes.to_vec()).unwrap()
        }

        fn value(&mut self) -> Value {
            let (kind, bytes) = self.part();
            let text = || String::from_utf8(bytes.to_vec()).unwrap();
            match kind {
                b'T' => Value::Text(text()),
                b'N' => Value::Number(text()),
                b'F' => Value::Flag(bytes == b"1"),
                b'L' => {
                    let mut inside = Reader(bytes);
                    Value::List(
                        std::iter::from_fn(|| (!inside.0.is_empty()).then(|| inside.value())).collect(),
                    )
                }
                b'M' => Value::Map(Reader(bytes).members()),
                other => panic!("{other}"),
            }
        }

        fn members(&mut self) -> BTreeMap<String, Value> {
            let mut members = BTreeMap::new();
            while !self.0.is_empty() {
                let name = self.text();
                members.insert(name, self.value());
            }
            members
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            ".{0,12}".prop_map(Value::Text),
            "[0-9]{1,4}".prop_map(Value::Number),
            any::<bool>().prop_map(Value::Flag),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_in_one_way(
            texts in prop::array::uniform4(".{0,12}"),
            row in prop::collection::btree_map(".{0,6}", value(), 0..5),
        ) {
            let [deployment, table, partition, sort] = &texts;
            let place = RowPlace { deployment, table, partition, row: sort };
            let written = written(&place, &members(&row));
            let mut reader = Reader(&written);
            prop_assert_eq!(reader.text(), PURPOSE);
            for text in &texts {
                prop_assert_eq!(&reader.text(), text);
            }
            prop_assert_eq!(reader.value(), Value::Map(row));
            prop_assert!(reader.0.is_empty());
        }
    }

    /// `docs/row-macs.md` and the operator's row of `infra/deploy/operator.sh` follow from this form.
    #[test]
    fn the_form_is_the_one_in_the_document() {
        let secret = Members::from([("id", Member::Text("s"))]);
        let row = Members::from([
            ("state", Member::Text("active")),
            ("secrets", Member::List(vec![Member::Map(secret)])),
            ("version", Member::Number("3")),
        ]);
        let expected = "T13:keyward row 1T17:keyward-eu-west-1T7:keywardT11:MEMBER#acmeT10:MEMBER#u-1\
            M57:T7:secretsL12:M9:T2:idT1:sT5:stateT6:activeT7:versionN1:3";
        assert_eq!(String::from_utf8(written(&PLACE, &row)).unwrap(), expected);
    }

    #[test]
    fn another_place_deployment_or_member_is_another_digest() {
        let row = Members::from([("role", Member::Text("viewer")), ("version", Member::Number("1"))]);
        let digest = RowDigest::of(&PLACE, &row);
        assert_eq!(digest, RowDigest::of(&PLACE, &row));
        for place in [
            RowPlace { deployment: "keyward-eu-west-2", ..PLACE },
            RowPlace { table: "keyward-vault", ..PLACE },
            RowPlace { partition: "MEMBER#globex", ..PLACE },
            RowPlace { row: "MEMBER#u-2", ..PLACE },
        ] {
            assert_ne!(RowDigest::of(&place, &row), digest, "{place:?}");
        }
        for (name, member) in [
            ("role", Member::Text("owner")),
            ("version", Member::Number("2")),
            ("version", Member::Text("1")),
            ("more", Member::Flag(true)),
        ] {
            let mut edited = row.clone();
            edited.insert(name, member);
            assert_ne!(RowDigest::of(&PLACE, &edited), digest, "{name}");
        }
    }

    #[test]
    fn a_mac_has_32_bytes() {
        assert_eq!(RowMac::from_bytes(&[7; 32]).unwrap().as_bytes(), &[7; 32]);
        for length in [0, 31, 33] {
            assert_eq!(RowMac::from_bytes(&vec![7; length]), None);
        }
    }
}
