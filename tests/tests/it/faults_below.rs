//! Requests of every kind while three in ten calls of DynamoDB and KMS fail, each in another way.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use keyward_functions::table::routes;
use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use crate::support::{
    Api, TABLE, VAULT,
    asked::Asked,
    faults::{Fate, Try, seeded_faults},
    invariants::{World, settle},
    keys::{aws4, custom_http},
    ledger::Ledger,
    outside::Outside,
    seeded::{Seeded, seed},
    services::{Functions, Told},
};

const HOST: &str = "api.example.com";
const FAILING_PERCENT: u64 = 30;
const ROUNDS: usize = 25;
/// What API Gateway waits for a function.
const TIME_BUDGET: Duration = Duration::from_secs(29);

/// Somebody who asks for one thing after the other and remembers what was said.
struct Clerk<'a> {
    functions: &'a Functions,
    seeded: Seeded,
    /// Keys and endpoints with the version that was last seen.
    keys: BTreeMap<String, u64>,
    endpoints: BTreeMap<String, u64>,
    ledger: Ledger,
    asked: usize,
    failed: Vec<String>,
    longest: Duration,
}

impl Clerk<'_> {
    /// A request for this function about something that the clerk knows of.
    fn request(&mut self, function: &'static str) -> Option<(Asked, Option<String>)> {
        let asked = Asked::of(function, "acme");
        let keys: Vec<String> = self.keys.keys().cloned().collect();
        let key = self.seeded.pick(&keys).cloned().unwrap_or_default();
        let seen = self.keys.get(&key).copied().unwrap_or_default();
        let title = format!("Title {}", self.seeded.below(1_000_000));
        let about_key = || asked.clone().path("key_id", &key);
        let once = format!("once-{}", self.seeded.next());
        let fresh_origin = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
        let request = match function {
            "list_systems" | "list_keys" | "get_account" | "list_members" => asked,
            "update_member" | "remove_member" => {
                let body = json!({ "role": "editor" });
                let asked = asked.path("member_id", &format!("u-{}", self.seeded.below(4))).seen(0);
                if function == "update_member" { asked.body(body) } else { asked }
            }
            "invite_member" => {
                let email = format!("person-{}@acme.example", self.seeded.below(8));
                asked.body(json!({ "email": email, "role": "viewer" }))
            }
            "update_account" => asked.seen(self.seeded.below(3)).body(json!({ "title": title })),
            "get_system" => asked.path("system_id", "shopify"),
            "create_key" => asked.once(&once).body(aws4()),
            "get_key" | "list_key_versions" | "list_key_audit" | "list_key_uses" | "verify_key" => {
                about_key()
            }
            "update_key" if self.seeded.happens(50) => about_key().seen(seen).body(json!({ "title": title })),
            "update_key" => about_key().seen(seen).body(
                json!({ "title": title, "entries": { "default": { "fields": { "secret_key": once } } } }),
            ),
            "delete_key" => about_key().seen(seen),
            "sign_request" | "send_request" => {
                about_key().body(json!({ "method": "GET", "path": "/orders" }))
            }
            "resolve_key" => about_key().body(json!({ "environment": "live" })),
            "verify_draft" => asked.body(custom_http("token", json!({ "value": "t0ken" }))),
            "restore_key_version" => {
                about_key().path("version", "1").seen(seen).once(&once).body(fresh_origin)
            }
            "replace_key" => {
                let with = self.seeded.pick(&keys)?.clone();
                about_key().once(&once).body(json!({ "with": with, "dry_run": self.seeded.happens(50) }))
            }
            "operate_account" => {
                let about =
                    |method: &str| asked.clone().by(format!("{method} /v1/operator/accounts/{{account_id}}"));
                let account = format!("account-{}", self.seeded.below(8));
                let body = json!({
                    "title": title, "first_owner": { "email": format!("owner@{account}.example") },
                    "self_service_keys": true, "allowed_origins": [], "state": "active",
                });
                let asked = match self.seeded.below(3) {
                    0 => about("GET"),
                    1 => about("PUT").body(body),
                    _ => about("PUT").seen(1).body(body),
                };
                asked.path("account_id", &account)
            }
            "operate_client" => {
                let about =
                    |method: &str| asked.clone().by(format!("{method} /v1/operator/clients/{{client_id}}"));
                let permission = *self.seeded.pick(&["keys:use", "keys:read"])?;
                let body = json!({
                    "account_id": "acme", "environment": "live", "permissions": [permission], "state": "active",
                });
                let asked = match self.seeded.below(4) {
                    0 => about("GET"),
                    1 => about("PUT").body(body),
                    2 => about("PUT").seen(1).body(body),
                    _ => about("DELETE").seen(1),
                };
                asked.path("client_id", &format!("client-{}", self.seeded.below(4)))
            }
            "create_endpoint" => asked.by("POST /v1/sources".to_owned()).once(&once).body(source(&key)),
            "list_endpoints" => asked.by("GET /v1/sources".to_owned()),
            "get_endpoint" | "update_endpoint" | "delete_endpoint" => {
                let endpoints: Vec<String> = self.endpoints.keys().cloned().collect();
                let endpoint = self.seeded.pick(&endpoints)?.clone();
                let verb = function.split('_').next().map(|verb| match verb {
                    "get" => "GET",
                    "update" => "PATCH",
                    _ => "DELETE",
                })?;
                let about =
                    asked.by(format!("{verb} /v1/sources/{{source_id}}")).path("source_id", &endpoint);
                let about = if verb == "GET" { about } else { about.seen(self.endpoints[&endpoint]) };
                let patches =
                    [json!({ "active": true }), json!({ "active": false }), json!({ "key_id": key })];
                let patch = self.seeded.pick(&patches)?.clone();
                return Some((if verb == "PATCH" { about.body(patch) } else { about }, Some(endpoint)));
            }
            other => panic!("say here how {other} is asked"),
        };
        Some((request, Some(key)))
    }

    async fn ask(&mut self, function: &'static str) {
        // Some keys must be left to ask about.
        let few = self.keys.is_empty() || (function == "delete_key" && self.keys.len() < 3);
        let function = if few { "create_key" } else { function };
        let Some((request, about)) = self.request(function) else { return };
        let mut told = self.tell(&request).await;
        // A creation that is repeated under its name happens once.
        while told.status == 503 && request.is_once() {
            told = self.tell(&request).await;
        }
        self.remember(function, about.unwrap_or_default(), &told);
    }

    async fn tell(&mut self, request: &Asked) -> Told {
        let start = Instant::now();
        let told = self.functions.ask(request).await;
        self.longest = self.longest.max(start.elapsed());
        self.asked += 1;
        let retry = told.headers["retry-after"].is_string();
        let deliberate = (200..500).contains(&told.status) || (told.status == 503 && retry);
        // A system that cannot be reached is an outcome of its own.
        if !deliberate && !matches!(told.status, 502 | 504) {
            self.failed.push(format!("{}: {told:?}", request.function));
        }
        told
    }

    fn remember(&mut self, function: &'static str, about: String, told: &Told) {
        let version = told.body["version"].as_u64().unwrap_or_default();
        let done = (200..300).contains(&told.status);
        match function {
            "create_key" if done => {
                let id = told.body["key_id"].as_str().expect("an id").to_owned();
                self.ledger.made(&id, version, "key.created").unwrap();
                self.keys.insert(id, version);
            }
            "create_key" if told.status == 503 => self.ledger.uncertain_creation(),
            // What is restored may be what is there: then nothing was made.
            "restore_key_version" if done && self.keys.get(&about) == Some(&version) => {}
            "update_key" | "restore_key_version" if done => {
                let action = if function == "update_key" { "key.updated" } else { "a restore" };
                self.ledger.made(&about, version, action).unwrap();
                self.keys.insert(about, version);
            }
            "delete_key" if done => {
                let version = self.keys.remove(&about).unwrap_or_default();
                self.ledger.made(&about, version + 1, "key.deleted").unwrap();
            }
            "update_key" | "restore_key_version" | "delete_key" if told.status == 503 => {
                self.ledger.uncertain(&about);
            }
            "get_key" if done => drop(self.keys.insert(about, version)),
            "get_key" if told.status == 404 => drop(self.keys.remove(&about)),
            "create_endpoint" if done => {
                let id = told.body["source_id"].as_str().expect("an id").to_owned();
                self.endpoints.insert(id, version);
            }
            "get_endpoint" | "update_endpoint" if done => drop(self.endpoints.insert(about, version)),
            "delete_endpoint" if done => drop(self.endpoints.remove(&about)),
            "get_endpoint" if told.status == 404 => drop(self.endpoints.remove(&about)),
            _ => {}
        }
    }
}

fn source(key: &str) -> Value {
    json!({
        "title": "Orders", "system_id": "custom-http", "function": "orders", "trigger": { "type": "manual" },
        "environment": "live", "key_id": key, "organization": null, "settings": {}, "active": true,
    })
}

/// The most tries that one call took.
fn most_tries(tries: impl IntoIterator<Item = Try>) -> u32 {
    let mut invocations: BTreeMap<String, u32> = BTreeMap::new();
    for tried in tries {
        let seen = invocations.entry(tried.invocation).or_default();
        *seen += 1;
        assert_eq!(*seen, tried.attempt, "{}", tried.operation);
    }
    invocations.into_values().max().unwrap_or_default()
}

#[tokio::test]
async fn every_request_ends_well_or_says_when_to_come_back_while_aws_fails() {
    let seed = seed(0x6b65_7977_6172_6421);
    println!("KEYWARD_SEED={seed}");
    let outside = Outside::start(&[HOST]).await;
    let api = Api::start_in_memory().await;
    let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
    let mut clerk = Clerk {
        functions: &functions,
        seeded: Seeded::new(seed),
        keys: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        ledger: Ledger::default(),
        asked: 0,
        failed: Vec::new(),
        longest: Duration::ZERO,
    };
    for _ in 0..3 {
        let first = functions.ask(&Asked::of("create_key", "acme").body(aws4())).await;
        clerk.remember("create_key", String::new(), &first);
    }
    let plan_seed = clerk.seeded.next();
    functions.proxy().plan(seeded_faults(plan_seed, FAILING_PERCENT));
    let mut kinds: Vec<_> = routes()
        .filter(|(_, route)| route.permission.is_some())
        .map(|(function, _)| function.name.as_str())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    for _ in 0..ROUNDS {
        for kind in &kinds {
            clerk.ask(kind).await;
        }
    }
    assert!(clerk.asked > 300, "{}", clerk.asked);
    assert!(clerk.failed.is_empty(), "{} of {}: {:#?}", clerk.failed.len(), clerk.asked, clerk.failed);
    assert!(clerk.longest < TIME_BUDGET, "{:?}", clerk.longest);
    assert_eq!(most_tries(functions.proxy().tries().into_iter().map(|(tried, _)| tried)), 3);

    settle(&api).await;
    let world = World::read(&api.dynamodb(), "acme").await;
    let mut violations = world.violations();
    violations.extend(world.orphans());
    violations.extend(clerk.ledger.violations(&world));
    assert!(violations.is_empty(), "{violations:#?}");
}

/// What a change of a key's title comes to when its first transactions end like this, and how many there were.
async fn change_with(fates: &'static [Fate]) -> (u64, u64, Vec<u32>) {
    let api = Api::start_in_memory().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let key = functions.ask(&Asked::of("create_key", "acme").body(aws4())).await.body;
    let key = key["key_id"].as_str().unwrap();
    functions.calls();
    let mut fates = fates.iter();
    functions.proxy().plan(Box::new(move |tried| match tried.operation.as_str() {
        "TransactWriteItems" => fates.next().copied().unwrap_or(Fate::Passes),
        _ => Fate::Passes,
    }));
    let change = Asked::of("update_key", "acme").path("key_id", key).seen(1);
    let told = functions.ask(&change.body(json!({ "title": "Another title" }))).await;
    let tries = functions.proxy().tries().into_iter().map(|(tried, _)| tried);
    let attempts = tries.filter(|tried| tried.operation == "TransactWriteItems").map(|tried| tried.attempt);
    let world = World::read(&api.dynamodb(), "acme").await;
    assert_eq!(world.violations(), Vec::<String>::new());
    (told.status, world.keys[key].version(), attempts.collect())
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_the_change_is_made_once() {
    assert_eq!(change_with(&[Fate::Unanswered]).await, (200, 2, vec![1, 2]));
    assert_eq!(change_with(&[Fate::Unanswered, Fate::FailsInFront(503)]).await, (200, 2, vec![1, 2, 3]));
    // Three lost answers leave the caller in doubt, who is told so.
    assert_eq!(change_with(&[Fate::Unanswered; 3]).await, (503, 2, vec![1, 2, 3]));
}

#[tokio::test]
async fn what_was_not_heard_is_tried_three_times() {
    assert_eq!(
        change_with(&[Fate::Unheard, Fate::Fails(400, "ThrottlingException")]).await,
        (200, 2, vec![1, 2, 3])
    );
    assert_eq!(change_with(&[Fate::Unheard; 3]).await, (503, 1, vec![1, 2, 3]));
}

#[tokio::test]
async fn a_cancelled_transaction_is_left_to_the_caller() {
    assert_eq!(change_with(&[Fate::Conflicts]).await, (503, 1, vec![1]));
}

#[tokio::test]
async fn a_refusal_is_a_fault_of_ours_and_not_tried_again() {
    assert_eq!(change_with(&[Fate::Fails(400, "AccessDeniedException")]).await, (500, 1, vec![1]));
}

#[tokio::test]
async fn a_function_whose_time_is_nearly_over_says_so_instead_of_nothing() {
    let api = Api::start_in_memory().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    functions.proxy().plan(Box::new(|_| Fate::HeldBefore));
    let asked = Asked::of("create_key", "acme").body(aws4());
    let told = functions.ask_within(&asked, 1).await;
    assert_eq!((told.status, told.code.as_str()), (503, "unavailable"));
    assert!(told.headers["retry-after"].is_string());
    assert!(api.items(TABLE).await.is_empty() && api.items(VAULT).await.is_empty());
}
