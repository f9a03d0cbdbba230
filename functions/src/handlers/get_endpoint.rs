//! `GET /v1/sources/{source_id}` and `GET /v1/destinations/{destination_id}`: shows an endpoint. Permission `streams:read`.
//! One read.

use keyward_shared::{endpoints::change, ids::EndpointKind, ports::ReadEndpoint};
use schemars::SchemaGenerator;

use super::endpoint_view::{DestinationView, EndpointView, SourceView};
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ReadEndpoint, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let endpoint = change::find(store, request.caller()?, &request.endpoint_id()?).await?;
    Ok(Answer::ok(&EndpointView::from(&endpoint)).version(endpoint.version))
}

pub fn operation(schemas: &mut SchemaGenerator, kind: EndpointKind) -> Operation {
    let operation = match kind {
        EndpointKind::Source => Operation::new("Show a source").ok::<SourceView>(schemas),
        EndpointKind::Destination => Operation::new("Show a destination").ok::<DestinationView>(schemas),
    };
    operation.versioned().refusals(&[Code::NotFound, Code::WrongEnvironment, Code::RowUnreadable])
}
