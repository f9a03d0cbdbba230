//! What comes back.

use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{HOST, get_orders};
use crate::support::{
    Api, Who,
    keys::{Stored, custom_http},
    outside::Outside,
    uses::stack_with,
};

const SECRET: &str = "s3cret/va+lue&0123";

async fn stack() -> (Api, Outside, Stored) {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("headers", json!({ "name": "X-Api-Key", "value": SECRET }))).await;
    (api, outside, key)
}

/// Sends with this limit, and tells the body and whether it was cut.
async fn body_within(api: &Api, key: &Stored, limit: Value) -> (Value, bool) {
    let mut ask = get_orders();
    if !limit.is_null() {
        ask["max_body_bytes"] = limit;
    }
    let answer = api.send(key, &ask).await.expect(200).json();
    (answer["body"].clone(), answer["truncated"].as_bool().unwrap())
}

#[tokio::test]
async fn a_body_is_cut_at_the_limit_and_says_so() {
    let (api, outside, key) = stack().await;
    for (limit, expected) in [(9, ("123456789", true)), (10, ("1234567890", false)), (1, ("1", true))] {
        outside.will_answer(200, &[], "1234567890");
        let (body, truncated) = body_within(&api, &key, json!(limit)).await;
        assert_eq!((body.as_str().unwrap(), truncated), expected, "{limit}");
    }
    const MAX: usize = 1_048_576;
    for (length, truncated) in [(MAX, false), (MAX + 1, true), (3 * MAX, true)] {
        outside.will_answer(200, &[], "x".repeat(length));
        let (body, cut) = body_within(&api, &key, Value::Null).await;
        assert_eq!((body.as_str().unwrap().len(), cut), (MAX, truncated), "{length}");
    }
    outside.arrived();
    for limit in [0, MAX + 1] {
        let mut ask = get_orders();
        ask["max_body_bytes"] = json!(limit);
        let answer = api.send(&key, &ask).await;
        assert_eq!(
            (answer.outcome().0, answer.fields()),
            (422, vec!["max_body_bytes".to_owned()]),
            "{limit}"
        );
    }
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn a_secret_is_removed_in_every_form_and_across_the_cut() {
    let (api, outside, key) = stack().await;
    let forms = [
        SECRET.to_owned(),
        BASE64_STANDARD.encode(SECRET),
        BASE64_STANDARD.encode(format!("u:{SECRET}")),
        hex::encode(SECRET),
        "s3cret%2Fva%2Blue%260123".to_owned(),
        "s3cret/va+lue&amp;0123".to_owned(),
        "s3cret\\/va+lue&0123".to_owned(),
    ];
    for form in &forms {
        outside.will_answer(500, &[("x-debug", form)], format!("<pre>{form}</pre>"));
        let answer = api.send(&key, &get_orders()).await.expect(200).json();
        assert_eq!(answer["status"], 500);
        for shown in [answer["headers"]["x-debug"].as_str(), answer["body"].as_str()] {
            let shown = shown.unwrap();
            assert!(shown.contains("[removed]") && !shown.contains("lue"), "{form}: {shown}");
        }
    }
    // The limit lies within the secret: what stands before the limit is no part of it.
    for limit in 1..SECRET.len() {
        outside.will_answer(200, &[], SECRET);
        let (body, truncated) = body_within(&api, &key, json!(limit)).await;
        let expected = &"[removed]"[..limit.min("[removed]".len())];
        assert_eq!((body.as_str().unwrap(), truncated), (expected, limit < "[removed]".len()), "{limit}");
    }
}

#[tokio::test]
async fn a_secret_that_is_repeated_does_not_come_through_at_the_cut() {
    let (api, outside, key) = stack().await;
    // Each `[removed]` is shorter than what it stands for, so what was read beyond the limit moves up.
    for limit in 80..80 + SECRET.len() {
        outside.will_answer(200, &[], SECRET.repeat(50));
        let (body, truncated) = body_within(&api, &key, json!(limit)).await;
        let left = body.as_str().unwrap().replace("[removed]", "");
        assert!("[removed]".starts_with(&left) && truncated, "{limit}: {body}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_comes_in_base64() {
    let (api, outside, key) = stack().await;
    for bytes in [vec![0xff, 0xfe], b"\0".to_vec(), b"\x1b[2J".to_vec()] {
        outside.will_answer(200, &[("content-type", "image/png")], bytes.clone());
        let answer = api.send(&key, &get_orders()).await.expect(200).json();
        assert_eq!(answer["body_base64"], BASE64_STANDARD.encode(&bytes));
        assert!(answer.get("body").is_none(), "{answer}");
        assert_eq!(answer["headers"]["content-type"], "image/png");
    }
    outside.will_answer(204, &[], "");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!(
        (&answer["status"], &answer["body"], &answer["truncated"]),
        (&json!(204), &json!(""), &json!(false))
    );
}

#[tokio::test]
async fn a_body_can_be_sent_as_bytes() {
    let (api, outside, key) = stack().await;
    let ask = json!({ "method": "PUT", "path": "/file", "body_base64": "AP/+" });
    api.send(&key, &ask).await.expect(200);
    let arrived = outside.arrived();
    assert_eq!((arrived[0].method.as_str(), &arrived[0].body[..]), ("PUT", &[0_u8, 0xff, 0xfe][..]));
}

#[tokio::test]
async fn an_encoded_body_is_withheld() {
    let (api, outside, key) = stack().await;
    outside.will_answer(200, &[("content-encoding", "gzip")], vec![0x1f, 0x8b, 8, 0]);
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["withheld"], &answer["body"]), (&json!(true), &json!("")));
    // It was not asked for.
    assert_eq!(outside.arrived()[0].header("accept-encoding"), "identity");
    outside.will_answer(200, &[("content-encoding", "identity")], "plain");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["withheld"], &answer["body"]), (&json!(false), &json!("plain")));
}

/// `{"note":"s3cret/va+lue&0123 ","orders":[1,2,3]}` as gzip 1.12, Node's zlib (deflate with its frame and without it, brotli) and
/// zstd 1.5.4 encode it.
const ENCODED: [(&str, &str); 5] = [
    ("gzip", "H4sIAAAAAAACA6tWyssvSVWyUio2Ti5KLdEvS9TOKU1VMzA0MlZQ0lHKL0pJLSpWsoo21DHSMY6tBQBKd0yGLwAAAA=="),
    ("deflate", "eJyrVsrLL0lVslIqNk4uSi3RL0vUzilNVTMwNDJWUNJRyi9KSS0qVrKKNtQx0jGOrQUAYj8OJw=="),
    ("deflate", "q1bKyy9JVbJSKjZOLkot0S9L1M4pTVUzMDQyVlDSUcovSkktKlayijbUMdIxjq0FAA=="),
    ("br", "CxeAeyJub3RlIjoiczNjcmV0L3ZhK2x1ZSYwMTIzICIsIm9yZGVycyI6WzEsMiwzXX0D"),
    ("zstd", "KLUv/QRoeQEAeyJub3RlIjoiczNjcmV0L3ZhK2x1ZSYwMTIzICIsIm9yZGVycyI6WzEsMiwzXX1ktmpQ"),
];

#[tokio::test]
async fn an_encoded_body_is_decoded_before_it_is_searched() {
    let (api, outside, key) = stack().await;
    for (coding, encoded) in ENCODED {
        let body = BASE64_STANDARD.decode(encoded).unwrap();
        outside.will_answer(200, &[("content-encoding", coding), ("content-type", "application/json")], body);
        let answer = api.send(&key, &get_orders()).await.expect(200).json();
        let expected = json!("{\"note\":\"[removed] \",\"orders\":[1,2,3]}");
        assert_eq!((&answer["body"], &answer["removed"]), (&expected, &json!(1)), "{coding}");
        assert_eq!(answer["headers"].get("content-encoding"), None, "{coding}");
    }
}

#[tokio::test]
async fn an_answer_says_in_how_many_places_a_secret_was_removed() {
    let (api, outside, key) = stack().await;
    outside.will_answer(
        200,
        &[("x-a", SECRET), ("x-b", "fine")],
        format!("<{SECRET}> {}", hex::encode(SECRET)),
    );
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["removed"], &answer["body"]), (&json!(3), &json!("<[removed]> [removed]")));
    outside.will_answer(200, &[], "fine");
    assert_eq!(api.send(&key, &get_orders()).await.expect(200).json()["removed"], 0);
    // Of a body that is withheld there is no count.
    outside.will_answer(200, &[], SECRET.replace('/', "&#x000002f;"));
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["withheld"], answer.get("removed")), (&json!(true), None));
}

#[tokio::test]
async fn a_common_secret_leaves_ordinary_data_as_it_was() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("basic", json!({ "username": "acme", "password": "2024" }))).await;
    let data = r#"{"id":12024,"date":"2024-10-25","name":"Sale of 2024, part 2"}"#;
    outside.will_answer(200, &[], data);
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["body"], &answer["removed"]), (&json!(data), &json!(0)));
    outside.will_answer(200, &[], r#"{"password":"2024","year":2024}"#);
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!(answer["body"], r#"{"password":"[removed]","year":"[removed]"}"#);
    assert_eq!(answer["removed"], 2);
}

#[tokio::test]
async fn a_guess_that_is_right_gets_nothing_back() {
    let (api, outside, key) = stack().await;
    let percent = "s3cret%2Fva%2Blue%260123";
    for ask in [
        json!({ "method": "GET", "path": format!("/echo/{percent}") }),
        json!({ "method": "GET", "path": format!("/echo?a={percent}") }),
        json!({ "method": "GET", "path": "/echo", "headers": { "x-guess": BASE64_STANDARD.encode(SECRET) } }),
        json!({ "method": "POST", "path": "/echo", "body": json!({ "a": [SECRET] }).to_string() }),
    ] {
        outside.will_answer(200, &[("x-a", "1")], "fine");
        let answer = api.send(&key, &ask).await.expect(200).json();
        let shown = (&answer["headers"], &answer["body"], &answer["withheld"], answer.get("removed"));
        assert_eq!(shown, (&json!({}), &json!(""), &json!(true), None), "{ask}");
        assert_eq!(answer["status"], 200);
    }
    let wrong = json!({ "method": "POST", "path": "/echo", "body": "s3cret/va+lue&0124" });
    outside.will_answer(200, &[("x-a", "1")], "fine");
    let answer = api.send(&key, &wrong).await.expect(200).json();
    assert_eq!((&answer["headers"]["x-a"], &answer["withheld"]), (&json!("1"), &json!(false)));
}

#[tokio::test]
async fn a_list_of_guesses_at_a_short_secret_gets_nothing_back() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("basic", json!({ "username": "acme", "password": "2024" }))).await;
    // With the right one among them, and without it: the answers are the same.
    for guesses in [1_000..9_999, 3_000..9_999] {
        let list: String = guesses.map(|guess| format!("{guess}\n")).collect();
        outside.will_answer(200, &[], list.clone());
        let ask = json!({ "method": "POST", "path": "/echo", "body": list });
        let answer = api.send(&key, &ask).await.expect(200).json();
        let shown = (&answer["headers"], &answer["body"], &answer["withheld"], answer.get("removed"));
        assert_eq!(shown, (&json!({}), &json!(""), &json!(true), None));
    }
}

#[tokio::test]
async fn length_and_digests_of_what_was_not_seen_do_not_come_back() {
    let (api, outside, key) = stack().await;
    let page = format!("known {SECRET}");
    let digests = [
        ("etag", "W/\"197-+NT4Oby5EFhgVjRJzfgh11NDCpw\""),
        ("repr-digest", "sha-256=:PqX=:"),
        ("x-kept", "1"),
    ];
    let mut head = get_orders();
    head["method"] = json!("HEAD");
    let mut short = get_orders();
    short["max_body_bytes"] = json!(1);
    for ask in [head, short, get_orders()] {
        outside.will_answer(200, &digests, page.clone());
        let answer = api.send(&key, &ask).await.expect(200).json();
        let mut names: Vec<_> = answer["headers"].as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| *name != "date");
        assert_eq!(names, ["x-kept"], "{ask}");
    }
    outside.will_answer(200, &digests, "fine");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!(
        (&answer["headers"]["etag"], &answer["headers"]["content-length"]),
        (&json!(digests[0].1), &json!("4"))
    );
}

#[tokio::test]
async fn a_session_of_the_system_is_for_callers_that_may_see_secrets() {
    let (api, outside, key) = stack().await;
    let send = format!("{}/send", key.path);
    let uses = api.machine_token("acme", Permission::KeysUse);
    outside.will_answer(200, &[("set-cookie", "k=1"), ("x-auth-token", "2"), ("x-kept", "3")], "");
    let answer =
        api.call_with(&uses, Method::POST, &send).json(&get_orders()).send().await.expect(200).json();
    assert_eq!(answer["headers"].get("set-cookie"), None);
    assert_eq!((answer["headers"].get("x-auth-token"), &answer["headers"]["x-kept"]), (None, &json!("3")));
    outside.will_answer(200, &[("set-cookie", "k=1")], "");
    let answer = api.post(Who::Runtime, &send, &get_orders()).await.expect(200).json();
    assert_eq!(answer["headers"]["set-cookie"], "k=1");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (api, outside, key) = stack().await;
    for status in [301, 302, 303, 307, 308] {
        outside.will_answer(status, &[("location", "https://api.example.com/elsewhere")], "");
        let answer = api.send(&key, &get_orders()).await.expect(200).json();
        assert_eq!(answer["status"], status);
        assert_eq!(answer["headers"]["location"], "https://api.example.com/elsewhere");
    }
    assert_eq!((outside.arrived().len(), outside.connections()), (5, 5));
}

#[tokio::test]
async fn headers_of_the_connection_stay_with_the_connection() {
    let (api, outside, key) = stack().await;
    let headers = [
        ("connection", "x-private"),
        ("x-private", "1"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("proxy-authenticate", "Basic"),
        ("x-kept", "1"),
        ("X-Many", "a"),
        ("x-many", "b"),
    ];
    outside.will_answer(200, &headers, "");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    let mut names: Vec<_> = answer["headers"].as_object().unwrap().keys().map(String::as_str).collect();
    names.retain(|name| !["date", "content-length"].contains(name));
    assert_eq!(names, ["x-kept", "x-many"]);
    assert_eq!(answer["headers"]["x-many"], json!(["a", "b"]));
    // On the way out there are those that the connection sets itself.
    let arrived = outside.arrived();
    let mut names: Vec<_> = arrived[0].headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["accept", "accept-encoding", "connection", "host", "user-agent", "x-api-key"]);
}

#[tokio::test]
async fn a_newly_set_secret_is_used_at_once() {
    let (api, outside, key) = stack().await;
    let patched = |value: &str| json!({ "entries": { "default": { "fields": { "value": value } } } });
    for version in 1..4 {
        // The data key of the value before it is still in memory.
        api.send(&key, &get_orders()).await.expect(200);
        outside.arrived();
        let value = format!("value-of-version-{}", version + 1);
        api.patch(crate::support::Who::Editor, &key.path, version, &patched(&value)).await.expect(200);
        let answer = api.send(&key, &get_orders()).await.expect(200).json();
        assert_eq!(answer["key_version"], version + 1);
        assert_eq!(outside.arrived()[0].header("x-api-key"), value);
    }
}
