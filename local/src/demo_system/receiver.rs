//! A receiver of webhooks: it shows what arrived, and whether the signature is right.

use std::{collections::VecDeque, sync::Arc};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use keyward_functions::system::SystemClock;
use keyward_shared::moment::Clock as _;

use super::{
    HOST, Known,
    consent::{escape, page},
};

/// The path that webhooks send to.
const PATH: &str = "/hooks";
/// How many requests are shown.
const MOST: usize = 50;

/// A request that arrived.
pub(super) struct Received {
    at: Timestamp,
    id: String,
    verdict: Result<(), &'static str>,
    body: String,
}

/// What arrived last, the newest first.
pub(super) type Arrivals = VecDeque<Received>;

/// Where requests arrive.
pub(super) fn router(known: &Arc<Known>) -> Router {
    Router::new().route(PATH, post(take).put(take).patch(take)).with_state(Arc::clone(known))
}

/// Where people look at them.
pub(super) fn pages(known: &Arc<Known>) -> Router {
    Router::new().route("/received", get(show)).with_state(Arc::clone(known))
}

impl Known {
    /// The secret that requests are signed with, as Standard Webhooks writes it.
    pub(super) fn hook_secret(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(self.hook_key()))
    }

    fn hook_key(&self) -> Vec<u8> {
        hmac::sign(&self.key, b"the secret of webhooks").as_ref().to_vec()
    }
}

/// Whether a request is signed as Standard Webhooks 1.0.0 says ("Signature scheme"), or what is wrong with it.
fn check(key: &[u8], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = text("webhook-id").ok_or("it has no webhook-id")?;
    let timestamp = text("webhook-timestamp").ok_or("it has no webhook-timestamp")?;
    let signatures = text("webhook-signature").ok_or("it has no webhook-signature")?;
    let sent: i64 = timestamp.parse().map_err(|_| "its webhook-timestamp is no number")?;
    if (now.as_second() - sent).abs() > 300 {
        return Err("it was signed more than five minutes ago");
    }
    let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let is_right = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|tag| BASE64_STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(&key, &content, &tag).is_ok())
    };
    if signatures.split(' ').any(is_right) { Ok(()) } else { Err("its signature is that of another secret") }
}

async fn take(State(known): State<Arc<Known>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = SystemClock.now();
    let verdict = check(&known.hook_key(), &headers, &body, now);
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or("none").to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut arrivals = known.arrivals();
    arrivals.push_front(Received { at: now, id, verdict, body });
    arrivals.truncate(MOST);
    if verdict.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

async fn show(State(known): State<Arc<Known>>) -> Response {
    let row = |received: &Received| {
        let Received { at, id, verdict, body } = received;
        let verdict = match verdict {
            Ok(()) => "The signature is right.".to_owned(),
            Err(why) => format!("Refused: {why}."),
        };
        let (id, body) = (escape(id), escape(body));
        format!("<li><strong>{verdict}</strong><br>{at}, webhook-id {id}<pre>{body}</pre></li>")
    };
    let rows: String = known.arrivals().iter().map(row).collect();
    let rows = if rows.is_empty() {
        "<p>Nothing has arrived yet.</p>".to_owned()
    } else {
        format!("<ol>{rows}</ol>")
    };
    let secret = known.hook_secret();
    let body = format!(
        r#"<h1>What webhooks sent here</h1>
<p>Store a credential of the system Custom HTTP: base URL <code>https://{HOST}</code>, authentication type HMAC-SHA256, scheme Standard
Webhooks, any client ID, and the client secret <code>{secret}</code>. Then add a webhook with it and the path <code>{PATH}</code>, and send a
test event.</p>
{rows}"#
    );
    page(StatusCode::OK, &body, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Standard Webhooks' own libraries (standard-webhooks/standard-webhooks, the tests of its libraries).
    const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn checked(id: &str, signature: &str, now: i64) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("webhook-id", id), ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let key = BASE64_STANDARD.decode(KEY).unwrap();
        check(&key, &headers, br#"{"test": 2432232314}"#, Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn a_signature_is_right_for_its_message_and_its_time_alone() {
        const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(checked(ID, SIGNATURE, 1_614_265_330), Ok(()));
        assert_eq!(checked(ID, &format!("v1,AAAA {SIGNATURE}"), 1_614_265_330), Ok(()));
        assert!(checked(ID, SIGNATURE, 1_614_265_330 + 301).is_err());
        assert!(checked("msg_2", SIGNATURE, 1_614_265_330).is_err());
        assert!(checked(ID, "v1,AAAA", 1_614_265_330).is_err());
    }
}
