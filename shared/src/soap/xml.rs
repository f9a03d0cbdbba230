//! XML within limits, because the documents come from others.

use roxmltree::{Document, Error, Node, ParsingOptions};
use zeroize::Zeroizing;

/// More nodes than this are no plausible envelope; each costs some 80 bytes while it is read.
const MAX_NODES: u32 = 200_000;
/// The parser compares each attribute of an element with all before it.
const MAX_ATTRIBUTES: usize = 256;
/// The parser carries every prefix in scope along to each element that declares another.
const MAX_PREFIXES: usize = 64;

/// Why bytes cannot be read as XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum XmlError {
    /// They are not UTF-8, or say that they are something else.
    NotUtf8,
    /// They have a document type definition (SOAP 1.1 §3 forbids it), or text that could be one.
    Dtd,
    /// They are beyond one of the bounds.
    TooComplex,
    /// They are not well-formed.
    NotXml,
}

/// The text of a document.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
    // The next reader of the document relies on its declaration, so the declaration must match the
    // encoding that was checked here.
    match declared_encoding(text) {
        Some(name) if !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii") => {
            Err(XmlError::NotUtf8)
        }
        _ => Ok(text),
    }
}

/// The document that a text holds.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, XmlError> {
    check_bounds(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        if matches!(error, Error::DtdDetected) {
            XmlError::Dtd
        } else if matches!(error, Error::NodesLimitReached | Error::NamespacesLimitReached) {
            XmlError::TooComplex
        } else {
            XmlError::NotXml
        }
    })
}

/// The encoding in the XML declaration (XML 1.0 §2.8), as it is written there.
fn declared_encoding(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (declaration, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|first| ['"', '\''].contains(first))?;
    rest.split(quote).nth(1)
}

/// Whether the parser, whose work grows with the square of some numbers, can be let loose on it.
fn check_bounds(text: &str) -> Result<(), XmlError> {
    let mut prefixes: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let markup = rest.get(start..).unwrap_or_default();
        let end = if markup.starts_with("<!--") {
            markup.find("-->")
        } else if markup.starts_with("<![CDATA[") {
            markup.find("]]>")
        } else if markup.starts_with("<?") {
            markup.find("?>")
        } else if markup.starts_with("<!") {
            return Err(XmlError::Dtd);
        } else {
            tag_end(markup)
        };
        let (tag, after) = markup.split_at_checked(end.ok_or(XmlError::NotXml)?).unwrap_or_default();
        if !tag.starts_with("<!") && !tag.starts_with("<?") {
            if tag.matches('=').count() > MAX_ATTRIBUTES && attributes(tag) > MAX_ATTRIBUTES {
                return Err(XmlError::TooComplex);
            }
            for declared in tag.split("xmlns:").skip(1) {
                let name = declared.split(['=', ' ', '\t', '\r', '\n']).next().unwrap_or_default();
                if !prefixes.contains(&name) {
                    prefixes.push(name);
                }
                if prefixes.len() > MAX_PREFIXES {
                    return Err(XmlError::TooComplex);
                }
            }
        }
        rest = after;
    }
    Ok(())
}

/// Where the `>` of the tag is that the text starts with. One in an attribute's value does not count.
pub(super) fn tag_end(text: &str) -> Option<usize> {
    outside_quotes(text).find(|(_, byte)| *byte == b'>').map(|(position, _)| position)
}

fn attributes(tag: &str) -> usize {
    outside_quotes(tag).filter(|(_, byte)| *byte == b'=').count()
}

fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    text.bytes().enumerate().filter(move |(_, byte)| {
        match quote {
            Some(open) if open == *byte => quote = None,
            None if [b'"', b'\''].contains(byte) => quote = Some(*byte),
            Some(_) | None => {}
        }
        quote.is_none()
    })
}

/// The elements in a node, without what lies between them.
pub(super) fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

/// The first element of this local name in a node. The two systems' servers do not agree on namespaces.
pub(super) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|element| element.tag_name().name() == name)
}

/// The text of an element, without white space around it. An element that holds more than text has none.
pub(crate) fn content<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    match (children.next(), children.next()) {
        (None, None) => Some(""),
        (Some(only), None) if only.is_text() => only.text().map(str::trim),
        (Some(_) | None, _) => None,
    }
}

/// Text as element content; absent when XML cannot carry one of its characters (XML 1.0 §2.2).
///
/// A carriage return has to be a reference, or the reader takes it for a line feed (§2.11).
pub(super) fn escape(text: &str) -> Option<Zeroizing<String>> {
    // Room for the longest form of each, so that no copy is left behind when it grows.
    let mut escaped = Zeroizing::new(String::with_capacity(text.len().saturating_mul(6)));
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => escaped.push(character),
            _ => return None,
        }
    }
    Some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(bytes: &[u8]) -> Option<XmlError> {
        text(bytes).and_then(|text| parse(text).map(drop)).err()
    }

    #[test]
    fn text_that_is_or_claims_to_be_something_else_than_utf_8_is_refused() {
        assert_eq!(error(b"<a>\xff</a>"), Some(XmlError::NotUtf8));
        assert_eq!(error(b"<?xml version='1.0' encoding='utf-7'?><a/>"), Some(XmlError::NotUtf8));
        assert_eq!(error(b"<?xml version=\"1.0\" encoding = \"ISO-8859-1\"?><a/>"), Some(XmlError::NotUtf8));
        for good in
            ["<?xml version='1.0' encoding='UTF-8'?><a/>", "\u{feff}<a/>", "<?xml version='1.0'?><a/>"]
        {
            assert_eq!(error(good.as_bytes()), None, "{good}");
        }
        assert_eq!(
            error("\u{feff}<?xml version='1.0' encoding='utf-16'?><a/>".as_bytes()),
            Some(XmlError::NotUtf8)
        );
    }

    #[test]
    fn a_document_type_is_refused_wherever_it_stands() {
        for text in [
            "<!DOCTYPE html><html/>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<a><!ENTITY b 'c'></a>",
        ] {
            assert_eq!(error(text.as_bytes()), Some(XmlError::Dtd), "{text}");
        }
        assert_eq!(error(b"<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE x>]]></a>"), None);
    }

    #[test]
    fn what_would_cost_the_parser_too_much_is_refused() {
        let many = |piece: &dyn Fn(usize) -> String, count| (0..count).map(piece).collect::<String>();
        let attributes = format!("<a{}/>", many(&|n| format!(" a{n}='='"), 257));
        let prefixes = format!("<a{}/>", many(&|n| format!(" xmlns:a{n}='u'"), 65));
        let nodes = format!("<a>{}</a>", many(&|_| "<b/>".to_owned(), 200_001));
        for text in [attributes, prefixes, nodes] {
            assert_eq!(error(text.as_bytes()), Some(XmlError::TooComplex));
        }
        assert_eq!(error(format!("<a b='{}'/>", "=".repeat(1000)).as_bytes()), None);
        let same = "<b xmlns:i='u' xmlns=''/>".repeat(1000);
        assert_eq!(error(format!("<a>{same}</a>").as_bytes()), None);
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let deep = [("<a>").repeat(100_000), "</a>".repeat(100_000)].concat();
        assert_eq!(error(deep.as_bytes()), None);
        assert_eq!(error("<a>".repeat(100_000).as_bytes()), Some(XmlError::NotXml));
    }

    #[test]
    fn only_an_element_of_text_alone_has_content() {
        for (xml, expected) in [
            ("<a> b&amp;c </a>", Some("b&c")),
            ("<a/>", Some("")),
            ("<a><![CDATA[<b>]]></a>", Some("<b>")),
            ("<a>b<!-- c -->d</a>", None),
            ("<a><b/></a>", None),
        ] {
            let document = parse(xml).unwrap();
            assert_eq!(content(document.root_element()), expected, "{xml}");
        }
    }

    #[test]
    fn characters_that_xml_cannot_carry_are_not_escaped() {
        for bad in ["\0", "a\u{8}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            assert!(escape(bad).is_none(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn escaped_text_reads_back(characters in proptest::collection::vec(any::<char>(), 0..50)) {
            let text: String = characters.into_iter().collect();
            if let Some(escaped) = escape(&text) {
                let xml = format!("<a>{}</a>", *escaped);
                let document = parse(&xml).unwrap();
                prop_assert_eq!(document.root_element().text().unwrap_or_default(), text);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            error(&bytes);
        }
    }
}
