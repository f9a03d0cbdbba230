//! `PATCH /v1/account`: changes title, organizations and the least role for keys by merge patch. Permission `account:admin`, which
//! owners have. One read and one write, conditional on the version.

use keyward_shared::{
    error::Error,
    membership::profile::{self, MOST_ORGANIZATIONS, ProfilePatch},
    moment::Clock,
    ports::{ChangeProfile, ReadProfile},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::account_view::AccountView;
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_BODY_BYTES, Request,
        member::{Ignored, Member, Object},
    },
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadProfile + ChangeProfile),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let patch = request.body::<UpdateAccountRequest>(MAX_BODY_BYTES)?.parse()?;
    let account = profile::update(store, clock, caller, request.seen_version()?, patch).await?;
    Ok(Answer::ok(&AccountView::from(&account)).version(account.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Change the account").ok::<AccountView>(schemas);
    operation.request::<UpdateAccountRequest>(schemas).versioned().for_version().refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::RowUnreadable,
        Code::InvalidFields,
    ])
}

/// A merge patch (RFC 7396): what is absent stays, a value sets. `organizations` are set as a whole. An account as it was read may
/// be sent back: what owners do not settle is ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateAccountRequest {
    /// The title: 1 to 100 characters.
    #[schemars(with = "Member<bounds::Title>")]
    title: Member<String>,
    /// All of its organizations: at most 500, each with an id of its own. Keys keep the entries of one that is left out.
    #[schemars(with = "Member<bounds::List<Object<OrganizationInput>, MOST_ORGANIZATIONS>>")]
    organizations: Member<Vec<Object<OrganizationInput>>>,
    /// The least role that has to do with keys at all: `viewer`, `editor` or `owner`.
    #[schemars(with = "Member<bounds::Role>")]
    keys_minimum_role: Member<String>,
    account_id: Ignored,
    self_service_keys: Ignored,
    version: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
}

/// A customer or branch of the account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationInput {
    /// What keys name it by: `org_` and 1 to 60 letters, digits, `_` and `-`.
    #[schemars(with = "bounds::Organization")]
    organization_id: String,
    /// The title: 1 to 100 characters.
    #[schemars(with = "bounds::Title")]
    title: String,
}

impl UpdateAccountRequest {
    fn parse(self) -> Result<ProfilePatch, Error> {
        let organizations = self.organizations.kept("organizations")?;
        Ok(ProfilePatch {
            title: self.title.kept("title")?,
            organizations: organizations.map(|listed| {
                let each = listed.into_iter().map(|Object(input)| (input.organization_id, input.title));
                each.collect()
            }),
            keys_minimum_role: self.keys_minimum_role.kept("keys_minimum_role")?,
        })
    }
}
