//! The domain of Keyward: keys, the system library, sealing, signing, and the rules between them.
//!
//! The domain is independent of AWS, HTTP servers and Lambda. Everything that it needs from outside is a
//! trait: time and randomness in [`moment`], storage, the wrapping key and the systems outside in [`ports`].
//! `functions` implements them.

pub mod access;
pub mod caller;
pub mod causes;
pub mod coding;
pub mod complaints;
pub mod connect;
pub mod deliveries;
pub mod edit;
pub mod endpoints;
pub mod environment;
pub mod epoch;
pub mod error;
pub mod events;
#[cfg(test)]
mod fakes;
mod fresh;
pub mod idempotency;
pub mod ids;
pub mod interpolation;
pub mod json_pointer;
pub mod key_use;
pub mod keys;
pub mod membership;
pub mod moment;
pub mod origin;
pub mod outbound;
pub mod page;
mod pem;
mod percent;
pub mod permission;
pub mod ports;
pub mod private_key;
pub mod row_mac;
pub mod sealing;
pub mod secret;
pub mod set;
pub mod signing;
pub mod soap;
pub mod stamp;
pub mod strategy;
pub mod system;
pub mod title;
pub mod token;
pub mod version;
pub mod webhooks;
