//! Removes secrets from a system's answer. Otherwise a debugging page that repeats the request would show a
//! key to a caller who may only use it.
//!
//! A form of a secret that is known as a whole is removed where it stands. Then the text is read again with every kind of
//! escape and encoding undone, up to three on top of each other: if a secret comes out, nothing of the text is handed back.

mod forms;
mod guesses;
mod matched;
mod places;
mod readings;
mod search;
mod walk;
#[cfg(test)]
pub(super) mod writings;

use std::ops::ControlFlow;

use memchr::memmem::{self, Finder};
use zeroize::Zeroizing;

pub(super) use self::guesses::Guesses;
use self::{
    forms::{Form, MIN_BYTES},
    matched::Matched,
    places::{Places, occurrences},
    search::Search,
    walk::{Depth, Walked, walk},
};

/// The text that replaces a secret.
const REMOVED: &[u8] = b"[removed]";

/// The most bytes that one byte of a secret takes in a known writing, such as `&#x00000058;`.
const WIDEST: usize = 12;

/// The most bytes at the end of a cut text that are in doubt.
const MOST_IN_DOUBT: usize = 1024 * 1024;

/// One secret, in all that it is looked for as.
struct Secret {
    text: Zeroizing<String>,
    /// What is removed where it stands.
    in_place: Vec<Form>,
    /// What is looked for once escapes are undone.
    plain: Vec<Form>,
    /// Its letters and digits alone, where they tell it from everything else.
    letters: Option<Zeroizing<Vec<u8>>>,
}

impl Secret {
    fn is_long(&self) -> bool {
        Matched::of(self.text.as_bytes()) == Matched::Anywhere
    }
}

/// The secrets of one use. The type has no `Debug`.
#[derive(Default)]
pub(super) struct Scrub(Vec<Secret>);

/// A text without secrets.
#[derive(Default)]
pub(super) struct Clean {
    pub(super) text: Vec<u8>,
    /// In how many places a secret stood.
    pub(super) removed: usize,
}

impl Scrub {
    /// Adds a secret.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < MIN_BYTES || self.0.iter().any(|known| *known.text == secret) {
            return;
        }
        let text = Zeroizing::new(secret.to_owned());
        let (in_place, plain) = (forms::in_place(secret), forms::plain(secret));
        self.0.push(Secret { text, in_place, plain, letters: forms::letters(secret) });
    }

    /// The most bytes that a secret takes when it is written in a known way, and that writing in a known way again. The end
    /// of a text that is cut may hold as much of a writing that cannot be recognised.
    pub(super) fn longest_writing(&self) -> usize {
        let longest = self.0.iter().map(|secret| secret.text.len()).max().unwrap_or(0);
        longest.saturating_mul(WIDEST * WIDEST).min(MOST_IN_DOUBT)
    }

    /// The text without secrets; `None` when one is left in it that is written in some other way, character by character
    /// as any server likes, or in an escape of an escape.
    pub(super) fn clean(&self, text: &[u8]) -> Option<Clean> {
        let (places, seen) = self.places(text);
        let unseen = |secret: usize| !seen.get(secret).copied().unwrap_or(false);
        // A secret may begin with another one that was removed: that the rest of it stays must not hide it.
        if self.is_hidden_in(text, unseen) {
            return None;
        }
        let clean = places.removed_from(text);
        let is_clean = places.is_empty() || !self.is_hidden_in(&clean, |_| true);
        is_clean.then_some(Clean { text: clean, removed: places.len() })
    }

    /// Whether the text has a secret in any writing.
    pub(super) fn finds_in(&self, text: &[u8]) -> bool {
        !self.places(text).0.is_empty() || self.is_hidden_in(text, |_| true)
    }

    /// Whether the text has a secret in any writing that is too long to be guessed.
    pub(super) fn finds_long_in(&self, text: &[u8]) -> bool {
        let is_long = |at: usize| self.0.get(at).is_some_and(Secret::is_long);
        let seen = self.places(text).1;
        seen.into_iter().enumerate().any(|(at, seen)| seen && is_long(at)) || self.is_hidden_in(text, is_long)
    }

    /// A header's name or value without secrets, and in how many places one stood.
    pub(super) fn header(&self, text: &[u8]) -> Clean {
        self.clean(text).unwrap_or_else(|| Clean { text: REMOVED.to_vec(), removed: 1 })
    }

    /// A header's name without secrets. The HTTP library has made it lower case, so every form is looked for in lower case.
    pub(super) fn header_name(&self, name: &str) -> Clean {
        let lower = name.to_ascii_lowercase();
        let is_in = |form: &Form| {
            let form = Zeroizing::new(form.bytes.to_ascii_lowercase());
            let start = memmem::find(lower.as_bytes(), &form);
            start.is_some_and(|start| Matched::of(&form).holds(lower.as_bytes(), start, start + form.len()))
        };
        if self.0.iter().flat_map(|secret| &secret.in_place).any(is_in) {
            return Clean { text: REMOVED.to_vec(), removed: 1 };
        }
        self.header(name.as_bytes())
    }

    /// A short text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.header(text.as_bytes()).text).into_owned()
    }

    /// The values of the length of a short secret that a text has in any writing.
    pub(super) fn guesses(&self) -> Guesses {
        let forms = self.0.iter().flat_map(|secret| &secret.plain);
        let short = forms.filter(|form| form.matched != Matched::Anywhere);
        Guesses::new(short.map(|form| (form.matched, form.bytes.len())))
    }

    /// Where secrets stand in a known form, and which of them do.
    fn places(&self, text: &[u8]) -> (Places, Vec<bool>) {
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let mut places = Places::default();
        let mut seen = Vec::with_capacity(self.0.len());
        for secret in &self.0 {
            let mut is_seen = false;
            for Form { bytes, matched } in &secret.in_place {
                let within = if *matched == Matched::Anywhere { lower.as_slice() } else { text };
                let mut found = Vec::new();
                occurrences(within, &Finder::new(bytes.as_slice()), |start| {
                    let end = start + bytes.len();
                    if matched.holds(text, start, end) {
                        found.push(start..end);
                    }
                });
                is_seen |= !found.is_empty();
                places.add(found);
            }
            seen.push(is_seen);
        }
        (places, seen)
    }

    /// Whether one of these secrets comes out when escapes and encodings are undone, or the text has too many of them to
    /// tell.
    fn is_hidden_in(&self, text: &[u8], which: impl Fn(usize) -> bool) -> bool {
        let secrets: Vec<_> =
            self.0.iter().enumerate().filter(|(at, _)| which(*at)).map(|(_, secret)| secret).collect();
        let plain = secrets.iter().flat_map(|secret| &secret.plain);
        let plain = Search::new(plain.map(|form| (form.bytes.as_slice(), form.matched)));
        let letters = secrets.iter().filter_map(|secret| secret.letters.as_ref());
        let letters = Search::new(letters.map(|letters| (letters.as_slice(), Matched::Anywhere)));
        if plain.shortest() == 0 {
            return false;
        }
        // What has hardly a letter has to be looked for with its signs as they are.
        let is_odd = |secret: &&Secret| secret.is_long() && secret.letters.is_none();
        let depth = if secrets.iter().any(is_odd) { Depth::EverySign } else { Depth::Letters };
        let walked = walk(text, plain.shortest(), depth, |text| {
            let is_in = plain.finds_in(text)
                || (letters.shortest() > 0 && letters.finds_in(&readings::letters(text)));
            if is_in { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match walked {
            Walked::ToItsEnd => false,
            Walked::Stopped | Walked::NotToItsEnd => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine,
        prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
    };
    use memchr::memmem;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn cleaned(scrub: &Scrub, text: &[u8]) -> Option<Vec<u8>> {
        scrub.clean(text).map(|clean| clean.text)
    }

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
            let clean = cleaned(&scrub, &text).unwrap();
            assert!(memmem::find(&clean, REMOVED).is_some() && clean.len() < text.len());
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        assert_eq!(scrubbed("s3cret", "nothing here"), "nothing here");
        assert_eq!(scrubbed("abc", "an abc is too short to be one"), "an abc is too short to be one");
        assert_eq!(cleaned(&Scrub::default(), b"\xff\x00").unwrap(), b"\xff\x00");
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
            assert!(cleaned(&scrub, text.as_bytes()).is_none_or(|clean| clean == REMOVED), "{text}");
            assert_eq!(scrub.header(text.as_bytes()).text, REMOVED, "{text}");
        }
        assert_eq!(cleaned(&scrub, b"50 %25 of &amp; \\u0041"), Some(b"50 %25 of &amp; \\u0041".to_vec()));
    }

    #[test]
    fn the_case_of_a_long_secret_does_not_matter() {
        for (secret, text) in [
            ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff8b86d011b42d00c04fc964ff"),
            ("9f86d081884c7d659a2feaa0c55ad015", "9F86D081884C7D659A2FEAA0C55AD015"),
            ("Xk29vQz7RtYp81LmNd55WsEb", "xk29vqz7rtyp81lmnd55wseb"),
        ] {
            assert_eq!(scrubbed(secret, &format!("a{text}z")), "a[removed]z");
        }
    }

    #[test]
    fn the_bytes_that_a_secret_stands_for_are_looked_for() {
        let uuid = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
        // `Guid.ToByteArray()` of .NET has the first three parts in the order of Windows.
        let guid =
            [0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff];
        let key = "c2VjcmV0IGJ5dGVzIG9mIGEga2V5/+8=";
        for (secret, text) in [
            (uuid, BASE64_STANDARD.encode(guid)),
            (uuid, BASE64_STANDARD.encode(hex::decode(uuid.replace('-', "")).unwrap())),
            (key, BASE64_URL_SAFE_NO_PAD.encode(BASE64_STANDARD.decode(key).unwrap())),
            (key, hex::encode(BASE64_STANDARD.decode(key).unwrap())),
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                hex::encode(BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()),
            ),
        ] {
            assert!(!scrubbed(secret, &text).contains(&text[4..12]), "{text}");
        }
    }

    #[test]
    fn secrets_that_overlap_go_whole() {
        let mut scrub = Scrub::default();
        scrub.add("abcdefgh12345678");
        scrub.add("12345678ijklmnop");
        let clean = scrub.clean(b"pre abcdefgh12345678ijklmnop post").unwrap();
        assert_eq!((clean.text.as_slice(), clean.removed), (&b"pre [removed] post"[..], 1));
        // One is the start of another, which is written in a way that has no name.
        let mut scrub = Scrub::default();
        scrub.add("abcdefgh12345678");
        scrub.add("abcdefgh12345678+/ijklmnop");
        assert!(scrub.clean(b"pre abcdefgh12345678+%2Fijklmnop post").is_none());
    }

    #[test]
    fn every_place_is_counted_once() {
        let mut scrub = Scrub::default();
        scrub.add("Xk29vQz7RtYp81Lm");
        scrub.add("another-s3cret-of-mine");
        let text = "Xk29vQz7RtYp81Lm and WGsyOXZRejdSdFlwODFMbQ== and another-s3cret-of-mine";
        let clean = scrub.clean(text.as_bytes()).unwrap();
        assert_eq!(clean.removed, 3);
        assert_eq!(scrub.clean(b"nothing here").unwrap().removed, 0);
    }

    #[test]
    fn a_common_secret_goes_as_a_whole_value_and_leaves_a_document() {
        let text = r#"{"id":12024,"year":2024,"date":"2024-10-25","by":"customer","name":"customer care","pin":"2024"}"#;
        let mut scrub = Scrub::default();
        scrub.add("2024");
        scrub.add("customer");
        let clean = scrub.clean(text.as_bytes()).unwrap();
        let expected = r#"{"id":12024,"year":"[removed]","date":"2024-10-25","by":"[removed]","name":"customer care","pin":"[removed]"}"#;
        assert_eq!(String::from_utf8(clean.text).unwrap(), expected);
        assert_eq!(clean.removed, 3);
        for hidden in ["OjIwMjQ=", "32303234", "{\"pin\":\"\\u0032024\"}", "pin=%32024&a=b"] {
            assert!(scrub.clean(hidden.as_bytes()).is_none_or(|clean| clean.removed == 1), "{hidden}");
        }
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
            // A word is matched as a whole value: that has tests of its own.
            prop_assume!(Matched::of(secret.as_bytes()) == Matched::Anywhere);
            let mut scrub = Scrub::default();
            scrub.add(&secret);
            let clean = cleaned(&scrub, format!("{before}{text}").as_bytes());
            prop_assert!(clean.is_none_or(|clean| memmem::find(&clean, REMOVED).is_some()), "{} {}", secret, text);
        }

        #[test]
        fn no_encoded_secret_survives(
            secret in "[ -~]{8,40}", before in "[ -~]{0,9}", after in "[ -~]{0,9}", form in 0_usize..6,
        ) {
            prop_assume!(Matched::of(secret.as_bytes()) == Matched::Anywhere);
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
