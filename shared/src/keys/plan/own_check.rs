//! Planning a check of the key's own.

use serde_json::Value;

use super::{Fresh, planner::Planner};
use crate::{
    complaints::Complaints,
    error::Error,
    keys::{
        check::{Asks, Expects, OwnCheck},
        draft::DraftCheck,
        key::Key,
    },
    origin::{BaseUrl, Scheme},
    system::JsonPointer,
};

/// A secret that is shorter may stand in an address by chance.
const MIN_SECRET: usize = 6;

impl Planner<'_> {
    /// The check, or what is wrong with it.
    pub(super) fn own_check(&mut self, asked: DraftCheck) -> Option<OwnCheck> {
        if !self.variant.takes_check() {
            self.complain("check", "is not needed: the template of this system has a check");
            return None;
        }
        if asked.path.len() > OwnCheck::MAX_PATH {
            self.complain("check.path", format!("must have at most {} bytes", OwnCheck::MAX_PATH));
        } else if let Err(reason) = BaseUrl::check_path(&asked.path) {
            self.complain("check.path", reason);
        }
        let status = OwnCheck::expectable(asked.status);
        if status.is_none() {
            let reason = "must be one that the system answers to credentials that it accepts: 200 to 299, or 400 to 499 without 401, 403, 407, 408 and 429";
            self.complain("check.status", reason);
        }
        let asks = self.asks(&asked);
        let expects = self.expects(asked.text, asked.json);
        Some(OwnCheck { asks: asks?, path: asked.path, status: status?, expects: expects? })
    }

    fn asks(&mut self, asked: &DraftCheck) -> Option<Asks> {
        let body = asked.body.as_deref().unwrap_or_default();
        match asked.method.as_str() {
            "GET" if body.is_empty() => Some(Asks::Get),
            "GET" => {
                self.complain("check.body", "is for POST: leave it out");
                None
            }
            "POST" => {
                if !asked.changes_nothing {
                    let reason = "must be true for POST: each trial sends the request twice, so it must change nothing";
                    self.complain("check.changes_nothing", reason);
                }
                if body.len() > OwnCheck::MAX_BODY {
                    self.complain("check.body", format!("must have at most {} bytes", OwnCheck::MAX_BODY));
                }
                Some(Asks::Post { body: body.to_owned() })
            }
            _ => {
                self.complain(
                    "check.method",
                    "must be GET or POST: a check only reads, and HEAD proves nothing",
                );
                None
            }
        }
    }

    fn expects(&mut self, text: Option<String>, json: Option<(String, Value)>) -> Option<Expects> {
        let fits = |text: &str| text.len() <= OwnCheck::MAX_TEXT;
        let reason = format!("must have 1 to {} bytes", OwnCheck::MAX_TEXT);
        match (text, json) {
            (None, None) => Some(Expects::Anything),
            (Some(text), None) if !text.is_empty() && fits(&text) => Some(Expects::Text(text)),
            (Some(_), None) => {
                self.complain("check.text", reason);
                None
            }
            (None, Some((pointer, value))) => {
                if !fits(&pointer) || !fits(&value.to_string()) {
                    self.complain("check.json", format!("must have at most {} bytes", OwnCheck::MAX_TEXT));
                }
                if value.is_object() || value.is_array() {
                    self.complain("check.json.value", "must be a text, a number, true, false or null");
                }
                let pointer: Result<JsonPointer, _> = self.complaints.parse("check.json.pointer", &pointer);
                Some(Expects::Json { pointer: pointer.ok()?, value })
            }
            (Some(_), Some(_)) => {
                self.complain("check.json", "stands in the place of `text`: give one of them");
                None
            }
        }
    }
}

/// A check keeps to the addresses and restrictions of its key, and has no secret in it: everybody who may read the key sees it.
pub(super) fn check_own(key: &Key, fresh: &[Fresh]) -> Result<(), Error> {
    let Some(check) = &key.check else { return Ok(()) };
    let mut complaints = Complaints::default();
    for entry in key.entries.values() {
        let Some(base) = key.base_url(entry)? else {
            return Err(Error::invalid("check", "needs a base address: enter it, or leave the check out"));
        };
        let base = BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).map_err(|_| Error::KeyUnreadable)?;
        match base.join(&check.path) {
            Err(reason) => drop(complaints.complain("check.path", reason)),
            Ok(target) => check.allowed_by(&key.restrictions, &target)?,
        }
        if !complaints.is_empty() {
            break;
        }
    }
    let shows = |secret: &str| secret.len() >= MIN_SECRET && check.texts().any(|text| text.contains(secret));
    if fresh.iter().any(|fresh| shows(fresh.value.expose())) {
        complaints
            .complain("check", "has a secret of the key in it, and everybody who may read the key sees it");
    }
    complaints.settle(|| Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::{
        error::Error,
        fakes::{Counting, now},
        keys::{
            change,
            draft::{Draft, DraftCheck},
            fakes::{World, caller, draft, moment},
        },
        permission::Permission,
    };

    #[test]
    fn a_path_that_no_request_may_have_is_named_beside_the_other_faults() {
        let random = Counting::default();
        for path in [
            "/me#x",
            "#",
            "/me?a=b#c",
            "/me x",
            "/me\tx",
            "/me\u{a0}x",
            "/me\u{7f}",
            "/me\r\nX-Evil: 1",
            "/a\\b",
            "//evil.example",
            "https://evil.example/",
            "user:pw@evil.example",
            "/../admin",
            "/%2e%2e/admin",
            "/%zz",
            "/%00",
        ] {
            let check = DraftCheck {
                method: "HEAD".to_owned(),
                path: path.to_owned(),
                body: None,
                changes_nothing: false,
                status: 302,
                text: Some(String::new()),
                json: None,
            };
            let world = World::default();
            let draft = Draft { check: Some(check), ..draft("token", &[("value", "t0ken-of-mine")]) };
            let writer = caller(&[Permission::KeysWrite]);
            let refused = now(change::create(&world, &world, moment(&random), &writer, draft, None));
            let Err(Error::InvalidFields(fields)) = refused else { panic!("{path:?}") };
            let mut at: Vec<&str> = fields.iter().map(|wrong| wrong.field.as_str()).collect();
            at.sort_unstable();
            assert_eq!(at, ["check.method", "check.path", "check.status", "check.text"], "{path:?}");
            assert!(world.asked().is_empty(), "{path:?}");
        }
    }
}
