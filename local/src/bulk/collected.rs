//! AWS for clients of the SDK that only write new keys: KMS answers in this process, and items to put are collected.

use std::{
    collections::BTreeMap,
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::config::Credentials;
use dynoxide::{Item, actions::transact_write_items::TransactWriteItemsRequest};
use keyward_functions::aws::{
    clients::{BACKOFF, CONNECT, Clients, Connection, Limits},
    roots::Roots,
};

use crate::{direct::Direct, kms::EmbeddedKms};

/// Addresses that nothing is ever asked at: RFC 2606 §2 keeps the name free.
const DYNAMODB: &str = "http://dynamodb.invalid";
const KMS: &str = "http://kms.invalid";
const TRANSACTION: &str = "DynamoDB_20120810.TransactWriteItems";

/// The items that were put since they were taken last, by table.
#[derive(Clone, Default)]
pub(super) struct Collected(Arc<Mutex<BTreeMap<String, Vec<Item>>>>);

impl Collected {
    /// Clients that put items here, and that get data keys from this KMS.
    pub(super) fn clients(&self, kms: Arc<EmbeddedKms>) -> Clients {
        let collected = self.clone();
        let direct = Direct::to([
            (
                DYNAMODB.to_owned(),
                Box::new(move |target: &str, body: &[u8]| collected.call(target, body)) as _,
            ),
            (KMS.to_owned(), Box::new(move |target: &str, body: &[u8]| call_kms(&kms, target, body)) as _),
        ]);
        Clients::new(Connection {
            region: "eu-west-1".to_owned(),
            credentials: Credentials::new("local", "local", None, None, "local"),
            dynamodb_url: Some(DYNAMODB.to_owned()),
            kms_url: Some(KMS.to_owned()),
            cognito_url: None,
            sqs_url: None,
            roots: Roots::amazon(),
            connect: CONNECT,
            backoff: BACKOFF,
            limits: Limits::NETWORK,
            observer: None,
            front: Some(direct.front()),
        })
    }

    /// The items by table. They are not kept here any longer.
    pub(super) fn take(&self) -> BTreeMap<String, Vec<Item>> {
        mem::take(&mut self.items())
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Item>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every key is new, so no condition of its writes can fail.
    fn call(&self, target: &str, body: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let refused = || io::Error::other("a new key is one transaction of puts");
        if target != TRANSACTION {
            return Err(refused());
        }
        let transaction: TransactWriteItemsRequest = serde_json::from_slice(body)?;
        let mut items = self.items();
        for write in transaction.transact_items {
            if write.condition_check.is_some() {
                // Of the caller's row: nobody is asked for these keys.
                continue;
            }
            let put = write.put.ok_or_else(refused)?;
            items.entry(put.table_name).or_default().push(put.item);
        }
        Ok(Some(b"{}".to_vec()))
    }
}

fn call_kms(kms: &EmbeddedKms, target: &str, body: &[u8]) -> io::Result<Option<Vec<u8>>> {
    kms.direct(target, body).map(Some).ok_or_else(|| io::Error::other("the embedded KMS refused a call"))
}
