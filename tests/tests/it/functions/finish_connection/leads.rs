//! Where the callback leads a browser, and what the browser tells whoever it comes to next.

use serde_json::json;
use url::Url;

use super::scopes;
use crate::support::{
    Answer,
    connect::{HOSTS, tokens},
    uses::stack_with,
};

#[tokio::test]
async fn no_parameter_leads_a_browser_elsewhere() {
    let (api, outside) = stack_with(&HOSTS).await;
    let key = api.key_of_app(&api.app().await).await;
    let evil = "https%3A%2F%2Fevil.example.com";
    for name in [
        "next",
        "return_to",
        "redirect_uri",
        "redirect",
        "url",
        "RelayState",
        "continue",
        "key",
        "entry",
        "left",
    ] {
        let journey = api.begin(&key, &scopes()).await;
        let asked = format!("error=access_denied&{name}={evil}&state={}", journey.parameter("state"));
        let (_, answer) = api.come_back(&journey.back(&asked), Some(&journey.cookie)).await;
        let expected = format!("/#/connection/denied?key={}&entry=default", key.id);
        assert_eq!(answer.header("location"), Some(expected.as_str()), "{name}");
    }
    // Nor do those that it reads.
    for asked in [format!("state={evil}"), format!("error={evil}&state=x"), format!("code={evil}&iss={evil}")]
    {
        let journey = api.begin(&key, &json!({ "scopes": [] })).await;
        let (_, answer) = api.come_back(&journey.back(&asked), Some(&journey.cookie)).await;
        let location = answer.header("location").unwrap();
        assert!(location.starts_with("/#/connection/") && !location.contains("evil"), "{location}");
    }
    assert_eq!(outside.connections(), 0);
}

/// What a browser shows after an answer to this address.
fn shown(came_from: &Url, answer: &Answer) -> Url {
    answer.header("location").map_or_else(|| came_from.clone(), |location| came_from.join(location).unwrap())
}

/// The referrer that a browser sends from a page, as old ones do where no policy says otherwise ("no-referrer-when-downgrade" of Referrer
/// Policy §3.7): all but the fragment.
fn referrer(page: &Url, policy: Option<&str>) -> String {
    let mut page = page.clone();
    page.set_fragment(None);
    if policy == Some("no-referrer") { String::new() } else { page.into() }
}

#[tokio::test]
async fn neither_code_nor_state_is_in_a_referrer() {
    let (api, outside) = stack_with(&HOSTS).await;
    let key = api.key_of_app(&api.app().await).await;
    let journey = api.begin(&key, &scopes()).await;
    outside.will_answer(200, &[], tokens("acc3ss", Some("refr3sh"), "ann"));
    let path = journey.with_code("c0de-canary");
    let (notice, answer) = api.come_back(&path, Some(&journey.cookie)).await;
    assert_eq!(notice, "connected");
    let came_from: Url = format!("{}{path}", api.stack().origin()).parse().unwrap();
    let policy = answer.header("referrer-policy");
    let leaks = |page: &Url, policy| {
        let sent = referrer(page, policy);
        sent.contains("c0de-canary") || sent.contains(&journey.parameter("state"))
    };
    assert!(!leaks(&shown(&came_from, &answer), policy));
    // Either of the two is enough, and without both it leaks.
    assert!(!leaks(&shown(&came_from, &answer), None) && !leaks(&came_from, policy));
    assert!(leaks(&came_from, None));
}
