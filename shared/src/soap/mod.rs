//! SOAP sessions: logging in, putting the session into a request, and reading what came back.
//!
//! Nothing here sends anything. A [`Login`] gives the call to make, [`read_login`] makes a [`Session`] of its
//! answer, and [`Session::put_into`] adds the session to the envelope that a caller wants to send. The HTTP status
//! plays no part: both systems report what went wrong in the body, Peoplevox even with status 200.
//!
//! # Security
//!
//! What comes back was written by someone else, and so was the envelope to send. Document type definitions are
//! refused, sizes are bounded, and no error carries text that was read.

mod answer;
mod call;
mod envelope;
mod login;
mod put;
mod session;
pub(crate) mod xml;

pub use answer::{Answer, read_answer, says_expired};
pub use call::{CallError, SoapCall};
pub use login::{Login, read_login};
pub use put::{EnvelopeError, SessionEnvelope};
pub use session::Session;

use serde::Deserialize;

/// Whose way of opening a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SoapFlavour {
    /// Descartes Peoplevox: `Authenticate`, then a session header.
    #[serde(rename = "peoplevox")]
    Peoplevox,
    /// Magento 1 SOAP v2: `login`, then a session argument.
    #[serde(rename = "magento-1")]
    Magento1,
}

/// The namespace of SOAP 1.1 envelopes (§3 of the W3C note).
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of SOAP 1.2 envelopes (part 1, §5.1).
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// The target namespace of Peoplevox's integration service.
const PEOPLEVOX: &str = "http://www.peoplevox.net/";
/// The target namespace of Magento's service. Newer OpenMage names itself `urn:OpenMage`, but PHP finds an RPC
/// operation by its local name alone, so the old name works with both.
const MAGENTO: &str = "urn:Magento";
/// What Magento's service description gives as the action of every operation.
const MAGENTO_ACTION: &str = "urn:Mage_Api_Model_Server_V2_HandlerAction";
