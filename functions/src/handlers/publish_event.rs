//! `POST /v1/events`: stores an event, which then goes to every active webhook that hears of it. Permission `events:publish`. The
//! table's stream plans the deliveries.

use keyward_shared::{
    events::publish::{EventDraft, publish, recall},
    idempotency::Once,
    moment::{Clock, Moment, Random},
    ports::{Fingerprint, PublishEvent, ReadRecord, SpendBudget},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key_view::EnvironmentView;
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl PublishEvent + SpendBudget + ReadRecord),
    fingerprints: &impl Fingerprint,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let draft = request.body::<PublishEventRequest>(MAX_BODY_BYTES)?.parse();
    let once = Once { records: store, fingerprints, clock: moment.clock };
    let carry_out = |ticket| publish(store, moment, caller, draft, ticket);
    let again = async |outcome| recall(&outcome);
    let id = once.run(caller, request.repeatable()?, carry_out, again).await?;
    let location = format!("/v1/events/{id}");
    Ok(Answer::created(&Published { event_id: id.to_string() }, location))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Publish an event")
        .created::<Published>(schemas)
        .request::<PublishEventRequest>(schemas)
        .repeatable()
        .refusals(&[Code::WrongEnvironment, Code::InvalidFields, Code::TooManyEvents])
}

/// Something that happened.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishEventRequest {
    /// What kind of thing happened, such as `order.created`. Types that begin with `key` or `webhook` are Keyward's own.
    #[schemars(with = "bounds::OneEventType")]
    r#type: String,
    /// `live` or `test`. Webhooks of the same environment hear of it.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// The organization that it is about. Webhooks for another one do not hear of it.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Organization>")]
    organization: Option<String>,
    /// What is told of it: at most 32 KiB as JSON. It is kept for 30 days, and an owner can read it.
    #[serde(default)]
    data: Map<String, Value>,
}

impl PublishEventRequest {
    fn parse(self) -> EventDraft {
        EventDraft {
            kind: self.r#type,
            environment: self.environment,
            organization: self.organization,
            data: self.data,
        }
    }
}

/// The event that was stored.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "PublishedEvent")]
pub struct Published {
    /// `evt_` and a UUIDv7. Receivers get it as the header `webhook-id`.
    #[schemars(regex(pattern = "^evt_[0-9a-f-]{36}$"))]
    event_id: String,
}
