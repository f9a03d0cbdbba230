//! Browsers that are not asked again: the session cookie, what it is worth, and how it ends.

use reqwest::Response;
use serde_json::Value;

use crate::{
    sign_in_browser::{EMAIL, VERIFIER, location, parameter},
    sign_in_tokens::claims_of,
    support::{START, Stack},
};

impl Stack {
    /// Signs in and gives back the cookie as a browser returns it.
    async fn cookie(&self) -> String {
        let response = self.submit(&self.password(), &self.totp()).await;
        assert_eq!(response.status(), 303);
        pair(&set_cookies(&response)[0])
    }

    /// Asks for a code with a cookie and further parameters.
    async fn authorize_with(&self, cookie: &str, further: &[(&'static str, &str)]) -> Response {
        let further = further.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let query: Vec<_> = self.authorization().into_iter().chain(further).collect();
        let request = self.http.get(self.url("/oauth2/authorize")).query(&query);
        request.header("cookie", cookie).send().await.unwrap()
    }

    /// The access token's claims, of a code in the answer.
    async fn claims(&self, answer: &Response) -> Value {
        let code = parameter(&location(answer), "code").unwrap();
        let tokens: Value = self.exchange(&code, VERIFIER).await.json().await.unwrap();
        claims_of(tokens["access_token"].as_str().unwrap())
    }

    async fn log_out(&self, cookie: &str, logout_uri: &str) -> Response {
        let query = [("client_id", "panel"), ("logout_uri", logout_uri)];
        self.http.get(self.url("/logout")).query(&query).header("cookie", cookie).send().await.unwrap()
    }
}

fn set_cookies(response: &Response) -> Vec<String> {
    let values = response.headers().get_all("set-cookie").iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// A cookie without its attributes.
fn pair(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

fn asks(response: &Response) -> bool {
    response.status() == 200 && !response.headers().contains_key("location")
}

#[tokio::test]
async fn a_browser_that_is_signed_in_gets_a_code_at_once_and_the_time_of_the_sign_in_stays() {
    let stack = Stack::start().await;
    let signed_in = stack.submit(&stack.password(), &stack.totp()).await;
    let first = stack.claims(&signed_in).await;
    stack.clock.advance_seconds(1800);
    let answer = stack.authorize_with(&pair(&set_cookies(&signed_in)[0]), &[]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(parameter(&location(&answer), "state").as_deref(), Some("st&te"));
    assert!(set_cookies(&answer).is_empty(), "the hour is that of the sign-in");
    let again = stack.claims(&answer).await;
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &Value::from(START)));
    assert_eq!(again["iat"], START + 1800);
    assert_ne!(again["origin_jti"], first["origin_jti"], "taking one's tokens back leaves the other's");
}

#[tokio::test]
async fn the_cookie_is_for_the_sign_in_alone_and_no_script_reads_it() {
    let stack = Stack::start().await;
    let signed_in = stack.submit(&stack.password(), &stack.totp()).await;
    let cookies = set_cookies(&signed_in);
    let value = pair(&cookies[0]);
    assert!(value.starts_with("keyward_sign_in=") && value.len() == "keyward_sign_in=".len() + 43);
    let expected = ["/oauth2/authorize", "/logout"]
        .map(|path| format!("{value}; Path={path}; Max-Age=3600; HttpOnly; SameSite=Lax"));
    assert_eq!(cookies, expected);
    let refused = stack.submit("wrong", "000000").await;
    assert!(set_cookies(&refused).is_empty());
}

#[tokio::test]
async fn after_an_hour_one_is_asked_again() {
    let stack = Stack::start().await;
    let cookie = stack.cookie().await;
    stack.clock.advance_seconds(3599);
    assert_eq!(stack.authorize_with(&cookie, &[]).await.status(), 303);
    stack.clock.advance_seconds(1);
    assert!(asks(&stack.authorize_with(&cookie, &[]).await));
}

#[tokio::test]
async fn the_form_is_shown_to_whoever_wants_a_new_sign_in_or_finds_the_old_one_too_old() {
    let stack = Stack::start().await;
    let cookie = stack.cookie().await;
    stack.clock.advance_seconds(300);
    assert!(asks(&stack.authorize_with(&cookie, &[("prompt", "login")]).await));
    assert!(asks(&stack.authorize_with(&cookie, &[("max_age", "300")]).await));
    assert_eq!(stack.authorize_with(&cookie, &[("max_age", "301")]).await.status(), 303);
    // What the form makes is a sign-in of its own.
    let again = stack.submit(&stack.password(), &stack.totp()).await;
    assert_eq!(stack.claims(&again).await["auth_time"], START + 300);
    assert_ne!(pair(&set_cookies(&again)[0]), cookie);
}

#[tokio::test]
async fn without_the_form_there_is_a_code_or_the_reason_why_not() {
    let stack = Stack::start().await;
    let cookie = stack.cookie().await;
    let answer = stack.authorize_with(&cookie, &[("prompt", "none")]).await;
    assert!(parameter(&location(&answer), "code").is_some());
    stack.clock.advance_seconds(300);
    for (cookie, further, error) in [
        ("keyward_sign_in=", &[("prompt", "none")][..], "login_required"),
        (&cookie, &[("prompt", "none"), ("max_age", "300")], "login_required"),
        (&cookie, &[("prompt", "none login")], "invalid_request"),
        (&cookie, &[("max_age", "soon")], "invalid_request"),
    ] {
        let location = location(&stack.authorize_with(cookie, further).await);
        assert_eq!(parameter(&location, "error").as_deref(), Some(error), "{further:?}");
        assert_eq!(parameter(&location, "code"), None, "{further:?}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_cookie() {
    let stack = Stack::start().await;
    let cookie = stack.cookie().await;
    assert_eq!(stack.log_out(&cookie, "https://evil.example/").await.status(), 400);
    assert_eq!(stack.authorize_with(&cookie, &[]).await.status(), 303);
    let answer = stack.log_out(&cookie, &stack.url("/")).await;
    assert_eq!(location(&answer).as_str(), stack.url("/"));
    let cleared = ["/oauth2/authorize", "/logout"]
        .map(|path| format!("keyward_sign_in=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax"));
    assert_eq!(set_cookies(&answer), cleared);
    assert!(asks(&stack.authorize_with(&cookie, &[]).await), "a kept copy of the cookie is worth nothing");
}

#[tokio::test]
async fn the_cookie_of_another_stack_is_nothing_and_does_not_hide_ones_own() {
    let (stack, other) = (Stack::start().await, Stack::start().await);
    // The two make the same values, as they draw the same bytes: the other's second one is not this one's.
    other.cookie().await;
    other.clock.advance_seconds(30);
    let foreign = other.cookie().await;
    let own = stack.cookie().await;
    assert!(asks(&stack.authorize_with(&foreign, &[]).await));
    let both = format!("{foreign}; {own}");
    assert_eq!(stack.authorize_with(&both, &[]).await.status(), 303);
}

#[tokio::test]
async fn the_form_knows_who_is_expected() {
    let stack = Stack::start().await;
    let page = stack.authorize_with("", &[("login_hint", EMAIL)]).await.text().await.unwrap();
    assert!(page.contains(&format!(r#"value="{EMAIL}""#)), "{page}");
    let page = stack.authorize_with("", &[("login_hint", "\"><script>")]).await.text().await.unwrap();
    assert!(!page.contains("<script"), "{page}");
}
