//! Whoever lost a right uses nothing from then on, and reads nothing a minute later.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use keyward_functions::{
    compose::compose,
    services::Services,
    system::SystemClock,
    table::{
        Function, FunctionName, Route,
        looks::{self, Look},
        routes,
    },
};
use keyward_local::{stack::connection, upstreams::Upstreams};
use keyward_shared::{moment::Clock, permission::Permission};
use reqwest::Method;
use serde_json::json;

use super::{Loss, client, member, read, write};
use crate::{
    rules::{Named, body},
    support::{
        Api, Who,
        asked::Asked,
        callers::{self, OWNER},
        keys::{Item, aws4},
        services::{Functions, config},
    },
};

/// A request to a route by the account's machine client, or by its owner where no machine may.
pub(super) fn asked(function: &Function, route: &Route, named: &Named) -> (Asked, Item) {
    let mut asked = Asked::of(function.name.as_str(), "acme").by(route.key()).seen(1);
    for part in route.path.split('/') {
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            asked = asked.path(name, &named.value(name));
        }
    }
    let own = match route.permission {
        Some(Permission::AccountAdmin) => member("acme", OWNER),
        _ => client(&callers::machine("acme")),
    };
    (asked.body(body(function, route)), own)
}

#[tokio::test]
async fn whoever_lost_a_right_uses_and_reads_nothing_by_any_route() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    callers::admit(&api.callers_rows(), "acme").await;
    let mut tried = 0;
    for (function, route) in routes().filter(|(_, route)| route.permission.is_some()) {
        match looks::of(function) {
            Look::WithTheKey | Look::Lately => {}
            Look::InTheTransaction => continue,
            Look::Never(why) => {
                assert!(function.rights.is_empty() && !why.is_empty(), "{}", function.name);
                continue;
            }
        }
        let (asked, own) = asked(function, route, &named);
        for loss in Loss::ALL {
            let (place, lost) = loss.row(&own, &read(&api, &own).await);
            let whole = read(&api, &place).await;
            write(&api, &place, lost).await;
            let before = api.everything().await;
            // A process that has not looked yet.
            let functions = Functions::of(&api, Upstreams::default()).await;
            let told = functions.ask_as_it_is(&asked).await;
            assert_eq!((told.status, &*told.code), told_of(loss), "{loss:?} {}", route.key());
            assert!(!functions.calls().contains(&"Decrypt".to_owned()), "{}", route.key());
            assert_eq!(api.everything().await, before, "{loss:?} {}", route.key());
            write(&api, &place, Some(whole)).await;
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}

fn told_of(loss: Loss) -> (u64, &'static str) {
    let (status, code) = loss.told();
    (u64::from(status), code)
}

#[tokio::test]
async fn a_use_ends_with_the_right_also_in_a_process_that_used_the_key_before() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let sign = Asked::of("sign_request", "acme").path("key_id", &key.id);
    let sign = sign.body(json!({ "method": "GET", "path": "/orders" }));
    assert_eq!(functions.ask(&sign).await.status, 200);
    let own = client(&callers::machine("acme"));
    let whole = read(&api, &own).await;
    write(&api, &own, None).await;
    assert_eq!(functions.ask_as_it_is(&sign).await.status, 401);
    let (place, suspended) = Loss::Suspended.row(&own, &whole);
    write(&api, &place, suspended).await;
    assert_eq!(functions.ask_as_it_is(&sign).await.status, 403);
    write(&api, &own, Some(whole)).await;
    assert_eq!(functions.ask_as_it_is(&sign).await.status, 200);
}

#[tokio::test]
async fn a_person_who_may_try_keys_no_more_tries_none() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let token = api.token(Who::Editor).unwrap();
    let editor = api.stack().sign_in().sub_of("editor@acme.example").unwrap();
    let own = member("acme", &editor);
    let (place, viewer) = Loss::LessRights.row(&own, &read(&api, &own).await);
    write(&api, &place, viewer).await;
    let before = api.everything().await;
    let answer = api.call_with(&token, Method::POST, &format!("{}/verify", key.path)).send().await;
    assert_eq!(answer.outcome(), (403, "forbidden".to_owned()));
    assert_eq!(api.everything().await, before);
}

/// A clock that is so many seconds ahead.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicI64>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn reading_ends_a_minute_after_the_right() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let clock = Ahead::default();
    let outside = Upstreams::default().outside();
    let services = Services::new(config(connection(api.stack().embedded())), clock.clone(), outside);
    let function = compose(FunctionName::GetKey, &Arc::new(services)).unwrap().http().unwrap();
    let status = async || {
        let event = Asked::of("get_key", "acme").path("key_id", &key.id).event();
        let until = clock.now() + SignedDuration::from_secs(25);
        function(serde_json::from_value(event).unwrap(), until).await.status_code
    };
    assert_eq!(status().await, 200);
    let own = client(&callers::machine("acme"));
    write(&api, &own, None).await;
    assert_eq!(status().await, 200);
    clock.0.store(60, Ordering::Relaxed);
    assert_eq!(status().await, 401);
}
