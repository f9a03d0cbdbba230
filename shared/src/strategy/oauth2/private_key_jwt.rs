//! OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).

use serde::Deserialize;

use super::{
    OwnedGrant, OwnedKind, OwnedProof, Tokens,
    asked::{Asked, Beside},
    put,
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{
        Owned, Reveals, Signed,
        oauth2::{AnswerForm, IdPlace, ScopePlace},
    },
    strategy::{
        Before, Endpoint, Failed, Parameters, Scheme, Unsigned, Values,
        bearer::TokenHeader,
        jwt::{Lifetime, Signer},
    },
};

/// OAuth 2.0 client credentials with a signed assertion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2PrivateKeyJwt {
    token_url: Endpoint,
    /// Issuer and subject of the assertion.
    client_id: Interpolation,
    signer: Signer,
    /// The assertion's audience; the token URL when absent.
    audience: Option<Interpolation>,
    scope: Option<Interpolation>,
    scope_place: ScopePlace,
    #[serde(default)]
    lifetime_seconds: Lifetime,
    /// Whether the client's id stands in the form as well (RFC 7521 §4.2). Microsoft asks for it.
    #[serde(default)]
    send_client_id: bool,
    /// The service that the token is for (RFC 8707 §2).
    resource: Option<Interpolation>,
    /// What the server wants beside.
    #[serde(default)]
    request: Beside,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    then: TokenHeader,
}

impl OAuth2PrivateKeyJwt {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) const fn answer(&self) -> Option<&AnswerForm> {
        self.answer.as_ref()
    }

    const fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            // It is that of the assertion.
            audience: None,
            resource: self.resource.as_ref(),
            beside: &self.request,
            answer: self.answer.as_ref(),
        }
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let proof = OwnedProof::Assertion {
            signer: self.signer.with_values(values)?,
            audience: values.plain(self.audience.as_ref()),
            scope_place: self.scope_place,
            lifetime_seconds: self.lifetime_seconds.seconds(),
            id_place: if self.send_client_id { IdPlace::FormToo } else { IdPlace::Assertion },
        };
        Ok(OwnedGrant {
            token_url,
            kind: OwnedKind::ClientCredentials,
            client: Some((values.text(&self.client_id)?, proof)),
            asked: self.asked().with_values(values),
        })
    }
}

impl Scheme for OAuth2PrivateKeyJwt {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default().address("token_url", &self.token_url);
        let parameters = self
            .signer
            .parameters(parameters.public("client_id", &self.client_id))
            .public("audience", &self.audience)
            .public("then", &self.then.header);
        self.asked().parameters(parameters)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(Tokens::PrivateKeyJwt(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        put(&self.then, values, request)
    }
}
