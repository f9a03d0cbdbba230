//! The API: its routes, what stands in front of them, and who may call what is behind them.

use std::collections::BTreeMap;

use keyward_functions::table::{self, FunctionName, Route};
use keyward_infra::template::{Template, leads_to, texts};
use keyward_shared::membership::issuing::AUDIENCE;
use serde_json::{Value, json};

use super::{
    Complaints,
    names::{functions, routes_of},
};

/// The routes that ask for no token.
const PUBLIC: [&str; 14] = [
    "GET /v1/openapi.json",
    "GET /v1/version",
    "GET /",
    "HEAD /",
    "GET /config.json",
    "HEAD /config.json",
    "HEAD /favicon.svg",
    "HEAD /assets/{file}",
    "POST /v1/token",
    "GET /v1/.well-known/openid-configuration",
    "GET /v1/.well-known/jwks.json",
    "GET /favicon.svg",
    "GET /assets/{file}",
    "$default",
];

/// The function that a route of the template leads to.
pub(super) fn handler_behind<'t>(template: &'t Template, route: &Value) -> Option<&'t str> {
    let target = route["Target"]["Fn::Sub"].as_str()?;
    let integration = template.properties(target.strip_prefix("integrations/${")?.strip_suffix('}')?);
    let (function, _) = leads_to(&integration["IntegrationUri"])?;
    template.properties(function)["Handler"].as_str()
}

pub(super) fn routes(template: &Template, found: &mut Complaints) {
    let mut written = BTreeMap::new();
    let main = |(_, route): &(&str, &Value)| template.text(&route["ApiId"]) != ISSUER_API;
    for (id, route) in template.of_type("AWS::ApiGatewayV2::Route").filter(main) {
        let key = route["RouteKey"].as_str().unwrap_or_default();
        found.unless(written.insert(key, (id, route)).is_none(), || format!("{key} is there twice"));
    }
    for (function, route) in table::routes() {
        let key = route.key();
        let Some((id, written)) = written.remove(key.as_str()) else {
            found.say(format!("{key} is missing"));
            continue;
        };
        found.same(&format!("the API of {id}"), &template.text(&written["ApiId"]).as_str(), &"Api");
        found.same(
            &format!("the function of {id}"),
            &handler_behind(template, written),
            &Some(function.name.as_str()),
        );
        let scopes = texts(&written["AuthorizationScopes"]);
        let authorizer = leads_to(&written["AuthorizerId"]).map(|(id, _)| id);
        match route.permission {
            Some(permission) => {
                found.same(
                    &format!("the authorization of {id}"),
                    &written["AuthorizationType"],
                    &json!("JWT"),
                );
                found.same(&format!("the authorizer of {id}"), &authorizer, &Some("Authorizer"));
                found.same(&format!("the scopes of {id}"), &scopes, &vec![permission.scope().as_str()]);
            }
            None => {
                found.unless(PUBLIC.contains(&key.as_str()), || format!("{key} asks for no token"));
                let open = written["AuthorizationType"].is_null() || written["AuthorizationType"] == "NONE";
                found.unless(open && scopes.is_empty(), || format!("{id} is half open"));
            }
        }
    }
    written.values().for_each(|(id, _)| found.say(format!("{id} is no route of the table")));
    issuer_routes(template, found);
    for (id, integration) in template.of_type("AWS::ApiGatewayV2::Integration") {
        found.same(&format!("the type of {id}"), &integration["IntegrationType"], &json!("AWS_PROXY"));
        found.same(&format!("the payload of {id}"), &integration["PayloadFormatVersion"], &json!("2.0"));
        let api = if id == "IssuerIntegration" { ISSUER_API } else { "Api" };
        found.same(&format!("the API of {id}"), &template.text(&integration["ApiId"]).as_str(), &api);
        let role = leads_to(&integration["CredentialsArn"]);
        found.same(&format!("the role of {id}"), &role, &Some(("GatewayRole", Some("Arn"))));
    }
}

/// The API of the issuer's documents.
const ISSUER_API: &str = "IssuerApi";

/// Its two routes lead to the function that answers with them, ask for nothing, and are there before its stage.
fn issuer_routes(template: &Template, found: &mut Complaints) {
    let own = |(_, route): &(&str, &Value)| template.text(&route["ApiId"]) == ISSUER_API;
    let mut ids = Vec::new();
    let mut keys = Vec::new();
    for (id, route) in template.of_type("AWS::ApiGatewayV2::Route").filter(own) {
        found.same(&format!("the function of {id}"), &handler_behind(template, route), &Some("get_issuer"));
        found.same(&format!("the authorization of {id}"), &route["AuthorizationType"], &json!("NONE"));
        keys.push(route["RouteKey"].as_str().unwrap_or_default());
        ids.push(id);
    }
    let documents: Vec<String> = FunctionName::GetIssuer.function().routes().iter().map(Route::key).collect();
    found.same("the issuer's documents", &keys, &documents.iter().map(String::as_str).collect());
    let deployed = texts(&template.resource("IssuerDeployment")["DependsOn"]);
    found.same("what the issuer's deployment waits for", &deployed, &ids);
    let stage = template.properties("IssuerStage");
    found.same(
        "what the issuer's stage has",
        &template.text(&stage["DeploymentId"]).as_str(),
        &"IssuerDeployment",
    );
}

pub(super) fn gateway(template: &Template, found: &mut Complaints) {
    let only = |kind: &str| template.of_type(kind).map(|(id, _)| id).collect::<Vec<_>>();
    found.same("the list of APIs", &only("AWS::ApiGatewayV2::Api"), &vec!["Api", ISSUER_API]);
    found.same("the list of authorizers", &only("AWS::ApiGatewayV2::Authorizer"), &vec!["Authorizer"]);
    found.same("the list of stages", &only("AWS::ApiGatewayV2::Stage"), &vec!["Stage", "IssuerStage"]);
    let api = template.properties("Api");
    found.same("the API's protocol", &api["ProtocolType"], &json!("HTTP"));
    found.unless(api["CorsConfiguration"].is_null(), || "other origins may call the API".to_owned());

    let authorizer = template.properties("Authorizer");
    found.same("the authorizer's type", &authorizer["AuthorizerType"], &json!("JWT"));
    found.same(
        "where the token is",
        &authorizer["IdentitySource"],
        &json!(["$request.header.Authorization"]),
    );
    let issuer = template.text(&authorizer["JwtConfiguration"]["Issuer"]);
    let own = "https://IssuerApi.execute-api.eu-west-1.amazonaws.com/v1";
    found.same("the issuer", &issuer.as_str(), &own);
    found.same("the audience", &authorizer["JwtConfiguration"]["Audience"], &json!([AUDIENCE]));
    let waits = texts(&template.resource("Authorizer")["DependsOn"]);
    found.same("what the authorizer waits for", &waits, &vec!["IssuerStage"]);

    domain(template, api, found);
    let stage = template.properties("Stage");
    found.same("the stage's name", &stage["StageName"], &json!("$default"));
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        let limit = &stage["DefaultRouteSettings"][limit];
        found.unless(leads_to(limit).is_some() || limit.is_u64(), || "the API is not throttled".to_owned());
    }
    let log = leads_to(&stage["AccessLogSettings"]["DestinationArn"]).map(|(id, _)| id).unwrap_or_default();
    found.unless(!template.properties(log)["RetentionInDays"].is_null(), || {
        "there is no access log".to_owned()
    });
    let format = stage["AccessLogSettings"]["Format"].as_str().unwrap_or_default();
    const LOGGED: [&str; 11] = [
        "requestId",
        "requestTime",
        "routeKey",
        "status",
        "responseLength",
        "responseLatency",
        "authorizer.claims.client_id",
        "authorizer.claims.account",
        "identity.sourceIp",
        "authorizer.error",
        "integrationErrorMessage",
    ];
    for variable in format.split("$context.").skip(1).filter_map(|part| part.split('"').next()) {
        found.unless(LOGGED.contains(&variable), || format!("the access log has {variable}"));
    }
    found.unless(format.contains("requestId"), || "the access log names no request".to_owned());
}

/// With a domain of its own, the API has no other address.
fn domain(template: &Template, api: &Value, found: &mut Complaints) {
    let name = template.parameter_value("DomainName");
    let has_domain = !name.is_empty();
    found.same("the address of the region", &api["DisableExecuteApiEndpoint"], &json!(has_domain));
    let domains: Vec<Value> =
        template.of_type("AWS::ApiGatewayV2::DomainName").map(|(_, domain)| template.plain(domain)).collect();
    let expected = json!([{
        "DomainName": name,
        "DomainNameConfigurations": [{
            "CertificateArn": template.parameter_value("CertificateArn"),
            "EndpointType": "REGIONAL",
            "SecurityPolicy": "TLS_1_2",
        }],
    }]);
    let expected = if has_domain { expected } else { json!([]) };
    found.same("the API's domain", &json!(domains), &expected);
    let mappings: Vec<Value> = template
        .of_type("AWS::ApiGatewayV2::ApiMapping")
        .map(|(_, mapping)| template.plain(mapping))
        .collect();
    let expected = json!([{ "ApiId": "Api", "DomainName": "Domain", "Stage": "Stage" }]);
    let expected = if has_domain { expected } else { json!([]) };
    found.same("where the domain leads", &json!(mappings), &expected);
}

pub(super) fn callers(template: &Template, found: &mut Complaints) {
    for name in functions() {
        let Some(function) = template.function(name) else { continue };
        let is_its = |(_, permission): &(&str, &Value)| {
            leads_to(&permission["FunctionName"]) == Some((function, None))
        };
        let permissions = template.of_type("AWS::Lambda::Permission").filter(is_its);
        let callers: Vec<_> = permissions
            .map(|(_, permission)| {
                let source = template.text(&permission["SourceArn"]);
                (
                    template.text(&permission["Principal"]),
                    permission["Action"] == "lambda:InvokeFunction",
                    source,
                )
            })
            .collect();
        // What a route calls, API Gateway invokes by its role.
        let expected = if routes_of(name).next().is_some() {
            Vec::new()
        } else {
            match name {
                // Lambda reads the stream itself, and the queue.
                "on_table_change" | "on_key_use" | "deliver" => Vec::new(),
                "rewrap" => vec![("events", "arn:aws:events:eu-west-1:111122223333:rule/RewrapEveryWeek")],
                "sweep" => vec![("events", "arn:aws:events:eu-west-1:111122223333:rule/SweepEveryDay")],
                "bury_keys" => {
                    vec![("events", "arn:aws:events:eu-west-1:111122223333:rule/BuryKeysEveryHour")]
                }
                "find_deliveries" => {
                    vec![("events", "arn:aws:events:eu-west-1:111122223333:rule/FindDeliveriesEveryMinute")]
                }
                other => {
                    found.say(format!("nobody said who calls {other}"));
                    continue;
                }
            }
        };
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(service, source)| (format!("{service}.amazonaws.com"), true, source.to_owned()))
            .collect();
        found.same(&format!("who calls {name}"), &callers, &expected);
    }
    let mut invoked: Vec<String> = Vec::new();
    for statement in template.statements_of("GatewayRole") {
        found.same("what the gateway may", &statement.actions(), &vec!["lambda:InvokeFunction"]);
        invoked.extend(statement.resources().into_iter().map(str::to_owned));
    }
    let behind_routes = functions().filter(|name| routes_of(name).next().is_some());
    let behind_routes = behind_routes.filter_map(|name| template.function(name));
    let expected: Vec<String> = behind_routes.map(|id| template.arn_of(id)).collect();
    let sorted = |mut arns: Vec<String>| {
        arns.sort_unstable();
        arns
    };
    found.same("what the gateway invokes", &sorted(invoked), &sorted(expected));
    for (id, permission) in template.of_type("AWS::Lambda::Permission") {
        let function = leads_to(&permission["FunctionName"]).map(|(id, _)| id).unwrap_or_default();
        let is_known = template.properties(function)["Handler"].is_string();
        found.unless(is_known, || format!("{id} is for no function"));
    }
    for kind in ["AWS::Lambda::Url", "AWS::Lambda::LayerVersionPermission"] {
        template
            .of_type(kind)
            .for_each(|(id, _)| found.say(format!("{id} is another way to call a function")));
    }
    // The policy of the tables' key is held against its whole text.
    for (id, resource) in template.resources().filter(|(id, _)| *id != "TableKey") {
        found.unless(!has_anybody(resource), || format!("{id} is open to anybody"));
    }
}

/// Whether a policy somewhere in it has everybody as its principal.
fn has_anybody(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(has_anybody),
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_anybody = |value: &Value| texts(value).contains(&"*");
            let named = value.as_object().is_some_and(|kinds| kinds.values().any(is_anybody));
            (name == "Principal" && (is_anybody(value) || named))
                || name == "NotPrincipal"
                || has_anybody(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
