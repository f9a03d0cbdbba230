//! Deliveries: the sending of an event to one webhook, as often as it takes.
//!
//! Reading order: [`delivery`] for a stored delivery, [`schedule`] for when it is tried again, [`hold`] for what makes deliveries wait,
//! [`attempt`] for one try and what comes of it, and [`release`] for trying again by hand.
//!
//! Architecture Invariant: the state of a delivery stands in its row alone. Whatever finds that it is due reads the row, takes it for
//! a time by a conditional write, and writes what came of it by another one. So a delivery that is found twice, late or by two at once
//! is sent as if it had been found once, and one whose sender was stopped is due again when its time is over.

pub mod attempt;
pub mod delivery;
pub mod hold;
pub mod release;
pub mod schedule;
