//! `PATCH /v1/apps/{app_id}`: changes an app by merge patch. Permission `account:admin`, with a fresh sign-in. Whoever changes its id, an
//! address, or how it shows its secret gives the secret again: it is bound to them.

use keyward_shared::{
    connect::{Addresses, AppPatch, Callback, update_app},
    error::Error,
    moment::{Clock, Moment, Random},
    ports::{ChangeApp, ReadApp, WrapDataKey},
    secret::SecretText,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::app_view::AppView;
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_BODY_BYTES, Request,
        member::{Ignored, Member},
    },
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadApp + ChangeApp),
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    callback: &Callback<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.app_id()?;
    let patch = request.body::<UpdateAppRequest>(MAX_BODY_BYTES)?.parse()?;
    let seen = request.seen_version()?;
    let app = update_app(store, wrapping, moment, caller, (&id, seen), patch).await?;
    Ok(Answer::ok(&AppView::of(&app, Some(callback.of(&app.id)))).version(app.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Change an app").ok::<AppView>(schemas).versioned().for_version();
    operation.request::<UpdateAppRequest>(schemas).refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::RowUnreadable,
        Code::KeyUnreadable,
        Code::InvalidFields,
        Code::SecretsNeeded,
    ])
}

/// A merge patch (RFC 7396): what is absent stays, a value sets. An app as it was read may be sent back: the members that only Keyward
/// sets are ignored, and so are null addresses.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateAppRequest {
    /// The title.
    #[schemars(with = "Member<bounds::Title>")]
    title: Member<String>,
    /// As the system knows it.
    #[schemars(with = "Member<bounds::OAuthClient>")]
    client_id: Member<String>,
    /// Its secret.
    #[schemars(with = "Member<bounds::OAuthSecret>")]
    client_secret: Member<String>,
    /// `basic`, `basic-unencoded` or `post`.
    client_auth: Member<String>,
    /// Where people consent.
    authorize_url: Option<String>,
    /// Where tokens are issued.
    token_url: Option<String>,
    /// Where tokens are revoked.
    revocation_url: Option<String>,
    /// Who answers.
    issuer: Option<String>,
    app_id: Ignored,
    system_id: Ignored,
    auth: Ignored,
    environment: Ignored,
    client_secret_hash: Ignored,
    redirect_uri: Ignored,
    grants: Ignored,
    version: Ignored,
    created_at: Ignored,
    created_by: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
}

impl UpdateAppRequest {
    fn parse(self) -> Result<AppPatch, Error> {
        Ok(AppPatch {
            title: self.title.kept("title")?,
            client_id: self.client_id.kept("client_id")?,
            client_secret: self.client_secret.kept("client_secret")?.map(SecretText::from),
            client_auth: self.client_auth.kept("client_auth")?,
            addresses: Addresses {
                authorize: self.authorize_url,
                token: self.token_url,
                revocation: self.revocation_url,
                issuer: self.issuer,
            },
        })
    }
}
