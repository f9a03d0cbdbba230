//! The SDK's clients, each made when a process first uses it: one TLS configuration and one pool of connections for all of
//! them, credentials from the environment, bounded time and tries.
//!
//! Two parts of the SDK are turned off, which took a tenth of a call's processor time: a cache of credentials, which are at hand, and
//! a watch over slow bodies, since a try is bounded as a whole.

use std::ops::Deref;

use aws_sdk_dynamodb::config::{IdentityCache, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnectorSettings, SharedHttpConnector},
    runtime_components::RuntimeComponents,
};

pub use super::connection::{BACKOFF, CONNECT, Connection, Front, Lazy, Limits};
use super::{
    connection::{Http, retries, timeouts},
    direct::{self, Site, UseCalls},
    roots::Roots,
    service::Service,
};

/// The clients of a process, and the pool of connections that they share.
pub struct Clients {
    http: Lazy<Http>,
    connection: Connection,
    dynamodb: Lazy<Site>,
    kms: Lazy<Site>,
    cognito: Lazy<Site>,
    direct: UseCalls,
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
        let [dynamodb, kms, cognito] = [Service::DynamoDb, Service::Kms, Service::Cognito]
            .map(|service| direct::site(service, &connection, &http));
        Self { direct: UseCalls::of(&dynamodb, &kms), http, connection, dynamodb, kms, cognito }
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

    /// The client of SQS.
    #[must_use]
    pub fn sqs(&self) -> Lazy<aws_sdk_sqs::Client> {
        self.lazy(sqs)
    }

    /// The calls of uses, without the SDK's orchestrator.
    pub(super) const fn direct(&self) -> &UseCalls {
        &self.direct
    }

    /// Makes before a function's first request what its first use of a key would make.
    pub fn prepare_for_uses(&self) {
        self.direct.prepare();
    }

    pub(super) const fn site(&self, service: Service) -> &Lazy<Site> {
        match service {
            Service::DynamoDb => &self.dynamodb,
            Service::Kms => &self.kms,
            Service::Cognito => &self.cognito,
        }
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

/// Makes the function that makes the client of a service: each SDK has types of its own with the same names.
macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident, $url:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(connection: &Connection, http: &SharedHttpClient) -> $sdk::Client {
            let mut config = $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::v2026_01_12())
                .region(Region::new(connection.region.clone()))
                .credentials_provider(connection.credentials.clone())
                .http_client(http.clone())
                .identity_cache(IdentityCache::no_cache())
                .retry_config(retries(connection))
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .timeout_config(timeouts(connection));
            config.set_endpoint_url(connection.$url.clone());
            config.set_interceptors(connection.observer.clone());
            $sdk::Client::from_conf(config.build())
        }
    };
}

client!(
    /// A DynamoDB client.
    dynamodb, aws_sdk_dynamodb, dynamodb_url
);
client!(
    /// A KMS client.
    kms, aws_sdk_kms, kms_url
);
client!(
    /// A client of Cognito's user pools.
    cognito, aws_sdk_cognitoidentityprovider, cognito_url
);
client!(
    /// A client of SQS.
    sqs, aws_sdk_sqs, sqs_url
);
