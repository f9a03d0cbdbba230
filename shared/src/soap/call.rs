//! A call to make.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{MAGENTO, MAGENTO_ACTION, PEOPLEVOX, SOAP_11};

/// Headers and body of one request, to be sent with `POST`.
///
/// # Security
///
/// It holds a password or a session, so it has no `Debug`, `Clone` or `Serialize`, and is wiped from memory when
/// dropped.
///
/// ```compile_fail
/// # fn show(call: keyward_shared::soap::SoapCall) {
/// println!("{call:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(call: &keyward_shared::soap::SoapCall) -> keyward_shared::soap::SoapCall {
/// call.clone()
/// # }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SoapCall {
    action: String,
    body: Vec<u8>,
}

/// A call cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A value that the call needs is not there.
    #[error("`{field}` must have a value")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// XML has no way to write a character of a value (XML 1.0 §2.2).
    #[error("`{field}` must not contain control characters")]
    Unwritable {
        /// The field.
        field: &'static str,
    },
    /// The operation is no name.
    #[error("an operation's name must be letters and digits, and start with a letter")]
    Operation,
}

impl SoapCall {
    /// A call of Peoplevox: document style, as ASP.NET describes its services.
    pub(super) fn peoplevox(operation: &str, header: &str, arguments: &[&str]) -> Self {
        let mut parts =
            vec![DECLARATION, "<soap:Envelope xmlns:soap=\"", SOAP_11, "\">", header, "<soap:Body>"];
        parts.extend(["<", operation, " xmlns=\"", PEOPLEVOX, "\">"]);
        parts.extend(arguments);
        parts.extend(["</", operation, "></soap:Body></soap:Envelope>"]);
        Self { action: quoted(&[PEOPLEVOX, operation]), body: parts.concat().into_bytes() }
    }

    /// A call of Magento: RPC style, encoded (SOAP 1.1 §5 and §7), as its service description says.
    pub(super) fn magento(operation: &str, arguments: &[&str]) -> Self {
        let mut parts = vec![DECLARATION, "<soap:Envelope xmlns:soap=\"", SOAP_11];
        parts.extend(["\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""]);
        parts.extend([" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:m=\"", MAGENTO]);
        parts.extend(["\" soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><soap:Body>"]);
        parts.extend(["<m:", operation, ">"]);
        parts.extend(arguments);
        parts.extend(["</m:", operation, "></soap:Body></soap:Envelope>"]);
        Self { action: quoted(&[MAGENTO_ACTION]), body: parts.concat().into_bytes() }
    }

    /// The headers that go with it.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        [("content-type", "text/xml; charset=utf-8"), ("soapaction", self.action.as_str())].into_iter()
    }

    /// The envelope.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// The value of `SOAPAction`, which stands in quotes (SOAP 1.1 §6.1.1).
fn quoted(parts: &[&str]) -> String {
    ["\"", &parts.concat(), "\""].concat()
}

/// Whether a text can be the name of an operation.
pub(super) fn check_operation(operation: &str) -> Result<(), CallError> {
    let starts_well = operation.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_name = starts_well && operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { Ok(()) } else { Err(CallError::Operation) }
}
