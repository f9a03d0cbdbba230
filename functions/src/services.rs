//! The services that functions are composed from, each made once for a process.

use std::sync::Arc;

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    connect::{Callback, Checks},
    epoch::Epoch,
    error::Error,
    membership::issuing,
    moment::{Clock, Moment},
    origin::Scheme,
    token::TokenIssuer,
};

use crate::{
    aws::{
        Tables,
        clients::{Clients, Lazy},
        data_keys::Remembering,
        failed_changes::FailedChanges,
        fingerprints::Fingerprinting,
        hints::Hints,
        row_macs::RowMacs,
        token_signing::TokenSigning,
        user_pool::UserPool,
        wrapping::{Rewrapping, Unwrapping, Wrapping},
    },
    config::{Config, Issuer, Variable},
    edge::Tokens,
    handlers::get_panel::Panel,
    lately::Lately,
    outbound::Outside,
    reach::{GrantedTokens, Reach},
    system::SystemRandom,
};

/// The clock of a process, shared by everything that is composed in it. The configuration says the epoch.
#[derive(Clone)]
pub(crate) struct SharedClock {
    clock: Arc<dyn Clock>,
    epoch: Epoch,
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// Everything that functions are composed from.
pub struct Services {
    pub(crate) clients: Clients,
    pub(crate) tables: Tables,
    pub(crate) wrapping: Wrapping,
    pub(crate) fingerprinting: Fingerprinting,
    pub(crate) rewrapping: Rewrapping,
    pub(crate) unwrapping: Remembering<Unwrapping, SharedClock>,
    pub(crate) panel: PanelClient,
    pub(crate) tokens: Tokens,
    pub(crate) lately: Lately,
    pub(crate) clock: SharedClock,
    random: SystemRandom,
    pub(crate) outside: Outside,
    granted: GrantedTokens,
    origin: Option<String>,
    pub(crate) failed_changes: FailedChanges,
    pub(crate) hints: Hints,
    signing: Option<Signing>,
    issuer: Issuer,
    sign_in: Option<TokenIssuer>,
    user_pool: Option<UserPool>,
    panel_page: Option<Panel>,
}

/// What signs tokens, and the id by which they name its key.
struct Signing {
    key: TokenSigning,
    key_id: String,
}

impl Signing {
    fn new(kms: Lazy<aws_sdk_kms::Client>, key: String) -> Self {
        // The id of a key is the last part of its ARN.
        let key_id = key.rsplit('/').next().unwrap_or_default().to_owned();
        Self { key: TokenSigning::new(kms, key), key_id }
    }
}

impl Services {
    /// The services that a configuration names, and the way to customers' systems.
    #[must_use]
    pub fn new(config: Config, clock: impl Clock + 'static, outside: Outside) -> Self {
        let clock = SharedClock { clock: Arc::new(clock), epoch: config.epoch };
        let clients = Clients::new(config.connection);
        let kms = clients.kms();
        Self {
            tables: Tables::new(
                &clients,
                config.table,
                config.vault,
                RowMacs::new(&clients, config.row_key, &config.deployment),
            ),
            wrapping: Wrapping::new(kms.clone(), config.wrapping_keys.current.clone()),
            rewrapping: Rewrapping::new(kms.clone(), config.wrapping_keys.clone()),
            fingerprinting: Fingerprinting::new(kms.clone(), config.fingerprint_key),
            unwrapping: Remembering::new(Unwrapping::new(&clients, config.wrapping_keys), clock.clone()),
            panel: config.panel,
            signing: config.signing_key.map(|key| Signing::new(kms.clone(), key)),
            tokens: Tokens::of(config.issuer.tokens.clone()),
            issuer: config.issuer,
            sign_in: config.sign_in,
            lately: Lately::default(),
            clock,
            random: SystemRandom,
            outside,
            granted: GrantedTokens::default(),
            origin: config.origin,
            failed_changes: FailedChanges::new(clients.sqs(), config.failed_changes),
            hints: Hints::new(clients.sqs(), config.deliveries),
            user_pool: config.user_pool.map(|id| UserPool::new(clients.cognito(), id)),
            panel_page: config.panel_place.and_then(|place| {
                let read = Panel::read(&place);
                read.inspect_err(|error| tracing::error!(%error, "the panel's files could not be read")).ok()
            }),
            clients,
        }
    }

    /// The control panel. It was read when the process started, while Lambda gives a whole core; `None` where there is none.
    pub(crate) const fn panel_page(&self) -> Option<&Panel> {
        self.panel_page.as_ref()
    }

    /// Keyward as the issuer of tokens.
    pub(crate) const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What tokens are issued with, for the function whose environment names it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not.
    pub(crate) fn issuing(&self) -> Result<(&TokenSigning, issuing::Issuer<'_>), Error> {
        let (Some(signing), Some(sign_in)) = (&self.signing, &self.sign_in) else {
            return Err(Error::NotFound);
        };
        let name = &self.issuer.name;
        let issuer = issuing::Issuer { name, key_id: &signing.key_id, sign_in, panel: &self.panel };
        Ok((&signing.key, issuer))
    }

    /// The user pool, for functions whose environment names it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not.
    pub(crate) fn user_pool(&self) -> Result<&UserPool, Error> {
        self.user_pool.as_ref().ok_or(Error::NotFound)
    }

    /// Whether what this variable names was given. The panel's may be missing: its function then says that there is none.
    pub(crate) const fn has(&self, variable: Variable) -> bool {
        match variable {
            Variable::SigningKey => self.signing.is_some(),
            Variable::SignInIssuer | Variable::SignInKeys => self.sign_in.is_some(),
            Variable::UserPool => self.user_pool.is_some(),
            Variable::Origin => self.origin.is_some(),
            Variable::FailedChanges => self.failed_changes.is_named(),
            Variable::Deliveries => self.hints.is_named(),
            Variable::Table
            | Variable::VaultTable
            | Variable::WrappingKey
            | Variable::FormerWrappingKey
            | Variable::FingerprintKey
            | Variable::RowKey
            | Variable::Deployment
            | Variable::Epoch
            | Variable::PanelClient
            | Variable::TokenIssuer
            | Variable::TokenKeys
            | Variable::CertificateFile
            | Variable::AwsCertificateFile
            | Variable::Issuer
            | Variable::LogoutUrl
            | Variable::MailName => true,
        }
    }

    /// The way to customers' systems with everything that authenticates requests, for functions that use stored keys.
    pub(crate) const fn reach(&self) -> Reach<'_, SharedClock> {
        Reach {
            outside: &self.outside,
            tables: &self.tables,
            unwrapping: &self.unwrapping,
            granted: &self.granted,
            clock: &self.clock,
        }
    }

    /// Where systems send people back to, for functions whose environment names it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it does not.
    pub(crate) fn callback(&self) -> Result<Callback<'_>, Error> {
        let origin = self.origin.as_deref().ok_or(Error::NotFound)?;
        let scheme = if origin.starts_with("https://") { Scheme::Https } else { Scheme::Http };
        Ok(Callback { origin, scheme, checks: Checks::ALL })
    }

    pub(crate) fn moment(&self) -> Moment<'_, SharedClock, SystemRandom> {
        Moment { clock: &self.clock, random: &self.random }
    }
}
