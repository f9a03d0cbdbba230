//! Each alarm is fed good and bad data, and rings on the bad alone; and each leads to a section of the runbook, which is there.

mod evaluated;

use std::collections::{BTreeMap, BTreeSet};

use keyward_functions::metrics::{DIMENSION, NAMESPACE};
use keyward_infra::template::Template;
use keyward_local::stack::connection;
use keyward_tests::runtime_api::RuntimeApi;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use self::evaluated::{Data, counts, matches, rings};
use super::template::{ours, ours_with_everything};
use crate::support::{
    Api, TABLE, VAULT,
    asked::Asked,
    faults::{Fate, Plan, Proxy, Service},
    invariants::every_item,
    keys::{Item, Stored, aws4},
    processes::{Below, answer, binaries, command, invoke},
};

/// Data that an alarm rings on, or a filter counts, and data that it lets pass.
#[derive(Deserialize)]
struct Fed<T> {
    bad: Vec<T>,
    good: Vec<T>,
}

#[derive(Deserialize)]
struct All {
    alarms: BTreeMap<String, Fed<Data>>,
    filters: BTreeMap<String, Fed<Value>>,
}

fn fed() -> All {
    serde_json::from_str(include_str!("../../../../testdata/alarms.json")).unwrap()
}

fn ids(template: &Template, kind: &str) -> BTreeSet<String> {
    template.of_type(kind).map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn every_alarm_rings_on_bad_data_and_on_no_good_data() {
    let (template, fed) = (ours(), fed().alarms);
    assert_eq!(fed.keys().cloned().collect::<BTreeSet<_>>(), ids(&template, "AWS::CloudWatch::Alarm"));
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let Fed { bad, good } = &fed[id];
        assert!(!bad.is_empty() && !good.is_empty(), "{id}");
        assert!(bad.iter().all(|data| rings(alarm, data)), "{id} is silent");
        assert!(!good.iter().any(|data| rings(alarm, data)), "{id} rings for nothing");
        // Each metric that it reads makes it ring, or keeps it silent, in one of them.
        let metrics = alarm["Metrics"].as_array().into_iter().flatten();
        for metric in metrics.filter(|metric| metric["Expression"].is_null()) {
            let named = |data: &Data| data.contains_key(metric["Id"].as_str().unwrap());
            assert!(bad.iter().chain(good).any(named), "{id}: {}", metric["Id"]);
        }
    }
}

#[test]
fn every_filter_of_the_access_log_counts_our_faults_and_no_customers() {
    let (template, fed) = (ours(), fed().filters);
    assert_eq!(fed.keys().cloned().collect::<BTreeSet<_>>(), ids(&template, "AWS::Logs::MetricFilter"));
    let format: Value = serde_json::from_str(
        template.properties("Stage")["AccessLogSettings"]["Format"].as_str().expect("a format"),
    )
    .expect("JSON");
    for (id, filter) in template.of_type("AWS::Logs::MetricFilter") {
        let pattern = filter["FilterPattern"].as_str().unwrap();
        let Fed { bad, good } = &fed[id];
        assert!(bad.iter().all(|line| counts(pattern, line)), "{id}");
        assert!(!good.iter().any(|line| counts(pattern, line)), "{id}");
        // The members of these lines are members of ours, and texts as ours are.
        for (name, value) in bad.iter().chain(good).flat_map(|line| line.as_object().unwrap()) {
            assert!(format[name].is_string() && value.is_string(), "{id}: {name}");
        }
        assert_eq!(filter["LogGroupName"], json!({ "Ref": "AccessLog" }));
    }
}

/// An event as EventBridge gets it from CloudTrail ("Logging AWS KMS API calls with AWS CloudTrail" in the KMS developer guide has
/// such records of each call).
fn called(name: &str, alias: Option<&str>, resources: &[&str]) -> Value {
    let resources: Vec<Value> = resources
        .iter()
        .map(|arn| json!({ "ARN": arn, "type": "AWS::KMS::Key", "accountId": "111122223333" }))
        .collect();
    json!({
        "source": "aws.kms",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": "kms.amazonaws.com",
            "eventName": name,
            "requestParameters": alias.map(|alias| json!({ "aliasName": alias })),
            "resources": resources,
        },
    })
}

#[test]
fn the_rules_ring_on_what_endangers_our_keys_and_on_nothing_else() {
    for template in [ours(), ours_with_everything()] {
        rings_for_keys(&template);
    }
}

fn rings_for_keys(template: &Template) {
    let rings = |event: &Value| {
        let rules = template.of_type("AWS::Events::Rule").filter(|(_, rule)| !rule["EventPattern"].is_null());
        let rung: Vec<&str> = rules
            .filter(|(_, rule)| matches(&template.plain(&rule["EventPattern"]), event))
            .map(|(id, _)| id)
            .collect();
        rung
    };
    let names = [
        "WrappingKeyArn",
        "FormerWrappingKeyArn",
        "FingerprintKeyArn",
        "RowKeyArn",
        "TokenSigningKeyArn",
        "TableKeyArn",
    ];
    let keys = names.map(|name| template.parameter_value(name));
    let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !key.is_empty()).collect();
    let (wrapping, another) = (keys[0], "arn:aws:kms:eu-west-1:111122223333:key/Another");
    for name in [
        "ScheduleKeyDeletion",
        "DisableKey",
        "DisableKeyRotation",
        "PutKeyPolicy",
        "CreateGrant",
        "RetireGrant",
        "RevokeGrant",
        "ReplicateKey",
        "UpdatePrimaryRegion",
    ] {
        for key in &keys {
            assert_eq!(rings(&called(name, None, &[key])), ["KeysInDanger"], "{name} {key}");
        }
        assert!(rings(&called(name, None, &[another])).is_empty(), "{name}");
    }
    for name in ["Decrypt", "GenerateDataKey", "DescribeKey", "EnableKey"] {
        assert!(rings(&called(name, None, &[wrapping])).is_empty(), "{name}");
    }
    let own = format!("alias/{}-wrapping", template.parameter_value("Deployment"));
    for name in ["CreateAlias", "UpdateAlias", "DeleteAlias"] {
        assert_eq!(rings(&called(name, Some(&own), &[another])), ["AliasesInDanger"], "{name}");
        assert!(rings(&called(name, Some("alias/others"), &[another])).is_empty(), "{name}");
    }
    let mut elsewhere = called("DisableKey", None, &[wrapping]);
    elsewhere["source"] = json!("aws.iam");
    assert!(rings(&elsewhere).is_empty());
}

#[test]
fn every_alarm_names_its_section_of_the_runbook_and_every_section_has_an_alarm() {
    let (template, page) = (ours(), include_str!("../../../../../docs/operations.md"));
    let (_, runbook) = page.split_once("\n## Alarms\n").expect("a section on alarms");
    let runbook = runbook.split("\n## ").next().unwrap();
    let sections: BTreeSet<&str> = runbook.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let alarms =
        template.of_type("AWS::CloudWatch::Alarm").map(|(id, alarm)| (id, &alarm["AlarmDescription"]));
    let rules = template.of_type("AWS::Events::Rule").filter(|(_, rule)| !rule["EventPattern"].is_null());
    let rules = rules.map(|(id, rule)| (id, &rule["Description"]));
    let named: BTreeSet<&str> = alarms
        .chain(rules)
        .map(|(id, text)| {
            let text = text.as_str().unwrap();
            let section =
                text.split_once("See \"").and_then(|(_, rest)| rest.split_once("\" in docs/operations.md"));
            section.unwrap_or_else(|| panic!("{id} names no section: {text}")).0
        })
        .collect();
    assert_eq!(named, sections);
}

/// What a count in a function's log makes of it in CloudWatch: the metrics, if they have the deployment for their dimension.
fn metrics(log: &str) -> Data {
    let mut data = Data::new();
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
            assert_eq!(
                (&directive["Namespace"], &directive["Dimensions"]),
                (&json!(NAMESPACE), &json!([[DIMENSION]]))
            );
            assert_eq!(line[DIMENSION], "keyward-test");
            assert!(line["request_id"].is_string(), "a count leads to its request: {line}");
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap();
                *data.entry(name.to_owned()).or_default() += line[name].as_f64().unwrap();
            }
        }
    }
    data
}

/// What a process of its own logs of a use.
async fn log_of_a_use(services: impl Into<Below>, event: String, status: u64) -> String {
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = command(&binaries().await, "sign_request", &runtime, services)
        .env("AWS_LAMBDA_FUNCTION_NAME", "keyward-test-sign_request")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let told = answer(invoke(&mut runtime, &mut process, event).await);
    assert_eq!(told["statusCode"], status, "{told}");
    process.start_kill().unwrap();
    let mut log = String::new();
    process.stdout.take().unwrap().read_to_string(&mut log).await.unwrap();
    log
}

#[tokio::test]
async fn a_caller_whose_row_is_not_authentic_rings_the_alarm_of_tampering() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let alarm = ours().properties("TamperingAlarm").clone();
    let event = use_of(&key);
    let is_the_callers = |item: &Item| item["PK"].as_s().is_ok_and(|key| key == "CLIENT#caller-acme");
    let rows = every_item(&api.dynamodb(), TABLE).await;
    let mut row = rows.into_iter().find(is_the_callers).expect("the caller's row");
    for (status, is_forged) in [(200, false), (403, true)] {
        if is_forged {
            row.remove("mac").expect("a MAC");
            api.put_as_it_is(TABLE, row.clone()).await;
        }
        let log = log_of_a_use(&api, event.clone(), status).await;
        assert_eq!(rings(&alarm, &metrics(&log)), is_forged, "{log}");
    }
}

/// A sample of a use of this key.
fn use_of(key: &Stored) -> String {
    let asked = Asked::of("sign_request", "acme").path("key_id", &key.id);
    asked.body(json!({ "method": "GET", "path": "/a" })).event().to_string()
}

#[tokio::test]
async fn a_row_that_cannot_be_read_and_a_service_that_throttles_ring_their_own_alarms() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let template = ours();
    let throttles: Plan = Box::new(|tried| match tried.service {
        Service::Kms => Fate::Fails(400, "ThrottlingException"),
        Service::DynamoDb | Service::Cognito | Service::Sqs => Fate::Passes,
    });
    let throttling = Proxy::before(&connection(api.stack().embedded()), throttles).await;
    let counted = metrics(&log_of_a_use(&throttling, use_of(&key), 503).await);
    assert_eq!(counted.keys().collect::<Vec<_>>(), ["Throttled"]);
    // Ten within five minutes are too many.
    let ten = Data::from([("services".to_owned(), 10.0 * counted["Throttled"])]);
    assert!(rings(template.properties("ThrottledAlarm"), &ten), "{ten:?}");
    let mut row = api.row(&key.id).await;
    row.remove("title").expect("a title");
    api.put(TABLE, row).await;
    let counted = metrics(&log_of_a_use(&api, use_of(&key), 409).await);
    assert!(rings(template.properties("UnreadableRowsAlarm"), &counted), "{counted:?}");
    assert!(!rings(template.properties("TamperingAlarm"), &counted), "{counted:?}");
}

#[tokio::test]
async fn a_tampered_value_makes_the_log_of_the_function_ring_the_alarm_and_a_good_use_does_not() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let alarm = ours().properties("TamperingAlarm").clone();
    for (status, is_tampered) in [(200, false), (409, true)] {
        if is_tampered {
            let mut item = api.items(VAULT).await.remove(0);
            let fields =
                item.get_mut("fields").and_then(|fields| fields.as_m().ok().cloned()).expect("fields");
            let swapped = fields.into_iter().map(|(name, field)| {
                let mut members = field.as_m().unwrap().clone();
                let mut sealed = members["sealed"].as_b().unwrap().as_ref().to_vec();
                *sealed.last_mut().unwrap() ^= 1;
                let sealed = aws_sdk_dynamodb::primitives::Blob::new(sealed);
                members.insert("sealed".to_owned(), aws_sdk_dynamodb::types::AttributeValue::B(sealed));
                (name, aws_sdk_dynamodb::types::AttributeValue::M(members))
            });
            let swapped = aws_sdk_dynamodb::types::AttributeValue::M(swapped.collect());
            item.insert("fields".to_owned(), swapped);
            api.put(VAULT, item).await;
        }
        let log = log_of_a_use(&api, use_of(&key), status).await;
        assert_eq!(rings(&alarm, &metrics(&log)), is_tampered, "{log}");
    }
}
