//! What the cost model (`docs/cost`) counts on is what the functions do: units of DynamoDB, calls of KMS, bytes of items and
//! of log lines, and what the templates provide. `make cost-counts` writes the counted figures anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::Stdio,
};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use keyward_functions::{
    compose::compose,
    system::SystemClock,
    table::{Calls, FunctionName},
};
use keyward_infra::template::{Sample, Stack, Template};
use keyward_local::{stack::connection, upstreams::Upstreams};
use keyward_shared::{
    keys::receipt::{KEPT, LAST_USE_STEP},
    moment::Clock,
};
use keyward_tests::runtime_api::RuntimeApi;
use serde_json::{Map, Value, json};
use tokio::io::AsyncReadExt;

use crate::support::{
    Api, TABLE, VAULT,
    asked::Asked,
    keys::{Item, aws4},
    meter::{Meter, Used},
    processes::{answer, binaries, command, invoke, sample},
    services::{Functions, test_issuer},
    sizes::size,
};

/// The keys on a page of a list that nobody asks to be longer or shorter.
const ON_A_PAGE: usize = 25;
/// A machine client that the stack has.
const CLIENT: &str = "runtime";
/// How much a size may differ from the committed one: times and random identifiers differ by a byte or two.
const ROUGHLY: f64 = 0.03;

/// The functions on a stack, behind a meter.
struct Counting {
    api: Api,
    meter: Meter,
    functions: Functions,
    /// The last record of the stream that was handed over.
    seen: Option<String>,
}

impl Counting {
    async fn start() -> Self {
        let api = Api::start().await;
        let meter = Meter::before(&connection(api.stack().embedded())).await;
        let functions = Functions::over(meter.connection(), Upstreams::default()).await;
        // The rows of who calls are no part of what a call costs.
        functions.admit("acme").await;
        Self { api, meter, functions, seen: None }
    }

    /// A request, and what it used.
    async fn ask(&self, asked: &Asked, status: u64) -> (Value, Used) {
        self.meter.take();
        let told = self.functions.ask(asked).await;
        assert_eq!(told.status, status, "{}", told.body);
        (told.body, self.meter.take())
    }

    /// Lets the process of a function get to know its caller: it asks KMS once about the caller's row.
    async fn know_caller(&self, name: &'static str) {
        let asked = Asked::of(name, "acme").path("key_id", "key_019aa9a0-5b1c-7cc2-9d3b-0f6a3f1f2a11");
        let body = match name {
            "sign_request" => json!({ "method": "GET", "path": "/" }),
            "create_key" => json!({ "title": "" }),
            _ => Value::Null,
        };
        let told = self.functions.ask(&asked.body(body)).await;
        assert!([400, 404, 422].contains(&told.status), "{}", told.body);
        assert_eq!(self.meter.take().kms, 1);
    }

    /// A token for the stack's machine client: `(the first, another one)`. The first also makes the client known to the process, and
    /// the row in which the last use of its secret is noted.
    async fn token(&self) -> (Used, Used) {
        let secret =
            self.api.stack().sign_in().test_door_client_secret(CLIENT).expect("a client of the stack");
        let mut event = sample("issue_token");
        event["headers"].as_object_mut().unwrap().remove("authorization");
        let form =
            format!("grant_type=client_credentials&client_id={CLIENT}&client_secret={}", secret.expose());
        event["body"] = json!(form);
        event["isBase64Encoded"] = json!(false);
        let issue = async || {
            self.meter.take();
            assert_eq!(self.functions.respond("issue_token", &event).await["statusCode"], 200);
            self.meter.take()
        };
        (issue().await, issue().await)
    }

    /// A list of a person, who may see both environments.
    async fn list(&self) -> Used {
        let mut event = Asked::of("list_keys", "acme").event();
        let claims = &mut event["requestContext"]["authorizer"]["jwt"]["claims"];
        claims["username"] = json!("u-1");
        claims["sub"] = json!("u-1");
        claims["client_id"] = json!("panel");
        claims["self_service_keys"] = json!("true");
        claims.as_object_mut().unwrap().remove("environment");
        test_issuer().sign_event(&mut event).unwrap();
        self.meter.take();
        let function = compose(FunctionName::ListKeys, self.functions.services()).unwrap().http().unwrap();
        let until = SystemClock.now() + SignedDuration::from_secs(25);
        let answer = function(serde_json::from_value(event).unwrap(), until).await;
        let answer = serde_json::to_value(answer).unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["items"].as_array().unwrap().len(), ON_A_PAGE);
        self.meter.take()
    }

    /// What follows from the new records of the stream: how many call a function, and what it used for them.
    async fn follow(&mut self, name: FunctionName) -> (usize, Used) {
        let Calls::Stream { records: filter, .. } = name.function().calls else { panic!("{name}") };
        let stream = self.api.stack().embedded().dynamodb().table_stream();
        let records = stream.after(self.seen.as_deref()).unwrap();
        self.seen =
            records.last().map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned());
        let calls = |record: &&Value| {
            let partition = record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap();
            filter.rest(partition, record["eventName"].as_str().unwrap()).is_some()
        };
        let calling: Vec<&Value> = records.iter().filter(calls).collect();
        self.meter.take();
        let function = compose(name, self.functions.services()).unwrap();
        let event = serde_json::from_value(json!({ "Records": calling })).unwrap();
        let answer = function.stream().unwrap()(event).await.unwrap();
        assert_eq!(serde_json::to_value(answer).unwrap()["batchItemFailures"], json!([]));
        (calling.len(), self.meter.take())
    }

    /// The first item about a key in a table whose partition begins so.
    async fn item(&self, table: &str, partition: &str, key: &str) -> Item {
        let items = self.api.items(table).await;
        let place = |item: &Item| format!("{} {}", item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap());
        let fits = |item: &Item| place(item).starts_with(partition) && place(item).contains(key);
        items.into_iter().find(fits).unwrap_or_else(|| panic!("no item of {partition}"))
    }

    /// What an index holds of a key's row.
    async fn in_index(&self, row: &Item) -> Item {
        let query = self.api.dynamodb().query().table_name(TABLE).index_name("by_title");
        let query = query
            .key_condition_expression("title_pk = :partition AND title_sk = :place")
            .expression_attribute_values(":partition", row["title_pk"].clone())
            .expression_attribute_values(":place", row["title_sk"].clone());
        query.send().await.unwrap().items.unwrap().remove(0)
    }
}

/// What a write of an item costs in units.
fn write_units(item: &Item) -> f64 {
    f64::from(u32::try_from(size(item).div_ceil(1024)).unwrap())
}

/// What the records of one request used behind it.
fn behind(records: usize, used: Used) -> Value {
    let mut counted = operation(used);
    counted["records"] = json!(records);
    counted
}

fn operation(used: Used) -> Value {
    assert_eq!(used.refused, 0);
    json!({
        "read_units": used.reads, "write_units": used.writes,
        "index_write_units": used.index_writes, "kms_calls": used.kms, "kms_signatures": used.signatures,
    })
}

/// What each operation used, and the key that was used.
async fn operations(counting: &mut Counting) -> (Value, String) {
    for name in ["create_key", "sign_request", "get_key"] {
        counting.meter.take();
        counting.know_caller(name).await;
    }
    let create = Asked::of("create_key", "acme").once("b5b7ff1a-9e6c-4e58-8b7a-2f3f0c8f2f10").body(aws4());
    let (made, created) = counting.ask(&create, 201).await;
    let (stored, behind_create) = counting.follow(FunctionName::OnTableChange).await;

    let key = made["key_id"].as_str().unwrap().to_owned();
    let about = |name| Asked::of(name, "acme").path("key_id", &key);
    let sign = about("sign_request").body(json!({ "method": "GET", "path": "/orders?page=2" }));
    let (_, used) = counting.ask(&sign, 200).await;
    // The first use in a key's life makes the item of the last use, which is not counted.
    counting.follow(FunctionName::OnKeyUse).await;
    let mut noted = counting.item(TABLE, "USED#", &key).await;
    noted.insert("last_used_at_ms".to_owned(), AttributeValue::N("0".to_owned()));
    counting.api.put(TABLE, noted.clone()).await;
    let (_, used_again) = counting.ask(&sign, 200).await;
    let (receipts, behind_use) = counting.follow(FunctionName::OnKeyUse).await;
    counting.ask(&sign, 200).await;
    let (again, behind_again) = counting.follow(FunctionName::OnKeyUse).await;
    // The item shows this quarter of an hour already, so the write is refused. It is paid for all the same.
    assert_eq!(behind_again, Used { refused: 1, ..Used::default() });
    let behind_again = Used { writes: write_units(&noted), ..Used::default() };

    let (_, read) = counting.ask(&about("get_key"), 200).await;
    let (first_token, token) = counting.token().await;
    let unknown_caller = Used { kms: first_token.kms - token.kms, ..Used::default() };
    // What is noted of the secret calls no function of the stream.
    assert_eq!(counting.follow(FunctionName::OnTableChange).await.0, 0);
    for _ in 1..ON_A_PAGE {
        counting.ask(&Asked::of("create_key", "acme").body(aws4()), 201).await;
    }
    counting.list().await;
    let page = counting.list().await;
    let operations = json!({
        "create": operation(created), "behind_create": behind(stored, behind_create),
        "use": operation(used), "behind_use": behind(receipts, behind_use),
        "use_again": operation(used_again), "behind_use_again": behind(again, behind_again),
        "read": operation(read), "page": operation(page),
        "token": operation(token), "unknown_caller": operation(unknown_caller),
    });
    (operations, key)
}

/// The sizes of what is stored about a key that was used, and of what is logged.
async fn bytes(counting: &Counting, key: &str) -> Value {
    let row = counting.api.row(key).await;
    let mut words = counting.api.items(TABLE).await;
    words.retain(|item| {
        let (partition, place) = (item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap());
        partition.starts_with("WORD#") && (partition.ends_with(key) || place.ends_with(key))
    });
    json!({
        "row": size(&row),
        "row_in_an_index": size(&counting.in_index(&row).await),
        "version": size(&counting.item(TABLE, &format!("KEY#acme#{key} VERSION"), key).await),
        "audit_entry": size(&counting.item(TABLE, "AUDIT#", key).await),
        "activity_entry": size(&counting.item(TABLE, "ACTIVITY#", key).await),
        "words": words.iter().map(size).sum::<usize>(),
        "items_of_words": words.len(),
        "receipt": size(&counting.item(TABLE, "RECEIPT#", key).await),
        "sealed": size(&counting.item(VAULT, "acme#", key).await),
        "function_log": function_log(&counting.api).await,
        "access_log": access_log(&Template::committed().unwrap()),
    })
}

/// What a function logs of a request that it answers.
async fn function_log(api: &Api) -> usize {
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = command(&binaries().await, "list_keys", &runtime, api)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let event = Asked::of("list_keys", "acme").event().to_string();
    assert_eq!(answer(invoke(&mut runtime, &mut process, event).await)["statusCode"], 200);
    process.start_kill().unwrap();
    let mut logged = String::new();
    process.stdout.take().unwrap().read_to_string(&mut logged).await.unwrap();
    assert!(logged.contains("answered"), "{logged}");
    logged.len()
}

/// What the API logs of a request: the format with values of the usual length.
fn access_log(template: &Template) -> usize {
    let format = template.properties("Stage")["AccessLogSettings"]["Format"].as_str().expect("a format");
    let values = BTreeMap::from([
        ("requestId", "JKJaXmPLvHcESHA="),
        ("requestTime", "29/Nov/2026:09:00:00 +0000"),
        ("routeKey", "POST /v1/keys/{key_id}/sign"),
        ("status", "200"),
        ("responseLength", "640"),
        ("responseLatency", "25"),
        ("authorizer.claims.client_id", "1example23456789abcdefghij"),
        ("authorizer.claims.account", "acme"),
        ("identity.sourceIp", "203.0.113.7"),
        ("authorizer.error", "-"),
        ("integrationErrorMessage", "-"),
    ]);
    let mut line = format.to_owned();
    for (name, value) in values {
        line = line.replace(&format!("\"$context.{name}\""), &format!("\"{value}\""));
    }
    assert!(!line.contains('$'), "a variable of the access log without a value: {line}");
    line.len()
}

/// What the templates provide in any month.
fn provided(template: &Template) -> Value {
    let alarms = template.of_type("AWS::CloudWatch::Alarm").map(|(_, alarm)| {
        let metrics = alarm["Metrics"].as_array();
        metrics.map_or(1, |metrics| metrics.iter().filter(|metric| !metric["MetricStat"].is_null()).count())
    });
    let functions = template.of_type("AWS::Lambda::Function");
    let memory: BTreeMap<&str, u64> = functions
        .map(|(_, function)| {
            (function["Handler"].as_str().unwrap(), function["MemorySize"].as_u64().unwrap())
        })
        .collect();
    // The model knows three kinds of functions: those that use keys, those that store them, and all others.
    for (name, megabytes) in &memory {
        let kind = match *name {
            "send_request" | "verify_key" | "verify_draft" | "deliver" | "discover_app"
            | "finish_connection" | "refresh_grants" => "sign_request",
            "update_key" => "create_key",
            "sign_request" | "create_key" => name,
            _ => "get_key",
        };
        assert_eq!(*megabytes, memory[kind], "{name} has another memory than {kind}");
    }
    json!({
        "kms_keys": template.of_type("AWS::KMS::Key").count(),
        "alarm_metrics": alarms.sum::<usize>(),
        "memory_mb": memory["get_key"],
        "memory_of_uses_mb": memory["sign_request"],
        "memory_of_changes_mb": memory["create_key"],
        "log_days": template.stack(Stack::App)["Parameters"]["LogRetentionInDays"]["Default"],
        "receipt_days": KEPT.as_hours() / 24,
        "last_use_minutes": LAST_USE_STEP.as_mins(),
        "keys_on_a_page": ON_A_PAGE,
    })
}

/// Where two counts differ. Sizes may differ a little.
fn differences(place: &str, committed: &Value, counted: &Value, found: &mut Vec<String>) {
    if let Some(members) = counted.as_object() {
        let empty = Map::new();
        let names = members.keys().chain(committed.as_object().unwrap_or(&empty).keys());
        for name in names.collect::<BTreeSet<_>>() {
            differences(&format!("{place}/{name}"), &committed[name], &counted[name], found);
        }
        return;
    }
    let same = match (committed.as_f64(), counted.as_f64()) {
        (Some(committed), Some(counted)) if place.starts_with("/bytes") => {
            (committed - counted).abs() <= counted * ROUGHLY
        }
        (Some(committed), Some(counted)) => (committed - counted).abs() < f64::EPSILON,
        _ => committed == counted,
    };
    if !same {
        found.push(format!("{place} is {committed} in docs/cost/counted.json, and was counted as {counted}"));
    }
}

#[tokio::test]
async fn the_cost_model_counts_on_what_the_functions_do() {
    let mut counting = Counting::start().await;
    let (operations, key) = operations(&mut counting).await;
    let counted = json!({
        "about": "tests/tests/it/cost.rs counted this. `make cost-counts` writes it anew.",
        "operations": operations,
        "bytes": bytes(&counting, &key).await,
        "provided": provided(&Template::committed().unwrap().given(&Sample::default())),
    });
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/cost/counted.json");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    let mut found = Vec::new();
    differences("", &committed, &counted, &mut found);
    #[expect(clippy::disallowed_methods, reason = "`make cost-counts` asks for it, as no configuration does")]
    let asked = std::env::var("KEYWARD_WRITE_COUNTS").is_ok();
    if asked && !found.is_empty() {
        fs::write(&path, format!("{counted:#}\n")).unwrap();
    } else {
        assert!(found.is_empty(), "run `make cost-counts`, then `make cost`\n{}", found.join("\n"));
    }
}
