//! An app as the API shows it. Its secret is shown by nothing but the time when it was last set.

use keyward_shared::connect::{Addresses, App};
use schemars::JsonSchema;
use serde::Serialize;

use super::{key_view::EnvironmentView, written_view::WrittenView};

/// The platform's own OAuth client at a system.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "App")]
pub struct AppView {
    /// `app_` and a UUIDv7. A key names it in its field `app`.
    #[schemars(regex(pattern = "^app_[0-9a-f-]{36}$"))]
    app_id: String,
    /// The system that it is registered at.
    system_id: String,
    /// The auth variant of the keys that use it.
    auth: String,
    /// Live or test.
    environment: EnvironmentView,
    /// The title.
    title: String,
    /// As the system knows it.
    client_id: String,
    /// The hash of its secret: equal hashes mean the same stored value.
    client_secret_hash: String,
    /// How it shows its secret: `basic`, `basic-unencoded` or `post`.
    client_auth: &'static str,
    /// Where people consent; null where the system's template has it.
    authorize_url: Option<String>,
    /// Where tokens are issued; null where the system's template has it.
    token_url: Option<String>,
    /// Where tokens are revoked; null where there is no such address, or the system's template has it.
    revocation_url: Option<String>,
    /// Who answers, as `iss` names it; null where that is not known, or the system's template has it.
    issuer: Option<String>,
    /// The redirect URI to register at the system; null where the API does not know its own address.
    redirect_uri: Option<String>,
    /// How many entries of keys are connected with it.
    grants: u64,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
}

impl AppView {
    /// An app, with the address that the system sends people back to.
    pub fn of(app: &App, redirect_uri: Option<String>) -> Self {
        let Addresses { authorize, token, revocation, issuer } = app.addresses.clone();
        Self {
            app_id: app.id.to_string(),
            system_id: app.system.to_string(),
            auth: app.auth.clone(),
            environment: app.environment.into(),
            title: app.title.to_string(),
            client_id: app.client_id.clone(),
            client_secret_hash: app.secret.hash.to_string(),
            client_auth: app.client_auth.as_str(),
            authorize_url: authorize,
            token_url: token,
            revocation_url: revocation,
            issuer,
            redirect_uri,
            grants: app.grants,
            written: WrittenView::new(app.version, app.created.clone(), app.updated.clone()),
        }
    }
}
