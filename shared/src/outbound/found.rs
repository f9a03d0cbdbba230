//! What the answer to a login holds: a token or session, or what its absence means.

use jiff::Timestamp;
use serde_json::Value;

use super::{AnswerAs, Incoming, ObtainError};
use crate::{
    secret::SecretText,
    signing::{
        login::{AnswerPlace, LoginAnswer},
        oauth2::{AccessToken, LifetimeUnit, TokenError, read_answer},
    },
    soap::{self, Session, SoapFlavour},
    system::rule::{Answer, Rule, Verdict, decide, is_no_answer},
};

/// The token in the answer to a grant or a login, as of `now`.
///
/// # Errors
///
/// [`ObtainError`] when there is none: what a rule of the template says, or else what OAuth 2.0 says of a grant.
pub fn token_in(
    answer: &Incoming,
    read_as: AnswerAs<'_>,
    rules: &[Rule],
    now: Timestamp,
) -> Result<AccessToken, ObtainError> {
    let read = match read_as {
        AnswerAs::Grant(Some(form)) => form.read(answer.status, &answer.body, now),
        AnswerAs::Grant(None) => read_answer(answer.status, &answer.body, now),
        AnswerAs::Login(form) => logged_in(answer, form, now),
    };
    read.map_err(|error| {
        judged(answer, rules).unwrap_or(match error {
            TokenError::Refused(code) => ObtainError::Refused(code),
            TokenError::Request(code) => ObtainError::Settings(code),
            TokenError::Unavailable => ObtainError::Busy,
            TokenError::Unclear => ObtainError::Unclear,
        })
    })
}

/// The token in the answer to a login. An answer without one says nothing by itself: the template's rules may know more.
fn logged_in<'a>(
    answer: &'a Incoming,
    form: &LoginAnswer,
    now: Timestamp,
) -> Result<AccessToken, TokenError> {
    if is_no_answer(answer.status) {
        let elsewhere = answer.status.is_redirection();
        return Err(if elsewhere { TokenError::Unclear } else { TokenError::Unavailable });
    }
    let read = Answer::of(answer);
    let token = if answer.status.is_success() { text_at(&form.token, &read) } else { None };
    let told = form.lifetime.as_ref().and_then(|place| text_at(place, &read));
    let told = told.and_then(|life| form.lifetime_unit.end(life.expose(), now));
    let always = form.lifetime_seconds.and_then(|life| LifetimeUnit::Seconds.end(&life.to_string(), now));
    let token =
        token.and_then(|token| AccessToken::new(token, told.or(always))).ok_or(TokenError::Unclear)?;
    let server = match &form.server {
        Some(place) => Some(text_at(place, &read).ok_or(TokenError::Unclear)?.expose().to_owned()),
        None => None,
    };
    let set = |(name, value): &'a (String, Vec<u8>)| {
        name.eq_ignore_ascii_case("set-cookie").then_some(value.as_slice())
    };
    let cookies = form.cookies.iter().filter_map(|name| name.set_in(answer.headers.iter().filter_map(set)));
    Ok(token.beside(server, cookies.collect()))
}

/// The text at a place in an answer: a string or a number in JSON, or the only element of its path in XML.
fn text_at(place: &AnswerPlace, answer: &Answer<'_>) -> Option<SecretText> {
    match place {
        AnswerPlace::Json(pointer) => match answer.json()?.pointer(pointer.as_str())? {
            Value::String(text) => Some(SecretText::from(text.clone())),
            Value::Number(number) => Some(SecretText::from(number.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        },
        AnswerPlace::Xml(path) => {
            let mut found = answer.xml(path.as_str());
            let text = found.next().filter(|_| found.next().is_none())?;
            Some(SecretText::from(text.trim().to_owned()))
        }
    }
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
