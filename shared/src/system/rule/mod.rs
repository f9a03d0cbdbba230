//! A rule for a system's answer: what the answer must look like, and the verdict that follows. This module reads
//! nothing from a file and sends nothing.
//!
//! Architecture Invariant: an answer that no rule describes decides nothing. A redirect, a request to slow down and a
//! fault of the server decide nothing either, unless a rule names that very status.

mod answer;
mod when;

use http::StatusCode;

pub use answer::Answer;
pub use when::{HeaderTest, JsonTest, JsonType, JsonWant, TextWant, When, XmlTest};

/// A system's verdict about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The key works. It may lack a right.
    Passed,
    /// The key does not work.
    Refused,
    /// The answer does not tell whether the key works.
    Unclear,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Refused, Self::Unclear];

    /// The verdict's name in templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
        }
    }
}

/// What an answer must look like, and what it means then.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// A short name, unique among the rules of a check. Health keeps it as the proof.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What to tell the user, and what to do. Only a rule that says "passed" can do without.
    pub advice: Option<String>,
    /// What the answer must look like. All of it must hold.
    pub when: When,
}

impl Rule {
    /// Whether the answer is one that the rule describes.
    #[must_use]
    pub fn holds(&self, answer: &Answer<'_>) -> bool {
        self.when.holds(answer)
    }
}

/// The first rule that describes the answer.
#[must_use]
pub fn decide<'r>(rules: &'r [Rule], answer: &Answer<'_>) -> Option<&'r Rule> {
    rules.iter().find(|rule| rule.holds(answer))
}

/// Whether a status says that the request was not answered: it was sent elsewhere (3xx), there were too many (429), or
/// the server has a fault (5xx). Firewalls, proxies and maintenance pages use the same statuses.
#[must_use]
pub fn is_no_answer(status: StatusCode) -> bool {
    status.is_redirection() || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}
