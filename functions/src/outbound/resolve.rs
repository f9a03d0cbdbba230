//! What a name stands for. It is a port, so that tests and the local stack can have names of their own.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
};

use tokio::net::lookup_host;

/// The addresses of a name, or why there are none.
pub type Resolution<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<Address>>> + Send + 'a>>;

/// Looks up names.
pub trait Resolve: Send + Sync {
    /// All addresses of a host name. It is asked once for each connection, and never for an IP address.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolution<'a>;
}

/// One address of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// What the DNS says. It is vetted before anything connects there, on the port that was asked for.
    Resolved(IpAddr),
    /// A server that stands in for the named one.
    ///
    /// # Security
    ///
    /// Nobody vets it. Only a resolver that a local stack or a test composes makes one.
    StandIn(SocketAddr),
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolution<'a> {
        Box::pin(async move {
            let answers = lookup_host((host, port)).await?;
            Ok(answers.map(|answer| Address::Resolved(answer.ip())).collect())
        })
    }
}
