//! Using a key: signing a request, sending one, handing out its values, and trying it against its system.
//!
//! Every use goes through the same steps. The key's row, its current sealed entries and the account's
//! settings are read together (`found`); everything is checked; the receipt is written while the data keys are
//! unwrapped; and only then is a secret opened. That order is in the types: opening takes a `Recorded`, which has
//! the data keys, and which only writing a receipt makes. No receipt, no use.

mod ask;
mod authorize;
mod found;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod parts;
mod resolve;
mod returned;
mod scrub;
mod send;
mod sign;
mod verify;

pub use ask::{Ask, AskedBody, AskedTarget, check_ask};
pub use found::Selection;
pub use resolve::{Resolved, resolve};
pub use send::{Answer, MAX_ANSWER_BYTES, SendAsk, send, sent_before};
pub use sign::{Outcome, sign};
pub use verify::{Edited, KeyTrial, Trial, TrialAsk, verify, verify_draft};
