//! What all strategies have in common that ask a token endpoint for a token.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use super::{OwnedGrant, OwnedKind, OwnedProof, Tokens, beside::Beside};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Owned, Reveals, Signed, oauth2::AnswerForm},
    strategy::{
        Before, Endpoint, Failed, Fault, Obtained, Parameters, Scheme, Unsigned, Values, bearer::TokenHeader,
        parameters_of,
    },
};

/// A strategy that asks a token endpoint, with what this one asks with.
#[derive(Debug)]
pub struct TokenRequest<W> {
    asked: Asked,
    with: W,
}

/// What is asked, where, and where the token goes then.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    token_url: Endpoint,
    scope: Option<Interpolation>,
    /// The service that the token is for (RFC 8707 §2).
    resource: Option<Interpolation>,
    /// What the server wants beside.
    #[serde(default)]
    request: Beside,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    then: TokenHeader,
}

/// The parameters of [`Asked`].
const ASKED: [&str; 6] = ["token_url", "scope", "resource", "request", "answer", "then"];

/// What a token is asked for with.
pub trait AskedWith: Sized {
    /// Adds its parameters.
    fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s>;

    /// What is wrong with its parameters beside each other.
    fn fault(&self) -> Option<Fault> {
        None
    }

    /// The audience to ask for; an extension that some servers need.
    fn audience(&self) -> Option<&Interpolation> {
        None
    }

    /// The grant and its client, at this token URL.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    fn with_values(&self, values: &impl Values, token_url: &str) -> Result<With, MissingValue>;

    /// Which of the strategies it is.
    fn tokens(request: &TokenRequest<Self>) -> Tokens<'_>;
}

/// A grant with values of its own: its kind, and the client's id with what shows that it is the client.
pub struct With {
    pub(super) kind: OwnedKind,
    pub(super) client: Option<(String, OwnedProof)>,
}

// With `flatten`, serde would not say where a parameter is wrong.
impl<'de, W: AskedWith + serde::de::DeserializeOwned> Deserialize<'de> for TokenRequest<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut own = Map::<String, Value>::deserialize(deserializer)?;
        let asked = ASKED.iter().filter_map(|name| own.remove_entry(*name)).collect();
        let with = parameters_of(Value::Object(own)).map_err(D::Error::custom)?;
        Ok(Self { asked: parameters_of(Value::Object(asked)).map_err(D::Error::custom)?, with })
    }
}

impl<W: AskedWith> TokenRequest<W> {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.asked.token_url
    }

    pub(super) const fn answer(&self) -> Option<&AnswerForm> {
        self.asked.answer.as_ref()
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let With { kind, client } = self.with.with_values(values, &token_url)?;
        let Asked { scope, resource, request, answer, .. } = &self.asked;
        let [parameters, headers] = request.with_values(values);
        Ok(OwnedGrant {
            token_url,
            kind,
            client,
            scope: values.plain(scope.as_ref()),
            audience: values.plain(self.with.audience()),
            resource: values.plain(resource.as_ref()),
            parameters,
            headers,
            answer: answer.clone(),
        })
    }
}

impl<W: AskedWith> Scheme for TokenRequest<W> {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let Asked { token_url, scope, resource, request, then, .. } = &self.asked;
        let parameters = self.with.parameters(Parameters::default().address("token_url", token_url));
        let parameters = parameters
            .public("scope", scope)
            .public("audience", self.with.audience())
            .public("resource", resource)
            .public("then", &then.header);
        request.texts().fold(parameters, |parameters, text| parameters.secret("request", text))
    }

    fn fault(&self) -> Option<Fault> {
        self.with.fault()
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.asked.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(W::tokens(self))
    }

    /// Puts the token that was obtained into its header.
    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        match request.obtained {
            Obtained::Token(token) => self.asked.then.put(token.value(), values, request),
            Obtained::Nothing | Obtained::Session(_) => Err(Failed::NoRequests),
        }
    }
}
