//! Listeners on loopback that nobody may reach.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};

/// Two listeners on one port, by IPv4 and by IPv6.
pub(crate) struct Traps([TcpListener; 2]);

impl Traps {
    pub(crate) async fn set() -> Self {
        loop {
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let port = v4.local_addr().expect("an address").port();
            // Another process may have the port by IPv6.
            if let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                return Self([v4, v6]);
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.0[0].local_addr().expect("an address").port()
    }

    /// How many connections they got.
    pub(crate) async fn connections(&self) -> usize {
        let mut connections = 0;
        for listener in &self.0 {
            connections += count(listener, listener.local_addr().expect("an address")).await;
        }
        connections
    }
}

/// Makes a connection itself and counts those that are before it in the queue.
async fn count(listener: &TcpListener, address: SocketAddr) -> usize {
    let last = TcpStream::connect(address).await.expect("a connection").local_addr().expect("an address");
    let mut connections = 0;
    while listener.accept().await.expect("a connection").1 != last {
        connections += 1;
    }
    connections
}
