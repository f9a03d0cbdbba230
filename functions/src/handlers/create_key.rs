//! `POST /v1/keys`: stores a new key and shows it masked. Permission `keys:write`. One transaction and, when a secret
//! is given, one `GenerateDataKey`; it can seal and not open.

use keyward_shared::{
    idempotency::Once,
    keys::{
        change,
        draft::{Draft, DraftCheck, DraftHeader, DraftRestrictions, DraftValue, Visibility},
        key::Ownership,
        plan::{MAX_HEADERS, MAX_ORGANIZATIONS},
        restrictions::Restrictions,
    },
    moment::{Clock, Moment, Random},
    ports::{Fingerprint, InsertKey, ReadKey, ReadRecord, WrapDataKey},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::key_view::{EnvironmentView, KeyView};
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_KEY_BODY_BYTES, Request,
        member::{Named, Object, Value},
    },
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl InsertKey + ReadKey + ReadRecord),
    wrapping: &impl WrapDataKey,
    fingerprints: &impl Fingerprint,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let draft = request.body::<CreateKeyRequest>(MAX_KEY_BODY_BYTES)?.parse();
    let once = Once { records: keys, fingerprints, clock: moment.clock };
    let create = |ticket| change::create(keys, wrapping, moment, caller, draft, ticket);
    let recall = |outcome| change::recall(keys, caller, outcome);
    let key = once.run(caller, request.repeatable()?, create, recall).await?;
    Ok(Answer::created(&KeyView::from(&key), format!("/v1/keys/{}", key.id)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Create a key")
        .request::<CreateKeyRequest>(schemas)
        .created::<KeyView>(schemas)
        .repeatable()
        .versioned()
        .refusals(&[Code::NotFound, Code::WrongEnvironment, Code::KeyUnreadable, Code::InvalidFields])
}

/// A key to store.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKeyRequest {
    /// The system: see `GET /v1/systems`.
    #[schemars(with = "bounds::System")]
    system_id: String,
    /// The auth variant; may be left out where the system has only one.
    auth: Option<String>,
    /// The title: 1 to 100 characters.
    #[schemars(with = "bounds::Title")]
    title: String,
    /// `live` or `test`.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// The address, where the system has one to type.
    #[schemars(with = "Option<bounds::BaseAddress>")]
    base_url: Option<String>,
    /// The methods and paths that the key may be used for; null for all.
    restrictions: Option<Object<RestrictionsInput>>,
    /// How the key is tried, for systems whose templates have no check; null for none.
    check: Option<Object<CheckInput>>,
    /// Headers that every request carries, at most 20.
    #[serde(default)]
    #[schemars(with = "bounds::List<Object<HeaderInput>, MAX_HEADERS>")]
    headers: Vec<Object<HeaderInput>>,
    /// Whether to hold an entry for each organization instead of a default one.
    #[serde(default)]
    organization_specific: bool,
    /// Field values by entry: `default`, or organization ids, at most 40.
    #[serde(default)]
    #[schemars(with = "bounds::Map<Object<EntryInput>, MAX_ORGANIZATIONS>")]
    entries: Named<Object<EntryInput>>,
    /// When the key stops being usable, in RFC 3339.
    #[schemars(with = "Option<bounds::Moment>")]
    expires_at: Option<String>,
}

/// Field values of an entry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EntryInput {
    /// Values by field id.
    #[serde(default)]
    fields: Named<Value>,
}

/// The requests that a key may be used for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestrictionsInput {
    /// The methods in capitals, such as `GET`; an empty list allows all.
    #[serde(default)]
    #[schemars(with = "bounds::List<bounds::Method, { Restrictions::MAX_METHODS }>")]
    methods: Vec<String>,
    /// Paths from the host on, such as `/api/orders`: these, and what lies below them. An empty list allows all.
    #[serde(default)]
    #[schemars(with = "bounds::List<bounds::PathPrefix, { Restrictions::MAX_PATHS }>")]
    paths: Vec<String>,
}

impl RestrictionsInput {
    pub(super) fn parse(self) -> DraftRestrictions {
        DraftRestrictions { methods: self.methods, paths: self.paths }
    }
}

/// A check of the key's own: a request below the base address that is sent without the credentials and with them, and what the
/// answer to the second must be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInput {
    /// `GET`, or `POST` for a request that changes nothing.
    #[schemars(with = "bounds::CheckMethod")]
    method: String,
    /// The path below the base address, such as `/me`.
    #[schemars(with = "bounds::CheckPath")]
    path: String,
    /// The body of a POST.
    #[schemars(with = "Option<bounds::CheckBody>")]
    body: Option<String>,
    /// That a POST changes nothing at the system: it must be true for one.
    #[serde(default)]
    changes_nothing: bool,
    /// The status of the answer to credentials that are accepted.
    #[schemars(with = "bounds::CheckStatus")]
    status: u16,
    /// A text in the body of that answer.
    #[schemars(with = "Option<bounds::CheckText>")]
    text: Option<String>,
    /// In the place of `text`, a value in its JSON.
    json: Option<Object<ExpectedInput>>,
}

/// A value in a place of a JSON body.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectedInput {
    /// The place (RFC 6901), such as `/account/status`.
    #[schemars(with = "bounds::CheckPointer")]
    pointer: String,
    /// The value: a text, number, truth value or null.
    #[schemars(with = "bounds::CheckValue")]
    value: serde_json::Value,
}

impl CheckInput {
    pub(super) fn parse(self) -> DraftCheck {
        DraftCheck {
            method: self.method,
            path: self.path,
            body: self.body,
            changes_nothing: self.changes_nothing,
            status: self.status,
            text: self.text,
            json: self.json.map(|expected| (expected.0.pointer, expected.0.value)),
        }
    }
}

/// A header to send with every request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderInput {
    /// Its name.
    #[schemars(with = "bounds::Header")]
    name: String,
    /// Its value.
    value: Value,
    /// Whether to seal the value.
    #[serde(default)]
    secret: bool,
}

impl HeaderInput {
    pub(super) fn parse(self) -> DraftHeader {
        // Only a secret can be kept, so a mark says that the header is one.
        let secret = self.secret || matches!(self.value.0, DraftValue::Keep(_));
        let visibility = if secret { Visibility::Secret } else { Visibility::Public };
        DraftHeader { name: self.name, value: self.value.0, visibility }
    }
}

/// The word for whose credentials a key holds.
pub(super) const fn ownership(organization_specific: bool) -> Ownership {
    if organization_specific { Ownership::Organizations } else { Ownership::Account }
}

impl CreateKeyRequest {
    pub(super) fn parse(self) -> Draft {
        let entries = self.entries.0.into_iter().map(|(name, entry)| {
            (name, entry.0.fields.0.into_iter().map(|(id, value)| (id, value.0)).collect())
        });
        Draft {
            system: self.system_id,
            auth: self.auth,
            title: self.title,
            environment: self.environment,
            base_url: self.base_url,
            restrictions: self.restrictions.map(|asked| asked.0.parse()).unwrap_or_default(),
            check: self.check.map(|asked| asked.0.parse()),
            headers: self.headers.into_iter().map(|header| header.0.parse()).collect(),
            ownership: ownership(self.organization_specific),
            entries: entries.collect(),
            expires_at: self.expires_at,
        }
    }
}
