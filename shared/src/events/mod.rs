//! Events: what happened, as webhooks hear of it.
//!
//! Reading order: [`event`] for a stored event, [`publish`](mod@publish) for one of the platform's, [`budget`] for how many
//! of them there may be, [`own`] for those of keys,
//! [`plan`](mod@plan) for the deliveries that an event leads to, and [`batch`] for the records of the stream that start both.

pub mod batch;
pub mod budget;
pub mod event;
pub mod own;
pub mod plan;
pub mod publish;
