//! The configuration of a deployed function, and its only place that reads the environment.

use aws_sdk_dynamodb::config::Credentials;
use keyward_shared::caller::PanelClient;

use crate::aws::{
    clients::{BACKOFF, Connection},
    wrapping::WrappingKeys,
};

/// What a function needs to know about where it runs.
pub struct Config {
    /// Where the services are and who is calling.
    pub connection: Connection,
    /// The table of everything that may be shown.
    pub table: String,
    /// The table of sealed fields.
    pub vault: String,
    /// The KMS keys that wrap data keys.
    pub wrapping_keys: WrappingKeys,
    /// The KMS key that fingerprints requests.
    pub fingerprint_key: String,
    /// The client that people sign in with.
    pub panel: PanelClient,
}

/// A variable that the function cannot do without is missing.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing")]
pub struct Missing(&'static str);

fn optional(name: &'static str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn needed(name: &'static str) -> Result<String, Missing> {
    optional(name).ok_or(Missing(name))
}

/// The function that this process is, as Lambda's `_HANDLER` says.
///
/// # Errors
///
/// [`Missing`] outside Lambda.
pub fn function_name() -> Result<String, Missing> {
    needed("_HANDLER")
}

impl Config {
    /// Reads the environment once.
    ///
    /// # Errors
    ///
    /// [`Missing`], naming the variable.
    pub fn from_environment() -> Result<Self, Missing> {
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            optional("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self {
            connection: Connection {
                region: needed("AWS_REGION")?,
                credentials,
                dynamodb_url: optional("AWS_ENDPOINT_URL_DYNAMODB"),
                kms_url: optional("AWS_ENDPOINT_URL_KMS"),
                backoff: BACKOFF,
                observer: None,
            },
            table: needed("KEYWARD_TABLE")?,
            vault: needed("KEYWARD_VAULT_TABLE")?,
            wrapping_keys: WrappingKeys {
                current: needed("KEYWARD_WRAPPING_KEY")?,
                former: optional("KEYWARD_FORMER_WRAPPING_KEY"),
            },
            fingerprint_key: needed("KEYWARD_FINGERPRINT_KEY")?,
            panel: PanelClient::new(needed("KEYWARD_PANEL_CLIENT")?),
        })
    }
}
