//! The check of a key against its system: the request, and the rules for its answer. This module does not
//! send it.

use http::Method;
use serde::Deserialize;

use super::{check_path::CheckPath, constant_header::ConstantHeader, rule::Rule};
pub use crate::json_pointer::JsonPointer;

/// The cheapest way to find out whether a system accepts a key.
#[derive(Debug)]
pub enum Verify {
    /// One request that only reads.
    Http(HttpCheck),
    /// Log in, look at the start directory where there is one, and leave.
    Login,
    /// Obtain an OAuth 2.0 token, and make a request with it where the template has one.
    Token {
        /// What an answer of the token endpoint means that has no token.
        rules: Vec<Rule>,
        /// The request.
        then: Option<HttpCheck>,
    },
    /// Open a SOAP session.
    SoapLogin(SoapCheck),
    /// Ask with GET for a path that the user names, or for the base address.
    UserPath,
}

impl Verify {
    /// What the answers mean: the rules of the first request, and then those of the second.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let (first, second): (&[Rule], &[Rule]) = match self {
            Self::Http(check) => (&check.rules, &[]),
            Self::Token { rules, then } => (rules, then.as_ref().map_or(&[], |check| &check.rules)),
            Self::SoapLogin(check) => (&check.rules, &[]),
            Self::Login | Self::UserPath => (&[], &[]),
        };
        first.iter().chain(second)
    }
}

/// A request below the base address, and how its answer is read.
#[derive(Debug)]
pub struct HttpCheck {
    /// The method.
    pub method: Method,
    /// The path with query, below the base address, with places for public fields.
    pub path: CheckPath,
    /// Headers of this request alone. They replace those of the variant.
    pub headers: Vec<ConstantHeader>,
    /// The body to send, with its media type.
    pub body: Option<CheckBody>,
    /// Where the body names the account, shop or company that the key belongs to.
    pub identity: Option<JsonPointer>,
    /// What the answer means: the first rule that describes it decides.
    pub rules: Vec<Rule>,
}

/// The request of a check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// The media type.
    pub content_type: String,
    /// The text.
    pub text: String,
}

/// A login by SOAP. A session proves itself.
#[derive(Debug)]
pub struct SoapCheck {
    /// What an answer to the login means that has no session.
    pub rules: Vec<Rule>,
    /// An operation to call with the session.
    pub then: Option<String>,
    /// Codes of that operation which say that the session lacks a right for it.
    pub tolerated_codes: Vec<String>,
    /// The operation that ends the session.
    pub end: Option<String>,
}
