//! The OpenAPI document, the events and the composition, beside the template.

use std::{fs, path::Path};

use keyward_functions::table;
use keyward_infra::template::{Template, texts};
use serde_json::Value;

use super::{Complaints, api::handler_behind, names::functions};

pub(super) fn agree(template: &Template, found: &mut Complaints) {
    let document = table::document();
    let routes: Vec<&Value> = template.of_type("AWS::ApiGatewayV2::Route").map(|(_, route)| route).collect();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operations += 1;
            let key = format!("{} {path}", method.to_uppercase());
            let Some(route) = routes.iter().find(|route| route["RouteKey"] == *key) else {
                found.say(format!("{key} is documented and not deployed"));
                continue;
            };
            let security = operation["security"].as_array().and_then(|ways| ways.first());
            let documented = security.map(|way| texts(&way["token"])).unwrap_or_default();
            found.same(&format!("the scope of {key}"), &texts(&route["AuthorizationScopes"]), &documented);
        }
    }
    let documented = table::routes().filter(|(_, route)| route.described.operation().is_some()).count();
    found.same("the number of documented routes", &operations, &documented);
    for name in functions() {
        let file = format!("events/{name}.json");
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../")).join(&file);
        let event: Option<Value> =
            fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok());
        let Some(event) = event else {
            found.say(format!("there is no {file}"));
            continue;
        };
        if let Some(key) = event["routeKey"].as_str() {
            let route = routes.iter().find(|route| route["RouteKey"] == key);
            let handler = route.and_then(|route| handler_behind(template, route));
            found.same(&format!("the function of {file}"), &handler, &Some(name));
        }
    }
}
