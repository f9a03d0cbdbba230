//! Data keys, and the KMS keys that wrap them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    error::{Error, PortError},
    ids::SealId,
    keys::rewrap::{Pass, Replaced, VaultPosition, WrappedEntry, WrappedPage},
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
    ) -> impl Future<Output = Result<Unwrapped, Error>> + Send;
}

/// A data key that was unwrapped, and that is not in use yet. It is wiped when this is dropped.
///
/// # Security
///
/// A use unwraps its data keys while its receipt is written. It releases them when the receipt stands: before that, nothing can
/// be opened with them, and nothing keeps them for another use.
pub struct Unwrapped {
    data_key: Arc<DataKey>,
    keep: Option<Keep>,
}

/// Keeps a data key from its release on.
type Keep = Box<dyn FnOnce(&Arc<DataKey>) + Send>;

impl Unwrapped {
    /// The same, kept by somebody from its release on.
    #[must_use]
    pub fn kept_by(self, keep: impl FnOnce(&Arc<DataKey>) + Send + 'static) -> Self {
        Self { keep: Some(Box::new(keep)), ..self }
    }

    /// The data key. The receipt of its use stands.
    #[must_use]
    pub fn release(self) -> Arc<DataKey> {
        if let Some(keep) = self.keep {
            keep(&self.data_key);
        }
        self.data_key
    }
}

impl From<Arc<DataKey>> for Unwrapped {
    fn from(data_key: Arc<DataKey>) -> Self {
        Self { data_key, keep: None }
    }
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

/// Keeps how far the scheduled pass has come.
pub trait KeepPass: Send + Sync {
    /// The pass, if there was one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_pass(&self) -> impl Future<Output = Result<Option<Pass>, PortError>> + Send;

    /// Keeps the pass as it is now.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn write_pass(&self, pass: &Pass) -> impl Future<Output = Result<(), PortError>> + Send;
}
