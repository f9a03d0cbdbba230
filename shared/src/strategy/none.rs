//! No authentication: nothing beyond the key's headers.

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Signed},
};

/// Nothing beyond the key's headers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoAuthentication {}

impl Scheme for NoAuthentication {
    fn reveals(&self) -> Reveals {
        Reveals::Nothing
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, _: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        request.with(&Authenticator::None)
    }
}
