//! Reading an answer to a check: the first rule of the template that describes it decides. An answer that no rule
//! describes decides nothing.

use http::StatusCode;
use serde_json::Value;

use super::say;
use crate::{
    keys::{health::TrialResult, using::scrub::Scrub},
    outbound::Incoming,
    system::{
        HttpCheck,
        rule::{Answer, Rule, Verdict, decide, is_no_answer},
    },
};

/// The verdict of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) result: TrialResult,
    pub(super) message: String,
    /// The short name of what proved it.
    pub(super) proof: Option<String>,
    pub(super) upstream: Option<String>,
    /// The status of the answer that was judged.
    pub(super) status: Option<StatusCode>,
}

impl Judgement {
    /// Without a proof.
    pub(super) fn new(result: TrialResult, message: impl Into<String>) -> Self {
        Self { result, message: message.into(), proof: None, upstream: None, status: None }
    }

    pub(super) fn proven(result: TrialResult, message: impl Into<String>, proof: &str) -> Self {
        Self { proof: Some(proof.to_owned()), ..Self::new(result, message) }
    }

    /// Of an answer with this status.
    pub(super) fn of(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }
}

/// The maximum length of a system's name for itself, in characters.
const MAX_IDENTITY: usize = 100;

/// Reads the answer to a template's check. Secrets are removed from the parts that are shown.
pub(super) fn judge(check: &HttpCheck, incoming: &Incoming, scrub: &Scrub) -> Judgement {
    let answer = Answer::of(incoming);
    let mut judgement = by_rules(&check.rules, &answer);
    if judgement.result == TrialResult::Passed {
        judgement.upstream = identity(check, answer.json()).and_then(|text| shown(text, scrub));
    }
    judgement
}

/// The verdict of the first rule that describes an answer.
pub(super) fn by_rules(rules: &[Rule], answer: &Answer<'_>) -> Judgement {
    decide(rules, answer).map_or_else(|| undecided(answer), by_rule)
}

fn by_rule(rule: &Rule) -> Judgement {
    let (result, otherwise) = match rule.verdict {
        Verdict::Passed => (TrialResult::Passed, say::PASSED),
        Verdict::Refused => (TrialResult::Refused, say::REFUSED),
        Verdict::Unclear => (TrialResult::Unclear, say::UNPROVEN),
    };
    Judgement::proven(result, rule.advice.as_deref().unwrap_or(otherwise), &rule.name)
}

/// An answer that no rule describes.
fn undecided(answer: &Answer<'_>) -> Judgement {
    let status = answer.status();
    let message = if is_no_answer(status) {
        return unexpected(status);
    } else if answer.is_page() {
        say::page(status)
    } else if status.is_success() {
        say::UNPROVEN.to_owned()
    } else if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        say::somebody(status)
    } else {
        say::unexpected(status)
    };
    Judgement::new(TrialResult::Unclear, message)
}

/// The answer of a system that no template describes, to a request that should succeed. Only what its status and form tell
/// is known. `scheme` is that of the request's `Authorization` header.
pub(super) fn by_status_alone(incoming: &Incoming, scheme: Option<&str>) -> Judgement {
    let answer = Answer::of(incoming);
    let status = answer.status();
    if status == StatusCode::UNAUTHORIZED {
        return unauthorized(&answer, scheme);
    }
    let unclear = |message: &str| Judgement::new(TrialResult::Unclear, message);
    match status {
        StatusCode::FORBIDDEN => unclear(say::NOT_ALLOWED),
        StatusCode::NOT_FOUND => unclear(say::NO_SUCH_PATH),
        _ if !status.is_success() => unexpected(status),
        _ if answer.is_page() => unclear(&say::page(status)),
        _ if answer.is_broken_json() => unclear(say::BROKEN),
        _ => Judgement::proven(TrialResult::Passed, say::answered(status), "status-2xx"),
    }
}

/// An answer with status 401 to a request whose `Authorization` header has this scheme.
pub(super) fn unauthorized(answer: &Answer<'_>, scheme: Option<&str>) -> Judgement {
    if asks_for_another_kind(answer, scheme) {
        Judgement::new(TrialResult::Unclear, say::ASKED_FOR_ANOTHER_KIND)
    } else {
        Judgement::proven(TrialResult::Refused, say::ASKED_FOR_OTHERS, "status-401")
    }
}

/// The schemes by which people and programs log in to any server, so also to a proxy or a password page before one
/// (<https://www.iana.org/assignments/http-authschemes>, and NTLM). APIs have others, too, such as `Token` or `Key`.
const OF_ANY_SERVER: [&str; 5] = ["basic", "digest", "bearer", "negotiate", "ntlm"];

/// Whether all that an answer asks for (RFC 9110 §11.6.1) is a login that the request did not try: then its credentials may not
/// have been looked at.
fn asks_for_another_kind(answer: &Answer<'_>, scheme: Option<&str>) -> bool {
    let asked: Vec<String> =
        answer.headers("www-authenticate").flat_map(|header| challenges(&header)).collect();
    let is_another = |asked: &String| {
        OF_ANY_SERVER.contains(&asked.as_str())
            && !scheme.is_some_and(|sent| sent.eq_ignore_ascii_case(asked))
    };
    !asked.is_empty() && asked.iter().all(is_another)
}

/// The schemes of a `WWW-Authenticate` header, in lower case. Commas stand between challenges and between their parameters, which
/// have a `=` behind the first word (RFC 9110 §11.2).
fn challenges(header: &str) -> Vec<String> {
    let mut is_quoted = false;
    let parts = header.split(|character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    let scheme = |part: &str| {
        let (word, rest) = part.trim().split_once([' ', '\t']).unwrap_or((part.trim(), ""));
        let is_scheme = !word.is_empty() && !word.contains('=') && !rest.trim_start().starts_with('=');
        is_scheme.then(|| word.to_ascii_lowercase())
    };
    parts.filter_map(scheme).collect()
}

/// A status that does not tell whether the key is accepted.
pub(super) fn unexpected(status: StatusCode) -> Judgement {
    let message = if status == StatusCode::TOO_MANY_REQUESTS {
        say::TOO_MANY.to_owned()
    } else if status.is_redirection() {
        say::redirects(status)
    } else if status.is_server_error() {
        say::server_error(status)
    } else {
        say::unexpected(status)
    };
    Judgement::new(TrialResult::Unclear, message)
}

/// The system's name for itself.
fn identity<'a>(check: &HttpCheck, body: Option<&'a Value>) -> Option<&'a str> {
    body?.pointer(check.identity.as_ref()?.as_str())?.as_str()
}

/// A text from outside, as it may be shown: without secrets, which a system may repeat, one line, and not a long one.
pub(super) fn shown(text: &str, scrub: &Scrub) -> Option<String> {
    let plain: String = text.chars().filter(|character| !character.is_control()).collect();
    let plain: String = scrub.text(&plain).chars().take(MAX_IDENTITY).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Library, Verify};

    #[test]
    fn what_a_system_calls_itself_is_shown_when_the_key_passed() {
        let template = Library::shipped().system("shopify").unwrap();
        let Verify::Http(check) = template.variant("access-token").unwrap().verify() else { panic!() };
        for (status, upstream) in [(200, Some("Acme".to_owned())), (404, None)] {
            let answer = Incoming {
                status: StatusCode::from_u16(status).unwrap(),
                headers: Vec::new(),
                body: br#"{"data":{"shop":{"name":"Acme"}}}"#.to_vec(),
                truncated: false,
            };
            assert_eq!(judge(check, &answer, &Scrub::default()).upstream, upstream);
        }
    }

    #[test]
    fn what_a_system_calls_itself_is_one_short_line() {
        let mut scrub = Scrub::default();
        assert_eq!(shown(" Acme\r\n\u{7}Ltd ", &scrub), Some("AcmeLtd".to_owned()));
        assert_eq!(shown(&"x".repeat(1_000), &scrub).unwrap().len(), MAX_IDENTITY);
        assert_eq!(shown("\n", &scrub), None);
        scrub.add("s3cret");
        assert_eq!(shown("Acme s3\u{7}cret", &scrub), Some("Acme [removed]".to_owned()));
    }
}
