//! A request on its way out, and the answer on its way in.

use http::{Method, StatusCode};

use crate::origin::Origin;

/// A request as it is to be sent. It may hold secrets, so it has no `Debug`.
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a Method,
    /// Where the connection goes.
    pub origin: &'a Origin,
    /// Path and query as they were signed: empty, or starting with `/` or `?`.
    pub path_and_query: &'a str,
    /// All headers but `Host` and `Content-Length`, which the connection sets.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body; empty for none.
    pub body: &'a [u8],
    /// The most bytes of the answer's body to read.
    pub max_body_bytes: usize,
}

/// An answer. It may repeat secrets, so it has no `Debug`.
pub struct Incoming {
    /// The status. A redirect is an answer like any other: it is never followed.
    pub status: StatusCode,
    /// The headers without those of the connection (RFC 9110 §7.6.1), in their order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, or its start.
    pub body: Vec<u8>,
    /// Whether the body was longer than what was read of it.
    pub truncated: bool,
}
