//! The services that functions are composed from, each made once for a process.

use std::sync::Arc;

use jiff::Timestamp;
use keyward_shared::{
    caller::PanelClient,
    epoch::Epoch,
    error::Error,
    moment::{Clock, Moment},
};

use crate::{
    aws::{
        Tables,
        clients::Clients,
        data_keys::Remembering,
        failed_changes::FailedChanges,
        fingerprints::Fingerprinting,
        user_pool::UserPool,
        wrapping::{Rewrapping, Unwrapping, Wrapping},
    },
    config::{Config, Variable},
    edge::Tokens,
    handlers::get_panel::Panel,
    outbound::Outside,
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
    pub(crate) clock: SharedClock,
    random: SystemRandom,
    pub(crate) outside: Outside,
    pub(crate) failed_changes: FailedChanges,
    user_pool: Option<UserPool>,
    panel_page: Option<Panel>,
}

impl Services {
    /// The services that a configuration names, and the way to customers' systems.
    #[must_use]
    pub fn new(config: Config, clock: impl Clock + 'static, outside: Outside) -> Self {
        let clock = SharedClock { clock: Arc::new(clock), epoch: config.epoch };
        let clients = Clients::new(config.connection);
        let kms = clients.kms();
        Self {
            tables: Tables::new(&clients, config.table, config.vault),
            wrapping: Wrapping::new(kms.clone(), config.wrapping_keys.current.clone()),
            rewrapping: Rewrapping::new(kms.clone(), config.wrapping_keys.clone()),
            fingerprinting: Fingerprinting::new(kms.clone(), config.fingerprint_key),
            unwrapping: Remembering::new(Unwrapping::new(&clients, config.wrapping_keys), clock.clone()),
            panel: config.panel,
            tokens: Tokens::of(config.tokens),
            clock,
            random: SystemRandom,
            outside,
            failed_changes: FailedChanges::new(clients.sqs(), config.failed_changes),
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
            Variable::UserPool => self.user_pool.is_some(),
            Variable::FailedChanges => self.failed_changes.is_named(),
            Variable::Table
            | Variable::VaultTable
            | Variable::WrappingKey
            | Variable::FormerWrappingKey
            | Variable::FingerprintKey
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

    pub(crate) fn moment(&self) -> Moment<'_, SharedClock, SystemRandom> {
        Moment { clock: &self.clock, random: &self.random }
    }
}
