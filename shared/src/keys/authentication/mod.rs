//! Turns an entry's values into a signed request, a grant that obtains a token, or a login that opens a
//! session. The strategies hold their own rules; this module connects them with the key.

mod grant;
mod login;
mod session;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::{
    error::{Error, InvalidField},
    interpolation::MissingValue,
    keys::key::{Entry, Header, Key},
    moment::Random,
    origin::{BaseUrl, Scheme},
    sealing::EntryName,
    signing::{Body, BodyProblem, Owned, Request, Reveals, SignError, Signed, check_header},
    strategy::{Before, Failed, Lookup, Obtained, Scheme as _, Strategy, Unsigned, Values},
    system::{AuthVariant, ConstantHeader, HttpCheck, Template, Verify},
};

/// How an entry's requests are authenticated, before any secret is opened.
pub(in crate::keys) struct Authentication<'a> {
    template: &'static Template,
    variant: &'static AuthVariant,
    entry: &'a Entry,
}

impl<'a> Authentication<'a> {
    /// The authentication of a key's entry.
    pub(in crate::keys) fn of(key: &Key, entry: &'a Entry) -> Result<Self, Error> {
        let template = key.template()?;
        let variant = template.variant(&key.auth).ok_or(Error::KeyUnreadable)?;
        Ok(Self { template, variant, entry })
    }

    const fn strategy(&self) -> &'static Strategy {
        self.variant.strategy()
    }

    /// Whether a signed request would show a secret.
    pub(in crate::keys) fn reveals(&self) -> Reveals {
        self.strategy().reveals_with(|field| {
            self.entry.fields.get(field).is_some_and(|value| value.as_secret().is_some())
        })
    }

    /// Whether what is added to a signed request is good for its method and path alone.
    pub(in crate::keys) fn covers_request(&self) -> bool {
        self.strategy().covers_request(&self.values(|_| None))
    }

    /// Whether a value is one of those that anybody may see who may see the key.
    pub(in crate::keys) fn is_public(&self, value: &str) -> bool {
        self.entry.fields.keys().any(|field| self.entry.public(field) == Some(value))
    }

    /// The parts of a request that only the authentication may set.
    pub(in crate::keys) fn owned(&self) -> Vec<Owned> {
        self.strategy().owned(&self.values(|_| None))
    }

    /// The parts of a request that the key sets: those of the authentication, and the headers of the template.
    pub(in crate::keys) fn set_by_key(&self) -> Vec<Owned> {
        let constant = self.variant.constant_headers().iter().map(ConstantHeader::owned);
        self.owned().into_iter().chain(constant).collect()
    }

    /// What the template computes from secrets before it sends them, such as their Base64. Each is as secret as they are.
    pub(in crate::keys) fn computed<'s>(
        &'s self,
        secret: impl Fn(&str) -> Option<&'s str> + Copy,
    ) -> Vec<Zeroizing<String>> {
        let parameters = self.strategy().parameters();
        let texts = parameters.iter().filter_map(|parameter| parameter.holds.text());
        texts.flat_map(|text| text.computed(secret)).collect()
    }

    /// The headers that the template adds to the entry's requests. They hold public values alone.
    pub(in crate::keys) fn constant_headers(&self) -> Vec<(String, String)> {
        self.rendered(self.variant.constant_headers())
    }

    /// The path of a check, below the entry's base address.
    pub(in crate::keys) fn check_path(&self, check: &HttpCheck) -> Result<String, Error> {
        // Values were checked when they were stored, but the row may have been edited since by other means.
        let good = |field: &str| {
            let value = self.public(field)?;
            let field = self.template.field(self.variant.id(), field)?;
            field.check(value).is_ok().then_some(value)
        };
        check.path.render(good).map_err(|_| Error::KeyUnreadable)
    }

    /// The headers of a check.
    pub(in crate::keys) fn check_headers(&self, check: &HttpCheck) -> Vec<(String, String)> {
        self.rendered(&check.headers)
    }

    fn rendered(&self, headers: &[ConstantHeader]) -> Vec<(String, String)> {
        let value = |header: &ConstantHeader| header.render(|field| self.public(field));
        headers.iter().filter_map(|header| Some((header.name().to_owned(), value(header)?))).collect()
    }

    /// A public value, or the template's default.
    fn public(&self, field: &str) -> Option<&str> {
        self.entry.public(field).or_else(|| self.template.field(self.variant.id(), field)?.default())
    }

    /// Whether there are requests of this strategy at all, known before anything is opened.
    pub(in crate::keys) fn check(&self) -> Result<(), Error> {
        match self.strategy().before() {
            Before::Login(_) | Before::TokenLogin(..) => Err(no_requests()),
            Before::Nothing | Before::Token(_) | Before::Session(_) | Before::Grant(_) => Ok(()),
        }
    }

    /// Whether requests carry a session that has to be opened first, in their bodies.
    pub(in crate::keys) fn is_session(&self) -> bool {
        matches!(self.strategy().before(), Before::Session(_))
    }

    /// Whether requests carry what a person granted by consent.
    pub(in crate::keys) fn is_granted(&self) -> bool {
        matches!(self.strategy().before(), Before::Grant(_))
    }

    /// How an entry is tried.
    pub(in crate::keys) const fn verify(&self) -> &'static Verify {
        self.variant.verify()
    }

    /// The values of the entry: opened values first, then public values, then the template's defaults.
    fn values<'s>(&'s self, secret: impl Fn(&str) -> Option<&'s str>) -> impl Values {
        Lookup::new(move |field: &str| {
            let given = secret(field).or_else(|| self.entry.public(field));
            given.or_else(|| self.template.field(self.variant.id(), field)?.default())
        })
    }

    /// Refuses values that signing would refuse. The complaints name the key's fields. A request to the base
    /// URL with the key's public headers is signed and thrown away.
    pub(in crate::keys) fn check_values<'s>(
        &'s self,
        key: &Key,
        name: &EntryName,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<(), Error> {
        let parameters = self.strategy().parameters();
        let field_of = |parameter| parameters.field_of(parameter).unwrap_or(parameter);
        let complaint =
            |field: &str, reason: &str| Error::invalid(format!("entries.{name}.fields.{field}"), reason);
        // A request that lacks its address, or a value, is not to be complained about here.
        if let Ok(Some((_, ask))) = self.token_ask(key, &secret)
            && let Err(SignError::Field { field: parameter, reason }) = ask.ask().check()
        {
            return Err(complaint(field_of(parameter), reason));
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
        for header in self.variant.constant_headers() {
            let value = header.render(|field| self.public(field));
            if let (Some(value), Some(field)) = (value, header.value().fields().next())
                && check_header(header.name(), &value).is_err()
            {
                let reason =
                    format!("is sent in the header `{}`, so it must be visible ASCII", header.name());
                return Err(complaint(field, &reason));
            }
        }
        let constant = self.constant_headers();
        let constant =
            constant.into_iter().filter(|(name, _)| !key.headers.iter().any(|known| known.name.is(name)));
        let headers: Vec<_> = constant.chain(key.headers.iter().filter_map(public)).collect();
        let request = Request {
            method: &http::Method::POST,
            target: &target,
            headers: &headers,
            body: Body::Bytes(b"{}"),
        };
        let (now, obtained) = (key.updated.at, &Obtained::Nothing);
        let unsigned = Unsigned { request, obtained, now, random: &Zeros };
        match self.strategy().sign(&self.values(secret), &unsigned) {
            Err(Failed::Field { field, reason }) => Err(complaint(&field, reason)),
            Err(Failed::Request(SignError::Header { name, problem })) => {
                Err(Error::invalid("headers", format!("`{name}` {problem}")))
            }
            // A value that is missing was complained about before; the rest is about a request, not about the key.
            Err(
                Failed::Request(_)
                | Failed::Missing(_)
                | Failed::Envelope(_)
                | Failed::BodyNeeded
                | Failed::NoRequests,
            )
            | Ok(_) => Ok(()),
        }
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
        let unsigned = Unsigned { request: *request, obtained, now, random };
        self.strategy().sign(&self.values(secret), &unsigned).map_err(|failed| match failed {
            Failed::Missing(error) => missing(error),
            Failed::Field { .. } => Error::CannotSign(sentence(&failed.to_string())),
            Failed::Request(error) => refusal(error),
            Failed::Envelope(error) => Error::invalid("body", error),
            Failed::BodyNeeded => Error::invalid("body_sha256", failed),
            Failed::NoRequests => no_requests(),
        })
    }
}

/// A stored key has every value that its template asks for.
fn missing(_: MissingValue) -> Error {
    Error::KeyUnreadable
}

/// Stands in for randomness in a signature that is thrown away.
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

/// A fault of the request is reported to the caller as such; a fault of a field is reported as a
/// fault of the key.
fn refusal(error: SignError) -> Error {
    match &error {
        SignError::Header { name, problem } => {
            Error::InvalidFields(vec![InvalidField::new(format!("headers.{name}"), problem)])
        }
        SignError::HeaderName { .. } => Error::invalid("headers", error),
        SignError::BodyNeeded { problem: BodyProblem::Digest, .. } => Error::invalid("body_sha256", error),
        SignError::BodyNeeded { problem: BodyProblem::Method, .. } => Error::invalid("method", error),
        SignError::BodyNeeded { problem: BodyProblem::NotAnObject | BodyProblem::Member, .. } => {
            Error::invalid("body", error)
        }
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
