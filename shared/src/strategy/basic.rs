//! HTTP Basic (RFC 7617).

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
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
        // Either half may be empty (RFC 7617 §2).
        let empty = || SecretText::from(String::new());
        let [username, password] =
            [&self.username, &self.password].map(|half| values.optional(Some(half)).unwrap_or_else(empty));
        request.with(&Authenticator::Basic { username: username.expose(), password: &password })
    }
}
