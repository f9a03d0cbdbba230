//! Faults in who may do what.

use serde_json::{Value, json};

use super::{Fault, Rule, fault};

const FIRST: &str = "/Policies/0/PolicyDocument/Statement/1";

fn own_condition(prefix: &str) -> Value {
    json!({
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [prefix] },
        "Null": { "dynamodb:LeadingKeys": "false" },
    })
}

/// How a policy names what is in the other template.
fn place(id: &str) -> Value {
    let table = |name: &str| json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{name}}}") });
    match id {
        "KeywardTable" => table("TableName"),
        "VaultTable" => table("VaultName"),
        key => json!({ "Ref": format!("{key}Arn") }),
    }
}

fn allow(action: &str, id: &str) -> Value {
    json!({ "Sid": "OneMore", "Effect": "Allow", "Action": [action], "Resource": place(id) })
}

/// The ARN of a function's role, as the keys' policies have it.
fn role(name: &str) -> Value {
    let arn = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}${Deployment}-";
    json!({ "Fn::Sub": format!("{arn}{name}") })
}

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(Rule::Statements, "an action with a wildcard", |t| {
            t.set(&format!("GetKeyRole{FIRST}/Action"), json!(["dynamodb:Get*"]));
        }),
        fault(Rule::Statements, "every action of a service", |t| {
            t.set(&format!("UpdateKeyRole{FIRST}/Action"), json!("dynamodb:*"));
        }),
        fault(Rule::Statements, "every resource", |t| {
            t.set(&format!("GetKeyRole{FIRST}/Resource"), json!("*"));
        }),
        fault(Rule::Statements, "all but some actions", |t| {
            let statement = t.at(&format!("GetKeyRole{FIRST}"));
            statement["NotAction"] = statement["Action"].take();
        }),
        fault(Rule::Statements, "every table of the account", |t| {
            let arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*";
            t.set(&format!("GetKeyRole{FIRST}/Resource"), json!({ "Fn::Sub": arn }));
        }),
        fault(Rule::Statements, "a statement without a name", |t| {
            t.remove(&format!("GetKeyRole{FIRST}/Sid"))
        }),
        fault(Rule::Grants, "a misspelt action", |t| {
            t.set(&format!("GetKeyRole{FIRST}/Action"), json!(["dynamodb:GetItems"]));
        }),
        fault(Rule::Grants, "no condition on the items", |t| {
            t.remove(&format!("GetKeyRole{FIRST}/Condition"))
        }),
        fault(Rule::Grants, "a condition that also holds where there is nothing to compare", |t| {
            t.remove(&format!("GetKeyRole{FIRST}/Condition/Null"));
        }),
        fault(Rule::Grants, "items of more kinds than it needs", |t| {
            let keys =
                t.at(&format!("GetKeyRole{FIRST}/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys"));
            *keys = json!(["KEY#*", "AUDIT#*"]);
        }),
        fault(Rule::Grants, "one of the values instead of all", |t| {
            let condition = t.at(&format!("GetKeyRole{FIRST}/Condition"));
            let keys = condition["ForAllValues:StringLike"].take();
            *condition = json!({ "ForAnyValue:StringLike": keys });
        }),
        fault(Rule::Grants, "the vault in the place of the table", |t| {
            t.set(&format!("GetKeyRole{FIRST}/Resource"), place("VaultTable"));
        }),
        fault(Rule::Grants, "an action that nothing does", |t| {
            t.push(
                "GetKeyRole/Policies/0/PolicyDocument/Statement",
                allow("dynamodb:ConditionCheckItem", "KeywardTable"),
            );
        }),
        fault(Rule::Grants, "an action that is missing", |t| {
            t.set(&format!("UpdateKeyRole{FIRST}/Action"), json!(["dynamodb:GetItem"]));
        }),
        fault(Rule::Grants, "the log of another function", |t| {
            let log = json!({ "Fn::GetAtt": ["CreateKeyLogGroup", "Arn"] });
            t.set("GetKeyRole/Policies/0/PolicyDocument/Statement/0/Resource", log);
        }),
        fault(Rule::Grants, "no encryption context where data keys are unwrapped", |t| {
            t.statement("SignRequestRole", "kms:Decrypt")["Condition"] = Value::Null;
        }),
        fault(Rule::Grants, "an index that is not listed", |t| {
            let index = json!({ "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/by_due" });
            t.set(&format!("ListEndpointsRole{FIRST}/Resource"), index);
        }),
        fault(Rule::Apart, "a scan outside rewrap", |t| {
            t.push(
                "ListKeysRole/Policies/0/PolicyDocument/Statement",
                allow("dynamodb:Scan", "KeywardTable"),
            );
        }),
        fault(Rule::Apart, "a function that shows reads what is sealed", |t| {
            let mut sealed = allow("dynamodb:GetItem", "VaultTable");
            sealed["Condition"] = own_condition("*#key_*");
            t.push("GetKeyRole/Policies/0/PolicyDocument/Statement", sealed);
        }),
        fault(Rule::Apart, "a function that shows unwraps data keys", |t| {
            t.push(
                "ListKeyAuditRole/Policies/0/PolicyDocument/Statement",
                allow("kms:Decrypt", "WrappingKey"),
            );
        }),
        fault(Rule::Apart, "a function that shows is let in by the key's policy", |t| {
            t.roles("WrappingKey", "kms:Decrypt").push(role("get_key"));
        }),
        fault(Rule::Apart, "a function that writes unwraps data keys", |t| {
            let actions = &mut t.statement("CreateKeyRole", "kms:GenerateDataKey")["Action"];
            *actions = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "a function that writes is let in where data keys are unwrapped", |t| {
            let actions = &mut t.statement("WrappingKey", "kms:GenerateDataKey")["Action"];
            *actions = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "a function that sends puts keys", |t| {
            let mut put = allow("dynamodb:PutItem", "KeywardTable");
            put["Condition"] = own_condition("KEY#*");
            t.push("SendRequestRole/Policies/0/PolicyDocument/Statement", put);
        }),
        fault(Rule::Kinds, "a function of endpoints writes members", |t| {
            let mut put = allow("dynamodb:PutItem", "KeywardTable");
            put["Condition"] = own_condition("MEMBER#*");
            t.push("CreateEndpointRole/Policies/0/PolicyDocument/Statement", put);
        }),
        fault(Rule::Kinds, "a function of keys changes settings of accounts", |t| {
            let mut change = allow("dynamodb:UpdateItem", "KeywardTable");
            change["Condition"] = own_condition("SETTINGS#*");
            t.push("DeleteKeyRole/Policies/0/PolicyDocument/Statement", change);
        }),
        fault(Rule::Apart, "rewrap unwraps", |t| {
            let actions = &mut t.statement("RewrapRole", "kms:ReEncryptFrom")["Action"];
            *actions = json!(["kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Decrypt"]);
        }),
        fault(Rule::Apart, "whoever follows the stream makes data keys", |t| {
            t.push(
                "OnTableChangeRole/Policies/0/PolicyDocument/Statement",
                allow("kms:GenerateDataKey", "WrappingKey"),
            );
        }),
        fault(Rule::Apart, "whoever sweeps deletes", |t| {
            let mut delete = allow("dynamodb:DeleteItem", "VaultTable");
            delete["Condition"] = own_condition("*#key_*");
            t.push("SweepRole/Policies/0/PolicyDocument/Statement", delete);
        }),
        fault(Rule::Apart, "whoever follows uses changes rows of keys", |t| {
            t.statement("OnKeyUseRole", "dynamodb:UpdateItem")["Condition"] = own_condition("KEY#*");
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
            let more = t.at("GetKeyRole/Policies/0").clone();
            t.push("GetKeyRole/Policies", more);
        }),
        fault(Rule::Roles, "a policy that is attached to a role from beside it", |t| {
            let document = t.at("ResolveKeyRole/Policies/0/PolicyDocument").clone();
            let properties = json!({ "RoleName": { "Ref": "GetKeyRole" }, "PolicyDocument": document });
            t.add("GetKeyPolicy", json!({ "Type": "AWS::IAM::RolePolicy", "Properties": properties }));
        }),
        fault(Rule::Roles, "two functions whose roles have each other's names", |t| {
            let one = t.at("GetKeyRole/RoleName").clone();
            let other = t.at("ResolveKeyRole/RoleName").clone();
            t.set("GetKeyRole/RoleName", other);
            t.set("ResolveKeyRole/RoleName", one);
        }),
        fault(Rule::Roles, "a role that the keys do not know by its path", |t| t.remove("GetKeyRole/Path")),
        fault(Rule::Roles, "a gateway's role that functions take", |t| {
            t.set(
                "GatewayRole/AssumeRolePolicyDocument/Statement/0/Principal/Service",
                json!("lambda.amazonaws.com"),
            );
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
            t.roles("WrappingKey", "kms:Decrypt").pop();
        }),
        fault(Rule::Keys, "a key's policy for whoever is in the account", |t| {
            t.remove_condition("WrappingKey", "kms:Decrypt", "ArnEquals");
        }),
        fault(Rule::Keys, "a key's policy for roles whose names begin so", |t| {
            t.roles("WrappingKey", "kms:Decrypt").push(role("sign*"));
        }),
        fault(Rule::Keys, "a key's policy that knows a role without its path", |t| {
            let arn = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Deployment}-sign_request";
            t.roles("WrappingKey", "kms:Decrypt")[0] = json!({ "Fn::Sub": arn });
        }),
        fault(Rule::Keys, "a key's policy for all roles but some", |t| {
            let condition = &mut t.statement("WrappingKey", "kms:Decrypt")["Condition"];
            let roles = condition["ArnEquals"].take();
            condition["ArnNotEquals"] = roles;
            condition.as_object_mut().expect("a condition").remove("ArnEquals");
        }),
        fault(Rule::Grants, "data keys that are wrapped by any key of the account", |t| {
            t.remove_condition("RewrapRole", "kms:ReEncryptFrom", "Bool");
        }),
        fault(Rule::Keys, "a key's policy that lets its data keys be wrapped by any other", |t| {
            t.remove_condition("WrappingKey", "kms:ReEncryptFrom", "Bool");
        }),
        fault(Rule::Grants, "a former wrapping key that is used for ever", |t| {
            let policy = t.at("ResolveKeyRole/Policies/1/Fn::If/1").clone();
            t.set("ResolveKeyRole/Policies/1", policy);
        }),
        fault(Rule::Grants, "a former wrapping key that wraps", |t| {
            let action = json!("kms:GenerateDataKey");
            t.push("ResolveKeyRole/Policies/1/Fn::If/1/PolicyDocument/Statement/0/Action", action);
        }),
        fault(Rule::Keys, "a second wrapping key with a policy of its own", |t| {
            t.roles("SecondWrappingKey", "kms:Decrypt").push(role("get_key"));
        }),
        fault(Rule::Keys, "a second wrapping key that goes with the stack", |t| {
            t.remove("SecondWrappingKey/!DeletionPolicy");
        }),
        fault(Rule::Keys, "an alias that stays at the former key", |t| {
            t.set("WrappingKeyAlias/TargetKeyId", json!({ "Ref": "WrappingKey" }));
        }),
        fault(Rule::Keys, "no rotation", |t| t.set("WrappingKey/EnableKeyRotation", json!(false))),
        fault(Rule::Keys, "a wrapping key that can never be in two regions", |t| {
            t.remove("WrappingKey/MultiRegion")
        }),
        fault(Rule::Keys, "a fingerprint key that can be copied", |t| {
            t.set("FingerprintKey/MultiRegion", json!(true));
        }),
        fault(Rule::Keys, "a key of rows that can be copied", |t| {
            t.set("RowKey/MultiRegion", json!(true));
        }),
        fault(Rule::Keys, "rows that every role authenticates by hand", |t| {
            let roles = json!("arn:aws:iam::111122223333:role/*");
            t.set("RowKey/KeyPolicy/Statement/3/Condition/ArnEquals/aws:PrincipalArn", roles);
        }),
        fault(Rule::Keys, "rows that are authenticated by functions that only read them", |t| {
            t.roles("RowKey", "kms:GenerateMac").push(role("get_key"));
        }),
        fault(Rule::Keys, "a wrapping key that every administrator copies", |t| {
            t.push("WrappingKey/KeyPolicy/Statement/0/Action", json!("kms:ReplicateKey"));
        }),
        fault(Rule::Keys, "no refusal of copies", |t| t.remove("WrappingKey/KeyPolicy/Statement/1")),
        fault(Rule::Keys, "copies for roles whose names begin so", |t| {
            let roles = json!("arn:aws:iam::111122223333:role/*");
            t.set("WrappingKey/KeyPolicy/Statement/2/Condition/ArnEquals/aws:PrincipalArn", roles);
        }),
        fault(Rule::Keys, "a refusal that leaves out the change of the primary region", |t| {
            t.set("WrappingKey/KeyPolicy/Statement/1/Action", json!(["kms:ReplicateKey"]));
        }),
        fault(Rule::Keys, "a tables' key that callers use by themselves", |t| {
            t.remove("TableKey/KeyPolicy/Statement/1/Condition/StringEquals/kms:ViaService");
        }),
        fault(Rule::Keys, "a tables' key for other accounts", |t| {
            t.remove("TableKey/KeyPolicy/Statement/1/Condition/StringEquals/kms:CallerAccount");
        }),
        fault(Rule::Keys, "a tables' key that is always there", |t| t.remove("TableKey/!Condition")),
        fault(Rule::Keys, "a tables' key that goes with the stack", |t| {
            t.set("TableKey/!DeletionPolicy", json!("Delete"));
        }),
        fault(Rule::Keys, "a key that a failed creation leaves behind", |t| {
            t.set("WrappingKey/!DeletionPolicy", json!("Retain"));
        }),
        fault(Rule::Roles, "a role outside the boundary", |t| t.remove("GetKeyRole/PermissionsBoundary")),
        fault(Rule::Roles, "a boundary of one's own", |t| {
            t.set("GetKeyRole/PermissionsBoundary", json!("arn:aws:iam::aws:policy/AdministratorAccess"));
        }),
        fault(Rule::Grants, "rights on networks without a network", |t| {
            let policy = t.at("SendRequestRole/Policies/1/Fn::If/1").clone();
            t.set("SendRequestRole/Policies/1", policy);
        }),
        fault(Rule::Grants, "more than network interfaces", |t| {
            let action = json!("ec2:RunInstances");
            t.push("SendRequestRole/Policies/1/Fn::If/1/PolicyDocument/Statement/0/Action", action);
        }),
        fault(Rule::Keys, "a key that goes with the stack", |t| t.remove("WrappingKey/!DeletionPolicy")),
    ]
}
