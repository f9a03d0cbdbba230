//! The parts of an envelope.

use roxmltree::{Document, Node};

use super::{SOAP_11, SOAP_12, xml};

/// An envelope's own element, its `Header` where it has one, and its `Body`.
pub(super) struct Envelope<'a, 'input> {
    pub(super) envelope: Node<'a, 'input>,
    pub(super) header: Option<Node<'a, 'input>>,
    pub(super) body: Node<'a, 'input>,
}

impl<'a, 'input> Envelope<'a, 'input> {
    /// The envelope that a document is, of SOAP 1.1 (§4) or 1.2 (part 1, §5): a `Body`, after a `Header` or
    /// alone. Whatever else stands beside them, servers do not agree on.
    pub(super) fn of(document: &'a Document<'input>) -> Option<Self> {
        let envelope = document.root_element();
        let namespace = envelope.tag_name().namespace().filter(|name| [SOAP_11, SOAP_12].contains(name))?;
        let is = |node: &Node<'a, 'input>, name: &str| node.has_tag_name((namespace, name));
        let mut parts = xml::elements(envelope);
        let (header, body) = match (parts.next()?, parts.next()) {
            (body, None) => (None, body),
            (header, Some(body)) => (Some(header), body),
        };
        let whole = is(&envelope, "Envelope")
            && header.is_none_or(|header| is(&header, "Header"))
            && is(&body, "Body")
            && parts.next().is_none();
        whole.then_some(Self { envelope, header, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(inner: &str, namespace: &str) -> Option<bool> {
        let text = format!("<e:Envelope xmlns:e='{namespace}'>{inner}</e:Envelope>");
        let document = Document::parse(&text).unwrap();
        Envelope::of(&document).map(|envelope| envelope.header.is_some())
    }

    #[test]
    fn both_versions_have_a_body_and_perhaps_a_header() {
        for namespace in [SOAP_11, SOAP_12] {
            assert_eq!(parts("<e:Body/>", namespace), Some(false));
            assert_eq!(parts(" <e:Header/> <!-- c --> <e:Body/> ", namespace), Some(true));
        }
    }

    #[test]
    fn anything_else_is_no_envelope() {
        for inner in [
            "",
            "<e:Header/>",
            "<Body/>",
            "<e:Body/><e:Header/>",
            "<e:Body/><e:Body/>",
            "<e:Header/><e:Header/><e:Body/>",
            "<e:Header/><e:Body/><x/>",
            "<x:Body xmlns:x='http://www.w3.org/2003/05/soap-envelope'/>",
        ] {
            assert_eq!(parts(inner, SOAP_11), None, "{inner}");
        }
        assert_eq!(parts("<e:Body/>", "urn:other"), None);
    }
}
