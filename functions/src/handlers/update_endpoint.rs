//! `PATCH /v1/sources/{source_id}` and `PATCH /v1/destinations/{destination_id}`: changes an endpoint by merge patch, and the
//! links and counters of the keys that it used and uses with it. Permission `streams:write`. One transaction.

use keyward_shared::{
    endpoints::{change, draft::EndpointPatch, endpoint::Activity},
    error::Error,
    ids::EndpointKind,
    moment::Clock,
    ports::{ChangeEndpoint, ReadEndpoint, ReadKey},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    create_endpoint::TriggerInput,
    endpoint_view::{DestinationView, EndpointView, SourceView},
    key_view::EnvironmentView,
};
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_BODY_BYTES, Request,
        member::{Ignored, Member, Object},
    },
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ReadEndpoint + ChangeEndpoint),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.endpoint_id()?;
    let patch = request.body::<UpdateEndpointRequest>(MAX_BODY_BYTES)?.parse()?;
    let version = request.seen_version()?;
    let endpoint = change::update(store, clock, caller, (&id, version), patch).await?;
    Ok(Answer::ok(&EndpointView::from(&endpoint)).version(endpoint.version))
}

pub fn operation(schemas: &mut SchemaGenerator, kind: EndpointKind) -> Operation {
    let operation = match kind {
        EndpointKind::Source => Operation::new("Change a source").ok::<SourceView>(schemas),
        EndpointKind::Destination => Operation::new("Change a destination").ok::<DestinationView>(schemas),
    };
    operation.request::<UpdateEndpointRequest>(schemas).versioned().for_version().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::FreshSignInNeeded,
        Code::KeyUnreadable,
        Code::RowUnreadable,
        Code::InvalidFields,
    ])
}

/// A merge patch (RFC 7396): what is absent stays, `null` clears, a value sets. `trigger` and `settings` are set as a whole.
/// An endpoint as it was read may be sent back: the members that only Keyward sets are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateEndpointRequest {
    /// The title: 1 to 100 characters.
    #[schemars(with = "Member<bounds::Title>")]
    title: Member<String>,
    /// Another system. The key must be of the same.
    #[schemars(with = "Member<bounds::System>")]
    system_id: Member<String>,
    /// The name of the platform's function.
    #[schemars(with = "Member<bounds::Function>")]
    function: Member<String>,
    /// What starts it.
    trigger: Member<Object<TriggerInput>>,
    /// `live` or `test`. The key must be of the same.
    #[schemars(with = "Member<EnvironmentView>")]
    environment: Member<String>,
    /// The key to use; `null` for none, where the endpoint is inactive.
    #[schemars(with = "Member<bounds::Key>")]
    key_id: Member<String>,
    /// Whose entry of the key to use.
    #[schemars(with = "Member<bounds::Organization>")]
    organization: Member<String>,
    /// Settings for the platform's function.
    settings: Member<Map<String, Value>>,
    /// Whether it is in use.
    active: Member<bool>,
    source_id: Ignored,
    destination_id: Ignored,
    version: Ignored,
    created_at: Ignored,
    created_by: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
}

impl UpdateEndpointRequest {
    fn parse(self) -> Result<EndpointPatch, Error> {
        Ok(EndpointPatch {
            title: self.title.kept("title")?,
            system: self.system_id.kept("system_id")?,
            function: self.function.kept("function")?,
            trigger: self.trigger.kept("trigger")?.map(|trigger| trigger.0.parse()),
            environment: self.environment.kept("environment")?,
            key: self.key_id.0,
            organization: self.organization.0,
            settings: self.settings.0,
            activity: self.active.kept("active")?.map(Activity::of),
        })
    }
}
