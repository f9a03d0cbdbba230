//! The request that a caller asks to sign or send, and the check that the key may be used for it.

use crate::{
    error::Error,
    keys::{
        authentication::Authentication,
        draft::Visibility,
        header::{HeaderName, check_value},
        key::{Entry, Header, Key},
        using::found::{Secrets, Selection},
    },
    origin::{BaseUrl, Origin, Origins, Scheme, Target},
    sealing::EntryName,
    signing::{Body, Part, parameter_names},
};

/// A request to be authenticated.
pub struct Ask {
    /// The HTTP method.
    pub method: http::Method,
    /// Where the request goes.
    pub target: AskedTarget,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: AskedBody,
}

/// Where a request goes.
pub enum AskedTarget {
    /// A path below the key's base URL.
    Path(String),
    /// A URL within the key's origins.
    Url(String),
}

/// A request's body, or as much of it as the caller shows.
pub enum AskedBody {
    /// The bytes.
    Bytes(Vec<u8>),
    /// Their SHA-256.
    Sha256([u8; 32]),
}

impl AskedTarget {
    /// The member of the request that names it.
    const fn at(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Url(_) => "url",
        }
    }

    /// The target, if it lies within the origins of the key's entry: that of the base address, and those of the template's
    /// other hosts. A path is one below the base address.
    pub(super) fn within(&self, key: &Key, entry: &Entry) -> Result<Target, Error> {
        let base = base_of(key, entry)?;
        match self {
            Self::Path(path) => base.join(path).map_err(|reason| Error::invalid("path", reason)),
            Self::Url(url) => {
                let origins = origins_of(key, entry, &base)?;
                origins.check(url).map_err(|reason| Error::invalid("url", reason))
            }
        }
    }

    /// The target on the server that a login named. A request that names a whole address goes there.
    pub(super) fn on_server(
        &self,
        key: &Key,
        entry: &Entry,
        target: &Target,
        server: Option<&str>,
    ) -> Result<Target, Error> {
        match (self, server) {
            (Self::Path(_), Some(server)) => {
                let origins = origins_of(key, entry, &base_of(key, entry)?)?;
                origins.moved(target, server).map_err(|_| Error::KeyUnreadable)
            }
            (Self::Path(_), None) | (Self::Url(_), _) => Ok(target.clone()),
        }
    }
}

/// Whether the entry of a key could send a request like this one, in all that can be known before a secret is opened.
///
/// # Errors
///
/// What [`send`](fn@super::send) refuses before it writes the receipt, but for what changes with time. A key whose requests carry a
/// session in their bodies sends nothing but envelopes: [`Error::CannotSign`].
pub fn check_ask(key: &Key, selection: &Selection, ask: &Ask) -> Result<(), Error> {
    selection.check(key)?;
    let entry = key.entry(&selection.entry_name())?;
    let authentication = Authentication::of(key, entry)?;
    authentication.check()?;
    if authentication.is_session() {
        return Err(Error::CannotSign(NO_REQUESTS.to_owned()));
    }
    let target = ask.target.within(key, entry)?;
    ask.check(key, &authentication, &target)
}

fn base_of(key: &Key, entry: &Entry) -> Result<BaseUrl, Error> {
    let base = key.base_url(entry)?.ok_or_else(|| Error::CannotSign(NO_REQUESTS.to_owned()))?;
    BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).map_err(|_| Error::KeyUnreadable)
}

/// That of the base address, and those of the template's other hosts.
fn origins_of(key: &Key, entry: &Entry, base: &BaseUrl) -> Result<Origins, Error> {
    let hosts = key.hosts(entry)?;
    let hosts: Result<Vec<_>, _> = hosts.iter().map(|address| Origin::of(address)).collect();
    let hosts = hosts.map_err(|_| Error::KeyUnreadable)?;
    Ok(Origins::new(std::iter::once(base.origin().clone()).chain(hosts)))
}

/// Whether a server that a login named is one that the entry's secrets are bound to.
pub(super) fn is_server_of(key: &Key, entry: &Entry, server: &str) -> Result<bool, Error> {
    let base = base_of(key, entry)?;
    let target = base.join("").map_err(|_| Error::KeyUnreadable)?;
    Ok(origins_of(key, entry, &base)?.moved(&target, server).is_ok())
}

const NO_REQUESTS: &str = "This system has no requests to sign: resolve the key and log in with its fields";

impl AskedBody {
    /// The body as a signer takes it.
    pub(super) fn as_body(&self) -> Body<'_> {
        match self {
            Self::Bytes(bytes) => Body::Bytes(bytes),
            Self::Sha256(digest) => Body::Sha256(*digest),
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Sha256(_) => b"",
        }
    }
}

impl Ask {
    /// All that the caller says: where the request goes, as a whole and by its parts, its headers, and its body.
    pub(super) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let (AskedTarget::Path(target) | AskedTarget::Url(target)) = &self.target;
        let parts = target.split(['/', '?']).map(str::as_bytes);
        let headers = self.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        [target.as_bytes(), self.body.bytes()].into_iter().chain(parts).chain(headers)
    }

    /// A request keeps to the key's restrictions. It may set neither the parts that the authentication sets nor a secret header
    /// of the key.
    pub(super) fn check(
        &self,
        key: &Key,
        authentication: &Authentication<'_>,
        target: &Target,
    ) -> Result<(), Error> {
        key.restrictions.check(&self.method, target, self.target.at(), &self.headers)?;
        let owned = authentication.set_by_key();
        let refused =
            |part, name: &[u8]| owned.iter().find(|owned| !owned.request_may_bring() && owned.is(part, name));
        for (name, value) in &self.headers {
            let at = format!("headers.{name}");
            let parsed: HeaderName = name.parse().map_err(|reason| Error::invalid(&at, reason))?;
            check_value(value, Visibility::Public).map_err(|reason| Error::invalid(&at, reason))?;
            let sealed =
                key.headers.iter().any(|header| header.name.is(name) && header.value.as_secret().is_some());
            if sealed || refused(Part::Header, parsed.as_str().as_bytes()).is_some() {
                return Err(Error::invalid(at, "is set by the key: leave it out"));
            }
        }
        let mut names = parameter_names(target.query().unwrap_or_default());
        match names.find_map(|name| refused(Part::Query, &name)) {
            Some(owned) => {
                let reason =
                    format!("has the parameter `{}`, which the key sets: leave it out", owned.name());
                Err(Error::invalid(self.target.at(), reason))
            }
            None => Ok(()),
        }
    }

    /// The headers of the template and of the key that are no secrets, for a request without the credentials.
    pub(super) fn public_headers(
        &self,
        key: &Key,
        authentication: &Authentication<'_>,
    ) -> Vec<(String, String)> {
        let mut headers = authentication.constant_headers();
        headers.retain(|(name, _)| !key.headers.iter().any(|header| header.name.is(name)));
        let public = |header: &Header| Some((header.name.to_string(), header.value.as_public()?.to_owned()));
        headers.extend(key.headers.iter().filter_map(public));
        headers.retain(|(name, _)| !(self.body.is_absent() && name.eq_ignore_ascii_case("content-type")));
        headers
    }

    /// The headers to send: the template's, the key's own, and the request's. Of the same header the last of these stands.
    pub(super) fn all_headers(
        &self,
        key: &Key,
        authentication: &Authentication<'_>,
        secrets: &Secrets,
    ) -> Result<Vec<(String, String)>, Error> {
        let is_left_out = |known: &str| {
            let is_given = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(known));
            is_given || (self.body.is_absent() && known.eq_ignore_ascii_case("content-type"))
        };
        let mut headers = authentication.constant_headers();
        headers
            .retain(|(name, _)| !is_left_out(name) && !key.headers.iter().any(|header| header.name.is(name)));
        for header in &key.headers {
            if is_left_out(header.name.as_str()) {
                continue;
            }
            // Of a planned key that is not sealed yet, a secret header has its value here and no mark.
            let opened = secrets.get(&EntryName::Headers, &header.name.folded());
            let value = opened.or_else(|| header.value.as_public()).ok_or(Error::DoesNotOpen)?.to_owned();
            headers.push((header.name.to_string(), value));
        }
        headers.extend(self.headers.iter().cloned());
        Ok(headers)
    }
}
