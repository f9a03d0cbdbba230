//! `POST /v1/webhooks`: stores a webhook and, when it is active, links it to its key. Permission `streams:write`. One transaction over
//! the webhook's row, the link, the counter on the key's row, and the version of the account's webhooks.

use keyward_shared::{
    endpoints::endpoint::Activity,
    idempotency::Once,
    moment::{Clock, Moment, Random},
    ports::{ChangeWebhook, Fingerprint, ReadKey, ReadRecord, ReadWebhook, ReadWebhooks},
    webhooks::{change, draft::WebhookDraft},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::{
    key_view::EnvironmentView,
    webhook_view::{HookMethodView, WebhookView},
};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ReadWebhook + ReadWebhooks + ReadRecord + ChangeWebhook),
    fingerprints: &impl Fingerprint,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let draft = request.body::<CreateWebhookRequest>(MAX_BODY_BYTES)?.parse();
    let once = Once { records: store, fingerprints, clock: moment.clock };
    let create = |ticket| change::create(store, moment, caller, draft, ticket);
    let recall = |outcome| change::recall(store, caller, outcome);
    let webhook = once.run(caller, request.repeatable()?, create, recall).await?;
    let location = format!("/v1/webhooks/{}", webhook.id);
    Ok(Answer::created(&WebhookView::from(&webhook), location).version(webhook.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Create a webhook")
        .created::<WebhookView>(schemas)
        .request::<CreateWebhookRequest>(schemas)
        .repeatable()
        .versioned()
        .refusals(&[Code::NotFound, Code::WrongEnvironment, Code::KeyUnreadable, Code::InvalidFields])
}

/// A webhook to store.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookRequest {
    /// The name: 1 to 100 characters.
    #[schemars(with = "bounds::Title")]
    name: String,
    /// The types of events that it hears of: 1 to 20.
    #[schemars(with = "bounds::EventTypes")]
    event_types: Vec<String>,
    /// Where its requests go: a path below the key's base URL.
    #[schemars(with = "bounds::HookPath")]
    path: String,
    /// The method of its requests: `POST`, `PUT` or `PATCH`.
    #[serde(default = "usual_method")]
    #[schemars(with = "HookMethodView")]
    method: String,
    /// `live` or `test`.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// The key that authenticates its requests: one of the same environment. May be left out of an inactive one.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Key>")]
    key_id: Option<String>,
    /// Whose entry of the key to use, when that is organization-specific. The webhook hears then of this organization's events alone.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Organization>")]
    organization: Option<String>,
    /// Whether it is in use.
    #[serde(default = "in_use")]
    active: bool,
}

fn usual_method() -> String {
    "POST".to_owned()
}

const fn in_use() -> bool {
    true
}

impl CreateWebhookRequest {
    fn parse(self) -> WebhookDraft {
        WebhookDraft {
            name: self.name,
            event_types: self.event_types,
            path: self.path,
            method: self.method,
            environment: self.environment,
            key: self.key_id,
            organization: self.organization,
            activity: Activity::of(self.active),
        }
    }
}
