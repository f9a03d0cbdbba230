//! Webhooks: where an account wants to hear of events, and the key that its requests are authenticated with.
//!
//! Reading order: [`webhook`] for a stored webhook, [`event_type`] and [`method`] for its parts, [`draft`] for one as a caller asks
//! for it, [`plan`](mod@plan) for the rules between the two, [`change`] for creating, changing and deleting, and [`list`] for all
//! webhooks of an account. A webhook uses its key as an endpoint does: see [`link`](crate::endpoints::link).

pub mod change;
pub mod draft;
pub mod event_type;
pub mod list;
pub mod method;
pub mod plan;
pub mod webhook;
