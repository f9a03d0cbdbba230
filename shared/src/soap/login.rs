//! Opening a session.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    CallError, Session, SoapCall, SoapFlavour,
    answer::{in_body, peoplevox_result},
    xml,
};
use crate::secret::SecretText;

/// Who wants a session.
pub struct Login<'a> {
    /// Whose way of opening it.
    pub flavour: SoapFlavour,
    /// The client's id. Peoplevox needs it, Magento has none.
    pub client_id: Option<&'a str>,
    /// The user.
    pub username: &'a str,
    /// The password or API key.
    pub password: &'a SecretText,
}

impl Login<'_> {
    /// The call that opens the session.
    ///
    /// # Errors
    ///
    /// [`CallError`] when a value is missing, or has a character that XML cannot carry.
    pub fn call(&self) -> Result<SoapCall, CallError> {
        let username = written("username", self.username)?;
        match self.flavour {
            SoapFlavour::Peoplevox => {
                let client_id = self.client_id.ok_or(CallError::Missing { field: "client_id" })?;
                let client_id = written("client_id", client_id)?;
                // Peoplevox expects base64. The encoding does not protect the password.
                let password = Zeroizing::new(STANDARD.encode(self.password.expose()));
                let arguments = ["<clientId>", &*client_id, "</clientId><username>", &*username];
                let secret = ["</username><password>", &*password, "</password>"];
                Ok(SoapCall::peoplevox("Authenticate", "", &[arguments.as_slice(), &secret].concat()))
            }
            SoapFlavour::Magento1 => {
                let api_key = written("password", self.password.expose())?;
                let arguments = ["<username xsi:type=\"xsd:string\">", &*username, "</username>"];
                let secret = ["<apiKey xsi:type=\"xsd:string\">", &*api_key, "</apiKey>"];
                Ok(SoapCall::magento("login", &[arguments, secret].concat()))
            }
        }
    }
}

/// The session in the answer to [`Login::call`]. What it means that there is none, the template's rules say.
#[must_use]
pub fn read_login(flavour: SoapFlavour, answer: &[u8]) -> Option<Session> {
    in_body(answer, |body| {
        if xml::child(body, "Fault").is_some() {
            return None;
        }
        match flavour {
            SoapFlavour::Peoplevox => peoplevox_result(body)
                // Only a response id of 0 means success.
                .filter(|result| xml::child(*result, "ResponseId").and_then(xml::content) == Some("0"))
                .and_then(|result| xml::child(result, "Detail"))
                .and_then(xml::content)
                .and_then(Session::peoplevox),
            SoapFlavour::Magento1 => xml::child(body, "loginResponse")
                .and_then(|response| xml::child(response, "loginReturn"))
                .and_then(xml::content)
                .and_then(Session::magento),
        }
    })
    .flatten()
}

fn written(field: &'static str, text: &str) -> Result<Zeroizing<String>, CallError> {
    xml::escape(text).ok_or(CallError::Unwritable { field })
}

#[cfg(test)]
mod tests {
    use super::{
        super::answer::samples::{envelope, fault, peoplevox},
        SoapFlavour::*,
        *,
    };
    use proptest::prelude::*;
    use roxmltree::Document;

    fn call(flavour: SoapFlavour, username: &str, password: &str) -> Result<SoapCall, CallError> {
        let password = SecretText::from(password.to_owned());
        Login { flavour, client_id: Some("acme"), username, password: &password }.call()
    }

    fn text(document: &Document<'_>, name: &str) -> String {
        let node = document.descendants().find(|node| node.tag_name().name() == name).unwrap();
        node.text().unwrap_or_default().to_owned()
    }

    fn session_id(flavour: SoapFlavour, answer: &[u8]) -> Option<String> {
        read_login(flavour, answer).map(|session| session.secrets().map(str::to_owned).collect())
    }

    fn magento(returned: &str) -> Vec<u8> {
        envelope(&format!(
            "<ns1:loginResponse><loginReturn xsi:type=\"xsd:string\">{returned}</loginReturn></ns1:loginResponse>"
        ))
    }

    #[test]
    fn peoplevox_gets_an_encoded_password() {
        let call = call(Peoplevox, "integration", "pass").unwrap_or_else(|error| panic!("{error}"));
        let body = str::from_utf8(call.body()).unwrap();
        assert_eq!(
            body,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <Authenticate xmlns=\"http://www.peoplevox.net/\"><clientId>acme</clientId>\
             <username>integration</username><password>cGFzcw==</password></Authenticate>\
             </soap:Body></soap:Envelope>"
        );
        let headers: Vec<_> = call.headers().collect();
        assert_eq!(
            headers,
            [
                ("content-type", "text/xml; charset=utf-8"),
                ("soapaction", "\"http://www.peoplevox.net/Authenticate\""),
            ]
        );
    }

    #[test]
    fn magento_gets_an_rpc_call() {
        let call = call(Magento1, "integration", "a<b").unwrap_or_else(|error| panic!("{error}"));
        let body = str::from_utf8(call.body()).unwrap();
        assert!(body.contains(
            "<m:login><username xsi:type=\"xsd:string\">integration</username>\
             <apiKey xsi:type=\"xsd:string\">a&lt;b</apiKey></m:login>"
        ));
        let document = Document::parse(body).unwrap();
        let login = document.descendants().find(|node| node.has_tag_name(("urn:Magento", "login")));
        assert!(login.is_some());
        assert!(call.headers().any(|header| header.1 == "\"urn:Mage_Api_Model_Server_V2_HandlerAction\""));
    }

    #[test]
    fn values_that_cannot_be_sent_are_refused_by_name_alone() {
        let error = |flavour, username, password| call(flavour, username, password).err();
        let unwritable = |field| Some(CallError::Unwritable { field });
        assert_eq!(error(Peoplevox, "canary\0", "p"), unwritable("username"));
        assert_eq!(error(Magento1, "canary\u{b}", "p"), unwritable("username"));
        assert_eq!(error(Magento1, "u", "canary\0"), unwritable("password"));
        assert_eq!(error(Peoplevox, "u", "\0"), None);
        let password = SecretText::from("p".to_owned());
        let login = Login { flavour: Peoplevox, client_id: None, username: "u", password: &password };
        assert_eq!(login.call().err(), Some(CallError::Missing { field: "client_id" }));
    }

    #[test]
    fn a_login_that_worked_gives_a_session() {
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(
            session_id(Peoplevox, &peoplevox("Authenticate", "0", &format!("acme,{id}"))),
            Some(id.to_owned())
        );
        assert_eq!(session_id(Magento1, &magento("d41d8cd98f00b204")), Some("d41d8cd98f00b204".to_owned()));
    }

    #[test]
    fn anything_but_a_session_is_none() {
        for code in ["1", "2", "5", "Client", "22", ""] {
            assert_eq!(session_id(Magento1, &fault(code)), None, "{code}");
        }
        for answer in [
            peoplevox("Authenticate", "-1", "acme,id"),
            peoplevox("Authenticate", "1", "acme,id"),
            peoplevox("Authenticate", "", "acme,id"),
            peoplevox("Authenticate", "0", ""),
            peoplevox("Authenticate", "0", "acme"),
            peoplevox("Authenticate", "0", "acme,"),
            peoplevox("Authenticate", "0", ",id"),
            peoplevox("Authenticate", "0", "acme,id,more"),
            peoplevox("Authenticate", "0", "acme,two words"),
            peoplevox("Authenticate", "0", "acme,<b>id</b>"),
            envelope("<AuthenticateResponse><AuthenticateResult/></AuthenticateResponse>"),
            envelope(""),
            b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec(),
            Vec::new(),
            vec![b' '; 1024 * 1024 + 1],
        ] {
            assert_eq!(session_id(Peoplevox, &answer), None);
        }
        let long = "a".repeat(257);
        for returned in ["", "  ", "<b/>", "a&lt;b", "a&quot;b", "caf\u{e9}", &long] {
            assert_eq!(session_id(Magento1, &magento(returned)), None, "{returned}");
        }
        let with_entity = String::from_utf8(magento("&e;")).unwrap();
        let with_entity = with_entity.replace("?>\n", "?><!DOCTYPE s [<!ENTITY e 'x'>]>");
        assert_eq!(session_id(Magento1, with_entity.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn an_envelope_parses_back_to_what_was_put_in(
            username in proptest::collection::vec(any::<char>(), 0..40),
            password in proptest::collection::vec(any::<char>(), 0..40),
        ) {
            let (username, password) = (String::from_iter(username), String::from_iter(password));
            if let Ok(call) = call(Magento1, &username, &password) {
                let document = Document::parse(str::from_utf8(call.body()).unwrap()).unwrap();
                prop_assert_eq!(text(&document, "username"), username.as_str());
                prop_assert_eq!(text(&document, "apiKey"), password.as_str());
            }
            if let Ok(call) = call(Peoplevox, &username, &password) {
                let document = Document::parse(str::from_utf8(call.body()).unwrap()).unwrap();
                prop_assert_eq!(text(&document, "username"), username);
                prop_assert_eq!(STANDARD.decode(text(&document, "password")).unwrap(), password.as_bytes());
            }
        }

        #[test]
        fn no_answer_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for flavour in [Magento1, Peoplevox] {
                prop_assert!(read_login(flavour, &bytes).is_none());
            }
        }
    }
}
