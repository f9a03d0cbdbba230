//! `GET /v1/openapi.json`: the API document. No token; no port.

use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

/// The document, made when the code was built: making it takes milliseconds, and anybody may ask for it. A test compares it
/// with [`table::document`](crate::table::document).
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    Ok(Answer::document(DOCUMENT.as_bytes().to_vec()))
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Show this document").any_json()
}
