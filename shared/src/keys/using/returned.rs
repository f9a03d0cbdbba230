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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::{Compression, bufread::GzEncoder};

    use super::*;
    use crate::keys::using::{
        AskedBody, AskedTarget,
        scrub::writings::{Composed, are_all_tried, for_each_composed, shows},
    };

    const SECRET: &str = "Xk29vQz7RtYp81LmNd55WsEb";

    fn scrub() -> Scrub {
        let mut scrub = Scrub::default();
        scrub.add(SECRET);
        scrub
    }

    fn allowance(max_body_bytes: usize) -> Allowance {
        Allowance { max_body_bytes, sessions: false }
    }

    /// The answer as it is read of a system that would say all of this.
    fn read(
        status: u16,
        headers: &[(&str, &str)],
        body: &(impl AsRef<[u8]> + ?Sized),
        limit: usize,
    ) -> Incoming {
        let body = body.as_ref();
        Incoming {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body[..limit.min(body.len())].to_vec(),
            truncated: limit < body.len(),
        }
    }

    #[test]
    fn a_body_that_is_cut_within_a_secret_shows_no_part_of_it() {
        let mut scrub = Scrub::default();
        scrub.add("s3cret-of-mine");
        let echo = "s3cret-of-mine ".repeat(400);
        for limit in 1..200 {
            let incoming = read(200, &[], &echo, limit + scrub.longest_writing());
            let clean = clean(incoming, &scrub, allowance(limit));
            let text = String::from_utf8(clean.incoming.body).unwrap();
            assert!(text.len() <= limit && !text.contains('s'), "{limit}: {text}");
        }
    }

    #[test]
    fn a_body_that_is_cut_within_a_long_writing_shows_no_part_of_it() {
        type Way = fn(char) -> String;
        let ways: [Way; 8] = [
            |c| format!("\\u{:04x}", u32::from(c)),
            |c| format!("&#x{:X};", u32::from(c)),
            |c| format!("&#x{:08X};", u32::from(c)),
            |c| format!("&#{};", u32::from(c)),
            |c| format!("\\x{:02x}", u32::from(c)),
            |c| format!("%{:02X}", u32::from(c)),
            |c| format!("={:02X}", u32::from(c)),
            |c| format!("%26%23x{:08X}%3B", u32::from(c)),
        ];
        let scrub = scrub();
        for way in ways {
            let written: String = SECRET.chars().map(way).collect();
            // Further text follows, so that the body is longer than what is read of it.
            let echo = format!("pre {written}{}", "-".repeat(20_000));
            for limit in 1..written.len() + 20 {
                let Returned { incoming: clean, withheld, .. } =
                    clean(read(200, &[], &echo, limit + scrub.longest_writing()), &scrub, allowance(limit));
                assert!(
                    withheld || "pre ".starts_with(std::str::from_utf8(&clean.body).unwrap()),
                    "{limit} {written}"
                );
            }
        }
    }

    #[test]
    fn a_body_that_is_cut_within_a_writing_on_top_of_another_shows_no_part_of_it() {
        let (mut turn, mut cuts) = (0, 0);
        for_each_composed(|scrub, Composed { name, writing }| {
            // All lengths of all writings, or one length, which moves on, of some writings.
            let end = writing.len() + 20;
            let (every, lengths) =
                if are_all_tried() { (1, 1..end) } else { (8, turn % end..turn % end + 1) };
            turn += 1;
            if turn % every != 0 {
                return;
            }
            // Further text follows, so that the body is longer than what is read of it.
            let further = "-".repeat(scrub.longest_writing() + 20);
            let echo = [b"pre ", writing.as_slice(), further.as_bytes()].concat();
            for limit in lengths {
                let read = read(200, &[], &echo, limit + scrub.longest_writing());
                let Returned { incoming: Incoming { body, .. }, withheld, .. } =
                    clean(read, scrub, allowance(limit));
                assert!(withheld || !shows(&body, writing), "{name} at {limit}");
                assert!(body.len() <= limit, "{name} at {limit}");
                cuts += 1;
            }
        });
        assert!(cuts > 150, "{cuts}");
    }

    /// Headers of Express, S3, Google Cloud Storage, Azure Blob Storage and container registries, and those of the RFCs.
    const TELLTALE: [&str; 12] = [
        "Content-Length",
        "ETag",
        "Content-MD5",
        "Digest",
        "Content-Digest",
        "Repr-Digest",
        "x-amz-checksum-sha256",
        "x-amz-checksum-crc32c",
        "x-goog-hash",
        "x-ms-blob-content-md5",
        "Docker-Content-Digest",
        "Signature-Input",
    ];

    fn names_of(status: u16, body: &str, read_bytes: usize, limit: usize) -> Vec<String> {
        let mut headers = TELLTALE.map(|name| (name, "407")).to_vec();
        headers.push(("Last-Modified", "Sat, 28 Nov 2026 10:00:00 GMT"));
        let clean = clean(read(status, &headers, body, read_bytes), &scrub(), allowance(limit));
        clean.incoming.headers.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn length_and_digests_come_back_of_a_body_that_was_seen_whole_and_is_clean() {
        let names = names_of(200, "clean", 100, 100);
        assert_eq!(names.len(), TELLTALE.len() + 1);
        let unseen = [
            ("of HEAD, or empty", names_of(200, "", 100, 100)),
            ("not modified", names_of(304, "", 100, 100)),
            ("a part", names_of(206, "clean", 100, 100)),
            ("not read to its end", names_of(200, "clean", 4, 4)),
            ("cut for the caller", names_of(200, "clean", 100, 4)),
            ("with a secret", names_of(200, &format!("it is {SECRET}"), 100, 100)),
            ("withheld", names_of(200, "Xk29vQz7RtYp81LmNd55WsE\\u0062", 100, 100)),
        ];
        for (why, names) in unseen {
            assert_eq!(names, ["Last-Modified"], "{why}");
        }
    }

    #[test]
    fn a_session_that_the_system_opens_is_for_callers_that_may_see_secrets() {
        let headers = [
            ("Set-Cookie", "k=v"),
            ("set-cookie", "l=w"),
            ("X-Auth-Token", "x"),
            ("Authorization", "Bearer x"),
            ("X-Kept", "1"),
        ];
        for (sessions, kept) in [(false, 1), (true, headers.len())] {
            let allowance = Allowance { max_body_bytes: 100, sessions };
            let clean = clean(read(200, &headers, "fine", 100), &scrub(), allowance);
            assert_eq!(clean.incoming.headers.len(), kept, "{sessions}");
            assert_eq!(clean.incoming.headers.last().unwrap().0, "X-Kept");
        }
    }

    #[test]
    fn a_header_whose_name_has_the_secret_is_not_shown_by_name() {
        // The HTTP library has made the name lower case.
        let name = SECRET.to_ascii_lowercase();
        let encoded = "WGsyOXZRejdSdFlwODFMbU5kNTVXc0Vi".to_ascii_lowercase();
        let headers = [(name.as_str(), "1"), (encoded.as_str(), "2"), ("x-kept", SECRET)];
        let clean = clean(read(200, &headers, "fine", 100), &scrub(), allowance(100));
        let names: Vec<_> = clean.incoming.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["[removed]", "[removed]", "x-kept"]);
        assert_eq!(clean.removed, Some(3));
    }

    fn ask(path: &str, header: &str, body: &[u8]) -> Ask {
        Ask {
            method: http::Method::POST,
            target: AskedTarget::Path(path.to_owned()),
            headers: vec![("x-own".to_owned(), header.to_owned())],
            body: AskedBody::Bytes(body.to_vec()),
        }
    }

    /// What comes back of a page with this body.
    fn back(secret: &str, ask: &Ask, body: &str) -> Returned {
        let mut scrub = Scrub::default();
        scrub.add(secret);
        returned(
            read(200, &[("x-other", "1"), ("content-length", "9")], body, 1 << 20),
            &scrub,
            ask,
            allowance(1 << 20),
        )
    }

    #[track_caller]
    fn is_nothing(returned: &Returned) -> bool {
        let Returned { incoming, withheld, removed } = returned;
        let nothing = incoming.headers.is_empty() && incoming.body.is_empty() && !incoming.truncated;
        assert_eq!(nothing && *withheld, removed.is_none(), "an answer is withheld as a whole or not");
        nothing && *withheld
    }

    #[test]
    fn a_guess_that_is_right_gets_nothing_back_wherever_it_stands() {
        for secret in [SECRET, "hunter2", "2024"] {
            let encoded: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for asked in [
                ask(&format!("/orders/{secret}"), "x", b""),
                ask(&format!("/orders/{encoded}/1"), "x", b""),
                ask(&format!("/orders?a=b&c={secret}"), "x", b""),
                ask("/", secret, b""),
                ask("/", "x", secret.as_bytes()),
                ask("/", "x", hex::encode(secret).as_bytes()),
                ask("/", "x", format!("{{\"a\": \"{secret}\"}}").as_bytes()),
            ] {
                // Whether the page repeats it or not.
                for page in ["fine", secret, ""] {
                    assert!(is_nothing(&back(secret, &asked, page)), "{secret} {page}");
                }
            }
            let wrong = ask("/orders?c=wrong", "x", b"wrong");
            assert!(!is_nothing(&back(secret, &wrong, "fine")));
        }
    }

    #[test]
    fn many_guesses_at_once_are_worth_none() {
        let list =
            |range: std::ops::Range<u32>| range.map(|number| format!("{number}\n")).collect::<String>();
        for (guesses, repeated, nothing) in [
            // With the right one among them, and without it.
            (list(1000..9999), true, true),
            (list(3000..9999), true, true),
            (list(2010..2030), true, true),
            (list(3010..3030), true, false),
            // What does not come back tells nothing.
            (list(1000..9999), false, false),
            (list(3000..9999), false, false),
        ] {
            let ask = ask("/", "x", guesses.as_bytes());
            let page = if repeated { guesses.as_str() } else { "thank you" };
            assert_eq!(is_nothing(&back("2024", &ask, page)), nothing, "{guesses:.9} {repeated}");
        }
        // The right one alone comes back of many.
        let many = ask("/", "x", list(1000..9999).as_bytes());
        assert!(is_nothing(&back("2024", &many, "2024")));
        assert!(!is_nothing(&back("2024", &many, "2025")));
    }

    #[test]
    fn ordinary_requests_are_answered_as_ever() {
        let order =
            br#"{"id":12024,"date":"2024-10-25","lines":[{"sku":"AB-2024-1","name":"A customer's chair"}]}"#;
        let page = String::from_utf8(order.to_vec()).unwrap();
        for secret in ["2024", "customer", "hunter2", SECRET] {
            let returned = back(secret, &ask("/orders/12024?from=2024-10-01", "x", order), &page);
            assert_eq!(String::from_utf8(returned.incoming.body).unwrap(), page, "{secret}");
            assert_eq!((returned.withheld, returned.removed), (false, Some(0)), "{secret}");
        }
    }

    #[test]
    fn a_compressed_file_is_looked_into() {
        let page = |text: &str| {
            let mut packed = Vec::new();
            GzEncoder::new(text.as_bytes(), Compression::best()).read_to_end(&mut packed).unwrap();
            packed
        };
        let answer = |body: Vec<u8>| {
            let incoming =
                Incoming { status: http::StatusCode::OK, headers: Vec::new(), body, truncated: false };
            clean(incoming, &scrub(), allowance(1 << 20))
        };
        let secret = format!("it is {SECRET}");
        let mut twice = Vec::new();
        GzEncoder::new(page(&secret).as_slice(), Compression::best()).read_to_end(&mut twice).unwrap();
        for packed in [page(&secret), page(&hex::encode(&secret)), twice] {
            let returned = answer(packed);
            assert!(returned.withheld && returned.incoming.body.is_empty());
        }
        let clean = answer(page("nothing of the kind"));
        assert_eq!((clean.incoming.body, clean.withheld), (page("nothing of the kind"), false));
        // What cannot be looked through to its end is not handed back.
        assert!(answer(page(&" ".repeat(MOST_UNPACKED + 1))).withheld);
        assert!(answer(page("nothing of the kind")[..20].to_vec()).withheld);
    }
}
