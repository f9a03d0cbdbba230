//! `GET /v1/openapi.json`: the API document. No token; no port.

use schemars::SchemaGenerator;
use serde_json::Value;

use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub fn handle(document: &Value, request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    Ok(Answer::document(document.to_string().into_bytes()))
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Show this document").any_json()
}
