//! The configuration of a deployed function, and its only place that reads the environment.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aws_sdk_dynamodb::config::Credentials;
use keyward_shared::{
    caller::PanelClient,
    epoch::Epoch,
    token::{BadKeySet, TokenIssuer},
};
use url::Url;

use crate::aws::{
    clients::{BACKOFF, CONNECT, Connection, Limits},
    roots::{NoRoots, Roots},
    wrapping::WrappingKeys,
};

/// A variable of a function's environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The name of the table of the rows without secrets.
    Table,
    /// The name of the table of sealed fields.
    VaultTable,
    /// The KMS key that wraps data keys.
    WrappingKey,
    /// The KMS key that wrapped data keys before; empty where there is none.
    FormerWrappingKey,
    /// The KMS key that fingerprints requests.
    FingerprintKey,
    /// The KMS key that authenticates rows which grant something.
    RowKey,
    /// What the deployment is called.
    Deployment,
    /// How often the tables were restored, plus one.
    Epoch,
    /// The client that people sign in with.
    PanelClient,
    /// Who issues the tokens of callers, as the claim `iss` names it.
    TokenIssuer,
    /// The public keys of that issuer: a JWK Set (RFC 7517).
    TokenKeys,
    /// The KMS key that signs access tokens.
    SigningKey,
    /// Who issues the ID tokens of people who sign in.
    SignInIssuer,
    /// The public keys of that issuer: a JWK Set (RFC 7517).
    SignInKeys,
    /// The file of root certificates.
    CertificateFile,
    /// The file of root certificates for AWS's services, by the name that AWS's own tools read (AWS SDKs and Tools Reference
    /// Guide, "General configuration settings"). If it is empty, Amazon's roots are used, which are built in.
    AwsCertificateFile,
    /// The user pool.
    UserPool,
    /// The address of the sign-in, as its tokens name it.
    Issuer,
    /// The address that signs people out.
    LogoutUrl,
    /// The name that mail servers are told.
    MailName,
    /// The queue of the stream's records that failed for good.
    FailedChanges,
    /// The queue that names deliveries which are due.
    Deliveries,
    /// The address of the API and the panel, where systems send people back to.
    Origin,
}

impl Variable {
    /// The variables that every function has.
    pub const COMMON: [Self; 12] = [
        Self::Table,
        Self::VaultTable,
        Self::WrappingKey,
        Self::FingerprintKey,
        Self::RowKey,
        Self::Deployment,
        Self::Epoch,
        Self::PanelClient,
        Self::TokenIssuer,
        Self::TokenKeys,
        Self::CertificateFile,
        Self::AwsCertificateFile,
    ];

    /// The variable's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "KEYWARD_TABLE",
            Self::VaultTable => "KEYWARD_VAULT_TABLE",
            Self::WrappingKey => "KEYWARD_WRAPPING_KEY",
            Self::FormerWrappingKey => "KEYWARD_FORMER_WRAPPING_KEY",
            Self::FingerprintKey => "KEYWARD_FINGERPRINT_KEY",
            Self::RowKey => "KEYWARD_ROW_KEY",
            Self::Deployment => "KEYWARD_DEPLOYMENT",
            Self::Epoch => "KEYWARD_EPOCH",
            Self::PanelClient => "KEYWARD_PANEL_CLIENT",
            Self::TokenIssuer => "KEYWARD_TOKEN_ISSUER",
            Self::TokenKeys => KEY_SET,
            Self::SigningKey => "KEYWARD_SIGNING_KEY",
            Self::SignInIssuer => "KEYWARD_SIGN_IN_ISSUER",
            Self::SignInKeys => SIGN_IN_KEYS,
            Self::CertificateFile => "SSL_CERT_FILE",
            Self::AwsCertificateFile => CA_BUNDLE,
            Self::UserPool => "KEYWARD_USER_POOL",
            Self::Issuer => "KEYWARD_ISSUER",
            Self::LogoutUrl => "KEYWARD_LOGOUT_URL",
            Self::MailName => "KEYWARD_MAIL_NAME",
            Self::FailedChanges => "KEYWARD_FAILED_CHANGES",
            Self::Deliveries => "KEYWARD_DELIVERIES",
            Self::Origin => "KEYWARD_ORIGIN",
        }
    }
}

/// The configuration of a function.
pub struct Config {
    /// Where the services are and who is calling.
    pub connection: Connection,
    /// The table of the rows without secrets.
    pub table: String,
    /// The table of sealed fields.
    pub vault: String,
    /// The KMS keys that wrap data keys.
    pub wrapping_keys: WrappingKeys,
    /// The KMS key that fingerprints requests.
    pub fingerprint_key: String,
    /// The KMS key that authenticates rows which grant something.
    pub row_key: String,
    /// What the deployment is called.
    pub deployment: String,
    /// The epoch of the tables.
    pub epoch: Epoch,
    /// The client that people sign in with.
    pub panel: PanelClient,
    /// Keyward as the issuer of tokens.
    pub issuer: Issuer,
    /// The KMS key that signs access tokens, for the function that issues them.
    pub signing_key: Option<String>,
    /// Who issues the ID tokens of people, for the function that takes them.
    pub sign_in: Option<TokenIssuer>,
    /// The user pool, for functions that invite people.
    pub user_pool: Option<String>,
    /// The queue of failed records, for functions that follow the table's stream.
    pub failed_changes: Option<String>,
    /// The queue of deliveries, for functions that tell which are due.
    pub deliveries: Option<String>,
    /// The address of the API and the panel, such as `https://keyward.example.com`, for functions that people come back to.
    pub origin: Option<String>,
    /// The control panel, which one function has.
    pub panel_place: Option<PanelPlace>,
}

/// Keyward as the issuer of tokens.
#[derive(Clone)]
pub struct Issuer {
    /// Its name: the claim `iss` of its tokens.
    pub name: String,
    /// The public keys that check them: a JWK Set.
    pub key_set: String,
    /// What checks them.
    pub tokens: TokenIssuer,
}

impl Issuer {
    /// The issuer of this name and with these public keys.
    ///
    /// # Errors
    ///
    /// [`BadKeySet`] if that is no JWK Set of RSA keys.
    pub fn new(name: String, key_set: String) -> Result<Self, BadKeySet> {
        let tokens = TokenIssuer::new(name.clone(), &key_set)?;
        Ok(Self { name, key_set, tokens })
    }
}

/// Where the panel's files are, and where people sign in.
#[derive(Debug, Clone)]
pub struct PanelPlace {
    /// The directory of the built panel.
    pub directory: PathBuf,
    /// The issuer of the OpenID provider.
    pub authority: Url,
    /// Where its session is ended.
    pub logout_url: Url,
    /// The panel's client id there.
    pub client_id: String,
    /// Whether this is a local stack on a developer's machine.
    pub whereabouts: Whereabouts,
}

/// Where this runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// On AWS.
    Deployed,
    /// On a developer's machine. The panel says so.
    Local,
}

/// A required variable is missing or has an invalid value.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing or of no use")]
pub struct Missing(&'static str);

/// A function cannot start where it is.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A variable is missing.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The file that `AWS_CA_BUNDLE` names cannot be read.
    #[error("the file that {CA_BUNDLE} names cannot be read")]
    Bundle(#[from] std::io::Error),
    /// The file that `AWS_CA_BUNDLE` names is of no use.
    #[error("the file that {CA_BUNDLE} names: {0}")]
    Roots(#[from] NoRoots),
    /// The keys of an issuer are none.
    #[error("{0}: {1}")]
    KeySet(&'static str, BadKeySet),
}

/// The name of [`Variable::TokenKeys`].
const KEY_SET: &str = "KEYWARD_TOKEN_KEYS";

/// The name of [`Variable::SignInKeys`].
const SIGN_IN_KEYS: &str = "KEYWARD_SIGN_IN_KEYS";

/// The name of [`Variable::AwsCertificateFile`].
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

fn roots() -> Result<Roots, Unfit> {
    match optional(CA_BUNDLE) {
        Some(path) => Ok(Roots::from_pem(&fs::read(path)?)?),
        None => Ok(Roots::amazon()),
    }
}

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

/// The function's whole name, which begins with the deployment's; nothing outside Lambda.
#[must_use]
pub fn whole_name() -> String {
    optional("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()
}

/// The name that mail servers are told: that of the deployment's API.
#[must_use]
pub fn mail_name() -> String {
    optional(Variable::MailName.as_str()).unwrap_or_else(|| "keyward.invalid".to_owned())
}

/// Where the panel is: beside the program, in the zip of the function that serves it.
fn panel_place() -> Result<Option<PanelPlace>, Missing> {
    let (Some(authority), Some(root)) = (optional(Variable::Issuer.as_str()), optional("LAMBDA_TASK_ROOT"))
    else {
        return Ok(None);
    };
    let url = |name, text: &str| Url::parse(text).map_err(|_| Missing(name));
    Ok(Some(PanelPlace {
        directory: Path::new(&root).join("panel"),
        authority: url(Variable::Issuer.as_str(), &authority)?,
        logout_url: url(Variable::LogoutUrl.as_str(), &needed(Variable::LogoutUrl.as_str())?)?,
        client_id: needed(Variable::PanelClient.as_str())?,
        whereabouts: Whereabouts::Deployed,
    }))
}

impl Config {
    /// Reads the environment once.
    ///
    /// # Errors
    ///
    /// [`Unfit`], naming the variable.
    pub fn from_environment() -> Result<Self, Unfit> {
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
                cognito_url: optional("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"),
                sqs_url: optional("AWS_ENDPOINT_URL_SQS"),
                roots: roots()?,
                connect: CONNECT,
                backoff: BACKOFF,
                limits: Limits::NETWORK,
                observer: None,
                front: None,
            },
            table: needed(Variable::Table.as_str())?,
            vault: needed(Variable::VaultTable.as_str())?,
            wrapping_keys: WrappingKeys {
                current: needed(Variable::WrappingKey.as_str())?,
                former: optional(Variable::FormerWrappingKey.as_str()),
            },
            fingerprint_key: needed(Variable::FingerprintKey.as_str())?,
            row_key: needed(Variable::RowKey.as_str())?,
            deployment: needed(Variable::Deployment.as_str())?,
            epoch: needed(Variable::Epoch.as_str())?
                .parse()
                .map_err(|_| Missing(Variable::Epoch.as_str()))?,
            panel: PanelClient::new(needed(Variable::PanelClient.as_str())?),
            issuer: Issuer::new(needed(Variable::TokenIssuer.as_str())?, needed(KEY_SET)?)
                .map_err(|error| Unfit::KeySet(KEY_SET, error))?,
            signing_key: optional(Variable::SigningKey.as_str()),
            sign_in: optional(Variable::SignInIssuer.as_str())
                .zip(optional(SIGN_IN_KEYS))
                .map(|(name, keys)| TokenIssuer::new(name, &keys))
                .transpose()
                .map_err(|error| Unfit::KeySet(SIGN_IN_KEYS, error))?,
            user_pool: optional(Variable::UserPool.as_str()),
            failed_changes: optional(Variable::FailedChanges.as_str()),
            deliveries: optional(Variable::Deliveries.as_str()),
            origin: optional(Variable::Origin.as_str()),
            panel_place: panel_place()?,
        })
    }
}
