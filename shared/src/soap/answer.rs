//! What an answer says.

use roxmltree::Node;

use super::{SoapFlavour, envelope::Envelope, xml};

/// No answer that Keyward reads for itself is longer. Where a longer one only passes through, it is data.
pub(super) const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// What an answer to a call says. It has no text of the answer but a short code or name.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The call was done.
    Done {
        /// What the system calls itself, where it says so: `Magento Community 1.9.4.5`.
        identity: Option<String>,
    },
    /// The call was not done.
    Fault {
        /// The code: a SOAP fault's, or Peoplevox's response id.
        code: String,
    },
    /// It is no answer of such a system.
    Unclear,
}

/// Reads the answer to a call with a session.
#[must_use]
pub fn read_answer(flavour: SoapFlavour, answer: &[u8]) -> Answer {
    in_body(answer, |body| match fault_in(flavour, body) {
        Some(Fault { code: Some(code), .. }) => Answer::Fault { code: code.to_owned() },
        Some(Fault { code: None, .. }) => Answer::Unclear,
        None if xml::elements(body).next().is_none() => Answer::Unclear,
        None => Answer::Done { identity: identity(flavour, body) },
    })
    .unwrap_or(Answer::Unclear)
}

/// Whether an answer says that the session is not, or no longer, valid, so that a new login may help.
///
/// Magento has a fault of its own for that: 5 (`session_expired` in `Mage/Api/etc/api.xml`). Peoplevox documents
/// none. It answers with status 200, the response id of every failure, and a text for this one alone.
#[must_use]
pub fn says_expired(flavour: SoapFlavour, answer: &[u8]) -> bool {
    in_body(answer, |body| {
        fault_in(flavour, body).is_some_and(|fault| match flavour {
            SoapFlavour::Magento1 => fault.code == Some("5"),
            SoapFlavour::Peoplevox => fault.detail == Some("System : Security - Invalid Session"),
        })
    })
    .unwrap_or(false)
}

/// Looks into the `Body` of an answer, if it is an envelope within bounds.
pub(super) fn in_body<T>(answer: &[u8], look: impl FnOnce(Node<'_, '_>) -> T) -> Option<T> {
    if answer.len() > MAX_ANSWER_BYTES {
        return None;
    }
    let document = xml::text(answer).and_then(xml::parse).ok()?;
    Envelope::of(&document).map(|envelope| look(envelope.body))
}

/// A call that was not done.
pub(super) struct Fault<'a> {
    /// The code, if it is one.
    pub(super) code: Option<&'a str>,
    /// What Peoplevox says about it.
    detail: Option<&'a str>,
}

pub(super) fn fault_in<'a>(flavour: SoapFlavour, body: Node<'a, '_>) -> Option<Fault<'a>> {
    if let Some(fault) = xml::child(body, "Fault") {
        // SOAP 1.1 §4.4, SOAP 1.2 part 1 §5.4.
        let code = xml::child(fault, "faultcode")
            .or_else(|| xml::child(fault, "Code").and_then(|code| xml::child(code, "Value")))
            .and_then(xml::content)
            .map(|code| code.rsplit_once(':').map_or(code, |(_, local)| local));
        return Some(Fault { code: code.filter(|code| is_code(code)), detail: None });
    }
    match flavour {
        SoapFlavour::Magento1 => None,
        SoapFlavour::Peoplevox => {
            let result = peoplevox_result(body)?;
            let code = xml::child(result, "ResponseId").and_then(xml::content)?;
            let detail = xml::child(result, "Detail").and_then(xml::content);
            (code != "0").then(|| Fault { code: Some(code).filter(|code| is_code(code)), detail })
        }
    }
}

/// The `OperationResult` in the `OperationResponse` that a body holds.
pub(super) fn peoplevox_result<'a, 'input>(body: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    let response = xml::elements(body).next()?;
    let operation = response.tag_name().name().strip_suffix("Response")?;
    xml::elements(response).find(|result| result.tag_name().name().strip_suffix("Result") == Some(operation))
}

/// A code is a short word, so that no other part of an answer is taken for one.
fn is_code(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(word)
}

/// Edition and version, as `magentoInfo` gives them.
fn identity(flavour: SoapFlavour, body: Node<'_, '_>) -> Option<String> {
    match flavour {
        SoapFlavour::Peoplevox => None,
        SoapFlavour::Magento1 => {
            let info = xml::child(xml::elements(body).next()?, "info")?;
            let part = |name| xml::child(info, name).and_then(xml::content).filter(|text| is_name(text));
            let (edition, version) = (part("magento_edition"), part("magento_version"));
            let named: Vec<_> = ["Magento"].into_iter().chain(edition).chain(version).collect();
            (named.len() > 1).then(|| named.join(" "))
        }
    }
}

/// People are shown it, so it has to look like a name or a version.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" .-_+".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
pub(super) mod samples {
    use super::super::SOAP_11;

    pub(in super::super) fn envelope(body: &str) -> Vec<u8> {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope xmlns:s=\"{SOAP_11}\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:ns1=\"urn:Magento\"><s:Body>{body}</s:Body></s:Envelope>"
        )
        .into_bytes()
    }

    pub(in super::super) fn fault(code: &str) -> Vec<u8> {
        envelope(&format!(
            "<s:Fault><faultcode>{code}</faultcode><faultstring>canary</faultstring></s:Fault>"
        ))
    }

    pub(in super::super) fn peoplevox(operation: &str, code: &str, detail: &str) -> Vec<u8> {
        envelope(&format!(
            "<{operation}Response xmlns=\"http://www.peoplevox.net/\"><{operation}Result>\
             <ResponseId>{code}</ResponseId><TotalCount>0</TotalCount><Detail>{detail}</Detail>\
             <Statuses /><ImportingQueueId>0</ImportingQueueId></{operation}Result></{operation}Response>"
        ))
    }

    pub(in super::super) fn magento_info(edition: &str, version: &str) -> Vec<u8> {
        envelope(&format!(
            "<ns1:magentoInfoResponse><info xsi:type=\"ns1:magentoInfoEntity\">\
             <magento_version xsi:type=\"xsd:string\">{version}</magento_version>\
             <magento_edition xsi:type=\"xsd:string\">{edition}</magento_edition></info></ns1:magentoInfoResponse>"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{SoapFlavour::*, samples::*, *};
    use proptest::prelude::*;

    fn code(code: &str) -> Answer {
        Answer::Fault { code: code.to_owned() }
    }

    #[test]
    fn magento_says_its_edition_and_version() {
        let named = |text: &str| Answer::Done { identity: Some(text.to_owned()) };
        assert_eq!(
            read_answer(Magento1, &magento_info("Community", "1.9.4.5")),
            named("Magento Community 1.9.4.5")
        );
        assert_eq!(read_answer(Magento1, &magento_info("", "1.9.4.5")), named("Magento 1.9.4.5"));
        let marked_up = magento_info("&lt;script&gt;", &"9".repeat(65));
        assert_eq!(read_answer(Magento1, &marked_up), Answer::Done { identity: None });
        let ended = envelope(
            "<ns1:endSessionResponse><endSessionReturn>true</endSessionReturn></ns1:endSessionResponse>",
        );
        assert_eq!(read_answer(Magento1, &ended), Answer::Done { identity: None });
    }

    #[test]
    fn a_fault_gives_its_code_alone() {
        for flavour in [Magento1, Peoplevox] {
            assert_eq!(read_answer(flavour, &fault("2")), code("2"));
            assert_eq!(read_answer(flavour, &fault(" s:Client ")), code("Client"));
            let soap_12 = String::from_utf8(envelope(
                "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>",
            ))
            .unwrap()
            .replace(super::super::SOAP_11, super::super::SOAP_12);
            assert_eq!(read_answer(flavour, soap_12.as_bytes()), code("Sender"));
            for odd in ["", "access denied for canary", "&lt;b&gt;", &"1".repeat(65)] {
                assert_eq!(read_answer(flavour, &fault(odd)), Answer::Unclear, "{odd}");
            }
        }
        assert_eq!(read_answer(Peoplevox, &peoplevox("GetData", "-1", "canary")), code("-1"));
        assert_eq!(
            read_answer(Peoplevox, &peoplevox("GetData", "0", "a,b")),
            Answer::Done { identity: None }
        );
    }

    #[test]
    fn what_is_no_answer_is_unclear() {
        for body in
            [&b""[..], b"<!DOCTYPE html><html></html>", b"<html/>", b"{}", b"\xff\xfe<\0", &envelope("")]
        {
            for flavour in [Magento1, Peoplevox] {
                assert_eq!(read_answer(flavour, body), Answer::Unclear);
                assert!(!says_expired(flavour, body));
            }
        }
        let mut long = magento_info("Community", "1.9");
        long.resize(MAX_ANSWER_BYTES + 1, b' ');
        assert_eq!(read_answer(Magento1, &long), Answer::Unclear);
        long.truncate(MAX_ANSWER_BYTES);
        assert_ne!(read_answer(Magento1, &long), Answer::Unclear);
    }

    #[test]
    fn only_an_expired_session_asks_for_a_new_login() {
        assert!(says_expired(Magento1, &fault("5")));
        assert!(!says_expired(Magento1, &fault("2")));
        assert!(!says_expired(Magento1, &magento_info("Community", "5")));
        let text = "System : Security - Invalid Session";
        for operation in ["GetData", "SaveData", "Authenticate"] {
            assert!(says_expired(Peoplevox, &peoplevox(operation, "-1", text)));
        }
        assert!(!says_expired(Peoplevox, &peoplevox("GetData", "0", text)));
        assert!(!says_expired(Peoplevox, &peoplevox("GetData", "-1", "Item code not found")));
        assert!(!says_expired(Peoplevox, &fault("5")));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic_and_only_a_fault_is_an_expired_session(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cut in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut sample = peoplevox("GetData", "-1", "x");
            let position = cut.index(sample.len());
            sample[position] = byte;
            for answer in [&bytes, &sample] {
                for flavour in [Magento1, Peoplevox] {
                    let is_fault = matches!(read_answer(flavour, answer), Answer::Fault { .. });
                    prop_assert!(is_fault || !says_expired(flavour, answer));
                }
            }
        }
    }
}
