//! Systems that repeat whatever they are sent, in every way that servers do: secrets, tokens and sessions do not come
//! back from them. Handing out plain values is what resolving is for; it is the one exception.

use std::{collections::BTreeSet, net::Ipv4Addr};

use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_shared::{
    permission::Permission,
    system::{Kind, Library, Template},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use super::{super::masked_round_trip::filled, Canary, Forbidden, canaries_of, log, shown};
use crate::support::{
    Api, TABLE, Who,
    keys::Stored,
    outside::{Arrived, Outside, Prepared},
};

const TOKEN: &str = "issued-t0ken-canary-0123456789abcdef";
const SESSION: &str = "issued-s3ssion-canary-0123456789abcdef";
const COOKIE: &str = "issued-c00kie-canary-0123456789abcdef";

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn envelope(body: &str) -> Vec<u8> {
    format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{body}</s:Body></s:Envelope>").into_bytes()
}

/// Gives tokens and sessions to whoever asks, and repeats all else.
fn repeat(arrived: &Arrived) -> Prepared {
    let body = String::from_utf8_lossy(&arrived.body).into_owned();
    if body.contains("grant_type=") {
        let token =
            json!({ "access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "echo": body });
        return (200, Vec::new(), token.to_string().into_bytes());
    }
    if arrived.uri.path().ends_with("/AuthorizeByApplication") {
        let session = json!({ "Token": TOKEN, "Server": "https://eu-ext.linnworks.net", "echo": body });
        return (200, Vec::new(), session.to_string().into_bytes());
    }
    if arrived.uri.path().ends_with("/Login") {
        let session = json!({ "SessionId": SESSION, "SessionTimeout": 30, "echo": body });
        let cookie = ("set-cookie", format!("ROUTEID={COOKIE}; path=/b1s"));
        return (200, vec![cookie], session.to_string().into_bytes());
    }
    if body.contains(":login>") {
        let session = format!(
            "<m:loginResponse xmlns:m=\"urn:M\"><loginReturn>{SESSION}</loginReturn></m:loginResponse>"
        );
        return (200, Vec::new(), envelope(&session));
    }
    if body.contains("<Authenticate ") {
        let session = format!(
            "<AuthenticateResponse xmlns=\"http://www.peoplevox.net/\"><AuthenticateResult><ResponseId>0</ResponseId>\
             <Detail>acme,{SESSION}</Detail></AuthenticateResult></AuthenticateResponse>"
        );
        return (200, Vec::new(), envelope(&session));
    }
    if body.contains("magentoInfo") {
        let info = format!(
            "<m:magentoInfoResponse xmlns:m=\"urn:M\"><info><magento_edition>{SESSION}</magento_edition></info></m:magentoInfoResponse>"
        );
        return (200, Vec::new(), envelope(&info));
    }
    let seen: Vec<String> = arrived
        .headers
        .values()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    if arrived.uri.path().ends_with("graphql.json") || arrived.uri.path().ends_with("shop.json") {
        // What the shop calls itself is a header, with every character escaped.
        let escaped =
            |text: &String| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        let names: String = seen.iter().map(escaped).collect();
        let shop = format!("{{\"shop\":{{\"name\":\"{names}\"}}}}");
        return (200, Vec::new(), format!("{{\"data\":{shop},{}", shop.trim_start_matches('{')).into_bytes());
    }
    let all = format!("{}\n{}\n{body}\n", arrived.uri, seen.join("\n"));
    let percent = utf8_percent_encode(&all, NON_ALPHANUMERIC).to_string();
    let forms = [
        all.clone(),
        serde_json::to_string(&all).unwrap(),
        BASE64_STANDARD.encode(&all),
        BASE64_STANDARD.encode(format!(" {all}")),
        BASE64_STANDARD.encode(format!("  {all}")),
        percent.to_lowercase(),
        percent,
        hex::encode(&all),
    ];
    let headers = forms[1..].iter().filter(|form| form.len() < 4_000 && form.is_ascii());
    let headers = headers.map(|form| ("x-echo", form.clone())).collect();
    (200, headers, forms.join("\n").into_bytes())
}

/// A key with a canary in each of its secrets.
fn canary_key(template: &Template, auth: &str) -> Value {
    let mut key =
        filled(template, auth, |field| format!("canary-{}-{auth}-{field}-0123456789", template.id()));
    if let Some(token_url) = key["entries"]["default"]["fields"].get_mut("token_url") {
        *token_url = json!("https://login.example.com/token");
    }
    key
}

/// A name and a port.
type Host = (String, u16);

/// The hosts that keys of the library go to, with their ports: by HTTPS, and by other protocols.
fn hosts() -> (BTreeSet<Host>, BTreeSet<Host>) {
    let (mut hosts, mut others) = (BTreeSet::new(), BTreeSet::new());
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            let key = canary_key(template, variant.id());
            let fields = &key["entries"]["default"]["fields"];
            let origins =
                template.origins(variant.id(), key["base_url"].as_str(), |field| fields[field].as_str());
            for (_, origin) in origins.expect("origins") {
                let origin = Url::parse(&origin).unwrap();
                let port = origin.port_or_known_default().unwrap_or_else(|| panic!("{origin} has no port"));
                let of_protocol = if origin.scheme() == "https" { &mut hosts } else { &mut others };
                of_protocol.insert((origin.host_str().unwrap().to_owned(), port));
            }
        }
    }
    (hosts, others)
}

/// Uses a key in every way but resolving, rightly and wrongly.
async fn used(api: &Api, key: &Stored, kind: Kind, body: &Value) -> Vec<String> {
    let mut seen = Vec::new();
    let mut ask =
        json!({ "method": "POST", "path": "/echo?a=b", "body": "hello", "headers": { "X-Own": "mine" } });
    if kind == Kind::Soap {
        let call = "<m:call xmlns:m=\"urn:Magento\"/>";
        ask["body"] = json!(String::from_utf8(envelope(call)).unwrap());
    }
    let send = format!("{}/send", key.path);
    let answer = api.post(Who::Runtime, &send, &ask).await;
    match kind {
        Kind::Smtp | Kind::Ftp | Kind::Sftp => assert_eq!(answer.code(), "cannot-sign", "{}", answer.text),
        // Nobody has connected it, so there is no token to come back.
        _ if body["auth"] == "authorization-code" => {
            assert_eq!(answer.code(), "needs-reconnect", "{}", answer.text);
        }
        Kind::Http | Kind::Soap => {
            assert_eq!(answer.status.as_u16(), 200, "{} {}", body["system_id"], answer.text);
        }
    }
    seen.push(shown(&answer));
    // An answer that is cut shows no part of one either.
    for bytes in [40, 150, 300, 1000] {
        ask["max_body_bytes"] = json!(bytes);
        seen.push(shown(&api.post(Who::Runtime, &send, &ask).await));
    }
    ask["path"] = json!("//evil.example.com");
    seen.push(shown(&api.post(Who::Runtime, &send, &ask).await));
    let token = api.machine_token("acme", Permission::KeysUse);
    let sign = json!({ "method": "GET", "path": "/" });
    let call = api.call_with(&token, Method::POST, &format!("{}/sign", key.path)).json(&sign);
    seen.push(shown(&call.send().await));

    let (resolve, verify) = (format!("{}/resolve", key.path), format!("{}/verify?path=/echo", key.path));
    if body["auth"] == "authorization-code" {
        let answer = api.post(Who::Runtime, &resolve, &json!({ "environment": "live" })).await;
        assert_eq!(answer.code(), "needs-reconnect", "{}", answer.text);
        seen.push(shown(&answer));
        seen.push(shown(&api.call(Who::Editor, Method::POST, &verify).send().await.expect(409)));
        return seen;
    }
    seen.push(shown(&api.call(Who::Editor, Method::POST, &verify).send().await.expect(200)));
    let edit = json!({ "title": "Edited", "entries": body["entries"] });
    seen.push(shown(&api.post(Who::Editor, &verify, &edit).await.expect(200)));
    seen.push(shown(&api.post(Who::Editor, "/v1/verifications?path=/echo", body).await.expect(200)));
    // Secrets in places where they do not belong.
    let fields = &body["entries"]["default"]["fields"];
    let mut misplaced = body.clone();
    misplaced["entries"]["default"]["fields"]["colour"] = json!(fields.to_string());
    seen.push(shown(&api.post(Who::Editor, "/v1/verifications", &misplaced).await.expect(422)));
    seen.push(shown(&api.post(Who::Editor, &verify, &json!({ "entries": fields })).await));

    let plain = api.post(Who::Runtime, &resolve, &json!({ "environment": "live" })).await.expect(200);
    let (handed, mut expected) = (plain.json()["fields"].clone(), stored(body));
    if kind == Kind::Sftp && expected["private_key"].is_string() {
        // Whatever its form was, it is stored in that of OpenSSH.
        let key = handed["private_key"].as_str().expect("a private key");
        assert!(key.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        expected["private_key"] = json!(key);
    }
    assert_eq!(handed, expected, "resolving hands out what was stored");
    seen.push(shown(&api.post(Who::Runtime, &resolve, &json!({ "environment": "test" })).await.expect(409)));
    seen.push(shown(&api.post(Who::Owner, &resolve, &json!({ "environment": "live" })).await.expect(403)));
    seen.push(shown(&api.get(Who::Viewer, &key.path).await.expect(200)));
    let trail = api.get(Who::Owner, &format!("{}/audit?limit=100", key.path)).await.expect(200);
    assert!(trail.json()["items"].as_array().unwrap().len() > 3, "{}", trail.text);
    seen.push(shown(&trail));
    seen
}

/// The fields of a key that are kept: a passphrase opens its private key once.
fn stored(body: &Value) -> Value {
    let text = |name: &str| body[name].as_str().expect("a text");
    let template = Library::shipped().system(text("system_id")).expect("a system");
    let mut fields = body["entries"]["default"]["fields"].clone();
    fields
        .as_object_mut()
        .expect("fields")
        .retain(|id, _| template.field(text("auth"), id).expect("a field of the system").opens().is_none());
    fields
}

#[tokio::test]
async fn no_secret_token_or_session_comes_back_from_a_system_that_repeats_everything() {
    let log = log();
    let (hosts, others) = hosts();
    let names: Vec<&str> = hosts.iter().map(|(name, _)| name.as_str()).collect();
    let outside = Outside::start(&names).await;
    outside.will_always(repeat);
    let mut upstreams = outside.upstreams(&names);
    for (name, port) in hosts.iter().filter(|(_, port)| *port != 443) {
        upstreams = upstreams.with(name, *port, outside.address()).expect("a name that leads to loopback");
    }
    // Nobody is at the servers that speak no HTTP.
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    assert!(others.len() >= 3, "{others:?}");
    for (name, port) in &others {
        upstreams = upstreams.with(name, *port, closed).expect("a name");
    }
    let api = Api::start_with(upstreams).await;
    let mut canaries =
        vec![Canary::new("token", TOKEN), Canary::new("session", SESSION), Canary::new("cookie", COOKIE)];
    let (mut transcript, mut repeated) = (Vec::new(), 0);
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            let body = canary_key(template, variant.id());
            let key = api.store(&body).await;
            canaries.extend(canaries_of(&body, &key.view));
            transcript.extend(used(&api, &key, template.kind(), &body).await);
            repeated += outside.arrived().len();
        }
    }
    let taken_out = transcript.iter().filter(|text| text.contains("[removed]")).count();
    assert!(repeated >= 150 && taken_out >= 100, "{repeated} {taken_out}");
    for canary in &mut canaries {
        canary.also_in_parts();
    }
    let transcript = transcript.join("\n");
    let items = format!("{:?}", api.items(TABLE).await);
    let stream = api.stream_records().await.join("\n");
    let logged = log.text();
    assert!(logged.contains("send_request"), "the log was captured");
    let forbidden = Forbidden::new(&canaries);
    forbidden.must_not_be_in("an answer", &transcript);
    forbidden.must_not_be_in("the table", &items);
    forbidden.must_not_be_in("the stream", &stream);
    forbidden.must_not_be_in("the log", &logged);
}
