//! Faults in who may do what.

use serde_json::{Value, json};

use super::{Fault, Rule, fault};

const FIRST: &str = "/PolicyDocument/Statement/1";

fn own_condition(prefix: &str) -> Value {
    json!({
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [prefix] },
        "Null": { "dynamodb:LeadingKeys": "false" },
    })
}

fn allow(action: &str, id: &str) -> Value {
    json!({ "Sid": "OneMore", "Effect": "Allow", "Action": [action], "Resource": { "Fn::GetAtt": [id, "Arn"] } })
}

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(Rule::Statements, "an action with a wildcard", |t| {
            t.set(&format!("GetKeyPolicy{FIRST}/Action"), json!(["dynamodb:Get*"]));
        }),
        fault(Rule::Statements, "every action of a service", |t| {
            t.set(&format!("UpdateKeyPolicy{FIRST}/Action"), json!("dynamodb:*"));
        }),
        fault(Rule::Statements, "every resource", |t| {
            t.set(&format!("GetKeyPolicy{FIRST}/Resource"), json!("*"));
        }),
        fault(Rule::Statements, "all but some actions", |t| {
            let statement = t.at(&format!("GetKeyPolicy{FIRST}"));
            statement["NotAction"] = statement["Action"].take();
        }),
        fault(Rule::Statements, "every table of the account", |t| {
            let arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*";
            t.set(&format!("GetKeyPolicy{FIRST}/Resource"), json!({ "Fn::Sub": arn }));
        }),
        fault(Rule::Statements, "a statement without a name", |t| {
            t.remove(&format!("GetKeyPolicy{FIRST}/Sid"))
        }),
        fault(Rule::Grants, "a misspelt action", |t| {
            t.set(&format!("GetKeyPolicy{FIRST}/Action"), json!(["dynamodb:GetItems"]));
        }),
        fault(Rule::Grants, "no condition on the items", |t| {
            t.remove(&format!("GetKeyPolicy{FIRST}/Condition"))
        }),
        fault(Rule::Grants, "a condition that also holds where there is nothing to compare", |t| {
            t.remove(&format!("GetKeyPolicy{FIRST}/Condition/Null"));
        }),
        fault(Rule::Grants, "items of more kinds than it needs", |t| {
            let keys =
                t.at(&format!("GetKeyPolicy{FIRST}/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys"));
            *keys = json!(["ACCOUNT#*", "AUDIT#*"]);
        }),
        fault(Rule::Grants, "one of the values instead of all", |t| {
            let condition = t.at(&format!("GetKeyPolicy{FIRST}/Condition"));
            let keys = condition["ForAllValues:StringLike"].take();
            *condition = json!({ "ForAnyValue:StringLike": keys });
        }),
        fault(Rule::Grants, "the vault in the place of the table", |t| {
            t.set(&format!("GetKeyPolicy{FIRST}/Resource"), json!({ "Fn::GetAtt": ["VaultTable", "Arn"] }));
        }),
        fault(Rule::Grants, "an action that nothing does", |t| {
            t.push(
                "GetKeyPolicy/PolicyDocument/Statement",
                allow("dynamodb:ConditionCheckItem", "KeywardTable"),
            );
        }),
        fault(Rule::Grants, "an action that is missing", |t| {
            t.set(&format!("UpdateKeyPolicy{FIRST}/Action"), json!(["dynamodb:GetItem"]));
        }),
        fault(Rule::Grants, "the log of another function", |t| {
            let log = json!({ "Fn::GetAtt": ["CreateKeyLogGroup", "Arn"] });
            t.set("GetKeyPolicy/PolicyDocument/Statement/0/Resource", log);
        }),
        fault(Rule::Grants, "no encryption context where data keys are unwrapped", |t| {
            t.statement("SignRequestPolicy", "kms:Decrypt")["Condition"] = Value::Null;
        }),
        fault(Rule::Grants, "an index that is not listed", |t| {
            let index = json!({ "Fn::Sub": "${KeywardTable.Arn}/index/by_due" });
            t.set(&format!("ListEndpointsPolicy{FIRST}/Resource"), index);
        }),
        fault(Rule::Apart, "a scan outside rewrap", |t| {
            t.push("ListKeysPolicy/PolicyDocument/Statement", allow("dynamodb:Scan", "KeywardTable"));
        }),
        fault(Rule::Apart, "a function that shows reads what is sealed", |t| {
            let mut sealed = allow("dynamodb:GetItem", "VaultTable");
            sealed["Condition"] = own_condition("*#key_*");
            t.push("GetKeyPolicy/PolicyDocument/Statement", sealed);
        }),
        fault(Rule::Apart, "a function that shows unwraps data keys", |t| {
            t.push("ListKeyAuditPolicy/PolicyDocument/Statement", allow("kms:Decrypt", "WrappingKey"));
        }),
        fault(Rule::Apart, "a function that shows is let in by the key's policy", |t| {
            let role = json!({ "Fn::GetAtt": ["GetKeyRole", "Arn"] });
            let principals = &mut t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"];
            principals.as_array_mut().expect("roles").push(role);
        }),
        fault(Rule::Apart, "a function that writes unwraps data keys", |t| {
            let actions = &mut t.statement("CreateKeyPolicy", "kms:GenerateDataKey")["Action"];
            *actions = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "a function that writes is let in where data keys are unwrapped", |t| {
            let actions = &mut t.statement("WrappingKey", "kms:GenerateDataKey")["Action"];
            *actions = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "a function that sends puts keys", |t| {
            let mut put = allow("dynamodb:PutItem", "KeywardTable");
            put["Condition"] = own_condition("ACCOUNT#*");
            t.push("SendRequestPolicy/PolicyDocument/Statement", put);
        }),
        fault(Rule::Apart, "rewrap unwraps", |t| {
            let actions = &mut t.statement("RewrapPolicy", "kms:ReEncryptFrom")["Action"];
            *actions = json!(["kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "whoever follows the stream makes data keys", |t| {
            t.push(
                "OnTableChangePolicy/PolicyDocument/Statement",
                allow("kms:GenerateDataKey", "WrappingKey"),
            );
        }),
        fault(Rule::Roles, "another function's role", |t| {
            t.set("GetKeyFunction/Role", json!({ "Fn::GetAtt": ["CreateKeyRole", "Arn"] }));
        }),
        fault(Rule::Functions, "two functions with each other's roles", |t| {
            let one = t.at("GetKeyFunction/Role").clone();
            let other = t.at("ResolveKeyFunction/Role").clone();
            t.set("GetKeyFunction/Role", other);
            t.set("ResolveKeyFunction/Role", one);
        }),
        fault(Rule::Roles, "a role that anybody takes", |t| {
            t.set("GetKeyRole/AssumeRolePolicyDocument/Statement/0/Principal", json!("*"));
        }),
        fault(Rule::Roles, "a role that another service takes, too", |t| {
            let services = json!(["lambda.amazonaws.com", "ec2.amazonaws.com"]);
            t.set("GetKeyRole/AssumeRolePolicyDocument/Statement/0/Principal/Service", services);
        }),
        fault(Rule::Roles, "a managed policy", |t| {
            let managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
            t.set("GetKeyRole/ManagedPolicyArns", json!([managed]));
        }),
        fault(Rule::Roles, "a policy beside the role's own", |t| {
            let more = t.at("GetKeyPolicy/!").clone();
            t.add("GetKeyMorePolicy", more);
        }),
        fault(Rule::Keys, "the key's policy lets in everybody", |t| {
            t.statement("WrappingKey", "kms:Decrypt")["Principal"] = json!("*");
        }),
        fault(Rule::Keys, "the account uses the key that it administers", |t| {
            t.push("WrappingKey/KeyPolicy/Statement/0/Action", json!("kms:Decrypt"));
        }),
        fault(Rule::Keys, "the account gives grants", |t| {
            t.push("FingerprintKey/KeyPolicy/Statement/0/Action", json!("kms:CreateGrant"));
        }),
        fault(Rule::Keys, "no encryption context in the key's policy", |t| {
            t.statement("WrappingKey", "kms:Decrypt")["Condition"] = Value::Null;
        }),
        fault(Rule::Keys, "a role that the key's policy leaves out", |t| {
            let principals = &mut t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"];
            principals.as_array_mut().expect("roles").pop();
        }),
        fault(Rule::Keys, "no rotation", |t| t.set("WrappingKey/EnableKeyRotation", json!(false))),
        fault(Rule::Keys, "a key that goes with the stack", |t| t.remove("WrappingKey/!DeletionPolicy")),
    ]
}
