//! `GET /v1/systems/{system_id}`: a system's key template, with the fields of a form and the rules for a key.
//! Permission `keys:read`. No port: the library is part of the code.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use keyward_shared::{
    error::Error,
    system::{Library, SystemId},
};
use schemars::SchemaGenerator;

use super::system_view::SystemView;
use crate::{
    edge::{Answer, Code, Failure, Request, answer::document_of},
    openapi::Operation,
};

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.caller()?;
    let template = Library::shipped().system(request.path("system_id")?).ok_or(Error::NotFound)?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let document = made.entry(template.id()).or_insert_with(|| document_of(&SystemView::from(template)));
    Ok(Answer::document(document.clone()))
}

/// The templates that were asked for, by system. Each is the same for everybody, so it is made once.
static MADE: Mutex<BTreeMap<&SystemId, Vec<u8>>> = Mutex::new(BTreeMap::new());

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a system's key template").ok::<SystemView>(schemas).refusals(&[Code::NotFound])
}
