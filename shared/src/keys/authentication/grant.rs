//! How a token is obtained for an entry (OAuth 2.0 client credentials).

use super::{Authentication, values::Values};
use crate::{
    error::Error,
    keys::key::Key,
    origin::{BaseUrl, Origin, Origins, Scheme, Target},
    secret::SecretText,
    signing::oauth2::{Algorithm, Assertion, ClientProof, Grant, ScopePlace},
    system::{self, ClientAuthentication, Endpoint, JwtAlgorithm, Strategy},
};

/// A grant with values of its own, and the checked address that it is asked at.
pub(in crate::keys) struct OwnedGrant {
    target: Target,
    token_url: String,
    client_id: String,
    proof: OwnedProof,
    scope: Option<String>,
    audience: Option<String>,
}

enum OwnedProof {
    Basic(SecretText),
    Post(SecretText),
    Assertion {
        private_key: SecretText,
        key_id: Option<String>,
        algorithm: Algorithm,
        audience: Option<String>,
        scope_place: ScopePlace,
    },
}

impl OwnedGrant {
    /// Where tokens are obtained. It lies at an origin that the entry's secrets are bound to.
    pub(in crate::keys) const fn target(&self) -> &Target {
        &self.target
    }

    /// The grant itself.
    pub(in crate::keys) fn grant(&self) -> Grant<'_> {
        Grant {
            token_url: &self.token_url,
            client_id: &self.client_id,
            proof: match &self.proof {
                OwnedProof::Basic(secret) => ClientProof::SecretBasic(secret),
                OwnedProof::Post(secret) => ClientProof::SecretPost(secret),
                OwnedProof::Assertion { private_key, key_id, algorithm, audience, scope_place } => {
                    ClientProof::Assertion(Assertion {
                        private_key,
                        key_id: key_id.as_deref(),
                        algorithm: *algorithm,
                        audience: audience.as_deref(),
                        scope_place: *scope_place,
                    })
                }
            },
            scope: self.scope.as_deref(),
            audience: self.audience.as_deref(),
        }
    }
}

const NO_TOKEN_URL: &str = "The key has no token URL: add it first";

impl Authentication<'_> {
    /// The grant that obtains the entry's tokens; `None` for a strategy without tokens.
    pub(in crate::keys) fn grant<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<Option<OwnedGrant>, Error> {
        let values = Values(self.with_public(secret));
        let owned = |text: Option<SecretText>| text.map(|text| text.expose().to_owned());
        let (endpoint, client_id, proof, scope, audience) = match self.variant.strategy() {
            Strategy::OAuth2ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
                audience,
                client_auth,
                then: _,
            } => {
                let secret = values.secret(client_secret)?;
                let proof = match values.chosen(client_auth)? {
                    ClientAuthentication::Basic => OwnedProof::Basic(secret),
                    ClientAuthentication::Post => OwnedProof::Post(secret),
                };
                (token_url, client_id, proof, scope, values.optional(audience.as_ref())?)
            }
            Strategy::OAuth2PrivateKeyJwt {
                token_url,
                client_id,
                private_key,
                key_id,
                algorithm,
                audience,
                scope,
                scope_place,
                then: _,
            } => {
                let proof = OwnedProof::Assertion {
                    private_key: values.secret(private_key)?,
                    key_id: owned(values.optional(key_id.as_ref())?),
                    algorithm: match values.chosen(algorithm)? {
                        JwtAlgorithm::Rs256 => Algorithm::Rs256,
                        JwtAlgorithm::Ps256 => Algorithm::Ps256,
                        JwtAlgorithm::Es256 => Algorithm::Es256,
                    },
                    audience: owned(values.optional(audience.as_ref())?),
                    scope_place: match scope_place {
                        system::ScopePlace::Request => ScopePlace::Request,
                        system::ScopePlace::Assertion => ScopePlace::Assertion,
                    },
                };
                (token_url, client_id, proof, scope, None)
            }
            Strategy::None
            | Strategy::Headers { .. }
            | Strategy::Basic { .. }
            | Strategy::Bearer { .. }
            | Strategy::Query { .. }
            | Strategy::Form { .. }
            | Strategy::Aws4 { .. }
            | Strategy::HmacSha256 { .. }
            | Strategy::OAuth1 { .. }
            | Strategy::SoapSession { .. }
            | Strategy::Smtp { .. }
            | Strategy::Ftp { .. }
            | Strategy::Sftp { .. } => return Ok(None),
        };
        let (target, token_url) = self.token_address(key, endpoint)?;
        Ok(Some(OwnedGrant {
            target,
            token_url,
            client_id: values.text(client_id)?,
            proof,
            scope: owned(values.optional(scope.as_ref())?),
            audience: owned(audience),
        }))
    }

    /// Whether it is known where tokens are obtained, told before anything is opened.
    pub(in crate::keys) fn check_token_address(&self, key: &Key) -> Result<(), Error> {
        if self.variant.strategy().token_address().is_none() {
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
