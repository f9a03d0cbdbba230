//! From the table's stream to the functions that follow it.

use keyward_functions::{
    stream_filter::StreamFilter,
    table::{Calls, Function, Resource, functions},
};
use keyward_infra::template::{Template, leads_to};
use serde_json::{Value, json};

use super::{Complaints, names::stem};

/// How long a record is handed over again: two hours less than the stream keeps it.
const HOURS: i64 = 22;

pub(super) fn mappings(template: &Template, found: &mut Complaints) {
    let written: Vec<(&str, &Value)> = template.of_type("AWS::Lambda::EventSourceMapping").collect();
    let mut expected = Vec::new();
    for function in functions() {
        if let Calls::Stream { mapping, records, .. } = function.calls {
            expected.push(mapping);
            match written.iter().find(|(id, _)| *id == mapping) {
                Some((_, mapping)) => {
                    self::mapping(template, mapping, function.name.as_str(), records, found)
                }
                None => found.say(format!("there is no mapping {mapping}")),
            }
        }
    }
    // More readers slow each other down.
    found.unless(expected.len() <= 2, || "a shard bears two readers".to_owned());
    for function in functions() {
        if let Calls::Queue { mapping, .. } = function.calls {
            expected.push(mapping);
            match written.iter().find(|(id, _)| *id == mapping) {
                Some((_, mapping)) => of_the_queue(template, mapping, function, found),
                None => found.say(format!("there is no mapping {mapping}")),
            }
        }
    }
    for (id, _) in written {
        found.unless(expected.contains(&id), || format!("{id} calls a function that follows no stream"));
    }
    let queue = template.properties("TableChangeFailures");
    found.same("the queue's encryption", &queue["SqsManagedSseEnabled"], &json!(true));
    // The longest that there is: 14 days.
    found.same("how long failures are kept", &queue["MessageRetentionPeriod"], &json!(1_209_600));
}

/// From the queue of deliveries to the function that sends.
fn of_the_queue(template: &Template, mapping: &Value, function: &Function, found: &mut Complaints) {
    let stem = format!("{}Function", stem(function.name.as_str()));
    let called = leads_to(&mapping["FunctionName"]);
    found.same("the function of the queue", &called, &Some((stem.as_str(), None)));
    let source = template.text(&mapping["EventSourceArn"]);
    found.same("the queue", &source, &template.arn(Resource::Deliveries));
    found.unless(mapping["Enabled"].is_null(), || "the mapping of the queue can be off".to_owned());
    let batch = mapping["BatchSize"].as_i64().is_some_and(|size| (1..=10).contains(&size));
    found.unless(batch, || "a batch has more deliveries than are tried at one time".to_owned());
    let queue = template.properties("Deliveries");
    found.same("the encryption of the queue", &queue["SqsManagedSseEnabled"], &json!(true));
    // Six times the function's time (Lambda developer guide, "Creating and configuring an Amazon SQS event source mapping").
    let least = i64::from(function.limits.timeout_seconds) * 6;
    let hidden = queue["VisibilityTimeout"].as_i64().is_some_and(|seconds| seconds >= least);
    found.unless(hidden, || "a message comes back while the function works".to_owned());
}

fn mapping(template: &Template, mapping: &Value, name: &str, records: &StreamFilter, found: &mut Complaints) {
    let say = |what: &str| format!("{what} of {name}");
    let function = format!("{}Function", stem(name));
    let called = leads_to(&mapping["FunctionName"]);
    found.same(&say("the function"), &called, &Some((function.as_str(), None)));
    let source = template.text(&mapping["EventSourceArn"]);
    found.same(&say("the stream"), &source, &template.arn(Resource::Stream));
    found.same(&say("the beginning"), &mapping["StartingPosition"], &json!("TRIM_HORIZON"));
    found.unless(mapping["Enabled"].is_null(), || format!("the mapping of {name} can be off"));
    // One record that cannot be dealt with must not hold up the others.
    let partial = json!(["ReportBatchItemFailures"]);
    found.same(&say("the partial failures"), &mapping["FunctionResponseTypes"], &partial);
    found.same(&say("the halving of batches"), &mapping["BisectBatchOnFunctionError"], &json!(true));
    let most = if name == "on_table_change" { 100 } else { 1_000 };
    let batch = mapping["BatchSize"].as_i64().is_some_and(|size| (1..=most).contains(&size));
    found.unless(batch, || format!("batches of {name} are too large"));
    // A purge waits for no others.
    let window = &mapping["MaximumBatchingWindowInSeconds"];
    let expected = if name == "on_table_change" { Value::Null } else { json!(60) };
    found.same(&say("the window"), window, &expected);
    // A record is lost to nobody: it is handed over until shortly before the stream forgets it.
    found.same(&say("the retries"), &mapping["MaximumRetryAttempts"], &json!(-1));
    found.same(&say("the hours"), &mapping["MaximumRecordAgeInSeconds"], &json!(HOURS * 3_600));
    let failed = leads_to(&mapping["DestinationConfig"]["OnFailure"]["Destination"]);
    found.same(&say("the place of failures"), &failed, &Some(("TableChangeFailures", Some("Arn"))));

    let expected: Vec<Value> = records
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
    found.same(&say("the filter"), &written, &expected);
}
