//! `POST /v1/keys/{key_id}/connections`: begins to connect an entry of a key. Permission `keys:write`, and a person. It answers with the
//! address where they consent, and gives the browser a cookie that is the proof of who comes back. It reaches neither the vault nor KMS.

use jiff::Timestamp;
use keyward_shared::{
    connect::{Begun, Callback, ConnectionAsk, LIFE, begin},
    error::Error,
    moment::{Clock, Moment, Random},
    origin::Scheme,
    ports::{InsertConnection, ReadApp, ReadKey},
    sealing::EntryName,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ReadApp + InsertConnection),
    moment: Moment<'_, impl Clock, impl Random>,
    callback: &Callback<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let ask = request.body::<BeginConnectionRequest>(MAX_BODY_BYTES)?.parse()?;
    let begun = begin(store, moment, caller, &id, ask, callback).await?;
    let location = format!("/v1/keys/{id}");
    Ok(Answer::created(&ConnectionView::from(&begun), location).cookie(cookie(&begun, callback)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Begin to connect a key").created::<ConnectionView>(schemas);
    operation.request::<BeginConnectionRequest>(schemas).refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::NoEntry,
        Code::FreshSignInNeeded,
        Code::KeyDisabled,
        Code::KeyUnreadable,
        Code::RowUnreadable,
        Code::CannotConnect,
        Code::InvalidFields,
    ])
}

/// The cookie: for this host, out of reach of scripts, and sent along when the system sends the browser back (RFC 6265bis §5.6.7.1).
fn cookie(begun: &Begun, callback: &Callback<'_>) -> String {
    let secure = match callback.scheme {
        Scheme::Https => "; Secure",
        Scheme::Http => "",
    };
    let (name, value) = (&begun.cookie_name, begun.cookie.expose());
    format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", LIFE.as_secs())
}

/// What to connect.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginConnectionRequest {
    /// Whose entry, when the key is organization-specific.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Organization>")]
    organization: Option<String>,
    /// The scopes to ask for beside those that nothing works without; all that the system's template knows when absent.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// Whether somebody else than before may be connected, such as another shop.
    #[serde(default)]
    other_identity: bool,
}

impl BeginConnectionRequest {
    fn parse(self) -> Result<ConnectionAsk, Error> {
        let organization = self.organization.map(|id| id.parse()).transpose();
        let organization = organization.map_err(|reason| Error::invalid("organization", reason))?;
        Ok(ConnectionAsk {
            entry: organization.map_or(EntryName::Default, EntryName::Organization),
            scopes: self.scopes,
            other_identity: self.other_identity,
        })
    }
}

/// A connection that was begun.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Connection")]
struct ConnectionView {
    /// `con_` and a UUIDv7.
    connection_id: String,
    /// Where the person consents: open it in this browser.
    authorize_url: String,
    /// When it is too late.
    expires_at: Timestamp,
}

impl From<&Begun> for ConnectionView {
    fn from(begun: &Begun) -> Self {
        Self {
            connection_id: begun.connection.to_string(),
            authorize_url: begun.address.clone(),
            expires_at: begun.expires_at,
        }
    }
}
