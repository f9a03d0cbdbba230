//! Two laws over generated texts: a secret comes back in no writing on top of another, and ordinary data comes back as it
//! was.

use std::{env, fmt::Write as _};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use memchr::memmem;

use super::*;

/// One way to write bytes as text.
type Way = (&'static str, fn(&[u8]) -> Vec<u8>);

/// Each byte in one form.
fn each(text: &[u8], form: impl Fn(u8) -> String) -> Vec<u8> {
    text.iter().map(|byte| form(*byte)).collect::<String>().into_bytes()
}

/// Each character in one form, or each byte of what is no text.
fn characters(text: &[u8], form: impl Fn(u32) -> String) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().map(|character| form(character.into())).collect::<String>().into_bytes(),
        Err(_) => each(text, |byte| form(byte.into())),
    }
}

fn joined(text: &[u8], mark: &str, form: impl Fn(u8) -> String) -> Vec<u8> {
    text.iter().map(|byte| form(*byte)).collect::<Vec<_>>().join(mark).into_bytes()
}

/// Signs in one form, everything else as it is.
fn signs(text: &[u8], form: impl Fn(u8) -> String) -> Vec<u8> {
    let form = |byte: u8| if byte.is_ascii_punctuation() { form(byte).into_bytes() } else { vec![byte] };
    text.iter().flat_map(|byte| form(*byte)).collect()
}

/// The text in two pieces, which a program puts together.
fn halves(text: &[u8], between: &str) -> Vec<u8> {
    let within = |at: &usize| text[at - 1..=*at].iter().all(u8::is_ascii_alphanumeric);
    let middle = (text.len() / 2..text.len()).find(within).unwrap_or(text.len() / 2);
    [&text[..middle], between.as_bytes(), &text[middle..]].concat()
}

/// Digits of `bits` bits (RFC 4648).
fn digits(text: &[u8], bits: usize, alphabet: &[u8]) -> Vec<u8> {
    let all: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits_of: &[u8]| {
        let padded = bits_of.iter().chain(std::iter::repeat(&0)).take(bits);
        alphabet[padded.fold(0_usize, |value, bit| value << 1 | usize::from(*bit))]
    };
    all.chunks(bits).map(digit).collect()
}

fn base64_in(before: &str, text: &[u8]) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.encode([before.as_bytes(), text, b"&x"].concat()).into_bytes()
}

fn doubled(text: &[u8], mark: u8) -> Vec<u8> {
    text.iter().flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == mark))).collect()
}

/// The mark between pieces of so many characters.
fn wrapped(text: &[u8], width: usize, mark: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else {
        return text.chunks(width).collect::<Vec<_>>().join(mark.as_bytes());
    };
    let characters: Vec<_> = text.chars().collect();
    let pieces: Vec<String> = characters.chunks(width).map(|piece| piece.iter().collect()).collect();
    pieces.join(mark).into_bytes()
}

/// UTF-16; bytes that are no text are widened.
fn utf_16(text: &[u8], order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(text) => text.encode_utf16().flat_map(order).collect(),
        Err(_) => text.iter().flat_map(|byte| order((*byte).into())).collect(),
    }
}

fn named(byte: u8) -> String {
    let name = match byte {
        b'!' => "excl",
        b'"' => "quot",
        b'#' => "num",
        b'$' => "dollar",
        b'%' => "percnt",
        b'&' => "amp",
        b'\'' => "apos",
        b'(' => "lpar",
        b')' => "rpar",
        b'*' => "ast",
        b'+' => "plus",
        b',' => "comma",
        b'/' => "sol",
        b':' => "colon",
        b';' => "semi",
        b'<' => "lt",
        b'=' => "equals",
        b'>' => "gt",
        b'?' => "quest",
        b'@' => "commat",
        b'[' => "lsqb",
        b'\\' => "bsol",
        b']' => "rsqb",
        b'_' => "lowbar",
        b'{' => "lcub",
        b'|' => "vert",
        b'}' => "rcub",
        other => return char::from(other).to_string(),
    };
    format!("&{name};")
}

/// References without a semicolon, where no digit follows that would be one of theirs.
fn open_references(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        if !byte.is_ascii_punctuation() {
            written.push(*byte);
            continue;
        }
        let needed = text.get(at + 1).is_some_and(u8::is_ascii_digit);
        written.extend(format!("&#{byte}{}", if needed { ";" } else { "" }).into_bytes());
    }
    written
}

const WAYS: &[Way] = &[
    ("as it is", |text| text.to_vec()),
    ("upper case", |text| text.to_ascii_uppercase()),
    ("lower case", |text| text.to_ascii_lowercase()),
    ("JSON", |text| {
        let quoted = serde_json::to_string(std::str::from_utf8(text).unwrap()).unwrap();
        quoted.as_bytes()[1..quoted.len() - 1].to_vec()
    }),
    ("JSON, every character", |text| characters(text, |byte| format!("\\u{byte:04x}"))),
    ("JSON, every sign", |text| signs(text, |byte| format!("\\u{byte:04X}"))),
    ("JavaScript, braces", |text| characters(text, |byte| format!("\\u{{{byte:x}}}"))),
    ("C, hexadecimal", |text| each(text, |byte| format!("\\x{byte:02x}"))),
    ("C, signs in hexadecimal", |text| signs(text, |byte| format!("\\x{byte:02X}"))),
    ("C, octal", |text| each(text, |byte| format!("\\{byte:03o}"))),
    ("Perl, braces", |text| characters(text, |byte| format!("\\x{{{byte:x}}}"))),
    ("Perl, named", |text| characters(text, |byte| format!("\\N{{U+{byte:04X}}}"))),
    ("Perl, octal", |text| characters(text, |byte| format!("\\o{{{byte:o}}}"))),
    ("Python, eight digits", |text| characters(text, |byte| format!("\\U{byte:08x}"))),
    ("PHP, braces", |text| characters(text, |byte| format!("\\u{{{byte:04x}}}"))),
    ("backslashes before signs", |text| signs(text, |byte| format!("\\{}", char::from(byte)))),
    ("CSS", |text| characters(text, |byte| format!("\\{byte:x} "))),
    ("CSS, six digits", |text| characters(text, |byte| format!("\\{byte:06x}"))),
    ("LDAP", |text| each(text, |byte| format!("\\{byte:02x}"))),
    ("RTF", |text| each(text, |byte| format!("\\'{byte:02x}"))),
    ("DNS", |text| each(text, |byte| format!("\\{byte:03}"))),
    ("percent", |text| each(text, |byte| format!("%{byte:02X}"))),
    ("percent, lower case", |text| each(text, |byte| format!("%{byte:02x}"))),
    ("percent, signs", |text| signs(text, |byte| format!("%{byte:02X}"))),
    ("percent, old scripts", |text| characters(text, |byte| format!("%u{byte:04X}"))),
    ("quoted-printable", |text| each(text, |byte| format!("={byte:02X}"))),
    ("quoted-printable, wrapped", |text| wrapped(text, 7, "=\r\n")),
    ("references, decimal", |text| characters(text, |byte| format!("&#{byte};"))),
    ("references, hexadecimal", |text| characters(text, |byte| format!("&#x{byte:X};"))),
    ("references with zeros", |text| characters(text, |byte| format!("&#x{byte:08X};"))),
    ("references with many zeros", |text| characters(text, |byte| format!("&#{byte:07};"))),
    ("references without semicolon", open_references),
    ("references, named", |text| signs(text, named)),
    ("spreadsheet", |text| signs(text, |byte| format!("_x{byte:04X}_"))),
    ("SQL", |text| doubled(text, b'\'')),
    ("CSV", |text| doubled(text, b'"')),
    ("shell", |text| String::from_utf8(text.to_vec()).unwrap().replace('\'', "'\\''").into_bytes()),
    ("two halves", |text| halves(text, "\" + \"")),
    ("two halves in PHP", |text| halves(text, "' . '")),
    ("base64", |text| BASE64_STANDARD.encode(text).into_bytes()),
    ("base64 for addresses", |text| BASE64_URL_SAFE_NO_PAD.encode(text).into_bytes()),
    ("base64, within", |text| base64_in("", text)),
    ("base64, within, one on", |text| base64_in("a", text)),
    ("base64, within, two on", |text| base64_in("ab", text)),
    ("base64, wrapped", |text| wrapped(&base64_in("", text), 20, "\r\n")),
    ("base32", |text| digits(text, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    ("base32, lower case", |text| digits(text, 5, b"abcdefghijklmnopqrstuvwxyz234567")),
    ("base32, in order", |text| digits(text, 5, b"0123456789ABCDEFGHIJKLMNOPQRSTUV")),
    ("hexadecimal", |text| hex::encode(text).into_bytes()),
    ("hexadecimal, upper case", |text| hex::encode_upper(text).into_bytes()),
    ("hexadecimal with colons", |text| joined(text, ":", |byte| format!("{byte:02x}"))),
    ("hexadecimal with spaces", |text| joined(text, " ", |byte| format!("{byte:02X}"))),
    ("hexadecimal with 0x", |text| joined(text, ", ", |byte| format!("0x{byte:02x}"))),
    ("a list", |text| joined(text, ",", |byte| byte.to_string())),
    ("a list with spaces", |text| joined(text, ", ", |byte| byte.to_string())),
    ("BASIC", |text| joined(text, " & ", |byte| format!("Chr({byte})"))),
    ("UTF-16", |text| utf_16(text, u16::to_le_bytes)),
    ("UTF-16, the other way round", |text| utf_16(text, u16::to_be_bytes)),
    ("zero-width spaces", |text| wrapped(text, 1, "\u{200b}")),
    ("soft hyphens", |text| wrapped(text, 5, "\u{ad}")),
    ("places to break", |text| wrapped(text, 5, "<wbr>")),
    ("lines", |text| wrapped(text, 6, "\r\n")),
];

/// With signs that every escape has something to say about.
const SECRETS: [&str; 2] = ["Xk2'vQz7\"tYp81+m/d=5&sEb", "9f86d081-88e7-4d65-9a2f-eaa0c55ad015"];

/// Whether a text has twelve bytes of the writing.
pub(in crate::keys::using) fn shows(text: &[u8], writing: &[u8]) -> bool {
    writing.windows(12).any(|part| memmem::find(text, part).is_some())
}

/// Each run of the tests tries one of so many writings.
const SHARE: usize = 5;

/// Whether all writings are tried, which takes minutes: `KEYWARD_WRITINGS=1`.
pub(in crate::keys::using) fn are_all_tried() -> bool {
    env::var_os("KEYWARD_WRITINGS").is_some()
}

/// A sample secret in one writing on top of another.
pub(in crate::keys::using) struct Composed {
    pub(in crate::keys::using) name: String,
    pub(in crate::keys::using) writing: Vec<u8>,
}

/// Calls `check` for every writing on top of another, or for a share of them, and counts the calls.
pub(in crate::keys::using) fn for_each_composed(mut check: impl FnMut(&Scrub, &Composed)) -> usize {
    let every = if are_all_tried() { 1 } else { SHARE };
    let mut composed = 0;
    for secret in SECRETS {
        let mut scrub = Scrub::default();
        scrub.add(secret);
        for (at, (inner, first)) in WAYS.iter().enumerate() {
            let first = first(secret.as_bytes());
            for (outer, second) in WAYS.iter().skip(at % every).step_by(every) {
                // What is no text has no JSON, and an encoding whose case is lost cannot be read by anybody.
                if (*outer == "JSON" && std::str::from_utf8(&first).is_err())
                    || (outer.ends_with("er case") && inner.starts_with("base64"))
                {
                    continue;
                }
                check(&scrub, &Composed { name: format!("{outer} of {inner}"), writing: second(&first) });
                composed += 1;
            }
        }
    }
    assert!(composed >= 2 * 200, "{composed}");
    composed
}

#[test]
fn no_writing_on_top_of_another_comes_back() {
    let mut shown = Vec::new();
    let composed = for_each_composed(|scrub, Composed { name, writing }| {
        let text = [b"pre ", writing.as_slice(), b" post"].concat();
        let is_hidden = match scrub.clean(&text) {
            Some(clean) => clean.removed > 0 && !shows(&clean.text, writing),
            None => true,
        };
        if !is_hidden || !scrub.finds_in(&text) {
            shown.push(format!("{name}: {}", String::from_utf8_lossy(&text)));
        }
        assert!(writing.len() <= scrub.longest_writing(), "{name}");
    });
    assert!(shown.is_empty(), "{} of {composed}\n{}", shown.len(), shown.join("\n"));
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_of<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// Secrets that people choose.
const COMMON: [&str; 8] =
    ["2024", "customer", "hunter2", "1234", "warehouse", "2024-10", "secret", "Welcome1"];

/// What ordinary documents have around such words: never the word as a whole value.
const AROUND: [(&str, &str); 14] = [
    ("1", ""),
    ("", "0"),
    ("X-", "-B"),
    ("A", "Z"),
    ("AB_", ""),
    ("", ".x"),
    ("Oct 25, ", " at noon"),
    ("Copyright ", " Acme Ltd"),
    ("The ", " of the month"),
    ("no ", "."),
    ("(", ")"),
    ("$", ".00"),
    ("", " and others"),
    ("/orders/", "/lines"),
];

/// How many of these a word with digits in it has: among spaces and brackets it is the secret.
const AROUND_MIXED: usize = 6;

fn document(numbers: &mut Numbers) -> String {
    let mut text = "{".to_owned();
    for at in 0..2 + numbers.below(6) {
        let word = numbers.one_of(&COMMON);
        let is_mixed = Matched::of(word.as_bytes()) == Matched::Word;
        let (before, after) = AROUND[numbers.below(if is_mixed { AROUND_MIXED } else { AROUND.len() })];
        let name = numbers.one_of(&["id", "name", "date", "note", "total", "sku"]);
        let comma = if at == 0 { "" } else { "," };
        let space = numbers.one_of(&["", " ", "\n  "]);
        write!(text, "{comma}{space}\"{name}{at}\":{space}\"{before}{word}{after}\"").unwrap();
        write!(text, ",\"n{at}\": {}", 100_000 + numbers.below(1_000_000)).unwrap();
        write!(
            text,
            ",\"at{at}\":\"20{:02}-1{}-2{}T10:00:00Z\"",
            numbers.below(30),
            numbers.below(3),
            numbers.below(9)
        )
        .unwrap();
    }
    text.push('}');
    match numbers.below(4) {
        0 => text.replace("\":", "\"=").replace(['{', '}'], "\n"),
        1 => format!("<document>{}</document>", text.replace('"', "'")),
        _ => text,
    }
}

#[test]
fn ordinary_documents_come_back_as_they_were() {
    // `KEYWARD_DOCUMENTS=100000` tries more of them.
    let asked = env::var_os("KEYWARD_DOCUMENTS");
    let asked = asked.as_ref().and_then(|count| count.to_str()?.parse().ok());
    let documents = asked.unwrap_or(5_000);
    let mut scrub = Scrub::default();
    COMMON.iter().for_each(|secret| scrub.add(secret));
    scrub.add("Xk29vQz7RtYp81LmNd55WsEb");
    let mut numbers = Numbers(1);
    for _ in 0..documents {
        let text = document(&mut numbers);
        let clean = scrub.clean(text.as_bytes()).unwrap_or_else(|| panic!("withheld: {text}"));
        assert_eq!(String::from_utf8(clean.text).unwrap(), text);
    }
}

#[test]
fn a_common_secret_that_is_a_whole_value_never_comes_back() {
    let mut numbers = Numbers(2);
    for secret in COMMON {
        let mut scrub = Scrub::default();
        scrub.add(secret);
        for _ in 0..100 {
            let (before, after) = *[
                ("\"", "\""),
                ("{\"a\": \"", "\", \"b\": 1}"),
                ("a=", "&b=1"),
                ("<a>", "</a>"),
                ("x,", ",y"),
                ("user:", ""),
                ("", "\n"),
                ("the password is ", "\n"),
            ]
            .get(numbers.below(8))
            .unwrap();
            let text = format!("{before}{secret}{after}");
            let clean = scrub.clean(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(clean.text).unwrap(), format!("{before}[removed]{after}"));
        }
    }
}
