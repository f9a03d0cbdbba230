//! What the answer to a login holds: a token or session, or what its absence means.

use jiff::Timestamp;

use super::{Incoming, ObtainError};
use crate::{
    signing::oauth2::{AccessToken, TokenError, read_answer},
    soap::{self, Session, SoapFlavour},
    system::rule::{Answer, Rule, Verdict, decide, is_no_answer},
};

/// The token in a token endpoint's answer, as of `now`.
///
/// # Errors
///
/// [`ObtainError`] when there is none: what a rule of the template says, or else what OAuth 2.0 says.
pub fn token_in(answer: &Incoming, rules: &[Rule], now: Timestamp) -> Result<AccessToken, ObtainError> {
    read_answer(answer.status, &answer.body, now).map_err(|error| {
        judged(answer, rules).unwrap_or(match error {
            TokenError::Refused => ObtainError::Refused,
            TokenError::Request(code) => ObtainError::Settings(code),
            TokenError::Unavailable => ObtainError::Busy,
            TokenError::Unclear => ObtainError::Unclear,
        })
    })
}

/// The session in the answer to a SOAP login.
///
/// # Errors
///
/// [`ObtainError`] when there is none: what a rule of the template says.
pub fn session_in(answer: &Incoming, flavour: SoapFlavour, rules: &[Rule]) -> Result<Session, ObtainError> {
    let session = if answer.status.is_success() { soap::read_login(flavour, &answer.body) } else { None };
    session.ok_or_else(|| {
        let busy = is_no_answer(answer.status) && !answer.status.is_redirection() && !is_fault(answer);
        judged(answer, rules).unwrap_or(if busy { ObtainError::Busy } else { ObtainError::Unclear })
    })
}

/// Whether it is a fault of SOAP, which has status 500 (SOAP 1.1 §6.2) although the service answers.
fn is_fault(answer: &Incoming) -> bool {
    Answer::of(answer).xml("Envelope/Body/Fault/faultcode").next().is_some()
}

fn judged(answer: &Incoming, rules: &[Rule]) -> Option<ObtainError> {
    let answer = Answer::of(answer);
    let Rule { name, verdict, advice, .. } = decide(rules, &answer)?;
    let (rule, advice) = (name.clone(), advice.clone().unwrap_or_default());
    match verdict {
        // The reader of templates knows no such rule here.
        Verdict::Passed => None,
        Verdict::Refused => Some(ObtainError::RefusedBy { rule, advice }),
        Verdict::Unclear => Some(ObtainError::UnclearBy { rule, advice }),
    }
}
