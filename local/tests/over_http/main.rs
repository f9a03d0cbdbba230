//! The local gateway and the sign-in, over real HTTP on free ports of the loopback address.
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod gateway_authorizer;
mod gateway_events;
mod gateway_limits;
mod gateway_log;
mod gateway_responses;
mod kill;
mod program;
mod sign_in_browser;
mod sign_in_machines;
mod sign_in_session;
mod sign_in_tokens;
mod support;
