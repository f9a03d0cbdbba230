//! A token in a header (RFC 6750 §2.1).

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values, named};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, Owned, Reveals, Sets, Signed},
};

/// A token in a header.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bearer {
    header: Interpolation,
    #[serde(default)]
    prefix: String,
    value: Interpolation,
}

/// The header that carries a token which was obtained.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenHeader {
    pub(super) header: Interpolation,
    #[serde(default)]
    prefix: String,
}

impl Scheme for Bearer {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default().public("header", &self.header).secret("value", &self.value)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        owned(&self.header, values)
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let signed = put(&self.header, &self.prefix, &values.secret(&self.value)?, values, request);
        signed.map_err(|failed| {
            let field = |parameter| if parameter == "name" { &self.header } else { &self.value };
            named(failed, |parameter| field(parameter).fields().next())
        })
    }
}

impl TokenHeader {
    pub(super) fn owned(&self, values: &impl Values) -> Vec<Owned> {
        owned(&self.header, values)
    }

    /// Puts the token into its header.
    pub(super) fn put(
        &self,
        token: &SecretText,
        values: &impl Values,
        request: &Unsigned<'_, impl Random>,
    ) -> Result<Signed, Failed> {
        put(&self.header, &self.prefix, token, values, request)
    }
}

fn owned(header: &Interpolation, values: &impl Values) -> Vec<Owned> {
    values.text(header).map(|name| Owned::header(name, Sets::Always)).into_iter().collect()
}

fn put(
    header: &Interpolation,
    prefix: &str,
    token: &SecretText,
    values: &impl Values,
    request: &Unsigned<'_, impl Random>,
) -> Result<Signed, Failed> {
    let name = values.text(header)?;
    let value = SecretText::from([prefix_for(prefix, &name), token.expose()].concat());
    request.with(&Authenticator::Headers { name: &name, value: &value })
}

/// The text before the token in the header of this name. The prefix, such as `Bearer `, is part of the
/// `Authorization` header's syntax (RFC 9110 §11.4); any other header carries the bare token.
const fn prefix_for<'p>(prefix: &'p str, name: &str) -> &'p str {
    if name.eq_ignore_ascii_case("authorization") { prefix } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_belongs_to_the_authorization_header_only() {
        assert_eq!(prefix_for("Bearer ", "authorization"), "Bearer ");
        assert_eq!(prefix_for("Bearer ", "X-Api-Token"), "");
    }
}
