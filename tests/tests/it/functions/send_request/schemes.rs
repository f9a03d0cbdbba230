//! What arrives at the system, for each way to authenticate.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::HOST;
use crate::support::{
    Who,
    keys::{AWS_SECRET, aws4, custom_http},
    uses::{key_of, stack_with, use_of},
};

#[tokio::test]
async fn each_scheme_of_custom_http_arrives_authenticated() {
    let (api, outside) = stack_with(&[HOST]).await;
    let whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let basic = format!("Basic {}", BASE64_STANDARD.encode("u:p4ssword"));
    let hmac = |scheme: &str| json!({ "client_id": "c", "client_secret": "c2VjcmV0", "scheme": scheme });
    let aws = aws4()["entries"]["default"]["fields"].clone();
    let cases = [
        ("headers", json!({ "name": "X-Api-Key", "value": "s3cret" }), "x-api-key", "s3cret"),
        ("basic", json!({ "username": "u", "password": "p4ssword" }), "authorization", basic.as_str()),
        ("token", json!({ "value": "t0ken" }), "authorization", "Bearer t0ken"),
        ("token", json!({ "header_name": "X-Token", "value": "t0ken" }), "x-token", "t0ken"),
        ("aws4", aws, "authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        ("hmac-sha256", hmac("rfc9421"), "signature", "sig"),
        ("hmac-sha256", hmac("azure"), "authorization", "HMAC-SHA256 "),
        (
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": whsec, "scheme": "standard-webhooks" }),
            "webhook-signature",
            "v1,",
        ),
        (
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "s", "scheme": "body", "header_name": "X-Sig", "prefix": "sha256=" }),
            "x-sig",
            "sha256=",
        ),
        ("none", json!({}), "content-type", "application/json"),
    ];
    let ask = json!({ "method": "POST", "path": "/hook?page=2", "headers": { "x-a": ["1", "2"] }, "body": "{\"a\":1}" });
    for (auth, fields, header, value) in cases {
        let key = api.store(&custom_http(auth, fields)).await;
        let answer = api.send(&key, &ask).await.expect(200).json();
        assert_eq!((&answer["status"], &answer["key_version"]), (&json!(200), &json!(1)), "{auth} {answer}");
        let arrived = outside.arrived();
        assert_eq!(arrived.len(), 1, "{auth}");
        let arrived = &arrived[0];
        assert_eq!(
            (arrived.method.as_str(), arrived.uri.to_string()),
            ("POST", "/v1/hook?page=2".to_owned())
        );
        assert_eq!(&arrived.body[..], b"{\"a\":1}");
        assert_eq!(arrived.header("host"), HOST);
        assert_eq!(arrived.header("content-type"), "application/json");
        assert_eq!(arrived.headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert!(arrived.header(header).starts_with(value), "{auth}: {:?}", arrived.headers);
        // The server repeats what it was sent: no secret is in that.
        let shown = answer["body"].as_str().unwrap();
        for secret in ["s3cret", "p4ssword", "t0ken", AWS_SECRET, &basic["Basic ".len()..]] {
            assert!(!answer.to_string().contains(secret), "{auth}: {shown}");
        }
        if ["headers", "basic", "token"].contains(&auth) {
            assert!(shown.contains("[removed]"), "{auth}: {shown}");
        }
    }
}

#[tokio::test]
async fn each_use_leaves_one_receipt_that_tells_the_target_without_its_query() {
    let (api, _outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("token", json!({ "value": "t0ken" }))).await;
    let target = Some("https://api.example.com/v1/orders");
    let ask = json!({ "method": "GET", "path": "/orders?token=secret-in-query" });
    let mut expected = Vec::new();
    for (route, body, left) in [
        ("sign", ask.clone(), use_of("sign", Some("GET"), target)),
        ("send", ask, use_of("send", Some("GET"), target)),
        ("resolve", json!({ "environment": "live" }), use_of("resolve", None, None)),
    ] {
        let answer = api.post(Who::Runtime, &format!("{}/{route}", key.path), &body).await.expect(200);
        expected.push(left);
        assert_eq!(api.uses().await, expected, "{route}");
        assert!(answer.json()["receipt_id"].as_str().unwrap().starts_with("rcp_"), "{route}");
    }
    api.verify(&key).await.expect(200);
    expected.push(use_of("verify", None, Some("https://api.example.com/v1")));
    assert_eq!(api.uses().await, expected);
}

#[tokio::test]
async fn credentials_can_travel_in_the_query() {
    let (api, outside) = stack_with(&["shop.example.com"]).await;
    let fields = json!({ "consumer_key": "ck_0123456789", "consumer_secret": "cs_9876543210" });
    let key = api.store(&key_of("woocommerce", "query", Some("https://shop.example.com"), fields)).await;
    let answer =
        api.send(&key, &json!({ "method": "GET", "path": "/orders?page=2" })).await.expect(200).json();
    let arrived = outside.arrived();
    assert_eq!(
        arrived[0].uri.to_string(),
        "/wp-json/wc/v3/orders?page=2&consumer_key=ck_0123456789&consumer_secret=cs_9876543210"
    );
    assert!(!answer.to_string().contains("cs_9876543210"), "{answer}");
    let target = "https://shop.example.com/wp-json/wc/v3/orders";
    assert_eq!(api.uses().await, [use_of("send", Some("GET"), Some(target))]);
    // What the key sets, the request may not.
    let own = json!({ "method": "GET", "path": "/orders?consumer_secret=mine" });
    let refused = api.send(&key, &own).await;
    assert_eq!(refused.outcome(), (422, "invalid-fields".to_owned()));
    assert_eq!(refused.fields(), ["path"]);
    assert!(outside.arrived().is_empty());
    assert_eq!(api.uses().await.len(), 1);
}

#[tokio::test]
async fn credentials_can_travel_in_a_form() {
    let (api, outside) = stack_with(&["returns.example.com"]).await;
    let base = Some("https://returns.example.com/api/");
    let fields = json!({ "login": "acme", "api_key": "k&y=0123456789" });
    let key = api.store(&key_of("rebound", "login", base, fields)).await;
    let ask = json!({ "method": "POST", "path": "/returns/search/json", "body": "request=x" });
    let answer = api.send(&key, &ask).await.expect(200).json();
    let arrived = outside.arrived();
    assert_eq!(&arrived[0].body[..], b"login=acme&api_key=k%26y%3D0123456789&request=x");
    assert_eq!(arrived[0].header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(arrived[0].header("content-length"), arrived[0].body.len().to_string());
    assert!(!answer.to_string().contains("0123456789"), "{answer}");
    let other = json!({
        "method": "POST", "path": "/", "headers": { "Content-Type": "application/json" }, "body": "{}",
    });
    assert_eq!(api.send(&key, &other).await.fields(), ["headers.content-type"]);
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn requests_to_netsuite_are_signed_with_oauth_1() {
    let host = "1234567-sb1.suitetalk.api.netsuite.com";
    let (api, outside) = stack_with(&[host]).await;
    let fields = json!({
        "account_id": "1234567_SB1", "consumer_key": "ck", "consumer_secret": "consumer-s3cret",
        "token_id": "tk", "token_secret": "token-s3cret",
    });
    let key = api.store(&key_of("netsuite", "tba", None, fields)).await;
    api.send(&key, &json!({ "method": "GET", "path": "/record/v1/order" })).await.expect(200);
    let arrived = outside.arrived();
    assert_eq!((arrived[0].header("host"), arrived[0].uri.path()), (host, "/services/rest/record/v1/order"));
    let authorization = arrived[0].header("authorization");
    for part in
        ["OAuth ", "realm=\"1234567_SB1\"", "oauth_token=\"tk\"", "oauth_signature_method=\"HMAC-SHA256\""]
    {
        assert!(authorization.contains(part), "{authorization}");
    }
    assert!(!authorization.contains("s3cret"));
}

#[tokio::test]
async fn a_keys_headers_go_along_secret_ones_too_and_do_not_come_back() {
    let (api, outside) = stack_with(&[HOST]).await;
    let mut body = custom_http("none", json!({}));
    let secret = json!({ "name": "X-Tenant", "value": "s3cret-tenant", "secret": true });
    body["headers"].as_array_mut().unwrap().push(secret);
    let key = api.store(&body).await;
    let answer = api.send(&key, &super::get_orders()).await.expect(200).json();
    let arrived = outside.arrived();
    assert_eq!(arrived[0].header("x-tenant"), "s3cret-tenant");
    // There is no body, so there is nothing that the content type could be of.
    assert_eq!(arrived[0].headers.get("content-type"), None);
    assert!(!answer.to_string().contains("s3cret-tenant"), "{answer}");
    // A request may bring another value for a public one, not for a secret one.
    let own: Value =
        json!({ "method": "POST", "path": "/", "headers": { "content-type": "text/csv" }, "body": "a" });
    api.send(&key, &own).await.expect(200);
    assert_eq!(outside.arrived()[0].headers.get_all("content-type").iter().collect::<Vec<_>>(), ["text/csv"]);
    let stand_in = json!({ "method": "GET", "path": "/", "headers": { "x-tenant": "mine" } });
    assert_eq!(api.send(&key, &stand_in).await.fields(), ["headers.x-tenant"]);
    assert!(outside.arrived().is_empty());
}
