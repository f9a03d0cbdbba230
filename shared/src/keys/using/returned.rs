//! What of a system's answer is handed back.

use super::{
    ask::Ask,
    scrub::{Clean, Scrub},
};
use crate::{
    coding::{Undeclared, undeclared},
    outbound::Incoming,
};

/// What the caller may see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// The most bytes of the body.
    pub(super) max_body_bytes: usize,
    /// Whether the caller may see plain secrets, and so what a system gives in exchange for one.
    pub(super) sessions: bool,
}

/// Parts of header names that tell the length of a body, or a digest of it. With a secret in the body, they help to guess
/// that secret offline. Each vendor has names of its own, such as `x-amz-checksum-crc32`, `x-goog-hash`,
/// `x-ms-blob-content-md5` and `docker-content-digest`; a signature (RFC 9421) covers a digest.
const ABOUT_THE_BODY: [&str; 14] = [
    "checksum",
    "content-length",
    "content-range",
    "crc32",
    "crc64",
    "digest",
    "etag",
    "file-size",
    "hash",
    "jws",
    "md5",
    "sha1",
    "sha256",
    "signature",
];

/// Headers in which a system hands out a session or token, which is as good as the secret for a while.
const SESSIONS: [&str; 12] = [
    "authorization",
    "set-cookie",
    "set-cookie2",
    "x-access-token",
    "x-auth-token",
    "x-authorization",
    "x-refresh-token",
    "x-session-id",
    "x-session-token",
    "x-sessionid",
    "x-subject-token",
    "x-vault-token",
];

/// What is handed back of an answer.
pub(super) struct Returned {
    pub(super) incoming: Incoming,
    /// Whether the body is left out.
    pub(super) withheld: bool,
    /// In how many places a secret was removed, unless the body is left out.
    pub(super) removed: Option<usize>,
}

/// The answer to a caller's request, without secrets.
///
/// # Security
///
/// An answer to a request that has the secret in it, in any writing, is withheld as a whole: what comes back would tell that
/// the guess was right, and where. So is one that repeats many guesses at a short secret, whether one of them is right or
/// not. One receipt is worth one guess.
pub(super) fn returned(incoming: Incoming, scrub: &Scrub, ask: &Ask, allowance: Allowance) -> Returned {
    let status = incoming.status;
    let nothing = || {
        let incoming = Incoming { status, headers: Vec::new(), body: Vec::new(), truncated: false };
        Returned { incoming, withheld: true, removed: None }
    };
    let mut guesses = scrub.guesses();
    if guesses.matter() {
        ask.texts().for_each(|text| guesses.add(text));
        let headers = incoming.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_slice()]);
        if guesses.too_many_in(headers.chain([incoming.body.as_slice()])) {
            return nothing();
        }
    }
    // Among many guesses that do not come back, the right one must make no difference.
    let guessed = ask.texts().any(|text| scrub.finds_in(text));
    if guessed && (!guesses.are_too_many() || ask.texts().any(|text| scrub.finds_long_in(text))) {
        return nothing();
    }
    let returned = clean(incoming, scrub, allowance);
    if guessed && returned.removed != Some(0) { nothing() } else { returned }
}

/// The answer without secrets, cut to its limit. A body that cannot be searched is withheld: one in a coding or a part that
/// nobody asked for, and one that holds a secret written in a way that has no name.
fn clean(incoming: Incoming, scrub: &Scrub, allowance: Allowance) -> Returned {
    let Incoming { status, headers, body, truncated } = incoming;
    let encoded = headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-encoding") && !value.eq_ignore_ascii_case(b"identity")
    });
    let partial = [http::StatusCode::PARTIAL_CONTENT, http::StatusCode::IM_USED].contains(&status);
    let unreadable = partial || (encoded && !body.is_empty()) || hides(&body, truncated, scrub);
    let clean = if unreadable { None } else { scrub.clean(&body) };
    let withheld = clean.is_none();
    let Clean { text: mut clean, mut removed } = clean.unwrap_or_default();
    let limit = allowance.max_body_bytes;
    let cut = clean.len() > limit;
    // Of an answer to HEAD, a 304 and a body that is cut, nobody has seen the body that these headers are about.
    let whole = !body.is_empty() && !withheld && removed == 0 && !truncated && !cut;
    let headers = headers.into_iter().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        (whole || !ABOUT_THE_BODY.iter().any(|part| name.contains(part)))
            && (allowance.sessions || !SESSIONS.contains(&name.as_str()))
    });
    let mut kept = Vec::new();
    for (name, value) in headers {
        let (name, value) = (scrub.header_name(&name), scrub.header(&value));
        removed = removed.saturating_add(name.removed).saturating_add(value.removed);
        kept.push((String::from_utf8_lossy(&name.text).into_owned(), value.text));
    }
    // Where reading stopped there may stand the start of a secret, which is no form of it.
    let doubtful = if truncated { scrub.longest_writing() } else { 0 };
    clean.truncate(limit.min(clean.len().saturating_sub(doubtful)));
    let incoming = Incoming { status, headers: kept, body: clean, truncated: truncated || cut };
    Returned { incoming, withheld, removed: (!withheld).then_some(removed) }
}

/// The most bytes of a compressed file that are looked through.
const MOST_UNPACKED: usize = 4 * 1024 * 1024;

/// How many files are looked into that are packed into each other.
const MOST_PACKED: usize = 3;

/// Whether a body is a compressed file that nobody declared to be one, with a secret in it, or one that cannot be looked
/// through.
fn hides(body: &[u8], truncated: bool, scrub: &Scrub) -> bool {
    let mut packed = undeclared(body, truncated, MOST_UNPACKED);
    for _ in 0..MOST_PACKED {
        match packed {
            Undeclared::Plain => return false,
            Undeclared::Packed(body) if scrub.finds_in(&body) => return true,
            Undeclared::Packed(body) => packed = undeclared(&body, false, MOST_UNPACKED),
            Undeclared::Unreadable => return true,
        }
    }
    true
}
