//! Concurrent histories on the real handlers and the real SDK, with faults below: what the clients were told can be
//! explained by one order of what they did, and what is stored is whole.
//!
//! `KEYWARD_SEED` repeats a run's operations and faults; what the machine runs when is its own. `KEYWARD_HISTORIES` says
//! how many there are.

mod bites;
mod checker;
mod client;
mod model;

use std::{sync::Arc, time::Instant};

use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt, future::join_all, stream};
use keyward_functions::aws::clients::Connection;
use keyward_local::{stack::connection, upstreams::Upstreams};

use tokio::task::JoinError;

use self::{
    checker::{Entry, Verdict, check},
    client::{Customer, Scene},
    model::{Id, Op, Outcome, Shown},
};
use crate::support::{
    Api,
    faults::{no_faults, seeded_faults},
    invariants::{World, settle, text},
    ledger::Ledger,
    seeded::{Seeded, number, seed},
    services::Functions,
};

const HISTORIES: u64 = 100;
const AT_ONCE: usize = 4;
/// A stack gets slower as it fills.
const PER_STACK: usize = 500;
const CLIENTS: u64 = 8;

/// What became of a history.
#[derive(Default)]
struct Report {
    operations: usize,
    uncertain: usize,
    undecided: bool,
    violations: Vec<String>,
}

async fn history(below: &Connection, tables: &Client, account: &str, seed: u64) -> Report {
    let mut seeded = Seeded::new(seed);
    let functions = Functions::over(below, Upstreams::default()).await;
    let scene = Arc::new(Scene::new(account.to_owned(), functions));
    let mut first = Customer::new(Arc::clone(&scene), seeded.branch());
    first.create_key().await;
    first.create_key().await;
    let failing_percent = *seeded.pick(&[0, 10, 30]).unwrap();
    scene.functions.proxy().plan(seeded_faults(seeded.next(), failing_percent));
    let clients = (0..CLIENTS).map(|_| {
        let (mut client, operations) =
            (Customer::new(Arc::clone(&scene), seeded.branch()), 4 + seeded.below(3));
        async move { client.work(operations).await }
    });
    join_all(clients).await;
    scene.functions.proxy().plan(no_faults());
    let world = World::read(tables, account).await;
    look_at_everything(&mut first, &world).await;
    let mut entries = std::mem::take(&mut *scene.entries.lock().unwrap());
    let strangers = find_what_was_not_answered(&mut entries, &world);
    let mut violations = std::mem::take(&mut *scene.unexpected.lock().unwrap());
    violations.extend(world.violations());
    match ledger(&entries) {
        Ok(ledger) => violations.extend(ledger.violations(&world)),
        Err(violation) => violations.push(violation),
    }
    violations.extend(strangers);
    let verdict = check(&entries);
    if let Verdict::Unexplained(so_far) = &verdict {
        let lines: Vec<_> = entries.iter().map(|entry| format!("{entry:?}")).collect();
        violations.push(format!("no order explains\n{}\n{so_far}", lines.join("\n")));
    }
    Report {
        operations: entries.len(),
        uncertain: entries.iter().filter(|entry| entry.outcome == Outcome::Unknown).count(),
        undecided: matches!(verdict, Verdict::Undecided),
        violations,
    }
}

/// The end of a history: what is there when nobody does anything any more. It has to be explained like any other read.
async fn look_at_everything(client: &mut Customer, world: &World) {
    for (id, items) in &world.keys {
        let key = Id::from(id.as_str());
        client.carry_out(Op::ReadKey { key: Arc::clone(&key) }).await;
        if items.is_active() {
            client.carry_out(Op::UseKey { key }).await;
        }
    }
    for row in world.endpoints.keys() {
        let (_, id) = row.split_once('#').unwrap();
        client.carry_out(Op::ReadEndpoint { endpoint: id.into() }).await;
    }
}

/// What the clients were told of the keys' changes.
fn ledger(entries: &[Entry]) -> Result<Ledger, String> {
    let mut ledger = Ledger::default();
    for Entry { op, outcome, .. } in entries {
        let made = match outcome {
            Outcome::Done(Shown::Key { version, .. }) => Some(*version),
            _ => None,
        };
        match (op, outcome, made) {
            (Op::CreateKey { key, .. }, _, Some(version)) => ledger.made(key, version, "key.created")?,
            (Op::UpdateKey { key, .. }, _, Some(version)) => ledger.made(key, version, "key.updated")?,
            // What is there already is not restored once more.
            (Op::RestoreKey { seen, .. }, _, Some(version)) if version == *seen => {}
            (Op::RestoreKey { key, .. }, _, Some(version)) => ledger.made(key, version, "a restore")?,
            (Op::SwitchKey { key, .. } | Op::UndeleteKey { key }, _, Some(version)) => {
                ledger.perhaps_made(key, version)
            }
            (Op::PurgeKey { key, seen }, Outcome::Done(_), _) => ledger.made(key, seen + 1, "a purge")?,
            (Op::DeleteKey { key, seen }, Outcome::Done(_), _) => {
                ledger.made(key, seen + 1, "key.deleted")?
            }
            (Op::CreateKey { .. }, Outcome::Unknown, _) => ledger.uncertain_creation(),
            (
                Op::UpdateKey { key, .. }
                | Op::RestoreKey { key, .. }
                | Op::SwitchKey { key, .. }
                | Op::DeleteKey { key, .. }
                | Op::PurgeKey { key, .. }
                | Op::UndeleteKey { key },
                Outcome::Unknown,
                _,
            ) => ledger.uncertain(key),
            _ => {}
        }
    }
    Ok(ledger)
}

/// Gives its true id to what was created without an answer: nobody else has its title. What nobody created is left over.
fn find_what_was_not_answered(entries: &mut [Entry], world: &World) -> Vec<String> {
    let mut strangers = Vec::new();
    let keys = world.keys.iter().map(|(id, items)| (id.as_str(), &items.row));
    let endpoints =
        world.endpoints.iter().map(|(row, item)| (row.rsplit('#').next().unwrap_or_default(), item));
    for (id, row) in keys.chain(endpoints) {
        let title = if id.starts_with("whk_") { text(row, "name") } else { text(row, "title") };
        let mut made = entries.iter_mut().filter_map(|entry| {
            let is_unknown = entry.outcome == Outcome::Unknown;
            match &mut entry.op {
                Op::CreateKey { key: made, .. } | Op::CreateEndpoint { endpoint: made, .. } => {
                    Some((made, is_unknown))
                }
                _ => None,
            }
        });
        let found =
            made.find(|(made, is_unknown)| made.as_ref() == id || (*is_unknown && made.as_ref() == title));
        match found {
            Some((made, _)) => *made = id.into(),
            None => strangers.push(format!("nobody created {id}")),
        }
    }
    strangers
}

/// Some histories on a stack of their own, several at once. Each has its own seed, so one that failed is repeated alone.
async fn on_one_stack(seeds: impl Iterator<Item = u64>) -> Vec<Report> {
    let api = Api::start().await;
    let below = connection(api.stack().embedded());
    let tables = api.dynamodb();
    let run = |seed: u64| {
        let (below, tables) = (below.clone(), tables.clone());
        let account = format!("history-{seed:x}");
        let report = async move { (seed, history(&below, &tables, &account, seed).await) };
        tokio::spawn(report)
    };
    let told = |joined: Result<(u64, Report), JoinError>| {
        let (seed, report) = joined.expect("a history ends");
        let violations = report.violations.join("\n");
        assert!(violations.is_empty(), "KEYWARD_SEED={seed} KEYWARD_HISTORIES=1\n{violations}");
        report
    };
    let reports: Vec<Report> =
        stream::iter(seeds).map(run).buffer_unordered(AT_ONCE).map(told).collect().await;
    settle(&api).await;
    let orphans: Vec<_> = World::all(&tables).await.iter().flat_map(World::orphans).collect();
    assert!(orphans.is_empty(), "{orphans:#?}");
    reports
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_are_told_can_be_explained_and_what_is_stored_is_whole() {
    let (seed, histories) = (seed(0x6b65_7977_6172_6422), number("KEYWARD_HISTORIES").unwrap_or(HISTORIES));
    println!("KEYWARD_SEED={seed} KEYWARD_HISTORIES={histories}");
    let start = Instant::now();
    let mut reports = Vec::new();
    for done in (0..histories).step_by(PER_STACK) {
        let until = histories.min(done + PER_STACK as u64);
        reports.extend(on_one_stack((done..until).map(|number| seed.wrapping_add(number))).await);
    }
    let sum = |of: fn(&Report) -> usize| reports.iter().map(of).sum::<usize>();
    println!(
        "{histories} histories in {:?}: {} operations, {} without a certain outcome, {} undecided",
        start.elapsed(),
        sum(|report| report.operations),
        sum(|report| report.uncertain),
        sum(|report| usize::from(report.undecided)),
    );
    assert!(sum(|report| usize::from(report.undecided)) * 100 <= reports.len());
}
