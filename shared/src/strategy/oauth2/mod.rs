//! OAuth 2.0: a token is obtained first, and then put into a header.

mod authorization_code;
mod beside;
mod client_credentials;
mod jwt_bearer;
mod password;
mod private_key_jwt;
mod token_request;

pub use authorization_code::{
    Former, IdentityAt, OAuth2AuthorizationCode, RefreshRule, RevocationEnds, ScopeTemplate,
};
pub use client_credentials::{ClientAuthentication, OAuth2ClientCredentials};
pub use jwt_bearer::OAuth2JwtBearer;
pub use password::OAuth2Password;
pub use private_key_jwt::OAuth2PrivateKeyJwt;

use super::{
    Endpoint, LoginRequest, OwnedLoginRequest, SmtpToken, Values,
    jwt::{OwnedContent, OwnedSigner},
};
use crate::{
    interpolation::MissingValue,
    outbound::{AnswerAs, TokenAsk},
    secret::SecretText,
    signing::oauth2::{AnswerForm, Assertion, Client, ClientProof, Grant, GrantKind, IdPlace, ScopePlace},
};

/// The strategies that obtain a token.
#[derive(Clone, Copy)]
pub enum Tokens<'s> {
    /// With a client secret.
    ClientCredentials(&'s OAuth2ClientCredentials),
    /// With a signed assertion.
    PrivateKeyJwt(&'s OAuth2PrivateKeyJwt),
    /// With a signed JWT that says for whom the token is to be.
    JwtBearer(&'s OAuth2JwtBearer),
    /// With a user's name and password.
    Password(&'s OAuth2Password),
    /// With a login that the template describes.
    Login(&'s LoginRequest),
    /// With a client secret, for a mail server.
    Mail(&'s SmtpToken),
}

impl<'s> Tokens<'s> {
    /// Where tokens are obtained.
    #[must_use]
    pub const fn url(self) -> &'s Endpoint {
        match self {
            Self::ClientCredentials(strategy) => strategy.token_url(),
            Self::PrivateKeyJwt(strategy) => strategy.token_url(),
            Self::JwtBearer(strategy) => strategy.token_url(),
            Self::Password(strategy) => strategy.token_url(),
            Self::Login(strategy) => strategy.url(),
            Self::Mail(strategy) => strategy.token_url(),
        }
    }

    /// Where the answer has the token.
    #[must_use]
    pub const fn answer(self) -> AnswerAs<'s> {
        match self {
            Self::ClientCredentials(strategy) => AnswerAs::Grant(strategy.answer()),
            Self::PrivateKeyJwt(strategy) => AnswerAs::Grant(strategy.answer()),
            Self::JwtBearer(strategy) => AnswerAs::Grant(strategy.answer()),
            Self::Password(strategy) => AnswerAs::Grant(strategy.answer()),
            Self::Mail(_) => AnswerAs::Grant(None),
            Self::Login(strategy) => AnswerAs::Login(strategy.answer()),
        }
    }

    /// What obtains a token at this address.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    pub fn with_values(self, values: &impl Values, token_url: String) -> Result<OwnedAsk, MissingValue> {
        match self {
            Self::ClientCredentials(strategy) => strategy.grant(values, token_url).map(OwnedAsk::Grant),
            Self::PrivateKeyJwt(strategy) => strategy.grant(values, token_url).map(OwnedAsk::Grant),
            Self::JwtBearer(strategy) => strategy.grant(values, token_url).map(OwnedAsk::Grant),
            Self::Password(strategy) => strategy.grant(values, token_url).map(OwnedAsk::Grant),
            Self::Mail(strategy) => strategy.grant(values, token_url).map(OwnedAsk::Grant),
            Self::Login(strategy) => strategy.with_values(values, token_url).map(OwnedAsk::Login),
        }
    }
}

/// What obtains a token, with values of its own.
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and none is kept")]
pub enum OwnedAsk {
    /// A grant of OAuth 2.0.
    Grant(OwnedGrant),
    /// A login.
    Login(OwnedLoginRequest),
}

impl OwnedAsk {
    /// What is asked.
    #[must_use]
    pub fn ask(&self) -> TokenAsk<'_> {
        match self {
            Self::Grant(grant) => TokenAsk::Grant(grant.grant()),
            Self::Login(login) => TokenAsk::Login(login.request()),
        }
    }
}

/// A grant with values of its own.
pub struct OwnedGrant {
    token_url: String,
    kind: OwnedKind,
    /// The id of the client, and what shows that it is the client.
    client: Option<(String, OwnedProof)>,
    scope: Option<String>,
    audience: Option<String>,
    resource: Option<String>,
    parameters: Vec<(String, SecretText)>,
    headers: Vec<(String, SecretText)>,
    answer: Option<AnswerForm>,
}

enum OwnedKind {
    ClientCredentials,
    JwtBearer(OwnedSigner, OwnedContent),
    Password(String, SecretText),
    AuthorizationCode { code: SecretText, redirect_uri: String, verifier: SecretText },
    RefreshToken(SecretText),
}

enum OwnedProof {
    Basic(SecretText),
    BasicUnencoded(SecretText),
    Post(SecretText),
    Public,
    Assertion {
        signer: OwnedSigner,
        audience: Option<String>,
        scope_place: ScopePlace,
        lifetime_seconds: u16,
        id_place: IdPlace,
    },
}

impl OwnedGrant {
    /// Client credentials in the form of the token request.
    pub(super) fn with_secret(
        token_url: String,
        client_id: String,
        secret: SecretText,
        scope: Option<String>,
    ) -> Self {
        Self {
            token_url,
            kind: OwnedKind::ClientCredentials,
            client: Some((client_id, OwnedProof::Post(secret))),
            scope,
            audience: None,
            resource: None,
            parameters: Vec::new(),
            headers: Vec::new(),
            answer: None,
        }
    }

    /// The grant itself.
    #[must_use]
    pub fn grant(&self) -> Grant<'_> {
        let kind = match &self.kind {
            OwnedKind::ClientCredentials => GrantKind::ClientCredentials,
            OwnedKind::JwtBearer(signer, content) => GrantKind::JwtBearer(content.signed_by(signer)),
            OwnedKind::Password(username, password) => GrantKind::Password { username, password },
            OwnedKind::AuthorizationCode { code, redirect_uri, verifier } => {
                GrantKind::AuthorizationCode { code, redirect_uri, verifier }
            }
            OwnedKind::RefreshToken(token) => GrantKind::RefreshToken(token),
        };
        let client = self.client.as_ref().map(|(id, proof)| Client { id, proof: proof.proof() });
        Grant {
            scope: self.scope.as_deref(),
            audience: self.audience.as_deref(),
            resource: self.resource.as_deref(),
            parameters: &self.parameters,
            headers: &self.headers,
            answer: self.answer.as_ref(),
            ..Grant::new(&self.token_url, kind, client)
        }
    }
}

impl OwnedProof {
    fn proof(&self) -> ClientProof<'_> {
        match self {
            Self::Basic(secret) => ClientProof::SecretBasic(secret),
            Self::BasicUnencoded(secret) => ClientProof::SecretBasicUnencoded(secret),
            Self::Post(secret) => ClientProof::SecretPost(secret),
            Self::Public => ClientProof::Public,
            Self::Assertion { signer, audience, scope_place, lifetime_seconds, id_place } => {
                ClientProof::Assertion(Assertion {
                    signer: signer.signer(),
                    audience: audience.as_deref(),
                    scope_place: *scope_place,
                    lifetime_seconds: *lifetime_seconds,
                    id_place: *id_place,
                })
            }
        }
    }
}
