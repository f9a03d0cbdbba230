//! Receipts as their items. A busy key's receipts are spread over a few partitions, so that no one of them gets
//! hot; within each they are in the order of time.

use keyward_shared::{
    error::PortError,
    idempotency::Ticket,
    ids::{AccountId, KeyId},
    keys::receipt::{KEPT, Receipt},
    ports::{CommitError, WriteOutcome, WriteReceipt, WriteReceiptOnce},
};

use super::{
    Tables,
    item::{Item, number, text},
    place, record_item,
    transaction::Transaction,
};

/// How many partitions a key's receipts are spread over. A page of the trail reads all of them. Two partitions take
/// 2,000 receipts a second, at 1,000 write units each (DynamoDB Developer Guide, "Best practices for designing and
/// using partition keys effectively").
const SHARDS: u32 = 2;

/// The shard of a receipt: by the last digit of its id, which is random.
fn shard(receipt: &Receipt) -> u32 {
    let id = receipt.id.to_string();
    id.chars().last().and_then(|digit| digit.to_digit(16)).unwrap_or(0) % SHARDS
}

/// Every partition of a key's receipts.
pub(super) fn partitions(account: &AccountId, key: &KeyId) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| place::receipt_partition(account, key, shard))
}

fn item(receipt: &Receipt) -> Item {
    let expires = receipt.at.as_second().saturating_add(KEPT.as_secs());
    let mut item = place::receipt(receipt, shard(receipt));
    item.extend([
        ("account_id".to_owned(), text(receipt.account.to_string())),
        ("key_id".to_owned(), text(receipt.key.to_string())),
        ("version".to_owned(), number(receipt.version)),
        ("environment".to_owned(), text(receipt.environment.to_string())),
        ("purpose".to_owned(), text(receipt.deed.purpose.as_str())),
        ("at".to_owned(), text(receipt.at.to_string())),
        ("by".to_owned(), text(&receipt.by)),
        ("ttl".to_owned(), number(expires)),
    ]);
    let optional = [
        ("organization", receipt.organization.as_ref().map(ToString::to_string)),
        ("method", receipt.deed.method.clone()),
        ("target", receipt.deed.target.clone()),
        ("request_id", receipt.request.clone()),
        ("outcome", receipt.outcome.map(|outcome| outcome.as_str().to_owned())),
    ];
    item.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value?)))));
    item
}

impl WriteReceipt for Tables {
    async fn write_receipt(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.put(&self.keyward, item(receipt)).await
    }
}

impl WriteOutcome for Tables {
    async fn write_outcome(&self, receipt: &Receipt) -> Result<(), PortError> {
        // Writes the whole receipt again, because functions that use keys may put receipts but not
        // update them.
        self.write_receipt(receipt).await
    }
}

impl WriteReceiptOnce for Tables {
    async fn write_receipt_once(&self, receipt: &Receipt, ticket: &Ticket) -> Result<(), CommitError> {
        let mut transaction = Transaction::new(self);
        record_item::put_done(self, &mut transaction, ticket, &receipt.id, receipt.version)?;
        transaction.put(&self.keyward, item(receipt))?;
        transaction.commit(None).await
    }
}
