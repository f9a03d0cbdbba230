//! Credentials as parameters of the query.

use serde::Deserialize;

use super::{
    Before, Failed, Fault, Parameters, Scheme, Unsigned, Values, fault,
    form::{declared, names, rendered},
};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Signed},
};

/// Parameters of the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    parameters: Vec<(Interpolation, Interpolation)>,
}

impl Scheme for Query {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        declared(&self.parameters)
    }

    fn fault(&self) -> Option<Fault> {
        fault::of_pairs("parameters", &self.parameters, |known, name| known == name)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        names(&self.parameters, values).map(Owned::query).collect()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let parameters = rendered(&self.parameters, values)?;
        request.with(&Authenticator::Query { parameters: &parameters })
    }
}
