//! Planning the headers of a key.

use std::collections::BTreeMap;

use super::{
    MAX_HEADERS,
    planner::Planner,
    rule::{Rule, Slot},
};
use crate::{
    keys::{
        draft::{DraftHeader, Visibility},
        header::{self, HeaderName},
        key::{Entry, FieldValue, Header},
    },
    sealing::EntryName,
    signing::Part,
    strategy::{Lookup, Scheme as _},
    system::{ConstantHeader, HeaderRule, Standing},
};

impl Planner<'_> {
    /// The headers that a key of this system may have.
    pub(super) fn headers(
        &mut self,
        drafts: Vec<DraftHeader>,
        entries: &BTreeMap<EntryName, Entry>,
    ) -> Vec<Header> {
        let rule = self.template.headers(self.variant.id());
        if rule == HeaderRule::None && !drafts.is_empty() {
            self.complain("headers", "this system takes no headers");
            return Vec::new();
        }
        if drafts.len() > MAX_HEADERS {
            self.complain("headers", format!("a key holds at most {MAX_HEADERS} headers"));
            return Vec::new();
        }
        let mut headers: Vec<Header> = Vec::new();
        let mut names: Vec<HeaderName> = Vec::new();
        for (index, draft) in drafts.into_iter().enumerate() {
            let at = format!("headers[{index}]");
            let Ok(name) = self.complaints.parse::<HeaderName>(format!("{at}.name"), &draft.name) else {
                continue;
            };
            if names.iter().any(|known| known.is(name.as_str())) {
                self.complain(format!("{at}.name"), "is there twice");
                continue;
            }
            if self.is_authentication(&name, entries) {
                self.complain(format!("{at}.name"), header::HeaderNameError::Authentication);
                continue;
            }
            names.push(name.clone());
            if self.is_constant(&name) {
                self.complain(format!("{at}.name"), header::HeaderNameError::Constant);
                continue;
            }
            let choices = match rule {
                HeaderRule::ContentTypeRequired(choices) if name.is("content-type") => Some(choices),
                HeaderRule::ContentTypeRequired(_) | HeaderRule::Optional | HeaderRule::None => None,
            };
            if choices.is_some() && draft.visibility == Visibility::Secret {
                self.complain(format!("{at}.secret"), "Content-Type is public");
                continue;
            }
            let field = name.folded();
            let stored = self.stored.and_then(|key| key.secret(&EntryName::Headers, &field)).cloned();
            let slot = Slot { at: format!("{at}.value"), entry: EntryName::Headers, field, stored };
            let rule = Rule::Header { visibility: draft.visibility, choices };
            if let Some(value) = self.value(slot, draft.value, rule) {
                headers.push(Header { name, value });
            } else if draft.visibility == Visibility::Secret {
                // Its place in the list is kept by a mark that sealing replaces.
                headers.push(Header { name, value: FieldValue::Public(String::new()) });
            }
        }
        if matches!(rule, HeaderRule::ContentTypeRequired(_))
            && !names.iter().any(|name| name.is("content-type"))
        {
            self.complain("headers", "needs a Content-Type: application/json, application/xml or application/x-www-form-urlencoded");
        }
        headers
    }

    /// Whether every request of the system carries this header with a value of the template.
    fn is_constant(&self, name: &HeaderName) -> bool {
        let is_constant = |header: &ConstantHeader| header.standing() == Standing::Constant;
        self.variant.constant_headers().iter().any(|header| header.is(name.as_str()) && is_constant(header))
    }

    /// Whether the auth variant sets this header itself.
    fn is_authentication(&self, name: &HeaderName, entries: &BTreeMap<EntryName, Entry>) -> bool {
        entries.values().any(|entry| {
            let owned = self.variant.strategy().owned(&Lookup::new(|field| entry.public(field)));
            owned
                .iter()
                .any(|owned| !owned.key_may_have() && owned.is(Part::Header, name.as_str().as_bytes()))
        })
    }
}
