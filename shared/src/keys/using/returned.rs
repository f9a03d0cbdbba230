//! What of a system's answer is handed back.

use super::scrub::Scrub;
use crate::outbound::Incoming;

/// Headers that tell the length of the body as it came, or a digest of it: with a secret in it, they help to guess that.
const ABOUT_THE_BODY: [&str; 6] =
    ["content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"];

/// The answer without secrets, cut to its limit. A body that cannot be searched is withheld: one in a coding or a part that
/// nobody asked for, and one that holds a secret written in a way that has no name.
pub(super) fn clean(incoming: Incoming, scrub: &Scrub, limit: usize) -> (Incoming, bool) {
    let Incoming { status, headers, body, truncated } = incoming;
    let encoded = headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-encoding") && !value.eq_ignore_ascii_case(b"identity")
    });
    let partial = [http::StatusCode::PARTIAL_CONTENT, http::StatusCode::IM_USED].contains(&status);
    let clean = (!encoded && !partial).then(|| scrub.clean(&body)).flatten();
    let withheld = clean.is_none();
    let mut clean = clean.unwrap_or_default();
    let changed = clean != body;
    let about = |name: &str| ABOUT_THE_BODY.iter().any(|known| name.eq_ignore_ascii_case(known));
    let headers = headers.into_iter().filter(|(name, _)| !(changed && about(name)));
    let headers = headers.map(|(name, value)| (scrub.text(&name), scrub.header(&value))).collect();
    let cut = clean.len() > limit;
    // Where reading stopped there may stand the start of a secret, which is no form of it. Secrets that were removed
    // before it have made the text shorter, so the limit alone does not cut it off.
    let doubtful = if truncated { scrub.longest().saturating_sub(1) } else { 0 };
    clean.truncate(limit.min(clean.len().saturating_sub(doubtful)));
    (Incoming { status, headers, body: clean, truncated: truncated || cut }, withheld)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_cut_within_a_secret_shows_no_part_of_it() {
        let mut scrub = Scrub::default();
        scrub.add("s3cret-of-mine");
        let echo = "s3cret-of-mine ".repeat(20);
        for limit in 1..200 {
            let read = limit + scrub.longest();
            let incoming = Incoming {
                status: http::StatusCode::OK,
                headers: Vec::new(),
                body: echo.as_bytes()[..read.min(echo.len())].to_vec(),
                truncated: read < echo.len(),
            };
            let (clean, _) = clean(incoming, &scrub, limit);
            let text = String::from_utf8(clean.body).unwrap();
            assert!(text.len() <= limit && !text.contains('s'), "{limit}: {text}");
        }
    }
}
