//! `GET /v1/.well-known/openid-configuration` and `GET /v1/.well-known/jwks.json`.

use std::collections::BTreeSet;

use keyward_functions::system::SystemClock;
use keyward_shared::{moment::Clock, token::TokenIssuer};
use serde_json::json;

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

const METADATA: &str = "/v1/.well-known/openid-configuration";

#[tokio::test]
async fn the_metadata_leads_to_the_keys_that_check_a_token_of_this_issuer() {
    let api = Api::start().await;
    let metadata = api.get(Who::Nobody, METADATA).await.expect(200).json();
    let name = format!("{}/v1", api.stack().origin());
    assert_eq!(metadata["issuer"], json!(name));
    // An authorizer adds the path to the issuer's name (OpenID Connect Discovery 1.0 §4).
    let place = metadata["jwks_uri"].as_str().unwrap().strip_prefix(api.stack().origin()).unwrap().to_owned();
    let keys = api.get(Who::Nobody, &place).await.expect(200);
    let set = keys.json();
    let members: BTreeSet<_> = set["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    // No member of a private key (RFC 7518 §6.3.2).
    assert_eq!(members, BTreeSet::from(["alg", "e", "kid", "kty", "n", "use"]));
    let token = super::issue_token::machine_token(&api, "runtime").await;
    let issuer = TokenIssuer::new(name, &keys.text).unwrap();
    assert_eq!(issuer.verify(&token, SystemClock.now()).unwrap().claims.values["sub"], "runtime");
}

#[tokio::test]
async fn a_query_is_refused() {
    let api = Api::start().await;
    let answer = api.get(Who::Nobody, &format!("{METADATA}?x=1")).await.expect(400);
    assert_eq!(answer.fields(), ["x"]);
}
