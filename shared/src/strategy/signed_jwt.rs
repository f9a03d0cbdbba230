//! A JSON Web Token (RFC 7519) that the key itself signs, as the bearer's token (RFC 6750 §2.1).

use serde::Deserialize;

use super::{
    Before, Failed, Fault, Parameters, Scheme, Unsigned, Values,
    bearer::TokenHeader,
    jwt::{Content, Signer},
};
use crate::{
    moment::Random,
    signing::{Owned, Reveals, Signed},
};

/// A JWT in a header, made anew for each request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedJwt {
    signer: Signer,
    jwt: Content,
    then: TokenHeader,
}

impl Scheme for SignedJwt {
    /// The JWT is a token until it ends: who sees it may use it anywhere.
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = self.jwt.parameters(self.signer.parameters(Parameters::default()));
        parameters.public("then", &self.then.header)
    }

    fn fault(&self) -> Option<Fault> {
        self.jwt.fault()
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let signer = self.signer.with_values(values)?;
        let content = self.jwt.with_values(values, &signer);
        let token = content.signed_by(&signer).sign(request.now, request.random).map_err(Failed::Request)?;
        self.then.put(&token, values, request)
    }
}
