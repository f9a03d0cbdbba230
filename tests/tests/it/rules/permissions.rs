//! Every route × everybody: who may and who may not.

use keyward_functions::{
    method::Method as RouteMethod,
    table::{Function, FunctionName, routes},
};
use keyward_local::upstreams::Upstreams;
use keyward_shared::permission::{Permission, Role};
use serde_json::json;

use super::{Named, body, method};
use crate::support::{Api, Who, asked::Asked, outside::Outside, services::Functions};

const EVERYBODY: [Who; 7] =
    [Who::Owner, Who::Editor, Who::Viewer, Who::Runtime, Who::RuntimeTest, Who::Operator, Who::Nobody];

/// What the demo's people and machines may do.
fn permissions(who: Who) -> Vec<Permission> {
    match who {
        Who::Owner | Who::Stranger => Role::Owner.permissions().to_vec(),
        Who::Editor => Role::Editor.permissions().to_vec(),
        Who::Viewer => Role::Viewer.permissions().to_vec(),
        Who::Runtime | Who::RuntimeTest => {
            vec![Permission::KeysUse, Permission::KeysResolve, Permission::EventsPublish]
        }
        Who::Operator => vec![Permission::AccountsOperate],
        Who::Nobody => Vec::new(),
    }
}

#[tokio::test]
async fn each_route_lets_in_exactly_those_who_have_its_permission() {
    let outside = Outside::start(&["api.example.com"]).await;
    let api = Api::start_with(outside.upstreams(&["api.example.com"])).await;
    // The token route takes a form, and whoever has the proof: its own tests say so.
    let takes_a_token = |function: &Function| function.name != FunctionName::IssueToken;
    let all = routes().filter(|(function, route)| route.method.is_some() && takes_a_token(function));
    for (function, route) in all {
        let mut named = Named::store(&api).await;
        for who in EVERYBODY {
            let path = named.path(route);
            let mut call = api.call(who, method(route), &path).header("if-match", "\"1\"");
            if !body(function, route).is_null() {
                call = call.json(&body(function, route));
            }
            let answer = call.send().await;
            if route.path == "/v1/sign-out" {
                // Whoever signs in again within the same second counts as signed in before.
                tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
            }
            let expected = match route.permission {
                None => true,
                Some(needed) => permissions(who).contains(&needed),
            };
            let beyond = [(409, "wrong-environment"), (409, "cannot-connect"), (422, "invalid-fields")];
            // No client has the secret of the path, and no webhook the delivery. Only whoever may ask is told so.
            let names_nothing = ["{secret_id}", "{delivery_id}"].iter().any(|name| route.path.contains(name));
            let has_none = names_nothing && answer.outcome().0 == 404;
            let let_in = answer.status.is_success()
                || has_none
                || beyond.iter().any(|(status, code)| answer.outcome() == (*status, (*code).to_owned()));
            assert_eq!(
                let_in,
                expected,
                "{} {who:?}: {} {}",
                function.name.as_str(),
                answer.status,
                answer.text
            );
            if let_in && route.method != Some(RouteMethod::Get) {
                // A deletion must not spoil the next case.
                named = Named::store(&api).await;
            }
            if !expected {
                let refused = if who == Who::Nobody { 401 } else { 403 };
                assert_eq!(answer.status.as_u16(), refused, "{} {who:?}", function.name.as_str());
            }
        }
    }
}

#[tokio::test]
async fn tokens_that_are_expired_foreign_or_of_another_kind_open_nothing() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let before = api.everything().await;
    let sign_in = api.stack().sign_in();
    let owner = "owner@acme.example";
    let all: Vec<String> = Permission::ALL.into_iter().map(Permission::scope).collect();
    let mut tokens = Vec::new();
    for (what, status) in [
        ("expired", 401),
        ("of another audience", 401),
        ("of another issuer", 401),
        ("of another key", 401),
        ("without a scope", 403),
        // The gateway looks at neither of these: they get as far as the function, and no further.
        ("an ID token with scopes", 403),
        ("of another account's client", 403),
        ("without an account", 403),
    ] {
        let honest = api.stack().test_door().user_token(owner).unwrap().with("scope", json!(all.join(" ")));
        let token = match what {
            "expired" => honest.expired().sign(),
            "of another audience" => honest.for_audience("elsewhere").sign(),
            "of another issuer" => honest.with("iss", json!("https://elsewhere.example.com")).sign(),
            "of another key" => honest.sign_with_a_foreign_key(),
            "without a scope" => honest.with("scope", json!("openid")).sign(),
            "an ID token with scopes" => honest.with("token_use", json!("id")).sign(),
            "of another account's client" => honest.with("client_id", json!("runtime")).sign(),
            _ => honest.without("account").sign(),
        };
        tokens.push((what, status, token.unwrap()));
    }
    // The sign-in's own tokens are another issuer's.
    tokens.push(("an ID token of the sign-in", 401, sign_in.test_door_id_token(owner).unwrap()));
    tokens.push(("an access token of the sign-in", 401, sign_in.test_door_sign_in_token(owner).unwrap()));
    for (function, route) in routes().filter(|(_, route)| route.permission.is_some()) {
        let path = named.path(route);
        for (what, status, token) in &tokens {
            let mut call = api.call_with(token, method(route), &path).header("if-match", "\"1\"");
            if !body(function, route).is_null() {
                call = call.json(&body(function, route));
            }
            let answer = call.send().await;
            assert_eq!(answer.status.as_u16(), *status, "{} {what}: {}", function.name.as_str(), answer.text);
            // The panel has people sign in again after a 401 alone, which says what is wrong with the token.
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            let is_challenged =
                challenge.starts_with("Bearer") && challenge.contains("error=\"invalid_token\"");
            assert_eq!(is_challenged, *status == 401, "{} {what}: {challenge}", function.name.as_str());
        }
    }
    assert_eq!(api.everything().await, before);
}

/// The gateway asks for the route's scope. The function asks again, and knows of no gateway.
#[tokio::test]
async fn each_function_asks_for_the_permission_of_the_route_that_was_taken() {
    let api = Api::start().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    for (function, route) in routes() {
        let Some(needed) = route.permission else { continue };
        for permission in Permission::ALL {
            let asked = Asked::of(function.name.as_str(), "acme").by(route.key()).having(permission);
            let told = functions.ask(&asked).await;
            assert_eq!(told.status != 403, permission == needed, "{} {permission:?} {told:?}", route.key());
        }
    }
    assert!(api.items(crate::support::TABLE).await.is_empty());
}
