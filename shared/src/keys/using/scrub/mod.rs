//! Removes secrets from a system's answer. Otherwise a debugging page that repeats the request would show a
//! key to a caller who may only use it.

mod escapes;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use self::escapes::{Reading, undone};

/// The text that replaces a secret.
const REMOVED: &[u8] = b"[removed]";

/// Shorter values are not looked for: they stand in any text by chance, and removing them would show where.
const MIN_BYTES: usize = 4;

/// How often an escape may be escaped again. A page that leads back to a page that leads back has two.
const MAX_ESCAPES: usize = 3;

/// The texts to search for. The type has no `Debug`.
#[derive(Default)]
pub(super) struct Scrub {
    /// The forms of all secrets of one use, longest first.
    forms: Vec<Zeroizing<Vec<u8>>>,
    /// Those of them that have no escapes.
    plain: Vec<Zeroizing<Vec<u8>>>,
}

impl Scrub {
    /// Adds a secret in every form in which servers repeat a request: as it is, in JSON, XML and HTML text,
    /// in a query, in base64 at each of the three places where it may begin, in hexadecimal, and in UTF-16.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < MIN_BYTES {
            return;
        }
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let uri = utf8_percent_encode(secret, UNRESERVED).to_string();
        let mut forms = vec![
            secret.to_owned(),
            json_text(secret),
            json_text(secret).replace('/', "\\/"),
            json_ascii(secret),
            json_ascii(secret).replace('/', "\\/"),
            entities(secret, "&#39;"),
            entities(secret, "&#x27;"),
            entities(secret, "&apos;"),
            entities(secret, "'"),
            lower_escapes(&percent),
            percent,
            lower_escapes(&form),
            form,
            lower_escapes(&uri),
            uri,
        ];
        let mut plain: Vec<_> = in_base64(secret.as_bytes());
        plain.extend([secret.to_owned(), hex::encode(secret), hex::encode_upper(secret)]);
        forms.extend(plain.iter().cloned());
        let bytes = |form: String| Zeroizing::new(form.into_bytes());
        self.forms.extend(forms.into_iter().map(bytes));
        let utf_16 =
            |bytes: fn(u16) -> [u8; 2]| Zeroizing::new(secret.encode_utf16().flat_map(bytes).collect());
        self.forms.extend([utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)]);
        let latin_1: Option<Vec<u8>> = secret.chars().map(|character| u8::try_from(character).ok()).collect();
        self.forms.extend(latin_1.clone().map(Zeroizing::new));
        self.plain.extend(plain.into_iter().map(bytes).chain(latin_1.map(Zeroizing::new)));
        for forms in [&mut self.forms, &mut self.plain] {
            forms.retain(|form| form.len() >= MIN_BYTES);
            forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            forms.dedup();
        }
    }

    /// The length of the longest form, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.len())
    }

    /// The bytes without secrets.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = bytes.to_vec();
        for form in &self.forms {
            if memmem::find(&clean, form).is_some() {
                clean = replace(&clean, form);
            }
        }
        clean
    }

    /// The bytes without secrets; `None` when one is left in them that is written in some other way, character by
    /// character as any server likes, or in an escape of an escape.
    pub(super) fn clean(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let clean = self.bytes(bytes);
        (!self.is_hidden_in(&clean)).then_some(clean)
    }

    /// A header's value without secrets.
    pub(super) fn header(&self, value: &[u8]) -> Vec<u8> {
        self.clean(value).unwrap_or_else(|| REMOVED.to_vec())
    }

    /// Whether a secret comes out when escapes are undone.
    fn is_hidden_in(&self, bytes: &[u8]) -> bool {
        Reading::ALL.into_iter().any(|reading| {
            let mut text = Zeroizing::new(bytes.to_vec());
            (0..MAX_ESCAPES).any(|_| {
                let plain = Zeroizing::new(undone(&text, reading));
                let is_other = *plain != *text;
                text = plain;
                is_other && self.plain.iter().any(|form| memmem::find(&text, form).is_some())
            })
        })
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }
}

/// RFC 3986 §2.3: all other characters are encoded by most libraries.
const UNRESERVED: &percent_encoding::AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn replace(text: &[u8], form: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(text.len());
    let mut rest = 0;
    for at in memmem::find_iter(text, form) {
        clean.extend_from_slice(text.get(rest..at).unwrap_or_default());
        clean.extend_from_slice(REMOVED);
        rest = at + form.len();
    }
    clean.extend_from_slice(text.get(rest..).unwrap_or_default());
    clean
}

/// The text as it stands between the quotation marks of a JSON string.
fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// The same with all but ASCII escaped, as many libraries do on their own.
fn json_ascii(text: &str) -> String {
    let escaped = |unit: u16| match u8::try_from(unit).ok().filter(u8::is_ascii) {
        Some(byte) => char::from(byte).to_string(),
        None => format!("\\u{unit:04x}"),
    };
    json_text(text).encode_utf16().map(escaped).collect()
}

/// The text as XML and HTML write it, with one of the ways to write an apostrophe.
fn entities(text: &str, apostrophe: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', apostrophe)
}

/// The same text with its percent escapes in lower case.
fn lower_escapes(encoded: &str) -> String {
    let mut lower = String::with_capacity(encoded.len());
    let mut digits = 0;
    for character in encoded.chars() {
        lower.push(if digits > 0 { character.to_ascii_lowercase() } else { character });
        digits = if character == '%' { 2_u8 } else { digits.saturating_sub(1) };
    }
    lower
}

/// The stretch of base64 that the bytes alone decide, for each of the three places within a group of three bytes where
/// they may begin, in both alphabets.
fn in_base64(bytes: &[u8]) -> Vec<String> {
    let mut forms = vec![BASE64_STANDARD.encode(bytes)];
    for before in 0..3_usize {
        let mut padded = Zeroizing::new(vec![0; before]);
        padded.extend_from_slice(bytes);
        // The first and the last byte share base64 characters with bits of the text before and after the
        // secret.
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&*padded), BASE64_URL_SAFE_NO_PAD.encode(&*padded)] {
            forms.extend(encoded.get(first..last).map(str::to_owned));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scrubbed(secret: &str, text: &str) -> String {
        let mut scrub = Scrub::default();
        scrub.add(secret);
        scrub.text(text)
    }

    #[test]
    fn a_secret_is_removed_in_every_form_that_servers_repeat() {
        let secret = "p&ss/w<o>rd+1'\"=\u{e9}";
        let texts = [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            "p&ss\\/w<o>rd+1'\\\"=\\u00e9".to_owned(),
            "p%26ss%2Fw%3Co%3Erd%2B1%27%22%3D%C3%A9".to_owned(),
            "p%26ss%2fw%3co%3erd%2b1%27%22%3d%c3%a9".to_owned(),
            "p&amp;ss/w&lt;o&gt;rd+1&#39;&quot;=\u{e9}".to_owned(),
            hex::encode(secret),
            BASE64_STANDARD.encode(secret),
            BASE64_STANDARD.encode(format!("user:{secret}")),
            BASE64_URL_SAFE_NO_PAD.encode(format!("a{secret}b")),
        ];
        for text in texts {
            let clean = scrubbed(secret, &format!("before {text} after"));
            assert!(clean.contains("[removed]"), "{clean}");
            assert!(clean.starts_with("before ") && clean.ends_with(" after"), "{clean}");
        }
    }

    #[test]
    fn a_secret_is_removed_from_text_in_utf_16() {
        let mut scrub = Scrub::default();
        scrub.add("s3cr\u{e9}t");
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let text: Vec<u8> = "it is s3cr\u{e9}t".encode_utf16().flat_map(bytes).collect();
            let clean = scrub.bytes(&text);
            assert!(memmem::find(&clean, REMOVED).is_some() && clean.len() < text.len());
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        assert_eq!(scrubbed("s3cret", "nothing here"), "nothing here");
        assert_eq!(scrubbed("abc", "an abc is too short to be one"), "an abc is too short to be one");
        assert_eq!(Scrub::default().bytes(b"\xff\x00"), b"\xff\x00");
    }

    /// A character in one of the ways that servers write it.
    fn written(character: char, way: u8) -> String {
        match way {
            0 => character.to_string(),
            1 => utf8_percent_encode(&character.to_string(), NON_ALPHANUMERIC).to_string(),
            2 => format!("\\u{:04X}", u32::from(character)),
            3 => format!("&#{};", u32::from(character)),
            4 => format!("&#x{:X};", u32::from(character)),
            _ => utf8_percent_encode(&format!("%{:02X}", u32::from(character)), NON_ALPHANUMERIC).to_string(),
        }
    }

    #[test]
    fn a_secret_that_cannot_be_removed_is_not_handed_back() {
        let mut scrub = Scrub::default();
        scrub.add("wJa+XUtn/EMI!K7MD==");
        for text in [
            "wJa%2BXUtn/EMI%21K7MD%3D%3D",
            "wJa%2BXUtn%2FEMI!K7MD%3D%3D",
            "/login?next=%2Forders%3Fsecret%3DwJa%252BXUtn%252FEMI%2521K7MD%253D%253D",
            r"wJa\u002BXUtn/EMI!K7MD==",
            "wJa&#43;XUtn&#x2F;EMI!K7MD&#x3D;&#x3D;",
            "wJa+XUtn/\r\nEMI!K7MD==",
        ] {
            assert!(scrub.clean(text.as_bytes()).is_none_or(|clean| clean == REMOVED), "{text}");
            assert_eq!(scrub.header(text.as_bytes()), REMOVED, "{text}");
        }
        assert_eq!(scrub.clean(b"50 %25 of &amp; \\u0041"), Some(b"50 %25 of &amp; \\u0041".to_vec()));
    }

    proptest! {
        #[test]
        fn no_mixture_of_escapes_hides_a_secret(
            // What begins an escape is left out: a secret that looks like an escape is read as one.
            characters in proptest::collection::vec(("[!-$'-\\[\\]-~]", 0_u8..6), 8..30), before in "[a-z]{0,9}",
        ) {
            let secret: String = characters.iter().map(|(character, _)| character.as_str()).collect();
            let text: String = characters
                .iter()
                .map(|(character, way)| written(character.chars().next().unwrap(), *way))
                .collect();
            let mut scrub = Scrub::default();
            scrub.add(&secret);
            let clean = scrub.clean(format!("{before}{text}").as_bytes());
            prop_assert!(clean.is_none_or(|clean| memmem::find(&clean, REMOVED).is_some()), "{} {}", secret, text);
        }

        #[test]
        fn no_encoded_secret_survives(
            secret in "[ -~]{8,40}", before in "[ -~]{0,9}", after in "[ -~]{0,9}", form in 0_usize..6,
        ) {
            let inside = format!("{before}{secret}{after}");
            let text = match form {
                0 => inside,
                1 => BASE64_STANDARD.encode(&inside),
                2 => BASE64_URL_SAFE_NO_PAD.encode(&inside),
                3 => utf8_percent_encode(&inside, NON_ALPHANUMERIC).to_string(),
                4 => serde_json::to_string(&inside).unwrap(),
                _ => hex::encode(&inside),
            };
            prop_assert!(scrubbed(&secret, &text).contains("[removed]"), "{}", text);
        }
    }
}
