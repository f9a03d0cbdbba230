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

/// Where a service is. The SDK's rules are asked only where the answer is not plain, since reading them takes a twentieth of a
/// cold start.
///
/// # Errors
///
/// The SDK knows no address for this region.
pub(super) async fn endpoint(connection: &Connection, service: Service) -> Result<Endpoint, BoxError> {
    match plain(connection, service) {
        Some(url) => Ok(Endpoint::builder().url(url).build()),
        None => by_rules(connection, service).await,
    }
}

/// The address of one's own, or the one in a Region of the partition `aws` (AWS General Reference, "DynamoDB endpoints and quotas", "AWS KMS endpoints and
/// quotas", "Amazon Cognito Identity endpoints and quotas").
pub(super) fn plain(connection: &Connection, service: Service) -> Option<String> {
    let Connection { region, dynamodb_url, kms_url, cognito_url, .. } = connection;
    let url = match service {
        Service::DynamoDb => dynamodb_url,
        Service::Kms => kms_url,
        Service::Cognito => cognito_url,
    };
    let name = service.signing_name();
    let own = || url.clone().unwrap_or_else(|| format!("https://{name}.{region}.amazonaws.com"));
    is_commercial(region).then(own)
}

/// Whether this is a Region's name of the partition `aws`, such as `eu-west-1`. Names in other partitions begin otherwise, or have
/// four parts.
fn is_commercial(region: &str) -> bool {
    const AREAS: [&str; 9] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"];
    let mut parts = region.split('-');
    let (area, name, number, further) = (parts.next(), parts.next(), parts.next(), parts.next());
    let all = |part: Option<&str>, allowed: fn(&u8) -> bool| {
        part.is_some_and(|part| !part.is_empty() && part.as_bytes().iter().all(allowed))
    };
    area.is_some_and(|area| AREAS.contains(&area))
        && all(name, u8::is_ascii_lowercase)
        && all(number, u8::is_ascii_digit)
        && further.is_none()
}

/// The address that the SDK's rules give.
pub(super) async fn by_rules(connection: &Connection, service: Service) -> Result<Endpoint, BoxError> {
    let Connection { region, dynamodb_url, kms_url, cognito_url, .. } = connection.clone();
    Ok(match service {
        Service::DynamoDb => endpoint!(aws_sdk_dynamodb, region, dynamodb_url),
        Service::Kms => endpoint!(aws_sdk_kms, region, kms_url),
        Service::Cognito => endpoint!(aws_sdk_cognitoidentityprovider, region, cognito_url),
    })
}
