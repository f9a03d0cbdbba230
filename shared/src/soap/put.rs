//! Puts a session into an envelope that a caller wrote.
//!
//! It changes no byte of the envelope: it only adds, at a place that the parsed document gives.

use std::ops::Range;

use roxmltree::Node;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    Session,
    envelope::Envelope,
    session::{Kind, credentials},
    xml::{self, XmlError},
};

/// An envelope with a session in it, to be sent as it is.
///
/// # Security
///
/// It has no `Debug`, `Clone` or `Serialize`, and is wiped from memory when dropped.
///
/// ```compile_fail
/// # fn show(envelope: keyward_shared::soap::SessionEnvelope) {
/// println!("{envelope:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(envelope: &keyward_shared::soap::SessionEnvelope) -> keyward_shared::soap::SessionEnvelope {
/// envelope.clone()
/// # }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SessionEnvelope(Vec<u8>);

/// A session cannot be put into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not UTF-8, or its XML declaration names another encoding.
    #[error("the body must be UTF-8, and its XML declaration must say so if it names an encoding")]
    NotUtf8,
    /// It has a document type definition.
    #[error("the body must not have a document type definition")]
    Dtd,
    /// It has too many elements, attributes or prefixes.
    #[error("the body has too many elements, attributes or namespace prefixes")]
    TooComplex,
    /// It is not well-formed.
    #[error("the body must be well-formed XML")]
    NotXml,
    /// It is no envelope of SOAP 1.1 or 1.2.
    #[error("the body must be a SOAP envelope: a `Body`, and at most a `Header` before it")]
    NotAnEnvelope,
    /// Its `Body` does not call one operation.
    #[error("the envelope's `Body` must hold the call of exactly one operation")]
    NotOneOperation,
    /// It has a session already.
    #[error("the envelope must not have a session: leave it to the key")]
    HasSession,
    /// An element around the session could be referred to.
    #[error("`Envelope`, `Header`, `Body`, operation and session must not have an `id`, `ref` or `href`")]
    Referable,
}

impl SessionEnvelope {
    /// The bytes to send.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Session {
    /// The envelope with this session in it: for Peoplevox a `UserSessionCredentials` in the `Header`, for Magento
    /// the `sessionId` of the operation.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when it is no envelope that a session can be put into.
    ///
    /// # Security
    ///
    /// The caller, who writes the envelope, may use the session and must not see it. With SOAP's encoding
    /// (SOAP 1.1 §5.2.1, SOAP 1.2 part 2 §3.1.5) one part of a message can stand for another, and so could
    /// store the session as a product's name. An element that holds the session therefore has nothing to be
    /// referred to by.
    pub fn put_into(&self, envelope: &[u8]) -> Result<SessionEnvelope, EnvelopeError> {
        let text = xml::text(envelope)?;
        let document = xml::parse(text)?;
        let parts = Envelope::of(&document).ok_or(EnvelopeError::NotAnEnvelope)?;
        let (place, addition) = match self.kind() {
            Kind::Peoplevox { client_id, session_id } => {
                into_header(text, &parts, &credentials(client_id, session_id))?
            }
            Kind::Magento { session_id } => into_operation(text, &parts, session_id)?,
        };
        let (before, after) = (text.get(..place.start), text.get(place.end..));
        let (before, after) = before.zip(after).ok_or(EnvelopeError::NotXml)?;
        Ok(SessionEnvelope([before, &addition, after].concat().into_bytes()))
    }
}

/// What to write over a range of the text.
type Splice = (Range<usize>, Zeroizing<String>);

fn into_header(text: &str, parts: &Envelope<'_, '_>, credentials: &str) -> Result<Splice, EnvelopeError> {
    check_unreferable(&[parts.envelope])?;
    let Some(header) = parts.header else {
        let prefix = qualified_name(text, parts.envelope)?.strip_suffix("Envelope").unwrap_or_default();
        let start = parts.body.range().start;
        let header = ["<", prefix, "Header>", credentials, "</", prefix, "Header>"].concat();
        return Ok((start..start, Zeroizing::new(header)));
    };
    check_unreferable(&[header])?;
    if header.descendants().any(|node| node.tag_name().name() == "UserSessionCredentials") {
        return Err(EnvelopeError::HasSession);
    }
    at_the_start_of(text, header, credentials)
}

fn into_operation(text: &str, parts: &Envelope<'_, '_>, session_id: &str) -> Result<Splice, EnvelopeError> {
    let mut operations = xml::elements(parts.body);
    let (Some(operation), None) = (operations.next(), operations.next()) else {
        return Err(EnvelopeError::NotOneOperation);
    };
    check_unreferable(&[parts.envelope, parts.body, operation])?;
    let mut sessions = xml::elements(operation).filter(|node| node.tag_name().name() == "sessionId");
    match (sessions.next(), sessions.next()) {
        (None, _) => {
            // Arguments have no namespace of their own (SOAP 1.1 §7.1).
            let in_none = operation.default_namespace().is_none_or(str::is_empty);
            let opening = if in_none { "<sessionId>" } else { "<sessionId xmlns=\"\">" };
            let argument = Zeroizing::new([opening, session_id, "</sessionId>"].concat());
            at_the_start_of(text, operation, &argument)
        }
        (Some(session), None) => {
            check_unreferable(&[session])?;
            // The element may have only the attribute `type`: `nil`, for example, would say that it has no value.
            if session.attributes().any(|attribute| attribute.name() != "type") {
                return Err(EnvelopeError::Referable);
            }
            if xml::content(session) != Some("") {
                return Err(EnvelopeError::HasSession);
            }
            at_the_start_of(text, session, session_id)
        }
        (Some(_), Some(_)) => Err(EnvelopeError::HasSession),
    }
}

/// `addition` as the first thing in an element, which then is no longer empty.
fn at_the_start_of(text: &str, node: Node<'_, '_>, addition: &str) -> Result<Splice, EnvelopeError> {
    let range = node.range();
    let written = text.get(range.clone()).ok_or(EnvelopeError::NotXml)?;
    if written.ends_with("/>") {
        let name = qualified_name(text, node)?;
        let inner = Zeroizing::new([">", addition, "</", name, ">"].concat());
        return Ok((range.end.saturating_sub(2)..range.end, inner));
    }
    let tag_end = xml::tag_end(written).ok_or(EnvelopeError::NotXml)?;
    let start = range.start.saturating_add(tag_end).saturating_add(1);
    Ok((start..start, Zeroizing::new(addition.to_owned())))
}

/// An element's name with its prefix, as it is written.
fn qualified_name<'t>(text: &'t str, node: Node<'_, '_>) -> Result<&'t str, EnvelopeError> {
    let tag = text.get(node.range()).and_then(|written| written.strip_prefix('<'));
    tag.and_then(|tag| tag.split([' ', '\t', '\r', '\n', '/', '>']).next()).ok_or(EnvelopeError::NotXml)
}

fn check_unreferable(nodes: &[Node<'_, '_>]) -> Result<(), EnvelopeError> {
    let refers = |name: &str| ["id", "ref", "href"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let mut attributes = nodes.iter().flat_map(Node::attributes);
    if attributes.any(|attribute| refers(attribute.name())) { Err(EnvelopeError::Referable) } else { Ok(()) }
}

impl From<XmlError> for EnvelopeError {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::NotUtf8 => Self::NotUtf8,
            XmlError::Dtd => Self::Dtd,
            XmlError::TooComplex => Self::TooComplex,
            XmlError::NotXml => Self::NotXml,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use roxmltree::Document;

    const E: &str = "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"";
    const CREDENTIALS: &str = "<UserSessionCredentials xmlns=\"http://www.peoplevox.net/\"><UserId>0</UserId>\
                               <ClientId>acme</ClientId><SessionId>SID</SessionId></UserSessionCredentials>";

    fn peoplevox(envelope: &str) -> Result<String, EnvelopeError> {
        put(&Session::peoplevox("acme,SID").unwrap(), envelope.as_bytes())
    }

    fn magento(envelope: &str) -> Result<String, EnvelopeError> {
        put(&Session::magento("SID").unwrap(), envelope.as_bytes())
    }

    fn put(session: &Session, envelope: &[u8]) -> Result<String, EnvelopeError> {
        let put = session.put_into(envelope)?;
        let text = String::from_utf8(put.as_bytes().to_vec()).unwrap();
        Document::parse(&text).unwrap();
        Ok(text)
    }

    /// An envelope around one operation.
    fn body(operation: &str) -> String {
        format!("<s:Envelope {E}><s:Body>{operation}</s:Body></s:Envelope>")
    }

    #[test]
    fn peoplevox_gets_a_header_under_the_envelopes_own_prefix() {
        for (namespace, prefix) in [
            ("http://schemas.xmlsoap.org/soap/envelope/", "soapenv:"),
            ("http://www.w3.org/2003/05/soap-envelope", "x:"),
            ("http://schemas.xmlsoap.org/soap/envelope/", ""),
        ] {
            let declared =
                if prefix.is_empty() { String::new() } else { format!(":{}", prefix.trim_end_matches(':')) };
            let start = format!(
                "<?xml version='1.0'?>\r\n<{prefix}Envelope a='>' xmlns{declared}='{namespace}' >\n "
            );
            let end = format!("<{prefix}Body><GetData/></{prefix}Body><!-- end -->\n</{prefix}Envelope>\n");
            let expected = format!("{start}<{prefix}Header>{CREDENTIALS}</{prefix}Header>{end}");
            assert_eq!(peoplevox(&[start, end].concat()), Ok(expected));
        }
    }

    #[test]
    fn peoplevox_keeps_a_header_that_is_there() {
        for (header, expected) in [
            ("<s:Header/>", format!("<s:Header>{CREDENTIALS}</s:Header>")),
            ("<s:Header\n />", format!("<s:Header\n >{CREDENTIALS}</s:Header>")),
            ("<s:Header></s:Header >", format!("<s:Header>{CREDENTIALS}</s:Header >")),
            (
                "<s:Header a='/>'>\n<b/></s:Header>",
                format!("<s:Header a='/>'>{CREDENTIALS}\n<b/></s:Header>"),
            ),
        ] {
            let envelope = |header: &str| format!("\u{feff}<s:Envelope {E}>{header}<s:Body/></s:Envelope>");
            assert_eq!(peoplevox(&envelope(header)), Ok(envelope(&expected)));
        }
    }

    #[test]
    fn magento_gets_the_session_as_the_first_argument() {
        for (operation, expected) in [
            (
                "<m:info xmlns:m='urn:Magento'/>",
                "<m:info xmlns:m='urn:Magento'><sessionId>SID</sessionId></m:info>",
            ),
            (
                "<info xmlns='urn:Magento' />",
                "<info xmlns='urn:Magento' ><sessionId xmlns=\"\">SID</sessionId></info>",
            ),
            ("<info></info>", "<info><sessionId>SID</sessionId></info>"),
            ("<info> <id>1</id></info>", "<info><sessionId>SID</sessionId> <id>1</id></info>"),
            ("<info><a/><sessionId/></info>", "<info><a/><sessionId>SID</sessionId></info>"),
            ("<i><sessionId></sessionId>\n</i>", "<i><sessionId>SID</sessionId>\n</i>"),
            ("<i><sessionId> </sessionId></i>", "<i><sessionId>SID </sessionId></i>"),
            ("<i><sessionId type='a>b'/></i>", "<i><sessionId type='a>b'>SID</sessionId></i>"),
            (
                "<i><a><sessionId>x</sessionId></a></i>",
                "<i><sessionId>SID</sessionId><a><sessionId>x</sessionId></a></i>",
            ),
        ] {
            assert_eq!(magento(&body(operation)), Ok(body(expected)));
        }
    }

    #[test]
    fn an_envelope_with_a_session_is_refused() {
        for header in [
            "<UserSessionCredentials/>",
            "<p:UserSessionCredentials xmlns:p='http://www.peoplevox.net/'/>",
            "<a><UserSessionCredentials/></a>",
        ] {
            let envelope = format!("<s:Envelope {E}><s:Header>{header}</s:Header><s:Body/></s:Envelope>");
            assert_eq!(peoplevox(&envelope), Err(EnvelopeError::HasSession), "{header}");
        }
        for session in [
            "<sessionId>x</sessionId>",
            "<sessionId><!-- x --></sessionId>",
            "<sessionId><b/></sessionId>",
            "<sessionId/><sessionId/>",
            "<x:sessionId xmlns:x='u'>x</x:sessionId>",
        ] {
            assert_eq!(
                magento(&body(&format!("<i>{session}</i>"))),
                Err(EnvelopeError::HasSession),
                "{session}"
            );
        }
    }

    #[test]
    fn no_other_part_of_the_envelope_can_refer_to_the_session() {
        for operation in
            ["<i id='a'><b href='#a'/></i>", "<i><sessionId ID='a'/></i>", "<i><sessionId nil='true'/></i>"]
        {
            assert_eq!(magento(&body(operation)), Err(EnvelopeError::Referable), "{operation}");
        }
        let other = "<i><sessionId xmlns:e='http://www.w3.org/2003/05/soap-encoding' e:id='a'/></i>";
        assert_eq!(magento(&body(other)), Err(EnvelopeError::Referable));
        for envelope in [
            format!("<s:Envelope {E} id='a'><s:Body><i/></s:Body></s:Envelope>"),
            format!("<s:Envelope {E} href='a'><s:Body><i/></s:Body></s:Envelope>"),
        ] {
            assert_eq!(magento(&envelope), Err(EnvelopeError::Referable));
            assert_eq!(peoplevox(&envelope), Err(EnvelopeError::Referable));
        }
        let header = format!("<s:Envelope {E}><s:Header id='a'/><s:Body/></s:Envelope>");
        assert_eq!(peoplevox(&header), Err(EnvelopeError::Referable));
        assert!(magento(&body("<i><a id='x'/><b href='#x'/></i>")).is_ok());
    }

    #[test]
    fn what_is_no_envelope_is_refused_with_a_reason() {
        for (text, expected) in [
            ("", EnvelopeError::NotXml),
            ("{}", EnvelopeError::NotXml),
            ("<a>", EnvelopeError::NotXml),
            ("<a/>", EnvelopeError::NotAnEnvelope),
            ("<!DOCTYPE a><a/>", EnvelopeError::Dtd),
            ("<?xml version='1.0' encoding='utf-16'?><a/>", EnvelopeError::NotUtf8),
            ("<Envelope><Body/></Envelope>", EnvelopeError::NotAnEnvelope),
        ] {
            assert_eq!(peoplevox(text), Err(expected), "{text}");
            assert_eq!(magento(text), Err(expected), "{text}");
        }
        assert_eq!(put(&Session::magento("SID").unwrap(), b"<a>\xff</a>"), Err(EnvelopeError::NotUtf8));
        assert_eq!(peoplevox(&format!("<a{}/>", " b='' ".repeat(300))), Err(EnvelopeError::TooComplex));
        for operations in ["", "text", "<a/><b/>", "<a root='0'/><b/>"] {
            assert_eq!(magento(&body(operations)), Err(EnvelopeError::NotOneOperation), "{operations}");
        }
    }

    /// White space, text, comments and elements, as an envelope's author might write them.
    fn filling() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            " ",
            "\n",
            "\r\n",
            "<a/>",
            "<b c='/>'>d</b>",
            "<!-- > -->",
            "&amp;",
            "<![CDATA[<s:Body>]]>",
            "\u{e9}",
            "<p:sku xmlns:p=\"u>\" />",
            "<a><sessionId>x</sessionId></a>",
            "<?pi ?>",
        ]);
        proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn everything_but_the_session_stays_byte_for_byte(
            gaps in proptest::array::uniform3(prop::sample::select(vec!["", " ", "\n\t", "<!-- </s:Body> -->"])),
            content in filling(),
            header in prop::option::of(filling()),
        ) {
            let [first, second, third] = gaps;
            let header = header.map(|inner| format!("<s:Header>{inner}</s:Header>")).unwrap_or_default();
            let text = format!(
                "<s:Envelope {E}>{first}{header}{second}<s:Body><i>{content}</i></s:Body>{third}</s:Envelope>"
            );
            let credentials = if header.is_empty() {
                format!("<s:Header>{CREDENTIALS}</s:Header>")
            } else {
                CREDENTIALS.to_owned()
            };
            for (put, addition) in [
                (peoplevox(&text), credentials.as_str()),
                (magento(&text), "<sessionId>SID</sessionId>"),
            ] {
                let put = put.unwrap();
                prop_assert_eq!(put.matches(addition).count(), 1);
                prop_assert_eq!(put.replacen(addition, "", 1), text.as_str());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            position in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut changed = body("<i a='b'><sessionId/></i>").into_bytes();
            let position = position.index(changed.len());
            changed[position] = byte;
            for session in [Session::peoplevox("acme,SID").unwrap(), Session::magento("SID").unwrap()] {
                for envelope in [&bytes, &changed] {
                    if let Ok(put) = session.put_into(envelope) {
                        prop_assert!(Document::parse(str::from_utf8(put.as_bytes()).unwrap()).is_ok());
                    }
                }
            }
        }
    }
}
