//! Cognito calls it before it issues a token ("Pre token generation Lambda trigger" in its developer guide,
//! event version V3_0), for people and for machine clients. It answers with the account and the permissions
//! from the rows of members and clients. A subject without a row gets no account, no permission and none of
//! Keyward's scopes.
//!
//! No route calls it. Cognito issues the token with the claims of its answer, and issues none when
//! it fails.

use keyward_shared::{
    caller::PanelClient,
    error::PortError,
    membership::{Grants, Subject, grants_for},
    permission::Permission,
    ports::{ReadAccountSettings, ReadMachineClient, ReadMember},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The attribute of the user pool that says for which account a person was made. It is immutable, and no client may write it.
const ACCOUNT_ATTRIBUTE: &str = "custom:account";

/// Why no token must be made.
#[derive(Debug, thiserror::Error)]
pub enum NoClaims {
    /// The event is not of this trigger, or has another version. The error repeats nothing of it.
    #[error("this is no event of the version V3_0 of the pre-token-generation trigger")]
    NotTheEvent,
    /// The tables did not answer.
    #[error("the tables of members and clients did not answer")]
    Port(#[from] PortError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    version: String,
    trigger_source: String,
    caller_context: CallerContext,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallerContext {
    client_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    user_attributes: Option<Map<String, Value>>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

impl Event {
    fn read(event: &Value) -> Option<Self> {
        Self::deserialize(event).ok().filter(|event| event.version == "3")
    }

    fn subject(&self) -> Option<Subject> {
        let client = &self.caller_context.client_id;
        if self.trigger_source == "TokenGeneration_ClientCredentials" {
            let asked = self.request.scopes.as_ref();
            let asked =
                asked.map(|scopes| scopes.iter().filter_map(|scope| Permission::from_scope(scope)).collect());
            return Some(Subject::Machine { client: client.parse().ok()?, asked });
        }
        let attributes = self.request.user_attributes.as_ref();
        let attribute = |name: &str| attributes?.get(name)?.as_str();
        Some(Subject::Person {
            client: client.clone(),
            account: attribute(ACCOUNT_ATTRIBUTE).and_then(|account| account.parse().ok()),
            member: attribute("sub")?.parse().ok()?,
        })
    }

    /// What Cognito is to change in the access token. It would have the scopes that were asked for: every one of ours
    /// that is not granted is taken out, whether or not it was.
    fn changes(&self, grants: &Grants) -> Value {
        let present = self.request.scopes.as_deref().unwrap_or_default();
        let (granted, others): (Vec<_>, Vec<_>) =
            Permission::ALL.into_iter().partition(|permission| grants.permissions.contains(permission));
        let foreign = present.iter().filter(|scope| {
            scope.starts_with(Permission::SCOPE_PREFIX) && Permission::from_scope(scope).is_none()
        });
        let suppressed: Vec<String> =
            others.into_iter().map(Permission::scope).chain(foreign.cloned()).collect();
        let mut added: Vec<String> = grants.permissions.iter().map(|permission| permission.scope()).collect();
        added.retain(|scope| !present.contains(scope));
        tracing::info!(granted = granted.len(), source = self.trigger_source, "claims issued");
        let claims: Map<String, Value> =
            grants.claims().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        json!({ "claimsAndScopeOverrideDetails": { "accessTokenGeneration": {
            "claimsToAddOrOverride": claims,
            "scopesToAdd": added,
            "scopesToSuppress": suppressed,
        } } })
    }
}

/// Handles an event: it comes back as it was, with the answer in it.
///
/// # Errors
///
/// [`NoClaims`], and no token is made.
pub async fn handle(
    store: &(impl ReadMember + ReadMachineClient + ReadAccountSettings),
    panel: &PanelClient,
    mut event: Value,
) -> Result<Value, NoClaims> {
    let read = Event::read(&event).ok_or(NoClaims::NotTheEvent)?;
    let subject = read.subject().ok_or(NoClaims::NotTheEvent)?;
    let grants = grants_for(store, panel, &subject).await.inspect_err(report)?;
    let members = event.as_object_mut().ok_or(NoClaims::NotTheEvent)?;
    members.insert("response".to_owned(), read.changes(&grants));
    Ok(event)
}

fn report(error: &PortError) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "issuing claims failed, no token is made");
}
