//! `GET /v1/openapi.json`, and the committed copy of it.

use keyward_functions::table;
use keyward_shared::{keys::plan::MAX_HEADERS, page::Limit, title::Title};
use serde_json::Value;

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

#[tokio::test]
async fn the_document_is_served_without_a_token() {
    let api = Api::start().await;
    let answer = api.get(Who::Nobody, "/v1/openapi.json").await.expect(200);
    assert_eq!(answer.json(), table::document());
}

#[test]
fn the_committed_document_is_the_code_s_own() {
    let committed: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    assert!(committed == table::document(), "docs/openapi.json is stale: run `make generate`");
}

#[test]
fn every_route_is_in_the_document_once() {
    let document = table::document();
    let routes = || table::routes().filter(|(_, route)| route.described.operation().is_some());
    let ids: std::collections::BTreeSet<_> =
        routes().map(|(function, route)| route.operation_id(function.name)).collect();
    assert_eq!(ids.len(), routes().count(), "each operation has an id of its own");
    for (function, route) in routes() {
        let method = route.method.unwrap().as_str().to_lowercase();
        assert_eq!(document["paths"][route.path][method]["operationId"], route.operation_id(function.name));
    }
}

#[test]
fn every_operation_has_one_of_the_document_s_tags() {
    let document = table::document();
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut used = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let [tag] = &operation["tags"].as_array().unwrap()[..] else { panic!("{method} {path}") };
            assert!(tags.contains(&tag), "{method} {path} {tag}");
            used.insert(tag.to_string());
        }
    }
    assert_eq!(used.len(), tags.len(), "each tag has an operation");
}

#[test]
fn what_a_request_may_hold_is_bounded_as_the_domain_bounds_it() {
    let document = table::document();
    let schemas = &document["components"]["schemas"];
    let create = &schemas["CreateKeyRequest"]["properties"];
    assert_eq!(create["title"]["maxLength"], Title::MAX_CHARACTERS);
    assert_eq!(create["headers"]["maxItems"], MAX_HEADERS);
    let parameters = document["paths"]["/v1/keys"]["get"]["parameters"].as_array().unwrap();
    let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap();
    assert_eq!(limit["schema"]["type"], "integer");
    assert_eq!(limit["schema"]["maximum"], Limit::MAX);
}

#[test]
fn every_code_that_a_route_answers_is_in_the_document() {
    let document = table::document();
    for (_, route) in table::routes().filter(|(_, route)| route.described.operation().is_some()) {
        let method = route.method.unwrap().as_str().to_lowercase();
        let responses = &document["paths"][route.path][method]["responses"];
        for code in route.answers().codes {
            let description = responses[code.status().as_u16().to_string()]["description"].as_str();
            let named = format!("`{}`: {}.", code.as_str(), code.title());
            assert!(description.is_some_and(|text| text.contains(&named)), "{} {named}", route.key());
        }
    }
}

#[test]
fn every_object_is_closed() {
    fn check(schema: &Value, at: &str) {
        match schema {
            Value::Object(members) => {
                // What a request for a token has beside the parameters is ignored (RFC 6749 section 3.2).
                let is_open = at == "/TokenRequest";
                let has_members = members.contains_key("properties") && !is_open;
                if members.get("type") == Some(&Value::from("object")) && has_members {
                    assert_eq!(members.get("additionalProperties"), Some(&Value::Bool(false)), "{at}");
                }
                for (name, value) in members {
                    check(value, &format!("{at}/{name}"));
                }
            }
            Value::Array(values) => values.iter().for_each(|value| check(value, at)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    check(&table::document()["components"]["schemas"], "");
}
