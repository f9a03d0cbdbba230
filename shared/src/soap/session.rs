//! An open session.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{CallError, PEOPLEVOX, SoapCall, SoapFlavour, call::check_operation};

/// The session that a login gave. With it, any caller can act as the user until it ends.
///
/// # Security
///
/// Like [`SecretText`](crate::secret::SecretText), it can be neither shown nor copied.
///
/// ```compile_fail
/// # fn show(session: keyward_shared::soap::Session) {
/// println!("{session:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(session: &keyward_shared::soap::Session) -> keyward_shared::soap::Session {
/// session.clone()
/// # }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Session(Kind);

#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) enum Kind {
    Peoplevox { client_id: String, session_id: String },
    Magento { session_id: String },
}

impl Session {
    /// From the `Detail` of an `AuthenticateResult`: the client's id, a comma, the session's id.
    pub(super) fn peoplevox(detail: &str) -> Option<Self> {
        let (client_id, session_id) = detail.split_once(',')?;
        let whole = is_id(client_id) && is_id(session_id) && !session_id.contains(',');
        whole.then(|| {
            Self(Kind::Peoplevox { client_id: client_id.to_owned(), session_id: session_id.to_owned() })
        })
    }

    /// From a `loginReturn`.
    pub(super) fn magento(session_id: &str) -> Option<Self> {
        is_id(session_id).then(|| Self(Kind::Magento { session_id: session_id.to_owned() }))
    }

    /// Whose session it is.
    #[must_use]
    pub const fn flavour(&self) -> SoapFlavour {
        match self.0 {
            Kind::Peoplevox { .. } => SoapFlavour::Peoplevox,
            Kind::Magento { .. } => SoapFlavour::Magento1,
        }
    }

    /// A call of an operation that takes nothing but the session.
    ///
    /// # Errors
    ///
    /// [`CallError::Operation`] when the operation is no name.
    pub fn call(&self, operation: &str) -> Result<SoapCall, CallError> {
        check_operation(operation)?;
        Ok(match &self.0 {
            Kind::Peoplevox { client_id, session_id } => {
                let block = credentials(client_id, session_id);
                let header = Zeroizing::new(["<soap:Header>", &block, "</soap:Header>"].concat());
                SoapCall::peoplevox(operation, &header, &[])
            }
            Kind::Magento { session_id } => SoapCall::magento(
                operation,
                &["<sessionId xsi:type=\"xsd:string\">", session_id, "</sessionId>"],
            ),
        })
    }

    /// The texts that must not be seen in an answer. None of them changes when it is written in XML.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(match &self.0 {
            Kind::Peoplevox { session_id, .. } | Kind::Magento { session_id } => session_id.as_str(),
        })
    }

    pub(super) const fn kind(&self) -> &Kind {
        &self.0
    }
}

/// Peoplevox's header block. Its user id is 0 for every integration: the session says who it is.
pub(super) fn credentials(client_id: &str, session_id: &str) -> Zeroizing<String> {
    let opening = ["<UserSessionCredentials xmlns=\"", PEOPLEVOX, "\"><UserId>0</UserId><ClientId>"];
    let values = [client_id, "</ClientId><SessionId>", session_id];
    let closing = "</SessionId></UserSessionCredentials>";
    Zeroizing::new([opening.as_slice(), &values, &[closing]].concat().concat())
}

/// Ids are short, visible ASCII, and the same in XML as outside of it, so that they are found in an answer.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>&\"'".contains(&byte);
    (1..=256).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    fn body(session: &Session, operation: &str) -> String {
        let call = session.call(operation).unwrap_or_else(|error| panic!("{error}"));
        let body = String::from_utf8(call.body().to_vec()).unwrap();
        Document::parse(&body).unwrap();
        body
    }

    #[test]
    fn magento_takes_the_session_as_an_argument() {
        let session = Session::magento("abc").unwrap();
        assert_eq!(session.flavour(), SoapFlavour::Magento1);
        let expected = "<m:magentoInfo><sessionId xsi:type=\"xsd:string\">abc</sessionId></m:magentoInfo>";
        assert!(body(&session, "magentoInfo").contains(expected));
    }

    #[test]
    fn peoplevox_takes_the_session_in_a_header() {
        let session = Session::peoplevox("acme,abc").unwrap();
        assert_eq!(session.flavour(), SoapFlavour::Peoplevox);
        let expected = "<soap:Header><UserSessionCredentials xmlns=\"http://www.peoplevox.net/\">\
                        <UserId>0</UserId><ClientId>acme</ClientId><SessionId>abc</SessionId>\
                        </UserSessionCredentials></soap:Header><soap:Body>\
                        <GetReportColumns xmlns=\"http://www.peoplevox.net/\"></GetReportColumns></soap:Body>";
        assert!(body(&session, "GetReportColumns").contains(expected));
    }

    #[test]
    fn an_operation_must_be_a_name() {
        let session = Session::magento("abc").unwrap();
        for operation in ["", "1a", "a b", "a/>", "a:b", "\u{e9}"] {
            assert_eq!(session.call(operation).err(), Some(CallError::Operation), "{operation}");
        }
    }

    #[test]
    fn the_session_id_is_what_must_not_be_seen() {
        assert_eq!(Session::peoplevox("acme,abc").unwrap().secrets().collect::<Vec<_>>(), ["abc"]);
        assert_eq!(Session::magento("abc").unwrap().secrets().collect::<Vec<_>>(), ["abc"]);
    }
}
