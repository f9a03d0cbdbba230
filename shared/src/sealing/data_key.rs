//! The data key of one write, open and wrapped, and the context that ties it to that write.

use std::fmt;

use crate::{
    ids::{AccountId, AppId, KeyId, SealId},
    secret::{SecretKey, WrongKeyLength},
};

/// What is sealed under a data key. A role may unwrap and make the data keys of its kinds alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealKind {
    /// Secret fields of keys.
    Field,
    /// Secrets of apps.
    App,
    /// Access tokens of grants.
    Access,
    /// Refresh tokens of grants.
    Refresh,
}

impl SealKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Field, Self::App, Self::Access, Self::Refresh];

    /// Its name in encryption contexts and in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::App => "app",
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// What a sealed value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A key.
    Key(&'a KeyId),
    /// An app.
    App(&'a AppId),
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::App(id) => id.fmt(f),
        }
    }
}

impl<'a> From<&'a KeyId> for Owner<'a> {
    fn from(id: &'a KeyId) -> Self {
        Self::Key(id)
    }
}

impl<'a> From<&'a AppId> for Owner<'a> {
    fn from(id: &'a AppId) -> Self {
        Self::App(id)
    }
}

/// The key under which all secrets of one write are sealed. It comes from the key management service, and is
/// wiped from memory when dropped.
///
/// # Security
///
/// It can be neither shown nor copied, and only sealing itself can read it.
///
/// ```compile_fail
/// # use keyward_shared::{sealing::DataKey, secret::SecretKey};
/// println!("{:?}", DataKey::from(SecretKey::from([0; 32])));
/// ```
/// ```compile_fail
/// # use keyward_shared::{sealing::DataKey, secret::SecretKey};
/// let _ = DataKey::from(SecretKey::from([0; 32])).clone();
/// ```
pub struct DataKey(SecretKey);

impl DataKey {
    pub(super) const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

impl From<SecretKey> for DataKey {
    fn from(key: SecretKey) -> Self {
        Self(key)
    }
}

/// From the plain text that the key management service answers with. The bytes given are wiped.
impl TryFrom<Vec<u8>> for DataKey {
    type Error = WrongKeyLength;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        SecretKey::try_from(bytes).map(Self)
    }
}

/// A data key as the key management service has wrapped it: opaque, and safe to store beside what it seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedDataKey(Vec<u8>);

impl WrappedDataKey {
    /// The bytes to store, or to hand to the key management service.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store, or to hand to the key management service, without copying them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for WrappedDataKey {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// The pairs that the key management service authenticates with a data key: it unwraps the key only if
/// the call names the same pairs.
///
/// # Security
///
/// Identifiers only: the pairs are visible in the key management service's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionContext {
    kind: SealKind,
    account: String,
    key: String,
    seal: String,
}

impl EncryptionContext {
    /// The context of one write to the fields of one key.
    #[must_use]
    pub fn new(account: &AccountId, key: &KeyId, seal: &SealId) -> Self {
        Self::of(SealKind::Field, account, Owner::Key(key), seal)
    }

    /// The context of one write of a kind, for what it belongs to.
    #[must_use]
    pub fn of(kind: SealKind, account: &AccountId, owner: Owner<'_>, seal: &SealId) -> Self {
        Self { kind, account: account.to_string(), key: owner.to_string(), seal: seal.to_string() }
    }

    /// The pairs, sorted by name. The kind says what is sealed under the data key. A role's policy can name it, so a
    /// role that may unwrap the data keys of fields unwraps no others.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("keyward:account", &self.account),
            ("keyward:key", &self.key),
            ("keyward:kind", self.kind.as_str()),
            ("keyward:seal", &self.seal),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encryption_context_has_the_identifiers_and_the_kind() {
        let context = EncryptionContext::new(
            &"acme".parse().unwrap(),
            &"key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            &"seal_0190f3c1-7f01-7000-8000-0123456789ab".parse().unwrap(),
        );
        assert_eq!(
            context.pairs(),
            [
                ("keyward:account", "acme"),
                ("keyward:key", "key_0190f3c1-7f00-7000-8000-0123456789ab"),
                ("keyward:kind", "field"),
                ("keyward:seal", "seal_0190f3c1-7f01-7000-8000-0123456789ab"),
            ]
        );
    }

    #[test]
    fn a_data_key_of_another_length_is_refused() {
        for length in [0, 16, 31, 33, 64] {
            assert!(DataKey::try_from(vec![0; length]).is_err(), "{length}");
        }
        assert!(DataKey::try_from(vec![0; 32]).is_ok());
    }
}
