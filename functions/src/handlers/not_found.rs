//! `$default`: answers every request without a route. No token; no port.
//!
//! The pages of the control panel differ only after the `#`. An address that was typed without it, such as `/keys`, leads there.

use keyward_shared::error::Error;

use crate::edge::{Answer, Failure, Request};

/// What the paths of the panel's pages begin with (`panel/src/app/app.tsx`).
const PAGES: [&str; 5] = ["keys", "sources", "destinations", "activity", "settings"];

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    let path = request.looks_at().and_then(page).ok_or(Error::NotFound)?;
    let query = request.query_text();
    let query = if query.is_empty() { query } else { format!("?{query}") };
    Ok(Answer::see_other(format!("/#/{path}{query}")))
}

/// The path of a page of the panel, without the first slash. It has ids and words in it and nothing else, so what is made of it
/// leads nowhere but into the panel.
fn page(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/');
    let first = path.split('/').next().unwrap_or_default();
    (PAGES.contains(&first) && path.bytes().all(plain)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_page_of_the_panel_leads_there() {
        for (path, page_of) in [
            ("/keys", Some("keys")),
            ("/keys/", Some("keys")),
            ("/keys/key_0197-a/edit", Some("keys/key_0197-a/edit")),
            ("/settings/members", Some("settings/members")),
            ("/sources/new", Some("sources/new")),
            ("/activity", Some("activity")),
            ("/", None),
            ("//keys", None),
            ("/v1/keys", None),
            ("/keysmith", None),
            ("/keys/..", None),
            ("/keys/a b", None),
            ("/keys/a\r\nset-cookie: a", None),
            ("/keys/@evil.example", None),
            ("keys", None),
        ] {
            assert_eq!(page(path), page_of, "{path}");
        }
    }
}
