//! Tokens of OAuth 2.0 (RFC 6749): what to ask a token endpoint, and what its answer says.
//!
//! Nothing here sends anything or keeps a token. The request goes out with `POST` to the token URL; the token that
//! comes back is sent like any other one.

mod answer;
mod assertion;
mod client;
mod fingerprint;
mod granted;
mod request;

use jiff::Timestamp;

pub use answer::{AccessToken, AnswerForm, LifetimeUnit, TokenError, read_answer};
pub use assertion::{Assertion, IdPlace, ScopePlace};
pub use granted::{GrantMembers, Granted, RefusedGrant, error_code, read_granted};
pub use request::{TokenHint, TokenRequest, revocation};

use super::{SignError, field, jwt::Jwt};
use crate::{moment::Random, secret::SecretText};

/// What a token is asked for with.
pub struct Grant<'a> {
    /// Where. It is the audience of a client's assertion that has no other.
    pub token_url: &'a str,
    /// What the token is asked for with.
    pub kind: GrantKind<'a>,
    /// Which client asks. A grant that is signed can do without.
    pub client: Option<Client<'a>>,
    /// What to ask for (RFC 6749 §3.3): words with a space between.
    pub scope: Option<&'a str>,
    /// For whom the token is to be; an extension that some servers need.
    pub audience: Option<&'a str>,
    /// The service that the token is for (RFC 8707 §2).
    pub resource: Option<&'a str>,
    /// What this server wants in the form beside.
    pub parameters: &'a [(String, SecretText)],
    /// What this server wants as headers beside.
    pub headers: &'a [(String, SecretText)],
    /// Where the answer has the token; as RFC 6749 §5.1 has it if `None`.
    pub answer: Option<&'a AnswerForm>,
}

/// What a token is asked for with: the `grant_type`.
pub enum GrantKind<'a> {
    /// The client itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A signed JWT, which says for whom (RFC 7523 §2.1).
    JwtBearer(Jwt<'a>),
    /// A user's name and password (RFC 6749 §4.3).
    Password {
        /// The name.
        username: &'a str,
        /// The password.
        password: &'a SecretText,
    },
    /// The code that a person's consent gave (RFC 6749 §4.1.3), with its proof (RFC 7636 §4.5).
    AuthorizationCode {
        /// The code.
        code: &'a SecretText,
        /// The address that it came to.
        redirect_uri: &'a str,
        /// What only the client that began knows.
        verifier: &'a SecretText,
    },
    /// A refresh token (RFC 6749 §6).
    RefreshToken(&'a SecretText),
}

/// A client of a token server.
pub struct Client<'a> {
    /// Its id.
    pub id: &'a str,
    /// What shows that it is the client.
    pub proof: ClientProof<'a>,
}

/// What shows that the client is the client.
pub enum ClientProof<'a> {
    /// The client's secret in the `Authorization` header, which every server understands (RFC 6749 §2.3.1).
    SecretBasic(&'a SecretText),
    /// The same without the encoding that RFC 6749 §2.3.1 asks for, for servers that do not decode it.
    SecretBasicUnencoded(&'a SecretText),
    /// The client's secret in the body (RFC 6749 §2.3.1).
    SecretPost(&'a SecretText),
    /// Nothing: the id alone stands in the body (RFC 6749 §3.2.1).
    Public,
    /// An assertion that the client has signed (RFC 7523 §2.2).
    Assertion(Assertion<'a>),
}

impl<'a> Grant<'a> {
    /// A grant that asks for nothing particular.
    #[must_use]
    pub const fn new(token_url: &'a str, kind: GrantKind<'a>, client: Option<Client<'a>>) -> Self {
        Self {
            token_url,
            kind,
            client,
            scope: None,
            audience: None,
            resource: None,
            parameters: &[],
            headers: &[],
            answer: None,
        }
    }

    /// Whether the fields can be used at all, so that saving them can refuse what [`request`](Self::request) would.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`], which names the field.
    pub fn check(&self) -> Result<(), SignError> {
        field::text("token_url", self.token_url)?;
        self.client.as_ref().map_or(Ok(()), Client::check)?;
        self.scope.map_or(Ok(()), scope)?;
        self.audience.map_or(Ok(()), |audience| field::text("audience", audience))?;
        self.resource.map_or(Ok(()), |resource| field::text("resource", resource))?;
        for (_, value) in self.parameters {
            field::text("request", value.expose())?;
        }
        for (name, value) in self.headers {
            field::header_name("request", name)?;
            field::header_value("request", value.expose())?;
        }
        match &self.kind {
            GrantKind::ClientCredentials => Ok(()),
            GrantKind::JwtBearer(jwt) => jwt.signer.check(),
            GrantKind::Password { username, password } => {
                field::text("username", username)?;
                field::text("password", password.expose())
            }
            GrantKind::AuthorizationCode { code, redirect_uri, verifier } => {
                field::text("code", code.expose())?;
                field::text("redirect_uri", redirect_uri)?;
                field::text("code_verifier", verifier.expose())
            }
            GrantKind::RefreshToken(token) => field::text("refresh_token", token.expose()),
        }
    }

    /// The request for a token as of `now`. It is good for one attempt: an assertion is taken once only.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`] when a field cannot be used, [`SignError::Time`] for a moment before 1970.
    pub fn request(&self, now: Timestamp, random: &impl Random) -> Result<TokenRequest, SignError> {
        self.check()?;
        request::build(self, now, random)
    }
}

impl Client<'_> {
    fn check(&self) -> Result<(), SignError> {
        field::text("client_id", self.id)?;
        match &self.proof {
            ClientProof::SecretBasic(secret) | ClientProof::SecretPost(secret) => {
                field::text("client_secret", secret.expose())
            }
            ClientProof::SecretBasicUnencoded(secret) => {
                if self.id.contains(':') {
                    let reason = "must not contain a colon where it is sent without encoding";
                    return Err(SignError::Field { field: "client_id", reason });
                }
                field::text("client_secret", secret.expose())
            }
            ClientProof::Public => Ok(()),
            ClientProof::Assertion(assertion) => assertion.check(),
        }
    }
}

/// RFC 6749 §3.3: words of visible ASCII but for quotes and backslashes, with one space between.
fn scope(text: &str) -> Result<(), SignError> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    if text.split(' ').all(word) {
        Ok(())
    } else {
        let reason = "must be words of visible ASCII without quotes and backslashes, with one space between";
        Err(SignError::Field { field: "scope", reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_cannot_be_used_are_refused_by_name() {
        let [good, bad, empty] = ["s", "canary\n", ""].map(|text| SecretText::from(text.to_owned()));
        let check = |token_url, id, proof, scope, audience| {
            let client = Some(Client { id, proof });
            let grant = Grant::new(token_url, GrantKind::ClientCredentials, client);
            Grant { scope, audience, ..grant }.check()
        };
        let url = "https://login.example/token";
        let scoped = |scope| check(url, "c", ClientProof::SecretBasic(&good), Some(scope), Some("a"));
        assert_eq!(scoped("read:a write"), Ok(()));
        let beside = [("x".to_owned(), SecretText::from("canary\n".to_owned()))];
        let user =
            |username, password| Grant::new(url, GrantKind::Password { username, password }, None).check();
        let client = || Some(Client { id: "c", proof: ClientProof::Public });
        let grant = || Grant::new(url, GrantKind::ClientCredentials, client());
        assert_eq!(grant().check(), Ok(()));
        for (result, named) in [
            (check("", "c", ClientProof::SecretBasic(&good), None, None), "token_url"),
            (check(url, "", ClientProof::SecretBasic(&good), None, None), "client_id"),
            (check(url, "c\n", ClientProof::SecretBasic(&good), None, None), "client_id"),
            (check(url, "c", ClientProof::SecretBasic(&bad), None, None), "client_secret"),
            (check(url, "c", ClientProof::SecretPost(&empty), None, None), "client_secret"),
            (check(url, "c", ClientProof::SecretPost(&good), None, Some("")), "audience"),
            (check(url, "a:b", ClientProof::SecretBasicUnencoded(&good), None, None), "client_id"),
            (check(url, "c", ClientProof::SecretBasicUnencoded(&bad), None, None), "client_secret"),
            (Grant { resource: Some("a\n"), ..grant() }.check(), "resource"),
            (Grant { parameters: &beside, ..grant() }.check(), "request"),
            (Grant { headers: &beside, ..grant() }.check(), "request"),
            (user("", &good), "username"),
            (user("u", &bad), "password"),
            (scoped(""), "scope"),
            (scoped("a  b"), "scope"),
            (scoped("a\nb"), "scope"),
            (scoped("a\"b"), "scope"),
            (scoped("é"), "scope"),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(&error, SignError::Field { field, .. } if *field == named), "{error} {named}");
            assert!(!error.to_string().contains("canary"));
        }
    }
}
