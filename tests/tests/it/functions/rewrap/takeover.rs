//! Another wrapping key takes over, step by step as deployments do it, with what goes wrong in between.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keyward_local::{kms::WRAPPING_KEY, stack::connection};
use keyward_tests::runtime_api::RuntimeApi;
use serde_json::{Value, json};

use super::{ENTRIES, Operator, all_opens, failing_from, keys, pass, run, scheduled, tally, wrapping_with};
use crate::{
    crashes::{Moment, killing},
    support::{
        Api, VAULT,
        asked::Asked,
        faults::{Proxy, no_faults},
        keys::{AWS_SECRET, aws4},
        processes::{answer, binaries, command, invoke},
        services::Functions,
    },
};

/// Scheduled runs to the end of a pass: how many items they wrapped anew, and whether nothing is left then.
async fn to_the_end(functions: &Functions, api: &Api) -> (u64, bool) {
    let mut rewrapped = 0;
    loop {
        let told = run(functions, scheduled()).await;
        rewrapped += told["rewrapped"].as_u64().unwrap();
        if pass(api).await["ended"] == AttributeValue::Bool(true) {
            return (rewrapped, told["nothing_left"].as_bool().expect("it says whether something is left"));
        }
    }
}

/// Lets the takeover have begun so long ago that no function of the deployment before is running any more.
async fn let_time_pass(api: &Api) {
    let mut kept = pass(api).await;
    let since: Timestamp = kept["since"].as_s().unwrap().parse().unwrap();
    let earlier = since - SignedDuration::from_mins(20);
    kept.insert("since".to_owned(), AttributeValue::S(earlier.to_string()));
    api.put(VAULT, kept).await;
}

#[tokio::test]
async fn a_takeover_goes_on_after_what_goes_wrong_and_says_when_the_former_key_can_go() {
    let api = Api::start().await;
    let keys = keys(&api).await;
    let operator = Operator::of(&api);
    let former = operator.id_of(WRAPPING_KEY).await;
    let current = operator.another_key().await;
    let both = wrapping_with(&api, &current, Some(&former)).await;
    all_opens(&both, &keys).await;
    // What is new is wrapped by the new key alone.
    let (status, made) = create(&both).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(run(&both, json!({ "dry_run": true })).await, tally(ENTRIES + 1, 0, ENTRIES, 0));

    // A run is stopped after some items, and the next ones go on behind them.
    both.proxy().plan(failing_from("UpdateItem", 3));
    let told = run(&both, scheduled()).await;
    assert_eq!((&told["rewrapped"], &told["nothing_left"]), (&json!(2), &json!(false)));
    both.fail(None);
    all_opens(&wrapping_with(&api, &current, Some(&former)).await, &keys).await;
    // A function of the deployment before is still running, and wraps with the former key.
    let late = api.store(&aws4()).await;
    let (first, nothing_left) = to_the_end(&both, &api).await;
    assert!(!nothing_left, "this pass found something");
    // It begins again at once. Whether the first pass met the late item depends on where it stands.
    let (second, nothing_left) = to_the_end(&both, &api).await;
    assert_eq!(2 + first + second, ENTRIES + 1);
    assert!(!nothing_left, "older functions may still run");
    let_time_pass(&api).await;
    assert_eq!(to_the_end(&both, &api).await, (0, true));
    // Then there is nothing to do until a week has passed.
    both.calls();
    assert_eq!(run(&both, scheduled()).await["nothing_left"], true);
    assert_eq!(both.calls(), ["GetItem"]);

    // The former key is not needed: not by functions that still know it, and not by those that do not.
    operator.disable(&former).await;
    for functions in
        [wrapping_with(&api, &current, Some(&former)).await, wrapping_with(&api, &current, None).await]
    {
        all_opens(&functions, &keys).await;
        for (key, member, secret) in
            [(late.id.as_str(), "secret_key", AWS_SECRET), (key_id(&made), "secret_key", AWS_SECRET)]
        {
            let default = json!({ "environment": "live" });
            let (status, opened) = functions.call("resolve_key", key, &default).await;
            assert_eq!((status, &opened["fields"][member]), (200, &json!(secret)), "{opened}");
        }
        assert_eq!(create(&functions).await.0, 201);
    }
}

async fn create(functions: &Functions) -> (u64, Value) {
    let told = functions.ask(&Asked::of("create_key", "acme").body(aws4())).await;
    (told.status, told.body)
}

fn key_id(made: &Value) -> &str {
    made["key_id"].as_str().expect("a key")
}

#[tokio::test]
async fn an_item_that_no_key_unwraps_is_left_and_the_former_key_stays_needed() {
    let api = Api::start().await;
    keys(&api).await;
    let mut damaged = api.items(VAULT).await.into_iter().find(|item| item.contains_key("seals")).unwrap();
    damaged.insert("seals".to_owned(), AttributeValue::S("nothing".to_owned()));
    api.put(VAULT, damaged).await;
    let operator = Operator::of(&api);
    let former = operator.id_of(WRAPPING_KEY).await;
    let both = wrapping_with(&api, &operator.another_key().await, Some(&former)).await;
    for _ in 0..2 {
        // Each pass fails anew, so that the alarm goes on.
        let said = both.json("rewrap", &scheduled()).await.unwrap_err().to_string();
        assert_eq!(said, "1 items of the vault cannot be wrapped anew: the log names them");
        assert_eq!(pass(&api).await["nothing_left"], AttributeValue::Bool(false));
        let_time_pass(&api).await;
    }
}

#[tokio::test]
async fn a_takeover_survives_a_kill_at_every_call() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let (operator, binaries) = (Operator::of(&api), binaries().await);
    let below = connection(api.stack().embedded());
    let (mut former, mut current) = (operator.id_of(WRAPPING_KEY).await, operator.another_key().await);
    let mut kills = 0;
    'calls: for nth in 1.. {
        for moment in [Moment::Before, Moment::After] {
            let start = |runtime: &RuntimeApi, proxy: &Proxy| {
                command(&binaries, "rewrap", runtime, proxy)
                    .env("KEYWARD_WRAPPING_KEY", &current)
                    .env("KEYWARD_FORMER_WRAPPING_KEY", &former)
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .expect("the binary starts")
            };
            let proxy = Proxy::before(&below, killing(nth, moment)).await;
            let mut runtime = RuntimeApi::start().await.unwrap();
            let mut process = start(&runtime, &proxy);
            let is_answered = tokio::select! {
                _ = invoke(&mut runtime, &mut process, scheduled().to_string()) => true,
                () = proxy.held() => false,
            };
            process.kill().await.unwrap();
            if is_answered {
                break 'calls;
            }
            kills += 1;
            let proxy = Proxy::before(&below, no_faults()).await;
            let mut runtime = RuntimeApi::start().await.unwrap();
            let mut process = start(&runtime, &proxy);
            // What was done before the kill may be found done: the pass comes to its end, and the next one finds nothing.
            for _ in 0..2 {
                let told = answer(invoke(&mut runtime, &mut process, scheduled().to_string()).await);
                assert_eq!(told["failed"], 0, "{nth} {moment:?} {told}");
            }
            let told = answer(invoke(&mut runtime, &mut process, "{\"dry_run\":true}".to_owned()).await);
            assert_eq!(told, tally(1, 0, 0, 0), "{nth} {moment:?}");
            // It opens without the former key, which takes over in the next round.
            let alone = wrapping_with(&api, &current, None).await;
            let (_, opened) = alone.call("resolve_key", &key.id, &json!({ "environment": "live" })).await;
            assert_eq!(opened["fields"]["secret_key"], AWS_SECRET, "{nth} {moment:?}");
            std::mem::swap(&mut former, &mut current);
        }
    }
    assert_eq!(
        kills, 12,
        "the pass, a scan, a try with each key, the item and the pass; each before and after"
    );
}
