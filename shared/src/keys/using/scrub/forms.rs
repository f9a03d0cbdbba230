//! The ways in which servers write a secret. Those that are known as a whole are removed from an answer; the others are
//! recognised when the answer is [read](super::readings) again.

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{
    matched::Matched,
    readings::{letters as letters_of, squeezed},
};
use crate::percent::RESERVED;

/// Shorter texts are not looked for: they stand in any text, and removing them would show where.
pub(super) const MIN_BYTES: usize = 4;

/// A secret that is the text of fewer bytes is not looked for as those bytes.
const MIN_DECODED: usize = 8;

/// One text to look for. The type has no `Debug`.
pub(super) struct Form {
    /// In lower case, where it is matched in either case.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) matched: Matched,
}

impl Form {
    fn new(mut bytes: Vec<u8>, matched: Matched) -> Self {
        if matched == Matched::Anywhere {
            bytes.make_ascii_lowercase();
        }
        Self { bytes: Zeroizing::new(bytes), matched }
    }
}

/// The forms of a secret that are removed where they stand: as it is, in JSON, XML and HTML text, in a query, in base64 at
/// each of the three places where it may begin, in hexadecimal, and in UTF-16.
pub(super) fn in_place(secret: &str) -> Vec<Form> {
    let matched = Matched::of(secret.as_bytes());
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut texts = vec![
        secret.to_owned(),
        json_text(secret),
        json_text(secret).replace('/', "\\/"),
        json_ascii(secret),
        json_ascii(secret).replace('/', "\\/"),
        entities(secret, "&#39;"),
        entities(secret, "&#x27;"),
        entities(secret, "&apos;"),
        entities(secret, "'"),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(secret, RESERVED).to_string(),
        form,
    ];
    if matched != Matched::Anywhere {
        // Of what is compared with its case, the escapes have two.
        let lower: Vec<_> = texts.iter().map(|text| lower_escapes(text)).collect();
        texts.extend(lower);
    }
    let mut forms: Vec<_> = texts.into_iter().map(|text| Form::new(text.into_bytes(), matched)).collect();
    let encoded = [BASE64_STANDARD.encode(secret), hex::encode(secret), hex::encode_upper(secret)];
    // Where a common secret stands within what is encoded, only reading that tells whether it is a whole value.
    let within = if matched == Matched::Anywhere { in_base64(secret.as_bytes()) } else { Vec::new() };
    forms.extend(encoded.into_iter().chain(within).map(|text| {
        let matched = Matched::of(text.as_bytes());
        Form::new(text.into_bytes(), matched)
    }));
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect();
    forms.push(Form::new(utf_16(u16::to_le_bytes), matched));
    forms.push(Form::new(utf_16(u16::to_be_bytes), matched));
    forms.extend(latin_1(secret).map(|bytes| Form::new(bytes, matched)));
    forms.extend(uuid_digits(secret).map(|digits| Form::new(digits.into_bytes(), Matched::Anywhere)));
    distinct(forms)
}

/// What is looked for wherever escapes and encodings have been undone: the secret as text, and the bytes that it is the
/// text of.
pub(super) fn plain(secret: &str) -> Vec<Form> {
    let matched = Matched::of(secret.as_bytes());
    let mut texts = vec![secret.as_bytes().to_vec(), squeezed(secret.as_bytes())];
    texts.extend(latin_1(secret));
    if !secret.is_ascii() {
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect();
        texts.extend([utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)]);
    }
    let mut forms: Vec<_> = texts.into_iter().map(|text| Form::new(text, matched)).collect();
    let digits = uuid_digits(secret);
    forms.extend(digits.iter().map(|digits| Form::new(digits.clone().into_bytes(), Matched::Anywhere)));
    let raw =
        [hex::decode(digits.as_deref().unwrap_or(secret)).ok(), guid_bytes(secret), base64_bytes(secret)];
    let raw = raw.into_iter().flatten().filter(|bytes| bytes.len() >= MIN_DECODED);
    forms.extend(raw.map(|bytes| Form::new(bytes, Matched::Anywhere)));
    distinct(forms)
}

/// A secret has at least so many letters and digits if these alone are looked for.
const MIN_LETTERS: usize = 8;

/// The letters and digits of a secret. Whatever happens to the signs between them, such as quotation marks that are doubled,
/// these stay. Words that anybody may write are not looked for so.
pub(super) fn letters(secret: &str) -> Option<Zeroizing<Vec<u8>>> {
    let letters = letters_of(secret.as_bytes());
    let are_telling = letters.len() >= MIN_LETTERS
        && Matched::of(secret.as_bytes()) == Matched::Anywhere
        && letters.iter().any(u8::is_ascii_digit);
    are_telling.then_some(letters)
}

/// The longest first, each once.
fn distinct(mut forms: Vec<Form>) -> Vec<Form> {
    forms.retain(|form| form.bytes.len() >= MIN_BYTES);
    forms.sort_by(|a, b| b.bytes.len().cmp(&a.bytes.len()).then_with(|| a.bytes.cmp(&b.bytes)));
    forms.dedup_by(|a, b| a.bytes == b.bytes);
    forms
}

fn latin_1(secret: &str) -> Option<Vec<u8>> {
    secret.chars().map(|character| u8::try_from(character).ok()).collect()
}

/// The digits of a UUID (RFC 9562 §4), which many libraries write without the dashes.
fn uuid_digits(secret: &str) -> Option<String> {
    let parts: Vec<_> = secret.split('-').map(str::len).collect();
    let digits = secret.replace('-', "");
    let is_uuid = parts == [8, 4, 4, 4, 12] && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_uuid.then_some(digits)
}

/// The bytes of a UUID in the order of Windows, where the first three parts have their lowest byte first.
fn guid_bytes(secret: &str) -> Option<Vec<u8>> {
    let mut bytes = hex::decode(uuid_digits(secret)?).ok()?;
    for part in [0..4, 4..6, 6..8] {
        bytes.get_mut(part)?.reverse();
    }
    Some(bytes)
}

/// Base64 as people paste it: with or without padding.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The bytes that a secret in base64 stands for: they may be written in the other alphabet, or in hexadecimal.
fn base64_bytes(secret: &str) -> Option<Vec<u8>> {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text).ok())
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
    let mut forms = Vec::new();
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
