//! One walk through every function, in every way in which it makes other calls of AWS.

mod behind;
mod connecting;
mod events;
mod keys;
mod links;
mod machines;
mod operating;
mod uses;

use std::collections::BTreeSet;

use keyward_functions::table::routes;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    rules::method,
    support::{
        Answer, Api, Who,
        outside::Outside,
        recorder::{Need, Recorder},
    },
};

const HOSTS: [&str; 2] = ["api.example.com", "login.example.com"];

/// What was seen on the walk.
pub(super) struct Seen {
    /// What the calls need.
    pub(super) needs: BTreeSet<Need>,
    /// The routes that were asked.
    pub(super) routes: BTreeSet<String>,
}

/// The walk, made once for all tests of a process.
pub(super) async fn seen() -> &'static Seen {
    static SEEN: OnceCell<Seen> = OnceCell::const_new();
    SEEN.get_or_init(walk).await
}

struct Tour {
    api: Api,
    outside: Outside,
    recorder: Recorder,
    routes: BTreeSet<String>,
}

async fn walk() -> Seen {
    let outside = Outside::start(&HOSTS).await;
    let recorder = Recorder::keeping();
    let api = Api::start_watched(outside.upstreams(&HOSTS), recorder.clone()).await;
    let mut tour = Tour { api, outside, recorder: recorder.clone(), routes: BTreeSet::new() };
    tour.look_around().await;
    tour.change_keys().await;
    tour.switch_keys().await;
    tour.restore_keys().await;
    tour.link_keys().await;
    tour.replace_keys().await;
    tour.let_machines_change().await;
    tour.let_machines_look().await;
    tour.use_keys().await;
    tour.send_events().await;
    tour.operate().await;
    tour.connect_keys().await;
    tour.api.drain_stream().await;
    tour.damage_records().await;
    tour.work_behind().await;
    Seen { needs: recorder.kept(), routes: tour.routes }
}

impl Tour {
    /// Asks a route. `names` stand in the places of its path, in their order; a query may follow.
    async fn ask(
        &mut self,
        who: Who,
        (key, names, query): (&str, &[&str], &str),
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let route = routes().map(|(_, route)| route).find(|route| route.key() == key).expect(key);
        self.routes.insert(key.to_owned());
        let mut names = names.iter();
        let part = |part| if str::starts_with(part, '{') { *names.next().expect("a name") } else { part };
        let path = route.path.split('/').map(part).collect::<Vec<_>>().join("/");
        let path = if path.starts_with('/') { path } else { "/nowhere".to_owned() };
        let call = self.api.call(who, method(route), &format!("{path}{query}"));
        let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        if body.is_null() { call.send().await } else { call.json(body).send().await }
    }

    async fn get(&mut self, key: &str, names: &[&str]) -> Value {
        self.ask(Who::Owner, (key, names, ""), &[], &Value::Null).await.expect(200).json()
    }

    async fn post(&mut self, key: &str, names: &[&str], body: &Value) -> Value {
        let answer = self.ask(Who::Owner, (key, names, ""), &[], body).await;
        assert!(answer.status.is_success(), "{key}: {}", answer.text);
        answer.json()
    }

    /// Twice, as one request.
    async fn post_once(&mut self, key: &str, names: &[&str], seen: u64, body: &Value) -> Value {
        let route: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        let (name, seen) = (format!("{route}-{}-{seen}", names.concat()), format!("\"{seen}\""));
        let headers = [("idempotency-key", &*name), ("if-match", &*seen)];
        let first = self.ask(Who::Owner, (key, names, ""), &headers, body).await.json();
        let second = self.ask(Who::Owner, (key, names, ""), &headers, body).await;
        assert!(second.status.is_success(), "{key}: {}", second.text);
        first
    }

    async fn patch(&mut self, key: &str, name: &str, seen: u64, body: &Value) {
        let seen = [("if-match", &*format!("\"{seen}\""))];
        self.ask(Who::Owner, (key, &[name], ""), &seen, body).await.expect(200);
    }

    async fn delete(&mut self, key: &str, name: &str, seen: u64) -> Answer {
        let seen = [("if-match", &*format!("\"{seen}\""))];
        self.ask(Who::Owner, (key, &[name], ""), &seen, &Value::Null).await
    }

    /// Stores a key.
    async fn store(&mut self, body: &Value) -> String {
        id(&self.post("POST /v1/keys", &[], body).await, "key_id")
    }
}

fn id(view: &Value, name: &str) -> String {
    view[name].as_str().expect(name).to_owned()
}
