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
