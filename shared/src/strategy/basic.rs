//! HTTP Basic (RFC 7617).

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Sets, Signed},
};

/// HTTP Basic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    username: Interpolation,
    password: Interpolation,
}

impl Scheme for Basic {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default().secret("username", &self.username).secret("password", &self.password)
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        vec![Owned::header("authorization", Sets::Always)]
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let (username, password) = (values.text(&self.username)?, values.secret(&self.password)?);
        request.with(&Authenticator::Basic { username: &username, password: &password })
    }
}
