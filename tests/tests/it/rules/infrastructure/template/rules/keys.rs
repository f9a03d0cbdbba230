//! The two KMS keys.

use std::collections::BTreeSet;

use keyward_functions::table::Resource;
use keyward_infra::template::{BY_ARN, Conditions, PRINCIPAL_ARN, Template};
use serde_json::json;

use super::{Complaints, names::functions, roles::conditions};
use crate::support::recorder::declared_for;

/// Whoever administers a key does none of this: using it, or letting others use it by a grant that no policy shows.
const USES: [&str; 16] = [
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
    "kms:Verify",
    "kms:VerifyMac",
];

pub(super) fn keys(template: &Template, found: &mut Complaints) {
    let keys: Vec<&str> = template.of_type("AWS::KMS::Key").map(|(id, _)| id).collect();
    found.same("the list of KMS keys", &keys, &vec!["WrappingKey", "FingerprintKey"]);
    found.same(
        "the wrapping key's rotation",
        &template.properties("WrappingKey")["EnableKeyRotation"],
        &json!(true),
    );
    let fingerprint = template.properties("FingerprintKey");
    found.same("the fingerprint key", &fingerprint["KeySpec"], &json!("HMAC_256"));
    found.same("its use", &fingerprint["KeyUsage"], &json!("GENERATE_VERIFY_MAC"));
    for (id, resource) in
        [("WrappingKey", Resource::WrappingKey), ("FingerprintKey", Resource::FingerprintKey)]
    {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            found.same(&format!("the {policy} of {id}"), &template.resource(id)[policy], &json!("Retain"));
        }
        let properties = template.properties(id);
        found.same(&format!("the time to regret of {id}"), &properties["PendingWindowInDays"], &json!(30));
        for plain in ["Enabled", "MultiRegion", "BypassPolicyLockoutSafetyCheck", "Origin"] {
            found.unless(properties[plain].is_null(), || format!("{id} sets {plain}"));
        }
        users(template, id, resource, found);
    }
}

/// The roles that may use a key are those whose functions say so, on the conditions of their own policies. The account
/// administers the key, and no more.
fn users(template: &Template, id: &str, resource: Resource, found: &mut Complaints) {
    const ACCOUNT: &str = "arn:aws:iam::111122223333:root";
    let mut written = BTreeSet::<(String, String, Conditions)>::new();
    let mut administered = Vec::new();
    for statement in template.key_statements(id) {
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
        for action in declared_for(name).filter(|action| action.resource == resource) {
            expected.insert((template.role_arn(name), action.action.to_owned(), conditions(&action)));
        }
    }
    for user in written.difference(&expected) {
        found.say(format!("the policy of {id} lets in: {user:?}"));
    }
    for user in expected.difference(&written) {
        found.say(format!("the policy of {id} leaves out: {user:?}"));
    }
}
