//! Faults in what lasts, and in what it is to the rest.

use keyward_infra::template::Stack;
use serde_json::json;

use super::{Fault, Rule, fault};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(Rule::Stacks, "a key's policy that names a role, which does not exist yet", |t| {
            let role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Deployment}-sign_request";
            t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"] = json!({ "Fn::Sub": role });
        }),
        fault(Rule::Stacks, "a key's policy that names a role beside the account", |t| {
            let account = t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"].clone();
            let role = "arn:aws:iam::111122223333:role/keyward-sign_request";
            t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"] = json!([account, role]);
        }),
        fault(Rule::Stacks, "a key's policy that names a function's role by reference", |t| {
            let role = json!({ "Fn::GetAtt": ["SignRequestRole", "Arn"] });
            t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"] = role;
        }),
        fault(Rule::Stacks, "a key's policy for a session of a role", |t| {
            let session = "arn:aws:sts::111122223333:assumed-role/keyward-sign_request/keyward-sign_request";
            t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"] = json!(session);
        }),
        fault(Rule::Stacks, "a key's policy for another account", |t| {
            t.statement("WrappingKey", "kms:Decrypt")["Principal"]["AWS"] = json!("444455556666");
        }),
        fault(Rule::Stacks, "a key's policy for a person", |t| {
            let person = json!("arn:aws:iam::111122223333:user/somebody");
            t.statement("FingerprintKey", "kms:GenerateMac")["Principal"]["AWS"] = person;
        }),
        fault(Rule::Stacks, "a key's policy for those who sign in elsewhere", |t| {
            let elsewhere = json!({ "Federated": "cognito-identity.amazonaws.com" });
            t.statement("WrappingKey", "kms:Decrypt")["Principal"] = elsewhere;
        }),
        fault(Rule::Stacks, "a table's policy for everybody but some", |t| {
            let statement = json!({ "Effect": "Allow", "NotPrincipal": { "AWS": "444455556666" } });
            t.set("VaultTable/ResourcePolicy", json!({ "PolicyDocument": { "Statement": [statement] } }));
        }),
        fault(Rule::Stacks, "an import", |t| {
            let import = json!({ "Fn::ImportValue": "keyward-table" });
            t.set("GetKeyFunction/Environment/Variables/KEYWARD_TABLE", import);
        }),
        fault(Rule::Stacks, "an import within a text", |t| {
            let import = json!({ "Fn::ImportValue": "keyward-pool" });
            t.set("UserPool/UserPoolName", json!({ "Fn::Sub": ["${Name}", { "Name": import }] }));
        }),
        fault(Rule::Stacks, "an import as a tag", |t| {
            t.0.edit_source(Stack::App).push_str("# KEYWARD_TABLE: !ImportValue keyward-table\n");
        }),
        fault(Rule::Stacks, "an export, which cannot change while it is used", |t| {
            let export = json!({ "Name": "keyward-table" });
            t.0.edit(Stack::Data)["Outputs"]["TableName"]["Export"] = export;
        }),
        fault(Rule::Stacks, "a pool that refers to a function", |t| {
            let function = json!({ "Fn::GetAtt": ["IssueTokenFunction", "Arn"] });
            t.set("UserPool/LambdaConfig", json!({ "PreSignUp": function }));
        }),
        fault(Rule::Stacks, "a pool that refers to a function in a text", |t| {
            let function = json!({ "Fn::Sub": "${IssueTokenFunction.Arn}" });
            t.set("UserPool/LambdaConfig", json!({ "PreSignUp": function }));
        }),
        fault(Rule::Stacks, "a key that waits for a role", |t| {
            t.set("WrappingKey/!DependsOn", json!(["SignRequestRole"]));
        }),
        fault(Rule::Stacks, "a table that goes with the functions", |t| {
            let table = t.at("VaultTable/!").clone();
            t.add("ReceiptTable", table);
        }),
        fault(Rule::Stacks, "a value that is put out and not taken", |t| {
            let output = json!({ "Description": "More.", "Value": { "Ref": "VaultTable" } });
            t.0.edit(Stack::Data)["Outputs"]["MoreName"] = output;
        }),
        fault(Rule::Stacks, "a value that is taken and given by nothing", |t| {
            let given = t.0.edit(Stack::Data)["Outputs"].as_object_mut().expect("outputs");
            given.remove("VaultName").expect("an output");
        }),
        fault(Rule::Stacks, "a table's name that holds where none is given", |t| {
            t.0.edit(Stack::App)["Parameters"]["TableName"]["Default"] = json!("keyward");
        }),
        fault(Rule::References, "a name after the stack, which is two", |t| {
            t.set("KeywardTable/TableName", json!({ "Ref": "AWS::StackName" }));
        }),
        fault(Rule::References, "a reference to what is in the other template", |t| {
            t.set("GetKeyFunction/Environment/Variables/KEYWARD_TABLE", json!({ "Ref": "KeywardTable" }));
        }),
    ]
}
