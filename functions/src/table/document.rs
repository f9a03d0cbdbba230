//! The OpenAPI 3.1 document, made from the function table and the types that the handlers themselves read and answer.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Route, routes, words};
use crate::{
    edge::{Code, problem::Problem},
    openapi::{Answers, Operation, SUBJECTS},
};

impl Route {
    /// The answers of this route. A route that is not part of the API serves a file, or nothing.
    #[must_use]
    pub fn answers(&self) -> Answers {
        let operation = match self.described.operation() {
            Some(operation) => operation(&mut schemas()),
            None => Operation::new("").refusals(&[Code::NotFound]),
        };
        operation.answers(self.entrance())
    }
}

fn schemas() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12().with_transform(words::into_enum);
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    SchemaGenerator::new(settings)
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = schemas();
    schemas.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for (function, route) in routes() {
        let (Some(method), Some(operation)) = (route.method, route.described.operation()) else {
            continue;
        };
        let operation =
            operation(&mut schemas).into_json(&route.operation_id(function.name), route.entrance());
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(method.as_str().to_lowercase(), operation);
        }
    }
    let mut components = schemas.take_definitions(true);
    components.insert(
        "GatewayMessage".to_owned(),
        json!({
            "description": "What API Gateway itself answers.",
            "type": "object", "additionalProperties": false, "required": ["message"],
            "properties": { "message": { "type": ["string", "null"] } },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyward",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keeps the access credentials of an integration platform, and lets them be used without being shown.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{
            "url": "/",
            "description": "The server that this document comes from: paths begin with /v1.",
        }],
        "tags": SUBJECTS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token. Each route asks for a scope.",
            } },
        },
    })
}
