//! What a token is asked for, whatever it is asked for with: scope, audience and resource, and what this server wants beside.

use serde::Deserialize;

use crate::{
    interpolation::Interpolation,
    secret::SecretText,
    signing::oauth2::AnswerForm,
    strategy::{
        Parameters, Values,
        named_values::{HeaderName, Named},
    },
};

/// Names and values that a server wants with the request for a token, beside what the grant sends itself. One whose field has
/// no value is left out. A secret may stand in a value: it goes where the tokens come from, and nowhere else.
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
const SET_BY_GRANTS: [&str; 11] = [
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

/// The settings of a strategy about what is asked for.
pub(super) struct Asked<'s> {
    pub(super) scope: Option<&'s Interpolation>,
    pub(super) audience: Option<&'s Interpolation>,
    pub(super) resource: Option<&'s Interpolation>,
    pub(super) beside: &'s Beside,
    pub(super) answer: Option<&'s AnswerForm>,
}

/// The same with values of its own.
pub(super) struct OwnedAsked {
    pub(super) scope: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) parameters: Vec<(String, SecretText)>,
    pub(super) headers: Vec<(String, SecretText)>,
    pub(super) answer: Option<AnswerForm>,
}

impl<'s> Asked<'s> {
    pub(super) fn parameters(&self, parameters: Parameters<'s>) -> Parameters<'s> {
        let parameters = parameters
            .public("scope", self.scope)
            .public("audience", self.audience)
            .public("resource", self.resource);
        let texts = self.beside.parameters.texts().chain(self.beside.headers.texts());
        texts.fold(parameters, |parameters, text| parameters.secret("request", text))
    }

    pub(super) fn with_values(&self, values: &impl Values) -> OwnedAsked {
        OwnedAsked {
            scope: values.plain(self.scope),
            audience: values.plain(self.audience),
            resource: values.plain(self.resource),
            parameters: self.beside.parameters.with_values(values),
            headers: self.beside.headers.with_values(values),
            answer: self.answer.cloned(),
        }
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
        assert_eq!(named(beside.parameters.with_values(&values)), [("a".to_owned(), "1".to_owned())]);
        assert_eq!(named(beside.headers.with_values(&values)), [("C".to_owned(), "c 1".to_owned())]);
    }
}
