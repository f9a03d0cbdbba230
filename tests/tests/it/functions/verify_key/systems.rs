//! What is asked of each kind of system, and what its answer says.

use serde_json::{Value, json};

use super::HOST;
use crate::support::{
    keys::custom_http,
    uses::{key_of, stack_with, use_of},
};

#[tokio::test]
async fn the_caller_names_the_path_where_the_template_knows_none() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("token", json!({ "value": "t0ken" }))).await;
    let verify = async |path: &str| api.verify_with(&key, &format!("?path={path}")).await;
    for (status, media, body, result, proof) in [
        (200, "application/json", "{}", "passed", json!("status-2xx")),
        (200, "application/json", "", "passed", json!("status-2xx")),
        (200, "text/html", "<html>canary</html>", "unclear", Value::Null),
        (401, "application/json", "{}", "refused", json!("status-401")),
        // A firewall and a missing right have it as well, so it refuses nothing.
        (403, "application/json", "{}", "unclear", Value::Null),
        (404, "application/json", "{}", "unclear", Value::Null),
        (405, "application/json", "{}", "unclear", Value::Null),
        (500, "application/json", "{}", "unclear", Value::Null),
        (302, "application/json", "{}", "unclear", Value::Null),
    ] {
        outside.will_answer(status, &[("content-type", media)], body);
        let trial = verify("/orders?page=2".replace('?', "%3F").as_str()).await.expect(200).json();
        assert_eq!((&trial["result"], &trial["proof"]), (&json!(result), &proof), "{status} {trial}");
        let arrived = outside.arrived();
        // HEAD is never asked: gateways refuse it by itself, and its answer says nothing about GET.
        let methods: Vec<_> = arrived.iter().map(|request| request.method.as_str().to_owned()).collect();
        assert_eq!(methods, ["GET"], "{status}");
        assert!(arrived.iter().all(|request| request.uri == "/v1/orders?page=2"));
    }
    assert_eq!(
        api.uses().await.last(),
        Some(&use_of("verify", None, Some("https://api.example.com/v1/orders")))
    );
    let before = api.everything().await;
    for path in ["/../admin", "//evil.example.com", "/a%20b", "/a%0d%0aHost:%20evil"] {
        let answer = verify(path).await;
        assert_eq!((answer.outcome().0, answer.fields()), (422, vec!["path".to_owned()]), "{path}");
    }
    assert!(outside.arrived().is_empty());
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_token_is_obtained_anew_so_that_an_old_one_proves_nothing() {
    let (api, outside) = stack_with(&["login.example.com"]).await;
    let fields = json!({
        "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": "client-s3cret",
    });
    let key =
        api.store(&key_of("oauth2", "client-credentials", Some("https://api.example.com/v1"), fields)).await;
    let token = json!({ "access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600 }).to_string();
    outside.will_answer(200, &[], token);
    let answer = api.verify(&key).await.expect(200);
    assert_eq!(answer.json()["result"], "passed");
    assert!(!answer.text.contains("t0ken"));
    outside.will_answer(401, &[], r#"{"error":"invalid_client","error_description":"canary"}"#);
    let answer = api.verify(&key).await.expect(200);
    assert_eq!(answer.json()["result"], "refused");
    assert!(!answer.text.contains("canary"));
    assert_eq!(outside.arrived().len(), 2);
}

#[tokio::test]
async fn a_status_alone_proves_and_refuses_nothing() {
    let shop = "https://shop.example.com";
    let shopify = json!({ "shop": "acme-store", "access_token": "shpat_0123456789" });
    let woocommerce = json!({ "consumer_key": "ck_0123456789", "consumer_secret": "cs_9876543210" });
    let rebound = json!({ "login": "acme", "api_key": "api-key-0123456789" });
    let (api, outside) =
        stack_with(&["acme-store.myshopify.com", "shop.example.com", "intelligentreturns.net"]).await;
    for (system, auth, base_url, fields, cases) in [
        (
            "shopify",
            "access-token",
            None,
            shopify,
            &[
                (200, r#"{"data":{"shop":{"name":"Acme"}}}"#, "passed", Some("Acme")),
                (200, r#"{"errors":["canary"]}"#, "unclear", None),
                (200, "<html>canary</html>", "unclear", None),
                (401, "canary", "unclear", None),
                (403, "error code: 1010 canary", "unclear", None),
                (401, r#"{"errors":"[API] Invalid API key or access token canary"}"#, "refused", None),
            ][..],
        ),
        (
            "woocommerce",
            "basic",
            Some(shop),
            woocommerce,
            &[
                (200, r#"[{"id":15,"slug":"canary"}]"#, "passed", None),
                (200, "[]", "unclear", None),
                (403, "canary", "unclear", None),
                (401, "canary", "unclear", None),
                (401, r#"{"code":"woocommerce_rest_cannot_view","message":"canary"}"#, "unclear", None),
                (
                    401,
                    r#"{"code":"woocommerce_rest_authentication_error","message":"Consumer secret is invalid. canary"}"#,
                    "refused",
                    None,
                ),
                (
                    401,
                    r#"{"code":"woocommerce_rest_authentication_error","message":"It does not have read permissions canary"}"#,
                    "passed",
                    None,
                ),
            ],
        ),
        (
            "rebound",
            "login",
            None,
            rebound,
            &[
                (200, r#"{"success":{"returns":"canary"}}"#, "passed", None),
                (200, r#"{"success":false}"#, "unclear", None),
                (200, r#"{"error":{"code":"empty"}}"#, "passed", None),
                (200, r#"{"error":{"code":"access_denied","message":["canary"]}}"#, "refused", None),
                (503, "<a href=/login>canary</a>", "unclear", None),
                (200, "{}", "unclear", None),
            ],
        ),
    ] {
        let key = api.store(&key_of(system, auth, base_url, fields)).await;
        for (status, body, result, upstream) in cases {
            outside.will_answer(*status, &[("content-type", "application/json")], *body);
            let answer = api.verify(&key).await.expect(200);
            let trial = answer.json();
            assert_eq!(
                (&trial["result"], &trial["upstream"]),
                (&json!(result), &json!(upstream)),
                "{system} {body}"
            );
            assert!(!answer.text.contains("canary"), "{}", answer.text);
        }
    }
    assert!(!api.everything().await.contains("canary"));
}

#[tokio::test]
async fn what_a_system_calls_itself_has_no_secret_in_it() {
    let (api, outside) = stack_with(&["acme-store.myshopify.com"]).await;
    let fields = json!({ "shop": "acme-store", "access_token": "shpat_0123456789" });
    let key = api.store(&key_of("shopify", "access-token", None, fields)).await;
    outside.will_answer(200, &[], r#"{"data":{"shop":{"name":"it is shpat_0123456789"}}}"#);
    assert_eq!(api.verify(&key).await.expect(200).json()["upstream"], "it is [removed]");
    assert!(!api.everything().await.contains("shpat_0123456789"));
}

fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn fault(code: &str) -> String {
    envelope(&format!("<s:Fault><faultcode>{code}</faultcode><faultstring>canary</faultstring></s:Fault>"))
}

#[tokio::test]
async fn a_soap_login_is_made_used_and_ended() {
    let (api, outside) = stack_with(&["shop.example.com"]).await;
    let fields = json!({ "username": "integration", "api_key": "s3cret-key" });
    let key = api.store(&key_of("magento-1", "soap", Some("https://shop.example.com"), fields)).await;
    let login =
        "<m:loginResponse xmlns:m=\"urn:Magento\"><loginReturn>s3ssion</loginReturn></m:loginResponse>";
    let info = "<m:magentoInfoResponse xmlns:m=\"urn:Magento\"><info><magento_version>1.9.4</magento_version>\
                <magento_edition>Community</magento_edition></info></m:magentoInfoResponse>";
    for (answers, result, upstream) in [
        (vec![envelope(login), envelope(info), envelope("")], "passed", json!("Magento Community 1.9.4")),
        // It may log in, and lacks the right for the check.
        (vec![envelope(login), fault("2"), envelope("")], "passed", Value::Null),
        (vec![envelope(login), fault("1"), envelope("")], "unclear", Value::Null),
        (vec![fault("2")], "refused", Value::Null),
        (vec![fault("1")], "unclear", Value::Null),
        (vec!["<html>canary</html>".to_owned()], "unclear", Value::Null),
    ] {
        let asked = answers.len();
        for answer in answers {
            outside.will_answer(200, &[], answer);
        }
        let answer = api.verify(&key).await.expect(200);
        let trial = answer.json();
        assert_eq!((&trial["result"], &trial["upstream"]), (&json!(result), &upstream), "{trial}");
        assert!(!answer.text.contains("canary"), "{trial}");
        let arrived = outside.arrived();
        assert_eq!(arrived.len(), asked, "{trial}");
        for (request, operation) in arrived.iter().zip(["<m:login>", "<m:magentoInfo>", "<m:endSession>"]) {
            assert!(String::from_utf8_lossy(&request.body).contains(operation), "{operation}");
        }
    }
}
