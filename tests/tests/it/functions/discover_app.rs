//! `POST /v1/apps/discovery`.

use serde_json::json;

use super::{Answers, Asking, Case, Request};
use crate::support::{
    Who,
    connect::{HOSTS, LOGIN},
    uses::stack_with,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(422),
        body: |_| json!({ "issuer": "http://login.example.com" }),
        misuse: |secrets| {
            vec![json!({ "issuer": secrets.to_string() }), json!({ "issuer": "x", "client_secret": secrets })]
        },
        asked: Asking::As(|_, asked| {
            Some(Request::of(asked.body(json!({ "issuer": "http://login.example.com" }))))
        }),
        deeds: &[],
    }
}

const PATH: &str = "/v1/apps/discovery";

#[tokio::test]
async fn a_server_says_where_its_addresses_are_and_nothing_is_stored() {
    let (api, outside) = stack_with(&HOSTS).await;
    let before = api.everything().await;
    let metadata = json!({
        "issuer": "https://login.example.com", "authorization_endpoint": "https://login.example.com/authorize",
        "token_endpoint": "https://login.example.com/token", "revocation_endpoint": "https://login.example.com/revoke",
        "scopes_supported": ["read"], "code_challenge_methods_supported": ["S256"],
    });
    let ask = json!({ "issuer": "https://login.example.com" });
    // Of two places it is the second.
    outside.will_answer(404, &[], "canary");
    outside.will_answer(200, &[], metadata.to_string());
    let found = api.post(Who::Owner, PATH, &ask).await.expect(200).json();
    let expected = json!({
        "authorize_url": "https://login.example.com/authorize", "token_url": "https://login.example.com/token",
        "revocation_url": "https://login.example.com/revoke", "issuer": "https://login.example.com",
        "client_auth": "basic", "scopes": ["read"],
    });
    assert_eq!(found, expected);
    let asked: Vec<_> = outside
        .arrived()
        .iter()
        .map(|arrived| (arrived.header("host").to_owned(), arrived.uri.path().to_owned()))
        .collect();
    let at = |path: &str| (LOGIN.to_owned(), path.to_owned());
    assert_eq!(
        asked,
        [at("/.well-known/oauth-authorization-server"), at("/.well-known/openid-configuration")]
    );
    // Whoever answers for somebody else, or with something else, is not believed, and nothing of it is repeated.
    for body in [
        metadata.to_string().replace("\"issuer\":\"https://login", "\"issuer\":\"https://canary"),
        "canary".to_owned(),
    ] {
        for _ in 0..2 {
            outside.will_answer(200, &[], body.clone());
        }
        let refused = api.post(Who::Owner, PATH, &ask).await;
        assert_eq!(
            (refused.outcome(), refused.fields()),
            ((422, "invalid-fields".to_owned()), vec!["issuer".to_owned()])
        );
        assert!(!refused.text.contains("canary"), "{}", refused.text);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn only_owners_ask_and_only_servers_on_the_internet_are_asked() {
    let (api, outside) = stack_with(&HOSTS).await;
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        let ask = json!({ "issuer": "https://login.example.com" });
        assert_eq!(api.post(who, PATH, &ask).await.status, 403, "{who:?}");
    }
    for issuer in [
        "http://login.example.com",
        "https://127.0.0.1",
        "https://169.254.169.254",
        "https://localhost",
        "ftp://x",
        "",
    ] {
        let refused = api.post(Who::Owner, PATH, &json!({ "issuer": issuer })).await;
        assert_eq!(refused.outcome(), (422, "invalid-fields".to_owned()), "{issuer}");
    }
    assert_eq!(outside.connections(), 0);
}
