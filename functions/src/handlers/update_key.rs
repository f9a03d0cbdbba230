//! `PATCH /v1/keys/{key_id}`: changes a key by merge patch. Permission `keys:write`. It carries kept secrets over as
//! they are sealed: it can seal and not open.

use std::{collections::BTreeMap, slice};

use keyward_shared::{
    edit::Edit,
    error::Error,
    keys::{
        change,
        draft::{DraftValue, Patch},
        plan::MAX_HEADERS,
    },
    moment::{Clock, Moment, Random},
    ports::{ListKeyUses, ReadKey, ReadLastUses, ReadSealedEntries, UpdateKey, WrapDataKey},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::{
    create_key::{CheckInput, HeaderInput, RestrictionsInput, ownership},
    key_view::{EnvironmentView, KeyView},
};
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_KEY_BODY_BYTES, Request,
        member::{Ignored, Member, Named, Object, Value},
    },
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKey + ReadSealedEntries + ReadLastUses + ListKeyUses + UpdateKey),
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let patch = request.body::<UpdateKeyRequest>(MAX_KEY_BODY_BYTES)?.parse()?;
    let version = request.seen_version()?;
    // Before the change: afterwards, a read that fails must not hide that the change was made.
    let uses = keys.read_last_uses(caller.account(), slice::from_ref(&id)).await.map_err(Error::from)?;
    let key = change::update(keys, wrapping, moment, caller, (&id, version), patch).await?;
    let last_use = uses.get(&id).copied();
    Ok(Answer::ok(&KeyView::from(&key).with_last_use(last_use)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Change a key")
        .request::<UpdateKeyRequest>(schemas)
        .ok::<KeyView>(schemas)
        .versioned()
        .for_version()
        .refusals(&[
            Code::FreshSignInNeeded,
            Code::NotFound,
            Code::WrongEnvironment,
            Code::KeyInUse,
            Code::KeyUnreadable,
            Code::DoesNotOpen,
            Code::StaleHash,
            Code::InvalidFields,
            Code::SecretsNeeded,
        ])
}

/// A merge patch (RFC 7396): what is absent stays, `null` clears, a value sets. A key as it was read may be sent back
/// whole: the members that only Keyward sets are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateKeyRequest {
    /// Another system: the secrets are needed again.
    #[schemars(with = "Member<bounds::System>")]
    system_id: Member<String>,
    /// Another auth variant: the secrets are needed again.
    auth: Member<String>,
    /// The title: 1 to 100 characters.
    #[schemars(with = "Member<bounds::Title>")]
    title: Member<String>,
    /// `live` or `test`; moving a key needs its secrets again.
    #[schemars(with = "Member<EnvironmentView>")]
    environment: Member<String>,
    /// The address; another origin needs the secrets again.
    #[schemars(with = "Member<bounds::BaseAddress>")]
    base_url: Member<String>,
    /// The whole restrictions; other ones need the secrets again. `null` lifts them.
    restrictions: Member<Object<RestrictionsInput>>,
    /// The whole check of the key's own. One with POST, or another instead of one, needs the secrets again. `null` removes it.
    check: Member<Object<CheckInput>>,
    /// The whole list of headers. A secret one is kept by its mark.
    #[schemars(with = "Member<bounds::List<Object<HeaderInput>, MAX_HEADERS>>")]
    headers: Member<Vec<Object<HeaderInput>>>,
    /// Whether to hold an entry for each organization instead of a default one.
    organization_specific: Member<bool>,
    /// Entries by name: `null` removes one.
    entries: Named<Member<Object<EntryPatch>>>,
    /// When the key stops being usable, in RFC 3339.
    #[schemars(with = "Member<bounds::Moment>")]
    expires_at: Member<String>,
    key_id: Ignored,
    template_version: Ignored,
    state: Ignored,
    health: Ignored,
    disabled: Ignored,
    last_tried_at: Ignored,
    active_uses: Ignored,
    connections: Ignored,
    last_used_at: Ignored,
    version: Ignored,
    created_at: Ignored,
    created_by: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
    notices: Ignored,
    addresses: Ignored,
}

/// Changes to the field values of an entry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EntryPatch {
    /// Values by field id: absent stays, `null` clears.
    #[serde(default)]
    fields: Named<Member<Value>>,
}

impl EntryPatch {
    fn parse(self) -> BTreeMap<String, Edit<DraftValue>> {
        self.fields.0.into_iter().map(|(id, member)| (id, map(member.0, |value| value.0))).collect()
    }
}

fn map<T, U>(edit: Edit<T>, to: impl FnOnce(T) -> U) -> Edit<U> {
    match edit {
        Edit::Absent => Edit::Absent,
        Edit::Clear => Edit::Clear,
        Edit::Set(value) => Edit::Set(to(value)),
    }
}

impl UpdateKeyRequest {
    pub(super) fn parse(self) -> Result<Patch, Error> {
        Ok(Patch {
            system: self.system_id.kept("system_id")?,
            auth: self.auth.kept("auth")?,
            title: self.title.kept("title")?,
            environment: self.environment.kept("environment")?,
            base_url: self.base_url.0,
            restrictions: map(self.restrictions.0, |asked| asked.0.parse()),
            check: map(self.check.0, |asked| asked.0.parse()),
            headers: map(self.headers.0, |headers| {
                headers.into_iter().map(|header| header.0.parse()).collect()
            }),
            ownership: self.organization_specific.kept("organization_specific")?.map(ownership),
            entries: self
                .entries
                .0
                .into_iter()
                .map(|(name, entry)| (name, map(entry.0, |entry| entry.0.parse())))
                .collect(),
            expires_at: self.expires_at.0,
        })
    }
}
