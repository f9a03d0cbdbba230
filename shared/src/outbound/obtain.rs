//! A token or session that has to be obtained from a system before a request to it can be authenticated.

use jiff::Timestamp;

use super::{AllowedOrigins, OutboundError};
use crate::{
    moment::Random,
    origin::Target,
    signing::{
        SignError,
        login::{LoginAnswer, LoginRequest},
        oauth2::{AnswerForm, Grant, TokenRequest},
    },
    soap,
    system::rule::Rule,
};

/// Whether something that was obtained before will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It will, until shortly before it expires.
    Kept,
    /// It will not: the system did not accept it.
    New,
    /// It will not, and this one is not kept either: the credentials themselves are being tried.
    Apart,
}

/// Whose it is. Nothing that was obtained for one entry is ever used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The account.
    pub account: &'a str,
    /// The key.
    pub key: &'a str,
    /// The entry.
    pub entry: &'a str,
}

/// What is asked for a token.
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and none is kept")]
pub enum TokenAsk<'a> {
    /// A grant of OAuth 2.0.
    Grant(Grant<'a>),
    /// A login by a request that the template describes.
    Login(LoginRequest<'a>),
}

/// How an answer is read.
#[derive(Clone, Copy)]
pub enum AnswerAs<'a> {
    /// As that of a token endpoint, in this form or that of RFC 6749 §5.1.
    Grant(Option<&'a AnswerForm>),
    /// As that to a login.
    Login(&'a LoginAnswer),
}

impl<'a> TokenAsk<'a> {
    /// Whether the fields can be used at all, so that saving them can refuse what [`request`](Self::request) would.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`], which names the parameter.
    pub fn check(&self) -> Result<(), SignError> {
        match self {
            Self::Grant(grant) => grant.check(),
            Self::Login(login) => login.check(),
        }
    }

    /// The request as of `now`. It is good for one attempt.
    ///
    /// # Errors
    ///
    /// [`SignError`] when a field cannot be used.
    pub fn request(&self, now: Timestamp, random: &impl Random) -> Result<TokenRequest, SignError> {
        match self {
            Self::Grant(grant) => grant.request(now, random),
            Self::Login(login) => login.request(),
        }
    }

    /// Tells what is asked apart from everything else that is, without keeping its secrets: a token may be kept under it.
    ///
    /// # Security
    ///
    /// It stays in memory: whoever sees it could test guesses of a weak secret against it.
    #[must_use]
    pub fn fingerprint(&self, context: &[&str]) -> [u8; 32] {
        match self {
            Self::Grant(grant) => grant.fingerprint(context),
            Self::Login(login) => login.fingerprint(context),
        }
    }

    /// How the answer is read.
    #[must_use]
    pub const fn answer(&self) -> AnswerAs<'a> {
        match self {
            Self::Grant(grant) => AnswerAs::Grant(grant.answer),
            Self::Login(login) => AnswerAs::Login(login.answer),
        }
    }
}

/// A token to obtain.
pub struct TokenCall<'a> {
    /// For which entry.
    pub holder: Holder<'a>,
    /// With what.
    pub ask: TokenAsk<'a>,
    /// What answers without a token mean.
    pub rules: &'a [Rule],
    /// Where.
    pub target: &'a Target,
    /// Whether a kept one will do.
    pub freshness: Freshness,
    /// When.
    pub now: Timestamp,
    /// The peers that the account may reach inside its customers' networks.
    pub allowed: &'a AllowedOrigins,
}

/// A SOAP session to open.
pub struct SessionCall<'a> {
    /// For which entry.
    pub holder: Holder<'a>,
    /// With what.
    pub login: soap::Login<'a>,
    /// What answers without a session mean.
    pub rules: &'a [Rule],
    /// Where.
    pub target: &'a Target,
    /// Whether a kept one will do.
    pub freshness: Freshness,
    /// When.
    pub now: Timestamp,
    /// The peers that the account may reach inside its customers' networks.
    pub allowed: &'a AllowedOrigins,
}

/// Why there is no token or session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObtainError {
    /// The system does not accept the credentials: the error code, where RFC 6749 has it.
    #[error("the system refuses the credentials")]
    Refused(Option<&'static str>),
    /// The same, as a rule of the template says.
    #[error("the system refuses the credentials, by the rule `{rule}`")]
    RefusedBy {
        /// The rule's name.
        rule: String,
        /// What to tell the user.
        advice: String,
    },
    /// The system accepts neither or both: something else about the request is wrong.
    #[error("the system does not accept the settings: {0}")]
    Settings(&'static str),
    /// The system cannot serve now.
    #[error("the system cannot serve now")]
    Busy,
    /// The answer does not tell whether the system accepts the key.
    #[error("the answer says neither yes nor no")]
    Unclear,
    /// The same, as a rule of the template says, which knows more.
    #[error("the answer says neither yes nor no, by the rule `{rule}`")]
    UnclearBy {
        /// The rule's name.
        rule: String,
        /// What to tell the user.
        advice: String,
    },
    /// The system names a server that the template does not know.
    #[error("the system names another server")]
    OtherServer,
    /// The credentials cannot be brought into the form that the system wants.
    #[error("the credentials cannot be used: {0}")]
    Unusable(String),
    /// The system was not reached.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}
