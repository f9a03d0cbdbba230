//! The MACs of rows that grant something, by a key that only the service has.

use crate::{
    error::PortError,
    row_mac::{RowDigest, RowMac},
};

/// Makes MACs of rows: whoever has this writes rows that grant something.
pub trait MakeRowMac: Send + Sync {
    /// The MAC of a row.
    ///
    /// # Errors
    ///
    /// What the service reports.
    fn make_row_mac(&self, digest: &RowDigest) -> impl Future<Output = Result<RowMac, PortError>> + Send;
}

/// Checks MACs of rows.
pub trait CheckRowMac: Send + Sync {
    /// Whether this is the MAC of that row.
    ///
    /// # Errors
    ///
    /// What the service reports. That a MAC is of another row is no error.
    fn is_row_mac(
        &self,
        digest: &RowDigest,
        mac: &RowMac,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}
