//! Where the services are, how long they are waited for, and the one connector to all of them.

use std::{
    ops::Deref,
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_sdk_dynamodb::config::{Credentials, SharedInterceptor, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::{network::Network, roots::Roots};

/// At most this many tries of one call, the first included.
pub(super) const TRIES: u32 = 3;
/// The longest wait before the second try; the third waits up to twice as long (AWS SDKs, "Retry behavior").
pub const BACKOFF: Duration = Duration::from_millis(1_000);
/// How long a connection may take to be opened.
pub const CONNECT: Duration = Duration::from_millis(1_000);

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One try.
    pub one_try: Duration,
    /// All tries together, with the pauses between them.
    pub all_tries: Duration,
}

impl Limits {
    /// Those of calls over a network.
    pub const NETWORK: Self =
        Self { one_try: Duration::from_millis(2_500), all_tries: Duration::from_millis(8_000) };
}

/// Makes a connector that stands in front of the network, and asks it where it has no answer of its own.
pub type Front = Arc<dyn Fn(SharedHttpConnector) -> SharedHttpConnector + Send + Sync>;

/// Where the services are and who is calling.
#[derive(Clone)]
pub struct Connection {
    /// The region of all services.
    pub region: String,
    /// Who is calling: the function's role.
    pub credentials: Credentials,
    /// Another address for DynamoDB than AWS's.
    pub dynamodb_url: Option<String>,
    /// Another address for KMS than AWS's.
    pub kms_url: Option<String>,
    /// Another address for Cognito than AWS's.
    pub cognito_url: Option<String>,
    /// Another address for SQS than AWS's.
    pub sqs_url: Option<String>,
    /// The root certificates that the services are verified with.
    pub roots: Roots,
    /// How long a connection may take to be opened: [`CONNECT`], but for tests on a busy machine.
    pub connect: Duration,
    /// The longest wait before the second try of a call: [`BACKOFF`], but for services that need no rest.
    pub backoff: Duration,
    /// How long a call may take.
    pub limits: Limits,
    /// An observer that sees each call before it is made and may refuse it. Deployed functions have
    /// none.
    pub observer: Option<SharedInterceptor>,
    /// A shorter way than the network, for services in this process. Deployed functions have none.
    pub front: Option<Front>,
}

/// A client that is made when it is first used: a function pays for none that it does not use.
pub struct Lazy<C>(Arc<LazyLock<C, Box<dyn FnOnce() -> C + Send>>>);

impl<C> Lazy<C> {
    pub(super) fn new(make: impl FnOnce() -> C + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl<C> Lazy<C> {
    /// Makes it now.
    pub(super) fn make(&self) {
        LazyLock::force(&self.0);
    }
}

impl<C> Clone for Lazy<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Deref for Lazy<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

/// A client that is there already.
impl<C: Send + 'static> From<C> for Lazy<C> {
    fn from(client: C) -> Self {
        Self::new(|| client)
    }
}

/// One connector for every client and every setting. The SDK's own HTTP client would make a connector, with a TLS
/// configuration, for each client and one more for its calls.
#[derive(Debug, Clone)]
pub(super) struct Http(pub(super) SharedHttpConnector);

impl Http {
    pub(super) fn trusting(roots: &Roots, within: Duration) -> Self {
        #[expect(clippy::expect_used, reason = "the versions and the ciphers of TLS are constants")]
        let network = Network::trusting(roots.store(), within).expect("TLS can be set up");
        Self(SharedHttpConnector::new(network))
    }
}

/// The time to connect is the connector's.
pub(super) fn timeouts(connection: &Connection) -> TimeoutConfig {
    let Limits { one_try, all_tries } = connection.limits;
    TimeoutConfig::builder().operation_attempt_timeout(one_try).operation_timeout(all_tries).build()
}

pub(super) fn retries(connection: &Connection) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(connection.backoff)
}
