//! Where texts stand in a text, and the text without them.

use std::ops::Range;

use memchr::memmem::Finder;

use super::REMOVED;

/// Every place of `wanted` in `text`, those that overlap included, in time that is linear in the text (Knuth, Morris and
/// Pratt): a system that repeats the start of a secret without an end must not keep the search busy.
pub(super) fn occurrences(text: &[u8], wanted: &Finder<'_>, mut found: impl FnMut(usize)) {
    let Some(first) = wanted.find(text) else { return };
    let needle = wanted.needle();
    let borders = borders(needle);
    let border = |length: usize| borders.get(length.saturating_sub(1)).copied().unwrap_or(0);
    let mut matched = 0;
    for (at, byte) in text.iter().enumerate().skip(first) {
        while matched > 0 && needle.get(matched) != Some(byte) {
            matched = border(matched);
        }
        if needle.get(matched) == Some(byte) {
            matched += 1;
        }
        if matched == needle.len() {
            found(at + 1 - matched);
            matched = border(matched);
        }
    }
}

/// For each start of the text, the length of the longest shorter start that it ends with.
fn borders(text: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; text.len()];
    let mut length = 0;
    for (at, byte) in text.iter().enumerate().skip(1) {
        while length > 0 && text.get(length) != Some(byte) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        if text.get(length) == Some(byte) {
            length += 1;
        }
        if let Some(border) = borders.get_mut(at) {
            *border = length;
        }
    }
    borders
}

/// Places in a text, in order, none of which overlaps another.
#[derive(Default)]
pub(super) struct Places(Vec<Range<usize>>);

impl Places {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the places of one wanted text, in their order. Those that overlap become one.
    pub(super) fn add(&mut self, places: Vec<Range<usize>>) {
        if places.is_empty() {
            return;
        }
        self.0.extend(places);
        self.0.sort_unstable_by_key(|place| (place.start, place.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(self.0.len());
        for place in self.0.drain(..) {
            match merged.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                Some(_) | None => merged.push(place),
            }
        }
        self.0 = merged;
    }

    /// The text with a mark in each place.
    pub(super) fn removed_from(&self, text: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(text.len());
        let is_document = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
        let mut rest = 0;
        for place in &self.0 {
            clean.extend_from_slice(text.get(rest..place.start).unwrap_or_default());
            if is_document && is_bare_number(text, place) {
                clean.extend_from_slice(b"\"[removed]\"");
            } else {
                clean.extend_from_slice(REMOVED);
            }
            rest = place.end;
        }
        clean.extend_from_slice(text.get(rest..).unwrap_or_default());
        clean
    }
}

/// Whether a place has a number of a JSON document: its mark needs quotation marks, or the document could not be read.
fn is_bare_number(text: &[u8], place: &Range<usize>) -> bool {
    let before = text.get(..place.start).unwrap_or_default().trim_ascii_end();
    let after = text.get(place.end..).unwrap_or_default().trim_ascii_start();
    text.get(place.clone()).unwrap_or_default().iter().all(|byte| b"0123456789+-.eE".contains(byte))
        && matches!(before.last(), Some(b':' | b'[' | b','))
        && matches!(after.first(), Some(b',' | b']' | b'}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str, wanted: &[&str]) -> Places {
        let mut all = Places::default();
        for wanted in wanted {
            let mut found = Vec::new();
            occurrences(text.as_bytes(), &Finder::new(wanted), |at| found.push(at..at + wanted.len()));
            all.add(found);
        }
        all
    }

    fn removed(text: &str, wanted: &[&str]) -> String {
        String::from_utf8(places(text, wanted).removed_from(text.as_bytes())).unwrap()
    }

    #[test]
    fn texts_that_overlap_go_as_one() {
        let text = "pre abcdefgh12345678ijklmnop post";
        let wanted = ["abcdefgh12345678", "12345678ijklmnop"];
        assert_eq!(removed(text, &wanted), "pre [removed] post");
        assert_eq!(removed("abaababaabab-aba", &["abaab", "bab"]), "[removed]-aba");
        assert_eq!(removed("xaaaay", &["aaa"]), "x[removed]y");
        assert_eq!(places("abcabc", &["abc"]).len(), 2);
    }

    #[test]
    fn a_number_of_a_document_leaves_a_document() {
        let text = r#"{"a":2024,"b":[2024, 5],"c":"2024"}"#;
        let clean = removed(text, &["2024"]);
        assert_eq!(clean, r#"{"a":"[removed]","b":["[removed]", 5],"c":"[removed]"}"#);
        assert_eq!(removed("a,2024,b", &["2024"]), "a,[removed],b");
    }

    #[test]
    fn a_start_that_is_repeated_without_end_takes_linear_time() {
        let text = vec![b'a'; 1024 * 1024];
        let mut wanted = vec![b'a'; 16 * 1024];
        wanted.push(b'b');
        let mut found = 0;
        occurrences(&text, &Finder::new(&wanted), |_| found += 1);
        assert_eq!(found, 0);
        wanted.pop();
        occurrences(&text, &Finder::new(&wanted), |_| found += 1);
        assert_eq!(found, text.len() - wanted.len() + 1);
    }
}
