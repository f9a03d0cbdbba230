//! What each function may do on AWS is what it does: the calls that it makes, the tables of routes and triggers, and the
//! deployed template say the same.

mod alarms;
mod calls;
mod generated;
mod proven;
mod template;
mod tour;
