//! What would go wrong without anybody's noticing wakes somebody.

use keyward_functions::{
    metrics::{DIMENSION, Metric, NAMESPACE},
    table::functions,
};
use keyward_infra::template::{Template, leads_to, texts};
use serde_json::{Value, json};

use super::{Complaints, names::stem};

pub(super) fn alarms(template: &Template, found: &mut Complaints) {
    let mut watched = Vec::new();
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        found.same(&format!("whom {id} wakes"), &alarm["AlarmActions"], &json!([{ "Ref": "AlarmTopic" }]));
        found.unless(alarm["ActionsEnabled"].is_null(), || format!("{id} can be off"));
        found.same(&format!("{id} without data"), &alarm["TreatMissingData"], &json!("notBreaching"));
        let single = alarm["MetricName"].is_string().then_some(alarm);
        let several =
            alarm["Metrics"].as_array().into_iter().flatten().map(|metric| &metric["MetricStat"]["Metric"]);
        watched.extend(single.into_iter().chain(several.filter(|metric| !metric.is_null())).map(|metric| {
            known(template, id, metric, found);
            measure(template, metric)
        }));
    }
    let of = |metric: &str, of: &str| (metric.to_owned(), of.to_owned());
    let mut expected = vec![
        of("Count", "Api"),
        of("ApproximateNumberOfMessagesVisible", "TableChangeFailures"),
        of("IteratorAge", "OnTableChangeFunction"),
        of("IteratorAge", "OnKeyUseFunction"),
        of("FailedInvocations", "KeysInDanger"),
        of("FailedInvocations", "AliasesInDanger"),
        of("Reputation.BounceRate", ""),
        of("Reputation.ComplaintRate", ""),
    ];
    // The access log counts the errors of the others.
    expected.extend(
        functions()
            .filter(|function| function.routes().is_empty())
            .map(|function| of("Errors", &format!("{}Function", stem(function.name.as_str())))),
    );
    // What the sweep counts beside the age is for the dashboard.
    let rung = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Unnamed);
    let deployment = template.parameter_value("Deployment");
    expected.extend(rung.map(|metric| of(metric.as_str(), &deployment)));
    for needed in expected {
        found.unless(watched.contains(&needed), || format!("no alarm watches {needed:?}"));
    }
    rules(template, found);
    for (id, policy) in template.of_type("AWS::SNS::TopicPolicy") {
        for statement in template.statements(&policy["PolicyDocument"]) {
            let service = statement.0["Principal"]["Service"].as_str();
            let narrow = match service {
                // EventBridge delivers nothing through a statement with a condition.
                Some("events.amazonaws.com") => statement.conditions().is_empty(),
                Some(_) => !statement.conditions().is_empty(),
                None => false,
            };
            found.unless(narrow && statement.actions() == ["sns:Publish"], || {
                format!("{id}: {} lets in too many, or nobody", statement.sid())
            });
        }
    }
}

/// A metric of ours is one that the code records, or that a filter of the access log makes.
fn known(template: &Template, id: &str, metric: &Value, found: &mut Complaints) {
    if metric["Namespace"] != NAMESPACE {
        return;
    }
    let name = template.plain(&metric["MetricName"]);
    let recorded = Metric::ALL.iter().any(|metric| name == metric.as_str());
    let of_code = recorded && metric["Dimensions"][0]["Name"] == DIMENSION;
    let filters = template.of_type("AWS::Logs::MetricFilter");
    let of_log = filters.map(|(_, filter)| &filter["MetricTransformations"][0]).any(|made| {
        template.plain(&made["MetricName"]) == name
            && made["MetricNamespace"] == NAMESPACE
            && metric["Dimensions"].is_null()
    });
    found.unless(of_code || of_log, || format!("{id} watches {name}, which nothing counts"));
}

/// Events about keys wake somebody.
fn rules(template: &Template, found: &mut Complaints) {
    let watched = |names: &[&str], at: &Value, detail: &str| {
        let mut rules = template.of_type("AWS::Events::Rule").map(|(_, rule)| rule);
        rules.any(|rule| {
            let targets = rule["Targets"].as_array().into_iter().flatten();
            let pattern = &rule["EventPattern"];
            let called = texts(&pattern["detail"]["eventName"]);
            pattern["source"] == json!(["aws.kms"])
                && names.iter().all(|name| called.contains(name))
                && targets.filter_map(|target| leads_to(&target["Arn"])).any(|(id, _)| id == "AlarmTopic")
                && rule["State"] == "ENABLED"
                && pattern["detail"]
                    .pointer(detail)
                    .and_then(Value::as_array)
                    .is_some_and(|among| among.iter().any(|one| template.plain(one) == template.plain(at)))
        })
    };
    const CALLS: [&str; 9] = [
        "ScheduleKeyDeletion",
        "DisableKey",
        "DisableKeyRotation",
        "PutKeyPolicy",
        "CreateGrant",
        "RetireGrant",
        "RevokeGrant",
        "ReplicateKey",
        "UpdatePrimaryRegion",
    ];
    let there = [
        "WrappingKeyArn",
        "FormerWrappingKeyArn",
        "FingerprintKeyArn",
        "RowKeyArn",
        "TokenSigningKeyArn",
        "TableKeyArn",
    ];
    for key in there.into_iter().filter(|key| !template.parameter_value(key).is_empty()) {
        let is_watched = watched(&CALLS, &json!({ "Ref": key }), "/resources/ARN");
        found.unless(is_watched, || format!("nobody hears of the end of {key}"));
    }
    let prefix = json!({ "prefix": { "Fn::Sub": "alias/${Deployment}-" } });
    let is_watched =
        watched(&["CreateAlias", "UpdateAlias", "DeleteAlias"], &prefix, "/requestParameters/aliasName");
    found.unless(is_watched, || "nobody hears of an alias that leads elsewhere".to_owned());
}

/// A metric, and what it is of.
fn measure(template: &Template, metric: &Value) -> (String, String) {
    let of = &metric["Dimensions"][0]["Value"];
    let of = match leads_to(of).map(|(id, _)| id).filter(|id| *id != "Deployment") {
        Some(id) => id.to_owned(),
        None => template.text(of),
    };
    let name = template.plain(&metric["MetricName"]);
    (name.as_str().unwrap_or_default().to_owned(), of)
}
