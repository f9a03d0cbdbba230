//! `GET` and `PUT /v1/operator/accounts/{account_id}`: an account with its first owner, and what only an operator settles for it.
//! Permission `accounts:operate`, which only the operator has; it is the exception to accounts coming from tokens. Reads and
//! writes the account's row, invites its first owner, and makes that member's row.

use jiff::Timestamp;
use keyward_shared::{
    membership::{
        SelfServiceKeys,
        accounts::{self, AccountDraft, FirstOwner, MOST_ORIGINS, OperatedAccount},
    },
    moment::Clock,
    ports::{AdmitFirstOwner, ChangeAccount, InvitePerson, ReadAccount},
    set::Set,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request, member::Object},
    openapi::Operation,
};

/// `GET`: shows the account.
///
/// # Errors
///
/// What the edge and the port refuse.
pub async fn show(store: &impl ReadAccount, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let id = request.account_for(request.operator()?)?;
    Ok(shown(&accounts::find(store, &id).await?, Answer::ok))
}

/// `GET` in the OpenAPI document.
pub fn show_operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Show what the operator settles for an account");
    operation.ok::<OperatedAccountView>(schemas).versioned().refusals(&[Code::NotFound, Code::RowUnreadable])
}

/// `PUT`: makes the account, or changes what only an operator settles.
///
/// # Errors
///
/// What the edge, the rules of accounts and the ports refuse.
pub async fn set(
    store: &(impl ReadAccount + ChangeAccount + AdmitFirstOwner),
    invitations: &impl InvitePerson,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let operator = request.operator()?;
    let id = request.account_for(operator)?;
    let draft = request.body::<PutAccountRequest>(MAX_BODY_BYTES)?.parse();
    let seen = request.seen_version_if_any()?;
    match accounts::set(store, invitations, clock, operator, (&id, seen), draft).await? {
        Set::Kept(account) => Ok(shown(&account, Answer::ok)),
        Set::Made(account) => {
            let place = format!("/v1/operator/accounts/{id}");
            Ok(shown(&account, |view| Answer::created(view, place)))
        }
    }
}

/// `PUT` in the OpenAPI document.
pub fn set_operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Make an account with its first owner, or change what the operator settles")
        .request::<PutAccountRequest>(schemas)
        .created_or_ok::<OperatedAccountView>(schemas)
        .versioned()
        .for_version_of_existing()
        .refusals(&[Code::NotFound, Code::CannotBeInvited, Code::RowUnreadable, Code::InvalidFields])
}

fn shown(account: &OperatedAccount, answer: impl FnOnce(&OperatedAccountView) -> Answer) -> Answer {
    answer(&OperatedAccountView::from(account)).version(account.version)
}

/// The complete settings of an account that the operator makes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAccountRequest {
    /// The title: 1 to 100 characters. The account's owners can change it too.
    #[schemars(with = "bounds::Title")]
    title: String,
    /// Whom the account is made with. Needed then, and settled once they were invited: it may be left out afterwards.
    #[serde(default)]
    first_owner: Option<Object<FirstOwnerInput>>,
    /// Whether people of the account manage keys by themselves.
    self_service_keys: bool,
    /// The origins that the account may reach inside its customers' networks, each with protocol, host and port: `https://erp.example.internal:8443`. At most 50.
    #[schemars(with = "bounds::List<String, MOST_ORIGINS>")]
    allowed_origins: Vec<String>,
    /// `active`, or `suspended` for the time being.
    #[schemars(with = "bounds::State")]
    state: String,
}

/// Somebody to invite.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstOwnerInput {
    /// Where the invitation goes. They sign in with it.
    #[schemars(with = "bounds::Email")]
    email: String,
}

impl PutAccountRequest {
    fn parse(self) -> AccountDraft {
        AccountDraft {
            title: self.title,
            first_owner: self.first_owner.map(|Object(owner)| owner.email),
            self_service_keys: SelfServiceKeys::of(self.self_service_keys),
            allowed_origins: self.allowed_origins,
            state: self.state,
        }
    }
}

/// The settings of an account that the operator makes. It holds no data of the account.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "OperatedAccount")]
pub struct OperatedAccountView {
    /// The account.
    account_id: String,
    /// The title; null for an account whose row was put by hand.
    title: Option<String>,
    /// Whom the account was made with; null for one whose row was put by hand.
    first_owner: Option<FirstOwnerView>,
    /// Whether people of the account manage keys by themselves.
    self_service_keys: bool,
    /// The origins that the account may reach inside its customers' networks.
    allowed_origins: Vec<String>,
    /// `active` or `suspended`.
    state: &'static str,
    /// Counts changes, from 1; 0 for a row that was put by hand.
    version: u64,
    /// When it was last changed; null for a row that was put by hand.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<String>,
}

/// Whom an account was made with, as the operator said.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FirstOwner")]
pub struct FirstOwnerView {
    /// Where the invitation goes.
    email: String,
    /// Whether they were invited. If not, the same request does what is left.
    invited: bool,
}

impl From<&FirstOwner> for FirstOwnerView {
    fn from(owner: &FirstOwner) -> Self {
        Self { email: owner.email.to_string(), invited: owner.member.is_some() }
    }
}

impl From<&OperatedAccount> for OperatedAccountView {
    fn from(account: &OperatedAccount) -> Self {
        Self {
            account_id: account.id.to_string(),
            title: account.title.as_ref().map(ToString::to_string),
            first_owner: account.first_owner.as_ref().map(FirstOwnerView::from),
            self_service_keys: account.self_service_keys == SelfServiceKeys::On,
            allowed_origins: account.allowed_origins.iter().cloned().collect(),
            state: account.standing.as_str(),
            version: account.version,
            updated_at: account.updated.as_ref().map(|updated| updated.at),
            updated_by: account.updated.as_ref().map(|updated| updated.by.clone()),
        }
    }
}
