//! Signing in with a browser: authorization code with PKCE, password and TOTP.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::support::Stack;

pub const EMAIL: &str = "owner@acme.example";
/// The pair of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl Stack {
    /// A good authorization request, for a test to bend.
    pub fn authorization(&self) -> Vec<(&'static str, String)> {
        [
            ("response_type", "code"),
            ("client_id", "panel"),
            ("redirect_uri", &self.url("/")),
            ("scope", "openid email keyward/keys:read"),
            ("state", "st&te"),
            ("nonce", "n1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    pub async fn authorize(&self, query: &[(&str, String)]) -> Response {
        self.http.get(self.url("/oauth2/authorize")).query(query).send().await.unwrap()
    }

    pub async fn submit(&self, password: &str, code: &str) -> Response {
        let form = [("email", EMAIL), ("password", password), ("code", code)];
        let request = self.http.post(self.url("/sign-in/session")).query(&self.authorization());
        request.header("Origin", &self.origin).form(&form).send().await.unwrap()
    }

    pub fn password(&self) -> String {
        self.sign_in.test_door_password(EMAIL).unwrap().expose().to_owned()
    }

    pub fn totp(&self) -> String {
        self.sign_in.test_door_totp_code(EMAIL).unwrap().expose().to_owned()
    }

    /// Signs in and gives back the authorization code.
    async fn code(&self) -> String {
        let response = self.submit(&self.password(), &self.totp()).await;
        assert_eq!(response.status(), 303);
        let location = location(&response);
        assert_eq!(location.as_str().split('?').next(), Some(self.url("/").as_str()));
        assert_eq!(parameter(&location, "state").as_deref(), Some("st&te"));
        parameter(&location, "code").unwrap()
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> Response {
        self.http.post(self.url("/oauth2/token")).form(form).send().await.unwrap()
    }

    pub async fn exchange(&self, code: &str, verifier: &str) -> Response {
        let redirect_uri = self.url("/");
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", "panel"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &redirect_uri),
        ])
        .await
    }

    pub async fn refresh(&self, token: &str) -> Response {
        let form = [("grant_type", "refresh_token"), ("client_id", "panel"), ("refresh_token", token)];
        self.token(&form).await
    }
}

pub fn location(response: &Response) -> Url {
    response.headers()["location"].to_str().unwrap().parse().unwrap()
}

pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// Asserts an OAuth error.
pub async fn assert_oauth_error(response: Response, status: u16, error: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "error": error }));
}

#[tokio::test]
async fn a_person_signs_in_and_gets_tokens_that_say_who_it_is() {
    let stack = Stack::start().await;
    let page = stack.authorize(&stack.authorization()).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("LOCAL") && !page.contains("<script") && !page.contains("style="));

    let response = stack.exchange(&stack.code().await, VERIFIER).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let tokens: Value = response.json().await.unwrap();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    let access = tokens["access_token"].as_str().unwrap();
    // Keyward's own tokens are issued for the ID token.
    let keys = stack.http.get(stack.url("/v1/keys")).bearer_auth(access).send().await.unwrap();
    assert_eq!(keys.status(), 401);

    let user = stack.http.get(stack.url("/oauth2/userInfo")).bearer_auth(access).send().await.unwrap();
    assert_eq!(user.json::<Value>().await.unwrap()["email"], EMAIL);
    let id = tokens["id_token"].as_str().unwrap();
    let user = stack.http.get(stack.url("/oauth2/userInfo")).bearer_auth(id).send().await.unwrap();
    assert_eq!(user.status(), 401, "an ID token is not for this");
}

#[tokio::test]
async fn a_wrong_password_or_code_is_refused_alike_and_the_email_is_kept() {
    let stack = Stack::start().await;
    let (password, totp) = (stack.password(), stack.totp());
    let wrong_code = if totp == "000000" { "000001" } else { "000000" };
    let mut pages = Vec::new();
    for (password, code) in [("wrong", totp.as_str()), (password.as_str(), wrong_code), ("", "")] {
        let response = stack.submit(password, code).await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers().get("location"), None);
        pages.push(response.text().await.unwrap());
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "the page does not tell which was wrong");
    assert!(pages[0].contains(r#"value="owner@acme.example""#) && pages[0].contains("error-summary"));
    assert!(!pages[0].contains(&password) && !pages[0].contains(&totp));
}

#[tokio::test]
async fn a_totp_code_works_once() {
    let stack = Stack::start().await;
    let (password, totp) = (stack.password(), stack.totp());
    assert_eq!(stack.submit(&password, &totp).await.status(), 303);
    assert_eq!(stack.submit(&password, &totp).await.status(), 401);
    stack.clock.advance_seconds(30);
    assert_eq!(stack.submit(&password, &stack.totp()).await.status(), 303);
}

#[tokio::test]
async fn after_five_wrong_attempts_one_has_to_wait() {
    let stack = Stack::start().await;
    for _ in 0..5 {
        assert_eq!(stack.submit("wrong", "000000").await.status(), 401);
    }
    let (password, totp) = (stack.password(), stack.totp());
    let response = stack.submit(&password, &totp).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.text().await.unwrap().contains("Try again in 1 second."));
    stack.clock.advance_seconds(1);
    assert_eq!(stack.submit(&password, &totp).await.status(), 303);
}

#[tokio::test]
async fn what_is_typed_cannot_become_part_of_the_page() {
    let stack = Stack::start().await;
    let mut query = stack.authorization();
    query.retain(|(name, _)| *name != "state");
    query.push(("state", r#""><script>alert(1)</script>"#.to_owned()));
    let form = [("email", r#""><script>alert(2)</script>"#), ("password", "p"), ("code", "000000")];
    let request = stack.http.post(stack.url("/sign-in/session")).query(&query).form(&form);
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&quot;&gt;&lt;script&gt;alert(2)"), "{page}");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let stack = Stack::start().await;
    let (password, totp) = (stack.password(), stack.totp());
    for origin in ["https://evil.example", "null"] {
        let form = [("email", EMAIL), ("password", &password), ("code", &totp)];
        let request =
            stack.http.post(stack.url("/sign-in/session")).query(&stack.authorization()).form(&form);
        let response = request.header("Origin", origin).send().await.unwrap();
        assert_eq!(response.status(), 403);
    }
    stack.code().await;
}

#[tokio::test]
async fn the_browser_is_never_sent_to_a_foreign_address() {
    let stack = Stack::start().await;
    let foreign =
        ["https://evil.example/", "", &stack.url("/other"), &format!("{}@evil.example/", stack.origin)]
            .map(|address| ("redirect_uri", address.to_owned()));
    for (name, value) in foreign.into_iter().chain([("client_id", "runtime".to_owned())]) {
        let mut query = stack.authorization();
        query.retain(|(own, _)| *own != name);
        query.push((name, value.clone()));
        let response = stack.authorize(&query).await;
        assert_eq!((response.status().as_u16(), response.headers().get("location")), (400, None), "{value}");
    }
    let logout = |address: String| {
        let query = [("client_id", "panel".to_owned()), ("logout_uri", address)];
        stack.http.get(stack.url("/logout")).query(&query).send()
    };
    assert_eq!(logout("https://evil.example/".to_owned()).await.unwrap().status(), 400);
    assert_eq!(location(&logout(stack.url("/")).await.unwrap()).as_str(), stack.url("/"));
}

#[tokio::test]
async fn pages_under_both_names_of_the_stack_may_read_what_the_issuer_says_and_no_others() {
    let stack = Stack::start().await;
    let localhost = stack.origin.replace("127.0.0.1", "localhost");
    let other_port = format!("{localhost}0");
    for (origin, may) in [
        (stack.origin.as_str(), true),
        (&localhost, true),
        (&other_port, false),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let token = stack.http.post(stack.url("/oauth2/token")).form(&[("client_id", "panel")]);
        let settings = stack.http.get(stack.url("/.well-known/openid-configuration"));
        let form = stack.http.get(stack.url("/oauth2/authorize")).query(&stack.authorization());
        for (request, may) in [(token, may), (settings, may), (form, false)] {
            let answer = request.header("origin", origin).send().await.unwrap();
            let allowed =
                answer.headers().get("access-control-allow-origin").map(|name| name.to_str().unwrap());
            assert_eq!(allowed, may.then_some(origin), "{}", answer.url());
            assert_eq!(answer.headers().get("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_the_client() {
    let stack = Stack::start().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("scope", "openid keyward/everything", "invalid_scope"),
        ("prompt", "none", "login_required"),
    ] {
        let mut query = stack.authorization();
        query.retain(|(own, _)| *own != name);
        query.push((name, value.to_owned()));
        let location = location(&stack.authorize(&query).await);
        assert_eq!(parameter(&location, "error").as_deref(), Some(error), "{name}");
        assert_eq!(parameter(&location, "state").as_deref(), Some("st&te"));
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_a_second_try_takes_its_tokens_back() {
    let stack = Stack::start().await;
    let code = stack.code().await;
    let tokens: Value = stack.exchange(&code, VERIFIER).await.json().await.unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(stack.refresh(refresh).await.status(), 200);
    assert_oauth_error(stack.exchange(&code, VERIFIER).await, 400, "invalid_grant").await;
    assert_oauth_error(stack.refresh(refresh).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_wrong_verifier_uses_the_code_up() {
    let stack = Stack::start().await;
    let code = stack.code().await;
    let wrong = VERIFIER.replace('d', "e");
    assert_oauth_error(stack.exchange(&code, &wrong).await, 400, "invalid_grant").await;
    assert_oauth_error(stack.exchange(&code, VERIFIER).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes() {
    let stack = Stack::start().await;
    let code = stack.code().await;
    stack.clock.advance_seconds(300);
    assert_oauth_error(stack.exchange(&code, VERIFIER).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn refreshing_ends_ten_hours_after_the_sign_in_and_keeps_its_time() {
    let stack = Stack::start().await;
    let tokens: Value = stack.exchange(&stack.code().await, VERIFIER).await.json().await.unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    stack.clock.advance_seconds(10 * 3600 - 1);
    let renewed: Value = stack.refresh(refresh).await.json().await.unwrap();
    let next = renewed["refresh_token"].as_str().unwrap();
    let claims = |tokens: &Value| crate::sign_in_tokens::claims_of(tokens["access_token"].as_str().unwrap());
    let (first, second) = (claims(&tokens), claims(&renewed));
    assert_eq!(first["auth_time"], second["auth_time"]);
    assert_eq!(first["origin_jti"], second["origin_jti"]);
    assert_ne!(first["jti"], second["jti"]);
    // The token that took its place is of the same sign-in.
    stack.clock.advance_seconds(1);
    for token in [refresh, next] {
        assert_oauth_error(stack.refresh(token).await, 400, "invalid_grant").await;
    }
}

#[tokio::test]
async fn a_refresh_token_counts_for_ten_seconds_after_another_took_its_place() {
    let stack = Stack::start().await;
    let tokens: Value = stack.exchange(&stack.code().await, VERIFIER).await.json().await.unwrap();
    let first = tokens["refresh_token"].as_str().unwrap();
    let renewed: Value = stack.refresh(first).await.json().await.unwrap();
    let second = renewed["refresh_token"].as_str().unwrap();
    assert_ne!(first, second);
    // An answer that was lost can be asked for again.
    stack.clock.advance_seconds(9);
    assert_eq!(stack.refresh(first).await.status(), 200);
    stack.clock.advance_seconds(1);
    assert_oauth_error(stack.refresh(first).await, 400, "invalid_grant").await;
    assert_eq!(stack.refresh(second).await.status(), 200);
}

#[tokio::test]
async fn a_refresh_token_can_be_taken_back() {
    let stack = Stack::start().await;
    let tokens: Value = stack.exchange(&stack.code().await, VERIFIER).await.json().await.unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("token", refresh), ("client_id", "panel")];
    let revoked = stack.http.post(stack.url("/oauth2/revoke")).form(&form).send().await.unwrap();
    assert_eq!(revoked.status(), 200);
    assert_oauth_error(stack.refresh(refresh).await, 400, "invalid_grant").await;
}
