//! Composition: each function gets just the ports that its handler takes.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    error::Error,
    moment::{Clock, Moment},
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
    config::{Config, Variable},
    edge::{self, Time},
    handlers::{
        get_panel::Panel,
        on_table_change::{BatchResponse, NoSequenceNumber, StreamEvent},
    },
    outbound::Outside,
    system::SystemRandom,
    table::{Calls, Eventual, Function, FunctionName, JsonHandler},
};

/// A function that API Gateway calls: an event in, with the time at which the function is stopped, and a response out,
/// whatever happens.
pub type HttpFunction =
    Arc<dyn Fn(ApiGatewayV2httpRequest, Timestamp) -> Eventual<ApiGatewayV2httpResponse> + Send + Sync>;

/// The one clock of a process, for everything that is composed with it.
#[derive(Clone)]
pub(crate) struct SharedClock(Arc<dyn Clock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

tokio::task_local! {
    /// The function that is running, for what observes its calls of AWS.
    pub static RUNNING: FunctionName;
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
    panel_page: Option<Panel>,
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
            panel_page: config.panel_place.and_then(|place| {
                let read = Panel::read(&place);
                read.inspect_err(|error| tracing::error!(%error, "the panel's files could not be read")).ok()
            }),
        }
    }

    /// The control panel. It was read when the process started, while Lambda gives a whole core; `None` where there is none.
    pub(crate) const fn panel_page(&self) -> Option<&Panel> {
        self.panel_page.as_ref()
    }

    /// The user pool, for functions whose environment names it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not.
    pub(crate) fn user_pool(&self) -> Result<&UserPool, Error> {
        self.user_pool.as_ref().ok_or(Error::NotFound)
    }

    /// Whether what this variable names was given. The panel's may be missing: its function then says that there is none.
    const fn has(&self, variable: Variable) -> bool {
        match variable {
            Variable::UserPool => self.user_pool.is_some(),
            Variable::Table
            | Variable::VaultTable
            | Variable::WrappingKey
            | Variable::FingerprintKey
            | Variable::PanelClient
            | Variable::CertificateFile
            | Variable::Issuer
            | Variable::LogoutUrl => true,
        }
    }

    pub(crate) fn moment(&self) -> Moment<'_, SharedClock, SystemRandom> {
        Moment { clock: &self.clock, random: &self.random }
    }
}

/// A function that a stream calls: a batch of records in, those that it could not deal with out.
pub type StreamFunction =
    Arc<dyn Fn(StreamEvent) -> Eventual<Result<BatchResponse, NoSequenceNumber>> + Send + Sync>;

/// A function that takes JSON and answers JSON, with the time at which it is stopped.
pub type JsonFunction = Arc<dyn Fn(Value, Timestamp) -> Eventual<Result<Value, JsonError>> + Send + Sync>;

/// Why such a function gave no answer. It says nothing of what it was given.
pub type JsonError = Box<dyn std::error::Error + Send + Sync>;

/// A function with everything that it works with, by what calls it.
pub enum Composed {
    /// API Gateway.
    Http(HttpFunction),
    /// A stream.
    Stream(StreamFunction),
    /// Anything else.
    Json(JsonFunction),
}

impl Composed {
    /// The function, if API Gateway calls it.
    #[must_use]
    pub fn http(self) -> Option<HttpFunction> {
        match self {
            Self::Http(function) => Some(function),
            Self::Stream(_) | Self::Json(_) => None,
        }
    }

    /// The function, if a stream calls it.
    #[must_use]
    pub fn stream(self) -> Option<StreamFunction> {
        match self {
            Self::Stream(function) => Some(function),
            Self::Http(_) | Self::Json(_) => None,
        }
    }

    /// The function, if it takes JSON.
    #[must_use]
    pub fn json(self) -> Option<JsonFunction> {
        match self {
            Self::Json(function) => Some(function),
            Self::Http(_) | Self::Stream(_) => None,
        }
    }
}

/// A function lacks something that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{function} needs the environment variable {}", variable.as_str())]
pub struct Incomplete {
    function: FunctionName,
    variable: Variable,
}

/// The function of this name, composed from services.
///
/// # Errors
///
/// [`Incomplete`], when the services were given less than its environment has to name.
pub fn compose(name: FunctionName, services: &Arc<Services>) -> Result<Composed, Incomplete> {
    let function = name.function();
    if let Some(variable) = function.environment.iter().copied().find(|variable| !services.has(*variable)) {
        return Err(Incomplete { function: name, variable });
    }
    Ok(match function.calls {
        Calls::Gateway(_) => Composed::Http(http(function, services)),
        Calls::Stream { handler, .. } => {
            let services = Arc::clone(services);
            Composed::Stream(Arc::new(move |event| {
                Box::pin(RUNNING.scope(name, handler(Arc::clone(&services), event)))
            }))
        }
        Calls::SignIn { handler } | Calls::Schedule { handler } => {
            Composed::Json(json(name, services, handler))
        }
    })
}

fn json(name: FunctionName, services: &Arc<Services>, handler: JsonHandler) -> JsonFunction {
    let services = Arc::clone(services);
    Arc::new(move |event, until| Box::pin(RUNNING.scope(name, handler(Arc::clone(&services), event, until))))
}

/// What is left of a function's time for its answer, so that the caller is told that it could not be done.
const TO_ANSWER: Duration = Duration::from_millis(500);

fn http(function: &'static Function, services: &Arc<Services>) -> HttpFunction {
    let services = Arc::clone(services);
    Arc::new(move |event, until| {
        let services = Arc::clone(&services);
        Box::pin(RUNNING.scope(function.name, async move {
            let panel = services.panel.clone();
            let left = Duration::try_from(until.duration_since(services.clock.now())).unwrap_or_default();
            let time = Time { until, within: left.saturating_sub(TO_ANSWER) };
            edge::serve(function, &panel, event, time, |request| request.handler()(services, request)).await
        }))
    })
}
