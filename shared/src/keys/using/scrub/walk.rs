//! A walk over all that a text reads as when escapes and encodings are undone, one on top of another.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
};

use zeroize::Zeroizing;

use super::readings::{Reading, visible};

/// How many readings are done on top of each other. The third only undoes escapes.
const DEEPEST: usize = 3;

/// The most bytes that are read in all, for each byte of the text, and beside those. Ordinary documents take a tenth.
const MOST_READ: usize = 256;
const MOST_READ_AT_LEAST: usize = 1024 * 1024;

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walked {
    /// Everything was seen.
    ToItsEnd,
    /// The visitor has seen enough.
    Stopped,
    /// There is more to read than anybody has time for.
    NotToItsEnd,
}

/// What a walk has to read for the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Letters and digits as they were meant. Signs may be left doubled, or in their escapes.
    Letters,
    /// Every sign, too.
    EverySign,
}

/// Shows the visitor the text, and all that it reads as. What is shorter than `shortest` is left out.
pub(super) fn walk(
    text: &[u8],
    shortest: usize,
    depth: Depth,
    visit: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Walked {
    let left = text.len().saturating_mul(MOST_READ).saturating_add(MOST_READ_AT_LEAST);
    let readings = match depth {
        Depth::Letters => Reading::OF_LETTERS,
        Depth::EverySign => Reading::ALL,
    };
    Walk { visit, shortest, readings, left, hasher: RandomState::new(), known: HashMap::new() }.level(text, 0)
}

/// The readings of a text from which nothing was taken.
const AS_IT_IS: &[Reading] = &[Reading::Web, Reading::Utf16];

struct Walk<V> {
    visit: V,
    shortest: usize,
    readings: &'static [Reading],
    left: usize,
    hasher: RandomState,
    /// What was read before, and on top of how many readings: several of them often come to the same.
    known: HashMap<u64, usize>,
}

impl<V: FnMut(&[u8]) -> ControlFlow<()>> Walk<V> {
    fn level(&mut self, text: &[u8], depth: usize) -> Walked {
        match self.show(text) {
            Walked::ToItsEnd if depth < DEEPEST => {}
            ended @ (Walked::ToItsEnd | Walked::Stopped | Walked::NotToItsEnd) => return ended,
        }
        let readings = if depth + 1 < DEEPEST { self.readings } else { &[Reading::Web] };
        // Among bytes that are no text, only what is text can hold an escape.
        let legible = legible(text, self.shortest);
        let text = legible.as_ref().map_or(text, |text| text.as_slice());
        let Some(visible) = visible(text) else { return self.read(text, readings, depth) };
        // Bytes that are not seen are no layer of their own. Some readings need them, to tell digits from digits.
        match self.show(&visible) {
            Walked::ToItsEnd => {}
            ended @ (Walked::Stopped | Walked::NotToItsEnd) => return ended,
        }
        match self.read(&visible, readings, depth) {
            Walked::ToItsEnd => self.read(text, AS_IT_IS, depth),
            ended @ (Walked::Stopped | Walked::NotToItsEnd) => ended,
        }
    }

    fn show(&mut self, text: &[u8]) -> Walked {
        let Some(left) = self.left.checked_sub(text.len()) else { return Walked::NotToItsEnd };
        self.left = left;
        if (self.visit)(text).is_break() { Walked::Stopped } else { Walked::ToItsEnd }
    }

    fn read(&mut self, text: &[u8], readings: &[Reading], depth: usize) -> Walked {
        if text.len() < self.shortest {
            return Walked::ToItsEnd;
        }
        for reading in readings {
            let Some(read) = reading.of(text, self.shortest) else { continue };
            let known = self.known.entry(self.hasher.hash_one(read.as_slice())).or_insert(usize::MAX);
            if *known <= depth {
                continue;
            }
            *known = depth;
            match self.level(&read, depth + 1) {
                Walked::ToItsEnd => {}
                ended @ (Walked::Stopped | Walked::NotToItsEnd) => return ended,
            }
        }
        Walked::ToItsEnd
    }
}

/// The stretches of text among bytes that are no text as a whole, each on a line; `None` when all of it is text.
fn legible(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    if std::str::from_utf8(text).is_ok() {
        return None;
    }
    let mut legible = Zeroizing::new(Vec::with_capacity(text.len()));
    for chunk in text.utf8_chunks() {
        let is_control = |character: char| character.is_control() && !"\t\r\n\0".contains(character);
        for stretch in chunk.valid().split(is_control).filter(|stretch| stretch.len() >= shortest) {
            legible.extend_from_slice(stretch.as_bytes());
            legible.push(b'\n');
        }
    }
    Some(legible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_all_ways_on_top_of_each_other() {
        // Base64 of quoted-printable, and hexadecimal of base32 of references.
        for text in ["cz0zM2NyZXQ=", "454D5443474D5A54484E52584557494"] {
            let mut seen = 0;
            let walked = walk(text.as_bytes(), 4, Depth::Letters, |_| {
                seen += 1;
                ControlFlow::Continue(())
            });
            assert!(walked == Walked::ToItsEnd && seen > 2, "{seen}");
        }
        let mut found = false;
        walk(b"cz0zM2NyZXQ=", 4, Depth::Letters, |text| {
            found |= memchr::memmem::find(text, b"s3cret").is_some();
            ControlFlow::Continue(())
        });
        assert!(found);
    }

    #[test]
    fn what_several_readings_come_to_is_read_once() {
        let mut seen = HashMap::<Vec<u8>, usize>::new();
        let walked = walk(br"\41 \x42 %43 \41 \x42 %43", 1, Depth::EverySign, |text| {
            *seen.entry(text.to_vec()).or_default() += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(walked, Walked::ToItsEnd);
        assert!(seen.len() > 3 && seen.values().all(|times| *times <= DEEPEST), "{seen:?}");
    }

    #[test]
    fn a_walk_ends_where_the_visitor_stops_it() {
        let mut seen = 0;
        let walked = walk(b"%25%25%25%25", 1, Depth::Letters, |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((walked, seen), (Walked::Stopped, 2));
    }
}
