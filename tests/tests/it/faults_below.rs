//! Requests of every kind while three in ten calls of DynamoDB and KMS fail, each in another way.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use keyward_functions::table::{Function, FunctionName, functions as functions_of_the_table};
use keyward_local::upstreams::Upstreams;
use serde_json::json;

use crate::{
    functions::{Asking, case},
    support::{
        Api, TABLE, VAULT,
        asked::Asked,
        faults::{Fate, Try, seeded_faults},
        invariants::{World, settle},
        keys::aws4,
        ledger::Ledger,
        outside::Outside,
        seeded::{Seeded, seed},
        services::{Functions, Told},
    },
};

const HOST: &str = "api.example.com";
const FAILING_PERCENT: u64 = 30;
const ROUNDS: usize = 25;
/// What API Gateway waits for a function.
const TIME_BUDGET: Duration = Duration::from_secs(29);

/// A client that asks for one thing after the other and remembers what it was told.
pub(crate) struct Clerk<'a> {
    functions: &'a Functions,
    seeded: Seeded,
    /// Keys, endpoints and webhooks with the version that was last seen.
    keys: BTreeMap<String, u64>,
    endpoints: BTreeMap<String, u64>,
    webhooks: BTreeMap<String, u64>,
    ledger: Ledger,
    asked: usize,
    failed: Vec<String>,
    longest: Duration,
}

/// A request of the clerk.
pub(crate) struct Request {
    pub(crate) asked: Asked,
    /// The key or the source that it is about; empty where it is about none.
    pub(crate) about: String,
    pub(crate) effect: Effect,
}

/// What the clerk remembers of a request's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    KeyMade,
    KeyRead,
    /// With the name of the change in the ledger.
    KeyChanged(&'static str),
    KeyDeleted,
    SourceMade,
    SourceRead,
    SourceChanged,
    SourceDeleted,
    WebhookMade,
    WebhookRead,
    WebhookChanged,
    WebhookDeleted,
}

impl Request {
    /// One whose answer is not remembered.
    pub(crate) const fn of(asked: Asked) -> Self {
        Self { asked, about: String::new(), effect: Effect::None }
    }
}

impl Clerk<'_> {
    /// A key that the clerk knows of.
    pub(crate) fn any_key(&mut self) -> Option<String> {
        let keys: Vec<String> = self.keys.keys().cloned().collect();
        self.any(&keys)
    }

    /// A request about a key that the clerk knows of.
    pub(crate) fn about_a_key(&mut self, asked: Asked) -> (Asked, String) {
        let key = self.any_key().unwrap_or_default();
        (asked.path("key_id", &key), key)
    }

    /// A request with this method about a source that the clerk knows of.
    pub(crate) fn about_a_source(&mut self, asked: Asked, method: &str) -> Option<(Asked, String)> {
        let sources: Vec<String> = self.endpoints.keys().cloned().collect();
        let source = self.any(&sources)?;
        let asked = asked.by(format!("{method} /v1/sources/{{source_id}}")).path("source_id", &source);
        Some((asked, source))
    }

    /// A request about a webhook that the clerk knows of.
    pub(crate) fn about_a_webhook(&mut self, asked: Asked) -> Option<(Asked, String)> {
        let webhooks: Vec<String> = self.webhooks.keys().cloned().collect();
        let webhook = self.any(&webhooks)?;
        Some((asked.path("webhook_id", &webhook), webhook))
    }

    /// The version that was last seen of a key, a source or a webhook.
    pub(crate) fn seen(&self, id: &str) -> u64 {
        let others = || self.endpoints.get(id).or_else(|| self.webhooks.get(id));
        self.keys.get(id).or_else(others).copied().unwrap_or_default()
    }

    /// A title that no other request has.
    pub(crate) fn title(&mut self) -> String {
        format!("Title {}", self.seeded.below(1_000_000))
    }

    /// A name for a request that may be repeated.
    pub(crate) fn once(&mut self) -> String {
        format!("once-{}", self.seeded.next())
    }

    /// One of these.
    pub(crate) fn any<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        self.seeded.pick(from).cloned()
    }

    /// A number below this.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.seeded.below(bound)
    }

    /// Whether something that happens so many times in a hundred happens now.
    pub(crate) const fn happens(&mut self, percent: u64) -> bool {
        self.seeded.happens(percent)
    }

    async fn ask(&mut self, name: FunctionName) {
        // Some keys must be left to ask about.
        let few = self.keys.is_empty() || (name == FunctionName::DeleteKey && self.keys.len() < 3);
        let name = if few { FunctionName::CreateKey } else { name };
        let Asking::As(ask) = case(name).asked else {
            panic!("tests/it/functions/{name}.rs does not say how the function is asked while AWS fails");
        };
        let Some(request) = ask(self, Asked::of(name.as_str(), "acme")) else { return };
        let mut told = self.tell(&request.asked).await;
        // A creation that is repeated under its name happens once.
        while told.status == 503 && request.asked.is_once() {
            told = self.tell(&request.asked).await;
        }
        self.remember(request.effect, request.about, &told);
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

    fn remember(&mut self, effect: Effect, about: String, told: &Told) {
        let version = told.body["version"].as_u64().unwrap_or_default();
        let done = (200..300).contains(&told.status);
        let id = |name: &str| told.body[name].as_str().expect("an id").to_owned();
        match effect {
            Effect::KeyMade if done => {
                self.ledger.made(&id("key_id"), version, "key.created").unwrap();
                self.keys.insert(id("key_id"), version);
            }
            Effect::KeyMade if told.status == 503 => self.ledger.uncertain_creation(),
            // What is restored may be what is there: then nothing was made.
            Effect::KeyChanged(_) if done && self.keys.get(&about) == Some(&version) => {}
            Effect::KeyChanged(change) if done => {
                self.ledger.made(&about, version, change).unwrap();
                self.keys.insert(about, version);
            }
            Effect::KeyDeleted if done => {
                let version = self.keys.remove(&about).unwrap_or_default();
                self.ledger.made(&about, version + 1, "key.deleted").unwrap();
            }
            Effect::KeyChanged(_) | Effect::KeyDeleted if told.status == 503 => self.ledger.uncertain(&about),
            Effect::KeyRead if done => drop(self.keys.insert(about, version)),
            Effect::KeyRead if told.status == 404 => drop(self.keys.remove(&about)),
            Effect::SourceMade if done => drop(self.endpoints.insert(id("source_id"), version)),
            Effect::SourceRead | Effect::SourceChanged if done => {
                self.endpoints.insert(about, version);
            }
            Effect::SourceDeleted if done => drop(self.endpoints.remove(&about)),
            Effect::SourceRead if told.status == 404 => drop(self.endpoints.remove(&about)),
            Effect::WebhookMade if done => drop(self.webhooks.insert(id("webhook_id"), version)),
            Effect::WebhookRead | Effect::WebhookChanged if done => {
                self.webhooks.insert(about, version);
            }
            Effect::WebhookDeleted if done => drop(self.webhooks.remove(&about)),
            Effect::WebhookRead if told.status == 404 => drop(self.webhooks.remove(&about)),
            Effect::None
            | Effect::KeyMade
            | Effect::KeyRead
            | Effect::KeyChanged(_)
            | Effect::KeyDeleted
            | Effect::SourceMade
            | Effect::SourceRead
            | Effect::SourceChanged
            | Effect::SourceDeleted
            | Effect::WebhookMade
            | Effect::WebhookRead
            | Effect::WebhookChanged
            | Effect::WebhookDeleted => {}
        }
    }
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
    let api = Api::start().await;
    let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
    let mut clerk = Clerk {
        functions: &functions,
        seeded: Seeded::new(seed),
        keys: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        webhooks: BTreeMap::new(),
        ledger: Ledger::default(),
        asked: 0,
        failed: Vec::new(),
        longest: Duration::ZERO,
    };
    for _ in 0..3 {
        let first = functions.ask(&Asked::of("create_key", "acme").body(aws4())).await;
        clerk.remember(Effect::KeyMade, String::new(), &first);
    }
    let plan_seed = clerk.seeded.next();
    functions.proxy().plan(seeded_faults(plan_seed, FAILING_PERCENT));
    let needs_permission =
        |function: &&Function| function.routes().iter().any(|route| route.permission.is_some());
    for _ in 0..ROUNDS {
        for function in functions_of_the_table().filter(needs_permission) {
            clerk.ask(function.name).await;
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
    let api = Api::start().await;
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
async fn a_transaction_that_met_another_one_waits_and_is_tried_again() {
    assert_eq!(change_with(&[Fate::Conflicts]).await, (200, 2, vec![1, 1]));
    assert_eq!(change_with(&[Fate::Conflicts; 6]).await, (200, 2, vec![1; 7]));
    assert_eq!(change_with(&[Fate::Conflicts, Fate::Unanswered]).await, (200, 2, vec![1, 1, 2]));
}

#[tokio::test]
async fn a_refusal_is_a_fault_of_ours_and_not_tried_again() {
    assert_eq!(change_with(&[Fate::Fails(400, "AccessDeniedException")]).await, (500, 1, vec![1]));
}

#[tokio::test]
async fn a_function_whose_time_is_nearly_over_says_so_instead_of_nothing() {
    let api = Api::start().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    functions.proxy().plan(Box::new(|_| Fate::HeldBefore));
    let asked = Asked::of("create_key", "acme").body(aws4());
    let told = functions.ask_within(&asked, 1).await;
    assert_eq!((told.status, told.code.as_str()), (503, "unavailable"));
    assert!(told.headers["retry-after"].is_string());
    assert!(api.items(TABLE).await.is_empty() && api.items(VAULT).await.is_empty());
}
