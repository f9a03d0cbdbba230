//! `$default`: answers every request without a route. No token; no port.

use keyward_shared::error::Error;

use crate::edge::{Answer, Failure, Request};

pub fn handle(_: &Request) -> Result<Answer, Failure> {
    Err(Error::NotFound.into())
}
