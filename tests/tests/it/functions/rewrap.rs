//! `rewrap`: data keys wrapped anew.

mod takeover;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use keyward_functions::{
    aws::{Tables, clients, wrapping::WrappingKeys},
    handlers::rewrap::NotRewrapped,
};
use keyward_local::{
    kms::WRAPPING_KEY,
    stack::{connection, row_macs},
    upstreams::Upstreams,
};
use keyward_shared::{
    keys::rewrap::Replaced,
    ports::{ListWrapped, ReplaceWrapped},
};
use keyward_tests::runtime_api::RuntimeApi;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::{
    crashes::{Moment, killing},
    support::{
        Api, TABLE, VAULT, Who,
        faults::{Fate, Plan, Proxy, no_faults},
        keys::{AWS_SECRET, Item, Stored, aws4, custom_http},
        processes::{answer, binaries, invoke, start},
        services::Functions,
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(
            |_, _| json!({ "looked_at": 0, "rewrapped": 0, "left": 0, "failed": 0, "next": null }),
        ),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

/// The KMS of a stack, as an operator has it.
pub(crate) struct Operator(aws_sdk_kms::Client);

impl Operator {
    pub(crate) fn of(api: &Api) -> Self {
        Self(clients::kms(&connection(api.stack().embedded()), &clients::http_client()))
    }

    async fn id_of(&self, alias: &str) -> String {
        let key = self.0.describe_key().key_id(alias).send().await.unwrap();
        key.key_metadata.unwrap().key_id
    }

    pub(crate) async fn rotate(&self) {
        let key = self.id_of(WRAPPING_KEY).await;
        self.0.rotate_key_on_demand().key_id(key).send().await.unwrap();
    }

    async fn another_key(&self) -> String {
        self.0.create_key().send().await.unwrap().key_metadata.unwrap().key_id
    }

    async fn disable(&self, key: &str) {
        self.0.disable_key().key_id(key).send().await.unwrap();
    }
}

async fn functions(api: &Api) -> Functions {
    Functions::of(api, Upstreams::default()).await
}

/// Functions that wrap with one key and unwrap what another wrapped, too.
async fn wrapping_with(api: &Api, current: &str, former: Option<&str>) -> Functions {
    let keys = WrappingKeys { current: current.to_owned(), former: former.map(str::to_owned) };
    Functions::wrapping_with(&connection(api.stack().embedded()), Upstreams::default(), keys).await
}

async fn run(functions: &Functions, input: Value) -> Value {
    functions.json("rewrap", &input).await.unwrap()
}

fn tally(looked_at: u64, rewrapped: u64, left: u64, failed: u64) -> Value {
    json!({ "looked_at": looked_at, "rewrapped": rewrapped, "left": left, "failed": failed, "next": null })
}

/// Keys with six sealed entries: of several writes in one entry, of an older version, of an organization, of headers.
async fn keys(api: &Api) -> (Stored, Stored) {
    let mut body = aws4();
    body["entries"]["default"]["fields"]["session_token"] = json!("the-session-token");
    let first = api.store(&body).await;
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &first.path, 1, &secret).await.expect(200);
    let entries = json!({
        "org_1": { "fields": { "value": "value-1" } }, "org_2": { "fields": { "value": "value-2" } },
    });
    let mut body = for_organizations(custom_http("token", Value::Null), entries);
    let header = json!({ "name": "X-Tenant", "value": "s3cret", "secret": true });
    body["headers"].as_array_mut().unwrap().push(header);
    let second = api.store(&body).await;
    let secret = json!({ "entries": { "org_2": { "fields": { "value": "value-2b" } } } });
    api.patch(Who::Editor, &second.path, 1, &secret).await.expect(200);
    (first, second)
}

const ENTRIES: u64 = 6;

/// Everything opens, the older version too, with functions that remember nothing.
async fn all_opens(functions: &Functions, (first, second): &(Stored, Stored)) {
    let default = json!({ "environment": "live" });
    let (status, opened) = functions.call("resolve_key", &first.id, &default).await;
    assert_eq!((status, &opened["fields"]["secret_key"]), (200, &json!("another")), "{opened}");
    assert_eq!(opened["fields"]["session_token"], "the-session-token");
    let organization = json!({ "environment": "live", "organization": "org_2" });
    let (status, opened) = functions.call("resolve_key", &second.id, &organization).await;
    assert_eq!((status, &opened["fields"]["value"]), (200, &json!("value-2b")), "{opened}");
}

/// What is wrapped, by item and write.
async fn wrapped(api: &Api) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for item in api.items(VAULT).await {
        let Some(AttributeValue::M(seals)) = item.get("seals") else { continue };
        for (seal, wrapped) in seals {
            let place = format!("{}/{}/{seal}", item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap());
            all.insert(place, wrapped.as_b().unwrap().as_ref().to_vec());
        }
    }
    all
}

/// What is sealed, without the wrapped data keys beside it.
async fn sealed(api: &Api) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for mut item in api.items(VAULT).await {
        item.remove("seals");
        let fields = item.remove("fields").map(|fields| match fields {
            AttributeValue::M(fields) => fields
                .into_iter()
                .map(|(name, value)| format!("{name} {:?}", value.as_m().map(|value| &value["sealed"])))
                .collect::<std::collections::BTreeSet<_>>(),
            other => std::iter::once(format!("{other:?}")).collect(),
        });
        all.push(format!("{:?} {:?} {fields:?}", item["PK"], item["SK"]));
    }
    all.sort();
    all
}

#[tokio::test]
async fn after_a_rotation_everything_is_wrapped_anew_once_and_opens_all_the_time() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    let functions = functions(&api).await;
    assert_eq!(run(&functions, json!({})).await, tally(ENTRIES, 0, 0, 0));
    Operator::of(&api).rotate().await;
    all_opens(&self::functions(&api).await, &keys).await;
    let (before, as_sealed) = (wrapped(&api).await, sealed(&api).await);
    let everything = api.everything().await;
    assert_eq!(run(&functions, json!({ "dry_run": true })).await, tally(ENTRIES, 0, ENTRIES, 0));
    assert_eq!(api.everything().await, everything);

    functions.calls();
    assert_eq!(run(&functions, json!({})).await, tally(ENTRIES, ENTRIES, 0, 0));
    let mut calls = functions.calls();
    calls.sort();
    calls.dedup();
    assert_eq!(calls, ["ReEncrypt", "Scan", "UpdateItem"], "nothing is opened, and nothing made");
    let after = wrapped(&api).await;
    assert!(after.keys().eq(before.keys()) && after.iter().all(|(place, new)| before[place] != *new));
    assert_eq!(sealed(&api).await, as_sealed);
    all_opens(&self::functions(&api).await, &keys).await;
    assert_eq!(run(&functions, json!({})).await, tally(ENTRIES, 0, 0, 0));
    assert_eq!(wrapped(&api).await, after);

    // An older version is restored with what was wrapped anew for it.
    let target = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let restore = format!("{}/versions/1/restore", keys.0.path);
    let call = api.call(Who::Owner, reqwest::Method::POST, &restore).header("if-match", "\"2\"");
    call.json(&target).send().await.expect(200);
    let default = json!({ "environment": "live" });
    let (_, opened) = self::functions(&api).await.call("resolve_key", &keys.0.id, &default).await;
    assert_eq!(opened["fields"]["secret_key"], AWS_SECRET);
}

#[tokio::test]
async fn another_wrapping_key_takes_over_and_the_former_one_can_go() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    let operator = Operator::of(&api);
    let former = operator.id_of(WRAPPING_KEY).await;
    let current = operator.another_key().await;
    let both = wrapping_with(&api, &current, Some(&former)).await;
    all_opens(&both, &keys).await;
    assert_eq!(run(&both, json!({ "dry_run": true })).await, tally(ENTRIES, 0, ENTRIES, 0));
    // What is wrapped by a key that is not named is none of ours.
    let alone = wrapping_with(&api, &current, None).await;
    assert_eq!(run(&alone, json!({})).await, tally(ENTRIES, 0, 0, ENTRIES));

    assert_eq!(run(&both, json!({ "limit": 2 })).await["rewrapped"], 2);
    all_opens(&wrapping_with(&api, &current, Some(&former)).await, &keys).await;
    assert_eq!(run(&both, json!({})).await, tally(ENTRIES, ENTRIES - 2, 0, 0));
    operator.disable(&former).await;
    all_opens(&wrapping_with(&api, &current, None).await, &keys).await;
    assert_eq!(run(&alone, json!({})).await, tally(ENTRIES, 0, 0, 0));
}

#[tokio::test]
async fn it_goes_on_where_a_limit_or_the_time_stopped_it() {
    let api = Api::start().await;
    keys(&api).await;
    let functions = functions(&api).await;
    let operator = Operator::of(&api);
    for (limit, seconds, runs) in [(json!(4), 900, 2), (json!(1), 900, 7), (Value::Null, 5, 6)] {
        operator.rotate().await;
        let (mut cursor, mut rewrapped, mut count) = (Value::Null, 0, 0);
        loop {
            let input = json!({ "limit": limit, "cursor": cursor });
            let told = functions.json_within("rewrap", &input, seconds).await.unwrap();
            rewrapped += told["rewrapped"].as_u64().unwrap();
            count += 1;
            cursor = told["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(rewrapped, ENTRIES);
        // A look that ends with the last item does not know that it was the last.
        assert!(count == runs || count == runs + 1, "{limit} {seconds}: {count}");
        assert_eq!(run(&functions, json!({ "dry_run": true })).await, tally(ENTRIES, 0, 0, 0));
    }
}

#[tokio::test]
async fn a_change_in_between_wins_and_is_looked_at_again() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let clients = clients::Clients::new(connection(api.stack().embedded()));
    let tables = Tables::new(&clients, TABLE.to_owned(), VAULT.to_owned(), row_macs(&clients));
    let found = tables.list_wrapped(None, 10).await.unwrap().found.remove(0).entry.unwrap();
    let anew: BTreeMap<_, _> =
        found.seals.keys().map(|seal| (seal.clone(), b"wrapped anew".to_vec().into())).collect();
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &secret).await.expect(200);
    let before = api.everything().await;
    assert_eq!(tables.replace_wrapped(&found, &anew).await.unwrap(), Replaced::Changed);
    assert_eq!(api.everything().await, before);
    // Nor does it bring back what was destroyed.
    api.purge(Who::Owner, &key.path, 2).await.expect(204);
    api.drain_stream().await;
    assert_eq!(tables.replace_wrapped(&found, &anew).await.unwrap(), Replaced::Changed);
    assert!(api.items(VAULT).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_or_unwrapped_is_counted_and_the_others_go_on() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    // A record of a request is in the vault too, and no sealed entry.
    let call = api.call(Who::Owner, reqwest::Method::POST, "/v1/keys").header("idempotency-key", "once");
    call.json(&aws4()).send().await.expect(201);
    let items = api.items(VAULT).await;
    let sealed: Vec<&Item> = items.iter().filter(|item| item.contains_key("seals")).collect();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let elsewhere = |partition: &str, row: &str| {
        let mut item = sealed[0].clone();
        item.extend([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))]);
        item
    };
    let other_account = format!("globex#{}", keys.0.id);
    let mut seals_of_text = elsewhere(&format!("acme#{}", keys.0.id), "org_9#CURRENT");
    seals_of_text.insert("seals".to_owned(), text("seals"));
    let mut flipped = elsewhere(&format!("acme#{}", keys.0.id), "org_8#CURRENT");
    let Some(AttributeValue::M(seals)) = flipped.get_mut("seals") else { panic!("seals") };
    for wrapped in seals.values_mut() {
        let mut bytes = wrapped.as_b().unwrap().as_ref().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        *wrapped = AttributeValue::B(Blob::new(bytes));
    }
    let damaged = [
        elsewhere("acme", "default#CURRENT"),
        elsewhere(&format!("acme#{}", keys.0.id), "nobody"),
        // The context of another account or key is not that which the data key was wrapped for.
        elsewhere(&other_account, "default#CURRENT"),
        seals_of_text,
        flipped,
    ];
    for item in &damaged {
        api.put(VAULT, item.clone()).await;
    }
    Operator::of(&api).rotate().await;
    let functions = functions(&api).await;
    let told = run(&functions, json!({})).await;
    assert_eq!(told, tally(ENTRIES + 1 + damaged.len() as u64, ENTRIES + 1, 0, damaged.len() as u64));
    all_opens(&functions, &keys).await;
    let stored = api.items(VAULT).await;
    assert!(damaged.iter().all(|item| stored.contains(item)), "what failed stays as it was");
}

#[tokio::test]
async fn a_service_that_is_away_stops_it_and_loses_nothing() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    Operator::of(&api).rotate().await;
    let functions = functions(&api).await;
    for operation in ["Scan", "ReEncrypt", "UpdateItem"] {
        functions.fail(Some(operation));
        let error = functions.json("rewrap", &json!({})).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(NotRewrapped::Port(_))), "{operation} {error}");
    }
    functions.proxy().plan(failing_from("UpdateItem", 3));
    let told = run(&functions, json!({})).await;
    assert_eq!((&told["looked_at"], &told["rewrapped"]), (&json!(2), &json!(2)));
    functions.fail(None);
    let told = run(&functions, json!({ "cursor": told["next"] })).await;
    assert_eq!(told, tally(ENTRIES - 2, ENTRIES - 2, 0, 0));
    all_opens(&functions, &keys).await;
}

/// Lets an operation fail from its nth try on.
pub(super) fn failing_from(operation: &'static str, nth: usize) -> Plan {
    let mut tries = 0;
    Box::new(move |tried| {
        tries += usize::from(tried.operation == operation);
        let fails = tried.operation == operation && tries >= nth;
        if fails { Fate::Fails(500, "InternalServerError") } else { Fate::Passes }
    })
}

#[tokio::test]
async fn it_survives_a_kill_at_every_call() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.store(&custom_http("token", json!({ "value": "t0ken" }))).await;
    let (operator, binaries) = (Operator::of(&api), binaries().await);
    let below = connection(api.stack().embedded());
    let mut kills = 0;
    'calls: for nth in 1.. {
        for moment in [Moment::Before, Moment::After] {
            operator.rotate().await;
            let proxy = Proxy::before(&below, killing(nth, moment)).await;
            let mut runtime = RuntimeApi::start().await.unwrap();
            let mut process = start(&binaries, "rewrap", &runtime, &proxy);
            let answered = tokio::select! {
                outcome = invoke(&mut runtime, &mut process, "{}".to_owned()) => Some(outcome),
                () = proxy.held() => None,
            };
            process.kill().await.unwrap();
            if answered.is_some() {
                break 'calls;
            }
            kills += 1;
            let proxy = Proxy::before(&below, no_faults()).await;
            let mut runtime = RuntimeApi::start().await.unwrap();
            let mut process = start(&binaries, "rewrap", &runtime, &proxy);
            let told = answer(invoke(&mut runtime, &mut process, "{}".to_owned()).await);
            assert_eq!((&told["looked_at"], &told["failed"]), (&json!(2), &json!(0)), "{nth} {moment:?}");
            let told = answer(invoke(&mut runtime, &mut process, "{\"dry_run\":true}".to_owned()).await);
            assert_eq!(told, tally(2, 0, 0, 0), "{nth} {moment:?}");
            let default = json!({ "environment": "live" });
            let (_, opened) = functions(&api).await.call("resolve_key", &key.id, &default).await;
            assert_eq!(opened["fields"]["secret_key"], AWS_SECRET, "{nth} {moment:?}");
        }
    }
    assert_eq!(kills, 10, "a scan, and two calls for each of two items; each before and after");
}

#[tokio::test]
async fn what_it_is_asked_is_read_strictly() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    for input in [
        json!(null),
        json!([]),
        json!({ "limit": 0 }),
        json!({ "limit": -1 }),
        json!({ "limit": "all" }),
        json!({ "cursor": "" }),
        json!({ "cursor": "acme" }),
        json!({ "dry_run": "yes" }),
        json!({ "dryrun": true }),
    ] {
        let error = functions.json("rewrap", &input).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(NotRewrapped::NotUnderstood)), "{input} {error}");
    }
    assert!(functions.calls().is_empty());
}

/// What the vault keeps of the scheduled pass.
async fn pass(api: &Api) -> Item {
    let items = api.items(VAULT).await;
    items
        .into_iter()
        .find(|item| item["PK"] == AttributeValue::S("DEPLOYMENT#REWRAP".to_owned()))
        .expect("the pass")
}

fn scheduled() -> Value {
    json!({ "scheduled": true })
}

#[tokio::test]
async fn a_scheduled_run_goes_on_where_the_one_before_stopped_and_ends_the_pass() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    Operator::of(&api).rotate().await;
    let functions = functions(&api).await;
    // With so little time, a run looks at one item.
    let mut looked_at = Vec::new();
    for _ in 0..ENTRIES {
        let told = functions.json_within("rewrap", &scheduled(), 5).await.unwrap();
        looked_at.push(told["rewrapped"].clone());
    }
    assert_eq!(looked_at, vec![json!(1); 6]);
    // The row of the pass stands in the vault, and no run takes it for a sealed entry.
    while pass(&api).await["ended"] != AttributeValue::Bool(true) {
        functions.json_within("rewrap", &scheduled(), 5).await.unwrap();
    }
    let after = wrapped(&api).await;
    // The pass has ended, and the next one begins in a week.
    Operator::of(&api).rotate().await;
    assert_eq!(run(&functions, scheduled()).await, tally(0, 0, 0, 0));
    assert_eq!(wrapped(&api).await, after);
    // By hand it can be done at once.
    assert_eq!(run(&functions, json!({})).await, tally(ENTRIES, ENTRIES, 0, 0));
    all_opens(&functions, &keys).await;
}

#[tokio::test]
async fn a_scheduled_run_under_another_key_begins_at_once() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    let operator = Operator::of(&api);
    let former = operator.id_of(WRAPPING_KEY).await;
    run(&functions(&api).await, scheduled()).await;
    let both = wrapping_with(&api, &operator.another_key().await, Some(&former)).await;
    // A slow machine takes several runs.
    let mut rewrapped = 0;
    while pass(&api).await["ended"] != AttributeValue::Bool(true) || rewrapped == 0 {
        rewrapped += run(&both, scheduled()).await["rewrapped"].as_u64().unwrap();
    }
    assert_eq!(rewrapped, ENTRIES);
    all_opens(&both, &keys).await;
}

#[tokio::test]
async fn a_scheduled_run_that_fails_on_an_item_does_the_others_keeps_its_place_and_says_so() {
    let api = Api::start().await;
    keys(&api).await;
    Operator::of(&api).rotate().await;
    let mut damaged = api.items(VAULT).await.into_iter().find(|item| item.contains_key("seals")).unwrap();
    damaged.insert("seals".to_owned(), AttributeValue::S("nothing".to_owned()));
    api.dynamodb().put_item().table_name(VAULT).set_item(Some(damaged)).send().await.unwrap();
    let functions = functions(&api).await;
    let said = functions.json("rewrap", &scheduled()).await.unwrap_err().to_string();
    assert_eq!(said, "1 items of the vault cannot be wrapped anew: the log names them");
    let kept = pass(&api).await;
    assert_eq!(
        (&kept["failed"], &kept["ended"]),
        (&AttributeValue::N("1".to_owned()), &AttributeValue::Bool(true))
    );
    // Everything else is done.
    assert_eq!(run(&functions, json!({})).await, tally(ENTRIES, 0, 0, 1));
}
