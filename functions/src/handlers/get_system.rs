//! `GET /v1/systems/{system_id}`: a system's key template, with the fields of a form and the rules for a key.
//! Permission `keys:read`. No port: the library is part of the code.

use std::{collections::HashMap, sync::LazyLock};

use keyward_shared::{error::Error, system::Library};
use schemars::SchemaGenerator;

use super::system_view::SystemView;
use crate::{
    edge::{Answer, Code, Failure, Request, answer::document_of},
    openapi::Operation,
};

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.caller()?;
    let template = TEMPLATES.get(request.path("system_id")?).ok_or(Error::NotFound)?;
    Ok(Answer::document(template.clone()))
}

/// Every template by its system's id. They are the same for everybody, so they are made once.
static TEMPLATES: LazyLock<HashMap<&str, Vec<u8>>> = LazyLock::new(|| {
    let templates = Library::shipped().templates();
    templates.map(|template| (template.id().as_str(), document_of(&SystemView::from(template)))).collect()
});

/// Makes the templates before the first request.
pub fn prepare() {
    LazyLock::force(&TEMPLATES);
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a system's key template").ok::<SystemView>(schemas).refusals(&[Code::NotFound])
}
