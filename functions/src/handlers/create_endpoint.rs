//! `POST /v1/sources` and `POST /v1/destinations`: stores an endpoint and, when it is active, links it to its key. Permission
//! `streams:write`. One transaction over the endpoint's row, the link, and the counter on the key's row.

use keyward_shared::{
    endpoints::{change, draft::EndpointDraft, endpoint::Activity, trigger::TriggerDraft},
    idempotency::Once,
    ids::EndpointKind,
    moment::{Clock, Moment, Random},
    ports::{ChangeEndpoint, Fingerprint, ReadEndpoint, ReadKey, ReadRecord},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    endpoint_view::{DestinationView, EndpointView, SourceView},
    key_view::EnvironmentView,
};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request, member::Object},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ReadEndpoint + ReadRecord + ChangeEndpoint),
    fingerprints: &impl Fingerprint,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let kind = request.endpoint_kind()?;
    let draft = request.body::<CreateEndpointRequest>(MAX_BODY_BYTES)?.parse();
    let once = Once { records: store, fingerprints, clock: moment.clock };
    let create = |ticket| change::create(store, moment, caller, kind, draft, ticket);
    let recall = |outcome| change::recall(store, caller, outcome);
    let endpoint = once.run(caller, request.repeatable()?, create, recall).await?;
    let location = format!("/v1/{}s/{}", kind.as_str(), endpoint.id);
    Ok(Answer::created(&EndpointView::from(&endpoint), location).version(endpoint.version))
}

pub fn operation(schemas: &mut SchemaGenerator, kind: EndpointKind) -> Operation {
    let operation = match kind {
        EndpointKind::Source => Operation::new("Create a source").created::<SourceView>(schemas),
        EndpointKind::Destination => {
            Operation::new("Create a destination").created::<DestinationView>(schemas)
        }
    };
    operation.request::<CreateEndpointRequest>(schemas).repeatable().versioned().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
        Code::InvalidFields,
    ])
}

/// A source or destination to store.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEndpointRequest {
    /// The title: 1 to 100 characters.
    #[schemars(with = "bounds::Title")]
    title: String,
    /// The system that it reads from or writes to: see `GET /v1/systems`.
    #[schemars(with = "bounds::System")]
    system_id: String,
    /// The name of the platform's function that does so: 1 to 100 characters of a-z, A-Z, 0-9 and `_ - . / :`.
    #[schemars(with = "bounds::Function")]
    function: String,
    /// What starts it.
    trigger: Object<TriggerInput>,
    /// `live` or `test`.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// The key to use: one of the same system and environment. May be left out of an inactive one.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Key>")]
    key_id: Option<String>,
    /// Whose entry of the key to use, when that is organization-specific.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Organization>")]
    organization: Option<String>,
    /// Settings for the platform's function: a JSON object of at most 32 KiB. Do not put secrets into it.
    #[serde(default)]
    settings: Map<String, Value>,
    /// Whether it is in use.
    #[serde(default = "in_use")]
    active: bool,
}

const fn in_use() -> bool {
    true
}

/// What starts an endpoint: `manual`, `scheduled` or `webhook` for a source; `aggregate`, `real_time` or `scheduled` for a
/// destination.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerInput {
    /// Which kind.
    #[schemars(with = "bounds::TriggerType")]
    r#type: String,
    /// When, for a scheduled one: a crontab's five fields, in UTC.
    #[serde(default)]
    #[schemars(with = "Option<bounds::Schedule>")]
    cron: Option<String>,
}

impl TriggerInput {
    pub(super) fn parse(self) -> TriggerDraft {
        TriggerDraft { kind: self.r#type, cron: self.cron }
    }
}

impl CreateEndpointRequest {
    fn parse(self) -> EndpointDraft {
        EndpointDraft {
            title: self.title,
            system: self.system_id,
            function: self.function,
            trigger: self.trigger.0.parse(),
            environment: self.environment,
            key: self.key_id,
            organization: self.organization,
            settings: self.settings,
            activity: Activity::of(self.active),
        }
    }
}
