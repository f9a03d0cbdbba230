//! Functions: their form, and what they are told.

use std::collections::BTreeSet;

use keyward_functions::table::{Reaches, Resource, functions as table};
use keyward_infra::template::{Template, leads_to};
use serde_json::{Value, json};

use super::{
    Complaints,
    names::{functions, routes_of, stem},
    roles::is_in_network,
};
use crate::support::recorder::declared_for;

/// API Gateway waits for 30 seconds; the function ends before.
const LONGEST_SECONDS: u64 = 29;

pub(super) fn form(template: &Template, found: &mut Complaints) {
    let handlers: Vec<&str> = template
        .of_type("AWS::Lambda::Function")
        .map(|(_, function)| function["Handler"].as_str().unwrap_or_default())
        .collect();
    let mut deployed = handlers.clone();
    let mut expected: Vec<&str> = functions().collect();
    deployed.sort_unstable();
    expected.sort_unstable();
    found.same("the list of functions", &deployed, &expected);
    let architecture = &template.section("Parameters").find(|(name, _)| *name == "Architecture");
    let default = architecture.map(|(_, parameter)| &parameter["Default"]);
    found.same("the architecture", &default, &Some(&json!("arm64")));
    for name in handlers {
        let (function, stem) = (template.properties(&format!("{}Function", stem(name))), stem(name));
        let say = |what: &str| format!("the {what} of {name}");
        found.same(&say("handler"), &function["Handler"], &json!(name));
        found.same(&say("name"), &template.text(&function["FunctionName"]), &format!("keyward-{name}"));
        found.same(&say("runtime"), &function["Runtime"], &json!("provided.al2023"));
        found.same(&say("architecture"), &function["Architectures"], &json!([{ "Ref": "Architecture" }]));
        let role = format!("{stem}Role");
        found.same(&say("role"), &leads_to(&function["Role"]), &Some((role.as_str(), Some("Arn"))));
        let log = format!("{stem}LogGroup");
        found.same(
            &say("log"),
            &leads_to(&function["LoggingConfig"]["LogGroup"]),
            &Some((log.as_str(), None)),
        );
        let log = template.properties(&log);
        found.unless(!log["RetentionInDays"].is_null(), || format!("the log of {name} is kept for ever"));
        found.same(
            &say("log's name"),
            &template.text(&log["LogGroupName"]),
            &format!("/aws/lambda/keyward-{name}"),
        );
        let limits = table().find(|function| function.name.as_str() == name).map(|function| function.limits);
        found.same(
            &say("memory"),
            &function["MemorySize"].as_u64(),
            &limits.map(|limits| limits.memory.mb.into()),
        );
        // A private network is reached from within it only, and nothing else has to be in it.
        let network = match is_in_network(template, name) {
            true => json!({
                "SubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
                "SecurityGroupIds": ["sg-0a1b2c3d"],
            }),
            false => Value::Null,
        };
        found.same(&say("network"), &template.plain(&function["VpcConfig"]), &network);
        let says = limits.is_some_and(|limits| limits.reaches == Reaches::Customers);
        let is_outside =
            declared_for(name).any(|action| action.action == "kms:Decrypt") && name != "resolve_key";
        found.same(&say("reach"), &says, &(is_outside || ["verify_draft", "discover_app"].contains(&name)));
        found.unless(function["TracingConfig"].is_null(), || format!("{name} is traced"));
        found.unless(function["Layers"].is_null(), || format!("{name} has other people's code"));
        let (timeout, reserved) = (function["Timeout"].as_u64(), &function["ReservedConcurrentExecutions"]);
        if routes_of(name).next().is_some() {
            // A new account has to keep 100 that nobody has reserved.
            found.unless(reserved.is_null(), || format!("{name} reserves concurrency"));
            found.unless(timeout.is_some_and(|seconds| seconds <= LONGEST_SECONDS), || say("time-out"));
        } else {
            found.unless(timeout.is_some(), || say("time-out"));
            // Whoever signs in does not wait for others; what works in the background takes nothing from them.
            let expected = match name {
                "on_table_change" | "on_key_use" => json!(5),
                // Receivers that hang take nothing from those who wait for an answer.
                "deliver" => json!(20),
                "rewrap" | "sweep" | "bury_keys" | "find_deliveries" => json!(1),
                "refresh_grants" => json!(2),
                _ => Value::Null,
            };
            found.same(&say("concurrency"), reserved, &expected);
        }
    }
}

/// Where people sign in, as the panel is told.
const ISSUER: &str = "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPoolId}";
/// Who issues tokens: the address of the API that has the documents.
const OWN_ISSUER: &str = "https://${IssuerApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1";
/// The functions that say where systems send people back to.
const ORIGIN: [&str; 5] = ["begin_connection", "create_app", "finish_connection", "list_apps", "update_app"];
const LOGOUT_URL: &str = "${LoginUrl}/logout";

pub(super) fn environment(template: &Template, found: &mut Complaints) {
    let told = [
        ("KEYWARD_TABLE", json!({ "Ref": "TableName" })),
        ("KEYWARD_VAULT_TABLE", json!({ "Ref": "VaultName" })),
        ("KEYWARD_WRAPPING_KEY", json!({ "Ref": "WrappingKeyArn" })),
        ("KEYWARD_FINGERPRINT_KEY", json!({ "Ref": "FingerprintKeyArn" })),
        ("KEYWARD_ROW_KEY", json!({ "Ref": "RowKeyArn" })),
        ("KEYWARD_DEPLOYMENT", json!({ "Ref": "Deployment" })),
        ("KEYWARD_EPOCH", json!({ "Ref": "Epoch" })),
        ("KEYWARD_PANEL_CLIENT", json!({ "Ref": "PanelClient" })),
        ("KEYWARD_TOKEN_ISSUER", json!({ "Fn::Sub": OWN_ISSUER })),
        ("KEYWARD_TOKEN_KEYS", json!({ "Ref": "TokenKeys" })),
        ("SSL_CERT_FILE", json!({ "Ref": "CertificateBundle" })),
        ("AWS_CA_BUNDLE", json!({ "Ref": "AwsCertificateBundle" })),
    ];
    for (id, function) in template.of_type("AWS::Lambda::Function") {
        let variables = function["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
        let names: BTreeSet<&str> = variables.keys().map(String::as_str).collect();
        for (name, value) in &told {
            found.same(&format!("{name} of {id}"), &variables.get(*name), &Some(value));
        }
        let mut known: BTreeSet<&str> = told.iter().map(|(name, _)| *name).collect();
        if id == "GetPanelFunction" {
            let sign_in = |told: &str| json!({ "Fn::Sub": told });
            for (name, value) in [("KEYWARD_ISSUER", ISSUER), ("KEYWARD_LOGOUT_URL", LOGOUT_URL)] {
                found.same(&format!("{name} of {id}"), &variables.get(name), &Some(&sign_in(value)));
                known.insert(name);
            }
        }
        // Who administers the sign-in is told which pool it is.
        let handler = function["Handler"].as_str().unwrap_or_default();
        if declared_for(handler).any(|action| action.resource == Resource::UserPool) {
            let pool = json!({ "Ref": "UserPoolId" });
            found.same(&format!("the pool of {id}"), &variables.get("KEYWARD_USER_POOL"), &Some(&pool));
            known.insert("KEYWARD_USER_POOL");
        }
        if declared_for(handler).any(|action| action.resource == Resource::TokenSigningKey) {
            let (name, key) = ("KEYWARD_SIGNING_KEY", json!({ "Ref": "TokenSigningKeyArn" }));
            found.same(&format!("the signing key of {id}"), &variables.get(name), &Some(&key));
            known.insert(name);
        }
        if handler == "issue_token" {
            for (name, value) in [
                ("KEYWARD_SIGN_IN_ISSUER", json!({ "Fn::Sub": ISSUER })),
                ("KEYWARD_SIGN_IN_KEYS", json!({ "Ref": "SignInKeys" })),
            ] {
                found.same(&format!("{name} of {id}"), &variables.get(name), &Some(&value));
                known.insert(name);
            }
        }
        if declared_for(handler).any(|action| action.resource == Resource::FailedChanges) {
            let queue = json!({ "Ref": "TableChangeFailures" });
            found.same(
                &format!("the queue of {id}"),
                &variables.get("KEYWARD_FAILED_CHANGES"),
                &Some(&queue),
            );
            known.insert("KEYWARD_FAILED_CHANGES");
        }
        if declared_for(handler).any(|action| action.resource == Resource::Deliveries) {
            let name = "KEYWARD_DELIVERIES";
            let queue = json!({ "Ref": "Deliveries" });
            found.same(&format!("the queue of deliveries of {id}"), &variables.get(name), &Some(&queue));
            known.insert(name);
        }
        if declared_for(handler).any(|action| action.resource == Resource::FormerWrappingKey) {
            let name = "KEYWARD_FORMER_WRAPPING_KEY";
            let former = json!({ "Ref": "FormerWrappingKeyArn" });
            found.same(&format!("the former wrapping key of {id}"), &variables.get(name), &Some(&former));
            known.insert(name);
        }
        if ["verify_key", "verify_draft"].contains(&handler) {
            let name = match template.parameter_value("DomainName").is_empty() {
                true => json!({ "Fn::Sub": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}" }),
                false => json!({ "Ref": "DomainName" }),
            };
            found.same(&format!("the mail name of {id}"), &variables.get("KEYWARD_MAIL_NAME"), &Some(&name));
            known.insert("KEYWARD_MAIL_NAME");
        }
        if ORIGIN.contains(&handler) {
            let origin = match template.parameter_value("DomainName").is_empty() {
                true => json!({ "Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}" }),
                false => json!({ "Fn::Sub": "https://${DomainName}" }),
            };
            found.same(&format!("the origin of {id}"), &variables.get("KEYWARD_ORIGIN"), &Some(&origin));
            known.insert("KEYWARD_ORIGIN");
        }
        for other in names.difference(&known) {
            found.say(format!("{id} is told {other}, which no configuration reads"));
        }
    }
}
