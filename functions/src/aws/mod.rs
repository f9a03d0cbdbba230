//! The adapters: each implements ports of the domain with one AWS service. What DynamoDB and KMS call things stays
//! in here, and their errors are translated here by code.

mod accounts;
mod activity;
mod apps;
mod audit_item;
mod batch;
mod budgets;
mod callers;
mod client_rows;
mod client_secrets;
mod client_uses;
pub mod clients;
pub mod connect;
mod connection;
mod connections;
pub mod data_keys;
mod deletions;
mod delivery_item;
mod direct;
mod endpoint_item;
mod endpoints;
mod errors;
mod event_item;
mod events;
pub mod failed_changes;
pub mod fingerprints;
mod grants;
mod health;
pub mod hints;
mod item;
mod key_item;
mod keys;
mod last_use;
mod links;
mod lists;
mod member_rows;
pub mod membership;
mod network;
mod place;
pub mod profiles;
mod receipts;
mod record_item;
mod rewrapping;
pub mod roots;
mod row_kinds;
pub mod row_macs;
mod sealed_item;
mod service;
mod settings;
mod tidying;
pub mod token_signing;
mod told;
mod trail;
mod transaction;
pub mod user_pool;
mod webhook_item;
mod webhooks;
mod words;
pub mod wrapping;

use aws_sdk_dynamodb::Client;
use clients::{Clients, Lazy};
use direct::UseCalls;
use row_macs::RowMacs;

/// The format in which the tables hold rows. It rises with a change after which older code cannot read them.
pub const FORMAT: u32 = 3;

/// The two tables.
#[derive(Clone)]
pub struct Tables {
    client: Lazy<Client>,
    direct: UseCalls,
    keyward: String,
    vault: String,
    macs: RowMacs,
}

impl Tables {
    /// The tables of these names, and what makes and checks the MACs of their rows.
    #[must_use]
    pub fn new(clients: &Clients, keyward: String, vault: String, macs: RowMacs) -> Self {
        Self { client: clients.dynamodb(), direct: clients.direct().clone(), keyward, vault, macs }
    }
}
