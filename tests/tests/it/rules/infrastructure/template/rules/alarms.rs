//! What would go wrong without anybody's noticing wakes somebody.

use keyward_functions::table::functions;
use keyward_infra::template::{Template, leads_to, texts};
use serde_json::{Value, json};

use super::{Complaints, names::stem};

pub(super) fn alarms(template: &Template, found: &mut Complaints) {
    let mut watched = Vec::new();
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        found.same(&format!("whom {id} wakes"), &alarm["AlarmActions"], &json!([{ "Ref": "AlarmTopic" }]));
        found.unless(alarm["ActionsEnabled"].is_null(), || format!("{id} can be off"));
        let single = alarm["MetricName"].is_string().then_some(alarm);
        let several =
            alarm["Metrics"].as_array().into_iter().flatten().map(|metric| &metric["MetricStat"]["Metric"]);
        watched.extend(single.into_iter().chain(several).map(|metric| measure(template, metric)));
    }
    let mut expected = vec![
        ("5xx".to_owned(), "Api".to_owned()),
        ("Throttles".to_owned(), String::new()),
        ("ApproximateNumberOfMessagesVisible".to_owned(), "TableChangeFailures".to_owned()),
        ("IteratorAge".to_owned(), "OnTableChangeFunction".to_owned()),
    ];
    // The API counts the errors of the others.
    expected.extend(
        functions()
            .filter(|function| function.routes().is_empty())
            .map(|function| ("Errors".to_owned(), format!("{}Function", stem(function.name.as_str())))),
    );
    for needed in expected {
        found.unless(watched.contains(&needed), || format!("no alarm watches {needed:?}"));
    }
    let rules = template
        .of_type("AWS::Events::Rule")
        .filter(|(_, rule)| rule["EventPattern"]["source"] == json!(["aws.kms"]));
    let wakes = |rule: &Value| {
        let names = texts(&rule["EventPattern"]["detail"]["eventName"]);
        let targets = rule["Targets"].as_array().into_iter().flatten();
        let keys = rule["EventPattern"]["detail"]["resources"]["ARN"].as_array().into_iter().flatten();
        ["ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"].iter().all(|name| names.contains(name))
            && targets.filter_map(|target| leads_to(&target["Arn"])).any(|(id, _)| id == "AlarmTopic")
            && keys.map(|key| template.text(key)).any(|key| key == template.arn_of("WrappingKey"))
            && rule["State"] == "ENABLED"
    };
    let is_watched = rules.map(|(_, rule)| rule).any(wakes);
    found.unless(is_watched, || "nobody hears of the wrapping key's end".to_owned());
    for (id, policy) in template.of_type("AWS::SNS::TopicPolicy") {
        for statement in template.statements(&policy["PolicyDocument"]) {
            let by_service = statement.0["Principal"]["Service"].is_string();
            let narrow =
                by_service && !statement.conditions().is_empty() && statement.actions() == ["sns:Publish"];
            found.unless(narrow, || format!("{id}: {} lets in too many", statement.sid()));
        }
    }
}

/// A metric, and what it is of.
fn measure(template: &Template, metric: &Value) -> (String, String) {
    let of = &metric["Dimensions"][0]["Value"];
    let of = leads_to(of).map_or_else(|| template.text(of), |(id, _)| id.to_owned());
    (metric["MetricName"].as_str().unwrap_or_default().to_owned(), of)
}
