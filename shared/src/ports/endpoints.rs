//! Sources and destinations, and what uses a key.

use super::CommitError;
use crate::{
    endpoints::{
        change::EndpointChange,
        endpoint::Endpoint,
        list::{EndpointFilter, EndpointRow, UsePage},
    },
    error::{Error, PortError},
    ids::{AccountId, EndpointId, KeyId},
    page::{Cursor, Limit, Page},
};

/// Reads an endpoint's row.
pub trait ReadEndpoint: Send + Sync {
    /// The endpoint; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_endpoint(
        &self,
        account: &AccountId,
        endpoint: &EndpointId,
    ) -> impl Future<Output = Result<Option<Endpoint>, Error>> + Send;
}

/// Stores endpoints: makes, changes and deletes them, each together with the links and the counters of the keys that they
/// use.
pub trait ChangeEndpoint: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the endpoint is not at the version that the change was made for,
    /// [`CommitError::Unmet`] when the key that it would use cannot be used, and [`CommitError::Repeated`].
    fn change_endpoint(
        &self,
        change: &EndpointChange,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists endpoints.
pub trait ListEndpoints: Send + Sync {
    /// One page, by one query for each partition of the index. With words it is a bounded number of them, and the page may have fewer
    /// rows than asked for, and even none, while more are to come.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_endpoints(
        &self,
        account: &AccountId,
        filter: &EndpointFilter,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<EndpointRow>, PortError>> + Send;
}

/// Lists what uses a key.
pub trait ListKeyUses: Send + Sync {
    /// One page, as of now.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_key_uses(
        &self,
        account: &AccountId,
        key: &KeyId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<UsePage, PortError>> + Send;
}
