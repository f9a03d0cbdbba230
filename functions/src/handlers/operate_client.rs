//! `GET`, `PUT` and `DELETE /v1/operator/clients/{client_id}`: a machine client's permissions, account and
//! environment. Permission `accounts:operate`, which only the operator has. The account is named in the
//! request, while other functions take it from the token. Reads and writes the client's row, and checks that
//! the account exists.

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    membership::clients::{self, AccountClient, ClientDraft},
    moment::Clock,
    ports::{ChangeClient, ReadAccountSettings, ReadClientRow},
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
pub async fn show(store: &impl ReadClientRow, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.operator()?;
    let id = request.client_id()?;
    Ok(shown(&clients::find(store, &id).await?, Answer::ok))
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
    store: &(impl ReadClientRow + ReadAccountSettings + ChangeClient),
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
        Set::Kept(client) => Ok(shown(&client, Answer::ok)),
        Set::Made(client) => {
            let place = format!("/v1/operator/clients/{id}");
            Ok(shown(&client, |view| Answer::created(view, place)))
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

fn shown(client: &AccountClient, answer: impl FnOnce(&ClientView) -> Answer) -> Answer {
    answer(&ClientView::from(client)).version(client.version)
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

/// A machine client of an account. Its secret is the sign-in's.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "MachineClient")]
pub struct ClientView {
    /// As the sign-in knows it.
    client_id: String,
    /// The account that it acts for.
    account_id: String,
    /// The environment that it does so in.
    environment: EnvironmentView,
    /// Its permissions in that account.
    permissions: Vec<&'static str>,
    /// `active` or `suspended`.
    state: &'static str,
    /// Counts changes, from 1; 0 for a row that was put by hand.
    version: u64,
    /// When it was last set; null for a row that was put by hand.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<String>,
}

impl From<&AccountClient> for ClientView {
    fn from(client: &AccountClient) -> Self {
        Self {
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
