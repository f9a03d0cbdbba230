//! Resolves a name to addresses. It is a port, so that tests and the local stack can define their own
//! names.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
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
    /// Addresses from the DNS, with the requested port. They are vetted before a connection is made.
    Resolved(IpAddr),
    /// A server that stands in for the named one.
    ///
    /// # Security
    ///
    /// It is not vetted. Only the resolvers of a local stack or a test make one.
    StandIn(SocketAddr),
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolution<'a> {
        Box::pin(async move {
            if is_local(host) {
                return Ok(vec![Address::Resolved(Ipv4Addr::LOCALHOST.into())]);
            }
            let answers = lookup_host((host, port)).await?;
            Ok(answers.map(|answer| Address::Resolved(answer.ip())).collect())
        })
    }
}

/// Names below `localhost` stand for loopback (RFC 6761 §6.3). Not all systems know that: some would ask the DNS.
fn is_local(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_below_localhost_are_loopback_and_are_not_looked_up() {
        for host in ["localhost", "LocalHost", "x.localhost", "a.b.localhost"] {
            let answer = SystemResolver.resolve(host, 443).await.unwrap();
            assert_eq!(answer, [Address::Resolved(Ipv4Addr::LOCALHOST.into())], "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "local"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
