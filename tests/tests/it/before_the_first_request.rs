//! What a function does before its first request, and that the first request then waits for no handshake.

use std::{net::Ipv4Addr, sync::Arc, time::Instant};

use jiff::SignedDuration;
use keyward_functions::{
    aws::{
        clients::{CONNECT, Connection},
        connect::Service,
    },
    compose::{compose, prepare},
    services::Services,
    system::SystemClock,
    table::{FunctionName, functions},
};
use keyward_local::{stack::connection, upstreams::Upstreams};
use keyward_shared::moment::Clock;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{
    Api,
    asked::Asked,
    faults::Fate,
    keys::aws4,
    services::{Functions, config, test_issuer},
    tls_front::TlsFront,
};

/// The services of a new process.
fn cold(connection: &Connection) -> Arc<Services> {
    Arc::new(Services::new(config(connection.clone()), SystemClock, Upstreams::default().outside()))
}

/// The status that a function of a new process answers with.
async fn first(name: FunctionName, services: &Arc<Services>, asked: &Asked) -> i64 {
    let function = compose(name, services).unwrap().http().unwrap();
    let until = SystemClock.now() + SignedDuration::from_secs(25);
    function(serde_json::from_value(asked.event()).unwrap(), until).await.status_code
}

#[tokio::test]
async fn a_function_connects_to_the_services_of_its_rights_and_to_no_others() {
    let api = Api::start().await;
    let front = TlsFront::before(&connection(api.stack().embedded())).await;
    for function in functions() {
        prepare(function.name, &cold(front.connection())).await;
        let called = function.services();
        let count = |service, connections| if called.contains(&service) { connections } else { 0 };
        let expected = [
            count(Service::DynamoDb, function.limits.dynamodb_at_once),
            count(Service::Kms, 1),
            count(Service::Cognito, 1),
        ];
        assert_eq!(front.handshakes(), expected, "{}", function.name);
    }
}

#[tokio::test]
async fn a_function_without_rights_connects_to_nothing() {
    let idle = ["get_openapi", "get_version", "get_panel", "not_found", "list_systems", "get_system"];
    for name in idle {
        assert!(name.parse::<FunctionName>().unwrap().function().services().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_first_request_makes_no_handshake() {
    let api = Api::start().await;
    let behind = connection(api.stack().embedded());
    let functions = Functions::over(&behind, Upstreams::default()).await;
    let made = functions.ask(&Asked::of("create_key", "acme").body(aws4())).await.body;
    let key = made["key_id"].as_str().unwrap();
    let front = TlsFront::before(&behind).await;
    let sign = json!({ "method": "GET", "path": "/orders" });
    let about_the_key = |name| Asked::of(name, "acme").path("key_id", key);
    for (asked, status) in [
        (Asked::of("create_key", "acme").body(aws4()), 201),
        (about_the_key("get_key"), 200),
        (Asked::of("list_keys", "acme"), 200),
        (about_the_key("list_key_versions"), 200),
        (about_the_key("list_key_uses"), 200),
        (about_the_key("list_key_audit"), 200),
        (about_the_key("sign_request").body(sign), 200),
        (about_the_key("resolve_key").body(json!({ "environment": "live" })), 200),
        (about_the_key("update_key").seen(1).body(json!({ "title": "Another title" })), 200),
        (about_the_key("delete_key").seen(2), 204),
    ] {
        let name: FunctionName = asked.function.parse().unwrap();
        let services = cold(front.connection());
        prepare(name, &services).await;
        assert_ne!(front.handshakes(), [0; 3], "{name}");
        assert_eq!(first(name, &services, &asked).await, status, "{name}");
        assert_eq!(front.handshakes(), [0; 3], "{name}");
    }
}

#[tokio::test]
async fn a_service_that_never_answers_holds_a_function_up_for_a_while_only() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent = Some(format!("https://localhost:{}", silent.local_addr().unwrap().port()));
    let api = Api::start().await;
    let behind = connection(api.stack().embedded());
    let connection = Connection { dynamodb_url: silent.clone(), kms_url: silent, ..behind };
    let started = Instant::now();
    prepare(FunctionName::SignRequest, &cold(&connection)).await;
    assert!(started.elapsed() < 5 * CONNECT, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_function_that_could_not_connect_before_its_first_request_answers_it() {
    let api = Api::start().await;
    let front = TlsFront::before(&connection(api.stack().embedded())).await;
    let services = cold(front.connection());
    assert_eq!(first(FunctionName::ListKeys, &services, &Asked::of("list_keys", "acme")).await, 200);
    // The rows, and whether the caller's is authentic.
    assert_eq!(front.handshakes(), [1, 1, 0]);
}

#[tokio::test]
async fn a_service_under_another_root_is_not_believed() {
    let api = Api::start().await;
    let front = TlsFront::before(&connection(api.stack().embedded())).await;
    let roots = connection(api.stack().embedded()).roots;
    let services = cold(&Connection { roots, ..front.connection().clone() });
    prepare(FunctionName::ListKeys, &services).await;
    assert_eq!(first(FunctionName::ListKeys, &services, &Asked::of("list_keys", "acme")).await, 503);
}

#[tokio::test]
async fn both_environments_of_a_list_are_read_at_the_same_time() {
    let api = Api::start().await;
    for (name, route) in [("list_keys", "GET /v1/keys"), ("list_endpoints", "GET /v1/sources")] {
        let functions = Functions::of(&api, Upstreams::default()).await;
        functions.admit("acme").await;
        functions.proxy().plan(Box::new(|tried| match tried.operation.as_str() {
            "Query" => Fate::HeldBefore,
            _ => Fate::Passes,
        }));
        let mut event = Asked::of(name, "acme").by(route.to_owned()).event();
        let claims = &mut event["requestContext"]["authorizer"]["jwt"]["claims"];
        claims["username"] = json!("u-1");
        claims["sub"] = json!("u-1");
        claims["client_id"] = json!("panel");
        claims["self_service_keys"] = json!("true");
        claims.as_object_mut().unwrap().remove("environment");
        test_issuer().sign_event(&mut event).unwrap();
        let function = compose(name.parse().unwrap(), functions.services()).unwrap().http().unwrap();
        let until = SystemClock.now() + SignedDuration::from_secs(25);
        let asked = tokio::spawn(function(serde_json::from_value(event).unwrap(), until));
        // Neither is answered, so the second one did not wait for the first.
        functions.proxy().held().await;
        functions.proxy().held().await;
        assert_eq!(functions.calls(), ["BatchGetItem", "Query", "Query"], "{name}");
        asked.abort();
    }
}
