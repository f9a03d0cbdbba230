//! Where the secrets of an entry may go, from its public values.

use std::fmt;

use super::{
    base_url::{BaseUrlError, BaseUrlRule, Place, render_url},
    template::{AuthVariant, Template},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    origin::{Origin, Scheme},
};

/// What an origin is for. Each role stands once in a secret's binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginRole {
    /// Requests go there.
    Base,
    /// Tokens are obtained there.
    Token,
    /// Sessions are opened there.
    Host,
    /// Requests go there that name a whole address on this host of the template.
    Named(String),
}

impl fmt::Display for OriginRole {
    /// The role's name in bindings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base"),
            Self::Token => f.write_str("token"),
            Self::Host => f.write_str("host"),
            Self::Named(name) => write!(f, "host:{name}"),
        }
    }
}

impl Template {
    /// Checks the typed address of a key, or its absence, against the system.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`], in words for the person who typed it.
    pub fn check_base_url(&self, auth: &str, typed: Option<&str>) -> Result<(), BaseUrlError> {
        self.base_url_rule(auth).check_typed(typed, self.schemes(auth))
    }

    /// The typed address of a key as it is kept: without what was copied with it.
    #[must_use]
    pub fn tidied_base_url(&self, auth: &str, typed: &str) -> String {
        self.base_url_rule(auth).tidied(typed)
    }

    /// The base address of an entry's requests: typed, or derived from its public values. `None` where the system
    /// has none. A field without a value counts with its default.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] when the address is not one that the system accepts, or a value cannot be part of it.
    pub fn base_url<'v>(
        &'v self,
        auth: &str,
        typed: Option<&str>,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Option<String>, BaseUrlError> {
        self.render(auth, self.base_url_rule(auth), typed, &values)
    }

    /// An address that follows from values, each of which is still one that its field takes.
    fn render<'v>(
        &'v self,
        auth: &str,
        rule: &BaseUrlRule,
        typed: Option<&str>,
        values: &impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Option<String>, BaseUrlError> {
        let values = |id: &str| self.value(auth, id, values);
        for id in rule.fields() {
            let Some(value) = values(id) else { continue };
            // Values were checked when they were stored, but the row may have been edited since by other
            // means.
            let is_good = self.field(auth, id).is_some_and(|field| field.check(value).is_ok());
            if !is_good {
                return Err(BaseUrlError::Field(id.to_owned()));
            }
        }
        rule.render(typed, self.schemes(auth), values)
    }

    /// The ids of the fields that the base address of an auth variant follows from.
    pub fn base_url_fields(&self, auth: &str) -> Vec<&str> {
        self.base_url_rule(auth).fields()
    }

    /// The addresses of the hosts that requests may go to beside the base address, by name.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] when a value cannot be part of one.
    pub fn hosts<'v>(
        &'v self,
        auth: &str,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Vec<(&'v str, String)>, BaseUrlError> {
        let mut hosts = Vec::new();
        for host in self.variant(auth).into_iter().flat_map(AuthVariant::hosts) {
            if let Some(address) = self.render(auth, &host.address, None, &values)? {
                hosts.push((host.name.as_str(), address));
            }
        }
        Ok(hosts)
    }

    /// The origins that an entry's secrets may go to, by role: scheme, host, and port unless it is the scheme's own.
    /// A token address that the entry does not have yet is left out.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] as for [`base_url`](Self::base_url) and [`hosts`](Self::hosts).
    pub fn origins<'v>(
        &'v self,
        auth: &str,
        typed: Option<&str>,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Vec<(OriginRole, String)>, BaseUrlError> {
        let mut origins = Vec::new();
        if let Some(base) = self.base_url(auth, typed, &values)? {
            let origin = Origin::of(&base).map_err(|_| BaseUrlError::Field("base_url".to_owned()))?;
            origins.push((OriginRole::Base, origin.to_string()));
        }
        for (name, address) in self.hosts(auth, &values)? {
            let origin = Origin::of(&address).map_err(|_| BaseUrlError::Field(name.to_owned()))?;
            origins.push((OriginRole::Named(name.to_owned()), origin.to_string()));
        }
        let Some(variant) = self.variant(auth) else {
            return Ok(origins);
        };
        let values = |id: &str| self.value(auth, id, &values);
        if let Some(address) = variant.strategy.token_address() {
            match self.token_origin(auth, address, values) {
                Ok(origin) => origins.push((OriginRole::Token, origin)),
                Err(BaseUrlError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some((host, port)) = variant.strategy.session_address() {
            let (host, port) = (host.render(values)?.to_ascii_lowercase(), port.render(values)?);
            origins.push((OriginRole::Host, format!("{}://{host}:{port}", self.kind.as_str())));
        }
        Ok(origins)
    }

    /// The whole address that an entry's tokens are obtained from, where that is another place than the base address.
    /// `None` where the strategy has no such address, or the entry does not have it yet.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] when a value cannot be part of it.
    pub fn token_url<'v>(
        &'v self,
        auth: &str,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Option<String>, BaseUrlError> {
        let values = |id: &str| self.value(auth, id, &values);
        let address = self.variant(auth).and_then(|variant| variant.strategy.token_address());
        match address.map(|address| self.token_address(auth, address, values)) {
            None | Some(Err(BaseUrlError::Missing(_))) => Ok(None),
            Some(Ok((url, _))) => Ok(Some(url)),
            Some(Err(error)) => Err(error),
        }
    }

    /// The address, and the field to complain about.
    fn token_address<'a, 'v>(
        &self,
        auth: &str,
        address: &'a Interpolation,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<(String, &'a str), BaseUrlError> {
        let only = address.fields().next().filter(|id| *address == Interpolation::of_field(id));
        let Some(id) = only else {
            return Ok((render_url(address, Place::Authority, values)?, "token_url"));
        };
        // A whole address in a field of its own.
        let value = values(id).ok_or_else(|| MissingValue::of(id))?;
        let is_good = self.field(auth, id).is_some_and(|field| field.check(value).is_ok());
        if is_good { Ok((value.to_owned(), id)) } else { Err(BaseUrlError::Field(id.to_owned())) }
    }

    fn token_origin<'v>(
        &self,
        auth: &str,
        address: &Interpolation,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<String, BaseUrlError> {
        let (url, at) = self.token_address(auth, address, values)?;
        let origin = Origin::of(&url).map_err(|_| BaseUrlError::Field(at.to_owned()))?;
        Ok(origin.to_string())
    }

    fn schemes(&self, auth: &str) -> &[Scheme] {
        self.variant(auth).map_or(&[Scheme::Https], AuthVariant::schemes)
    }

    /// A field's value, or its default.
    fn value<'v>(
        &'v self,
        auth: &str,
        id: &str,
        values: &impl Fn(&str) -> Option<&'v str>,
    ) -> Option<&'v str> {
        values(id).or_else(|| self.field(auth, id)?.default())
    }
}
