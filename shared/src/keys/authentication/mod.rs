//! From a template's strategy and an entry's values to the scheme that signs a request, to the grant that obtains a
//! token, and to the login that opens a session.

mod grant;
mod login;
mod session;
mod values;

use std::sync::Arc;

use jiff::Timestamp;

use self::values::Values;
use crate::{
    error::{Error, InvalidField},
    keys::key::{Entry, Header, Key},
    moment::Random,
    origin::{BaseUrl, Scheme},
    sealing::EntryName,
    secret::SecretText,
    signing::{
        self, Authenticator, Aws4, Aws4Settings, Body, BodyProblem, BodySignature, HmacSha256, OAuth1, Owned,
        Request, Reveals, SignError, Signed, VersionParameter, oauth2::AccessToken,
    },
    soap,
    system::{AuthVariant, HmacScheme, OAuthVersion, Placement, SignatureEncoding, Strategy, Verify},
};

/// How an entry's requests are authenticated, before any secret is opened.
pub(in crate::keys) struct Authentication<'a> {
    variant: &'static AuthVariant,
    entry: &'a Entry,
}

impl<'a> Authentication<'a> {
    /// The authentication of a key's entry.
    pub(in crate::keys) fn of(key: &Key, entry: &'a Entry) -> Result<Self, Error> {
        let variant = key.template()?.variant(&key.auth).ok_or(Error::KeyUnreadable)?;
        Ok(Self { variant, entry })
    }

    /// Whether a signed request would show a secret. Even a signature may be accompanied by one: an AWS session
    /// token travels in the clear.
    pub(in crate::keys) fn reveals(&self) -> Reveals {
        let strategy = self.variant.strategy();
        let is_secret =
            |field: &str| self.entry.fields.get(field).is_some_and(|value| value.as_secret().is_some());
        let accompanied = strategy.sent_as_they_are().into_iter().any(|text| text.fields().any(is_secret));
        match strategy.reveals() {
            crate::system::Reveals::Secret => Reveals::Secret,
            crate::system::Reveals::Signature if accompanied => Reveals::Secret,
            crate::system::Reveals::Signature => Reveals::Nothing,
        }
    }

    /// What the authentication keeps for itself in a request.
    pub(in crate::keys) fn owned(&self) -> Vec<Owned> {
        self.variant.strategy().owned(|field| self.entry.public(field))
    }

    /// Whether there are requests of this strategy at all, known before anything is opened.
    pub(in crate::keys) fn check(&self) -> Result<(), Error> {
        match self.variant.strategy() {
            Strategy::Smtp { .. } | Strategy::Ftp { .. } | Strategy::Sftp { .. } => Err(no_requests()),
            Strategy::None
            | Strategy::Headers { .. }
            | Strategy::Basic { .. }
            | Strategy::Bearer { .. }
            | Strategy::Query { .. }
            | Strategy::Form { .. }
            | Strategy::Aws4 { .. }
            | Strategy::HmacSha256 { .. }
            | Strategy::OAuth1 { .. }
            | Strategy::OAuth2ClientCredentials { .. }
            | Strategy::OAuth2PrivateKeyJwt { .. }
            | Strategy::SoapSession { .. } => Ok(()),
        }
    }

    /// Whether requests carry a session that has to be opened first, in their bodies.
    pub(in crate::keys) const fn is_session(&self) -> bool {
        matches!(self.variant.strategy(), Strategy::SoapSession { .. })
    }

    /// How an entry is tried.
    pub(in crate::keys) const fn verify(&self) -> &'static Verify {
        self.variant.verify()
    }

    /// The values of the entry: opened ones, then public ones.
    fn with_public<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> impl Fn(&str) -> Option<&'s str> {
        move |field| secret(field).or_else(|| self.entry.public(field))
    }

    /// Refuses values that signing would refuse, told as what is wrong with the key. A request to the base URL with the
    /// key's public headers is signed and thrown away.
    pub(in crate::keys) fn check_values<'s>(
        &'s self,
        key: &Key,
        name: &EntryName,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<(), Error> {
        let complaint = |parameter, reason| {
            Error::invalid(format!("entries.{name}.fields.{}", self.field_of(parameter)), reason)
        };
        if let Ok(Some(login)) = self.login(key, &secret)
            && let Err((field, reason)) = login.check()
        {
            return Err(Error::invalid(format!("entries.{name}.fields.{field}"), reason));
        }
        // A grant that lacks its address, or a value, is not to be complained about here.
        if let Ok(Some(grant)) = self.grant(key, &secret)
            && let Err(SignError::Field { field, reason }) = grant.grant().check()
        {
            return Err(complaint(field, reason));
        }
        let Some(base) = key.base_url(self.entry)?.filter(|_| self.check().is_ok()) else { return Ok(()) };
        let base = BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).map_err(|_| Error::KeyUnreadable)?;
        let target = base.join("").map_err(|_| Error::KeyUnreadable)?;
        let public = |header: &Header| {
            header
                .value
                .as_public()
                .filter(|value| !value.is_empty())
                .map(|value| (header.name.to_string(), value.to_owned()))
        };
        let headers: Vec<_> = key.headers.iter().filter_map(public).collect();
        let request = Request {
            method: &http::Method::POST,
            target: &target,
            headers: &headers,
            body: Body::Bytes(b"{}"),
        };
        match self.try_sign(secret, &Obtained::Nothing, &request, key.updated.at, &Zeros) {
            Err(Refused::Sign(SignError::Field { field, reason })) => Err(complaint(field, reason)),
            Err(Refused::Sign(SignError::Header { name, problem })) => {
                Err(Error::invalid("headers", format!("`{name}` {problem}")))
            }
            // A value that is missing was complained about before; the rest is about a request, not about the key.
            Err(Refused::Sign(_) | Refused::Other(_)) | Ok(_) => Ok(()),
        }
    }

    /// The field that a parameter of the scheme comes from, where the template calls it otherwise.
    fn field_of(&self, parameter: &'static str) -> &'static str {
        let text = match (self.variant.strategy(), parameter) {
            (Strategy::OAuth1 { token, .. }, "token") => token.as_ref(),
            (Strategy::OAuth1 { token_secret, .. }, "token_secret") => token_secret.as_ref(),
            (Strategy::OAuth1 { realm, .. }, "realm") => realm.as_ref(),
            (Strategy::HmacSha256 { previous_secret, .. }, "previous_secret") => previous_secret.as_ref(),
            (Strategy::Query { parameters } | Strategy::Form { parameters }, "parameters") => {
                parameters.last().map(|(_, value)| value)
            }
            _ => None,
        };
        text.and_then(|text| text.fields().next()).unwrap_or(parameter)
    }

    /// Signs a request with the opened secrets of the entry.
    pub(in crate::keys) fn sign<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str>,
        obtained: &Obtained,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<Signed, Error> {
        self.try_sign(secret, obtained, request, now, random).map_err(|refused| match refused {
            Refused::Sign(error) => refusal(error),
            Refused::Other(error) => error,
        })
    }

    fn try_sign<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str>,
        obtained: &Obtained,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<Signed, Refused> {
        let values = Values(self.with_public(secret));
        let sign = |with: Authenticator<'_>| with.sign(request, now, random).map_err(Refused::Sign);
        match self.variant.strategy() {
            Strategy::None => sign(Authenticator::None),
            Strategy::Headers { headers } => {
                // Each header is put on what the one before it has made.
                let mut signed = sign(Authenticator::None)?;
                for (name, value) in headers {
                    let (name, value) = (values.text(name)?, values.secret(value)?);
                    let so_far: Vec<_> =
                        signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                    let request = Request { headers: &so_far, ..*request };
                    let with = Authenticator::Headers { name: &name, value: &value };
                    signed = with.sign(&request, now, random).map_err(Refused::Sign)?;
                }
                Ok(signed)
            }
            Strategy::Basic { username, password } => {
                let (username, password) = (values.text(username)?, values.secret(password)?);
                sign(Authenticator::Basic { username: &username, password: &password })
            }
            Strategy::Bearer { header, value } => {
                let (name, value) = (values.text(&header.name)?, values.secret(value)?);
                let value = SecretText::from([header.prefix_for(&name), value.expose()].concat());
                sign(Authenticator::Headers { name: &name, value: &value })
            }
            Strategy::Aws4 {
                access_key,
                secret_key,
                session_token,
                region,
                service,
                base_endpoint,
                placement,
            } => {
                let service = values.text(service)?;
                let session_token = values.optional(session_token.as_ref())?;
                let base_endpoint = values.optional(base_endpoint.as_ref())?;
                sign(Authenticator::Aws4(Aws4 {
                    access_key: &values.text(access_key)?,
                    secret_key: &values.secret(secret_key)?,
                    session_token: session_token.as_ref(),
                    region: &values.text(region)?,
                    service: &service,
                    base_endpoint: base_endpoint.as_ref().map(SecretText::expose),
                    placement: match values.chosen(placement)? {
                        Placement::Header => signing::Placement::Header,
                        Placement::Query => signing::Placement::Query,
                    },
                    settings: Aws4Settings::of_service(&service),
                }))
            }
            Strategy::HmacSha256 {
                client_id,
                client_secret,
                previous_secret,
                scheme,
                header_name,
                encoding,
                prefix,
            } => {
                let header_name = values.optional(header_name.as_ref())?;
                let prefix = values.optional(prefix.as_ref())?;
                let scheme = match values.chosen(scheme)? {
                    HmacScheme::Rfc9421 => signing::HmacScheme::Rfc9421,
                    HmacScheme::Azure => signing::HmacScheme::Azure,
                    HmacScheme::StandardWebhooks => signing::HmacScheme::StandardWebhooks,
                    HmacScheme::Body => signing::HmacScheme::Body,
                };
                let body = match scheme {
                    signing::HmacScheme::Body => BodySignature {
                        header_name: header_name.as_ref().map_or("", SecretText::expose),
                        encoding: match values.chosen(encoding)? {
                            SignatureEncoding::Hex => signing::Encoding::Hex,
                            SignatureEncoding::Base64 => signing::Encoding::Base64,
                        },
                        prefix: prefix.as_ref().map_or("", SecretText::expose),
                    },
                    signing::HmacScheme::Rfc9421
                    | signing::HmacScheme::Azure
                    | signing::HmacScheme::StandardWebhooks => BodySignature::default(),
                };
                let previous_secret = values.optional(previous_secret.as_ref())?;
                let (client_id, client_secret) = (values.text(client_id)?, values.secret(client_secret)?);
                sign(Authenticator::HmacSha256(HmacSha256 {
                    previous_secret: previous_secret.as_ref(),
                    body,
                    ..HmacSha256::new(scheme, &client_id, &client_secret)
                }))
            }
            Strategy::Query { parameters } => {
                let parameters = values.parameters(parameters)?;
                sign(Authenticator::Query { parameters: &parameters })
            }
            Strategy::Form { parameters } => {
                let parameters = values.parameters(parameters)?;
                sign(Authenticator::Form { parameters: &parameters })
            }
            Strategy::OAuth1 { consumer_key, consumer_secret, token, token_secret, realm, version } => {
                let token = values.optional(token.as_ref())?;
                let token_secret = values.optional(token_secret.as_ref())?;
                let realm = values.optional(realm.as_ref())?;
                sign(Authenticator::OAuth1(OAuth1 {
                    consumer_key: &values.text(consumer_key)?,
                    consumer_secret: &values.secret(consumer_secret)?,
                    token: token.as_ref(),
                    token_secret: token_secret.as_ref(),
                    realm: realm.as_ref().map(SecretText::expose),
                    version: match version {
                        OAuthVersion::Sent => VersionParameter::Sent,
                        OAuthVersion::Omitted => VersionParameter::Omitted,
                    },
                }))
            }
            Strategy::OAuth2ClientCredentials { then, .. } | Strategy::OAuth2PrivateKeyJwt { then, .. } => {
                let Obtained::Token(token) = obtained else { return Err(no_requests().into()) };
                let name = values.text(&then.name)?;
                let value = SecretText::from([then.prefix_for(&name), token.value().expose()].concat());
                sign(Authenticator::Headers { name: &name, value: &value })
            }
            // The session goes into the body once it is there.
            Strategy::SoapSession { .. } => sign(Authenticator::None),
            Strategy::Smtp { .. } | Strategy::Ftp { .. } | Strategy::Sftp { .. } => Err(no_requests().into()),
        }
    }
}

/// Why nothing was signed.
enum Refused {
    Sign(SignError),
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// What stands for randomness in a signature that is thrown away.
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn no_requests() -> Error {
    Error::CannotSign(
        "This system has no requests to sign: resolve the key and log in with its fields".to_owned(),
    )
}

/// What was obtained from the system before a request to it can be authenticated. It has no `Debug`.
pub(in crate::keys) enum Obtained {
    /// Nothing: the key's values are enough.
    Nothing,
    /// An OAuth 2.0 token.
    Token(Arc<AccessToken>),
    /// A SOAP session.
    Session(Arc<soap::Session>),
}

/// What is wrong with the request is the caller's to mend; what is wrong with a field, the key's.
fn refusal(error: SignError) -> Error {
    match &error {
        SignError::Header { name, problem } => {
            Error::InvalidFields(vec![InvalidField::new(format!("headers.{name}"), problem)])
        }
        SignError::HeaderName { .. } => Error::invalid("headers", error),
        SignError::BodyNeeded { problem: BodyProblem::Digest, .. } => Error::invalid("body_sha256", error),
        SignError::BodyNeeded { problem: BodyProblem::Method, .. } => Error::invalid("method", error),
        SignError::Field { .. }
        | SignError::QueryOwned
        | SignError::QueryEncoding
        | SignError::Component { .. }
        | SignError::Time
        | SignError::NotCanonical => Error::CannotSign(sentence(&error.to_string())),
    }
}

/// The text with a capital first letter.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
