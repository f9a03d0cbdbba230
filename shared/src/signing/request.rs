//! What is to be signed.

use super::{BodyProblem, SignError, mac};
use crate::origin::Target;

/// A request without its authentication.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, as it is sent.
    pub method: &'a http::Method,
    /// Where it goes.
    pub target: &'a Target,
    /// Names and values in their order. A name may come again.
    pub headers: &'a [(String, String)],
    /// The body, empty where there is none.
    pub body: Body<'a>,
}

/// The body of a request, or as much of it as its signer has.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// Its SHA-256 digest alone, which is enough for the schemes that sign just that.
    Sha256([u8; 32]),
}

impl<'a> Body<'a> {
    /// The SHA-256 digest.
    pub(super) fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Bytes(bytes) => mac::sha256(bytes),
            Self::Sha256(digest) => *digest,
        }
    }

    /// The body itself, for `scheme`, which works on it.
    pub(super) const fn bytes(&self, scheme: &'static str) -> Result<&'a [u8], SignError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Sha256(_) => Err(SignError::BodyNeeded { scheme, problem: BodyProblem::Digest }),
        }
    }
}
