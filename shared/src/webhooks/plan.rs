//! The rules that turn a draft into a webhook: rules for the webhook itself, and for the key that it uses.

use super::{draft::WebhookDraft, event_type::EventTypes, webhook::Webhook};
use crate::{
    complaints::Complaints,
    endpoints::{
        endpoint::Activity,
        plan::{check_key, no_such_key},
    },
    error::Error,
    ids::{AccountId, WebhookId},
    keys::{
        key::Key,
        using::{Ask, AskedBody, AskedTarget, Selection, check_ask},
    },
    origin::BaseUrl,
    stamp::Stamp,
};

/// The header by which a receiver knows an event again (Standard Webhooks 1.0.0, "Webhook Headers").
pub const ID_HEADER: &str = "webhook-id";

/// Checks a draft by itself. Version and stamps of the result are still to be set.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once.
pub fn plan(
    draft: WebhookDraft,
    id: &WebhookId,
    account: &AccountId,
    made: &Stamp,
) -> Result<Webhook, Error> {
    let mut complaints = Complaints::default();
    let name = complaints.parse("name", &draft.name);
    let types = EventTypes::parse(draft.event_types.iter().map(String::as_str));
    let event_types = complaints.take("event_types", types);
    let path = complaints.take("path", check_path(&draft.path));
    let method = complaints.parse("method", &draft.method);
    let environment = complaints.parse("environment", &draft.environment);
    // A text that cannot be a key's id is answered like the id of a missing key.
    let key = draft.key.as_deref().map(|text| text.parse().map_err(|_| complaints.add(no_such_key())));
    let organization = draft.organization.as_deref().map(|text| complaints.parse("organization", text));
    if draft.activity == Activity::Active && draft.key.is_none() {
        let reason = "is needed for an active webhook: choose a key, or set `active` to false";
        complaints.complain("key_id", reason);
    }
    if draft.key.is_none() && draft.organization.is_some() {
        complaints.complain("organization", "needs a key whose entry it names");
    }
    complaints.settle(|| {
        path?;
        Ok(Webhook {
            id: id.clone(),
            account: account.clone(),
            name: name?,
            event_types: event_types?,
            path: draft.path,
            method: method?,
            environment: environment?,
            key: key.transpose()?,
            organization: organization.transpose()?,
            activity: draft.activity,
            version: 0,
            created: made.clone(),
            updated: made.clone(),
        })
    })
}

/// A path begins with a slash, so that nobody takes it for a name of a server.
fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("must begin with `/`: it goes below the base address of the key".to_owned());
    }
    BaseUrl::check_path(path).map_err(|reason| reason.to_string())
}

/// Whether a webhook may use the key that it names: as [`check_key`] says, and the key can authenticate its requests.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once.
pub fn check_its_key(webhook: &Webhook, key: Option<&Key>) -> Result<(), Error> {
    let Some(named) = webhook.named() else { return Ok(()) };
    let key = check_key(&named, key)?;
    let selection =
        Selection { environment: Some(webhook.environment), organization: webhook.organization.clone() };
    check_ask(key, &selection, &sample(webhook)).map_err(|error| {
        let why = if matches!(error, Error::CannotSign(_)) {
            "is of a system that webhooks cannot send to: choose a key for requests over HTTP with a JSON body".to_owned()
        } else if matches!(error, Error::KeyUnreadable) {
            "the stored key cannot be read".to_owned()
        } else if sets_own_header(&error) {
            format!("sets the header `{ID_HEADER}` itself: choose another key")
        } else {
            return error;
        };
        Error::invalid("key_id", why)
    })
}

/// Whether it complains of a header of the key, or of its authentication, that every request of a webhook has.
fn sets_own_header(error: &Error) -> bool {
    let Error::InvalidFields(fields) = error else { return false };
    fields.iter().any(|field| field.field.starts_with("headers."))
}

/// A request as the webhook will send them.
fn sample(webhook: &Webhook) -> Ask {
    Ask {
        method: webhook.method.as_http(),
        target: AskedTarget::Path(webhook.path.clone()),
        headers: vec![(ID_HEADER.to_owned(), "evt_0".to_owned())],
        body: AskedBody::Bytes(b"{}".to_vec()),
    }
}
