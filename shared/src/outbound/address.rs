//! Which addresses a connection may go to.

use std::net::IpAddr;

/// A range of addresses that no customer's system on the Internet can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reserved {
    /// Inside somebody's network.
    #[error("private")]
    Private,
    /// This machine, its link, its metadata service, or a range with another purpose.
    #[error("reserved")]
    Never,
}

/// Which of the two it is; `None` for an address on the Internet.
#[must_use]
pub const fn reserved(_address: IpAddr) -> Option<Reserved> {
    None
}
