//! `GET /v1/keys/{key_id}/versions`: who changed what and when. Permission `keys:read`. It names members, never values.

use jiff::Timestamp;
use keyward_shared::{
    error::Error,
    keys::version::VersionSummary,
    ports::{ListKeyVersions, ReadKey},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(keys: &(impl ReadKey + ListKeyVersions), request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let key = keys.read_key(caller.account(), &id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment).map_err(Error::from)?;
    let list = keys.list_key_versions(caller.account(), &id).await?;
    Ok(Answer::ok(&VersionList {
        items: list.versions.into_iter().map(VersionView::from).collect(),
        unreadable: list.unreadable,
        next_cursor: None,
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the versions of a key").ok::<VersionList>(schemas).refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
    ])
}

/// The kept versions of a key, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VersionList {
    /// The versions.
    items: Vec<VersionView>,
    /// The numbers of versions that are kept and cannot be read. Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// Always null: they fit on one page.
    next_cursor: Option<String>,
}

/// One version.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Version")]
struct VersionView {
    /// Its number, from 1.
    version: u64,
    /// The title that it has.
    title: String,
    /// When it was made.
    made_at: Timestamp,
    /// By whom.
    made_by: String,
    /// The names of the members that it changed.
    changed: Vec<String>,
    /// Its auth variant.
    auth: String,
    /// The origins that its requests go to. Restoring it asks to confirm both.
    origins: Vec<String>,
}

impl From<VersionSummary> for VersionView {
    fn from(version: VersionSummary) -> Self {
        Self {
            version: version.version,
            title: version.title,
            made_at: version.made.at,
            made_by: version.made.by,
            changed: version.changed,
            auth: version.auth,
            origins: version.origins,
        }
    }
}
