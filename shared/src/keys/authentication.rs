//! From a template's strategy and an entry's values to the scheme that signs a request.

use jiff::Timestamp;

use crate::{
    error::{Error, InvalidField},
    keys::key::{Entry, Header, Key},
    origin::{BaseUrl, Scheme},
    ports::Random,
    sealing::EntryName,
    secret::SecretText,
    signing::{
        self, Authenticator, Aws4, Aws4Settings, Body, HmacSha256, Request, Reveals, Rfc9421, SignError,
        Signed,
    },
    system::{
        AuthVariant, Chosen, HmacScheme, Interpolation, MissingValue, Placement, SignatureEncoding, Strategy,
    },
};

/// How an entry's requests are authenticated, before any secret is opened.
pub(super) struct Authentication<'a> {
    variant: &'static AuthVariant,
    entry: &'a Entry,
}

impl<'a> Authentication<'a> {
    /// The authentication of a key's entry.
    pub(super) fn of(key: &Key, entry: &'a Entry) -> Result<Self, Error> {
        let variant = key.template()?.variant(&key.auth).ok_or(Error::KeyUnreadable)?;
        Ok(Self { variant, entry })
    }

    /// Whether a signed request would show a secret. Even a signature may be accompanied by one: an AWS session
    /// token travels in the clear.
    pub(super) fn reveals(&self) -> Reveals {
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

    /// The names of the headers that the authentication sets, as the template spells them.
    pub(super) fn header_names(&self) -> Vec<String> {
        self.variant.strategy().header_names(|field| self.entry.public(field))
    }

    /// Whether requests of this strategy can be signed at all, known before anything is opened.
    pub(super) fn check(&self) -> Result<(), Error> {
        let has_signature = matches!(
            self.variant.strategy(),
            Strategy::None
                | Strategy::Headers { .. }
                | Strategy::Basic { .. }
                | Strategy::Bearer { .. }
                | Strategy::Aws4 { .. }
                | Strategy::HmacSha256 { .. }
        );
        if has_signature { Ok(()) } else { Err(cannot_sign()) }
    }

    /// Refuses values that signing would refuse, told as what is wrong with the key. A request to the base URL with the
    /// key's public headers is signed and thrown away.
    pub(super) fn check_values<'s>(
        &'s self,
        key: &Key,
        name: &EntryName,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<(), Error> {
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
        match self.try_sign(secret, &request, key.updated.at, &Zeros) {
            Err(Refused::Sign(SignError::Field { field, reason })) => {
                Err(Error::invalid(format!("entries.{name}.fields.{field}"), reason))
            }
            Err(Refused::Sign(SignError::Header { name, problem })) => {
                Err(Error::invalid("headers", format!("`{name}` {problem}")))
            }
            // A value that is missing was complained about before; the rest is about a request, not about the key.
            Err(Refused::Sign(_) | Refused::Other(_)) | Ok(_) => Ok(()),
        }
    }

    /// Signs a request with the opened secrets of the entry.
    pub(super) fn sign<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str>,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<Signed, Error> {
        self.try_sign(secret, request, now, random).map_err(|refused| match refused {
            Refused::Sign(error) => refusal(error),
            Refused::Other(error) => error,
        })
    }

    fn try_sign<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str>,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<Signed, Refused> {
        let values = Values(|field: &str| secret(field).or_else(|| self.entry.public(field)));
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
            Strategy::HmacSha256 { client_id, client_secret, scheme, header_name, encoding, prefix } => {
                let header_name = values.optional(header_name.as_ref())?;
                let prefix = values.optional(prefix.as_ref())?;
                let scheme = match values.chosen(scheme)? {
                    HmacScheme::Rfc9421 => signing::HmacScheme::Rfc9421(Rfc9421::default()),
                    HmacScheme::Azure => signing::HmacScheme::Azure,
                    HmacScheme::StandardWebhooks => signing::HmacScheme::StandardWebhooks,
                    HmacScheme::Body => signing::HmacScheme::Body {
                        header_name: header_name.as_ref().map_or("", SecretText::expose),
                        encoding: match values.chosen(encoding)? {
                            SignatureEncoding::Hex => signing::Encoding::Hex,
                            SignatureEncoding::Base64 => signing::Encoding::Base64,
                        },
                        prefix: prefix.as_ref().map_or("", SecretText::expose),
                    },
                };
                let (client_id, client_secret) = (values.text(client_id)?, values.secret(client_secret)?);
                sign(Authenticator::HmacSha256(HmacSha256 {
                    client_id: &client_id,
                    client_secret: &client_secret,
                    scheme,
                }))
            }
            Strategy::Query { .. }
            | Strategy::Form { .. }
            | Strategy::OAuth1 { .. }
            | Strategy::OAuth2ClientCredentials { .. }
            | Strategy::OAuth2PrivateKeyJwt { .. }
            | Strategy::SoapSession { .. }
            | Strategy::Smtp { .. }
            | Strategy::Ftp { .. }
            | Strategy::Sftp { .. } => Err(cannot_sign().into()),
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

fn cannot_sign() -> Error {
    Error::CannotSign("This auth variant has no request signature".to_owned())
}

/// The values of an entry, opened.
struct Values<F>(F);

impl<'v, F: Fn(&str) -> Option<&'v str>> Values<F> {
    fn text(&self, text: &Interpolation) -> Result<String, Error> {
        text.render(&self.0).map_err(missing)
    }

    fn secret(&self, text: &Interpolation) -> Result<SecretText, Error> {
        text.render_secret(&self.0).map_err(missing)
    }

    /// A parameter that is left out when its field has no value.
    fn optional(&self, text: Option<&Interpolation>) -> Result<Option<SecretText>, Error> {
        let given = text.filter(|text| text.fields().all(|field| (self.0)(field).is_some()));
        given.map(|text| self.secret(text)).transpose()
    }

    fn chosen<T: crate::system::Word>(&self, chosen: &Chosen<T>) -> Result<T, Error> {
        chosen.resolve(&self.0).map_err(missing)
    }
}

/// A stored key has every value that its template asks for.
fn missing(_: MissingValue) -> Error {
    Error::KeyUnreadable
}

/// What is wrong with the request is the caller's to mend; what is wrong with a field, the key's.
fn refusal(error: SignError) -> Error {
    match &error {
        SignError::Header { name, problem } => {
            Error::InvalidFields(vec![InvalidField::new(format!("headers.{name}"), problem)])
        }
        SignError::HeaderName { .. } => Error::invalid("headers", error),
        SignError::BodyNeeded { .. } => Error::invalid("body_sha256", error),
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
