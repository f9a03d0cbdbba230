//! The SDK's clients, each made when a process first uses it: one TLS configuration and one pool of connections for all of
//! them, credentials from the environment, bounded time and tries.
//!
//! Two parts of the SDK are turned off, which took a tenth of a call's processor time: a cache of credentials, which are at hand, and
//! a watch over slow bodies, since a try is bounded as a whole.

use std::{
    ops::Deref,
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, IdentityCache, Region, SharedHttpClient, SharedInterceptor,
    StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnectorSettings, SharedHttpConnector},
    runtime_components::RuntimeComponents,
};

use super::{network::Network, roots::Roots};

/// At most this many tries of one call, the first included.
const TRIES: u32 = 3;
/// The longest wait before the second try; the third waits up to twice as long (AWS SDKs, "Retry behavior").
pub const BACKOFF: Duration = Duration::from_millis(1_000);
/// How long a connection may take to be opened.
pub const CONNECT: Duration = Duration::from_millis(1_000);
const ONE_TRY: Duration = Duration::from_millis(2_500);
const ALL_TRIES: Duration = Duration::from_millis(8_000);

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
    /// The root certificates that the services are verified with.
    pub roots: Roots,
    /// How long a connection may take to be opened: [`CONNECT`], but for tests on a busy machine.
    pub connect: Duration,
    /// The longest wait before the second try of a call: [`BACKOFF`], but for services that need no rest.
    pub backoff: Duration,
    /// An observer that sees each call before it is made and may refuse it. Deployed functions have
    /// none.
    pub observer: Option<SharedInterceptor>,
    /// A shorter way than the network, for services in this process. Deployed functions have none.
    pub front: Option<Front>,
}

/// A client that is made when it is first used: a function pays for none that it does not use.
pub struct Lazy<C>(Arc<LazyLock<C, Box<dyn FnOnce() -> C + Send>>>);

impl<C> Lazy<C> {
    fn new(make: impl FnOnce() -> C + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
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

/// The clients of a process, and the pool of connections that they share.
pub struct Clients {
    connection: Connection,
    http: Lazy<Http>,
}

impl Clients {
    /// The clients for these services.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        let (roots, within, front) = (connection.roots.clone(), connection.connect, connection.front.clone());
        let http = Lazy::new(move || {
            let Http(network) = Http::trusting(&roots, within);
            Http(match front {
                Some(front) => front(network),
                None => network,
            })
        });
        Self { connection, http }
    }

    /// The client of DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> Lazy<aws_sdk_dynamodb::Client> {
        self.lazy(dynamodb)
    }

    /// The client of KMS.
    #[must_use]
    pub fn kms(&self) -> Lazy<aws_sdk_kms::Client> {
        self.lazy(kms)
    }

    /// The client of Cognito's user pools.
    #[must_use]
    pub fn cognito(&self) -> Lazy<aws_sdk_cognitoidentityprovider::Client> {
        self.lazy(cognito)
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The pool of connections.
    pub(super) fn connector(&self) -> &SharedHttpConnector {
        let Http(connector) = &*self.http;
        connector
    }

    fn lazy<C: 'static>(&self, make: fn(&Connection, &SharedHttpClient) -> C) -> Lazy<C> {
        let (connection, http) = (self.connection.clone(), self.http.clone());
        Lazy::new(move || make(&connection, &SharedHttpClient::new(http.deref().clone())))
    }
}

/// One connector for every client and every setting. The SDK's own HTTP client would make a connector, with a TLS
/// configuration, for each client and one more for its calls.
#[derive(Debug, Clone)]
struct Http(SharedHttpConnector);

impl Http {
    fn trusting(roots: &Roots, within: Duration) -> Self {
        #[expect(clippy::expect_used, reason = "the versions and the ciphers of TLS are constants")]
        let network = Network::trusting(roots.store(), within).expect("TLS can be set up");
        Self(SharedHttpConnector::new(network))
    }
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

/// An HTTP client for the SDK's clients, which trusts Amazon's root certificates.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(Http::trusting(&Roots::amazon(), CONNECT))
}

/// The time to connect is the connector's.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ONE_TRY).operation_timeout(ALL_TRIES).build()
}
fn retries(connection: &Connection) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(connection.backoff)
}

/// A DynamoDB client.
#[must_use]
pub fn dynamodb(connection: &Connection, http: &SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(connection.region.clone()))
        .credentials_provider(connection.credentials.clone())
        .http_client(http.clone())
        .identity_cache(IdentityCache::no_cache())
        .retry_config(retries(connection))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts());
    config.set_endpoint_url(connection.dynamodb_url.clone());
    config.set_interceptors(connection.observer.clone());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// A KMS client.
#[must_use]
pub fn kms(connection: &Connection, http: &SharedHttpClient) -> aws_sdk_kms::Client {
    let mut config = aws_sdk_kms::Config::builder()
        .behavior_version(aws_sdk_kms::config::BehaviorVersion::v2026_01_12())
        .region(Region::new(connection.region.clone()))
        .credentials_provider(connection.credentials.clone())
        .http_client(http.clone())
        .identity_cache(IdentityCache::no_cache())
        .retry_config(retries(connection))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts());
    config.set_endpoint_url(connection.kms_url.clone());
    config.set_interceptors(connection.observer.clone());
    aws_sdk_kms::Client::from_conf(config.build())
}

/// A client of Cognito's user pools.
#[must_use]
pub fn cognito(connection: &Connection, http: &SharedHttpClient) -> aws_sdk_cognitoidentityprovider::Client {
    let mut config = aws_sdk_cognitoidentityprovider::Config::builder()
        .behavior_version(aws_sdk_cognitoidentityprovider::config::BehaviorVersion::v2026_01_12())
        .region(Region::new(connection.region.clone()))
        .credentials_provider(connection.credentials.clone())
        .http_client(http.clone())
        .identity_cache(IdentityCache::no_cache())
        .retry_config(retries(connection))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts());
    config.set_endpoint_url(connection.cognito_url.clone());
    config.set_interceptors(connection.observer.clone());
    aws_sdk_cognitoidentityprovider::Client::from_conf(config.build())
}
