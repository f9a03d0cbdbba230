//! How a request, or a session, is authenticated: a closed set of strategies with parameters from a template. One file
//! each, which answers every question about it: its parameters, whether it reveals, what it keeps for itself in a
//! request, what comes before, and how it signs.
//!
//! A template is read into a [`Strategy`]; with a key's [`Values`] it fills in what the pure [`signing`](crate::signing)
//! needs. Nothing here knows templates, keys, or storage.

mod aws4;
mod basic;
mod bearer;
mod chosen;
#[cfg(test)]
mod documented;
mod endpoint;
mod fault;
mod form;
mod ftp;
mod headers;
mod hmac_sha256;
mod json;
mod jwt;
#[cfg(test)]
mod laws;
mod login;
mod login_request;
mod named_values;
mod none;
mod oauth1;
mod oauth2;
mod parameters;
mod path;
mod query;
mod sftp;
mod signed_jwt;
mod smtp;
mod smtp_token;
mod soap_session;
mod values;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use self::{
    aws4::Aws4,
    basic::Basic,
    bearer::Bearer,
    chosen::Chosen,
    endpoint::Endpoint,
    fault::Fault,
    form::Form,
    ftp::Ftp,
    headers::Headers,
    hmac_sha256::HmacSha256,
    json::Json,
    login::{OwnedLogin, Server},
    login_request::{LoginRequest, OwnedLoginRequest},
    none::NoAuthentication,
    oauth1::OAuth1,
    oauth2::{
        ClientAuthentication, Former, IdentityAt, OAuth2AuthorizationCode, OAuth2ClientCredentials,
        OAuth2JwtBearer, OAuth2Password, OAuth2PrivateKeyJwt, OwnedAsk, OwnedGrant, RefreshRule,
        RevocationEnds, ScopeTemplate, Tokens,
    },
    parameters::{Holds, Parameter, Parameters},
    path::Path,
    query::Query,
    sftp::Sftp,
    signed_jwt::SignedJwt,
    smtp::Smtp,
    smtp_token::SmtpToken,
    soap_session::{OwnedSoapLogin, SoapSession},
    values::{Lookup, Values},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Authenticator, Owned, Request, Reveals, SignError, Signed, oauth2::AccessToken},
    soap::{EnvelopeError, Session},
};

/// The questions that every strategy answers.
pub trait Scheme {
    /// Whether it sends the secret, or a token with the same power. Values sent beside a signature are
    /// counted separately: see [`Strategy::reveals_with`].
    fn reveals(&self) -> Reveals;

    /// Whether what it adds to a request is good for the method and the path of this request alone, with these values.
    /// What reveals is good for any.
    fn covers_request(&self, values: &impl Values) -> bool {
        let _ = values;
        self.reveals() == Reveals::Nothing
    }

    /// Its parameters, by the names that the template and signing have for them.
    fn parameters(&self) -> Parameters<'_>;

    /// What is wrong with its parameters beside each other, if anything is. The reader of templates asks.
    fn fault(&self) -> Option<Fault> {
        None
    }

    /// The parts of a request that only it may set, with these values. A header whose name has no value yet
    /// is left out.
    fn owned(&self, values: &impl Values) -> Vec<Owned>;

    /// What must be obtained before a request can be signed.
    fn before(&self) -> Before<'_>;

    /// Signs a request.
    ///
    /// # Errors
    ///
    /// [`Failed`] when a value is missing or unfit, or the request is one that cannot be signed so.
    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed>;
}

/// The parameters of a strategy, or what is wrong with them.
#[cfg(not(test))]
fn parameters_of<T: DeserializeOwned>(given: Value) -> Result<T, String> {
    serde_json::from_value(given).map_err(|error| error.to_string())
}

/// The same, with the parameter's name in the complaint. Only an author of a template reads it, and the tests are what tells one.
#[cfg(test)]
fn parameters_of<T: DeserializeOwned>(given: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(given).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        path => format!("{} in `{path}`", error.inner()),
    })
}

/// Makes the enum, its names in templates, and the one dispatch.
macro_rules! strategies {
    ($($(#[$doc:meta])* $variant:ident($scheme:ty) = $name:literal,)+) => {
        /// One way to authenticate.
        #[derive(Debug)]
        pub enum Strategy { $($(#[$doc])* $variant($scheme),)+ }

        impl Strategy {
            /// The names of all strategies in templates.
            pub const NAMES: &[&str] = &[$($name,)+];

            /// Reads the parameters of the strategy with this name; `None` if there is no such strategy.
            #[must_use]
            pub fn read(name: &str, parameters: Map<String, Value>) -> Option<Result<Self, String>> {
                let parameters = Value::Object(parameters);
                match name {
                    $($name => Some(parameters_of(parameters).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// Its name in templates.
            #[must_use]
            pub const fn as_str(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }
        }

        impl Scheme for Strategy {
            fn reveals(&self) -> Reveals {
                match self { $(Self::$variant(scheme) => scheme.reveals(),)+ }
            }

            fn covers_request(&self, values: &impl Values) -> bool {
                match self { $(Self::$variant(scheme) => scheme.covers_request(values),)+ }
            }

            fn parameters(&self) -> Parameters<'_> {
                match self { $(Self::$variant(scheme) => scheme.parameters(),)+ }
            }

            fn fault(&self) -> Option<Fault> {
                match self { $(Self::$variant(scheme) => scheme.fault(),)+ }
            }

            fn owned(&self, values: &impl Values) -> Vec<Owned> {
                match self { $(Self::$variant(scheme) => scheme.owned(values),)+ }
            }

            fn before(&self) -> Before<'_> {
                match self { $(Self::$variant(scheme) => scheme.before(),)+ }
            }

            fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
                let signed = match self { $(Self::$variant(scheme) => scheme.sign(values, request),)+ };
                signed.map_err(|failed| named(failed, |parameter| self.parameters().field_of(parameter)))
            }
        }
    };
}

strategies! {
    /// Nothing beyond the key's headers.
    None(NoAuthentication) = "none",
    /// Headers by name and value.
    Headers(Headers) = "headers",
    /// HTTP Basic (RFC 7617).
    Basic(Basic) = "basic",
    /// A token in a header (RFC 6750 §2.1).
    Bearer(Bearer) = "bearer",
    /// A JSON Web Token that the key signs itself.
    SignedJwt(SignedJwt) = "signed-jwt",
    /// Parameters of the query.
    Query(Query) = "query",
    /// Parameters of a form-urlencoded body.
    Form(Form) = "form",
    /// Members of a JSON object in the body.
    Json(Json) = "json",
    /// A credential at the beginning of the path.
    Path(Path) = "path",
    /// AWS Signature Version 4.
    Aws4(Aws4) = "aws4",
    /// HMAC-SHA256 (RFC 2104) under one of several schemes.
    HmacSha256(HmacSha256) = "hmac-sha256",
    /// OAuth 1.0a with HMAC-SHA256 (RFC 5849).
    OAuth1(OAuth1) = "oauth1",
    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    OAuth2ClientCredentials(OAuth2ClientCredentials) = "oauth2-client-credentials",
    /// OAuth 2.0 authorization code (RFC 6749 §4.1) with PKCE: a person consents, and the key works from then on.
    OAuth2AuthorizationCode(OAuth2AuthorizationCode) = "oauth2-authorization-code",
    /// OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).
    OAuth2PrivateKeyJwt(OAuth2PrivateKeyJwt) = "oauth2-private-key-jwt",
    /// A token of OAuth 2.0 for a signed JWT (RFC 7523 §2.1).
    OAuth2JwtBearer(OAuth2JwtBearer) = "oauth2-jwt-bearer",
    /// A token of OAuth 2.0 for a user's name and password (RFC 6749 §4.3).
    OAuth2Password(OAuth2Password) = "oauth2-password",
    /// A token for a login by one HTTP request that the template describes.
    LoginRequest(LoginRequest) = "login-request",
    /// A SOAP session, opened with a login.
    SoapSession(SoapSession) = "soap-session",
    /// Mail submission with SMTP AUTH (RFC 4954).
    Smtp(Smtp) = "smtp",
    /// Mail submission with an OAuth 2.0 token.
    SmtpToken(SmtpToken) = "smtp-token",
    /// FTP (RFC 959), with TLS (RFC 4217) or without.
    Ftp(Ftp) = "ftp",
    /// SFTP over SSH (RFC 4253), with a password (RFC 4252 §8) or a key (RFC 4252 §7).
    Sftp(Sftp) = "sftp",
}

/// What must be obtained before a request can be signed.
#[derive(Clone, Copy)]
pub enum Before<'s> {
    /// Nothing: the key's values are enough.
    Nothing,
    /// An OAuth 2.0 token.
    Token(Tokens<'s>),
    /// A SOAP session.
    Session(&'s SoapSession),
    /// The strategy signs no requests. It logs in by its own protocol.
    Login(Server<'s>),
    /// The same, with an OAuth 2.0 token.
    TokenLogin(Tokens<'s>, Server<'s>),
    /// What a person granted by consent: it is kept, and refreshed beside the uses.
    Grant(&'s OAuth2AuthorizationCode),
}

/// The obtained token or session. The type has no `Debug`.
pub enum Obtained {
    /// Nothing.
    Nothing,
    /// An OAuth 2.0 token.
    Token(Arc<AccessToken>),
    /// A SOAP session.
    Session(Arc<Session>),
}

/// A request to be signed, and what signing takes beside the key's values.
pub struct Unsigned<'a, R> {
    /// The request.
    pub request: Request<'a>,
    /// The obtained token or session.
    pub obtained: &'a Obtained,
    /// The moment.
    pub now: Timestamp,
    /// Where nonces and ids come from.
    pub random: &'a R,
}

impl<'a, R: Random> Unsigned<'a, R> {
    fn with(&self, authenticator: &Authenticator<'_>) -> Result<Signed, Failed> {
        authenticator.sign(&self.request, self.now, self.random).map_err(Failed::Request)
    }

    fn with_headers<'h>(&self, headers: &'h [(String, String)]) -> Unsigned<'h, R>
    where
        'a: 'h,
    {
        let request = Request { headers, ..self.request };
        Unsigned { request, obtained: self.obtained, now: self.now, random: self.random }
    }
}

/// Why a request was not signed. It holds no value.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A field has no value.
    #[error(transparent)]
    Missing(#[from] MissingValue),
    /// A field has a value that cannot be used.
    #[error("{field} {reason}")]
    Field {
        /// The field.
        field: String,
        /// The rule that it breaks, as the rest of a sentence.
        reason: &'static str,
    },
    /// The request cannot be signed so.
    #[error(transparent)]
    Request(SignError),
    /// The body is no envelope that a session can be put into.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The session goes into a body, of which only the digest is here.
    #[error("the session goes into the body: give the body itself")]
    BodyNeeded,
    /// There are no requests to sign.
    #[error("this strategy has no requests to sign")]
    NoRequests,
}

/// Tells a complaint about a parameter as one about the field that its value comes from.
fn named<'f>(failed: Failed, field_of: impl Fn(&'static str) -> Option<&'f str>) -> Failed {
    let Failed::Request(SignError::Field { field: parameter, reason }) = failed else { return failed };
    Failed::Field { field: field_of(parameter).unwrap_or(parameter).to_owned(), reason }
}

impl Strategy {
    /// What a signed request shows, when it is known which fields are secret and have a value. Even a signature may be
    /// accompanied by a secret: AWS's session token and the access token of OAuth 1.0a travel in the clear.
    ///
    /// # Security
    ///
    /// A caller who may use keys but not see them must not receive the outcome of a strategy that reveals.
    pub fn reveals_with(&self, is_secret: impl Fn(&str) -> bool) -> Reveals {
        let shown = self.parameters().sent_texts().any(|text| text.fields().any(&is_secret));
        if shown { Reveals::Secret } else { self.reveals() }
    }

    /// Where it obtains tokens, when that is another place than the base address.
    #[must_use]
    pub fn token_address(&self) -> Option<&Interpolation> {
        match self.before() {
            Before::Token(tokens) | Before::TokenLogin(tokens, _) => match tokens.url() {
                Endpoint::Absolute(address) => Some(address),
                Endpoint::BelowBase(_) => None,
            },
            Before::Grant(code) => code.token_address(),
            Before::Nothing | Before::Session(_) | Before::Login(_) => None,
        }
    }

    /// The authorization code, if it is that strategy.
    #[must_use]
    pub const fn authorization_code(&self) -> Option<&OAuth2AuthorizationCode> {
        if let Self::OAuth2AuthorizationCode(code) = self { Some(code) } else { None }
    }

    /// Whether the answer to its login names the server that requests go to.
    #[must_use]
    pub fn names_server(&self) -> bool {
        matches!(self.before(), Before::Token(Tokens::Login(login)) if login.answer().server.is_some())
    }

    /// Host and port of the server that it logs in to, for the protocols that have no base address.
    #[must_use]
    pub fn session_address(&self) -> Option<(&Interpolation, &Interpolation)> {
        match self.before() {
            Before::Login(server) | Before::TokenLogin(_, server) => Some(server.address()),
            Before::Nothing | Before::Token(_) | Before::Session(_) | Before::Grant(_) => None,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
