//! The SDK's clients, made once for each process: one TLS stack, credentials from the environment, bounded time and
//! tries.

use std::time::Duration;

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedHttpClient, SharedInterceptor, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::{Builder, tls};

/// At most this many tries of one call, the first included.
const TRIES: u32 = 3;
/// The longest wait before the second try; the third waits up to twice as long (AWS SDKs, "Retry behavior").
pub const BACKOFF: Duration = Duration::from_millis(1_000);
const CONNECT: Duration = Duration::from_millis(1_000);
const ONE_TRY: Duration = Duration::from_millis(2_500);
const ALL_TRIES: Duration = Duration::from_millis(8_000);

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
    /// The longest wait before the second try of a call: [`BACKOFF`], but for services that need no rest.
    pub backoff: Duration,
    /// Who sees each call before it is made, and may refuse it. What is deployed has nobody.
    pub observer: Option<SharedInterceptor>,
}

/// The HTTP client that all SDK clients of a process share.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc)).build_https()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ONE_TRY)
        .operation_timeout(ALL_TRIES)
        .build()
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
        .retry_config(retries(connection))
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
        .retry_config(retries(connection))
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
        .retry_config(retries(connection))
        .timeout_config(timeouts());
    config.set_endpoint_url(connection.cognito_url.clone());
    config.set_interceptors(connection.observer.clone());
    aws_sdk_cognitoidentityprovider::Client::from_conf(config.build())
}
