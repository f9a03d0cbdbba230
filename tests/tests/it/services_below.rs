//! What the functions that use keys ask of AWS, and what becomes of a use when AWS does not answer.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::support::{
    Api, Who,
    asked::Asked,
    faults::Fate,
    keys::{Stored, aws4, custom_http},
    outside::Outside,
    services::Functions,
    uses::{for_organizations, use_of},
};

const HOST: &str = "api.example.com";

fn get_orders() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}

async fn stack(key: &Value) -> (Api, Outside, Functions, Stored) {
    let outside = Outside::start(&[HOST]).await;
    let api = Api::start().await;
    let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
    let key = api.store(key).await;
    (api, outside, functions, key)
}

fn decrypts(functions: &Functions) -> usize {
    functions.calls().iter().filter(|call| *call == "Decrypt").count()
}

#[tokio::test]
async fn a_use_is_one_read_one_receipt_and_one_call_of_kms_at_first() {
    let (api, _outside, functions, key) = stack(&aws4()).await;
    let mut calls = Vec::new();
    for _ in 0..10 {
        assert_eq!(functions.call("sign_request", &key.id, &get_orders()).await.0, 200);
        calls.push(functions.calls());
    }
    // The receipt and the data key do not wait for each other.
    calls[0].sort();
    assert_eq!(calls[0], ["BatchGetItem", "Decrypt", "PutItem"]);
    assert!(calls[1..].iter().all(|calls| *calls == ["BatchGetItem", "PutItem"]), "{calls:?}");
    assert_eq!(api.uses().await.len(), 10);
    // The other functions of the process share what was unwrapped; each still reads and records for itself.
    assert_eq!(functions.call("resolve_key", &key.id, &json!({ "environment": "live" })).await.0, 200);
    assert_eq!(functions.calls(), ["BatchGetItem", "PutItem"]);
}

#[tokio::test]
async fn a_new_secret_is_used_at_once_although_the_data_key_of_the_old_one_is_in_memory() {
    let (api, outside, functions, key) = stack(&custom_http("token", json!({ "value": "value-1" }))).await;
    for version in 1..4 {
        for _ in 0..3 {
            assert_eq!(functions.call("send_request", &key.id, &get_orders()).await.0, 200);
            let (status, signed) =
                functions.call("resolve_key", &key.id, &json!({ "environment": "live" })).await;
            assert_eq!((status, &signed["fields"]["value"]), (200, &json!(format!("value-{version}"))));
        }
        let sent = outside.arrived();
        assert!(sent.iter().all(|sent| sent.header("authorization") == format!("Bearer value-{version}")));
        assert_eq!((sent.len(), decrypts(&functions)), (3, 1), "version {version}");
        let value = format!("value-{}", version + 1);
        let patch = json!({ "entries": { "default": { "fields": { "value": value } } } });
        api.patch(Who::Editor, &key.path, version, &patch).await.expect(200);
    }
}

#[tokio::test]
async fn no_use_without_its_receipt() {
    let (api, outside, functions, key) = stack(&aws4()).await;
    let before = api.everything().await;
    // A data key is unwrapped while its receipt is written. Without the receipt it is not kept: each use asks for it anew.
    for (operation, may_ask, unwrapped) in
        [("BatchGetItem", &["BatchGetItem"][..], 0), ("PutItem", &["BatchGetItem", "PutItem", "Decrypt"], 1)]
    {
        functions.fail(Some(operation));
        for (name, body) in [
            ("sign_request", get_orders()),
            ("send_request", get_orders()),
            ("resolve_key", json!({ "environment": "live" })),
            ("verify_key", Value::Null),
        ] {
            let (status, problem) = functions.call(name, &key.id, &body).await;
            assert_eq!(
                (status, &problem["type"]),
                (503, &json!("urn:keyward:problem:unavailable")),
                "{name}"
            );
            assert!(!problem.to_string().contains("canary"), "{problem}");
            let calls = functions.calls();
            assert!(calls.iter().all(|call| may_ask.contains(&call.as_str())), "{name}: {calls:?}");
            let decrypts = calls.iter().filter(|call| *call == "Decrypt").count();
            assert_eq!(decrypts, unwrapped, "{name}: {calls:?}");
        }
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}

/// The first batches of reads meet this, one after another, and all later ones pass.
fn batches_meet(functions: &Functions, fates: &[Fate]) {
    let mut fates: VecDeque<Fate> = fates.iter().copied().collect();
    functions.proxy().plan(Box::new(move |tried| match tried.operation.as_str() {
        "BatchGetItem" => fates.pop_front().unwrap_or(Fate::Passes),
        _ => Fate::Passes,
    }));
}

#[tokio::test]
async fn what_dynamodb_leaves_out_of_a_batch_is_read_by_further_calls() {
    let (api, _outside, functions, key) = stack(&aws4()).await;
    for _ in 0..3 {
        api.store(&aws4()).await;
    }
    assert_eq!(functions.call("sign_request", &key.id, &get_orders()).await.0, 200);
    let whole = functions.ask(&Asked::of("list_keys", "acme")).await;
    for (fates, batches) in [
        (&[Fate::AllButOne][..], 2),
        (&[Fate::AllButOne, Fate::AllButOne], 3),
        (&[Fate::NoItem, Fate::NoItem, Fate::AllButOne, Fate::NoItem], 5),
    ] {
        functions.calls();
        batches_meet(&functions, fates);
        assert_eq!(functions.call("sign_request", &key.id, &get_orders()).await.0, 200, "{fates:?}");
        let read = |calls: Vec<String>| calls.iter().filter(|call| *call == "BatchGetItem").count();
        assert_eq!(read(functions.calls()), batches, "{fates:?}");

        batches_meet(&functions, fates);
        let listed = functions.ask(&Asked::of("list_keys", "acme")).await;
        assert_eq!((listed.status, &listed.body), (200, &whole.body), "{fates:?}");
        assert_eq!(read(functions.calls()), batches, "{fates:?}");
    }
}

#[tokio::test]
async fn a_batch_of_which_nothing_more_is_read_is_an_unavailable_service() {
    let (api, outside, functions, key) = stack(&aws4()).await;
    let before = api.everything().await;
    functions.calls();
    for name in ["sign_request", "send_request"] {
        batches_meet(&functions, &[Fate::NoItem; 9]);
        let (status, problem) = functions.call(name, &key.id, &get_orders()).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:keyward:problem:unavailable")), "{name}");
        assert_eq!(functions.calls(), ["BatchGetItem"; 4], "{name}");
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn a_data_key_is_unwrapped_while_its_receipt_is_written_and_kept_once_that_stands() {
    let (_api, _outside, functions, key) = stack(&aws4()).await;
    let functions = Arc::new(functions);
    functions.proxy().plan(Box::new(|tried| match tried.operation.as_str() {
        "PutItem" => Fate::HeldBefore,
        _ => Fate::Passes,
    }));
    let (asking, id) = (Arc::clone(&functions), key.id.clone());
    let asked = tokio::spawn(async move { asking.call("sign_request", &id, &get_orders()).await });
    functions.proxy().held().await;
    let unwrapped = async {
        while decrypts(&functions) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), unwrapped).await.unwrap();
    assert!(!asked.is_finished());
    // Given up without a receipt, so the next use asks for the data key, and the one after it does not.
    asked.abort();
    asked.await.unwrap_err();
    functions.fail(None);
    for expected in [1, 0] {
        assert_eq!(functions.call("sign_request", &key.id, &get_orders()).await.0, 200);
        assert_eq!(decrypts(&functions), expected);
    }
}

#[tokio::test]
async fn without_kms_nothing_is_opened_and_the_try_is_on_record() {
    let (api, outside, functions, key) = stack(&aws4()).await;
    functions.fail(Some("Decrypt"));
    let target = Some("https://api.example.com/v1/orders");
    for (name, body) in [
        ("sign_request", get_orders()),
        ("send_request", get_orders()),
        ("resolve_key", json!({ "environment": "live" })),
        ("verify_key", Value::Null),
    ] {
        let (status, problem) = functions.call(name, &key.id, &body).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:keyward:problem:unavailable")), "{name}");
    }
    let expected = [
        use_of("sign", Some("GET"), target),
        use_of("send", Some("GET"), target),
        use_of("resolve", None, None),
        use_of("verify", None, Some("https://api.example.com/v1")),
    ];
    assert_eq!(api.uses().await, expected);
    assert_eq!(outside.connections(), 0);
    // A failure is not remembered.
    functions.fail(None);
    assert_eq!(functions.call("sign_request", &key.id, &get_orders()).await.0, 200);
}

#[tokio::test]
async fn what_only_reads_is_unavailable_when_its_reads_fail() {
    let (_api, outside, functions, key) = stack(&aws4()).await;
    for (operation, name, body) in
        [("Query", "list_key_audit", Value::Null), ("GetItem", "verify_draft", aws4())]
    {
        functions.fail(Some(operation));
        let (status, problem) = functions.call(name, &key.id, &body).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:keyward:problem:unavailable")), "{name}");
    }
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn a_use_of_one_organization_reads_as_much_as_if_there_were_no_other() {
    let (api, _outside, functions, _) = stack(&aws4()).await;
    let fields = aws4()["entries"]["default"]["fields"].clone();
    let entries = |count: usize| {
        (1..=count).map(|number| (format!("org_{number}"), json!({ "fields": fields }))).collect::<Value>()
    };
    let ask = json!({ "method": "GET", "path": "/orders", "organization": "org_1" });
    let mut bytes = Vec::new();
    for count in [1, 40] {
        let key = api.store(&for_organizations(aws4(), entries(count))).await;
        functions.proxy().read_bytes();
        assert_eq!(functions.call("sign_request", &key.id, &ask).await.0, 200);
        bytes.push(functions.proxy().read_bytes());
    }
    println!("a use of one of 1 and of 40 organizations reads {bytes:?} bytes");
    assert!(bytes[0] > 0 && bytes[1] * 10 <= bytes[0] * 11, "{bytes:?}");
}
