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
