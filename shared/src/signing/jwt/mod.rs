//! Signatures of JSON Web Tokens (RFC 7515, RFC 7519) with a private key.

mod pem;
mod private_key;

pub(in crate::signing) use private_key::PrivateKey;
pub use private_key::{Algorithm, SignWith, check_private_key};
