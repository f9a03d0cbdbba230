//! Data keys, and the KMS keys that wrap them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    error::{Error, PortError},
    ids::SealId,
    keys::rewrap::{Replaced, VaultPosition, WrappedEntry, WrappedPage},
    sealing::{DataKey, EncryptionContext, RewrapError, Rewrapped, WrappedDataKey},
};

/// Makes data keys. Who has this can seal and not open.
pub trait WrapDataKey: Send + Sync {
    /// A new data key, in the clear and wrapped, bound to the context.
    ///
    /// # Errors
    ///
    /// What the wrapping service reports.
    fn generate_data_key(
        &self,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<(DataKey, WrappedDataKey), PortError>> + Send;
}

/// Unwraps data keys. Who has this can open and not seal.
pub trait UnwrapDataKey: Send + Sync {
    /// The data key in the clear.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotOpen`] when it was not wrapped for this context; else what the wrapping service reports.
    fn unwrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> impl Future<Output = Result<Arc<DataKey>, Error>> + Send;
}

/// Re-wraps data keys. A function with this port alone can neither open nor seal.
pub trait ReWrapDataKey: Send + Sync {
    /// The data key as it is wrapped under the wrapping key as that is now, for the same context.
    ///
    /// # Errors
    ///
    /// [`RewrapError`].
    fn re_wrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> impl Future<Output = Result<Rewrapped, RewrapError>> + Send;
}

/// Lists the wrapped data keys of the whole vault, of all accounts.
pub trait ListWrapped: Send + Sync {
    /// At most so many items after a position, in the vault's own order.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_wrapped(
        &self,
        after: Option<&VaultPosition>,
        limit: u32,
    ) -> impl Future<Output = Result<WrappedPage, PortError>> + Send;
}

/// Puts wrapped data keys in the place of old ones.
pub trait ReplaceWrapped: Send + Sync {
    /// Replaces all of these, if all old ones are still there.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn replace_wrapped(
        &self,
        entry: &WrappedEntry,
        anew: &BTreeMap<SealId, WrappedDataKey>,
    ) -> impl Future<Output = Result<Replaced, PortError>> + Send;
}
