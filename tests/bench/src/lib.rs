//! What the benches share: where they build and write, how they say what they do, and what several runs say together.

pub mod commits;
pub mod comparison;
pub mod http;
pub mod load;
pub mod places;
pub mod server;
pub mod settings;
pub mod spread;

/// Why a bench ended early.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Says a line to the person who waits for the bench. What a bench finds out is in its file.
#[expect(clippy::print_stderr, reason = "a bench takes minutes, and says what it is doing")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
