//! The only way to customers' systems: every connection to one goes through [`Outside`].
//!
//! Architecture Invariant: nothing else in this crate opens a connection to an address that a customer named. There is
//! no proxy, no redirect is followed, and no connection serves twice.

mod dialogue;
mod ftp;
mod http;
mod lines;
mod log_in;
mod obtain;
pub mod resolve;
#[cfg(test)]
mod scripted;
mod sftp;
mod smtp;
mod tls;

#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

pub use log_in::LogIns;

use crate::kept::Kept;
use keyward_shared::{
    outbound::{AllowedOrigins, Forbidden, LoginError, OutboundError, Peer, Unreachable, reserved},
    signing::oauth2::AccessToken,
    soap::Session,
};
use resolve::{Address, Resolve, SystemResolver};
use tls::{Refused, Tls};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, error::Elapsed, timeout, timeout_at},
};
use tokio_rustls::{client::TlsStream, rustls::pki_types::CertificateDer};

/// The time to look up the name and try its addresses. A reachable server answers within one or two seconds.
const CONNECT: Duration = Duration::from_secs(5);
/// A name's further addresses are vetted, but not tried: each would get too little of the time.
const MAX_TRIED: usize = 4;

/// The most tokens, and the most sessions, that are kept.
const MOST_KEPT: usize = 256;

/// For all that one use does outside, however many requests that takes. API Gateway waits 30 seconds for an answer.
const EVERYTHING: Duration = Duration::from_secs(25);

tokio::task_local! {
    /// When the use that runs here must be done with all that it does outside.
    static DEADLINE: Instant;
}

/// Limits the time of a use: all its work outside ends with the limit. The future of a use is large, so it is
/// put on the heap instead of the caller's stack.
pub fn bounded<F: Future>(of_use: F) -> impl Future<Output = F::Output> {
    DEADLINE.scope(Instant::now() + EVERYTHING, Box::pin(of_use))
}

/// Runs something until the time of the use that it belongs to is over.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let deadline = DEADLINE.try_with(|deadline| *deadline);
    timeout_at(deadline.unwrap_or_else(|_| Instant::now() + EVERYTHING), work).await
}

/// The way to customers' systems.
///
/// # Security
///
/// A name is resolved once for each connection, every address that comes back is vetted, and the connection goes to
/// exactly one of those addresses: no second answer of the DNS can take its place.
pub struct Outside {
    resolver: Box<dyn Resolve>,
    tls: Tls,
    log_ins: Option<LogIns>,
    /// The name that mail servers are told.
    mail_name: String,
    tokens: Kept<[u8; 32], Arc<AccessToken>>,
    sessions: Kept<[u8; 32], Arc<Session>>,
}

impl Outside {
    /// The Internet, with the system's resolver and its root certificates. Deployed functions use this.
    /// It speaks HTTP only.
    #[must_use]
    pub fn internet() -> Self {
        Self::new(SystemResolver, Vec::new())
    }

    /// For local stacks and tests: names are resolved by this resolver, and root certificates are added to
    /// the system's.
    #[must_use]
    pub fn new(resolver: impl Resolve + 'static, extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self {
            resolver: Box::new(resolver),
            tls: Tls::new(extra_roots),
            log_ins: None,
            mail_name: String::new(),
            tokens: Kept::new(MOST_KEPT),
            sessions: Kept::new(MOST_KEPT),
        }
    }

    /// The same, which logs in to mail and file servers, too. Mail servers are told this name: relays such as Google's refuse
    /// a client that names itself by an address or as `localhost`.
    #[must_use]
    pub fn logging_in(self, log_ins: LogIns, mail_name: impl Into<String>) -> Self {
        Self { log_ins: Some(log_ins), mail_name: mail_name.into(), ..self }
    }

    /// Whether it logs in to mail and file servers.
    pub(crate) const fn logs_in(&self) -> bool {
        self.log_ins.is_some()
    }

    /// A connection to the peer, if the rules allow one.
    pub(crate) async fn connect(
        &self,
        peer: &Peer,
        allowed: &AllowedOrigins,
    ) -> Result<TcpStream, OutboundError> {
        let allowed = allowed.contains(peer);
        if !allowed && !peer.protocol().may_use(peer.port()) {
            return Err(forbidden(peer, Forbidden::Port(peer.port())));
        }
        let deadline = Instant::now() + CONNECT;
        let answers = timeout_at(deadline, self.look_up(peer)).await.map_err(|_| timed_out(peer))??;
        // All of them before any: an answer that mixes good and bad addresses is an attack or a mistake.
        let vetted = answers.into_iter().map(|address| vet(peer, address, allowed));
        let vetted = vetted.collect::<Result<Vec<_>, _>>()?;
        connect_in_order(peer, &vetted, deadline).await
    }

    /// Speaks TLS with the peer over a connection to it; its certificate must be for the peer's host.
    pub(crate) async fn encrypt<S>(&self, peer: &Peer, stream: S) -> Result<TlsStream<S>, OutboundError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let encrypted = self.tls.encrypt(peer.protocol(), without_brackets(peer.host()), stream).await;
        encrypted.map_err(|why| unreachable(peer, why))
    }

    /// The same; with a fingerprint, the certificate must be the one that has it, whatever else it says.
    ///
    /// # Errors
    ///
    /// [`LoginError::CertificateChanged`] for another certificate than the accepted one.
    pub(crate) async fn encrypt_as<S>(
        &self,
        peer: &Peer,
        stream: S,
        accepted: Option<&str>,
    ) -> Result<TlsStream<S>, LoginError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let Some(accepted) = accepted else { return Ok(self.encrypt(peer, stream).await?) };
        let encrypted = tls::encrypt_pinned(accepted, without_brackets(peer.host()), stream).await;
        encrypted.map_err(|refused| match refused {
            Refused::Other { fingerprint } => LoginError::CertificateChanged { fingerprint },
            Refused::Unreachable(why) => unreachable(peer, why).into(),
        })
    }

    async fn look_up(&self, peer: &Peer) -> Result<Vec<Address>, OutboundError> {
        if let Ok(literal) = without_brackets(peer.host()).parse() {
            return Ok(vec![Address::Resolved(literal)]);
        }
        let answers = self.resolver.resolve(peer.host(), peer.port()).await;
        let answers = answers.ok().filter(|answers| !answers.is_empty());
        answers.ok_or_else(|| unreachable(peer, Unreachable::NoAddress))
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Where the connection goes, unless the rules forbid it.
fn vet(peer: &Peer, address: Address, allowed: bool) -> Result<SocketAddr, OutboundError> {
    match address {
        Address::StandIn(address) => Ok(address),
        Address::Resolved(address) => vet_resolved(peer, address, allowed),
    }
}

fn vet_resolved(peer: &Peer, address: IpAddr, allowed: bool) -> Result<SocketAddr, OutboundError> {
    match reserved(address) {
        Some(kind) if !(allowed && kind.may_be_allowed()) => Err(forbidden(peer, Forbidden::Address(kind))),
        Some(_) | None => Ok(SocketAddr::new(address, peer.port())),
    }
}

/// Tries one address after the other, each with its share of the time that is left: one that swallows packets must not
/// keep the next from its turn.
async fn connect_in_order(
    peer: &Peer,
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<TcpStream, OutboundError> {
    let mut outcome = Err(unreachable(peer, Unreachable::NoAddress));
    let turns = (1_u32..).take(addresses.len().min(MAX_TRIED)).collect::<Vec<_>>();
    for (turns_left, address) in turns.into_iter().rev().zip(addresses) {
        let share = deadline.saturating_duration_since(Instant::now()) / turns_left;
        outcome = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(_)) => Err(unreachable(peer, Unreachable::NoConnection)),
            Err(_) => Err(timed_out(peer)),
        };
    }
    outcome
}

pub(crate) fn forbidden(peer: &Peer, reason: Forbidden) -> OutboundError {
    OutboundError::Forbidden { host: peer.host().to_owned(), reason }
}

pub(crate) fn unreachable(peer: &Peer, why: Unreachable) -> OutboundError {
    OutboundError::Unreachable { host: peer.host().to_owned(), why }
}

/// The connection ended too early, or the received data broke the protocol.
pub(crate) fn broken(peer: &Peer) -> OutboundError {
    unreachable(peer, Unreachable::Protocol)
}

pub(crate) fn timed_out(peer: &Peer) -> OutboundError {
    OutboundError::TimedOut { host: peer.host().to_owned() }
}
