//! A stored webhook.

use super::{event_type::EventTypes, method::HookMethod};
use crate::{
    endpoints::{endpoint::Activity, link::Link},
    environment::Environment,
    events::event::Event,
    ids::{AccountId, KeyId, OrganizationId, WebhookId},
    stamp::Stamp,
    title::Title,
};

/// Where an account wants to hear of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its identifier.
    pub id: WebhookId,
    /// Whose it is.
    pub account: AccountId,
    /// What people call it.
    pub name: Title,
    /// The types of events that it hears of.
    pub event_types: EventTypes,
    /// Where its requests go: a path below the key's base address. It was checked when it was stored, and is checked again with the
    /// key of each request.
    pub path: String,
    /// The method of its requests.
    pub method: HookMethod,
    /// Live or test. It hears of events of this environment alone, and its key is of the same.
    pub environment: Environment,
    /// The key that authenticates its requests. Only an inactive one may have none.
    pub key: Option<KeyId>,
    /// Whose entry of the key it uses, when that is organization-specific. It hears then of this organization's events alone.
    pub organization: Option<OrganizationId>,
    /// Whether it is in use.
    pub activity: Activity,
    /// Counts changes, from 1.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

impl Webhook {
    /// Whether it is active and hears of an event: one of its types, of its environment, and of its organization where it names one;
    /// or one that is made for it alone.
    #[must_use]
    pub fn hears(&self, event: &Event) -> bool {
        let is_for_it = match &event.only {
            Some(only) => *only == self.id,
            None => {
                let is_of_another =
                    |own: &OrganizationId| event.organization.as_ref().is_none_or(|of| of != own);
                !self.organization.as_ref().is_some_and(is_of_another)
                    && self.event_types.contains(&event.kind)
            }
        };
        self.activity == Activity::Active
            && self.account == event.account
            && self.environment == event.environment
            && is_for_it
    }

    /// The webhook's link: there is one exactly while it is active.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.named().filter(|_| self.activity == Activity::Active)
    }

    /// The link that there is, or would be if the webhook were active.
    pub(super) fn named(&self) -> Option<Link> {
        let key = self.key.as_ref()?;
        Some(Link {
            consumer: self.id.clone().into(),
            title: self.name.clone(),
            key: key.clone(),
            organization: self.organization.clone(),
            system: None,
            environment: self.environment,
        })
    }
}
