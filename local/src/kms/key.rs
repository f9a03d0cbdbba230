//! A KMS key: its usage, whether it is switched on, and its secrets.

use std::{fmt, str::FromStr, sync::Arc};

use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;
use keyward_shared::secret::SecretKey;
use uuid::Uuid;

use super::{
    error::KmsError,
    material::{Material, Materials, random_secret},
    pair::{P256Pair, RsaPair, SigningPair},
};

/// The region in every ARN. It is none of AWS's, so that no local ARN is taken for a real one.
const REGION: &str = "local";
/// The account in every ARN.
pub(super) const ACCOUNT: &str = "000000000000";

/// The part of an ARN before the key id.
pub(super) fn key_arn_prefix() -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/")
}

/// The part of an ARN before the alias.
pub(super) fn alias_arn_prefix() -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:")
}

/// A key id: a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyId(Uuid);

impl KeyId {
    /// A new one, random (RFC 9562 §5.4).
    ///
    /// # Errors
    ///
    /// When the random generator fails.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes)?;
        Ok(Self(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }

    /// From a ciphertext blob.
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// For a ciphertext blob.
    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The ARN of the key.
    pub(super) fn arn(self) -> String {
        format!("{}{self}", key_arn_prefix())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum KeyState {
    /// It may.
    Enabled,
    /// Every use is refused until it is enabled again.
    Disabled,
}

/// The kinds of key that this KMS makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeySpec {
    /// AES-256 in GCM: `SYMMETRIC_DEFAULT`.
    Encryption,
    /// HMAC with SHA-256: `HMAC_256`.
    Mac,
    /// ECDSA on P-256: `ECC_NIST_P256`.
    Signing,
    /// RSA with 2,048 bits, for signatures alone: `RSA_2048`.
    RsaSigning,
}

impl KeySpec {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Encryption, Self::Mac, Self::Signing, Self::RsaSigning];

    /// AWS's name of the kind.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Encryption => "SYMMETRIC_DEFAULT",
            Self::Mac => "HMAC_256",
            Self::Signing => "ECC_NIST_P256",
            Self::RsaSigning => "RSA_2048",
        }
    }

    /// AWS's name for the usage of the kind.
    pub(super) const fn usage(self) -> &'static str {
        match self {
            Self::Encryption => "ENCRYPT_DECRYPT",
            Self::Mac => "GENERATE_VERIFY_MAC",
            Self::Signing | Self::RsaSigning => "SIGN_VERIFY",
        }
    }

    /// The one algorithm that a key of the kind has here.
    pub(super) const fn algorithm(self) -> &'static str {
        match self {
            Self::Encryption => "SYMMETRIC_DEFAULT",
            Self::Mac => "HMAC_SHA_256",
            Self::Signing => "ECDSA_SHA_256",
            Self::RsaSigning => "RSASSA_PKCS1_V1_5_SHA_256",
        }
    }
}

/// The secrets of a key, by their usage.
#[derive(Clone)]
pub(super) enum Secrets {
    /// For data keys.
    Encryption(Materials),
    /// For fingerprints.
    Mac(Arc<SecretKey>),
    /// For signatures on P-256.
    Signing(Arc<P256Pair>),
    /// For signatures with RSA.
    RsaSigning(Arc<RsaPair>),
}

impl Secrets {
    /// New ones, from the random generator.
    ///
    /// # Errors
    ///
    /// When the generator fails.
    pub(super) fn generate(spec: KeySpec) -> Result<Self, Unspecified> {
        Ok(match spec {
            KeySpec::Encryption => Self::Encryption(Materials::first(Material::generate()?)),
            KeySpec::Mac => Self::Mac(Arc::new(random_secret()?)),
            KeySpec::Signing => Self::Signing(Arc::new(P256Pair::generate()?)),
            KeySpec::RsaSigning => Self::RsaSigning(Arc::new(RsaPair::generate()?)),
        })
    }

    const fn spec(&self) -> KeySpec {
        match self {
            Self::Encryption(_) => KeySpec::Encryption,
            Self::Mac(_) => KeySpec::Mac,
            Self::Signing(_) => KeySpec::Signing,
            Self::RsaSigning(_) => KeySpec::RsaSigning,
        }
    }
}

/// A key.
#[derive(Clone)]
pub(super) struct Key {
    /// Its id.
    pub(super) id: KeyId,
    /// Its description.
    pub(super) description: String,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// Whether it may be used.
    pub(super) state: KeyState,
    /// Its secrets.
    pub(super) secrets: Secrets,
}

impl Key {
    /// Its kind.
    pub(super) const fn spec(&self) -> KeySpec {
        self.secrets.spec()
    }

    /// The key itself, if it is switched on.
    ///
    /// # Errors
    ///
    /// [`KmsError::Disabled`].
    pub(super) fn enabled(&self) -> Result<&Self, KmsError> {
        match self.state {
            KeyState::Enabled => Ok(self),
            KeyState::Disabled => Err(KmsError::Disabled(self.id.arn())),
        }
    }

    /// The materials of an encryption key.
    ///
    /// # Errors
    ///
    /// [`KmsError::InvalidKeyUsage`] for a key of another kind.
    pub(super) fn materials(&self, operation: &'static str) -> Result<&Materials, KmsError> {
        match &self.secrets {
            Secrets::Encryption(materials) => Ok(materials),
            Secrets::Mac(_) | Secrets::Signing(_) | Secrets::RsaSigning(_) => Err(self.not_for(operation)),
        }
    }

    /// The secret of a MAC key.
    ///
    /// # Errors
    ///
    /// [`KmsError::InvalidKeyUsage`] for a key of another kind.
    pub(super) fn mac_secret(&self, operation: &'static str) -> Result<&SecretKey, KmsError> {
        match &self.secrets {
            Secrets::Mac(secret) => Ok(secret),
            Secrets::Encryption(_) | Secrets::Signing(_) | Secrets::RsaSigning(_) => {
                Err(self.not_for(operation))
            }
        }
    }

    /// The pair of a signing key.
    ///
    /// # Errors
    ///
    /// [`KmsError::InvalidKeyUsage`] for a key of another kind.
    pub(super) fn key_pair(&self, operation: &'static str) -> Result<&dyn SigningPair, KmsError> {
        match &self.secrets {
            Secrets::Signing(pair) => Ok(&**pair),
            Secrets::RsaSigning(pair) => Ok(&**pair),
            Secrets::Encryption(_) | Secrets::Mac(_) => Err(self.not_for(operation)),
        }
    }

    fn not_for(&self, operation: &'static str) -> KmsError {
        KmsError::InvalidKeyUsage { arn: self.id.arn(), usage: self.spec().usage(), operation }
    }
}
