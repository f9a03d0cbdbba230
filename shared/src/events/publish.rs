//! Publishing an event: the platform says what happened.

use serde_json::{Map, Value};

use super::{
    budget::spend,
    event::{Event, EventData},
};
use crate::{
    caller::Caller,
    complaints::Complaints,
    endpoints::endpoint::Activity,
    error::Error,
    idempotency::{Outcome, Ticket},
    ids::{EventId, WebhookId},
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    ports::{PublishEvent, ReadWebhook, SpendBudget},
    webhooks::{change, event_type::EventType, webhook::Webhook},
};

/// The first words of the types that only Keyward itself tells of.
const OWN: [&str; 2] = ["key", "webhook"];
/// The type of an event that tries a webhook.
const TRIAL: &str = "webhook.test";

/// An event as a caller writes it.
pub struct EventDraft {
    /// The type, not checked yet.
    pub kind: String,
    /// `live` or `test`.
    pub environment: String,
    /// The organization that it is about.
    pub organization: Option<String>,
    /// What is told of it.
    pub data: Map<String, Value>,
}

/// What one transaction writes.
pub struct Publication {
    /// The right of the caller to it, where that is held to in the transaction. Whoever publishes often would meet themselves there:
    /// a machine client's right is looked at before.
    pub by: Option<Held>,
    /// The event.
    pub event: Event,
    /// The record of the request, where it may be sent again.
    pub ticket: Option<Ticket>,
}

/// Publishes an event. Its deliveries are planned when the table's stream tells of it.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once, [`Error::WrongEnvironment`], [`Error::TooManyEvents`] when the account published
/// too many lately, [`Error::InProgress`] when the same request came first, and what the port reports. Nothing is stored then.
pub async fn publish(
    store: &(impl PublishEvent + SpendBudget),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    draft: EventDraft,
    ticket: Option<Ticket>,
) -> Result<EventId, Error> {
    let mut complaints = Complaints::default();
    let kind: Result<EventType, _> = complaints.parse("type", &draft.kind);
    if draft.kind.split('.').next().is_some_and(|word| OWN.contains(&word)) {
        complaints.complain(
            "type",
            "is one of those that only Keyward itself tells of: begin it with another word",
        );
    }
    let environment = complaints.parse("environment", &draft.environment);
    let organization = draft.organization.as_deref().map(|text| complaints.parse("organization", text));
    let data = complaints.take("data", EventData::try_from(draft.data));
    let event = complaints.settle(|| {
        Ok(Event {
            id: EventId::generate(moment.clock, moment.random),
            account: caller.account().clone(),
            kind: kind?,
            environment: environment?,
            organization: organization.transpose()?,
            only: None,
            data: data?,
            at: moment.clock.now(),
            by: caller.actor().to_string(),
        })
    })?;
    caller.check_environment(event.environment)?;
    spend(store, moment.clock, caller.account()).await?;
    let id = event.id.clone();
    store.publish_event(&Publication { by: None, event, ticket }).await?;
    Ok(id)
}

/// Publishes an event for one webhook alone, so that a person sees whether its requests arrive.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::WrongEnvironment`], a webhook that is not active, and what the ports report.
pub async fn try_webhook(
    store: &(impl PublishEvent + ReadWebhook),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    id: &WebhookId,
) -> Result<Event, Error> {
    let webhook: Webhook = change::find(store, caller, id).await?;
    if webhook.activity == Activity::Inactive {
        return Err(Error::invalid("active", "must be true for a test event: activate the webhook first"));
    }
    let message = Value::String("This event was sent by hand, to try the webhook.".to_owned());
    let members = Map::from_iter([("message".to_owned(), message)]);
    let event = Event {
        id: EventId::generate(moment.clock, moment.random),
        account: webhook.account,
        kind: TRIAL.parse().map_err(|_| Error::NotFound)?,
        environment: webhook.environment,
        organization: webhook.organization,
        only: Some(webhook.id),
        data: EventData::try_from(members).unwrap_or_default(),
        at: moment.clock.now(),
        by: caller.actor().to_string(),
    };
    let by = Some(caller.held()?);
    store.publish_event(&Publication { by, event: event.clone(), ticket: None }).await?;
    Ok(event)
}

/// The event that a request published before.
///
/// # Errors
///
/// [`Error::NotFound`] for the outcome of another kind of request.
pub fn recall(outcome: &Outcome) -> Result<EventId, Error> {
    match outcome {
        Outcome::Done { id, .. } => id.parse().map_err(|_| Error::NotFound),
        Outcome::Replaced { .. } => Err(Error::NotFound),
        Outcome::Running { .. } => Err(Error::InProgress),
    }
}
