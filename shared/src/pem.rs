//! Keys and certificates as text (RFC 7468), the way people paste them: with line breaks of any kind, with a backslash and
//! an `n` where JSON or an environment variable has been in between, indented, or all in one line.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

/// Some programs leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A block has no last line, or its content is not base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// The text in the form that every reader expects: the first and the last line of each block stand alone, and no line has
/// white space around it, or within it where it is base64. Empty lines are left out.
pub(crate) fn lines(text: &str) -> Zeroizing<String> {
    let text = visible(text);
    // Room for all of it and for the breaks around boundaries and headers: growing would leave a copy behind.
    let mut lines = Zeroizing::new(String::with_capacity(text.len() + 8 + 2 * text.matches("-----").count()));
    let mut in_a_block = false;
    for mut line in text.split("\\n").flat_map(str::lines) {
        while let Some((before, boundary, after)) = split_at_boundary(line) {
            push(&mut lines, before, in_a_block);
            push(&mut lines, boundary, false);
            in_a_block = label_of(boundary, "BEGIN").is_some();
            line = after;
        }
        push(&mut lines, line, in_a_block);
    }
    lines
}

/// The text with spaces of every width as plain ones, and without characters that have no width: word processors and web
/// pages leave both behind.
fn visible(text: &str) -> Zeroizing<String> {
    let mut visible = Zeroizing::new(String::with_capacity(text.len()));
    visible.extend(text.chars().filter(|character| !is_invisible(*character)).map(|character| {
        if character.is_whitespace() && !matches!(character, '\n' | '\r') { ' ' } else { character }
    }));
    visible
}

/// Whether nobody sees it, and it takes no room: a byte order mark, zero-width spaces and joiners, a soft hyphen.
pub(crate) const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn push(lines: &mut String, line: &str, in_a_block: bool) {
    let mut line = line.trim().trim_end_matches("\\r").trim_end_matches('\\');
    while let Some((header, rest)) = in_a_block.then(|| split_header(line)).flatten() {
        lines.push_str(header);
        lines.push('\n');
        line = rest.trim_start();
    }
    if line.is_empty() {
        return;
    }
    if in_a_block {
        push_base64(lines, line);
    } else {
        lines.push_str(line);
    }
    lines.push('\n');
}

/// Base64 without white space, and without the escapes that writers of JSON put into it.
fn push_base64(lines: &mut String, mut line: &str) {
    while let Some((before, rest)) = line.split_once('\\') {
        lines.extend(before.chars().filter(|character| !character.is_ascii_whitespace()));
        let escapes = [
            ("/", '/'),
            ("u002f", '/'),
            ("u002F", '/'),
            ("u002b", '+'),
            ("u002B", '+'),
            ("u003d", '='),
            ("u003D", '='),
        ];
        let escape = escapes.iter().find_map(|(name, meant)| Some((rest.strip_prefix(name)?, *meant)));
        let (rest, meant) = escape.unwrap_or((rest, '\\'));
        lines.push(meant);
        line = rest;
    }
    lines.extend(line.chars().filter(|character| !character.is_ascii_whitespace()));
}

/// A header (RFC 1421 §4.6), and what stands behind it where the line break was lost. A header has a colon, which base64
/// does not.
fn split_header(line: &str) -> Option<(&str, &str)> {
    const ENCRYPTED: &str = "ENCRYPTED";
    if !line.contains(':') {
        return None;
    }
    let end = if line.starts_with("Proc-Type:") {
        line.find(ENCRYPTED).map(|at| at + ENCRYPTED.len())
    } else if line.starts_with("DEK-Info:") {
        line.find(',').map(|comma| {
            let vector = line.get(comma + 1..).unwrap_or_default();
            let digits = vector.bytes().take_while(u8::is_ascii_hexdigit).count();
            // The first vector has the size of a block: 8 bytes for DES, 16 for AES.
            let most = if line.contains("DES-") { 16 } else { 32 };
            comma + 1 + digits.min(most)
        })
    } else {
        None
    };
    line.split_at_checked(end.unwrap_or(line.len()))
}

/// The text before the first boundary in a line, the boundary, and the text after it.
fn split_at_boundary(line: &str) -> Option<(&str, &str, &str)> {
    let start = ["-----BEGIN ", "-----END "].iter().filter_map(|edge| line.find(edge)).min()?;
    let (before, rest) = line.split_at_checked(start)?;
    let label_end = rest.get(5..)?.find("-----")?;
    let (boundary, after) = rest.split_at_checked(5 + label_end + 5)?;
    Some((before, boundary, after))
}

fn label_of<'t>(line: &'t str, edge: &str) -> Option<&'t str> {
    line.strip_prefix("-----")?.strip_suffix("-----")?.strip_prefix(edge)?.strip_prefix(' ')
}

/// The text between a first and a last line.
pub(crate) struct Block<'t> {
    /// The label in the first line, such as `PRIVATE KEY`.
    pub(crate) label: &'t str,
    content: Vec<&'t str>,
    has_end: bool,
}

/// The blocks of a text that went through [`lines`], in their order. Other text may stand around them.
pub(crate) fn blocks(lines: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in lines.lines() {
        match (blocks.last_mut(), label_of(line, "BEGIN")) {
            (Some(block), _) if open && label_of(line, "END") == Some(block.label) => {
                (open, block.has_end) = (false, true);
            }
            (_, Some(label)) => {
                open = true;
                blocks.push(Block { label, content: Vec::new(), has_end: false });
            }
            (Some(block), None) if open => block.content.push(line),
            (Some(_) | None, None) => {}
        }
    }
    blocks
}

impl Block<'_> {
    /// Whether it is encrypted in the way of the older forms of RSA and EC keys: its headers say so (RFC 1421 §4.6.1.1).
    pub(crate) fn has_encryption_header(&self) -> bool {
        self.header("Proc-Type").is_some_and(|value| value.ends_with("ENCRYPTED"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.content.iter();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim_start))
    }

    /// The bytes.
    pub(crate) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Damaged> {
        if !self.has_end {
            return Err(Damaged);
        }
        let length = self.content.iter().map(|line| line.len()).sum();
        let mut base64 = Zeroizing::new(String::with_capacity(length));
        base64.extend(self.content.iter().copied().filter(|line| !line.contains(':')));
        // Decoding into room that suffices leaves no copy behind, also when it fails halfway.
        let mut bytes = Zeroizing::new(vec![0; base64.len()]);
        let length = BASE64.decode_slice(base64.as_bytes(), &mut bytes).map_err(|_| Damaged)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_may_be_of_any_kind() {
        let text = "-----BEGIN PRIVATE KEY-----\nAAEC\nAw==\n-----END PRIVATE KEY-----\n";
        for written in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\\n"),
            text.replace('\n', "\\r\\n"),
            text.replace('\n', " "),
            text.replace('\n', ""),
            text.replace('\n', "\n\t "),
            text.replace("==", ""),
            format!("  {text}\n\n"),
            format!("subject=/CN=a\n{text}Bag Attributes: none\n"),
            text.replace('\n', "\\\\n"),
            text.replace('\n', "\u{a0}\n\u{a0}"),
            text.replace('\n', "\u{2028}"),
            text.replace("AAEC", "A\u{200b}AEC"),
            text.replace("==", "\\u003d\\u003D"),
            text.replace("BEGIN PRIVATE", "BEGIN\u{a0}PRIVATE"),
            format!("\u{feff}\"{}\"", text.replace('\n', "\\n")),
        ] {
            let lines = lines(&written);
            let blocks = blocks(&lines);
            assert_eq!(blocks.len(), 1, "{written:?}");
            assert_eq!(blocks[0].label, "PRIVATE KEY", "{written:?}");
            assert_eq!(*blocks[0].decode().unwrap(), [0, 1, 2, 3], "{written:?}");
            assert!(lines.contains("-----BEGIN PRIVATE KEY-----\n"), "{lines:?}");
            assert!(lines.contains("\n-----END PRIVATE KEY-----\n"), "{lines:?}");
        }
    }

    #[test]
    fn a_block_ends_with_its_own_last_line() {
        for text in [
            "-----BEGIN PRIVATE KEY-----\nAAEC\n",
            "-----BEGIN PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAEC\n-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nA?EC\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAA\\xEC\n-----END PRIVATE KEY-----\n",
        ] {
            let lines = lines(text);
            let blocks = blocks(&lines);
            assert_eq!(blocks[0].label, "PRIVATE KEY");
            assert_eq!(blocks[0].decode().unwrap_err(), Damaged, "{text}");
        }
        assert!(blocks("AAEC\n-----END PRIVATE KEY-----\n-----BEGIN \n").is_empty());
    }

    /// What PHP's `json_encode` makes of a slash.
    #[test]
    fn an_escaped_slash_is_a_slash() {
        let lines = lines("-----BEGIN PRIVATE KEY-----\\n\\/+8=\\n-----END PRIVATE KEY-----\\n");
        assert_eq!(*blocks(&lines)[0].decode().unwrap(), [0xff, 0xef]);
    }

    #[test]
    fn headers_are_found_without_their_line_breaks() {
        let vector = "0123456789ABCDEF";
        for (cipher, vector) in [("DES-EDE3-CBC", vector.to_owned()), ("AES-256-CBC", vector.repeat(2))] {
            for separator in ["\n", " ", "", "\r\n", "\\n"] {
                let lines = [
                    "-----BEGIN RSA PRIVATE KEY-----",
                    "Proc-Type: 4,ENCRYPTED",
                    &format!("DEK-Info: {cipher},{vector}"),
                    "AAEC",
                    "-----END RSA PRIVATE KEY-----",
                ];
                let lines = super::lines(&lines.join(separator));
                let block = blocks(&lines).remove(0);
                assert!(block.has_encryption_header(), "{lines:?}");
                assert_eq!(block.header("DEK-Info"), Some(format!("{cipher},{vector}").as_str()));
                assert_eq!(*block.decode().unwrap(), [0, 1, 2], "{lines:?}");
            }
        }
    }

    #[test]
    fn headers_are_no_content() {
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00";
        for (header, encrypted) in [(headers, true), ("Comment: ENCRYPTED", false)] {
            let text =
                format!("-----BEGIN RSA PRIVATE KEY-----\n{header}\n\nAAEC\n-----END RSA PRIVATE KEY-----\n");
            let lines = lines(&text);
            let block = blocks(&lines).remove(0);
            assert_eq!(*block.decode().unwrap(), [0, 1, 2]);
            assert_eq!(block.has_encryption_header(), encrypted);
        }
    }
}
