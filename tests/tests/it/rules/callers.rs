//! Each function proves its caller itself. These tests call functions directly, as somebody can who may invoke them: the event is
//! theirs to write, and no gateway stands before it.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keyward_functions::{
    compose::compose,
    table::{Function, FunctionName, OPEN_ROUTES, Route, functions, routes},
};
use keyward_local::{test_door::TestToken, upstreams::Upstreams};
use keyward_shared::permission::{Permission, Role};
use serde_json::{Map, Value, json};

use super::{Named, body};
use crate::support::{
    Api, Who,
    asked::Asked,
    callers::admit_samples,
    processes::sample,
    services::{Functions, test_issuer},
};

/// The event of a request to a route that a machine client's authorizer let pass, with another token or none.
fn event(function: &Function, route: &Route, named: &Named, token: Option<&str>) -> Value {
    let mut asked = Asked::of(function.name.as_str(), "acme").by(route.key()).seen(1);
    for part in route.path.split('/') {
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            asked = asked.path(name, &named.value(name));
        }
    }
    let mut event = asked.body(body(function, route)).event();
    let headers = event["headers"].as_object_mut().unwrap();
    headers.remove("authorization");
    if let Some(token) = token {
        headers.insert("authorization".to_owned(), json!(format!("Bearer {token}")));
    }
    event
}

/// Who has a permission, of the demo's people and machines.
fn holder(permission: Permission) -> Who {
    match permission {
        Permission::AccountsOperate => Who::Operator,
        _ if Role::Owner.permissions().contains(&permission) => Who::Owner,
        _ => Who::Runtime,
    }
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The token with one member of it changed after it was signed, and what is wrong with each.
fn bent(token: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { panic!("a token") };
    let (header, said) = (read(head), read(claims));
    let with = |json: &Value, name: &str, value: Value| {
        let mut json = json.clone();
        json[name] = value;
        json
    };
    let scopes: Vec<_> = Permission::ALL.into_iter().map(Permission::scope).collect();
    let mut all = Vec::new();
    for (name, value) in [
        ("account", json!("globex")),
        ("environment", json!("test")),
        ("scope", json!(scopes.join(" "))),
        ("sub", json!("somebody-else")),
        ("username", json!("somebody-else")),
        ("client_id", json!("another")),
        ("exp", json!(4_102_444_800_u64)),
        ("auth_time", json!(4_102_444_800_u64)),
        ("iss", json!("https://elsewhere.example")),
        ("token_use", json!("anything")),
        ("self_service_keys", json!("both")),
    ] {
        all.push((name.to_owned(), format!("{head}.{}.{signature}", part(&with(&said, name, value)))));
    }
    for algorithm in ["none", "HS256", "RS384", "PS256"] {
        let head = part(&with(&header, "alg", json!(algorithm)));
        all.push((format!("alg {algorithm}"), format!("{head}.{claims}.{signature}")));
        all.push((format!("alg {algorithm}, unsigned"), format!("{head}.{claims}.")));
    }
    for kid in [json!("another"), Value::Null] {
        all.push((
            format!("kid {kid}"),
            format!("{}.{claims}.{signature}", part(&with(&header, "kid", kid))),
        ));
    }
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[7] ^= 1;
    all.push((
        "a bit of the signature".to_owned(),
        format!("{head}.{claims}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)),
    ));
    all.push(("no signature".to_owned(), format!("{head}.{claims}.")));
    all
}

/// Tokens with a good signature of the wrong time, issuer or deployment.
fn foreign(api: &Api, token: &str) -> Vec<(String, String)> {
    let door = api.stack().test_door();
    let owner = "owner@acme.example";
    let claims = read(token.split('.').nth(1).unwrap());
    // The very claims, from the issuer of another deployment.
    let elsewhere = test_issuer().token(claims.as_object().unwrap()).unwrap();
    let mut all = vec![("of another deployment".to_owned(), elsewhere)];
    for (what, kind) in [
        ("expired", TestToken::Expired),
        ("of another issuer", TestToken::WrongIssuer),
        ("with another's signature", TestToken::WrongSignature),
    ] {
        all.push((what.to_owned(), door.test_token(owner, kind).unwrap()));
    }
    let unknown_key = door.user_token(owner).unwrap().sign_with_a_foreign_key().unwrap();
    all.push(("of another key".to_owned(), unknown_key));
    all
}

#[tokio::test]
async fn a_token_with_one_member_changed_does_nothing_at_any_function() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let before = api.everything().await;
    let mut tried = 0;
    for (function, route) in routes() {
        let Some(needed) = route.permission else { continue };
        let good = api.token(holder(needed)).unwrap();
        for (what, token) in bent(&good).into_iter().chain(foreign(&api, &good)) {
            let answer = functions
                .respond(function.name.as_str(), &event(function, route, &named, Some(&token)))
                .await;
            assert_eq!(answer["statusCode"], 401, "{} {what}: {answer}", route.key());
            let challenge = answer["headers"]["www-authenticate"].as_str().unwrap_or_default();
            assert!(
                challenge.starts_with("Bearer error=\"invalid_token\""),
                "{} {what}: {answer}",
                route.key()
            );
            tried += 1;
        }
        for none in [None, Some("")] {
            let answer =
                functions.respond(function.name.as_str(), &event(function, route, &named, none)).await;
            assert_eq!(
                (&answer["statusCode"], &answer["headers"]["www-authenticate"]),
                (&json!(401), &json!("Bearer"))
            );
        }
    }
    assert!(tried > 1_000, "{tried}");
    // Nothing was read, opened or sent: no service was called at all.
    assert_eq!(functions.calls(), Vec::<String>::new());
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn the_token_that_the_changes_began_with_works() {
    let api = Api::start().await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let mut done = 0;
    for (function, route) in routes() {
        let Some(needed) = route.permission else { continue };
        let named = Named::store(&api).await;
        // Whoever signs out everywhere can do nothing more here.
        let who = if function.name == FunctionName::SignOut { Who::Viewer } else { holder(needed) };
        let good = api.token(who).unwrap();
        let answer =
            functions.respond(function.name.as_str(), &event(function, route, &named, Some(&good))).await;
        let status = answer["statusCode"].as_u64().unwrap();
        done += usize::from((200..300).contains(&status));
        // What was asked may be impossible: nothing answers under the key's address. But nobody was refused.
        assert!(![401, 403, 500, 503].contains(&status), "{}: {answer}", route.key());
    }
    assert!(done > 30, "{done}");
}

#[tokio::test]
async fn what_the_gateway_says_of_the_caller_beside_the_token_gives_no_right() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let before = api.everything().await;
    for (function, route) in routes() {
        let Some(needed) = route.permission else { continue };
        // The event says that a machine client or person with the permission calls. The token is of somebody who lacks it.
        let who = if holder(needed) == Who::Operator { Who::Owner } else { Who::Operator };
        let token = api.token(who).unwrap();
        let event = event(function, route, &named, Some(&token));
        assert!(event["requestContext"]["authorizer"]["jwt"]["claims"]["scope"].as_str().is_some());
        let answer = functions.respond(function.name.as_str(), &event).await;
        assert_eq!(answer["statusCode"], 403, "{}: {answer}", route.key());
        assert_eq!(answer["headers"]["www-authenticate"], Value::Null, "{}", route.key());
    }
    assert_eq!(functions.calls(), Vec::<String>::new());
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn the_account_of_the_token_decides_whatever_account_the_event_names() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let resolve = routes().find(|(_, route)| route.path.ends_with("/resolve")).unwrap();
    let foreign = api.machine_token("globex", Permission::KeysResolve);
    for account in ["acme", "globex"] {
        let mut event = event(resolve.0, resolve.1, &named, Some(&foreign));
        event["requestContext"]["authorizer"]["jwt"]["claims"]["account"] = json!(account);
        event["body"] = json!(json!({ "environment": "live" }).to_string());
        let answer = functions.respond("resolve_key", &event).await;
        assert_eq!(answer["statusCode"], 404, "{answer}");
    }
    let own = api.machine_token("acme", Permission::KeysResolve);
    let mut event = event(resolve.0, resolve.1, &named, Some(&own));
    event["requestContext"]["authorizer"]["jwt"]["claims"]["account"] = json!("globex");
    event["body"] = json!(json!({ "environment": "live" }).to_string());
    let answer = functions.respond("resolve_key", &event).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

/// The samples are what somebody has who can read the repository: none of them is a way in.
#[tokio::test]
async fn the_samples_as_they_are_in_the_repository_open_nothing() {
    let api = Api::start().await;
    let functions_here = Functions::behind(&api, Upstreams::default()).await;
    let before = api.everything().await;
    for function in functions() {
        let Some(route) = function.routes().iter().find(|route| route.permission.is_some()) else { continue };
        let name = function.name.as_str();
        let text =
            std::fs::read_to_string(format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for event in [serde_json::from_str(&text).unwrap(), sample(name)] {
            let answer = functions_here.respond(name, &event).await;
            assert_eq!(answer["statusCode"], 401, "{}: {answer}", route.key());
        }
    }
    assert_eq!(functions_here.calls(), Vec::<String>::new());
    assert_eq!(api.everything().await, before);
}

#[test]
fn every_route_without_a_token_is_listed_with_its_proof() {
    let listed: Vec<_> = OPEN_ROUTES.iter().map(|(key, _)| (*key).to_owned()).collect();
    let open = routes().filter(|(_, route)| route.permission.is_none()).map(|(_, route)| route.key());
    let open: BTreeSet<_> = open.collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), open);
    assert_eq!(listed.len(), open.len());
    // Nobody is recognised on such a route, so its function has no right on a row, a secret or a key. The one that issues tokens
    // checks another proof, and so does the one that a browser comes back to.
    for (function, route) in routes().filter(|(_, route)| route.permission.is_none()) {
        let proves = [FunctionName::IssueToken, FunctionName::FinishConnection].contains(&function.name);
        assert!(proves != function.rights.is_empty(), "{}", route.key());
        assert!(function.routes().iter().all(|route| route.permission.is_none()), "{}", route.key());
    }
}

/// What a function makes of a member of API Gateway's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It proves who is calling, and is checked.
    Verified,
    /// It is what the caller, who is proven, asks for.
    Asked,
    /// It is counted, and opens nothing.
    Counted,
    /// It is repeated to the caller or in the log, and decides nothing.
    ShownOnly,
    /// It is not read.
    NotRead,
}

fn taken(place: &str) -> Taken {
    match place {
        "/headers/authorization" => Taken::Verified,
        "/requestContext/http/sourceIp" => Taken::Counted,
        "/requestContext/requestId" => Taken::ShownOnly,
        "/routeKey"
        | "/rawPath"
        | "/rawQueryString"
        | "/requestContext/http/method"
        | "/body"
        | "/isBase64Encoded"
        | "/headers/if-match"
        | "/headers/idempotency-key"
        | "/headers/accept-encoding" => Taken::Asked,
        _ if place.starts_with("/pathParameters/") => Taken::Asked,
        _ => Taken::NotRead,
    }
}

/// Every text, number and truth value of a document, by its JSON pointer.
fn leaves(value: &Value, place: &str, found: &mut Vec<String>) {
    let members = |found: &mut Vec<String>, name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        leaves(value, &format!("{place}/{name}"), found);
    };
    match value {
        Value::Object(all) => all.iter().for_each(|(name, value)| members(found, name, value)),
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(at, value)| members(found, &at.to_string(), value))
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(place.to_owned()),
    }
}

/// The same value of another content.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(truth) => json!(!truth),
        Value::Number(_) => json!(1),
        Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => json!("something-else"),
    }
}

/// The answer without what is shown only: the id of the request.
fn shown(answer: &Value, id: &str) -> String {
    answer.to_string().replace(id, "<id>").replace("something-else", "<id>")
}

#[tokio::test]
async fn each_member_of_an_event_is_verified_or_asked_for_or_shown_or_not_read() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    api.store(&crate::support::keys::aws4()).await;
    let functions_here = Functions::of(&api, Upstreams::default()).await;
    let mut compared = BTreeSet::new();
    let mut verified = 0;
    for function in functions().filter(|function| !function.routes().is_empty()) {
        let name = function.name.as_str();
        let event = sample(name);
        let id = event["requestContext"]["requestId"].as_str().unwrap();
        let unchanged = shown(&functions_here.respond(name, &event).await, id);
        // A function whose answer changes by itself, since it writes, is not compared.
        let repeats = shown(&functions_here.respond(name, &event).await, id) == unchanged;
        let mut places = Vec::new();
        leaves(&event, "", &mut places);
        for place in places {
            let mut changed = event.clone();
            let member = changed.pointer_mut(&place).unwrap();
            *member = other(member);
            match taken(&place) {
                Taken::Verified => {
                    assert_eq!(
                        functions_here.respond(name, &changed).await["statusCode"],
                        401,
                        "{name} {place}"
                    );
                    verified += 1;
                }
                Taken::NotRead | Taken::ShownOnly | Taken::Counted if repeats => {
                    // Some members are of the form of an event: without it there is no answer at all.
                    if let Some(answer) = functions_here.respond_if_read(name, &changed).await {
                        assert_eq!(shown(&answer, id), unchanged, "{name} {place}");
                        compared.insert(place);
                    }
                }
                Taken::NotRead | Taken::ShownOnly | Taken::Counted | Taken::Asked => {}
            }
        }
    }
    assert!(verified > 25, "{verified}");
    for place in
        ["/requestContext/authorizer/jwt/claims/account", "/requestContext/authorizer/jwt/claims/scope"]
    {
        assert!(compared.contains(place), "{place}");
    }
}

/// Functions that the stream and schedules start: whoever may invoke them writes their events, too.
#[tokio::test]
async fn forged_events_of_the_stream_and_of_schedules_open_nothing_and_change_nothing_that_grants() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    api.drain_stream().await;
    let functions_here = Functions::behind(&api, Upstreams::default()).await;
    // What shows when a key was last used follows from the event. It decides nothing.
    let is_shown_only = |line: &&str| line.contains("\"USED#");
    let lasting = async |api: &Api| {
        let all = api.everything().await;
        all.lines().filter(|line| !is_shown_only(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = lasting(&api).await;
    let image = json!({
        "PK": { "S": "ACCOUNT#acme" }, "SK": { "S": "MEMBER#somebody" }, "role": { "S": "owner" }, "state": { "S": "deleted" },
        "health": { "S": "works" }, "purpose": { "S": "resolve" }, "at": { "S": "2026-11-01T00:00:00Z" }, "version": { "N": "9" },
    });
    for (name, kinds) in [
        (FunctionName::OnTableChange, &["AUDIT#acme#", "HEALTH#acme#", "ACCOUNT#acme#", "AUDIT#globex#"][..]),
        (FunctionName::OnKeyUse, &["RECEIPT#acme#", "RECEIPT#globex#"][..]),
    ] {
        for kind in kinds {
            for event in ["INSERT", "MODIFY", "REMOVE"] {
                let shard = if kind.starts_with("RECEIPT#") { "#0" } else { "" };
                let record = json!({
                    "eventName": event, "eventSourceARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/another/stream/x",
                    "dynamodb": {
                        "SequenceNumber": "1", "Keys": { "PK": { "S": format!("{kind}{}{shard}", named.key) }, "SK": { "S": "000000000009" } },
                        "NewImage": image, "OldImage": image,
                    },
                });
                let function = compose(name, functions_here.services()).unwrap().stream().unwrap();
                let batch = serde_json::from_value(json!({ "Records": [record] })).unwrap();
                let answer = serde_json::to_value(function(batch).await.unwrap()).unwrap();
                assert_eq!(answer, json!({ "batchItemFailures": [] }), "{name} {kind} {event}");
            }
        }
    }
    for event in
        [json!({}), json!({ "scheduled": true }), json!({ "limit": 5, "dry_run": true, "account": "globex" })]
    {
        for name in ["rewrap", "sweep", "bury_keys"] {
            // An event with other members than its own is refused, and one that is read shows numbers alone.
            if let Ok(answer) = functions_here.json(name, &event).await {
                assert!(!answer.to_string().contains(&named.key), "{name}: {answer}");
            }
        }
    }
    let pass = |line: &String| line.contains("DEPLOYMENT#REWRAP");
    let after: Vec<_> = lasting(&api).await.into_iter().filter(|line| !pass(line)).collect();
    assert_eq!(after, before);
    assert!(!functions_here.calls().iter().any(|call| call == "Decrypt"));
}

/// A delivery that there is none of.
pub(crate) const NO_DELIVERY: &str = "dlv_01890000-0000-7000-8000-000000000000";

/// A secret that no machine client has.
pub(crate) const NO_SECRET: &str = "secret_01890000-0000-7000-8000-000000000000";

impl Named {
    /// The value of a parameter of a path.
    pub(crate) fn value(&self, name: &str) -> String {
        let values: Map<String, Value> = [
            ("key_id", &self.key),
            ("source_id", &self.source),
            ("destination_id", &self.destination),
            ("webhook_id", &self.webhook),
            ("event_id", &self.event),
            ("app_id", &self.app),
            ("client_id", &self.client),
            ("account_id", &self.account),
            ("member_id", &self.member),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
        let fixed = |name: &str| match name {
            "version" => "1",
            "system_id" => "shopify",
            "secret_id" => NO_SECRET,
            "delivery_id" => NO_DELIVERY,
            _ => panic!("a value of {name}"),
        };
        values.get(name).and_then(Value::as_str).unwrap_or_else(|| fixed(name)).to_owned()
    }
}
