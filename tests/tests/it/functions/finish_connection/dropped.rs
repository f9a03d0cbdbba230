//! Tokens that came and are not kept: they are revoked, unless that could end a grant that works, and what is left is said.

use serde_json::json;

use super::{event, scopes};
use crate::support::{
    Api, Who,
    connect::{HOSTS, LOGIN, app_of, tokens},
    faults::{Fate, Plan},
    keys::Stored,
    outside::{Arrived, Outside, Prepared},
    services::Functions,
    uses::{key_of, stack_with},
};

/// A token that was revoked, where, and as what.
type Revoked = (String, String, String);

/// What was revoked so far.
fn revoked(outside: &Outside) -> Vec<Revoked> {
    let read = |arrived: &Arrived| {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&arrived.body).into_owned().collect();
        let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let at = format!("{}{}", arrived.header("host"), arrived.uri.path());
        Some((at, value("token")?, value("token_type_hint")?))
    };
    outside.arrived().iter().filter_map(read).collect()
}

fn at_login(token: &str, hint: &str) -> Revoked {
    (format!("{LOGIN}/revoke"), token.to_owned(), hint.to_owned())
}

/// A provider that gives tokens and revokes them.
fn gives_and_revokes(arrived: &Arrived) -> Prepared {
    match arrived.uri.path() {
        "/token" => (200, Vec::new(), tokens("acc3ss", Some("refr3sh"), "ann").into_bytes()),
        _ => (200, Vec::new(), Vec::new()),
    }
}

fn says_what_is_left(location: &str) -> bool {
    location.ends_with("&left=access")
}

/// Comes back while calls to AWS meet a plan. The address that the browser is sent to.
async fn return_under(api: &Api, outside: &Outside, key: &Stored, plan: Plan) -> String {
    let journey = api.begin(key, &scopes()).await;
    let functions = Functions::behind(api, outside.upstreams(&HOSTS)).await;
    functions.proxy().plan(plan);
    let answer = functions.respond("finish_connection", &event(&journey)).await;
    answer["headers"]["location"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn tokens_of_another_account_are_revoked_and_what_cannot_be_is_said() {
    let (api, outside) = stack_with(&HOSTS).await;
    let key = api.key_of_app(&api.app().await).await;
    api.connect(&outside, &key, "acc3ss", Some("refr3sh")).await;
    outside.arrived();
    for (refresh, status, is_left) in [
        (Some("of-bob-2"), 200, false),
        // Without a refresh token the access token is what there is to revoke.
        (None, 200, false),
        (Some("of-bob-2"), 503, true),
        (Some("of-bob-2"), 404, true),
    ] {
        let journey = api.begin(&key, &scopes()).await;
        outside.will_answer(200, &[], tokens("of-bob", refresh, "bob"));
        outside.will_answer(status, &[], "canary");
        let (notice, answer) = api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await;
        assert_eq!(notice, "other-identity");
        assert_eq!(says_what_is_left(answer.header("location").unwrap()), is_left, "{refresh:?} {status}");
        let expected = match refresh {
            Some(token) => at_login(token, "refresh_token"),
            None => at_login("of-bob", "access_token"),
        };
        assert_eq!(revoked(&outside), [expected]);
    }
    // The former grant goes on.
    api.send(&key, &json!({ "method": "GET", "path": "/orders" })).await.expect(200);
    assert_eq!(outside.arrived()[0].header("authorization"), "Bearer acc3ss");
}

#[tokio::test]
async fn a_key_that_changes_while_the_code_is_exchanged_leaves_nothing() {
    let (api, outside) = stack_with(&HOSTS).await;
    let key = api.key_of_app(&api.app().await).await;
    outside.will_always(gives_and_revokes);
    let journey = api.begin(&key, &scopes()).await;
    let functions = Functions::behind(&api, outside.upstreams(&HOSTS)).await;
    functions.proxy().plan(Box::new(|call| {
        if call.operation == "TransactWriteItems" { Fate::Waits } else { Fate::Passes }
    }));
    let meanwhile = async {
        functions.proxy().held().await;
        api.patch(Who::Owner, &key.path, 1, &json!({ "title": "Another" })).await.expect(200);
        functions.proxy().let_go();
    };
    let event = event(&journey);
    let (answer, ()) = tokio::join!(functions.respond("finish_connection", &event), meanwhile);
    let location = answer["headers"]["location"].as_str().unwrap();
    assert!(location.starts_with("/#/connection/changed") && !says_what_is_left(location), "{location}");
    assert_eq!(revoked(&outside), [at_login("refr3sh", "refresh_token")]);
    assert!(api.grant(&key).await.is_none());
}

#[tokio::test]
async fn tokens_that_cannot_be_sealed_or_stored_are_revoked() {
    let (api, outside) = stack_with(&HOSTS).await;
    let key = api.key_of_app(&api.app().await).await;
    outside.will_always(gives_and_revokes);
    for operation in ["GenerateDataKey", "TransactWriteItems"] {
        let plan: Plan = Box::new(move |call| {
            if call.operation == operation { Fate::Fails(400, "AccessDeniedException") } else { Fate::Passes }
        });
        let location = return_under(&api, &outside, &key, plan).await;
        let is_told = location.starts_with("/#/connection/not-stored") && !says_what_is_left(&location);
        assert!(is_told, "{operation}: {location}");
        assert_eq!(revoked(&outside), [at_login("refr3sh", "refresh_token")], "{operation}");
        assert!(api.grant(&key).await.is_none());
    }
}

#[tokio::test]
async fn an_answer_of_the_table_that_is_lost_revokes_nothing() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    outside.will_always(gives_and_revokes);
    // Nobody knows whether the table heard of it: it may yet. So a person looks at the system.
    let key = api.key_of_app(&app).await;
    let unheard = |fate| -> Plan {
        Box::new(move |call| if call.operation == "TransactWriteItems" { fate } else { Fate::Passes })
    };
    let location = return_under(&api, &outside, &key, unheard(Fate::Unheard)).await;
    assert!(location.starts_with("/#/connection/not-stored") && says_what_is_left(&location), "{location}");
    assert!(api.grant(&key).await.is_none());
    // It did, and its answer was lost: the key is connected, and the person is told so.
    let location = return_under(&api, &outside, &key, unheard(Fate::Unanswered)).await;
    assert!(location.starts_with("/#/connection/connected"), "{location}");
    assert_eq!(revoked(&outside), []);
    api.send(&key, &json!({ "method": "GET", "path": "/orders" })).await.expect(200);
}

const GOOGLE: [&str; 2] = ["www.googleapis.com", "oauth2.googleapis.com"];

/// A token answer of Google with what nothing works without, or with less.
fn of_google(refresh: &str, scopes: &str) -> String {
    tokens("acc3ss", Some(refresh), "ann").replace("read offline_access", scopes)
}

#[tokio::test]
async fn where_a_revocation_ends_all_that_an_account_allowed_the_other_keys_go_on() {
    const ENOUGH: &str = "openid https://www.googleapis.com/auth/userinfo.email";
    let outside = Outside::start(&GOOGLE).await;
    let api = Api::start_with(outside.upstreams(&GOOGLE)).await;
    let app = api.post(Who::Owner, "/v1/apps", &app_of("google")).await.expect(201).json();
    let key = async || {
        let fields = json!({ "app": app["app_id"], "service": "drive" });
        api.store(&key_of("google", "authorization-code", None, fields)).await
    };
    let (first, second) = (key().await, key().await);
    let come_back = async |key: &Stored, refresh: &str, scopes: &str| {
        let journey = api.begin(key, &json!({ "scopes": [] })).await;
        outside.will_answer(200, &[], of_google(refresh, scopes));
        api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await
    };
    let at_google = |token: &str| {
        ("oauth2.googleapis.com/revoke".to_owned(), token.to_owned(), "refresh_token".to_owned())
    };
    // Nobody is connected yet: too little is given back.
    let (notice, _) = come_back(&first, "refr3sh-0", "openid").await;
    assert_eq!((notice.as_str(), revoked(&outside)), ("too-few-scopes", vec![at_google("refr3sh-0")]));
    assert_eq!(come_back(&first, "refr3sh-1", ENOUGH).await.0, "connected");
    // The same account may be behind the first key, and Google would end its grant too.
    let (notice, answer) = come_back(&second, "refr3sh-2", "openid").await;
    assert_eq!((notice.as_str(), revoked(&outside)), ("too-few-scopes", vec![]));
    assert!(says_what_is_left(answer.header("location").unwrap()));
    // The same when one of two keys ends. The last one ends all.
    assert_eq!(come_back(&second, "refr3sh-3", ENOUGH).await.0, "connected");
    outside.arrived();
    for (key, expected, tokens) in
        [(&first, "given_up", vec![]), (&second, "revoked", vec![at_google("refr3sh-3")])]
    {
        api.purge(Who::Owner, &key.path, 2).await.expect(204);
        api.drain_stream().await;
        assert_eq!(api.refresh_with(outside.upstreams(&GOOGLE)).await[expected], 1);
        assert_eq!(revoked(&outside), tokens);
        assert!(api.grant(key).await.is_none());
    }
}
