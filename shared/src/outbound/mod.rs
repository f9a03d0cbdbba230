//! Requests to and logins at a customer's system, and their outcomes.
//!
//! Nothing here opens a connection. The ports [`Exchange`](crate::ports::Exchange) and
//! [`LogIn`](crate::ports::LogIn) do that, and their implementations keep to the rules of this module: the
//! port must be one that the protocol has, every address that a name resolves to is [vetted](address), and
//! the connection goes to exactly a vetted address.

pub mod address;
mod allowed;
mod error;
mod found;
mod login;
mod obtain;
mod peer;
mod request;

pub use address::{Reserved, reserved};
pub use allowed::{AllowedOrigin, AllowedOriginError};
pub use error::{Forbidden, OutboundError, TlsFailure, Unreachable};
pub use found::{session_in, token_in};
pub use login::{
    FtpLogin, FtpTls, Login, LoginError, SftpLogin, SftpProof, SmtpLogin, SmtpProof, SmtpSecurity, Welcome,
};
pub use obtain::{AnswerAs, Freshness, Holder, ObtainError, SessionCall, TokenAsk, TokenCall};
pub use peer::{AllowedOrigins, Peer, Protocol};
pub use request::{Incoming, Outgoing};
