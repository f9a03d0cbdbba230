//! The services that functions call, and where each is.

use std::error::Error;

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

/// A service's address, as its client finds it.
macro_rules! address {
    ($sdk:ident, $region:expr, $url:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let params = Params::builder().region($region).set_endpoint($url).build()?;
        DefaultResolver::new().resolve_endpoint(&params).await?.url().to_owned()
    }};
}

pub(super) async fn address(connection: &Connection, service: Service) -> Result<String, BoxError> {
    let Connection { region, dynamodb_url, kms_url, cognito_url, .. } = connection.clone();
    Ok(match service {
        Service::DynamoDb => address!(aws_sdk_dynamodb, region, dynamodb_url),
        Service::Kms => address!(aws_sdk_kms, region, kms_url),
        Service::Cognito => address!(aws_sdk_cognitoidentityprovider, region, cognito_url),
    })
}
