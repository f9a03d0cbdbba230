//! Collects the parts of a plan, and all complaints about the draft.

use std::{collections::BTreeSet, str::FromStr};

use jiff::Timestamp;

use super::{
    Fresh,
    rule::{Rule, Slot},
};
use crate::{
    complaints::Complaints,
    error::InvalidField,
    keys::{
        draft::{DraftRestrictions, DraftValue, Visibility},
        key::{FieldValue, Header, Key},
        restrictions::{OVERRIDES, Restrictions},
    },
    private_key::Work,
    sealing::FieldHash,
    system::{AuthVariant, BaseUrlRule, Template},
};

/// One draft against one template.
pub(super) struct Planner<'a> {
    pub(super) template: &'static Template,
    pub(super) variant: &'static AuthVariant,
    pub(super) stored: Option<&'a Key>,
    pub(super) complaints: Complaints,
    /// Secrets that were to be kept and are not the stored ones any more.
    pub(super) stale: Vec<InvalidField>,
    pub(super) fresh: Vec<Fresh>,
    /// What given values have that is probably not meant.
    pub(super) notices: Vec<InvalidField>,
    /// What the passphrases of this request may still take.
    pub(super) work: Work,
}

impl Planner<'_> {
    pub(super) fn complain(&mut self, field: impl Into<String>, reason: impl ToString) {
        self.complaints.complain(field, reason);
    }

    /// An expiry that is being set lies ahead; one that has passed since it was set may stay.
    pub(super) fn expiry(&mut self, text: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let text = text?;
        let Ok(at) = text.parse::<Timestamp>() else {
            self.complain("expires_at", "must be an RFC 3339 time such as 2030-01-31T00:00:00Z");
            return None;
        };
        let kept = self.stored.is_some_and(|key| key.expires_at == Some(at));
        if at <= now && !kept {
            self.complain("expires_at", "must lie in the future");
        }
        Some(at)
    }

    pub(super) fn base_url(&mut self, typed: Option<String>) -> Option<String> {
        let typed = typed.map(|typed| self.template.tidied_base_url(self.variant.id(), &typed));
        if let Err(reason) = self.template.check_base_url(self.variant.id(), typed.as_deref()) {
            self.complain("base_url", reason);
        }
        typed
    }

    pub(super) fn restrictions(&mut self, asked: &DraftRestrictions) -> Restrictions {
        let has_any = !asked.methods.is_empty() || !asked.paths.is_empty();
        if has_any && matches!(self.template.base_url_rule(self.variant.id()), BaseUrlRule::None) {
            self.complain("restrictions", "are for systems that are reached over HTTP: leave them out");
        }
        for (name, count, most) in [
            ("methods", asked.methods.len(), Restrictions::MAX_METHODS),
            ("paths", asked.paths.len(), Restrictions::MAX_PATHS),
        ] {
            if count > most {
                self.complain(format!("restrictions.{name}"), format!("must be at most {most}"));
            }
        }
        Restrictions {
            methods: self.each("restrictions.methods", &asked.methods),
            paths: self.each("restrictions.paths", &asked.paths),
        }
    }

    /// The members of a list, each of which is parsed.
    fn each<T: FromStr<Err: ToString> + Ord>(&mut self, name: &str, texts: &[String]) -> BTreeSet<T> {
        let mut parsed = BTreeSet::new();
        for (index, text) in texts.iter().enumerate() {
            match text.parse() {
                Ok(member) => drop(parsed.insert(member)),
                Err(reason) => self.complain(format!("{name}[{index}]"), reason),
            }
        }
        parsed
    }

    /// The key's own headers could lead around its restrictions, too.
    pub(super) fn check_headers_against(&mut self, restrictions: &Restrictions, headers: &[Header]) {
        for (index, header) in headers.iter().enumerate() {
            if restrictions.forbids_header(header.name.as_str()) {
                self.complain(format!("headers[{index}].name"), OVERRIDES);
            }
        }
    }

    /// Decides one value. `None` means that it is fresh and waits to be sealed, or that it was complained about.
    pub(super) fn value(&mut self, slot: Slot, value: DraftValue, rule: Rule<'_>) -> Option<FieldValue> {
        match (value, rule.visibility()) {
            (DraftValue::Stored(value @ FieldValue::Secret(_)), Visibility::Secret) => Some(value),
            (DraftValue::Stored(FieldValue::Public(text)), Visibility::Public) => match rule.check(&text) {
                Ok(()) => Some(FieldValue::Public(text)),
                Err(reason) => {
                    self.complain(slot.at, reason);
                    None
                }
            },
            // A stored field or header cannot change between public and secret.
            (DraftValue::Stored(_), Visibility::Public | Visibility::Secret) => {
                self.complain(slot.at, "is needed");
                None
            }
            (DraftValue::Set(text), visibility) => {
                if let Err(reason) = rule.check(text.expose()) {
                    self.complain(slot.at, reason);
                    return None;
                }
                match visibility {
                    Visibility::Public => Some(FieldValue::Public(text.expose().to_owned())),
                    Visibility::Secret => {
                        let hint = rule.hint();
                        self.fresh.push(Fresh { entry: slot.entry, field: slot.field, value: text, hint });
                        None
                    }
                }
            }
            (DraftValue::Keep(_), Visibility::Public) => {
                self.complain(slot.at, "is not a secret: give the value itself");
                None
            }
            (DraftValue::Keep(hash), Visibility::Secret) => self.kept(slot, &hash),
        }
    }

    fn kept(&mut self, slot: Slot, hash: &str) -> Option<FieldValue> {
        let Ok(hash) = hash.parse::<FieldHash>() else {
            self.complain(
                format!("{}.hashed", slot.at),
                "must be the 16 hexadecimal digits that a read returned",
            );
            return None;
        };
        match slot.stored {
            Some(mark) if mark.hash.matches(&hash) => Some(FieldValue::Secret(mark)),
            Some(_) => {
                let reason = "this is not the value's hash any more: read the key again";
                self.stale.push(InvalidField::new(slot.at, reason));
                None
            }
            None => {
                self.complain(
                    slot.at,
                    "no value is stored here that could be kept: give the secret as a string",
                );
                None
            }
        }
    }
}
