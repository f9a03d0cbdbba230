//! `GET /v1/systems/{system_id}`: a system's key template: what a form shows and what a key must be. Permission
//! `keys:read`. No port: the library is part of the code.

use keyward_shared::{error::Error, system::Library};
use schemars::SchemaGenerator;

use super::system_view::SystemView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.caller()?;
    let template = Library::shipped().system(request.path("system_id")?).ok_or(Error::NotFound)?;
    Ok(Answer::ok(&SystemView::from(template)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a system's key template").ok::<SystemView>(schemas).refusals(&[Code::NotFound])
}
