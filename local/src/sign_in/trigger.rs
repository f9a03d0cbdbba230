//! The pre-token-generation trigger, version V3_0, which a user pool calls before it issues a token.

use keyward_shared::permission::Permission;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{PANEL_CLIENT, SignIn, TokenError, USER_POOL, clients, grants::Session};
use crate::demo;

/// The trigger did not answer, or in other words than a trigger's. No token is made then, as on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the function that issues claims failed")]
pub struct TriggerFailed;

/// The trigger: an event in, the same event with its answer out.
pub trait PreTokenTrigger: Send + Sync {
    /// Calls it, and waits for its answer: some milliseconds.
    ///
    /// # Errors
    ///
    /// [`TriggerFailed`] without an answer.
    fn call(&self, event: Value) -> Result<Value, TriggerFailed>;
}

/// Why a person gets a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Signing in.
    SignIn,
    /// Refreshing the tokens of a sign-in.
    Refresh,
}

impl Occasion {
    const fn source(self) -> &'static str {
        match self {
            Self::SignIn => "TokenGeneration_HostedAuth",
            Self::Refresh => "TokenGeneration_RefreshTokens",
        }
    }
}

/// The trigger's changes to an access token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Changes {
    pub(super) claims_to_add_or_override: Map<String, Value>,
    scopes_to_add: Vec<String>,
    scopes_to_suppress: Vec<String>,
}

impl Changes {
    /// The token's scopes, which would have been these.
    pub(super) fn scopes(&self, before: &[String]) -> Vec<String> {
        let kept = before.iter().filter(|scope| !self.scopes_to_suppress.contains(scope));
        let added = self.scopes_to_add.iter().filter(|scope| !before.contains(scope));
        kept.chain(added).cloned().collect()
    }
}

impl SignIn {
    /// The trigger's changes to a person's access token.
    pub(super) fn changes_for_person(
        &self,
        session: &Session,
        occasion: Occasion,
    ) -> Result<Changes, TokenError> {
        let user = self.user(&session.email);
        let mut attributes = json!({
            "sub": session.sub, "email": session.email, "email_verified": "true",
            "cognito:user_status": "CONFIRMED",
        });
        if let (Some(user), Some(attributes)) = (user, attributes.as_object_mut()) {
            attributes.insert("custom:account".to_owned(), json!(user.account));
        }
        let (client, scopes) = (&session.client_id, &session.scopes);
        self.changes(&event(occasion.source(), &session.sub, client, attributes, scopes))
    }

    /// The trigger's changes to a machine client's access token.
    pub(super) fn changes_for_client(&self, client: &str, scopes: &[String]) -> Result<Changes, TokenError> {
        let source = "TokenGeneration_ClientCredentials";
        self.changes(&event(source, "ClientCredentials", client, json!({}), scopes))
    }

    fn changes(&self, event: &Value) -> Result<Changes, TokenError> {
        let mut answer = self.trigger.call(event.clone())?;
        let changes = answer.pointer_mut("/response/claimsAndScopeOverrideDetails/accessTokenGeneration");
        let changes = changes.map(Value::take).ok_or(TriggerFailed)?;
        serde_json::from_value(changes).map_err(|_| TriggerFailed.into())
    }
}

/// The scopes that the pool lets a machine client ask for.
pub(super) fn allowed_scopes(client: &str) -> Vec<String> {
    match demo::MACHINES.into_iter().find(|known| known.id == client) {
        Some(known) => known.permissions.iter().copied().map(Permission::scope).collect(),
        None if client == PANEL_CLIENT => Vec::new(),
        None => clients::scopes(),
    }
}

/// The event ("Pre token generation Lambda trigger" in Cognito's developer guide).
fn event(source: &str, user: &str, client: &str, attributes: Value, scopes: &[String]) -> Value {
    json!({
        "version": "3",
        "triggerSource": source,
        "region": "eu-west-1",
        "userPoolId": USER_POOL,
        "userName": user,
        "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
        "request": {
            "userAttributes": attributes,
            "groupConfiguration": {
                "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null,
            },
            "scopes": scopes,
        },
        "response": { "claimsAndScopeOverrideDetails": null },
    })
}
