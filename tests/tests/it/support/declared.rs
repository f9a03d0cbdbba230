//! What each route declares that it answers. Every answer that a test gets is held against it.

use std::sync::LazyLock;

use keyward_functions::{
    edge::Code,
    openapi::Answers,
    table::{self, Route},
};

/// The route that takes what no other takes.
const DEFAULT: &str = "$default";

/// Statuses that API Gateway answers by itself, in its own shape: no token, no scope, a body or headers that are too long.
const OF_THE_GATEWAY: [u16; 4] = [401, 403, 413, 431];

static DECLARED: LazyLock<Vec<(&Route, Answers)>> =
    LazyLock::new(|| table::routes().map(|(_, route)| (route, route.answers())).collect());

/// Panics when the route of this request does not declare the answer. `code` is empty where the answer is no problem.
#[track_caller]
pub(crate) fn hold(method: &str, path: &str, status: u16, code: &str) {
    let (route, answers) = declared(method, path);
    let at = format!("{method} {path} ({}) answered {status} {code}", route.key());
    if code.is_empty() {
        let declared = answers.successes.contains(&status) || answers.further.contains(&status);
        let known = declared || OF_THE_GATEWAY.contains(&status);
        assert!(known, "{at}, and declares {:?}", answers.successes);
        return;
    }
    let code = Code::ALL.iter().find(|known| known.as_str() == code);
    let code = code.unwrap_or_else(|| panic!("{at}, which is no code"));
    assert_eq!(status, code.status().as_u16(), "{at}");
    // No route plans for a fault of ours.
    let known = *code == Code::Internal || answers.codes.contains(code);
    assert!(known, "{at}, and declares {:?}", answers.codes);
}

fn declared(method: &str, path: &str) -> &'static (&'static Route, Answers) {
    let takes = |route: &Route| {
        route.method.is_some_and(|known| known.as_str() == method) && matches(route.path, path)
    };
    let found = DECLARED.iter().find(|(route, _)| takes(route));
    let default = || DECLARED.iter().find(|(route, _)| route.path == DEFAULT);
    found.or_else(default).expect("a route takes what no other takes")
}

/// Whether a route's path takes this path: a parameter takes one part of it.
fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let takes = |(part, found): (&&str, &&str)| part == found || (part.starts_with('{') && !found.is_empty());
    template.len() == path.len() && template.iter().zip(&path).all(takes)
}

#[test]
fn a_code_that_its_route_does_not_declare_is_noticed() {
    hold("GET", "/v1/keys/key_1", 404, "not-found");
    for (method, path, status, code) in [
        ("GET", "/v1/keys/key_1", 409, "key-in-use"),
        ("GET", "/v1/keys/key_1", 409, "not-found"),
        ("GET", "/v1/keys/key_1", 404, "nothing-known"),
        ("GET", "/v1/keys/key_1", 201, ""),
        ("GET", "/v1/nothing", 403, "forbidden"),
    ] {
        let held = std::panic::catch_unwind(|| hold(method, path, status, code));
        assert!(held.is_err(), "{method} {path} {status} {code}");
    }
}
