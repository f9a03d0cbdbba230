//! The pages where people consent (RFC 6749 §4.1.1).

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use url::{Url, form_urlencoded};

use super::{ACCOUNTS, CLIENT, ISSUER, Known, token::Saying};

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }
fieldset { border: 1px solid; border-radius: 4px; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
button { margin: .5rem .5rem 0 0; padding: .5rem 1.25rem; font: inherit; font-weight: 600; }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
";

pub(super) fn router(known: &Arc<Known>) -> Router {
    Router::new()
        .route("/authorize", get(authorize))
        .route("/consent", post(consent))
        .route("/style.css", get(style))
        .with_state(Arc::clone(known))
}

type Given = HashMap<String, String>;

/// Who asks for what. Exists only for the client, and for an address that it may be sent back to.
struct Ask {
    back: Url,
    state: String,
    scope: String,
    challenge: String,
}

impl Ask {
    /// `None` where nobody may be sent anywhere (RFC 6749 §4.1.2.1).
    fn read(given: &Given) -> Option<Self> {
        let of = |name: &str| given.get(name).cloned().unwrap_or_default();
        let back = Url::parse(&of("redirect_uri")).ok().filter(is_callback)?;
        let is_ours = of("client_id") == CLIENT && of("response_type") == "code";
        let is_proven = of("code_challenge_method") == "S256" && of("code_challenge").len() == 43;
        let ask = Self { back, state: of("state"), scope: of("scope"), challenge: of("code_challenge") };
        (is_ours && is_proven && !ask.state.is_empty()).then_some(ask)
    }

    /// Sends the browser back with an answer, which names its sender (RFC 9207 §2).
    fn answer(self, name: &str, value: &str) -> Response {
        let mut back = self.back;
        back.query_pairs_mut()
            .append_pair(name, value)
            .append_pair("state", &self.state)
            .append_pair("iss", ISSUER);
        ([(header::REFERRER_POLICY, "no-referrer")], Redirect::to(back.as_str())).into_response()
    }
}

/// The addresses that Keyward's own client has registered: those of its callbacks, on this computer.
fn is_callback(address: &Url) -> bool {
    address.scheme() == "http"
        && matches!(address.host_str(), Some("127.0.0.1" | "localhost"))
        && address.path().starts_with("/v1/connections/callback/app_")
        && address.query().is_none()
        && address.fragment().is_none()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

async fn authorize(Query(given): Query<Given>) -> Response {
    let Some(ask) = Ask::read(&given) else { return unknown() };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&given).finish();
    let choices: String = ACCOUNTS
        .iter()
        .enumerate()
        .map(|(index, (id, name))| {
            let checked = if index == 0 { " checked" } else { "" };
            format!(r#"<label><input type="radio" name="account" value="{id}"{checked}> {name}</label>"#)
        })
        .collect();
    let scope = if ask.scope.is_empty() { "nothing in particular".to_owned() } else { escape(&ask.scope) };
    let body = format!(
        r#"<h1>Connect Keyward?</h1>
<p>Keyward asks this demo system for: <strong>{scope}</strong>.</p>
<form method="post" action="/consent?{}">
<fieldset><legend>Account</legend>{choices}</fieldset>
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>"#,
        escape(&query),
    );
    // The answer to the form sends the browser back, and `form-action` applies to where it leads as well.
    page(StatusCode::OK, &body, &ask.back.origin().ascii_serialization())
}

async fn consent(
    State(known): State<Arc<Known>>,
    Query(given): Query<Given>,
    Form(decided): Form<Given>,
) -> Response {
    let Some(ask) = Ask::read(&given) else { return unknown() };
    let account = decided.get("account").and_then(|id| ACCOUNTS.iter().find(|(known, _)| known == id));
    match (decided.get("decision").map(String::as_str), account) {
        (Some("allow"), Some((account, _))) => {
            let code = known.sign(&Saying::code(account, &ask.scope, &ask.challenge, ask.back.as_str()));
            ask.answer("code", &code)
        }
        _ => ask.answer("error", "access_denied"),
    }
}

fn unknown() -> Response {
    let body = "<h1>Nothing to consent to</h1>\n<p>This request did not come from Keyward. Press Connect there again.</p>";
    page(StatusCode::BAD_REQUEST, body, "")
}

pub(super) fn page(status: StatusCode, body: &str, back: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Demo system</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<p>DEMO SYSTEM: it runs on your own computer.</p>
{body}
</main>
</body>
</html>
"#
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {back}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_anywhere_but_to_a_callback_on_this_computer() {
        let at = |address: &str| is_callback(&Url::parse(address).unwrap());
        assert!(at("http://127.0.0.1:8080/v1/connections/callback/app_1"));
        for address in [
            "https://evil.example/v1/connections/callback/app_1",
            "http://127.0.0.1.evil.example/v1/connections/callback/app_1",
            "http://127.0.0.1:8080/v1/connections/callback/app_1?x=1",
            "http://127.0.0.1:8080/#/v1/connections/callback/app_1",
            "http://127.0.0.1:8080/elsewhere",
        ] {
            assert!(!at(address), "{address}");
        }
    }
}
