//! The gate from both sides: servers on loopback that behave and misbehave, and listeners that nobody may reach.

mod answers;
mod forbidden;
mod requests;
mod support;
mod tls;
