//! Customers' systems.

use std::sync::Arc;

use crate::{
    outbound::{
        AllowedOrigins, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing, SessionCall,
        TokenCall, Welcome,
    },
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

/// The ports that are needed to authenticate requests of every strategy.
pub trait Authorize: ObtainToken + OpenSession {}

impl<T: ObtainToken + OpenSession> Authorize for T {}
