//! The token route in OAuth's terms: its form, how a client shows who it is, and its refusals (RFC 6749, RFC 8693).

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_shared::secret::SecretText;
use schemars::JsonSchema;
use serde::Serialize;
use url::form_urlencoded;

/// How long somebody waits who gave too many wrong secrets, in seconds: the window in which they are counted.
const WAIT_SECONDS: u32 = 15 * 60;

/// Why no token is issued, in the words of RFC 6749 §5.2 and RFC 8693 §2.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantRefused {
    /// The request is not what the route reads, or the token of the sign-in is not valid: what is wrong.
    InvalidRequest(&'static str),
    /// The client is unknown, or its secret is none that counts.
    InvalidClient,
    /// There were too many wrong secrets of the client from this address.
    TooManyFailures,
    /// The client, or its account, is suspended.
    UnauthorizedClient,
    /// There is no such grant here.
    UnsupportedGrantType,
    /// A scope is asked for that is not granted.
    InvalidScope,
    /// A token is asked for that another service would take.
    InvalidTarget,
}

/// The body of a refusal.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "TokenRefusal")]
pub struct GrantRefusedView {
    /// What kind of refusal it is, such as `invalid_client`.
    error: &'static str,
    /// What is wrong and what to do.
    error_description: &'static str,
}

impl GrantRefused {
    /// The statuses that refusals have.
    pub const STATUSES: [u16; 3] = [400, 401, 429];

    /// The status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            // RFC 6585 §4.
            Self::TooManyFailures => 429,
            Self::InvalidRequest(_)
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::InvalidTarget => 400,
        }
    }

    /// The body. It has no `"` and no `\`, as RFC 6749 §5.2 wants, and repeats nothing of the request.
    #[must_use]
    pub const fn view(self) -> GrantRefusedView {
        let (error, error_description) = match self {
            Self::InvalidRequest(why) => ("invalid_request", why),
            Self::InvalidClient => {
                ("invalid_client", "the client or its secret is not known, or the secret has ended")
            }
            Self::TooManyFailures => (
                "invalid_client",
                "there were too many wrong secrets from this address: wait, then try again",
            ),
            Self::UnauthorizedClient => ("unauthorized_client", "the client or its account is suspended"),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                "grant_type must be client_credentials or urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            Self::InvalidScope => ("invalid_scope", "a scope is asked for that is not granted"),
            Self::InvalidTarget => {
                ("invalid_target", "tokens are for this API alone: leave out audience and resource")
            }
        };
        GrantRefusedView { error, error_description }
    }

    /// The header that says what to do, if there is one.
    pub(super) fn header(self) -> Option<(&'static str, String)> {
        match self {
            Self::InvalidClient => Some(("www-authenticate", "Basic realm=\"keyward\"".to_owned())),
            Self::TooManyFailures => Some(("retry-after", WAIT_SECONDS.to_string())),
            Self::InvalidRequest(_)
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::InvalidTarget => None,
        }
    }
}

/// The parameters of a form. Those without a value count as left out, and those that nobody asks for are ignored (RFC 6749 §3.2).
pub struct Form(BTreeMap<String, SecretText>);

impl Form {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`GrantRefused::InvalidRequest`] where a parameter is there twice.
    pub(super) fn read(body: &[u8]) -> Result<Self, GrantRefused> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            let value = SecretText::from(value.into_owned());
            if parameters.insert(name.into_owned(), value).is_some() {
                return Err(GrantRefused::InvalidRequest("a parameter is there twice"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// A parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretText::expose)
    }

    /// A parameter that is a secret.
    pub fn take(&mut self, name: &str) -> Option<SecretText> {
        self.0.remove(name)
    }
}

/// What a client says of itself.
pub struct Credentials {
    /// Its id.
    pub client: String,
    /// Its secret.
    pub secret: SecretText,
}

impl Credentials {
    /// Those of an `Authorization` header with the scheme Basic (RFC 7617). Both parts are form-encoded in it (RFC 6749 §2.3.1).
    pub(super) fn basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = SecretText::try_from(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (client, secret) = decoded.expose().split_once(':')?;
        Some(Self { client: decoded_text(client), secret: decoded_text(secret).into() })
    }
}

/// A text without its form-encoding. What separates parameters elsewhere is part of the text here.
fn decoded_text(text: &str) -> String {
    let name = SecretText::from(text.replace('&', "%26").replace('=', "%3D"));
    let mut decoded = form_urlencoded::parse(name.expose().as_bytes());
    decoded.next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_header_are_decoded_twice_and_every_other_header_has_none() {
        let header = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        for (text, client, secret) in [
            ("runtime:kwsecret_1", "runtime", "kwsecret_1"),
            ("runtime:a:b", "runtime", "a:b"),
            ("run%3Atime:100%25+%2B", "run:time", "100% +"),
            ("a&b=c:d=e&f", "a&b=c", "d=e&f"),
            (":", "", ""),
        ] {
            let read = Credentials::basic(&header(text)).unwrap();
            assert_eq!((read.client.as_str(), read.secret.expose()), (client, secret), "{text}");
        }
        assert!(Credentials::basic(&header("runtime").replace("Basic", "basic")).is_none());
        assert!(Credentials::basic(&header("a:b").replace("Basic", "bAsIc")).is_some());
        for none in ["", "Basic", "Basic !", "Bearer a.b.c", "Basic /w=="] {
            assert!(Credentials::basic(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_form_has_each_parameter_once_and_one_without_a_value_is_left_out() {
        let mut form = Form::read(b"grant_type=client_credentials&scope=&client_secret=a%20b%2Bc").unwrap();
        assert_eq!((form.get("grant_type"), form.get("scope")), (Some("client_credentials"), None));
        assert_eq!(form.take("client_secret").unwrap().expose(), "a b+c");
        assert!(form.take("client_secret").is_none());
        for twice in [&b"a=1&a=1"[..], b"a&a=1", b"%61=1&a=2"] {
            assert!(matches!(Form::read(twice), Err(GrantRefused::InvalidRequest(_))));
        }
    }

    #[test]
    fn what_is_said_of_a_refusal_has_the_characters_that_it_may_have() {
        for refused in [
            GrantRefused::InvalidRequest("grant_type is needed"),
            GrantRefused::InvalidClient,
            GrantRefused::TooManyFailures,
            GrantRefused::UnauthorizedClient,
            GrantRefused::UnsupportedGrantType,
            GrantRefused::InvalidScope,
            GrantRefused::InvalidTarget,
        ] {
            let GrantRefusedView { error, error_description } = refused.view();
            let may_be_there = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
            assert!(error.bytes().chain(error_description.bytes()).all(may_be_there), "{error}");
            assert!(GrantRefused::STATUSES.contains(&refused.status()));
        }
    }
}
