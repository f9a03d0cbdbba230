//! Roles and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use keyward_functions::table::{Resource, rights::Action};
use keyward_infra::template::{Conditions, Grant, Template, leads_to};
use serde_json::{Value, json};

use super::{
    Complaints,
    names::{functions, stem},
};
use crate::support::recorder::{LEADING_KEYS, SAME_KEY, declared_for};

/// The role by which API Gateway invokes the functions.
const GATEWAY: &str = "GatewayRole";

/// The document of a role that one service may take.
fn trust(sid: &str, service: &str) -> Value {
    json!([{
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
    }])
}

pub(super) fn belong(template: &Template, found: &mut Complaints) {
    let mut used = BTreeSet::from([GATEWAY]);
    for (id, function) in template.of_type("AWS::Lambda::Function") {
        let role = leads_to(&function["Role"]).map(|(role, _)| role).unwrap_or_default();
        found.unless(used.insert(role), || format!("{id} has another's role"));
        let handler = function["Handler"].as_str().unwrap_or_default();
        let name = template.text(&template.properties(role)["RoleName"]);
        found.same(&format!("the name of {role}"), &name, &format!("keyward-{handler}"));
    }
    let boundary = template.parameter_value("PermissionsBoundary");
    let in_network: Vec<String> = functions()
        .filter(|name| is_in_network(template, name))
        .map(|name| format!("{}Role", stem(name)))
        .collect();
    let in_network: Vec<&str> = in_network.iter().map(String::as_str).collect();
    let unwraps_former: Vec<String> = functions()
        .filter(|name| is_replaced(template) && declared_for(name).any(|action| is_of_former(&action)))
        .map(|name| format!("{}Role", stem(name)))
        .collect();
    let unwraps_former: Vec<&str> = unwraps_former.iter().map(String::as_str).collect();
    let gateway = template.text(&template.properties(GATEWAY)["RoleName"]);
    found.same("the gateway's role", &gateway.as_str(), &"keyward-gateway");
    for (id, role) in template.of_type("AWS::IAM::Role") {
        found.unless(used.contains(id), || format!("nobody has {id}"));
        let trust = match id {
            GATEWAY => trust("LetApiGatewayTakeThisRole", "apigateway.amazonaws.com"),
            _ => trust("LetLambdaTakeThisRole", "lambda.amazonaws.com"),
        };
        found.same(&format!("who takes {id}"), &role["AssumeRolePolicyDocument"]["Statement"], &trust);
        found.same(&format!("the path of {id}"), &role["Path"], &json!({ "Ref": "RolePath" }));
        let members: BTreeSet<&str> =
            role.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let mut known = BTreeSet::from(["AssumeRolePolicyDocument", "Path", "Policies", "RoleName"]);
        if !boundary.is_empty() {
            known.insert("PermissionsBoundary");
            let written = template.text(&role["PermissionsBoundary"]);
            found.same(&format!("the boundary of {id}"), &written, &boundary);
        }
        found.same(&format!("what {id} has"), &members, &known);
        let policies = role["Policies"].as_array().map_or(0, Vec::len);
        let expected = 1 + usize::from(in_network.contains(&id)) + usize::from(unwraps_former.contains(&id));
        found.same(&format!("the number of policies of {id}"), &policies, &expected);
    }
    for (id, resource) in template.resources() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let is_other = kind.starts_with("AWS::IAM::") && kind != "AWS::IAM::Role";
        found.unless(!is_other, || format!("{id} gives rights in another way: {kind}"));
    }
    // A name has 64 characters (IAM quotas), and a deployment's up to 40, with a hyphen behind it.
    for name in functions() {
        found.unless(name.len() <= 23, || format!("{name} leaves no room for a deployment's name"));
    }
}

/// Whether another wrapping key takes over.
pub(super) fn is_replaced(template: &Template) -> bool {
    !template.parameter_value("FormerWrappingKeyArn").is_empty()
}

/// Whether a right is there only while another wrapping key takes over.
fn is_of_former(action: &Action) -> bool {
    action.resource == Resource::FormerWrappingKey
}

/// Whether a function is in the network that the deployment names.
pub(super) fn is_in_network(template: &Template, name: &str) -> bool {
    let reaches_customers = REACH_CUSTOMERS.contains(&name);
    reaches_customers && !template.parameter_value("SubnetIds").is_empty()
}

/// The functions that connect to what an account's members name. All others connect to AWS's services only.
const REACH_CUSTOMERS: [&str; 8] = [
    "deliver",
    "discover_app",
    "finish_connection",
    "refresh_grants",
    "send_request",
    "sign_request",
    "verify_draft",
    "verify_key",
];

/// What Lambda does with the role of a function in a network: the actions of the managed policy AWSLambdaVPCAccessExecutionRole,
/// beside those on logs (Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC").
const NETWORK: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// The statement for that.
fn of_the_network() -> Value {
    json!({ "Sid": "LetLambdaConnectItToTheNetwork", "Effect": "Allow", "Action": NETWORK, "Resource": "*" })
}

pub(super) fn statements(template: &Template, found: &mut Complaints) {
    let policies = template.of_type("AWS::IAM::Role").flat_map(|(id, role)| {
        let policies = role["Policies"].as_array().into_iter().flatten();
        policies.map(move |policy| (id, &policy["PolicyDocument"]))
    });
    let keys = template.of_type("AWS::KMS::Key").map(|(id, key)| (id, &key["KeyPolicy"]));
    for (id, document) in policies.chain(keys) {
        found.same(&format!("the version of {id}"), &document["Version"], &json!("2012-10-17"));
        let mut sids = BTreeSet::new();
        for statement in template.statements(document) {
            let sid = statement.sid().to_owned();
            found.unless(!sid.is_empty() && sids.insert(sid.clone()), || {
                format!("{id}: {sid:?} names no statement")
            });
            // These are held against their whole text.
            let actions = statement.actions();
            let is_known = !actions.is_empty() && actions.iter().all(|action| action.starts_with("ec2:"))
                || ["KeepTheKeyInItsRegion", "LetTheBreakGlassRoleMoveTheKey"].contains(&sid.as_str());
            if is_known {
                continue;
            }
            found.same(&format!("{id}: the effect of {sid}"), &statement.0["Effect"], &json!("Allow"));
            let members = statement.0.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
            let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
            for other in members.filter(|member| !known.contains(member)) {
                found.say(format!("{id}: {sid} has {other}"));
            }
            for action in statement.actions() {
                found.unless(!action.contains(['*', '?']), || format!("{id}: {sid} allows {action}"));
            }
            let is_key = template.resource(id)["Type"] == "AWS::KMS::Key";
            for resource in statement.resources() {
                // In a key's policy it is that key. The streams of a log group have no other form.
                let exact =
                    resource.strip_suffix(":*").filter(|log| log.contains(":log-group:")).unwrap_or(resource);
                let exact = if is_key && resource == "*" { "" } else { exact };
                found.unless(!exact.contains(['*', '?']), || format!("{id}: {sid} is on {resource}"));
            }
        }
    }
}

pub(super) fn grants(template: &Template, found: &mut Complaints) {
    for name in functions() {
        let mut written = BTreeMap::<Grant, usize>::new();
        let statements = template.role_statements(name);
        let (network, own): (Vec<_>, Vec<_>) = statements
            .into_iter()
            .partition(|statement| statement.actions().iter().any(|action| action.starts_with("ec2:")));
        let network: Vec<Value> = network.into_iter().map(|statement| statement.0).collect();
        let expected = if is_in_network(template, name) { vec![of_the_network()] } else { Vec::new() };
        found.same(&format!("what connects {name} to a network"), &network, &expected);
        for grant in own.iter().flat_map(|statement| statement.grants().collect::<Vec<_>>()) {
            *written.entry(grant).or_default() += 1;
        }
        let log = json!({ "Fn::GetAtt": [format!("{}LogGroup", stem(name)), "Arn"] });
        let log = |action: &str| Grant {
            action: action.to_owned(),
            resource: template.text(&log),
            conditions: Conditions::new(),
        };
        let own = ["logs:CreateLogStream", "logs:PutLogEvents"].map(log);
        let there = declared_for(name).filter(|action| is_replaced(template) || !is_of_former(action));
        let declared = there.map(|action| Grant {
            action: action.action.to_owned(),
            resource: template.arn(action.resource),
            conditions: conditions(template, &action),
        });
        let expected: BTreeSet<Grant> = own.into_iter().chain(declared).collect();
        for (grant, times) in &written {
            found.unless(expected.contains(grant), || format!("{name} may, and does not say: {grant:?}"));
            found.unless(*times == 1, || format!("{name} may {times} times: {grant:?}"));
        }
        for grant in expected.iter().filter(|grant| !written.contains_key(grant)) {
            found.say(format!("{name} says, and may not: {grant:?}"));
        }
    }
}

/// One operator of a condition, with what it compares.
fn one(
    operator: &str,
    compared: impl IntoIterator<Item = (String, BTreeSet<String>)>,
) -> (String, BTreeMap<String, BTreeSet<String>>) {
    (operator.to_owned(), compared.into_iter().collect())
}

/// The kinds of what is sealed under the data keys that an action is on.
fn kinds(action: &Action) -> BTreeSet<String> {
    let named = action.items.iter().map(|kind| (*kind).to_owned());
    if action.items.is_empty() { ["field".to_owned()].into() } else { named.collect() }
}

/// The conditions that belong to an action: on which items, or with which encryption context.
pub(super) fn conditions(template: &Template, action: &Action) -> Conditions {
    let listed = |operator: &str, key: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        // ForAllValues holds where there is nothing to compare, so the key has to be there.
        let there = ("Null".to_owned(), [(key.to_owned(), ["false".to_owned()].into())].into());
        Conditions::from([(operator.to_owned(), [(key.to_owned(), values)].into()), there])
    };
    match action.resource {
        Resource::Table | Resource::Vault if !action.items.is_empty() => {
            listed("ForAllValues:StringLike", LEADING_KEYS, action.items)
        }
        Resource::WrappingKey | Resource::FormerWrappingKey => {
            // The four names and no other; the kind has its value, and the others have any.
            let context = |name: &str| format!("kms:EncryptionContext:keyward:{name}");
            let names = ["keyward:account", "keyward:key", "keyward:kind", "keyward:seal"];
            // A role that re-wraps does so with the key that wrapped, unless another key takes over.
            let keeps_key = action.action.starts_with("kms:ReEncrypt") && !is_replaced(template);
            let same = keeps_key.then(|| one("Bool", [(SAME_KEY.to_owned(), ["true".to_owned()].into())]));
            let context = [
                one(
                    "ForAllValues:StringEquals",
                    [("kms:EncryptionContextKeys".to_owned(), names.map(str::to_owned).into())],
                ),
                one("StringEquals", [(context("kind"), kinds(action))]),
                one(
                    "StringLike",
                    ["account", "key", "seal"].map(|name| (context(name), ["?*".to_owned()].into())),
                ),
            ];
            context.into_iter().chain(same).collect()
        }
        Resource::FingerprintKey | Resource::RowKey => {
            let algorithm = ("kms:MacAlgorithm".to_owned(), ["HMAC_SHA_256".to_owned()].into());
            Conditions::from([("StringEquals".to_owned(), [algorithm].into())])
        }
        Resource::TokenSigningKey => {
            let values =
                [("kms:MessageType", "DIGEST"), ("kms:SigningAlgorithm", "RSASSA_PKCS1_V1_5_SHA_256")];
            let one = |(key, value): (&str, &str)| (key.to_owned(), [value.to_owned()].into());
            Conditions::from([("StringEquals".to_owned(), values.map(one).into())])
        }
        Resource::Table
        | Resource::Vault
        | Resource::ByTitle
        | Resource::BySystem
        | Resource::ByDue
        | Resource::Stream
        | Resource::UserPool
        | Resource::FailedChanges
        | Resource::Deliveries => Conditions::new(),
    }
}
