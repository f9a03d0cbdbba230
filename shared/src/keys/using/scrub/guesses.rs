//! Values that could be a short secret. A page that repeats a list of guesses would show by one gap which of them is
//! right.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
};

use super::{
    matched::Matched,
    walk::{Depth, Walked, walk},
};

/// The most guesses of one request that may come back.
pub(in super::super) const MOST_GUESSES: usize = 20;

/// The most that are kept: a request has fewer by far, or it is one list of guesses.
const MOST_KEPT: usize = 100_000;

/// The values in texts that have the length of a short secret and stand where that is looked for.
pub(in super::super) struct Guesses {
    /// How short secrets are matched, and their lengths.
    short: Vec<(Matched, usize)>,
    hasher: RandomState,
    seen: HashSet<u64>,
    /// Whether some text has too many writings to count in.
    is_full: bool,
}

impl Guesses {
    pub(super) fn new(short: impl Iterator<Item = (Matched, usize)>) -> Self {
        let mut short: Vec<_> = short.collect();
        short.sort_unstable_by_key(|(matched, length)| (*length, *matched == Matched::Value));
        short.dedup();
        Self { short, hasher: RandomState::new(), seen: HashSet::new(), is_full: false }
    }

    /// Whether there is a short secret at all.
    pub(in super::super) fn matter(&self) -> bool {
        !self.short.is_empty()
    }

    /// Whether there are more than a caller may have for one receipt.
    pub(in super::super) fn are_too_many(&self) -> bool {
        self.is_full || self.seen.len() > MOST_GUESSES
    }

    /// Adds those of a text.
    pub(in super::super) fn add(&mut self, text: &[u8]) {
        let Self { short, hasher, seen, .. } = self;
        let shortest = short.iter().map(|(_, length)| *length).min().unwrap_or(usize::MAX);
        let walked = walk(text, shortest, Depth::Letters, |text| {
            each(short, text, |value| {
                seen.insert(hasher.hash_one(value));
                seen.len() > MOST_KEPT
            })
        });
        self.is_full |= walked != Walked::ToItsEnd;
    }

    /// Whether more of them than a caller may have for one receipt stand in these texts.
    pub(in super::super) fn too_many_in<'t>(&self, texts: impl Iterator<Item = &'t [u8]>) -> bool {
        if !self.are_too_many() {
            return false;
        }
        let Self { short, hasher, seen, .. } = self;
        let shortest = short.iter().map(|(_, length)| *length).min().unwrap_or(usize::MAX);
        let mut repeated = 0;
        for text in texts {
            // The most that stand in one reading of the text: by chance, a few stand in every other reading.
            let mut most = 0;
            let walked = walk(text, shortest, Depth::Letters, |text| {
                let mut here = HashSet::new();
                let enough = each(short, text, |value| {
                    let value = hasher.hash_one(value);
                    if self.is_full || seen.contains(&value) {
                        here.insert(value);
                    }
                    repeated + here.len() > MOST_GUESSES
                });
                most = most.max(here.len());
                enough
            });
            repeated += most;
            if walked != Walked::ToItsEnd {
                return true;
            }
        }
        repeated > MOST_GUESSES
    }
}

/// Every value of a text that stands where a short secret of its length would be found, until `is_enough`.
fn each(
    short: &[(Matched, usize)],
    text: &[u8],
    mut is_enough: impl FnMut(&[u8]) -> bool,
) -> ControlFlow<()> {
    for (matched, length) in short {
        for (start, value) in text.windows(*length).enumerate() {
            // What bytes read as when they are no text is nobody's guess.
            let is_text = !value.iter().any(u8::is_ascii_control);
            if is_text && matched.holds(text, start, start + length) && is_enough(value) {
                return ControlFlow::Break(());
            }
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(range: std::ops::Range<u32>, mark: &str) -> String {
        range.map(|number| number.to_string()).collect::<Vec<_>>().join(mark)
    }

    fn guesses(secret: &str) -> Guesses {
        Guesses::new([(Matched::of(secret.as_bytes()), secret.len())].into_iter())
    }

    #[test]
    fn a_list_of_guesses_that_comes_back_is_too_much() {
        for (numbers, is_too_much) in [(1000..1020, false), (1000..1021, true), (1000..9999, true)] {
            let sent = list(numbers.clone(), ",");
            let mut guesses = guesses("2024");
            guesses.add(sent.as_bytes());
            let page = format!("<pre>{}</pre>", list(numbers, "\n"));
            assert_eq!(guesses.too_many_in([page.as_bytes()].into_iter()), is_too_much, "{sent:.40}");
            assert!(!guesses.too_many_in([&b"fine"[..]].into_iter()));
        }
    }

    #[test]
    fn guesses_are_counted_in_any_writing() {
        let sent = list(1000..1100, ",");
        for written in [hex::encode(&sent), base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &sent)]
        {
            let mut guesses = guesses("2024");
            guesses.add(written.as_bytes());
            assert!(guesses.too_many_in([sent.as_bytes()].into_iter()), "{written:.40}");
        }
    }

    #[test]
    fn ordinary_data_is_no_list_of_guesses() {
        let mut guesses = guesses("2024");
        guesses.add(br#"{"id":12024,"items":[{"sku":"A-1"},{"sku":"B-2"}],"date":"2024-10-25"}"#);
        assert!(!guesses.are_too_many());
    }
}
