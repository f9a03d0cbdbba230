//! How a token is obtained for an entry: by a grant of OAuth 2.0, or by a login that the template describes.

use super::{Authentication, missing};
use crate::{
    error::Error,
    keys::key::Key,
    origin::{BaseUrl, Origin, Origins, Scheme, Target},
    strategy::{Before, Endpoint, OwnedAsk, Scheme as _},
};

const NO_TOKEN_URL: &str = "The key has no token URL: add it first";

impl Authentication<'_> {
    /// What obtains the entry's tokens, and where: at an origin that the entry's secrets are bound to. `None` for a
    /// strategy without tokens.
    pub(in crate::keys) fn token_ask<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<Option<(Target, OwnedAsk)>, Error> {
        let tokens = match self.strategy().before() {
            Before::Token(tokens) | Before::TokenLogin(tokens, _) => tokens,
            Before::Nothing | Before::Session(_) | Before::Login(_) | Before::Grant(_) => return Ok(None),
        };
        let (target, token_url) = self.token_address(key, tokens.url())?;
        Ok(Some((target, tokens.with_values(&self.values(secret), token_url).map_err(missing)?)))
    }

    /// Whether it is known where tokens are obtained, told before anything is opened.
    pub(in crate::keys) fn check_token_address(&self, key: &Key) -> Result<(), Error> {
        if self.strategy().token_address().is_none() {
            return Ok(());
        }
        let url = key.template()?.token_url(&key.auth, |field| self.entry.public(field));
        match url.map_err(|_| Error::KeyUnreadable)? {
            Some(_) => Ok(()),
            None => Err(Error::CannotSign(NO_TOKEN_URL.to_owned())),
        }
    }

    fn token_address(&self, key: &Key, endpoint: &Endpoint) -> Result<(Target, String), Error> {
        match endpoint {
            Endpoint::BelowBase(path) => {
                let target = self.below_base(key, path)?;
                let url = target.to_string();
                Ok((target, url))
            }
            Endpoint::Absolute(_) => {
                let url = key.template()?.token_url(&key.auth, |field| self.entry.public(field));
                let url = url.map_err(|_| Error::KeyUnreadable)?;
                let url = url.ok_or_else(|| Error::CannotSign(NO_TOKEN_URL.to_owned()))?;
                let origin = Origin::of(&url).map_err(|_| Error::KeyUnreadable)?;
                let target = Origins::new([origin]).check(&url).map_err(|_| Error::KeyUnreadable)?;
                Ok((target, url))
            }
        }
    }

    /// The target at a path of the template below the entry's base address.
    pub(super) fn below_base(&self, key: &Key, path: &str) -> Result<Target, Error> {
        let base = key.base_url(self.entry)?.ok_or(Error::KeyUnreadable)?;
        let base = BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).map_err(|_| Error::KeyUnreadable)?;
        base.join(path).map_err(|_| Error::KeyUnreadable)
    }
}
