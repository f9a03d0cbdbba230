//! The KMS keys.

use std::collections::BTreeSet;

use keyward_functions::table::Resource;
use keyward_infra::template::{BY_ARN, Conditions, PRINCIPAL_ARN, Statement, Template};
use serde_json::json;

use super::{Complaints, names::functions, roles::conditions};
use crate::support::recorder::declared_for;

/// Whoever administers a key does none of this: using it, or letting others use it by a grant that no policy shows.
const USES: [&str; 17] = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:ImportKeyMaterial",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:Sign",
    "kms:UpdatePrimaryRegion",
    "kms:Verify",
    "kms:VerifyMac",
];

/// The keys that do not encrypt.
const OTHERS: [&str; 3] = ["FingerprintKey", "RowKey", "TokenSigningKey"];

/// The statement about who makes the operator's row.
const BY_HAND: &str = "LetTheRowWriterGenerateMac";

/// One role or user, or the role without a name, which does not exist.
fn row_writer(template: &Template) -> serde_json::Value {
    let arn = format!("arn:aws:iam::111122223333:{}", template.parameter_value("RowWriter"));
    json!({
        "Sid": BY_HAND,
        "Effect": "Allow",
        "Principal": { "AWS": ACCOUNT },
        "Action": ["kms:GenerateMac"],
        "Resource": "*",
        "Condition": {
            "ArnEquals": { PRINCIPAL_ARN: arn },
            "StringEquals": { "kms:MacAlgorithm": "HMAC_SHA_256" },
        },
    })
}

pub(super) fn keys(template: &Template, found: &mut Complaints) {
    let keys: Vec<&str> = template.of_type("AWS::KMS::Key").map(|(id, _)| id).collect();
    let has_table_key = template.parameter_value("TableEncryption") == "OWN_KEY";
    let wrapping = wrapping_keys(template);
    let mut expected = wrapping.clone();
    expected.extend(OTHERS);
    expected.extend(has_table_key.then_some("TableKey"));
    found.same("the list of KMS keys", &keys, &expected);
    in_use(template, found);
    // KMS rotates keys for encryption alone (KMS developer guide, "Rotate AWS KMS keys").
    for id in keys.iter().filter(|id| !OTHERS.contains(*id)) {
        let rotation = &template.properties(id)["EnableKeyRotation"];
        found.same(&format!("the rotation of {id}"), rotation, &json!(true));
    }
    for id in &wrapping {
        // It cannot become one later.
        let copies = &template.properties(id)["MultiRegion"];
        found.same(&format!("whether {id} may have copies"), copies, &json!(true));
    }
    for id in ["FingerprintKey", "RowKey"] {
        let key = template.properties(id);
        found.same(id, &key["KeySpec"], &json!("HMAC_256"));
        found.same(&format!("the use of {id}"), &key["KeyUsage"], &json!("GENERATE_VERIFY_MAC"));
    }
    let tokens = template.properties("TokenSigningKey");
    found.same("the key of tokens", &tokens["KeySpec"], &json!("RSA_2048"));
    found.same("the use of the key of tokens", &tokens["KeyUsage"], &json!("SIGN_VERIFY"));
    for id in keys {
        let written = template.resource(id);
        found.same(
            &format!("the deletion of {id}"),
            &written["DeletionPolicy"],
            &json!("RetainExceptOnCreate"),
        );
        found.same(&format!("the replacement of {id}"), &written["UpdateReplacePolicy"], &json!("Retain"));
        let properties = template.properties(id);
        found.same(&format!("the time to regret of {id}"), &properties["PendingWindowInDays"], &json!(30));
        for plain in ["Enabled", "BypassPolicyLockoutSafetyCheck", "Origin"] {
            found.unless(properties[plain].is_null(), || format!("{id} sets {plain}"));
        }
        let copied = !wrapping.contains(&id) && !properties["MultiRegion"].is_null();
        found.unless(!copied, || format!("{id} may have copies"));
    }
    for id in wrapping {
        let mut statements = template.key_statements(id);
        let before = statements.len();
        statements.retain(|statement| !is_about_regions(statement));
        found.same("the statements about regions", &(before - statements.len()), &2);
        regions(template, id, found);
        users(template, id, Some(Resource::WrappingKey), &statements, found);
    }
    let fingerprint = template.key_statements("FingerprintKey");
    users(template, "FingerprintKey", Some(Resource::FingerprintKey), &fingerprint, found);
    let mut rows = template.key_statements("RowKey");
    let by_hand: Vec<_> =
        rows.extract_if(.., |statement| statement.sid() == BY_HAND).map(|statement| statement.0).collect();
    found.same("who authenticates rows by hand", &by_hand, &vec![row_writer(template)]);
    users(template, "RowKey", Some(Resource::RowKey), &rows, found);
    let tokens = template.key_statements("TokenSigningKey");
    users(template, "TokenSigningKey", Some(Resource::TokenSigningKey), &tokens, found);
    if has_table_key {
        let mut tables = template.key_statements("TableKey");
        let for_tables = tables.pop();
        found.same(
            "who uses the tables' key",
            &for_tables.map(|statement| statement.0),
            &Some(for_dynamodb()),
        );
        users(template, "TableKey", None, &tables, found);
    }
}

/// The wrapping keys that are there. Both have the same policy.
pub(super) fn wrapping_keys(template: &Template) -> Vec<&'static str> {
    match template.parameter_value("WrappingKeys").as_str() {
        "FIRST" => vec!["WrappingKey"],
        _ => vec!["WrappingKey", "SecondWrappingKey"],
    }
}

/// Which of them wraps, and which one only unwraps while the other takes over.
fn in_use(template: &Template, found: &mut Complaints) {
    let named = template.parameter_value("WrappingKeys");
    let (current, former) = named.split_once("_AND_").unwrap_or((&named, ""));
    let arn = |name: &str| match name {
        "FIRST" => template.arn_of("WrappingKey"),
        "SECOND" => template.arn_of("SecondWrappingKey"),
        _ => String::new(),
    };
    found.same("the key that wraps", &template.parameter_value("WrappingKeyArn"), &arn(current));
    found.same(
        "the key that wrapped before",
        &template.parameter_value("FormerWrappingKeyArn"),
        &arn(former),
    );
    let alias = template.text(&template.properties("WrappingKeyAlias")["TargetKeyId"]);
    found.unless(!alias.is_empty() && arn(current).ends_with(&format!("/{alias}")), || {
        format!("the alias leads to {alias}")
    });
}

/// What copies a key to another region, where it has a policy of its own.
const MOVES: [&str; 2] = ["kms:ReplicateKey", "kms:UpdatePrimaryRegion"];
const ACCOUNT: &str = "arn:aws:iam::111122223333:root";

fn is_about_regions(statement: &Statement) -> bool {
    statement.actions() == MOVES
}

/// One role may copy the wrapping key, and everybody else is refused, whatever another statement says. Without a name for
/// that role, it is the role without a name, which does not exist.
fn regions(template: &Template, id: &str, found: &mut Complaints) {
    let name = template.parameter_value("BreakGlassRole");
    let role = format!("arn:aws:iam::111122223333:role/{name}");
    let statement = |sid: &str, effect: &str, operator: &str| {
        json!({
            "Sid": sid,
            "Effect": effect,
            "Principal": { "AWS": ACCOUNT },
            "Action": MOVES,
            "Resource": "*",
            "Condition": { operator: { PRINCIPAL_ARN: role } },
        })
    };
    let expected = [
        statement("KeepTheKeyInItsRegion", "Deny", "ArnNotEquals"),
        statement("LetTheBreakGlassRoleMoveTheKey", "Allow", "ArnEquals"),
    ];
    let written = template.key_statements(id).into_iter().filter(is_about_regions);
    let written: Vec<_> = written.map(|statement| statement.0).collect();
    found.same("who copies the wrapping key", &written.as_slice(), &expected.as_slice());
}

/// DynamoDB uses the key of the tables for callers of this account. Nothing else does, so no role has a right on it.
fn for_dynamodb() -> serde_json::Value {
    json!({
        "Sid": "LetDynamoDBUseItForCallersOfThisAccount",
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": [
            "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
        ],
        "Resource": "*",
        "Condition": { "StringEquals": {
            "kms:CallerAccount": "111122223333",
            "kms:ViaService": "dynamodb.eu-west-1.amazonaws.com",
        } },
    })
}

/// The roles that may use a key are those whose functions say so, on the conditions of their own policies. The account
/// administers the key, and no more.
fn users(
    template: &Template,
    id: &str,
    resource: Option<Resource>,
    statements: &[Statement],
    found: &mut Complaints,
) {
    let mut written = BTreeSet::<(String, String, Conditions)>::new();
    let mut administered = Vec::new();
    for statement in statements {
        found.unless(!statement.is_refusal(), || format!("{} of {id} refuses", statement.sid()));
        found.same(&format!("what {} of {id} is on", statement.sid()), &statement.resources(), &vec!["*"]);
        let members = statement.0["Principal"].as_object().map_or(0, serde_json::Map::len);
        let is_the_account = members == 1 && statement.principals() == [ACCOUNT];
        found.unless(is_the_account, || format!("{} of {id} is not for the account", statement.sid()));
        if statement.roles().is_empty() {
            found.unless(statement.conditions().is_empty(), || format!("{} of {id}", statement.sid()));
            for action in statement.actions() {
                found.unless(!USES.contains(&action), || format!("the account may {action} with {id}"));
                administered.push(action.to_owned());
            }
        }
        let conditions = statement.without(BY_ARN, PRINCIPAL_ARN).conditions();
        for role in statement.roles() {
            // `ArnEquals` takes `*` for anything.
            found.unless(!role.contains(['*', '?', '$']), || format!("{id} lets in whoever is like {role}"));
            for action in statement.actions() {
                let user = (role.to_owned(), action.to_owned(), conditions.clone());
                found.unless(written.insert(user), || format!("{role} may {action} twice"));
            }
        }
    }
    // A key that nobody can administer is lost.
    for needed in ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKey"] {
        found.unless(administered.iter().any(|action| action == needed), || {
            format!("nobody may {needed} on {id}")
        });
    }
    let mut expected = BTreeSet::new();
    for name in functions() {
        for action in declared_for(name).filter(|action| Some(action.resource) == resource) {
            expected.insert((
                template.role_arn(name),
                action.action.to_owned(),
                conditions(template, &action),
            ));
        }
    }
    for user in written.difference(&expected) {
        found.say(format!("the policy of {id} lets in: {user:?}"));
    }
    for user in expected.difference(&written) {
        found.say(format!("the policy of {id} leaves out: {user:?}"));
    }
}
