//! The services that functions call, and where each is.

use std::error::Error;

use aws_smithy_types::endpoint::Endpoint;

use super::connection::Connection;

type BoxError = Box<dyn Error + Send + Sync>;

/// A service that functions call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The tables.
    DynamoDb,
    /// The keys.
    Kms,
    /// The user pool.
    Cognito,
}

impl Service {
    /// The service's name in signatures.
    pub(super) const fn signing_name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Kms => "kms",
            Self::Cognito => "cognito-idp",
        }
    }
}

/// Where a service is, as its client finds it.
macro_rules! endpoint {
    ($sdk:ident, $region:expr, $url:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let params = Params::builder().region($region).set_endpoint($url).build()?;
        DefaultResolver::new().resolve_endpoint(&params).await?
    }};
}

pub(super) async fn endpoint(connection: &Connection, service: Service) -> Result<Endpoint, BoxError> {
    let Connection { region, dynamodb_url, kms_url, cognito_url, .. } = connection.clone();
    Ok(match service {
        Service::DynamoDb => endpoint!(aws_sdk_dynamodb, region, dynamodb_url),
        Service::Kms => endpoint!(aws_sdk_kms, region, kms_url),
        Service::Cognito => endpoint!(aws_sdk_cognitoidentityprovider, region, cognito_url),
    })
}
