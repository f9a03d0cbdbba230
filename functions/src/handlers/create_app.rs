//! `POST /v1/apps`: stores the platform's own OAuth client at a system. Permission `account:admin`, which owners have, with a fresh
//! sign-in: the app's addresses decide where codes and tokens go. Its secret is sealed under a data key of the kind `app`.

use keyward_shared::{
    connect::{Addresses, AppDraft, Callback, create_app},
    moment::{Clock, Moment, Random},
    ports::{ChangeApp, WrapDataKey},
    secret::SecretText,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::{app_view::AppView, key_view::EnvironmentView};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &impl ChangeApp,
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    callback: &Callback<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let draft = request.body::<CreateAppRequest>(MAX_BODY_BYTES)?.parse();
    let app = create_app(store, wrapping, moment, caller, draft).await?;
    let location = format!("/v1/apps/{}", app.id);
    Ok(Answer::created(&AppView::of(&app, Some(callback.of(&app.id))), location).version(app.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Create an app").created::<AppView>(schemas).versioned();
    operation.request::<CreateAppRequest>(schemas).refusals(&[Code::FreshSignInNeeded, Code::InvalidFields])
}

/// An app to store.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAppRequest {
    /// The system: see `GET /v1/systems`.
    #[schemars(with = "bounds::System")]
    system_id: String,
    /// The auth variant. May be left out where only one is connected by consent.
    #[serde(default)]
    auth: Option<String>,
    /// `live` or `test`.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// The title: 1 to 100 characters.
    #[schemars(with = "bounds::Title")]
    title: String,
    /// As the system knows it.
    #[schemars(with = "bounds::OAuthClient")]
    client_id: String,
    /// Its secret. It is sealed, and never shown.
    #[schemars(with = "bounds::OAuthSecret")]
    client_secret: String,
    /// How it shows its secret, where the system's template leaves that open: `basic` (the default), `basic-unencoded` or `post`.
    #[serde(default)]
    client_auth: Option<String>,
    /// Where people consent, where the system's template leaves that open.
    #[serde(default)]
    authorize_url: Option<String>,
    /// Where tokens are issued, where the system's template leaves that open.
    #[serde(default)]
    token_url: Option<String>,
    /// Where tokens are revoked (RFC 7009), where the system's template leaves that open.
    #[serde(default)]
    revocation_url: Option<String>,
    /// Who answers, as `iss` names it (RFC 9207), where the system's template leaves that open.
    #[serde(default)]
    issuer: Option<String>,
}

impl CreateAppRequest {
    fn parse(self) -> AppDraft {
        AppDraft {
            system: self.system_id,
            auth: self.auth,
            environment: self.environment,
            title: self.title,
            client_id: self.client_id,
            client_secret: SecretText::from(self.client_secret),
            client_auth: self.client_auth,
            addresses: Addresses {
                authorize: self.authorize_url,
                token: self.token_url,
                revocation: self.revocation_url,
                issuer: self.issuer,
            },
        }
    }
}
