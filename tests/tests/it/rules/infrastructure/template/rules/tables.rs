//! The two tables.

use keyward_infra::template::Template;
use serde_json::{Value, json};

use super::Complaints;

pub(super) fn tables(template: &Template, found: &mut Complaints) {
    let tables: Vec<&str> = template.of_type("AWS::DynamoDB::Table").map(|(id, _)| id).collect();
    found.same("the list of tables", &tables, &vec!["KeywardTable", "VaultTable"]);
    let is_protected = template.parameter_value("DeletionProtection") == "ON";
    let encryption = match template.parameter_value("TableEncryption").as_str() {
        "OWN_KEY" => json!({
            "SSEEnabled": true,
            "SSEType": "KMS",
            "KMSMasterKeyId": { "Fn::GetAtt": ["TableKey", "Arn"] },
        }),
        _ => Value::Null,
    };
    for id in tables {
        let (resource, table) = (template.resource(id), template.properties(id));
        let say = |what: &str| format!("{what} of {id}");
        found.same(&say("deletion"), &resource["DeletionPolicy"], &json!("RetainExceptOnCreate"));
        found.same(&say("replacement"), &resource["UpdateReplacePolicy"], &json!("Retain"));
        found.same(&say("the billing"), &table["BillingMode"], &json!("PAY_PER_REQUEST"));
        found.same(
            &say("the deletion protection"),
            &table["DeletionProtectionEnabled"],
            &json!(is_protected),
        );
        let recovery = &table["PointInTimeRecoverySpecification"];
        found.same(&say("the recovery"), &recovery["PointInTimeRecoveryEnabled"], &json!(true));
        let ttl = json!({ "AttributeName": "ttl", "Enabled": true });
        found.same(&say("the expiry"), &table["TimeToLiveSpecification"], &ttl);
        let keys = json!([
            { "AttributeName": "PK", "KeyType": "HASH" },
            { "AttributeName": "SK", "KeyType": "RANGE" },
        ]);
        found.same(&say("the primary key"), &table["KeySchema"], &keys);
        found.same(&say("encryption"), &table["SSESpecification"], &encryption);
        found.unless(table["ResourcePolicy"].is_null(), || format!("{id} lets others in"));
        found.unless(table["KinesisStreamSpecification"].is_null(), || format!("{id} is copied elsewhere"));
    }
    let (keyward, vault) = (template.properties("KeywardTable"), template.properties("VaultTable"));
    let stream = &keyward["StreamSpecification"]["StreamViewType"];
    found.same("the table's stream", stream, &json!("NEW_AND_OLD_IMAGES"));
    found.unless(vault["StreamSpecification"].is_null(), || "what is sealed is streamed".to_owned());
    found.unless(vault["GlobalSecondaryIndexes"].is_null(), || "what is sealed is indexed".to_owned());
    // What was purged is gone from the backups after a week.
    let days = &vault["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"];
    found.same("the vault's backups", days, &json!(7));
    let indexes = keyward["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = indexes.iter().filter_map(|index| index["IndexName"].as_str()).collect();
    found.same("the list of indexes", &names, &vec!["by_title", "by_system", "by_due"]);
    for index in &indexes {
        // A summary, and no entries: they would cost twice and be read by whoever lists.
        let shows = if index["IndexName"] == "by_due" { "KEYS_ONLY" } else { "INCLUDE" };
        found.same("an index", &index["Projection"]["ProjectionType"], &json!(shows));
    }
}
