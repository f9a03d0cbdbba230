//! `PATCH /v1/webhooks/{webhook_id}`: changes a webhook by merge patch, and the links and counters of the keys that it used and uses
//! with it. Permission `streams:write`. One transaction.

use keyward_shared::{
    endpoints::endpoint::Activity,
    error::Error,
    moment::Clock,
    ports::{ChangeWebhook, ReadKey, ReadWebhook, ReadWebhooks},
    webhooks::{change, draft::WebhookPatch},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::{
    key_view::EnvironmentView,
    webhook_view::{HookMethodView, WebhookView},
};
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_BODY_BYTES, Request,
        member::{Ignored, Member},
    },
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ReadWebhook + ReadWebhooks + ChangeWebhook),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.webhook_id()?;
    let patch = request.body::<UpdateWebhookRequest>(MAX_BODY_BYTES)?.parse()?;
    let version = request.seen_version()?;
    let webhook = change::update(store, clock, caller, (&id, version), patch).await?;
    Ok(Answer::ok(&WebhookView::from(&webhook)).version(webhook.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Change a webhook")
        .ok::<WebhookView>(schemas)
        .request::<UpdateWebhookRequest>(schemas)
        .versioned()
        .for_version()
        .refusals(&[
            Code::NotFound,
            Code::WrongEnvironment,
            Code::FreshSignInNeeded,
            Code::KeyUnreadable,
            Code::RowUnreadable,
            Code::InvalidFields,
        ])
}

/// A merge patch (RFC 7396): what is absent stays, `null` clears, a value sets. `event_types` is set as a whole. A webhook as it was
/// read may be sent back: the members that only Keyward sets are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateWebhookRequest {
    /// The name: 1 to 100 characters.
    #[schemars(with = "Member<bounds::Title>")]
    name: Member<String>,
    /// The types of events that it hears of.
    #[schemars(with = "Member<bounds::EventTypes>")]
    event_types: Member<Vec<String>>,
    /// Where its requests go.
    #[schemars(with = "Member<bounds::HookPath>")]
    path: Member<String>,
    /// The method of its requests.
    #[schemars(with = "Member<HookMethodView>")]
    method: Member<String>,
    /// `live` or `test`. The key must be of the same.
    #[schemars(with = "Member<EnvironmentView>")]
    environment: Member<String>,
    /// The key to use; `null` for none, where the webhook is inactive.
    #[schemars(with = "Member<bounds::Key>")]
    key_id: Member<String>,
    /// Whose entry of the key to use.
    #[schemars(with = "Member<bounds::Organization>")]
    organization: Member<String>,
    /// Whether it is in use.
    active: Member<bool>,
    paused: Ignored,
    webhook_id: Ignored,
    version: Ignored,
    created_at: Ignored,
    created_by: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
}

impl UpdateWebhookRequest {
    fn parse(self) -> Result<WebhookPatch, Error> {
        Ok(WebhookPatch {
            name: self.name.kept("name")?,
            event_types: self.event_types.kept("event_types")?,
            path: self.path.kept("path")?,
            method: self.method.kept("method")?,
            environment: self.environment.kept("environment")?,
            key: self.key_id.0,
            organization: self.organization.0,
            activity: self.active.kept("active")?.map(Activity::of),
        })
    }
}
