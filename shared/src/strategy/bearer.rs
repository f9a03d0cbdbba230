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
    /// The text before the token, in any header. It is left out if one of its fields has no value.
    prefix: Option<Interpolation>,
    /// The text before the token in `Authorization`, where there is no prefix. A scheme is part of that header's syntax
    /// (RFC 9110 §11.4).
    authorization_prefix: Option<String>,
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
        Parameters::default()
            .public("header", &self.header)
            .public("prefix", &self.prefix)
            .secret("value", &self.value)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        owned(&self.header, values)
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let header = values.text(&self.header)?;
        let own = self.prefix.as_ref().and_then(|prefix| values.text(prefix).ok());
        let usual =
            || self.authorization_prefix.clone().filter(|_| header.eq_ignore_ascii_case("authorization"));
        let prefix = own.or_else(usual).unwrap_or_default();
        let signed = put(&header, &prefix, &values.secret(&self.value)?, request);
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
        put(&values.text(&self.header)?, &self.prefix, token, request)
    }
}

fn owned(header: &Interpolation, values: &impl Values) -> Vec<Owned> {
    values.text(header).map(|name| Owned::header(name, Sets::Always)).into_iter().collect()
}

/// Puts a token behind a prefix. A space follows a prefix that ends with a letter or digit.
fn put(
    name: &str,
    prefix: &str,
    token: &SecretText,
    request: &Unsigned<'_, impl Random>,
) -> Result<Signed, Failed> {
    let space = if prefix.ends_with(|last: char| last.is_ascii_alphanumeric()) { " " } else { "" };
    let value = SecretText::from([prefix, space, token.expose()].concat());
    request.with(&Authenticator::Headers { name, value: &value })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        origin::Target,
        signing::{Body, Request},
        strategy::{Lookup, Obtained},
    };

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    /// The header that carries the token `t` with this name and prefix.
    fn sent(header: &str, prefix: Option<&str>) -> String {
        let strategy: Bearer = serde_json::from_value(serde_json::json!({
            "header": "{header}", "prefix": "{prefix}", "authorization_prefix": "Bearer", "value": "{value}",
        }))
        .unwrap();
        let values = Lookup::new(|field: &str| match field {
            "header" => Some(header),
            "prefix" => prefix,
            "value" => Some("t"),
            _ => None,
        });
        let target = Target::unchecked("https://shop.example", "/");
        let method = http::Method::GET;
        let request = Request { method: &method, target: &target, headers: &[], body: Body::Bytes(b"") };
        let (now, obtained) = (Timestamp::UNIX_EPOCH, &Obtained::Nothing);
        let unsigned = Unsigned { request, obtained, now, random: &Sevens };
        strategy.sign(&values, &unsigned).unwrap().header(header).unwrap().to_owned()
    }

    #[test]
    fn the_usual_scheme_belongs_to_the_authorization_header_only() {
        assert_eq!(sent("authorization", None), "Bearer t");
        assert_eq!(sent("X-Api-Token", None), "t");
    }

    /// `SSWS` is Okta's (https://developer.okta.com/docs/reference/core-okta-api/#authentication), `Token` that of Django REST
    /// framework (https://www.django-rest-framework.org/api-guide/authentication/#tokenauthentication), `key=` that of FCM's
    /// legacy API, and `Token token=` that of Rails (ActionController::HttpAuthentication::Token).
    #[test]
    fn a_prefix_stands_before_the_token_in_any_header() {
        for (header, prefix, value) in [
            ("Authorization", "SSWS", "SSWS t"),
            ("Authorization", "Token", "Token t"),
            ("Authorization", "key=", "key=t"),
            ("Authorization", "Token token=", "Token token=t"),
            ("X-Authorization", "Bearer", "Bearer t"),
            ("X-Authorization", "Bearer ", "Bearer t"),
        ] {
            assert_eq!(sent(header, Some(prefix)), value);
        }
    }
}
