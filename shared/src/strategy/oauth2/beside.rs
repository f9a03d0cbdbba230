//! What a server wants with the request for a token, beside what the grant sends itself.

use serde::Deserialize;

use crate::{
    interpolation::Interpolation,
    secret::SecretText,
    strategy::{
        Values,
        named_values::{HeaderName, Named},
    },
};

/// Names and values that a server wants beside. One whose field has no value is left out. A secret may stand in a value: it goes where the tokens come from, and nowhere else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Beside {
    /// Of the form.
    parameters: Named<ParameterName>,
    /// Of the request.
    headers: Named<GrantHeaderName>,
}

/// The name of a parameter that no grant sets itself.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct ParameterName(String);

/// The name of a header that no grant sets itself.
#[derive(Debug, Deserialize)]
#[serde(try_from = "HeaderName")]
struct GrantHeaderName(HeaderName);

impl AsRef<str> for ParameterName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for GrantHeaderName {
    fn as_ref(&self) -> &str {
        self.0.as_ref()
    }
}

/// What grants set themselves, each in a setting of its own.
const SET_BY_GRANTS: [&str; 15] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "assertion",
    "username",
    "password",
    "scope",
    "audience",
    "resource",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
];

impl TryFrom<String> for ParameterName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.is_empty() {
            Err("a parameter needs a name".to_owned())
        } else if SET_BY_GRANTS.contains(&name.as_str()) {
            Err(format!("`{name}` is set by the strategy: it has a setting of its own"))
        } else {
            Ok(Self(name))
        }
    }
}

impl TryFrom<HeaderName> for GrantHeaderName {
    type Error = &'static str;

    fn try_from(name: HeaderName) -> Result<Self, Self::Error> {
        if name.as_ref().eq_ignore_ascii_case("authorization") {
            Err("`authorization` is set by the strategy: it has the setting `client_auth`")
        } else {
            Ok(Self(name))
        }
    }
}

impl Beside {
    pub(super) fn texts(&self) -> impl Iterator<Item = &Interpolation> {
        self.parameters.texts().chain(self.headers.texts())
    }

    /// The parameters, and the headers.
    pub(super) fn with_values(&self, values: &impl Values) -> [Vec<(String, SecretText)>; 2] {
        [self.parameters.with_values(values), self.headers.with_values(values)]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::strategy::Lookup;

    #[test]
    fn a_name_that_the_request_has_anyway_is_refused() {
        for (beside, complaint) in [
            (json!({"parameters": [["grant_type", "x"]]}), "`grant_type` is set by the strategy"),
            (json!({"parameters": [["client_secret", "{a}"]]}), "`client_secret` is set by the strategy"),
            (json!({"parameters": [["", "x"]]}), "a parameter needs a name"),
            (json!({"parameters": [["a", "x"], ["a", "y"]]}), "`a` is there twice"),
            (json!({"headers": [["Content-Type", "text/plain"]]}), "`Content-Type` is set by the strategy"),
            (json!({"headers": [["authorization", "{a}"]]}), "`authorization` is set by the strategy"),
            (json!({"headers": [["Host", "x"]]}), "is set by the connection"),
            (json!({"headers": [["X Y", "x"]]}), "has a name that is not a token"),
            (json!({"headers": [["X-Y", "x"], ["x-y", "y"]]}), "`X-Y` is there twice"),
            (json!({"header": []}), "unknown field `header`"),
        ] {
            let error = serde_json::from_value::<Beside>(beside.clone()).err().unwrap().to_string();
            assert!(error.contains(complaint), "{beside}: {error}");
        }
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        let beside =
            json!({"parameters": [["a", "{x}"], ["b", "{y}"]], "headers": [["C", "c {x}"], ["D", "{y}"]]});
        let beside: Beside = serde_json::from_value(beside).unwrap();
        let values = Lookup::new(|field| (field == "x").then_some("1"));
        let named = |pairs: Vec<(String, SecretText)>| -> Vec<(String, String)> {
            pairs.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect()
        };
        let [parameters, headers] = beside.with_values(&values).map(named);
        assert_eq!(parameters, [("a".to_owned(), "1".to_owned())]);
        assert_eq!(headers, [("C".to_owned(), "c 1".to_owned())]);
    }
}
