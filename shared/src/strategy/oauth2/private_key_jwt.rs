//! OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).

use serde::Deserialize;

use super::{
    OwnedKind, OwnedProof, Tokens,
    token_request::{AskedWith, TokenRequest, With},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    signing::oauth2::{IdPlace, ScopePlace},
    strategy::{
        Parameters, Values,
        jwt::{Lifetime, Signer},
    },
};

/// OAuth 2.0 client credentials with a signed assertion.
pub type OAuth2PrivateKeyJwt = TokenRequest<PrivateKeyJwt>;

/// The assertion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateKeyJwt {
    /// Issuer and subject of the assertion.
    client_id: Interpolation,
    signer: Signer,
    /// The assertion's audience; the token URL when absent. The request has none of its own.
    audience: Option<Interpolation>,
    scope_place: ScopePlace,
    #[serde(default)]
    lifetime_seconds: Lifetime,
    /// Whether the client's id stands in the form as well (RFC 7521 §4.2). Microsoft asks for it.
    #[serde(default)]
    send_client_id: bool,
}

impl AskedWith for PrivateKeyJwt {
    fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        self.signer
            .parameters(parameters.public("client_id", &self.client_id))
            .public("audience", &self.audience)
    }

    fn with_values(&self, values: &impl Values, _: &str) -> Result<With, MissingValue> {
        let proof = OwnedProof::Assertion {
            signer: self.signer.with_values(values)?,
            audience: values.plain(self.audience.as_ref()),
            scope_place: self.scope_place,
            lifetime_seconds: self.lifetime_seconds.seconds(),
            id_place: if self.send_client_id { IdPlace::FormToo } else { IdPlace::Assertion },
        };
        let client = Some((values.text(&self.client_id)?, proof));
        Ok(With { kind: OwnedKind::ClientCredentials, client })
    }

    fn tokens(request: &TokenRequest<Self>) -> Tokens<'_> {
        Tokens::PrivateKeyJwt(request)
    }
}
