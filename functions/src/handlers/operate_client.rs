//! `GET`, `PUT` and `DELETE /v1/operator/clients/{client_id}`: a machine client's permissions, account and environment; `POST` and
//! `DELETE …/secrets`: its secrets. Permission `accounts:operate`, which only the operator has. The account is named in the
//! request, while other functions take it from the token. Reads and writes the client's row, reads when its secrets were last
//! used, and checks that the account exists.

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    error::Error,
    ids::{ClientId, SecretId},
    membership::{
        client_secret::{ClientSecret, KeptSecret},
        clients::{self, AccountClient, ClientDraft},
    },
    moment::{Clock, Moment, Random},
    ports::{ChangeClient, ReadAccountSettings, ReadClientRow, ReadClientUses},
    set::Set,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::key_view::EnvironmentView;
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

/// `GET`: shows the client's permissions.
///
/// # Errors
///
/// What the edge and the port refuse.
pub async fn show(
    store: &(impl ReadClientRow + ReadClientUses),
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.operator()?;
    let id = request.client_id()?;
    let client = clients::find(store, &id).await?;
    shown(store, &client, Answer::ok).await
}

/// `GET` in the OpenAPI document.
pub fn show_operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Show what a machine client may do").ok::<ClientView>(schemas);
    operation.versioned().refusals(&[Code::NotFound, Code::RowUnreadable])
}

/// `PUT`: sets the client's permissions.
///
/// # Errors
///
/// What the edge, the rules of machine clients and the ports refuse.
pub async fn set(
    store: &(impl ReadClientRow + ReadClientUses + ReadAccountSettings + ChangeClient),
    panel: &PanelClient,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let operator = request.operator()?;
    let id = request.client_id()?;
    let draft = request.body::<PutClientRequest>(MAX_BODY_BYTES)?.parse();
    let seen = request.seen_version_if_any()?;
    match clients::set(store, clock, (operator, panel), (&id, seen), draft).await? {
        Set::Kept(client) => shown(store, &client, Answer::ok).await,
        Set::Made(client) => {
            let place = format!("/v1/operator/clients/{id}");
            shown(store, &client, |view| Answer::created(view, place)).await
        }
    }
}

/// `PUT` in the OpenAPI document.
pub fn set_operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Set what a machine client may do")
        .request::<PutClientRequest>(schemas)
        .created_or_ok::<ClientView>(schemas)
        .versioned()
        .for_version_of_existing()
        .refusals(&[Code::NotFound, Code::ClientElsewhere, Code::RowUnreadable, Code::InvalidFields])
}

/// `DELETE`: takes away everything that the client may do.
///
/// # Errors
///
/// What the edge and the ports refuse.
pub async fn remove(
    store: &(impl ReadClientRow + ChangeClient),
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let operator = request.operator()?;
    let id = request.client_id()?;
    clients::delete(store, operator, &id, request.seen_version()?).await?;
    Ok(Answer::no_content())
}

/// `DELETE` in the OpenAPI document.
pub fn remove_operation(_: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Take a machine client's permissions away").no_content();
    operation.for_version().refusals(&[Code::NotFound, Code::RowUnreadable])
}

/// `POST …/secrets`: makes one more secret, which this answer alone shows. Reads and writes the client's row.
///
/// # Errors
///
/// What the edge, the rules of machine clients and the ports refuse.
pub async fn add_secret(
    store: &(impl ReadClientRow + ChangeClient),
    moment: &Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let operator = request.operator()?;
    let id = request.client_id()?;
    let asked = request.body::<PostSecretRequest>(MAX_BODY_BYTES)?;
    let (secret, kept) = clients::add_secret(store, moment, operator, &id, asked.expires_in_days).await?;
    let place = format!("/v1/operator/clients/{id}/secrets/{}", kept.id);
    Ok(Answer::created(&NewSecretView::of(&id, &secret, &kept), place))
}

/// `POST` in the OpenAPI document.
pub fn add_secret_operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Make a secret of a machine client")
        .request::<PostSecretRequest>(schemas)
        .created::<NewSecretView>(schemas)
        .refusals(&[Code::NotFound, Code::RowUnreadable, Code::StaleVersion, Code::InvalidFields])
}

/// `DELETE …/secrets/{secret_id}`: takes a secret away. Reads and writes the client's row.
///
/// # Errors
///
/// What the edge and the ports refuse.
pub async fn remove_secret(
    store: &(impl ReadClientRow + ChangeClient),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let operator = request.operator()?;
    let (id, secret) = (request.client_id()?, request.secret_id()?);
    clients::remove_secret(store, clock, operator, (&id, &secret)).await?;
    Ok(Answer::no_content())
}

/// `DELETE` of a secret in the OpenAPI document.
pub fn remove_secret_operation(_: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Take a secret of a machine client away").no_content();
    operation.refusals(&[Code::NotFound, Code::RowUnreadable, Code::StaleVersion])
}

async fn shown(
    store: &impl ReadClientUses,
    client: &AccountClient,
    answer: impl FnOnce(&ClientView) -> Answer,
) -> Result<Answer, Failure> {
    let ids: Vec<SecretId> = client.secrets.iter().map(|secret| secret.id.clone()).collect();
    let uses = store.read_client_uses(&client.id, &ids).await.map_err(Error::from)?;
    Ok(answer(&ClientView::of(client, &uses)).version(client.version))
}

/// The complete permissions of a machine client.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutClientRequest {
    /// The account that it acts for. It stays in it.
    #[schemars(with = "bounds::Account")]
    account_id: String,
    /// `live` or `test`. It stays there.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// Its permissions, such as `keys:use`: any but `account:admin` and `accounts:operate`.
    #[schemars(with = "bounds::NonEmpty<bounds::MachinePermission>")]
    permissions: Vec<String>,
    /// `active`, or `suspended` for the time being.
    #[schemars(with = "bounds::State")]
    state: String,
}

impl PutClientRequest {
    fn parse(self) -> ClientDraft {
        ClientDraft {
            account: self.account_id,
            environment: self.environment,
            permissions: self.permissions,
            state: self.state,
        }
    }
}

/// What a new secret is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostSecretRequest {
    /// After how many days it ends, 1 to 3650; null or nothing for never.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    expires_in_days: Option<u32>,
}

/// A new secret. No other answer shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "NewClientSecret")]
pub struct NewSecretView {
    /// The client that shows it.
    client_id: String,
    /// Names the secret, to take it away.
    secret_id: String,
    /// The secret. Keep it now.
    client_secret: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends; null if it does not.
    expires_at: Option<Timestamp>,
}

impl NewSecretView {
    fn of(client: &ClientId, secret: &ClientSecret, kept: &KeptSecret) -> Self {
        Self {
            client_id: client.to_string(),
            secret_id: kept.id.to_string(),
            client_secret: secret.expose().to_owned(),
            created_at: kept.created,
            expires_at: kept.ends,
        }
    }
}

/// What is known of a secret, which nothing shows any more.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ClientSecret")]
pub struct SecretView {
    /// Names the secret, to take it away.
    secret_id: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends; null if it does not.
    expires_at: Option<Timestamp>,
    /// When a token was last issued for it; null if none was.
    last_used_at: Option<Timestamp>,
}

/// A machine client of an account.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "MachineClient")]
pub struct ClientView {
    /// The name that it gets tokens by.
    client_id: String,
    /// The account that it acts for.
    account_id: String,
    /// The environment that it does so in.
    environment: EnvironmentView,
    /// Its permissions in that account.
    permissions: Vec<&'static str>,
    /// `active` or `suspended`.
    state: &'static str,
    /// Its secrets: at most two, so that one replaces the other without a failed call.
    secrets: Vec<SecretView>,
    /// Counts changes, from 1; 0 for a row that was put by hand.
    version: u64,
    /// When it was last set; null for a row that was put by hand.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<String>,
}

impl ClientView {
    fn of(client: &AccountClient, uses: &[Option<Timestamp>]) -> Self {
        let secret = |(kept, used): (&KeptSecret, &Option<Timestamp>)| SecretView {
            secret_id: kept.id.to_string(),
            created_at: kept.created,
            expires_at: kept.ends,
            last_used_at: *used,
        };
        Self {
            secrets: client.secrets.iter().zip(uses).map(secret).collect(),
            client_id: client.id.to_string(),
            account_id: client.account.to_string(),
            environment: client.environment.into(),
            permissions: client.permissions.iter().map(|permission| permission.as_str()).collect(),
            state: client.standing.as_str(),
            version: client.version,
            updated_at: client.updated.as_ref().map(|updated| updated.at),
            updated_by: client.updated.as_ref().map(|updated| updated.by.clone()),
        }
    }
}
