//! Credentials as parameters of the query.

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values, form::rendered};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Signed},
};

/// Parameters of the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    parameters: Vec<(String, Interpolation)>,
}

impl Scheme for Query {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let values = self.parameters.iter().map(|(_, value)| value);
        values.fold(Parameters::default(), |parameters, value| parameters.secret("parameters", value))
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        self.parameters.iter().map(|(name, _)| Owned::query(name.as_str())).collect()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let parameters = rendered(&self.parameters, values)?;
        request.with(&Authenticator::Query { parameters: &parameters })
    }
}
