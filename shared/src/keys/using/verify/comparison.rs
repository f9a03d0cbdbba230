//! Judging the key's own check by two answers: one to the request without the credentials, one to the request with them.

use http::StatusCode;

use super::{
    judge::{Judgement, unauthorized, unexpected},
    say,
};
use crate::{
    keys::{check::OwnCheck, health::TrialResult},
    outbound::Incoming,
    system::rule::{Answer, is_no_answer},
};

/// What proves a verdict here.
const CHECK: &str = "check";

/// The answers to the key's own check, without its credentials and with them. That the address refuses the one and answers the
/// other as described is proof. What answers both alike proves nothing.
///
/// `scheme` is that of the second request's `Authorization` header.
pub(super) fn by_comparison(
    check: &OwnCheck,
    without: &Incoming,
    with: &Incoming,
    scheme: Option<&str>,
) -> Judgement {
    let (without, with) = (Answer::of(without), Answer::of(with));
    let unclear = |message: String| Judgement::new(TrialResult::Unclear, message);
    if with.status() == StatusCode::UNAUTHORIZED {
        return unauthorized(&with, scheme);
    }
    let open = check.is_met(&without);
    if !check.is_met(&with) {
        return not_as_described(check, &without, &with, open);
    }
    if open {
        return unclear(say::answers_anybody(check));
    }
    let is_refusal = without.status() == StatusCode::UNAUTHORIZED
        || (!is_no_answer(without.status()) && !without.is_page());
    if is_refusal {
        Judgement::proven(TrialResult::Passed, say::compared(check, without.status()), CHECK)
    } else {
        unclear(say::nothing_to_compare(without.status()))
    }
}

/// An answer to the credentials that is not what the check describes.
fn not_as_described(check: &OwnCheck, without: &Answer<'_>, with: &Answer<'_>, open: bool) -> Judgement {
    let status = with.status();
    let message = if is_no_answer(status) {
        return unexpected(status);
    } else if status == StatusCode::FORBIDDEN && open {
        say::FORBIDDEN_TO_KEY.to_owned()
    } else if status == StatusCode::FORBIDDEN && without.status() == StatusCode::UNAUTHORIZED {
        say::FORBIDDEN_AND_KNOWN.to_owned()
    } else if status == StatusCode::FORBIDDEN {
        say::NOT_ALLOWED.to_owned()
    } else if with.is_page() {
        say::page(status)
    } else if status != check.status {
        say::other_status(check, status)
    } else if with.is_broken_json() {
        say::BROKEN.to_owned()
    } else {
        say::other_body(check)
    };
    Judgement::new(TrialResult::Unclear, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fakes::{Counting, now},
        keys::{
            change,
            check::{Asks, Expects},
            draft::{Draft, DraftCheck, DraftHeader, Visibility},
            fakes::{World, caller, draft, moment, set},
            key::Key,
            using::verify::{TrialAsk, verify},
        },
        permission::Permission,
    };
    use serde_json::json;

    const JSON: &str = "application/json";
    const HTML: &str = "text/html";

    fn incoming((status, media, body): (u16, &str, &str)) -> Incoming {
        Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("content-type".to_owned(), media.as_bytes().to_vec())],
            body: body.as_bytes().to_vec(),
            truncated: false,
        }
    }

    fn check(expects: Expects) -> OwnCheck {
        OwnCheck { asks: Asks::Get, path: "/me".to_owned(), status: StatusCode::OK, expects }
    }

    fn compared(expects: Expects, without: (u16, &str, &str), with: (u16, &str, &str)) -> Judgement {
        let judgement = by_comparison(&check(expects), &incoming(without), &incoming(with), Some("Bearer"));
        assert!(judgement.message.ends_with('.') || judgement.message.ends_with('?'), "{judgement:?}");
        assert_eq!(judgement.proof.is_some(), judgement.result != TrialResult::Unclear, "{judgement:?}");
        judgement
    }

    const DENIED: (u16, &str, &str) = (401, JSON, r#"{"message":"Unauthorized"}"#);
    const ME: (u16, &str, &str) = (200, JSON, r#"{"account":{"name":"Acme","id":7}}"#);

    #[test]
    fn what_is_refused_without_the_credentials_and_answered_with_them_is_proof() {
        for without in [
            DENIED,
            (403, JSON, "{}"),
            (400, JSON, "{}"),
            (404, JSON, "{}"),
            (200, JSON, "{}"),
            (401, HTML, "<html>"),
        ] {
            let judgement = compared(Expects::Text("\"name\":\"Acme\"".to_owned()), without, ME);
            assert_eq!(judgement.result, TrialResult::Passed, "{without:?}");
            let said = format!("did not without them (status {})", without.0);
            assert!(
                judgement.message.contains(&said)
                    && judgement.message.contains("status 200 and the expected text")
            );
        }
    }

    #[test]
    fn what_answers_anybody_proves_nothing() {
        let judgement = compared(Expects::Anything, ME, ME);
        assert_eq!(judgement.result, TrialResult::Unclear);
        assert!(judgement.message.contains("answers anybody"), "{judgement:?}");
    }

    #[test]
    fn a_request_that_was_not_answered_is_nothing_to_compare_with() {
        for without in [
            (302, HTML, ""),
            (429, JSON, "{}"),
            (503, HTML, "<html>"),
            (403, HTML, "<html>Request blocked</html>"),
        ] {
            let judgement = compared(Expects::Anything, without, ME);
            assert_eq!(judgement.result, TrialResult::Unclear, "{without:?}");
            assert!(judgement.message.contains("no refusal of the system"), "{judgement:?}");
        }
    }

    #[test]
    fn credentials_are_refused_by_401_alone() {
        for (without, with, result) in [
            (DENIED, DENIED, TrialResult::Refused),
            (ME, DENIED, TrialResult::Refused),
            (DENIED, (403, JSON, r#"{"message":"Missing Authentication Token"}"#), TrialResult::Unclear),
            ((403, HTML, "<html>"), (403, HTML, "<html>"), TrialResult::Unclear),
            (ME, (403, JSON, "{}"), TrialResult::Unclear),
            (DENIED, (404, JSON, "{}"), TrialResult::Unclear),
            (DENIED, (429, JSON, "{}"), TrialResult::Unclear),
            (DENIED, (302, HTML, ""), TrialResult::Unclear),
            (DENIED, (503, HTML, "<html>"), TrialResult::Unclear),
            (DENIED, (204, JSON, ""), TrialResult::Unclear),
            (DENIED, (200, HTML, "<html>Log in</html>"), TrialResult::Unclear),
            (DENIED, (200, JSON, "{\"account\": ["), TrialResult::Unclear),
        ] {
            assert_eq!(compared(Expects::Anything, without, with).result, result, "{without:?} {with:?}");
        }
    }

    /// What a 401 with these challenges says of a key whose `Authorization` header has this scheme.
    fn challenged(challenges: &[&str], scheme: Option<&str>) -> TrialResult {
        let mut with = incoming(DENIED);
        let headers = challenges.iter().map(|text| ("WWW-Authenticate".to_owned(), text.as_bytes().to_vec()));
        with.headers.extend(headers);
        let check = check(Expects::Anything);
        let judgement = by_comparison(&check, &incoming(DENIED), &with, scheme);
        let named = judgement.message.contains("credentials of another kind");
        assert_eq!(named, judgement.result == TrialResult::Unclear, "{judgement:?}");
        assert_eq!(judgement.proof.is_some(), judgement.result == TrialResult::Refused, "{judgement:?}");
        assert_eq!(super::super::judge::by_status_alone(&with, scheme), judgement);
        judgement.result
    }

    /// A proxy or a password page before somebody's API asks for its own credentials with the same status.
    #[test]
    fn a_401_that_asks_for_another_kind_of_login_refuses_nothing() {
        let (bearer, basic) = (Some("Bearer"), Some("Basic"));
        for (challenges, scheme) in [
            (&["Basic realm=\"staging\""][..], bearer),
            (&["Basic realm=\"staging\", charset=\"UTF-8\""], bearer),
            (&["basic realm=a"], None),
            (&["Digest realm=\"a, Bearer b\", nonce=\"c\", qop=\"auth, Bearer\""], bearer),
            (&["Negotiate", "NTLM"], bearer),
            (&["Negotiate, NTLM"], basic),
            (&["Bearer"], basic),
            (&["Bearer realm=\"a\", error=\"invalid_token\""], None),
            (&["Basic realm = \"Bearer\""], bearer),
            (&["Basic realm=staging"], Some("AWS4-HMAC-SHA256")),
        ] {
            assert_eq!(challenged(challenges, scheme), TrialResult::Unclear, "{challenges:?} {scheme:?}");
        }
        for (challenges, scheme) in [
            (&[][..], bearer),
            (&[], None),
            (&[""], None),
            (&["Bearer"], bearer),
            (&["bearer error=\"invalid_token\""], bearer),
            (&["Basic realm=\"api\""], basic),
            (&["Basic realm=\"api\", Bearer"], bearer),
            (&["Basic realm=\"api\"", "Bearer"], bearer),
            (&["Basic realm=\"a, b\", Bearer realm=\"c\""], bearer),
            // An API that names its own scheme speaks of the key, wherever that stands.
            (&["Key realm=\"kong\""], None),
            (&["Token"], bearer),
            (&["ApiKey, Basic realm=a"], None),
        ] {
            assert_eq!(challenged(challenges, scheme), TrialResult::Refused, "{challenges:?} {scheme:?}");
        }
    }

    #[test]
    fn an_answer_without_what_is_expected_is_unclear() {
        let name = |value| Expects::Json { pointer: "/account/name".parse().unwrap(), value };
        let id = |value| Expects::Json { pointer: "/account/id".parse().unwrap(), value };
        for (expects, result) in [
            (name(json!("Acme")), TrialResult::Passed),
            (id(json!(7)), TrialResult::Passed),
            (name(json!("acme")), TrialResult::Unclear),
            (id(json!("7")), TrialResult::Unclear),
            (Expects::Json { pointer: "/name".parse().unwrap(), value: json!(null) }, TrialResult::Unclear),
            (Expects::Text("Acme".to_owned()), TrialResult::Passed),
            (Expects::Text("acme".to_owned()), TrialResult::Unclear),
        ] {
            assert_eq!(compared(expects.clone(), DENIED, ME).result, result, "{expects:?}");
        }
        let text = Expects::Text("Acme".to_owned());
        assert_eq!(compared(text, DENIED, (200, HTML, "<html>Acme</html>")).result, TrialResult::Unclear);
    }

    fn own_check(method: &str) -> DraftCheck {
        DraftCheck {
            method: method.to_owned(),
            path: "/me?full=1".to_owned(),
            body: (method == "POST").then(|| "{}".to_owned()),
            changes_nothing: method == "POST",
            status: 200,
            text: None,
            json: None,
        }
    }

    /// A world with a key of a variant, which has a secret header as well.
    fn world(random: &Counting, auth: &str, fields: &[(&str, &str)], method: &str) -> (World, Key) {
        let world = World::default();
        let secret = DraftHeader {
            name: "X-Second".to_owned(),
            value: set("s3cret-header"),
            visibility: Visibility::Secret,
        };
        let mut draft = Draft { check: Some(own_check(method)), ..draft(auth, fields) };
        draft.headers.push(secret);
        let writer = caller(&[Permission::KeysWrite]);
        let key = now(change::create(&world, &world, moment(random), &writer, draft, None)).unwrap();
        world.asked();
        (world, key)
    }

    #[test]
    fn the_request_without_the_credentials_carries_none_and_there_are_two() {
        let random = Counting::default();
        for (auth, fields) in [
            ("token", vec![("value", "t0ken-of-mine")]),
            ("query", vec![("name", "api_key"), ("value", "t0ken-of-mine")]),
            ("basic", vec![("username", "me"), ("password", "t0ken-of-mine")]),
            ("headers", vec![("name", "X-Key"), ("value", "t0ken-of-mine")]),
            ("hmac-sha256", vec![("client_id", "me"), ("client_secret", "t0ken-of-mine")]),
        ] {
            for method in ["GET", "POST"] {
                let (world, key) = world(&random, auth, &fields, method);
                world.will_answer(401, &[], "");
                world.will_answer(200, &[], "[]");
                let user = caller(&[Permission::KeysVerify]);
                let ask = TrialAsk::default();
                let trial =
                    now(verify(&world, &world, &world, moment(&random), &user, (&key.id, &ask), None))
                        .ok()
                        .unwrap();
                assert_eq!(
                    (trial.trial.result, trial.trial.proof.as_deref()),
                    (TrialResult::Passed, Some("check")),
                    "{auth}"
                );
                let [without, with] = world.sent().try_into().unwrap();
                assert!(without.starts_with(&format!("{method} /v1/me?full=1\n")), "{without}");
                assert_eq!(without.contains("Content-Type"), method == "POST", "{without}");
                for part in ["t0ken", "s3cret", "uthorization", "api_key", "X-Key", "ignature", "X-Second"] {
                    assert!(!without.contains(part), "{auth} {without}");
                }
                assert!(with.contains("X-Second: s3cret-header"), "{with}");
                assert_eq!(world.health()[0].proof.as_deref(), Some("check"));
            }
        }
    }

    #[test]
    fn a_proxy_before_the_system_does_not_refuse_a_key() {
        let random = Counting::default();
        let staging = [("WWW-Authenticate", "Basic realm=\"staging\"")];
        for (auth, fields, result) in [
            ("token", vec![("value", "t0ken-of-mine")], TrialResult::Unclear),
            ("headers", vec![("name", "X-Key"), ("value", "t0ken-of-mine")], TrialResult::Unclear),
            ("basic", vec![("username", "me"), ("password", "t0ken-of-mine")], TrialResult::Refused),
        ] {
            let (world, key) = world(&random, auth, &fields, "GET");
            let user = caller(&[Permission::KeysVerify]);
            for ask in
                [TrialAsk::default(), TrialAsk { path: Some("/other".to_owned()), ..TrialAsk::default() }]
            {
                let requests = if ask.path.is_none() { 2 } else { 1 };
                (0..requests).for_each(|_| world.will_answer(401, &staging, "<html>"));
                let trial =
                    now(verify(&world, &world, &world, moment(&random), &user, (&key.id, &ask), None));
                assert_eq!(trial.ok().unwrap().trial.result, result, "{auth}");
            }
        }
    }

    #[test]
    fn a_path_that_the_caller_names_is_asked_instead_of_the_check() {
        let random = Counting::default();
        let (world, key) = world(&random, "token", &[("value", "t0ken-of-mine")], "GET");
        world.will_answer(200, &[], "[]");
        let user = caller(&[Permission::KeysVerify]);
        let ask = TrialAsk { path: Some("/other".to_owned()), ..TrialAsk::default() };
        let trial =
            now(verify(&world, &world, &world, moment(&random), &user, (&key.id, &ask), None)).ok().unwrap();
        assert_eq!(trial.trial.proof.as_deref(), Some("status-2xx"));
        assert_eq!(world.sent().len(), 1);
    }
}
