//! What `refresh_grants` does every minute.

use std::collections::BTreeSet;

use keyward_functions::system::SystemClock;
use keyward_local::upstreams::Upstreams;
use keyward_shared::moment::Clock;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::{
    crashes::{Moment, killing},
    support::{
        Api, TABLE, VAULT, Who,
        connect::{HOST, HOSTS, LOGIN, app_of, tokens},
        faults::Fate,
        keys::Stored,
        outside::Outside,
        services::Functions,
        uses::{key_of, stack_with},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, answer| {
            assert_eq!(answer["failed"], 0);
            answer.clone()
        }),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

fn get_orders() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}

async fn connected() -> (Api, Outside, Stored) {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    api.connect(&outside, &key, "acc3ss-1", Some("refr3sh-1")).await;
    outside.arrived();
    (api, outside, key)
}

/// A key of Xero, whose former refresh tokens stay good for half an hour.
async fn of_xero() -> (Api, Outside, Stored) {
    const XERO: [&str; 2] = ["api.xero.com", "identity.xero.com"];
    let outside = Outside::start(&XERO).await;
    let api = Api::start_with(outside.upstreams(&XERO)).await;
    let app = api.post(Who::Owner, "/v1/apps", &app_of("xero")).await.expect(201).json();
    let key = api.store(&key_of("xero", "authorization-code", None, json!({ "app": app["app_id"] }))).await;
    let journey = api.begin(&key, &json!({ "scopes": [] })).await;
    assert_eq!(journey.parameter("scope"), "offline_access openid");
    let granted =
        tokens("acc3ss-1", Some("refr3sh-1"), "ann").replace("read offline_access", "offline_access openid");
    outside.will_answer(200, &[], granted);
    assert_eq!(api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0, "connected");
    outside.arrived();
    (api, outside, key)
}

/// The refresh tokens that were used.
fn used(outside: &Outside) -> Vec<String> {
    let form =
        |body: &[u8]| url::form_urlencoded::parse(body).into_owned().collect::<Vec<(String, String)>>();
    let token = |form: Vec<(String, String)>| {
        form.into_iter().find(|(name, _)| name == "refresh_token" || name == "token")
    };
    outside
        .arrived()
        .iter()
        .filter_map(|arrived| token(form(&arrived.body)))
        .map(|(_, value)| value)
        .collect()
}

async fn state(api: &Api, key: &Stored) -> Value {
    api.get(Who::Owner, &key.path).await.expect(200).json()["connections"][0]["grant"]["state"].clone()
}

#[tokio::test]
async fn a_grant_is_refreshed_when_it_is_due_and_changes_nothing_of_its_key() {
    let (api, outside, key) = connected().await;
    assert_eq!(api.refresh(&outside).await["due"], 0);
    let before = api.row(&key.id).await;
    api.age_grant(&key).await;
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    let done = api.refresh(&outside).await;
    assert_eq!((&done["due"], &done["refreshed"]), (&json!(1), &json!(1)));
    assert_eq!(used(&outside), ["refr3sh-1"]);
    assert_eq!(api.row(&key.id).await, before);
    api.send(&key, &get_orders()).await.expect(200);
    assert_eq!(outside.arrived()[0].header("authorization"), "Bearer acc3ss-2");
    // The next one uses the next refresh token. A server that gives no other one keeps it.
    for (refresh, expected) in
        [(None, "refr3sh-2"), (Some("refr3sh-3"), "refr3sh-2"), (Some("refr3sh-4"), "refr3sh-3")]
    {
        api.age_grant(&key).await;
        outside.will_answer(200, &[], tokens("acc3ss", refresh, "ann"));
        assert_eq!(api.refresh(&outside).await["refreshed"], 1);
        assert_eq!(used(&outside), [expected]);
    }
    let stored = format!("{:?}{:?}", api.items(TABLE).await, api.items(VAULT).await);
    assert!(!stored.contains("refr3sh") && !stored.contains("acc3ss-"));
}

#[tokio::test]
async fn a_refused_grant_is_told_and_an_outage_is_not_held_against_it() {
    let (api, outside, key) = connected().await;
    for (status, body) in [(503, "canary"), (429, ""), (401, r#"{"error":"invalid_client"}"#)] {
        api.age_grant(&key).await;
        outside.will_answer(status, &[], body);
        assert_eq!(api.refresh(&outside).await["later"], 1, "{status}");
        assert_eq!(state(&api, &key).await, "connected");
    }
    assert_eq!(used(&outside), ["refr3sh-1"; 3]);
    api.age_grant(&key).await;
    outside.will_answer(400, &[], r#"{"error":"invalid_grant"}"#);
    assert_eq!(api.refresh(&outside).await["stopped"], 1);
    assert_eq!(state(&api, &key).await, "needs-reconnect");
    let view = api.get(Who::Owner, &key.path).await.expect(200).json();
    assert_eq!(
        (
            &view["health"]["result"],
            view["health"]["message"].as_str().unwrap().contains("connect the key again")
        ),
        (&json!("refused"), true)
    );
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (409, "needs-reconnect".to_owned()));
    // It asks no more, until somebody connects again, in place.
    api.age_grant(&key).await;
    assert_eq!(api.refresh(&outside).await["stopped"], 0);
    api.connect(&outside, &key, "acc3ss-9", Some("refr3sh-9")).await;
    outside.arrived();
    api.send(&key, &get_orders()).await.expect(200);
    assert_eq!(outside.arrived()[0].header("authorization"), "Bearer acc3ss-9");
}

#[tokio::test]
async fn an_unknown_outcome_is_tried_again_only_where_the_systems_rule_lets_it() {
    // Of a server that nobody knows, a second use might end the grant.
    let (api, outside, key) = connected().await;
    api.age_grant(&key).await;
    outside.will_answer(502, &[], "<html>");
    assert_eq!(api.refresh(&outside).await["stopped"], 1);
    assert_eq!(state(&api, &key).await, "needs-reconnect");
    // Xero takes the former one for half an hour.
    let (api, outside, key) = of_xero().await;
    let xero = || outside.upstreams(&["api.xero.com", "identity.xero.com"]);
    for _ in 0..2 {
        api.age_grant(&key).await;
        outside.will_answer(500, &[], "");
        assert_eq!(api.refresh_with(xero()).await["later"], 1);
        assert_eq!(state(&api, &key).await, "connected");
    }
    api.age_grant(&key).await;
    let granted = tokens("acc3ss-2", Some("refr3sh-2"), "ann");
    outside.will_answer(200, &[], granted);
    assert_eq!(api.refresh_with(xero()).await["refreshed"], 1);
    assert_eq!(used(&outside), ["refr3sh-1"; 3]);
}

#[tokio::test]
async fn a_process_that_ended_in_the_middle_leaves_its_attempt() {
    let (api, outside, key) = of_xero().await;
    let xero = || outside.upstreams(&["api.xero.com", "identity.xero.com"]);
    // It is written down that somebody is at it: nobody else begins.
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let attempt = async |began: &str, until: &str| {
        api.age_grant(&key).await;
        let mut grant = api.grant(&key).await.unwrap();
        for (name, value) in [
            ("attempt_id", "con_0190f3c1-7f00-7000-8000-0123456789ab"),
            ("attempt_began", began),
            ("attempt_until", until),
        ] {
            grant.insert(name.to_owned(), text(value));
        }
        api.put(TABLE, grant).await;
    };
    let now = SystemClock.now();
    let at = |seconds: i64| (now + jiff::SignedDuration::from_secs(seconds)).to_string();
    attempt(&at(-5), &at(85)).await;
    let done = api.refresh_with(xero()).await;
    assert_eq!((&done["due"], &done["refreshed"], outside.arrived().len()), (&json!(1), &json!(0), 0));
    // Its lease is over: within the rule it is tried again, and after that a person has to.
    attempt(&at(-120), &at(-30)).await;
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    assert_eq!(api.refresh_with(xero()).await["refreshed"], 1);
    attempt(&at(-1_900), &at(-1_810)).await;
    assert_eq!(api.refresh_with(xero()).await["stopped"], 1);
    assert_eq!(used(&outside), ["refr3sh-1"]);
}

#[tokio::test]
async fn a_refresh_survives_a_kill_at_every_call() {
    let (api, outside, key) = of_xero().await;
    let xero = || outside.upstreams(&["api.xero.com", "identity.xero.com"]);
    outside.will_always(|_| (200, Vec::new(), tokens("acc3ss-2", Some("refr3sh-2"), "ann").into_bytes()));
    let event = json!({});
    for nth in 1.. {
        for moment in [Moment::Before, Moment::After] {
            api.age_grant(&key).await;
            let functions = Functions::of(&api, xero()).await;
            functions.proxy().plan(killing(nth, moment));
            let done = tokio::select! {
                done = functions.json_within("refresh_grants", &event, 60) => Some(done.expect("an answer")),
                () = functions.proxy().held() => None,
            };
            if let Some(done) = done {
                assert!(nth > 8 && done["refreshed"] == 1, "{nth} {done}");
                return;
            }
            drop(functions);
            // Its lease ends. The next one finds the attempt, and the grant is as good as before.
            api.age_grant(&key).await;
            let mut grant = api.grant(&key).await.unwrap();
            if grant.contains_key("attempt_id") {
                let past =
                    |seconds: i64| (SystemClock.now() - jiff::SignedDuration::from_secs(seconds)).to_string();
                for (name, at) in [("attempt_began", past(150)), ("attempt_until", past(60))] {
                    grant.insert(name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(at));
                }
                api.put(TABLE, grant).await;
            }
            assert_eq!(api.refresh_with(xero()).await["refreshed"], 1, "{nth} {moment:?}");
            assert_eq!(state(&api, &key).await, "connected", "{nth} {moment:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_ends_while_it_is_refreshed_is_revoked_with_its_newest_token() {
    let (api, outside, key) = connected().await;
    api.age_grant(&key).await;
    // The refresh has begun, and its answer is on the way, when the key is purged.
    let functions = Functions::of(&api, outside.upstreams(&HOSTS)).await;
    let mut writes = 0;
    functions.proxy().plan(Box::new(move |call| {
        writes += usize::from(call.operation == "TransactWriteItems");
        if call.operation == "TransactWriteItems" && writes == 2 { Fate::Waits } else { Fate::Passes }
    }));
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    let event = json!({});
    let meanwhile = async {
        functions.proxy().held().await;
        api.purge(Who::Owner, &key.path, 2).await.expect(204);
        api.drain_stream().await;
        functions.proxy().let_go();
    };
    let (done, ()) = tokio::join!(functions.json_within("refresh_grants", &event, 60), meanwhile);
    assert_eq!(done.unwrap()["refreshed"], 1);
    assert_eq!(used(&outside), ["refr3sh-1"]);
    outside.will_answer(200, &[], "");
    assert_eq!(api.refresh(&outside).await["revoked"], 1);
    assert_eq!(used(&outside), ["refr3sh-2"]);
    assert!(api.grant(&key).await.is_none());
}

#[tokio::test]
async fn tokens_of_somebody_else_are_not_used() {
    let (api, outside, key) = connected().await;
    api.age_grant(&key).await;
    outside.will_answer(200, &[], tokens("of-bob", Some("of-bob-2"), "bob"));
    assert_eq!(api.refresh(&outside).await["stopped"], 1);
    assert_eq!(state(&api, &key).await, "needs-reconnect");
    outside.arrived();
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (409, "needs-reconnect".to_owned()));
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn a_use_asks_for_a_refresh_and_says_so_when_none_comes() {
    let (api, outside, key) = connected().await;
    api.age_grant(&key).await;
    let mut grant = api.grant(&key).await.unwrap();
    for name in ["due_at", "due_pk", "due_sk"] {
        grant.remove(name);
    }
    api.put(TABLE, grant).await;
    assert_eq!(api.refresh(&outside).await["due"], 0);
    let answer = api.send(&key, &get_orders()).await;
    assert_eq!(
        (answer.outcome(), answer.header("retry-after").is_some()),
        ((503, "refreshing".to_owned()), true)
    );
    assert_eq!(outside.arrived().len(), 0, "nothing went out");
    // It was asked for. While one waits, it comes.
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    let (ask, upstreams) = (get_orders(), outside.upstreams(&HOSTS));
    let (sent, done) = tokio::join!(api.send(&key, &ask), api.refresh_with(upstreams));
    assert_eq!(done["refreshed"], 1);
    sent.expect(200);
    let hosts: Vec<_> = outside.arrived().iter().map(|arrived| arrived.header("host").to_owned()).collect();
    assert_eq!(hosts, [LOGIN, HOST]);
}

#[tokio::test]
async fn of_many_refreshers_at_once_one_asks() {
    let (api, outside, key) = connected().await;
    api.age_grant(&key).await;
    outside.will_always(|_| (200, Vec::new(), tokens("acc3ss-2", Some("refr3sh-2"), "ann").into_bytes()));
    let all = futures_util::future::join_all((0..12).map(|_| api.refresh(&outside))).await;
    let refreshed: u64 = all.iter().filter_map(|done| done["refreshed"].as_u64()).sum();
    assert_eq!((refreshed, used(&outside).len()), (1, 1));
    assert_eq!(state(&api, &key).await, "connected");
}

#[tokio::test]
async fn a_deleted_keys_grant_is_revoked_and_destroyed_and_what_cannot_be_is_given_up() {
    let (api, outside, key) = connected().await;
    api.delete(Who::Owner, &key.path, 2).await.expect(204);
    assert_eq!(api.send(&key, &get_orders()).await.status, 404);
    // It may be brought back for seven days, with its grant.
    api.drain_stream().await;
    api.age_grant(&key).await;
    assert_eq!(api.refresh(&outside).await["later"], 1);
    assert!(outside.arrived().is_empty());
    api.call(Who::Owner, reqwest::Method::POST, &format!("{}/undelete", key.path)).send().await.expect(200);
    assert_eq!(state(&api, &key).await, "connected");
    api.purge(Who::Owner, &key.path, 4).await.expect(204);
    api.drain_stream().await;
    outside.will_answer(503, &[], "");
    assert_eq!(api.refresh(&outside).await["later"], 1);
    api.age_grant(&key).await;
    outside.will_answer(200, &[], "");
    assert_eq!(api.refresh(&outside).await["revoked"], 1);
    assert_eq!(used(&outside), ["refr3sh-1"; 2]);
    let left: BTreeSet<String> = api
        .items(VAULT)
        .await
        .iter()
        .map(|item| item["PK"].as_s().unwrap().split('#').next().unwrap().to_owned())
        .collect();
    assert_eq!(left, BTreeSet::from(["APPSECRET".to_owned()]));
    assert!(api.grant(&key).await.is_none());
    // A system that is gone keeps nobody's tokens here.
    let app = api.app().await;
    let other = api.key_of_app(&app).await;
    api.connect(&outside, &other, "acc3ss", Some("refr3sh")).await;
    api.purge(Who::Owner, &other.path, 2).await.expect(204);
    api.drain_stream().await;
    for expected in ["later", "later", "later", "given_up"] {
        api.age_grant(&other).await;
        assert_eq!(api.refresh_with(Upstreams::default()).await[expected], 1, "{expected}");
    }
    assert!(api.grant(&other).await.is_none());
    assert_eq!(api.items(VAULT).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_was_put_back_or_moved_opens_nothing() {
    let (api, outside, key) = connected().await;
    let old = api.items(VAULT).await;
    api.age_grant(&key).await;
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    api.refresh(&outside).await;
    for item in old {
        api.put(VAULT, item).await;
    }
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (409, "does-not-open".to_owned()));
    api.age_grant(&key).await;
    outside.arrived();
    assert_eq!(api.refresh(&outside).await["failed"], 1);
    assert!(outside.arrived().is_empty());
}
