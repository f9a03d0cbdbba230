//! Machine clients are none of the sign-in's: they get their tokens at the token route.

use crate::{sign_in_browser::assert_oauth_error, support::Stack};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_machine_client_gets_nothing_of_the_sign_in() {
    let stack = Stack::start().await;
    let runtime = stack.sign_in.test_door_client_secret("runtime").unwrap().expose().to_owned();
    for form in [
        vec![GRANT],
        vec![GRANT, ("client_id", "runtime")],
        vec![GRANT, ("client_id", "runtime"), ("client_secret", &runtime)],
        vec![("grant_type", "refresh_token"), ("client_id", "runtime"), ("client_secret", &runtime)],
        vec![GRANT, ("client_id", "panel"), ("client_secret", &runtime)],
    ] {
        let response = stack.token(&form).await;
        assert!(response.headers().contains_key("www-authenticate"));
        assert_oauth_error(response, 401, "invalid_client").await;
    }
    let request = stack.http.post(stack.url("/oauth2/token")).basic_auth("runtime", Some(&runtime));
    assert_oauth_error(request.form(&[GRANT]).send().await.unwrap(), 401, "invalid_client").await;
}

#[tokio::test]
async fn the_panel_has_its_own_grants_and_no_other() {
    let stack = Stack::start().await;
    let panel = [GRANT, ("client_id", "panel")];
    assert_oauth_error(stack.token(&panel).await, 400, "unsupported_grant_type").await;
    let password = [("grant_type", "password"), ("client_id", "panel")];
    assert_oauth_error(stack.token(&password).await, 400, "unsupported_grant_type").await;
    assert_oauth_error(stack.token(&[("client_id", "panel")]).await, 400, "invalid_request").await;
    assert_oauth_error(stack.token(&[GRANT, GRANT, ("client_id", "panel")]).await, 400, "invalid_request")
        .await;
}
