//! `GET /v1/events/{event_id}`: shows an event with what is told of it. Permission `audit:read`. One read.

use keyward_shared::{error::Error, ports::ReadEvent};
use schemars::SchemaGenerator;

use super::event_view::EventView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ReadEvent, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let event = store.read_event(caller.account(), &request.event_id()?).await.map_err(Error::from)?;
    let event = event.ok_or(Error::NotFound)?;
    caller.check_environment(event.environment).map_err(Error::from)?;
    Ok(Answer::ok(&EventView::from(&event)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show an event")
        .ok::<EventView>(schemas)
        .refusals(&[Code::NotFound, Code::WrongEnvironment])
}
