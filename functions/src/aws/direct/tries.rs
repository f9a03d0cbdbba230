//! The tries of one call. The order of what happens is that of the SDK's orchestrator (aws-smithy-runtime, `client::orchestrator`).

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime::client::{
    auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme},
    identity::{IdentityCache, no_auth::NoAuthIdentityResolver},
    orchestrator::endpoints::StaticUriEndpointResolver,
    retries::{
        TokenBucket,
        classifiers::{HttpStatusCodeClassifier, run_classifiers_on_ctx},
        strategy::StandardRetryStrategy,
    },
};
use aws_smithy_runtime_api::client::{
    auth::static_resolver::StaticAuthSchemeOptionResolver,
    connection::CaptureSmithyConnection,
    http::HttpConnector,
    identity::SharedIdentityResolver,
    interceptors::{
        Intercept,
        context::{Error, Input, InterceptorContext, Output, RewindResult},
    },
    orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
    result::{ConnectorError, SdkError},
    retries::{RequestAttempts, RetryStrategy, SharedRetryStrategy, ShouldAttempt, classifiers::RetryAction},
    runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    ser_de::{DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer},
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::{ConfigBag, FrozenLayer, Layer},
};
use http_body_util::BodyExt;
use keyward_shared::moment::{Clock, Random};
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};

use super::{
    Operation,
    place::Place,
    signature::Signer,
    skew::{Skew, SkewClassifier},
};
use crate::{
    aws::{
        connection::{Connection, Http, Lazy, TRIES, retries},
        service::{Service, endpoint},
    },
    system::{SystemClock, SystemRandom},
};

type Failure = OrchestratorError<Error>;

/// Who calls. The SDK sends more here, which no service needs.
const USER_AGENT: &str = concat!("keyward/", env!("CARGO_PKG_VERSION"));

/// How the SDK writes the calls of an operation, reads the answers, and judges failures.
pub(super) struct Parts {
    settings: FrozenLayer,
    components: RuntimeComponents,
}

impl Parts {
    pub(super) fn of<O: Operation>(strategy: SharedRetryStrategy) -> Self {
        let described = O::described();
        let settings = described.config().unwrap_or_else(|| Layer::new("nothing").freeze());
        // Most of these are needed to have a set of components, and are not used.
        let components = RuntimeComponentsBuilder::new("direct")
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(Vec::new())))
            .with_auth_scheme(NoAuthScheme::new())
            .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri("/")))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(
                NO_AUTH_SCHEME_ID,
                SharedIdentityResolver::new(NoAuthIdentityResolver::new()),
            )
            .with_retry_classifier(HttpStatusCodeClassifier::default())
            .with_retry_classifier(SkewClassifier::<O::Error>::new())
            .with_retry_strategy(Some(strategy));
        let of_the_operation = described.runtime_components(&components).into_owned();
        let components = components.merge_from(&of_the_operation);
        #[expect(clippy::expect_used, reason = "every component that is required stands above")]
        let components = components.build().expect("the components are whole");
        Self { settings, components }
    }
}

/// The address of a service, with what calls have in common: the clock's difference, and the quota of further tries.
pub(in crate::aws) struct Site {
    service: Service,
    connection: Connection,
    http: Lazy<Http>,
    place: OnceCell<Place>,
    signer: Signer,
    skew: Mutex<Skew>,
    settings: FrozenLayer,
    strategy: SharedRetryStrategy,
}

/// A try of a call.
struct Try {
    /// From 1.
    number: u32,
    /// What all tries of the call have in common.
    invocation: String,
    /// The difference of the clocks as the try before has shown it.
    skew: Skew,
}

/// A try, or all of them together, took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
struct TooLong(Duration);

/// The operation's description lacks a part that every operation of the SDK has.
#[derive(Debug, thiserror::Error)]
#[error("the SDK does not say how the operation is written or read")]
struct NotDescribed;

impl Site {
    pub(super) fn new(service: Service, connection: Connection, http: Lazy<Http>) -> Self {
        let mut settings = Layer::new("tries");
        settings.store_put(retries(&connection)).store_put(TokenBucket::default());
        Self {
            service,
            http,
            place: OnceCell::new(),
            signer: Signer::new(connection.credentials.clone()),
            skew: Mutex::default(),
            settings: settings.freeze(),
            strategy: SharedRetryStrategy::new(StandardRetryStrategy::new()),
            connection,
        }
    }

    pub(super) fn strategy(&self) -> SharedRetryStrategy {
        self.strategy.clone()
    }

    /// Where the service is.
    pub(in crate::aws) async fn place(&self) -> Result<&Place, ConnectorError> {
        let find = async {
            let Connection { region, .. } = &self.connection;
            Place::at(&endpoint(&self.connection, self.service).await?, region, self.service.signing_name())
        };
        self.place.get_or_try_init(|| find).await.map_err(|error| ConnectorError::other(error, None))
    }

    /// The answer of a call, after as many tries as it takes.
    pub(super) async fn send(
        &self,
        parts: &Parts,
        input: Input,
    ) -> Result<Output, SdkError<Error, HttpResponse>> {
        let mut context = InterceptorContext::new(input);
        let mut bag = ConfigBag::base();
        bag.push_shared_layer(parts.settings.clone()).push_shared_layer(self.settings.clone());
        let all = self.connection.limits.all_tries;
        match timeout(all, self.tries(parts, &mut context, &mut bag)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => context.fail(failure),
            Err(_) => context.fail(OrchestratorError::timeout(TooLong(all).into())),
        }
        context.finalize()
    }

    async fn tries(
        &self,
        parts: &Parts,
        context: &mut InterceptorContext,
        bag: &mut ConfigBag,
    ) -> Result<(), Failure> {
        if let Some(observer) = &self.connection.observer {
            let seen = observer.read_before_serialization(&(&*context).into(), &parts.components, bag);
            seen.map_err(OrchestratorError::other)?;
        }
        context.enter_serialization_phase();
        let writer = bag.load::<SharedRequestSerializer>().cloned();
        let (Some(writer), Some(input)) = (writer, context.take_input()) else {
            return Err(OrchestratorError::other(NotDescribed));
        };
        context.set_request(writer.serialize_input(input, bag).map_err(OrchestratorError::other)?);
        context.enter_before_transmit_phase();
        let place = self.place().await.map_err(OrchestratorError::connector)?;
        let mut this = Try { number: 0, invocation: invocation(), skew: *self.skew() };
        let one = self.connection.limits.one_try;
        while context.rewind(bag) != RewindResult::Impossible {
            this.number += 1;
            bag.interceptor_state().store_put(RequestAttempts::new(this.number));
            match timeout(one, self.try_once(parts, place, &mut this, context, bag)).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => context.fail(failure),
                Err(_) => context.fail(OrchestratorError::timeout(TooLong(one).into())),
            }
            let next = self.strategy.should_attempt_retry(context, &parts.components, bag);
            match next.map_err(OrchestratorError::other)? {
                ShouldAttempt::Yes => {}
                ShouldAttempt::YesAfterDelay(delay) => sleep(delay).await,
                ShouldAttempt::No => break,
            }
        }
        Ok(())
    }

    /// One try. What the service answered is in the context afterwards, also where it is a refusal.
    async fn try_once(
        &self,
        parts: &Parts,
        place: &Place,
        this: &mut Try,
        context: &mut InterceptorContext,
        bag: &mut ConfigBag,
    ) -> Result<(), Failure> {
        context.enter_transmit_phase();
        let mut request = context.take_request().ok_or_else(|| OrchestratorError::other(NotDescribed))?;
        let connection = CaptureSmithyConnection::new();
        self.address(&mut request, place, this.skew).map_err(OrchestratorError::other)?;
        let headers = request.headers_mut();
        headers.insert("amz-sdk-invocation-id", this.invocation.clone());
        headers.insert("amz-sdk-request", format!("attempt={}; max={TRIES}", this.number));
        request.add_extension(connection.clone());

        let sent = SystemClock.now();
        let Http(connector) = &*self.http;
        let mut answer = connector.call(request).await.map_err(OrchestratorError::connector)?;
        if let Some(shown) = Skew::shown_by(&answer, sent, SystemClock.now()) {
            this.skew = shown;
            *self.skew() = shown;
            answer.add_extension(shown);
        }
        let body = answer.take_body();
        context.set_response(answer);
        context.enter_before_deserialization_phase();
        context.enter_deserialization_phase();
        let read = match body.collect().await {
            Ok(body) => read(context, bag, body.to_bytes().into()),
            Err(error) => Err(OrchestratorError::response(error)),
        };
        context.set_output_or_error(read);
        context.enter_after_deserialization_phase();
        if let Some(observer) = &self.connection.observer {
            let seen = observer.read_after_deserialization(&(&*context).into(), &parts.components, bag);
            seen.map_err(OrchestratorError::other)?;
        }
        // After such an error, a connection is not used again.
        if context.is_failed()
            && run_classifiers_on_ctx(parts.components.retry_classifiers(), context)
                == RetryAction::transient_error()
            && let Some(connection) = connection.get()
        {
            connection.poison();
        }
        Ok(())
    }

    /// Gives a request its place, and a signature.
    fn address(
        &self,
        request: &mut HttpRequest,
        place: &Place,
        skew: Skew,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        request.uri_mut().set_endpoint(&place.url)?;
        request.headers_mut().insert("user-agent", USER_AGENT);
        self.signer.sign(request, place, skew.correct(SystemClock.now()));
        Ok(())
    }

    fn skew(&self) -> std::sync::MutexGuard<'_, Skew> {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads an answer whose body is at hand.
fn read(context: &mut InterceptorContext, bag: &ConfigBag, body: SdkBody) -> Result<Output, Failure> {
    let (Some(reader), Some(answer)) = (bag.load::<SharedResponseDeserializer>(), context.response_mut())
    else {
        return Err(OrchestratorError::other(NotDescribed));
    };
    *answer.body_mut() = body;
    reader.deserialize_nonstreaming_with_config(answer, bag)
}

fn invocation() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    hex::encode(bytes)
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("service", &self.service).finish_non_exhaustive()
    }
}
