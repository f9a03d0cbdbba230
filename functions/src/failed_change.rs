//! What becomes of a record of the table's stream that a function can do nothing with: it is put into a queue, with what is
//! needed to try it again, and counts as done. So it holds up no other record.

use keyward_shared::error::PortError;
use serde::Serialize;
use serde_json::Value;

/// A record that failed for good.
#[derive(Debug, Clone, Serialize)]
pub struct FailedChange {
    /// The function that failed, and that takes the record again.
    pub function: &'static str,
    /// Why it failed, in words for the operator.
    pub reason: String,
    /// The record in the stream's form, without the item's content: its keys, and of a receipt the time and the purpose.
    pub record: Value,
}

/// Puts failed records aside.
pub trait SetAside: Send + Sync {
    /// Puts one aside. It is kept when this returns.
    ///
    /// # Errors
    ///
    /// What the queue reports.
    fn set_aside(&self, failed: &FailedChange) -> impl Future<Output = Result<(), PortError>> + Send;
}
