//! `GET /v1/systems/{system_id}`.

use serde_json::json;

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked.path("system_id", "shopify")))),
        deeds: &[],
    }
}

#[tokio::test]
async fn a_template_says_which_fields_are_secret_and_what_they_accept() {
    let api = Api::start().await;
    let template = api.get(Who::Viewer, "/v1/systems/shopify").await.expect(200).json();
    let fields = template["fields"].as_array().unwrap();
    let field = |id: &str| fields.iter().find(|field| field["id"] == id).unwrap();
    assert_eq!(field("shop")["secret"], json!(false));
    assert_eq!(field("access_token")["secret"], json!(true));
    assert!(field("access_token")["pattern"].is_string());
    assert!(field("shop")["help"].is_string());
}

#[tokio::test]
async fn a_template_says_what_a_test_can_come_to_once_each() {
    let api = Api::start().await;
    let outcomes = async |system: &str, auth: usize| {
        let template = api.get(Who::Viewer, &format!("/v1/systems/{system}")).await.expect(200).json();
        template["auth"][auth]["outcomes"].as_array().unwrap().clone()
    };
    let hubspot = outcomes("hubspot", 0).await;
    let results: Vec<_> = hubspot.iter().map(|outcome| outcome["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["passed", "refused", "refused"]);
    assert!(hubspot[1]["message"].as_str().unwrap().starts_with("This token has expired"), "{hubspot:?}");
    // Rules of the token's answer and of the request with it.
    let netsuite = outcomes("netsuite", 0).await;
    let distinct: std::collections::BTreeSet<_> = netsuite.iter().map(ToString::to_string).collect();
    assert!(!netsuite.is_empty() && distinct.len() == netsuite.len(), "{netsuite:?}");
    // Nothing is known beforehand of a system without a template.
    assert_eq!(outcomes("custom-http", 0).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn an_unknown_system_is_not_found() {
    let api = Api::start().await;
    for id in ["sap", "SHOPIFY", "shopify@1", "..%2fshopify"] {
        assert_eq!(
            api.get(Who::Viewer, &format!("/v1/systems/{id}")).await.outcome(),
            (404, "not-found".to_owned()),
            "{id}"
        );
    }
}
