//! From the table's stream to the function that follows it.

use keyward_functions::{stream_filter::TABLE_CHANGES, table::Resource};
use keyward_infra::template::{Template, leads_to};
use serde_json::{Value, json};

use super::Complaints;

pub(super) fn mapping(template: &Template, found: &mut Complaints) {
    let mappings: Vec<(&str, &Value)> = template.of_type("AWS::Lambda::EventSourceMapping").collect();
    let [(_, mapping)] = mappings.as_slice() else {
        found.say(format!("there are {} event source mappings", mappings.len()));
        return;
    };
    found.same(
        "whom the stream calls",
        &leads_to(&mapping["FunctionName"]),
        &Some(("OnTableChangeFunction", None)),
    );
    let source = template.text(&mapping["EventSourceArn"]);
    found.same("the stream", &source, &template.arn(Resource::Stream));
    found.same("where it begins", &mapping["StartingPosition"], &json!("TRIM_HORIZON"));
    found.unless(mapping["Enabled"].is_null(), || "the mapping can be off".to_owned());
    // One record that cannot be dealt with must not hold up the others, nor be tried for ever.
    found.same("partial failures", &mapping["FunctionResponseTypes"], &json!(["ReportBatchItemFailures"]));
    found.same("the halving of batches", &mapping["BisectBatchOnFunctionError"], &json!(true));
    let between = |name: &str, least: i64, most: i64| {
        mapping[name].as_i64().is_some_and(|n| (least..=most).contains(&n))
    };
    found.unless(between("BatchSize", 1, 100), || "batches are too large".to_owned());
    found.unless(between("MaximumRetryAttempts", 1, 10), || "retries are not bounded".to_owned());
    found.unless(between("MaximumRecordAgeInSeconds", 60, 86_400), || "ages are not bounded".to_owned());
    let failed = leads_to(&mapping["DestinationConfig"]["OnFailure"]["Destination"]);
    found.same("where failures go", &failed, &Some(("TableChangeFailures", Some("Arn"))));
    let queue = template.properties("TableChangeFailures");
    found.same("the queue's encryption", &queue["SqsManagedSseEnabled"], &json!(true));
    // The longest that there is: 14 days.
    found.same("how long failures are kept", &queue["MessageRetentionPeriod"], &json!(1_209_600));

    let expected: Vec<Value> = TABLE_CHANGES
        .patterns()
        .iter()
        .map(|pattern| {
            let partition = json!({ "PK": { "S": [{ "prefix": pattern.partitions }] } });
            json!({ "eventName": pattern.events, "dynamodb": { "Keys": partition } })
        })
        .collect();
    let filters = mapping["FilterCriteria"]["Filters"].as_array().into_iter().flatten();
    let written: Vec<Value> = filters
        .map(|filter| {
            serde_json::from_str(filter["Pattern"].as_str().unwrap_or_default()).unwrap_or_default()
        })
        .collect();
    found.same("the filter", &written, &expected);
}
