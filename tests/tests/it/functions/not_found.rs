//! `$default`: what no route takes.

use reqwest::Method;

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

#[tokio::test]
async fn what_no_route_takes_is_our_own_404() {
    let api = Api::start().await;
    for (method, path) in
        [(Method::GET, "/v1/nothing"), (Method::PUT, "/v1/keys"), (Method::POST, "/v1/systems")]
    {
        let answer = api.call(Who::Owner, method, path).send().await;
        assert_eq!(answer.outcome(), (404, "not-found".to_owned()), "{path}");
        assert!(!answer.json()["instance"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_address_of_the_panel_without_the_hash_leads_into_the_panel() {
    let api = Api::start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask = async |method: Method, path: &str| {
        let answer = client.request(method, format!("{}{path}", api.stack().origin())).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location)
    };
    for (path, location) in [
        ("/keys", "/#/keys"),
        ("/keys/key_1?tab=activity", "/#/keys/key_1?tab=activity"),
        ("/settings/members/", "/#/settings/members"),
        ("/sources?q=a+b%26c", "/#/sources?q=a+b%26c"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(ask(method, path).await, (303, Some(location.to_owned())), "{path}");
        }
    }
    for path in ["/keys/%0d%0aset-cookie:%20a", "/%2f%2fevil.example/keys", "/keys/%40evil", "/nowhere"] {
        assert_eq!(ask(Method::GET, path).await, (404, None), "{path}");
    }
    assert_eq!(ask(Method::POST, "/keys").await, (404, None));
}
