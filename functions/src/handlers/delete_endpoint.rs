//! `DELETE /v1/sources/{source_id}` and `DELETE /v1/destinations/{destination_id}`: deletes an endpoint, and the link of its
//! key with it. Permission `streams:write`. One transaction.

use keyward_shared::{
    endpoints::change,
    ids::EndpointKind,
    ports::{ChangeEndpoint, ReadEndpoint},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadEndpoint + ChangeEndpoint),
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.endpoint_id()?;
    change::delete(store, caller, &id, request.seen_version()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator, kind: EndpointKind) -> Operation {
    let summary = match kind {
        EndpointKind::Source => "Delete a source",
        EndpointKind::Destination => "Delete a destination",
    };
    Operation::new(summary).no_content().for_version().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
    ])
}
