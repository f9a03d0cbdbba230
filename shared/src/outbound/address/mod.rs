//! Which addresses a connection may go to.
//!
//! One `table` holds every range that cannot belong to a customer's system on the Internet: those of the
//! IANA special-purpose registries of IPv4 and IPv6 (RFC 6890), and a few ranges that these lack. There
//! is no other rule.

mod table;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use table::{IPV4, IPV6};

/// The kinds of addresses that a customer's system on the Internet cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reserved {
    /// Inside a private network. It is the only kind that an operator may
    /// [allow](Self::may_be_allowed).
    #[error("private")]
    Private,
    /// This machine, or no machine.
    #[error("that of the machine itself")]
    ThisHost,
    /// On the same link, as the metadata and runtime services of clouds are.
    #[error("link-local")]
    LinkLocal,
    /// Where a cloud tells its machines their credentials, outside the link-local ranges.
    #[error("that of a cloud's metadata service")]
    Metadata,
    /// More than one machine.
    #[error("that of a group")]
    Group,
    /// An IPv4 address in another form, which would need the rules of IPv4 once more.
    #[error("an IPv4 address within an IPv6 address")]
    Translated,
    /// For documentation, benchmarks, or a protocol of its own.
    #[error("set aside for another purpose")]
    SpecialPurpose,
    /// Given to nobody.
    #[error("given to nobody")]
    Unallocated,
}

impl Reserved {
    /// Whether an operator may allow an origin that resolves there.
    #[must_use]
    pub const fn may_be_allowed(self) -> bool {
        matches!(self, Self::Private)
    }
}

/// The kind that reserves the address; `None` for an address on the Internet.
#[must_use]
pub fn reserved(address: IpAddr) -> Option<Reserved> {
    match address {
        IpAddr::V4(address) => IPV4.iter().find(|range| range.contains(address)).map(|range| range.reserved),
        IpAddr::V6(address) => IPV6.iter().find(|range| range.contains(address)).map(|range| range.reserved),
    }
}

/// A range of addresses: those that begin with the same bits.
struct Range<A> {
    network: A,
    prefix: u32,
    reserved: Reserved,
    /// Who says so: RFC and section, or the cloud's name for it.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read, and for the tests to name"))]
    source: &'static str,
}

impl Range<Ipv4Addr> {
    const fn contains(&self, address: Ipv4Addr) -> bool {
        let differing = self.network.to_bits() ^ address.to_bits();
        differing.leading_zeros() >= self.prefix
    }
}

impl Range<Ipv6Addr> {
    const fn contains(&self, address: Ipv6Addr) -> bool {
        let differing = self.network.to_bits() ^ address.to_bits();
        differing.leading_zeros() >= self.prefix
    }
}
