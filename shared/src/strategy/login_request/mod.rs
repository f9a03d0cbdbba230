//! A login by one HTTP request that the template describes. Its answer has a token, which every request carries then.

mod body;
mod carried;

use serde::Deserialize;

use self::{body::Body, carried::Carried};
use super::{
    Before, Endpoint, Failed, Fault, Obtained, Parameters, Scheme, Tokens, Unsigned, Values,
    named_values::{HeaderName, Named},
};
use crate::{
    interpolation::MissingValue,
    moment::Random,
    secret::SecretText,
    signing::{
        Owned, Reveals, Signed,
        login::{LoginAnswer, LoginRequest as Request},
    },
};

/// A login by one HTTP request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Where it goes.
    url: Endpoint,
    body: Body,
    /// Another media type than the body's own.
    content_type: Option<String>,
    #[serde(default)]
    headers: Named<HeaderName>,
    answer: LoginAnswer,
    then: Carried,
}

/// A login with values of its own.
pub struct OwnedLoginRequest {
    url: String,
    content_type: String,
    body: SecretText,
    headers: Vec<(String, SecretText)>,
    answer: LoginAnswer,
}

impl LoginRequest {
    /// Where it goes.
    #[must_use]
    pub const fn url(&self) -> &Endpoint {
        &self.url
    }

    /// Where the answer has what matters.
    #[must_use]
    pub const fn answer(&self) -> &LoginAnswer {
        &self.answer
    }

    /// The login at this address.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    pub fn with_values(&self, values: &impl Values, url: String) -> Result<OwnedLoginRequest, MissingValue> {
        Ok(OwnedLoginRequest {
            url,
            content_type: self.content_type.as_deref().unwrap_or_else(|| self.body.content_type()).to_owned(),
            body: self.body.with_values(values)?,
            headers: self.headers.with_values(values),
            answer: self.answer.clone(),
        })
    }
}

impl OwnedLoginRequest {
    /// The login itself.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        Request {
            url: &self.url,
            content_type: &self.content_type,
            body: &self.body,
            headers: &self.headers,
            answer: &self.answer,
        }
    }
}

impl Scheme for LoginRequest {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default().address("url", &self.url);
        let parameters = self
            .body
            .texts()
            .into_iter()
            .fold(parameters, |parameters, text| parameters.secret("body", text));
        let headers = self.headers.texts();
        let parameters = headers.fold(parameters, |parameters, text| parameters.secret("headers", text));
        parameters.public("then", self.then.header())
    }

    fn fault(&self) -> Option<Fault> {
        let cookies = &self.answer.cookies;
        let fault = |reason: String| Some(("answer.cookies", reason));
        let Some(own) = self.then.cookie() else {
            let reason = "has no effect: they go beside a token in a cookie, `then = { cookie = … }`";
            return if cookies.is_empty() { None } else { fault(reason.to_owned()) };
        };
        for (index, name) in cookies.iter().enumerate() {
            let written = name.as_str();
            if name == own {
                return fault(format!("names `{written}`, which `then` sets"));
            }
            if cookies.iter().skip(index + 1).any(|other| other == name) {
                return fault(format!("names `{written}` twice"));
            }
        }
        None
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(Tokens::Login(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        match request.obtained {
            Obtained::Token(token) => self.then.put(token, values, request),
            Obtained::Nothing | Obtained::Session(_) => Err(Failed::NoRequests),
        }
    }
}
