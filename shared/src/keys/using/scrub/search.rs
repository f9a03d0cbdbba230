//! Looks for all secrets in a text at once.

use std::cell::OnceCell;

use memchr::memmem;
use zeroize::Zeroizing;

use super::matched::Matched;

/// In a shorter text one secret is looked for after the other.
const SHORT_TEXT: usize = 4 * 1024;

/// How many bytes are compared for each byte of a text before that is given up for a search that never compares twice.
const MOST_COMPARED: usize = 8;

/// What is looked for, in one pass over the text that leaps over most of it (Wu and Manber 1994).
pub(super) struct Search<'s> {
    wanted: Vec<(&'s [u8], Matched)>,
    shortest: usize,
    /// How far to leap where a window ends with two bytes; zero where something wanted may end its first window.
    leaps: OnceCell<Vec<u8>>,
}

impl<'s> Search<'s> {
    /// What is matched anywhere is given in lower case.
    pub(super) fn new(wanted: impl Iterator<Item = (&'s [u8], Matched)>) -> Self {
        let wanted: Vec<_> = wanted.filter(|(text, _)| text.len() > 1).collect();
        let shortest = wanted.iter().map(|(text, _)| text.len()).min().unwrap_or(0);
        Self { wanted, shortest, leaps: OnceCell::new() }
    }

    /// The bytes of the shortest; zero when nothing is looked for.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Whether any of it is in the text.
    pub(super) fn finds_in(&self, text: &[u8]) -> bool {
        if self.shortest == 0 || text.len() < self.shortest {
            return false;
        }
        if text.len() < SHORT_TEXT {
            return self.one_after_the_other(text);
        }
        let leaps = self.leaps.get_or_init(|| self.leaps());
        let mut compared = text.len().saturating_mul(MOST_COMPARED);
        let mut end = self.shortest;
        while let Some([a, b]) = text.get(end - 2..end) {
            let leap = leaps.get(block(*a, *b)).copied().unwrap_or(0);
            if leap > 0 {
                end += usize::from(leap);
                continue;
            }
            let start = end - self.shortest;
            for (wanted, matched) in &self.wanted {
                let Some(found) = text.get(start..start + wanted.len()) else { continue };
                let same = found.iter().zip(*wanted).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
                if same == wanted.len() && is_it(text, start, wanted, *matched) {
                    return true;
                }
                compared = compared.saturating_sub(same);
            }
            if compared == 0 {
                return self.one_after_the_other(text);
            }
            end += 1;
        }
        false
    }

    /// The same, in time that is linear whatever the text is.
    fn one_after_the_other(&self, text: &[u8]) -> bool {
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        self.wanted.iter().any(|(wanted, matched)| match matched {
            Matched::Anywhere => memmem::find(&lower, wanted).is_some(),
            Matched::Word | Matched::Value => {
                memmem::find_iter(text, *wanted).any(|start| matched.holds(text, start, start + wanted.len()))
            }
        })
    }

    fn leaps(&self) -> Vec<u8> {
        let farthest = u8::try_from(self.shortest - 1).unwrap_or(u8::MAX);
        let mut leaps = vec![farthest; 1 << 16];
        for (wanted, _) in &self.wanted {
            let first = wanted.get(..self.shortest).unwrap_or_default();
            for (at, pair) in first.windows(2).enumerate() {
                let [a, b] = pair else { continue };
                let leap = u8::try_from(self.shortest - 2 - at).unwrap_or(u8::MAX);
                if let Some(known) = leaps.get_mut(block(*a, *b)) {
                    *known = leap.min(*known);
                }
            }
        }
        leaps
    }
}

fn block(a: u8, b: u8) -> usize {
    usize::from(a.to_ascii_lowercase()) << 8 | usize::from(b.to_ascii_lowercase())
}

/// Whether what is the same but for its case is what is looked for.
fn is_it(text: &[u8], start: usize, wanted: &[u8], matched: Matched) -> bool {
    let end = start + wanted.len();
    match matched {
        Matched::Anywhere => true,
        Matched::Word | Matched::Value => {
            text.get(start..end) == Some(wanted) && matched.holds(text, start, end)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn search<'s>(wanted: &'s [&'s str]) -> Search<'s> {
        Search::new(wanted.iter().map(|wanted| (wanted.as_bytes(), Matched::of(wanted.as_bytes()))))
    }

    #[test]
    fn a_start_that_is_repeated_without_end_takes_linear_time() {
        let text = vec![b'a'; 1024 * 1024];
        let wanted = ["a".repeat(16 * 1024) + "b", "another-s3cret".to_owned()];
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        assert!(!search(&wanted).finds_in(&text));
    }

    proptest! {
        #[test]
        fn what_is_in_a_text_is_found_and_nothing_else(
            wanted in proptest::collection::vec("[ab1]{4,6}|[ab1]{16,20}", 1..5), text in "[abAB1 ]{0,60}", long in any::<bool>(),
        ) {
            let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
            let text = if long { " -".repeat(SHORT_TEXT) + &text } else { text };
            let search = search(&wanted);
            prop_assert_eq!(search.finds_in(text.as_bytes()), search.one_after_the_other(text.as_bytes()));
        }
    }
}
