//! The Lambda functions of Keyward: one module for each handler, the adapters to AWS, one mapping of errors, and the
//! composition of each function from its ports.
//!
//! Architecture Invariant: handlers do not depend on AWS or on status numbers; adapters do not depend on
//! handlers or on HTTP.

pub mod aws;
pub mod bounds;
pub mod compose;
pub mod config;
pub mod edge;
pub mod entrance;
pub mod failed_change;
pub mod handlers;
mod hint;
mod kept;
mod lately;
pub mod method;
pub mod metrics;
#[cfg_attr(not(feature = "document"), allow(dead_code, reason = "only the document reads what routes say"))]
pub mod openapi;
pub mod outbound;
pub mod panel;
pub mod process;
mod reach;
pub mod running;
pub mod services;
pub mod stream_filter;
pub mod system;
pub mod table;
