//! Many events for several webhooks, while records of the stream come twice and in any order, hints are lost and doubled, receivers fail,
//! and senders are stopped in the middle. Every delivery is delivered in the end, and the receiver sees each of them at least once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    functions::{
        on_table_change::{hand_over, records},
        publish_event::order,
    },
    support::{
        Api, Who,
        deliveries::{HOST, receiver},
        outside::{Arrived, Prepared},
        seeded::{Seeded, number, seed},
        services::Functions,
        webhooks::webhook,
    },
};

/// How many events there are. `KEYWARD_EVENTS=10000` takes many minutes.
const EVENTS: u64 = 40;
/// How often what is due is looked for, at most: each delivery has eight attempts.
const ROUNDS: usize = 60;

/// A receiver that fails the first attempts of a delivery, none to three of them. A delivery has eight.
fn fails_at_first() -> impl Fn(&Arrived) -> Prepared {
    let tried = Mutex::new(BTreeMap::<Named, u64>::new());
    move |request| {
        let named = named(request);
        let most = named.1.bytes().map(u64::from).sum::<u64>() % 4;
        let mut tried = tried.lock().unwrap();
        let before = tried.entry(named).or_default();
        *before += 1;
        (if *before > most { 200 } else { 500 }, Vec::new(), Vec::new())
    }
}

/// The receiver's path and the id of the event: what names a delivery outside.
type Named = (String, String);

fn named(request: &Arrived) -> Named {
    (request.uri.path().to_owned(), request.header("webhook-id").to_owned())
}

/// Stops senders now and then, as Lambda does with a function whose time is over: what they were doing is not done.
async fn send(functions: &Functions, seeded: &mut Seeded, batch: &[Value]) {
    let event = json!({ "Records": batch });
    let sending = functions.json("deliver", &event);
    if seeded.happens(20) {
        let while_it_works = Duration::from_micros(seeded.below(60_000));
        tokio::time::timeout(while_it_works, sending).await.ok();
    } else {
        sending.await.expect("an answer");
    }
}

/// What is due, as hints: some are lost, some are doubled, all are in any order, and there is poison among them.
async fn hints(api: &Api, seeded: &mut Seeded) -> (usize, Vec<Value>) {
    let (mut waiting, mut hints) = (0, Vec::new());
    for row in api.rows_of("DELIVERY#").await {
        if ["pending", "parked"].contains(&row["state"].as_s().unwrap().as_str()) {
            waiting += 1;
            let webhook = row["PK"].as_s().unwrap().rsplit('#').next().unwrap().to_owned();
            let body = json!({ "account_id": "acme", "webhook_id": webhook, "delivery_id": row["SK"].as_s().unwrap() });
            let times = if seeded.happens(20) {
                0
            } else if seeded.happens(25) {
                2
            } else {
                1
            };
            hints.extend(vec![json!({ "messageId": "m", "body": body.to_string() }); times]);
        }
    }
    hints.push(json!({ "messageId": "poison", "body": "{}" }));
    seeded.shuffle(&mut hints);
    (waiting, hints)
}

#[tokio::test]
async fn every_delivery_reaches_its_end_whatever_is_lost_doubled_or_stopped() {
    let mut seeded = Seeded::new(seed(18));
    let (api, outside, first) = receiver().await;
    for path in ["/second", "/third"] {
        let mut body = webhook(first.view["key_id"].as_str().unwrap());
        body["path"] = json!(path);
        api.store_webhook(&body).await;
    }
    outside.will_always(fails_at_first());
    let mut expected = BTreeSet::new();
    for _ in 0..number("KEYWARD_EVENTS").unwrap_or(EVENTS) {
        let event = api.publish(&order()).await;
        expected.extend(["/hooks/keyward", "/second", "/third"].map(|path| (path.to_owned(), event.clone())));
    }
    // The records of the stream, twice and in any order.
    let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
    let mut told = records(&api);
    told.extend(told.clone());
    seeded.shuffle(&mut told);
    for batch in told.chunks(50) {
        hand_over(&functions, batch).await;
    }
    assert_eq!(api.rows_of("DELIVERY#").await.len(), expected.len());
    for _ in 0..ROUNDS {
        let (waiting, hints) = hints(&api, &mut seeded).await;
        if waiting == 0 {
            break;
        }
        for batch in hints.chunks(10) {
            send(&functions, &mut seeded, batch).await;
        }
        api.make_deliveries_due().await;
    }
    let rows = api.rows_of("DELIVERY#").await;
    let ended: BTreeSet<_> = rows.iter().map(|row| row["state"].as_s().unwrap().as_str()).collect();
    assert_eq!(ended, ["delivered"].into());
    let arrived: Vec<_> = outside.arrived().iter().map(named).collect();
    assert!(arrived.len() > expected.len(), "the receiver failed some attempts");
    assert_eq!(BTreeSet::from_iter(arrived), expected);
    api.get(Who::Owner, "/v1/webhooks").await.expect(200);
}
