//! The clients of a history: each asks for one thing after the other, by chance, of what all of them know of and with the
//! versions that it has itself seen.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};

use super::{
    checker::Entry,
    model::{Content, Id, Op, Outcome, Patch, Shown},
};
use crate::support::{
    asked::Asked,
    keys::aws4,
    seeded::Seeded,
    services::{Functions, Told},
};

/// The most keys and endpoints of a history: few, so that the clients get into each other's way.
const MAX_KEYS: usize = 3;
const MAX_ENDPOINTS: usize = 4;
/// How often a creation is repeated under its `Idempotency-Key` before a client gives up.
const MAX_REPEATS: u32 = 4;

/// What the clients of a history share.
pub(super) struct Scene {
    pub(super) account: String,
    pub(super) functions: Functions,
    pub(super) entries: Mutex<Vec<Entry>>,
    pub(super) keys: Mutex<Vec<Id>>,
    pub(super) endpoints: Mutex<Vec<Id>>,
    /// Answers that no client may get.
    pub(super) unexpected: Mutex<Vec<String>>,
    moments: AtomicU64,
    names: AtomicU64,
}

impl Scene {
    pub(super) fn new(account: String, functions: Functions) -> Self {
        Self {
            account,
            functions,
            entries: Mutex::default(),
            keys: Mutex::default(),
            endpoints: Mutex::default(),
            unexpected: Mutex::default(),
            moments: AtomicU64::new(0),
            names: AtomicU64::new(1),
        }
    }

    fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    /// A number that stands for something new.
    fn name(&self) -> u64 {
        self.names.fetch_add(1, Ordering::SeqCst)
    }
}

/// One client.
pub(super) struct Customer {
    scene: Arc<Scene>,
    seeded: Seeded,
    seen: BTreeMap<Id, u64>,
}

impl Customer {
    pub(super) const fn new(scene: Arc<Scene>, seeded: Seeded) -> Self {
        Self { scene, seeded, seen: BTreeMap::new() }
    }

    /// Does so many things.
    pub(super) async fn work(&mut self, operations: u64) {
        for _ in 0..operations {
            if let Some(op) = self.choose().await {
                self.carry_out(op).await;
            }
        }
    }

    pub(super) async fn create_key(&mut self) {
        let content = Content { title: self.scene.name(), secret: self.scene.name() };
        self.carry_out(Op::CreateKey { key: title(content.title).into(), content }).await;
    }

    async fn choose(&mut self) -> Option<Op> {
        let keys = self.scene.keys.lock().unwrap().clone();
        let endpoints = self.scene.endpoints.lock().unwrap().clone();
        let key = self.seeded.pick(&keys)?.clone();
        let endpoint = self.seeded.pick(&endpoints).cloned();
        let chance = self.seeded.below(100);
        match chance {
            0..5 if keys.len() < MAX_KEYS => {
                self.create_key().await;
                None
            }
            0..12 => Some(Op::ReadKey { key }),
            12..20 => Some(Op::UseKey { key }),
            20..38 => {
                let (seen, title) = (self.version(&key).await?, self.scene.name());
                let secret = self.seeded.happens(50).then(|| self.scene.name());
                Some(Op::UpdateKey { key, seen, title, secret })
            }
            38..46 => {
                let seen = self.version(&key).await?;
                let version = 1 + self.seeded.below(seen.checked_sub(1).filter(|older| *older > 0)?);
                Some(Op::RestoreKey { key, seen, version })
            }
            46..50 => Some(Op::SwitchKey { key, is_disabled: self.seeded.happens(50) }),
            50..53 => Some(Op::DeleteKey { seen: self.version(&key).await?, key }),
            53..54 => Some(Op::PurgeKey { seen: self.version(&key).await?, key }),
            54..57 => Some(Op::UndeleteKey { key }),
            57..67 if endpoints.len() < MAX_ENDPOINTS => {
                let endpoint = format!("Endpoint {}", self.scene.name()).into();
                Some(Op::CreateEndpoint { endpoint, key, active: self.seeded.happens(80) })
            }
            57..61 => Some(Op::ReadEndpoint { endpoint: endpoint? }),
            61..95 => {
                let endpoint = endpoint?;
                let seen = self.version(&endpoint).await?;
                let patch = match self.seeded.below(3) {
                    0 => Patch::Active(false),
                    1 => Patch::Active(true),
                    _ => Patch::Key(key),
                };
                Some(Op::UpdateEndpoint { endpoint, seen, patch })
            }
            _ => {
                let endpoint = endpoint?;
                Some(Op::DeleteEndpoint { seen: self.version(&endpoint).await?, endpoint })
            }
        }
    }

    /// The version that was last seen, or a new look at it.
    async fn version(&mut self, id: &Id) -> Option<u64> {
        if !self.seen.contains_key(id) || self.seeded.happens(25) {
            let read = if id.starts_with("key_") {
                Op::ReadKey { key: Arc::clone(id) }
            } else {
                Op::ReadEndpoint { endpoint: Arc::clone(id) }
            };
            self.carry_out(read).await;
        }
        self.seen.get(id).copied()
    }

    /// Asks for it until the answer says something, and writes down what it was.
    pub(super) async fn carry_out(&mut self, op: Op) {
        let asked = self.request(&op);
        let called = self.scene.moment();
        let mut told = self.scene.functions.ask(&asked).await;
        let mut repeats = 0;
        while told.status == 503 && asked.is_once() && repeats < MAX_REPEATS {
            told = self.scene.functions.ask(&asked).await;
            repeats += 1;
        }
        let answered = self.scene.moment();
        let Some(outcome) = outcome(&op, &told) else {
            self.scene.unexpected.lock().unwrap().push(format!("{op:?} {told:?}"));
            return;
        };
        // A repetition shows what is there now, which others may have changed or deleted since.
        let outcome = match (&op, outcome) {
            (Op::RestoreKey { seen, .. }, Outcome::Done(Shown::Key { version, .. }))
                if repeats > 0 && version > seen + 1 =>
            {
                Outcome::Unknown
            }
            (Op::RestoreKey { .. }, Outcome::NotFound) if repeats > 0 => Outcome::Unknown,
            (_, outcome) => outcome,
        };
        let op = self.learn(op, &outcome, &told);
        // A read without an answer says nothing and does nothing.
        let is_read = matches!(op, Op::ReadKey { .. } | Op::UseKey { .. } | Op::ReadEndpoint { .. });
        if !(is_read && outcome == Outcome::Unknown) {
            self.scene.entries.lock().unwrap().push(Entry { op, outcome, called, answered });
        }
    }

    fn request(&self, op: &Op) -> Asked {
        let of = |function| Asked::of(function, &self.scene.account);
        let about = |function, key: &Id| of(function).path("key_id", key);
        match op {
            Op::CreateKey { content, .. } => {
                let mut body = aws4();
                body["title"] = json!(title(content.title));
                body["entries"]["default"]["fields"]["secret_key"] = json!(secret(content.secret));
                of("create_key").once(&title(content.title).replace(' ', "-")).body(body)
            }
            Op::ReadKey { key } => about("get_key", key),
            Op::UseKey { key } => about("resolve_key", key).body(json!({ "environment": "live" })),
            Op::UpdateKey { key, seen, title: new, secret: None } => {
                about("update_key", key).seen(*seen).body(json!({ "title": title(*new) }))
            }
            Op::UpdateKey { key, seen, title: new, secret: Some(value) } => {
                let fields = json!({ "secret_key": secret(*value) });
                let patch = json!({ "title": title(*new), "entries": { "default": { "fields": fields } } });
                about("update_key", key).seen(*seen).body(patch)
            }
            Op::RestoreKey { key, seen, version } => about("restore_key_version", key)
                .path("version", &version.to_string())
                .seen(*seen)
                .once(&format!("restore-{}", self.scene.name()))
                .body(json!({ "auth": "aws4", "origins": ["https://api.example.com"] })),
            Op::SwitchKey { key, is_disabled: true } => about("disable_key", key),
            Op::SwitchKey { key, is_disabled: false } => about("enable_key", key),
            Op::DeleteKey { key, seen } => about("delete_key", key).seen(*seen),
            Op::PurgeKey { key, seen } => about("delete_key", key).seen(*seen).query("purge=now"),
            Op::UndeleteKey { key } => about("undelete_key", key),
            Op::CreateEndpoint { endpoint, key, active } => {
                let kind = Kind::of_new(endpoint);
                of(kind.function("create"))
                    .by(format!("POST /v1/{}s", kind.name()))
                    .once(&endpoint.replace(' ', "-"))
                    .body(kind.body(endpoint, key, *active))
            }
            Op::ReadEndpoint { endpoint } => endpoint_request(of, "get", endpoint),
            Op::UpdateEndpoint { endpoint, seen, patch } => {
                let patch = match patch {
                    Patch::Active(active) => json!({ "active": active }),
                    Patch::Key(key) => json!({ "key_id": key.as_ref() }),
                };
                endpoint_request(of, "update", endpoint).seen(*seen).body(patch)
            }
            Op::DeleteEndpoint { endpoint, seen } => endpoint_request(of, "delete", endpoint).seen(*seen),
        }
    }

    /// Remembers versions, and tells the others of what is new. What was created has its true id from here on.
    fn learn(&mut self, op: Op, outcome: &Outcome, told: &Told) -> Op {
        let version = match outcome {
            Outcome::Done(Shown::Key { version, .. } | Shown::Endpoint { version, .. }) => Some(*version),
            _ => None,
        };
        let created = version.is_some();
        let op = match op {
            Op::CreateKey { content, .. } if created => {
                let key: Id = told.body["key_id"].as_str().expect("an id").into();
                self.scene.keys.lock().unwrap().push(Arc::clone(&key));
                Op::CreateKey { key, content }
            }
            Op::CreateEndpoint { key, active, .. } if created => {
                let id = |kind: Kind| told.body[format!("{}_id", kind.name())].as_str();
                let endpoint: Id = Kind::ALL.into_iter().find_map(id).expect("an id").into();
                self.scene.endpoints.lock().unwrap().push(Arc::clone(&endpoint));
                Op::CreateEndpoint { endpoint, key, active }
            }
            other => other,
        };
        let (Op::CreateKey { key: id, .. }
        | Op::ReadKey { key: id }
        | Op::UseKey { key: id }
        | Op::UpdateKey { key: id, .. }
        | Op::RestoreKey { key: id, .. }
        | Op::SwitchKey { key: id, .. }
        | Op::DeleteKey { key: id, .. }
        | Op::PurgeKey { key: id, .. }
        | Op::UndeleteKey { key: id }
        | Op::CreateEndpoint { endpoint: id, .. }
        | Op::ReadEndpoint { endpoint: id }
        | Op::UpdateEndpoint { endpoint: id, .. }
        | Op::DeleteEndpoint { endpoint: id, .. }) = &op;
        let version = match &op {
            // The deleted key is at the next version, for whoever purges it.
            Op::DeleteKey { seen, .. } if *outcome == Outcome::Done(Shown::Nothing) => Some(seen + 1),
            _ => version,
        };
        match (version, outcome) {
            (Some(version), _) => drop(self.seen.insert(Arc::clone(id), version)),
            // Whoever is told of another version looks again.
            (None, Outcome::Stale) => drop(self.seen.remove(id)),
            (None, _) => {}
        }
        op
    }
}

/// What uses keys: the guard knows no difference between these.
#[derive(Clone, Copy)]
enum Kind {
    Source,
    Destination,
    Webhook,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Source, Self::Destination, Self::Webhook];

    /// That of one which has a title and no id yet.
    fn of_new(title: &Id) -> Self {
        let number = title.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok());
        Self::ALL[number.expect("a number") % Self::ALL.len()]
    }

    /// That of one with this id.
    fn of(id: &Id) -> Self {
        match id.get(..4) {
            Some("src_") => Self::Source,
            Some("dst_") => Self::Destination,
            _ => Self::Webhook,
        }
    }

    /// The function that does this with it.
    const fn function(self, deed: &'static str) -> &'static str {
        match (self, deed.as_bytes()) {
            (Self::Webhook, b"create") => "create_webhook",
            (Self::Webhook, b"get") => "get_webhook",
            (Self::Webhook, b"update") => "update_webhook",
            (Self::Webhook, _) => "delete_webhook",
            (Self::Source | Self::Destination, b"create") => "create_endpoint",
            (Self::Source | Self::Destination, b"get") => "get_endpoint",
            (Self::Source | Self::Destination, b"update") => "update_endpoint",
            (Self::Source | Self::Destination, _) => "delete_endpoint",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Webhook => "webhook",
        }
    }

    fn body(self, title: &Id, key: &Id, active: bool) -> Value {
        let trigger = match self {
            Self::Source => "manual",
            Self::Destination => "real_time",
            Self::Webhook => {
                return json!({
                    "name": title.as_ref(), "event_types": ["order.created"], "path": "/hooks",
                    "environment": "live", "key_id": key.as_ref(), "active": active,
                });
            }
        };
        json!({
            "title": title.as_ref(), "system_id": "custom-http", "function": "orders", "trigger": { "type": trigger },
            "environment": "live", "key_id": key.as_ref(), "organization": null, "settings": {}, "active": active,
        })
    }
}

fn endpoint_request(of: impl Fn(&'static str) -> Asked, deed: &'static str, endpoint: &Id) -> Asked {
    let kind = Kind::of(endpoint);
    let method = match deed {
        "get" => "GET",
        "update" => "PATCH",
        _ => "DELETE",
    };
    let parameter = format!("{}_id", kind.name());
    of(kind.function(deed))
        .by(format!("{method} /v1/{}s/{{{parameter}}}", kind.name()))
        .path(&parameter, endpoint)
}

fn title(number: u64) -> String {
    format!("Title {number}")
}

fn secret(number: u64) -> String {
    format!("secret-{number}")
}

/// The number at the end of a text of ours.
fn number(text: &Value) -> Option<u64> {
    text.as_str()?.rsplit([' ', '-']).next()?.parse().ok()
}

/// What an answer says; `None` for one that nobody may get.
fn outcome(op: &Op, told: &Told) -> Option<Outcome> {
    let of_endpoint = matches!(op, Op::CreateEndpoint { .. } | Op::UpdateEndpoint { .. });
    Some(match (told.status, told.code.as_str()) {
        (503, "unavailable") => Outcome::Unknown,
        (412, "stale-version") => Outcome::Stale,
        (404, "not-found") => Outcome::NotFound,
        (409, "key-in-use") => Outcome::InUse,
        (409, "key-disabled") => Outcome::Disabled,
        (409 | 422, _) if of_endpoint => Outcome::NoKey,
        (204, _) => Outcome::Done(Shown::Nothing),
        (200 | 201, _) => Outcome::Done(shown(op, &told.body)?),
        _ => return None,
    })
}

fn shown(op: &Op, body: &Value) -> Option<Shown> {
    Some(match op {
        Op::UseKey { .. } => Shown::Secret {
            version: body["key_version"].as_u64()?,
            secret: number(&body["fields"]["secret_key"])?,
        },
        Op::CreateEndpoint { .. } | Op::ReadEndpoint { .. } | Op::UpdateEndpoint { .. } => Shown::Endpoint {
            version: body["version"].as_u64()?,
            active: body["active"].as_bool()?,
            key: body["key_id"].as_str()?.into(),
        },
        _ => Shown::Key {
            version: body["version"].as_u64()?,
            title: number(&body["title"])?,
            uses: body["active_uses"].as_u64()?,
            is_disabled: body["state"] == "disabled",
        },
    })
}
