//! Customers' systems.

use std::sync::Arc;

use crate::{
    error::Error,
    keys::key::Key,
    outbound::{
        AllowedOrigins, Freshness, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing,
        SessionCall, TokenCall, Welcome,
    },
    sealing::EntryName,
    signing::oauth2::AccessToken,
    soap,
};

/// Sends requests to customers' systems.
pub trait Exchange: Send + Sync {
    /// Sends one request over a connection of its own and reads the answer. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// [`OutboundError`], which names the host alone.
    fn exchange(
        &self,
        request: Outgoing<'_>,
        allowed: &AllowedOrigins,
    ) -> impl Future<Output = Result<Incoming, OutboundError>> + Send;
}

/// Logs in to customers' servers that speak no HTTP.
pub trait LogIn: Send + Sync {
    /// Logs in, looks at the directory where there is one, and leaves.
    ///
    /// # Errors
    ///
    /// [`LoginError`], which has no word of what the server said.
    fn log_in(
        &self,
        login: &Login<'_>,
        allowed: &AllowedOrigins,
    ) -> impl Future<Output = Result<Welcome, LoginError>> + Send;
}

/// Obtains OAuth 2.0 tokens.
pub trait ObtainToken: Send + Sync {
    /// A token: a kept one, where that will do. Concurrent calls for the same make one request.
    ///
    /// # Errors
    ///
    /// [`ObtainError`], which has no word of what the server said.
    fn obtain_token(
        &self,
        call: TokenCall<'_>,
    ) -> impl Future<Output = Result<Arc<AccessToken>, ObtainError>> + Send;
}

/// Opens SOAP sessions.
pub trait OpenSession: Send + Sync {
    /// A session: a kept one, where that will do. Concurrent calls for the same make one login.
    ///
    /// # Errors
    ///
    /// [`ObtainError`], which has no word of what the server said.
    fn open_session(
        &self,
        call: SessionCall<'_>,
    ) -> impl Future<Output = Result<Arc<soap::Session>, ObtainError>> + Send;
}

/// Hands out the access tokens of grants.
pub trait ObtainGranted: Send + Sync {
    /// The access token of an entry that was connected: a kept one, where that will do.
    ///
    /// # Errors
    ///
    /// [`Error::NeedsReconnect`], [`Error::Refreshing`], [`Error::DoesNotOpen`], and what the services report.
    fn obtain_granted(
        &self,
        call: GrantedCall<'_>,
    ) -> impl Future<Output = Result<Arc<AccessToken>, Error>> + Send;
}

/// An access token to hand out.
pub struct GrantedCall<'a> {
    /// The key.
    pub key: &'a Key,
    /// The entry.
    pub entry: &'a EntryName,
    /// Whether a kept one will do.
    pub freshness: Freshness,
}

/// The ports that are needed to authenticate requests of every strategy.
pub trait Authorize: ObtainToken + OpenSession + ObtainGranted {}

impl<T: ObtainToken + OpenSession + ObtainGranted> Authorize for T {}
