//! The request that is sent to a token endpoint.

use jiff::Timestamp;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    ClientProof, Grant, GrantKind,
    assertion::{IdPlace, ScopePlace},
    client,
};
use crate::{
    moment::Random,
    signing::{SignError, basic, parameters},
};

/// What the body calls a client's assertion that is a JWT (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What the body calls a grant that is a JWT (RFC 7523 §2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Headers and body of a `POST` to the token URL.
///
/// # Security
///
/// It holds the client's secret, or an assertion that is as good for a few minutes. It can be neither shown nor copied,
/// and is wiped from memory when dropped.
///
/// ```compile_fail
/// # fn show(request: keyward_shared::signing::oauth2::TokenRequest) {
/// println!("{request:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(
/// #     request: &keyward_shared::signing::oauth2::TokenRequest,
/// # ) -> keyward_shared::signing::oauth2::TokenRequest {
/// request.clone()
/// # }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TokenRequest {
    headers: Vec<(String, String)>,
    body: String,
}

impl TokenRequest {
    pub(in crate::signing) const fn new(headers: Vec<(String, String)>, body: String) -> Self {
        Self { headers, body }
    }

    /// All headers to send but the host and the length.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body to send.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body.as_bytes()
    }
}

/// What a token is, as a revocation tells the server (RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHint {
    /// A refresh token.
    Refresh,
    /// An access token.
    Access,
}

impl TokenHint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh_token",
            Self::Access => "access_token",
        }
    }
}

/// The request that revokes a token (RFC 7009 §2.1).
#[must_use]
pub fn revocation(
    token: &crate::secret::SecretText,
    hint: TokenHint,
    client: &super::Client<'_>,
) -> TokenRequest {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("accept", "application/json"), header("content-type", parameters::FORM)];
    let mut form = vec![("token", token.expose()), ("token_type_hint", hint.as_str())];
    match &client.proof {
        ClientProof::SecretBasic(secret) => {
            headers.push(("authorization".to_owned(), client::authorization(client.id, secret)));
        }
        ClientProof::SecretBasicUnencoded(secret) => {
            headers.push(("authorization".to_owned(), basic::authorization(client.id, secret)));
        }
        ClientProof::SecretPost(secret) => {
            form.extend([("client_id", client.id), ("client_secret", secret.expose())]);
        }
        ClientProof::Public | ClientProof::Assertion(_) => form.push(("client_id", client.id)),
    }
    TokenRequest { headers, body: parameters::joined(&form) }
}

/// The request for a token (RFC 6749 §4), of a grant whose fields were checked.
pub(super) fn build(
    grant: &Grant<'_>,
    now: Timestamp,
    random: &impl Random,
) -> Result<TokenRequest, SignError> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("accept", "application/json"), header("content-type", parameters::FORM)];
    let granted;
    let assertion;
    let mut form = match &grant.kind {
        GrantKind::ClientCredentials => vec![("grant_type", "client_credentials")],
        GrantKind::JwtBearer(jwt) => {
            granted = jwt.sign(now, random)?;
            vec![("grant_type", JWT_BEARER), ("assertion", granted.expose())]
        }
        GrantKind::Password { username, password } => {
            vec![("grant_type", "password"), ("username", *username), ("password", password.expose())]
        }
        GrantKind::AuthorizationCode { code, redirect_uri, verifier } => vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", *redirect_uri),
            ("code_verifier", verifier.expose()),
        ],
        GrantKind::RefreshToken(token) => {
            vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())]
        }
    };
    let mut scope = grant.scope;
    if let Some(client) = &grant.client {
        match &client.proof {
            ClientProof::SecretBasic(secret) => {
                headers.push(("authorization".to_owned(), client::authorization(client.id, secret)));
            }
            ClientProof::SecretBasicUnencoded(secret) => {
                headers.push(("authorization".to_owned(), basic::authorization(client.id, secret)));
            }
            ClientProof::Public => form.push(("client_id", client.id)),
            ClientProof::SecretPost(secret) => {
                form.extend([("client_id", client.id), ("client_secret", secret.expose())]);
            }
            ClientProof::Assertion(proof) => {
                assertion = proof.sign(client, grant.token_url, grant.scope, now, random)?;
                form.extend([
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", assertion.expose()),
                ]);
                match proof.id_place {
                    IdPlace::Assertion => {}
                    IdPlace::FormToo => form.push(("client_id", client.id)),
                }
                match proof.scope_place {
                    ScopePlace::Request => {}
                    ScopePlace::Assertion => scope = None,
                }
            }
        }
    }
    form.extend(scope.map(|scope| ("scope", scope)));
    form.extend(grant.audience.map(|audience| ("audience", audience)));
    form.extend(grant.resource.map(|resource| ("resource", resource)));
    form.extend(grant.parameters.iter().map(|(name, value)| (name.as_str(), value.expose())));
    for (name, value) in grant.headers {
        // The server may want another `Accept`.
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.clone(), value.expose().to_owned()));
    }
    Ok(TokenRequest { headers, body: parameters::joined(&form) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        secret::SecretText,
        signing::{oauth2::Client, tests::Sevens},
    };

    fn request(proof: ClientProof<'_>, scope: Option<&str>, audience: Option<&str>) -> (Vec<String>, String) {
        let client = Client { id: "s6BhdRkqt3", proof };
        let url = "https://login.example/token";
        let grant = Grant::new(url, GrantKind::ClientCredentials, Some(client));
        let grant = Grant { scope, audience, ..grant };
        let request = grant.request(Timestamp::UNIX_EPOCH, &Sevens).ok().unwrap();
        let headers = request.headers().map(|(name, value)| format!("{name}: {value}")).collect();
        (headers, String::from_utf8(request.body().to_vec()).unwrap())
    }

    const FORM: [&str; 2] = ["accept: application/json", "content-type: application/x-www-form-urlencoded"];

    #[test]
    fn the_secret_goes_into_a_header() {
        let secret = SecretText::from("gX1fBat3bV".to_owned());
        let (headers, body) = request(ClientProof::SecretBasic(&secret), None, None);
        assert_eq!(headers, [&FORM[..], &["authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"]].concat());
        assert_eq!(body, "grant_type=client_credentials");
    }

    #[test]
    fn the_secret_goes_into_the_body() {
        let secret = SecretText::from("a&b=c+d é".to_owned());
        let (headers, body) =
            request(ClientProof::SecretPost(&secret), Some("a:r b"), Some("https://api.example/"));
        assert_eq!(headers, FORM);
        assert_eq!(
            body,
            "grant_type=client_credentials&client_id=s6BhdRkqt3&client_secret=a%26b%3Dc%2Bd%20%C3%A9\
             &scope=a%3Ar%20b&audience=https%3A%2F%2Fapi.example%2F"
        );
    }
}
