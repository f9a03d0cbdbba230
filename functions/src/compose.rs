//! Composition: each function gets just the ports that its handler takes.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    error::Error,
    moment::{Clock, Moment, Random},
};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use serde_json::Value;

use crate::{
    aws::{
        Tables, clients,
        data_keys::Remembering,
        fingerprints::Fingerprinting,
        user_pool::UserPool,
        wrapping::{Rewrapping, Unwrapping, Wrapping},
    },
    config::Config,
    edge::{self, Answer, Failure, Request, Time},
    handlers::{
        create_endpoint, create_key, delete_endpoint, delete_key, get_account, get_endpoint, get_key,
        get_openapi,
        get_panel::{self, Panel, PanelPlace},
        get_system, invite_member, issue_claims, list_endpoints, list_key_audit, list_key_uses,
        list_key_versions, list_keys, list_members, list_systems, not_found,
        on_table_change::{self, BatchResponse, NoSequenceNumber, StreamEvent},
        operate_account, operate_client, remove_member, replace_key, resolve_key, restore_key_version,
        rewrap, send_request, sign_request, update_account, update_endpoint, update_key, update_member,
        verify_draft, verify_key,
    },
    outbound::{Outside, bounded},
    routes::{Route, route},
};

/// A function that API Gateway calls: an event in, with the time at which the function is stopped, and a response out,
/// whatever happens.
pub type HttpFunction = Arc<
    dyn Fn(
            ApiGatewayV2httpRequest,
            Timestamp,
        ) -> Pin<Box<dyn Future<Output = ApiGatewayV2httpResponse> + Send>>
        + Send
        + Sync,
>;

/// The machine's clock, in whole milliseconds: nothing that is shown or stored needs more.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock's one home")]
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The one clock of a process, for everything that is composed with it.
#[derive(Clone)]
pub(crate) struct SharedClock(Arc<dyn Clock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// The operating system's generator, by way of AWS-LC.
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    ///
    /// When the operating system gives no randomness: nothing may be sealed or signed then.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "going on without randomness would be worse than stopping")]
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

tokio::task_local! {
    /// The function that is running: for whoever observes its calls.
    pub static RUNNING: &'static str;
}

/// Everything that functions are composed from.
pub struct Services {
    pub(crate) tables: Tables,
    pub(crate) wrapping: Wrapping,
    pub(crate) fingerprinting: Fingerprinting,
    pub(crate) rewrapping: Rewrapping,
    pub(crate) unwrapping: Remembering<Unwrapping, SharedClock>,
    pub(crate) panel: PanelClient,
    pub(crate) clock: SharedClock,
    random: SystemRandom,
    pub(crate) outside: Outside,
    user_pool: Option<UserPool>,
    panel_place: Option<PanelPlace>,
    panel_page: OnceLock<Option<Panel>>,
}

impl Services {
    /// The services that a configuration names, and the way to customers' systems.
    #[must_use]
    pub fn new(config: Config, clock: impl Clock + 'static, outside: Outside) -> Self {
        let clock = SharedClock(Arc::new(clock));
        let http = clients::http_client();
        let kms = clients::kms(&config.connection, &http);
        Self {
            tables: Tables::new(clients::dynamodb(&config.connection, &http), config.table, config.vault),
            wrapping: Wrapping::new(kms.clone(), config.wrapping_keys.current.clone()),
            rewrapping: Rewrapping::new(kms.clone(), config.wrapping_keys.clone()),
            fingerprinting: Fingerprinting::new(kms.clone(), config.fingerprint_key),
            unwrapping: Remembering::new(Unwrapping::new(kms, config.wrapping_keys), clock.clone()),
            panel: config.panel,
            clock,
            random: SystemRandom,
            outside,
            user_pool: config
                .user_pool
                .map(|id| UserPool::new(clients::cognito(&config.connection, &http), id)),
            panel_place: config.panel_place,
            panel_page: OnceLock::new(),
        }
    }

    /// The control panel, read once; `None` where there is none to read.
    pub(crate) fn panel_page(&self) -> Option<&Panel> {
        let read = || {
            let read = Panel::read(self.panel_place.as_ref()?);
            read.inspect_err(|error| tracing::error!(%error, "the panel's files could not be read")).ok()
        };
        self.panel_page.get_or_init(read).as_ref()
    }

    /// The user pool, for functions whose environment names it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not.
    pub(crate) fn user_pool(&self) -> Result<&UserPool, Error> {
        self.user_pool.as_ref().ok_or(Error::NotFound)
    }

    pub(crate) fn moment(&self) -> Moment<'_, SharedClock, SystemRandom> {
        Moment { clock: &self.clock, random: &self.random }
    }
}

/// The function of this name; `None` when there is none.
#[must_use]
pub fn compose(name: &str, services: &Arc<Services>) -> Option<HttpFunction> {
    let route = route(name)?;
    let function = match route.name {
        "list_systems" => http(route, services, |_, r| async move { list_systems::handle(&r) }),
        "get_system" => http(route, services, |_, r| async move { get_system::handle(&r) }),
        "create_key" => http(route, services, |s, r| async move {
            create_key::handle(&s.tables, &s.wrapping, &s.fingerprinting, s.moment(), r).await
        }),
        "list_keys" => http(route, services, |s, r| async move { list_keys::handle(&s.tables, r).await }),
        "get_key" => http(route, services, |s, r| async move { get_key::handle(&s.tables, r).await }),
        "update_key" => http(route, services, |s, r| async move {
            update_key::handle(&s.tables, &s.wrapping, s.moment(), r).await
        }),
        "delete_key" => {
            http(route, services, |s, r| async move { delete_key::handle(&s.tables, &s.clock, r).await })
        }
        "list_key_versions" => {
            http(route, services, |s, r| async move { list_key_versions::handle(&s.tables, r).await })
        }
        "restore_key_version" => http(route, services, |s, r| async move {
            restore_key_version::handle(&s.tables, &s.fingerprinting, s.moment(), r).await
        }),
        "list_key_uses" => {
            http(route, services, |s, r| async move { list_key_uses::handle(&s.tables, r).await })
        }
        "replace_key" => http(route, services, |s, r| async move {
            replace_key::handle(&s.tables, &s.fingerprinting, &s.clock, r).await
        }),
        "create_endpoint" => http(route, services, |s, r| async move {
            create_endpoint::handle(&s.tables, &s.fingerprinting, s.moment(), r).await
        }),
        "list_endpoints" => {
            http(route, services, |s, r| async move { list_endpoints::handle(&s.tables, r).await })
        }
        "get_endpoint" => {
            http(route, services, |s, r| async move { get_endpoint::handle(&s.tables, r).await })
        }
        "update_endpoint" => {
            http(route, services, |s, r| async move { update_endpoint::handle(&s.tables, &s.clock, r).await })
        }
        "delete_endpoint" => {
            http(route, services, |s, r| async move { delete_endpoint::handle(&s.tables, r).await })
        }
        "list_key_audit" => {
            http(route, services, |s, r| async move { list_key_audit::handle(&s.tables, r).await })
        }
        "sign_request" => http(route, services, |s, r| async move {
            bounded(sign_request::handle(&s.tables, &s.unwrapping, &s.outside, s.moment(), r)).await
        }),
        "send_request" => http(route, services, |s, r| async move {
            bounded(send_request::handle(
                &s.tables,
                &s.unwrapping,
                &s.fingerprinting,
                &s.outside,
                s.moment(),
                r,
            ))
            .await
        }),
        "resolve_key" => http(route, services, |s, r| async move {
            resolve_key::handle(&s.tables, &s.unwrapping, s.moment(), r).await
        }),
        "verify_key" => http(route, services, |s, r| async move {
            bounded(verify_key::handle(&s.tables, &s.unwrapping, &s.outside, s.moment(), r)).await
        }),
        "verify_draft" => http(route, services, |s, r| async move {
            bounded(verify_draft::handle(&s.tables, &s.outside, s.moment(), r)).await
        }),
        "get_account" => http(route, services, |s, r| async move { get_account::handle(&s.tables, r).await }),
        "update_account" => {
            http(route, services, |s, r| async move { update_account::handle(&s.tables, &s.clock, r).await })
        }
        "list_members" => {
            http(route, services, |s, r| async move { list_members::handle(&s.tables, r).await })
        }
        "invite_member" => {
            services.user_pool.as_ref()?;
            http(route, services, |s, r| async move {
                let pool = s.user_pool.as_ref().ok_or(Error::NotFound)?;
                invite_member::handle(&s.tables, pool, &s.clock, r).await
            })
        }
        "update_member" => {
            http(route, services, |s, r| async move { update_member::handle(&s.tables, &s.clock, r).await })
        }
        "remove_member" => {
            services.user_pool.as_ref()?;
            http(route, services, |s, r| async move {
                let pool = s.user_pool.as_ref().ok_or(Error::NotFound)?;
                remove_member::handle(&s.tables, pool, r).await
            })
        }
        "operate_account" => {
            services.user_pool.as_ref()?;
            http(route, services, |s, r| async move {
                let pool = s.user_pool.as_ref().ok_or(Error::NotFound)?;
                operate_account::handle(&s.tables, pool, &s.clock, r).await
            })
        }
        "operate_client" => http(route, services, |s, r| async move {
            operate_client::handle(&s.tables, &s.panel, &s.clock, r).await
        }),
        "get_openapi" => http(route, services, |_, r| async move { get_openapi::handle(&r) }),
        "get_panel" => {
            // While a process starts, Lambda gives a whole core.
            services.panel_page();
            http(route, services, |s, r| async move { get_panel::handle(s.panel_page(), &r) })
        }
        "not_found" => http(route, services, |_, r| async move { not_found::handle(&r) }),
        _ => return None,
    };
    Some(function)
}

/// A function that a stream calls: a batch of records in, those that it could not deal with out.
pub type StreamFunction = Arc<
    dyn Fn(StreamEvent) -> Pin<Box<dyn Future<Output = Result<BatchResponse, NoSequenceNumber>> + Send>>
        + Send
        + Sync,
>;

/// The function of this name that a stream calls; `None` when there is none.
#[must_use]
pub fn compose_stream(name: &str, services: &Arc<Services>) -> Option<StreamFunction> {
    match name {
        "on_table_change" => {
            let services = Arc::clone(services);
            Some(Arc::new(move |event| {
                let services = Arc::clone(&services);
                Box::pin(RUNNING.scope("on_table_change", async move {
                    on_table_change::handle(&services.tables, event).await
                }))
            }))
        }
        _ => None,
    }
}

/// A function that takes JSON and answers JSON, with the time at which it is stopped.
pub type JsonFunction = Arc<
    dyn Fn(Value, Timestamp) -> Pin<Box<dyn Future<Output = Result<Value, JsonError>> + Send>> + Send + Sync,
>;

/// Why such a function gave no answer. It says nothing of what it was given.
pub type JsonError = Box<dyn std::error::Error + Send + Sync>;

/// The function of this name that takes JSON and answers JSON; `None` when there is none.
#[must_use]
pub fn compose_json(name: &str, services: &Arc<Services>) -> Option<JsonFunction> {
    match name {
        "issue_claims" => Some(json("issue_claims", services, |s, event, _| async move {
            Ok(issue_claims::handle(&s.tables, &s.panel, event).await?)
        })),
        "rewrap" => Some(json("rewrap", services, |s, event, until| async move {
            Ok(rewrap::handle(&s.tables, &s.rewrapping, &s.clock, &event, until).await?)
        })),
        _ => None,
    }
}

fn json<F>(
    name: &'static str,
    services: &Arc<Services>,
    handler: fn(Arc<Services>, Value, Timestamp) -> F,
) -> JsonFunction
where
    F: Future<Output = Result<Value, JsonError>> + Send + 'static,
{
    let services = Arc::clone(services);
    Arc::new(move |event, until| Box::pin(RUNNING.scope(name, handler(Arc::clone(&services), event, until))))
}

/// What is left of a function's time for its answer: whoever asked is told that it could not be done, instead of nothing.
const TO_ANSWER: Duration = Duration::from_millis(500);

fn http<F>(
    route: &'static Route,
    services: &Arc<Services>,
    handler: fn(Arc<Services>, Request) -> F,
) -> HttpFunction
where
    F: Future<Output = Result<Answer, Failure>> + Send + 'static,
{
    let services = Arc::clone(services);
    Arc::new(move |event, until| {
        let services = Arc::clone(&services);
        Box::pin(RUNNING.scope(route.name, async move {
            let panel = services.panel.clone();
            let left = Duration::try_from(until.duration_since(services.clock.now())).unwrap_or_default();
            let time = Time { until, within: left.saturating_sub(TO_ANSWER) };
            edge::serve(route, &panel, event, time, |request| handler(services, request)).await
        }))
    })
}
