//! Systems that give out sessions, which go into the caller's envelope.

use serde_json::json;

use super::get_orders;
use crate::support::{
    Who,
    uses::{key_of, stack_with, use_of},
};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn envelope(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{body}</s:Body></s:Envelope>")
}

fn peoplevox(operation: &str, code: &str, detail: &str) -> String {
    envelope(&format!(
        "<{operation}Response xmlns=\"http://www.peoplevox.net/\"><{operation}Result>\
         <ResponseId>{code}</ResponseId><Detail>{detail}</Detail></{operation}Result></{operation}Response>"
    ))
}

fn magento(session: &str) -> String {
    envelope(&format!(
        "<m:loginResponse xmlns:m=\"urn:Magento\"><loginReturn>{session}</loginReturn></m:loginResponse>"
    ))
}

#[tokio::test]
async fn a_peoplevox_session_goes_into_the_header_and_is_renewed_when_it_is_over() {
    let (api, outside) = stack_with(&["wms.peoplevox.net"]).await;
    let fields = json!({ "client_id": "acme", "username": "integration", "password": "p4ssword" });
    let key = api.store(&key_of("peoplevox", "session", None, fields)).await;
    let ask = json!({
        "method": "POST", "path": "", "headers": { "Content-Type": "text/xml; charset=utf-8" },
        "body": envelope("<GetData xmlns=\"http://www.peoplevox.net/\"/>"),
    });
    outside.will_answer(200, &[], peoplevox("Authenticate", "0", "acme,session-one"));
    let answer = api.send(&key, &ask).await.expect(200).json();
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 2);
    let login = String::from_utf8_lossy(&arrived[0].body).into_owned();
    assert!(login.contains("<password>cDRzc3dvcmQ=</password>"), "{login}");
    assert!(arrived.iter().all(|request| request.uri.path() == "/acme/Resources/IntegrationServicev4.asmx"));
    let sent = String::from_utf8_lossy(&arrived[1].body).into_owned();
    assert!(sent.contains("<SessionId>session-one</SessionId>"), "{sent}");
    assert!(
        sent.starts_with("<s:Envelope")
            && sent.ends_with("<GetData xmlns=\"http://www.peoplevox.net/\"/></s:Body></s:Envelope>")
    );
    // The stand-in repeats the envelope, and the session is not in what comes back.
    let shown = answer["body"].as_str().unwrap();
    assert!(shown.contains("<SessionId>[removed]</SessionId>"), "{shown}");
    // The session is over: one more login, and the request again.
    outside.will_answer(200, &[], peoplevox("GetData", "-1", "System : Security - Invalid Session"));
    outside.will_answer(200, &[], peoplevox("Authenticate", "0", "acme,session-two"));
    outside.will_answer(200, &[], peoplevox("GetData", "0", "a,b"));
    let answer = api.send(&key, &ask).await.expect(200).json();
    assert!(answer["body"].as_str().unwrap().contains("<Detail>a,b</Detail>"), "{answer}");
    let arrived = outside.arrived();
    let sessions: Vec<_> = arrived
        .iter()
        .map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            ["session-one", "session-two"].into_iter().find(|session| body.contains(session))
        })
        .collect();
    assert_eq!(sessions, [Some("session-one"), None, Some("session-two")]);
    let target = Some("https://wms.peoplevox.net/acme/Resources/IntegrationServicev4.asmx");
    assert_eq!(
        api.uses().await,
        [use_of("send", Some("POST"), target), use_of("send", Some("POST"), target)]
    );
}

#[tokio::test]
async fn a_magento_session_goes_into_the_operation() {
    let (api, outside) = stack_with(&["shop.example.com"]).await;
    let fields = json!({ "username": "integration", "api_key": "s3cret-key" });
    let key = api.store(&key_of("magento-1", "soap", Some("https://shop.example.com"), fields)).await;
    outside.will_answer(200, &[], magento("s3ssion"));
    let operation = "<m:salesOrderList xmlns:m=\"urn:Magento\"><filters/></m:salesOrderList>";
    let ask = json!({ "method": "POST", "path": "/api/v2_soap/", "body": envelope(operation) });
    api.send(&key, &ask).await.expect(200);
    let arrived = outside.arrived();
    assert!(arrived.iter().all(|request| request.uri.path() == "/api/v2_soap/"));
    let sent = String::from_utf8_lossy(&arrived[1].body).into_owned();
    assert!(sent.contains("<sessionId>s3ssion</sessionId><filters/>"), "{sent}");
    // A body that is no envelope has no place for the session, and one that brings its own is refused.
    for body in ["", "{}", &envelope("<m:a xmlns:m=\"urn:Magento\"><sessionId>mine</sessionId></m:a>")] {
        let answer =
            api.send(&key, &json!({ "method": "POST", "path": "/api/v2_soap/", "body": body })).await;
        assert_eq!(
            (answer.outcome(), answer.fields()),
            ((422, "invalid-fields".to_owned()), vec!["body".to_owned()])
        );
    }
    assert!(outside.arrived().is_empty());
    // Signing has nothing to hand out here.
    let answer = api.post(Who::Runtime, &format!("{}/sign", key.path), &get_orders()).await;
    assert_eq!(answer.outcome(), (422, "cannot-sign".to_owned()));
}

#[tokio::test]
async fn a_refused_login_is_told_and_shows_as_the_keys_health() {
    let (api, outside) = stack_with(&["wms.peoplevox.net"]).await;
    let fields = json!({ "client_id": "acme", "username": "integration", "password": "p4ssword" });
    let key = api.store(&key_of("peoplevox", "session", None, fields)).await;
    outside.will_answer(200, &[], peoplevox("Authenticate", "-1", "System : Security - canary"));
    let ask = json!({ "method": "POST", "path": "", "body": envelope("<GetData/>") });
    let answer = api.send(&key, &ask).await;
    assert_eq!(answer.outcome(), (409, "key-refused".to_owned()));
    assert!(!answer.text.contains("canary"));
    assert_eq!(outside.arrived().len(), 1);
    let view = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!(view["health"]["result"], "refused");
}
