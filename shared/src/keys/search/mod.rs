//! Finding keys by any of their words.

mod words;

pub use words::{Asked, AskedError, MOST_WORDS, Span, Wanted, words_of};
