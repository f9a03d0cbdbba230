//! The rules that turn a draft into a key. A plan is a key that may be stored, together with the secrets
//! that are still to be sealed.

mod checks;
mod entries;
mod headers;
mod own_check;
mod planner;
mod rule;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub(in crate::keys) use self::checks::check_addresses;
use self::{
    checks::{check_authentication, check_bindings, check_size},
    own_check::check_own,
    planner::Planner,
};
use crate::{
    complaints::Complaints,
    error::Error,
    ids::{AccountId, KeyId},
    keys::{audit::AuditHead, draft::Draft, key::Key, notice::Told},
    private_key::Work,
    sealing::EntryName,
    secret::SecretText,
    stamp::Stamp,
    system::{AuthVariant, Library, Template},
};

/// The most organization entries of one key.
pub const MAX_ORGANIZATIONS: usize = 40;
/// The most headers of one key.
pub const MAX_HEADERS: usize = 20;
/// The most bytes of public values in one key, so that its row stays well below DynamoDB's 400 KB.
pub const MAX_PUBLIC_BYTES: usize = 100_000;

/// The basis of a draft: a new key, or a stored one that the draft changes.
#[derive(Clone, Copy)]
pub enum Basis<'a> {
    /// Nothing: the key is new.
    New {
        /// The new key's id.
        id: &'a KeyId,
        /// Whose it will be.
        account: &'a AccountId,
    },
    /// A stored key.
    Stored(&'a Key),
}

/// A key as it may be stored, and its secrets that are not sealed yet.
pub struct Plan {
    /// The key. Its version, stamps and audit head are still those of the basis, and the fields in `fresh` are
    /// still missing.
    pub key: Key,
    /// The secrets to seal.
    pub fresh: Vec<Fresh>,
}

/// A secret that was given in this request.
pub struct Fresh {
    /// Its entry.
    pub entry: EntryName,
    /// Its field; for a header, the folded name.
    pub field: String,
    /// Its value.
    pub value: SecretText,
    /// Whether its last characters may be shown.
    pub hint: HintRule,
}

/// Whether the last characters of a secret may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintRule {
    /// They may, if the value is long enough.
    LastFour,
    /// Nothing is shown.
    Nothing,
}

/// Checks a draft against its system's template and the stored key.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once; then [`Error::StaleHash`]; then
/// [`Error::SecretsNeeded`] when a kept secret would be sent somewhere else than it was sealed for.
pub fn plan(draft: Draft, basis: Basis<'_>, now: Timestamp) -> Result<Plan, Error> {
    let stored = match basis {
        Basis::New { .. } => None,
        Basis::Stored(key) => Some(key),
    };
    let template = template_for(&draft.system, stored)?;
    let variant = variant_for(template, draft.auth.as_deref())?;
    let mut planner = Planner {
        template,
        variant,
        stored,
        complaints: Complaints::default(),
        stale: Vec::new(),
        fresh: Vec::new(),
        notices: Vec::new(),
        work: Work::default(),
    };

    let title = planner.complaints.parse("title", &draft.title);
    let environment = planner.complaints.parse("environment", &draft.environment);
    let expires_at = planner.expiry(draft.expires_at.as_deref(), now);
    let base_url = planner.base_url(draft.base_url);
    let restrictions = planner.restrictions(&draft.restrictions);
    let check = draft.check.and_then(|asked| planner.own_check(asked));
    let entries = planner.entries(draft.entries, draft.ownership);
    let headers = planner.headers(draft.headers, &entries);
    planner.check_headers_against(&restrictions, &headers);
    let Planner { complaints, stale, fresh, notices, .. } = planner;
    let (title, environment) = complaints.settle(|| Ok((title?, environment?)))?;
    if !stale.is_empty() {
        return Err(Error::StaleHash(stale));
    }

    let key = match basis {
        Basis::New { id, account } => Key {
            id: id.clone(),
            account: account.clone(),
            system: template.id().clone(),
            template_version: template.version(),
            auth: variant.id().to_owned(),
            title,
            environment,
            base_url,
            restrictions,
            check,
            headers,
            headers_sealed_at: None,
            ownership: draft.ownership,
            entries,
            connections: BTreeMap::new(),
            expires_at,
            disabled: None,
            version: 0,
            active_uses: 0,
            links_version: 0,
            removed: BTreeMap::new(),
            created: Stamp { at: now, by: String::new() },
            updated: Stamp { at: now, by: String::new() },
            audit: AuditHead::EMPTY,
            told: Told::default(),
            notices,
        },
        Basis::Stored(key) => Key {
            system: template.id().clone(),
            template_version: template.version(),
            auth: variant.id().to_owned(),
            title,
            environment,
            base_url,
            restrictions,
            check,
            headers,
            ownership: draft.ownership,
            entries,
            expires_at,
            notices,
            ..key.clone()
        },
    };
    check_size(&key)?;
    check_addresses(&key)?;
    check_own(&key, &fresh)?;
    check_authentication(&key, &fresh)?;
    if let Some(stored) = stored {
        check_bindings(stored, &key)?;
    }
    Ok(Plan { key, fresh })
}

/// A key keeps the template version that it was made with, until it becomes a key of another system.
fn template_for(system: &str, stored: Option<&Key>) -> Result<&'static Template, Error> {
    match stored {
        Some(key) if key.system.as_str() == system => key.template(),
        Some(_) | None => Library::shipped()
            .system(system)
            .ok_or_else(|| Error::invalid("system_id", "is no system of the library: see GET /v1/systems")),
    }
}

fn variant_for(template: &'static Template, auth: Option<&str>) -> Result<&'static AuthVariant, Error> {
    let offered =
        || template.auth().iter().map(|variant| format!("`{}`", variant.id())).collect::<Vec<_>>().join(", ");
    match (auth, template.auth()) {
        (Some(auth), variants) => variants
            .iter()
            .find(|variant| variant.id() == auth)
            .ok_or_else(|| Error::invalid("auth", format!("must be one of {}", offered()))),
        (None, [only]) => Ok(only),
        (None, _) => Err(Error::invalid("auth", format!("is needed: one of {}", offered()))),
    }
}
