//! The function table: the single source of everything about each function of Keyward.
//!
//! The binary composes functions from it, the router and the OpenAPI document take their routes from it, and `make generate`
//! writes the functions' part of what is deployed from it. The rules in the tests walk it, so a function is covered on the day
//! it is added. The functions stand in one file for each area.

mod account;
mod behind;
pub mod changes;
#[cfg(feature = "document")]
mod document;
mod endpoints;
mod events;
mod keys;
pub mod kinds;
pub mod looks;
mod name;
mod operator;
mod package;
mod public;
pub mod rights;
pub mod route;
mod systems;
mod uses;
mod webhooks;
#[cfg(feature = "document")]
mod words;

use std::{pin::Pin, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

#[cfg(feature = "document")]
pub use self::document::document;
pub use self::{
    name::{FunctionName, UnknownFunction},
    package::Package,
    rights::{Resource, Right},
    route::Route,
};
use crate::{
    aws::connect::Service,
    config::Variable,
    handlers::stream_batch::{BatchResponse, NoSequenceNumber, StreamEvent},
    services::Services,
    stream_filter::StreamFilter,
};

/// One function. Each is a process of its own, under a role of its own.
pub struct Function {
    /// Its name.
    pub name: FunctionName,
    /// What it does, in at most 256 characters: Lambda shows it, and so do the tables in the documents.
    pub description: &'static str,
    /// The limits of a call.
    pub limits: Limits,
    /// The variables that it needs beside [`Variable::COMMON`].
    pub environment: &'static [Variable],
    /// Its rights on AWS, beside writing its own log.
    pub rights: &'static [Right],
    /// The event that calls it, and its composition.
    pub calls: Calls,
}

impl Function {
    /// The services that it calls.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        rights::services(self.rights)
    }

    /// Whether it opens the secrets of keys.
    #[must_use]
    pub fn unwraps(&self) -> bool {
        self.rights.iter().flat_map(Right::each).any(|action| action.action == "kms:Decrypt")
    }

    /// The zip that holds its code.
    #[must_use]
    pub fn package(&self) -> Package {
        Package::ALL
            .into_iter()
            .find(|package| package.functions().contains(&self.name))
            .unwrap_or(Package::Functions)
    }

    /// The routes that call it.
    #[must_use]
    pub const fn routes(&self) -> &'static [Route] {
        match self.calls {
            Calls::Gateway(routes) => routes,
            Calls::Stream { .. } | Calls::Queue { .. } | Calls::Schedule { .. } => &[],
        }
    }
}

/// The limits of a call of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The memory, with its reason.
    pub memory: Memory,
    /// What it connects to.
    pub reaches: Reaches,
    /// The time.
    pub timeout_seconds: u32,
    /// How many calls may run at once, where that is limited.
    pub reserved_concurrency: Option<u32>,
    /// How many requests to DynamoDB a call has open at one time.
    pub dynamodb_at_once: usize,
}

impl Limits {
    /// What functions have that a route calls: API Gateway waits 30 seconds for them.
    pub const USUAL: Self = Self {
        memory: Memory::USUAL,
        reaches: Reaches::Services,
        timeout_seconds: 29,
        reserved_concurrency: None,
        dynamodb_at_once: 1,
    };
    /// The same for functions that store credentials, and open private keys to check them.
    pub const CHECKING: Self = Self { memory: Memory::CHECKING, ..Self::USUAL };
    /// The same for functions that connect to customers' systems.
    pub const REACHING: Self = Self { memory: Memory::REACHING, reaches: Reaches::Customers, ..Self::USUAL };
    /// The same for functions that make two requests to DynamoDB at one time.
    pub const TWO_AT_ONCE: Self = Self { dynamodb_at_once: 2, ..Self::USUAL };
    /// The same for functions that make three.
    pub const THREE_AT_ONCE: Self = Self { dynamodb_at_once: 3, ..Self::USUAL };
}

/// The memory of a function. Lambda gives a share of a processor along with it: 1,769 MB are one (AWS Lambda developer guide,
/// "Configure Lambda function memory").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// How much, in MB.
    pub mb: u32,
    /// Why it is that much.
    pub why: &'static str,
}

impl Memory {
    /// What a function has that mostly waits for AWS's services.
    pub const USUAL: Self =
        Self { mb: 128, why: "The least that Lambda gives: it waits for AWS's services." };
    /// What a function has that opens private keys.
    pub const CHECKING: Self = Self {
        mb: 512,
        why: "It opens private keys: scrypt takes up to 64 MiB, and bcrypt more of a processor than 128 MB bring.",
    };
    /// What a function has that speaks TLS or SSH with customers' systems.
    pub const REACHING: Self = Self {
        mb: 512,
        why: "TLS and SSH with customers' systems and opening private keys take more of a processor than 128 MB bring.",
    };
}

/// What a function connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaches {
    /// AWS's services only.
    Services,
    /// The systems of customers too. Such a function is in the network that the deployment names, if it names one.
    Customers,
}

/// The event that calls a function, and the code that runs with the parts that the function is
/// composed from.
pub enum Calls {
    /// API Gateway, by these routes.
    Gateway(&'static [Route]),
    /// The stream of the table, with these records.
    Stream {
        /// The event source mapping's name in the template.
        mapping: &'static str,
        /// Which records.
        records: &'static StreamFilter,
        /// What deals with a batch.
        handler: fn(Arc<Services>, StreamEvent) -> Eventual<Result<BatchResponse, NoSequenceNumber>>,
    },
    /// A queue of SQS, with messages.
    Queue {
        /// The event source mapping's name in the template.
        mapping: &'static str,
        /// What deals with a batch.
        handler: JsonHandler,
    },
    /// An operator by hand, and a schedule.
    Schedule {
        /// When the schedule calls it, in words.
        when: &'static str,
        /// What answers the event.
        handler: JsonHandler,
    },
}

/// What takes JSON and answers JSON, with the time at which it is stopped.
pub type JsonHandler = fn(Arc<Services>, Value, Timestamp) -> Eventual<Result<Value, JsonError>>;

/// The reason why such a function failed. It repeats nothing of the event.
pub type JsonError = Box<dyn std::error::Error + Send + Sync>;

/// The future of an answer.
pub type Eventual<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Functions that belong together.
pub struct Area {
    /// The area's name.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [Function],
}

/// Every area, with every function.
pub const AREAS: [Area; 10] = [
    Area { name: "systems", functions: systems::FUNCTIONS },
    Area { name: "keys", functions: keys::FUNCTIONS },
    Area { name: "endpoints", functions: endpoints::FUNCTIONS },
    Area { name: "webhooks", functions: webhooks::FUNCTIONS },
    Area { name: "events", functions: events::FUNCTIONS },
    Area { name: "uses", functions: uses::FUNCTIONS },
    Area { name: "account", functions: account::FUNCTIONS },
    Area { name: "operator", functions: operator::FUNCTIONS },
    Area { name: "public", functions: public::FUNCTIONS },
    Area { name: "behind", functions: behind::FUNCTIONS },
];

/// Every route that asks for no token, with what takes the token's place.
pub const OPEN_ROUTES: [(&str, &str); 14] = [
    ("POST /v1/token", "the secret of a machine client, or the ID token of a sign-in"),
    ("GET /v1/.well-known/openid-configuration", "nothing: it shows who issues tokens"),
    ("GET /v1/.well-known/jwks.json", "nothing: it shows the public keys that check tokens"),
    ("GET /v1/openapi.json", "nothing: it shows the API document, which is public"),
    ("GET /v1/version", "nothing: it shows which code answers"),
    ("GET /", "nothing: it shows the control panel, in which people sign in"),
    ("HEAD /", "nothing: it shows that the control panel is there"),
    ("GET /config.json", "nothing: it shows where people sign in"),
    ("HEAD /config.json", "nothing: it shows that this is there"),
    ("GET /favicon.svg", "nothing: it shows an image"),
    ("HEAD /favicon.svg", "nothing: it shows that this is there"),
    ("GET /assets/{file}", "nothing: it shows the files of the control panel"),
    ("HEAD /assets/{file}", "nothing: it shows that a file is there"),
    ("$default", "nothing: it answers that there is no such route, or leads into the control panel"),
];

/// Every function.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    AREAS.iter().flat_map(|area| area.functions)
}

/// Every route, with its function.
pub fn routes() -> impl Iterator<Item = (&'static Function, &'static Route)> {
    functions().flat_map(|function| function.routes().iter().map(move |route| (function, route)))
}
