//! Private keys as people paste them, and the one form in which they are kept.
//!
//! A key is read once, when it is saved, and opened with its passphrase. What is sealed, tried and handed out is the same
//! text: the [normal form](Form). The passphrase, the comment and the way the file was written are not kept, so one key
//! has one text, in whichever form it was pasted.

mod asn1;
mod blocks;
mod encrypted;
mod legacy;
mod openssh;
mod putty;
mod work;

use pkcs8::{LineEnding, SecretDocument};
use ssh_key::{
    PrivateKey as SshKey,
    private::{Ed25519Keypair, KeypairData, RsaKeypair},
};
use zeroize::Zeroizing;

pub use self::work::Work;
use crate::secret::SecretText;

/// The least bits of an RSA key. OpenSSH takes none with fewer (`RequiredRSASize`, ssh_config(5)).
const MIN_RSA_BITS: u32 = 1024;

/// Why a text is not a private key that Keyward can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPrivateKey {
    /// The public half was taken.
    #[error("this is a public key: enter the private key, the file whose name does not end in .pub")]
    PublicKey,
    /// A certificate was taken.
    #[error("this is a certificate: enter the private key that belongs to it")]
    Certificate,
    /// A PuTTY key of version 1, which PuTTY stopped writing in 2001.
    #[error(
        "this PuTTY key has an old format: load it in a current PuTTYgen, save it again, and enter that file"
    )]
    OldPutty,
    /// A key of another kind, such as DSA.
    #[error("keys of this kind are not taken: make an Ed25519, ECDSA or RSA key")]
    Kind,
    /// A key that may sign with RSASSA-PSS only, where SSH needs another signature.
    #[error("this is an RSASSA-PSS key, which SSH cannot use: make an Ed25519, ECDSA or RSA key")]
    PssOnly,
    /// An RSA key that nobody takes any more.
    #[error("the RSA key is too short: make one with 3072 bits or more, or an Ed25519 key")]
    TooShort,
    /// More than one private key.
    #[error("these are several private keys: enter one of them")]
    Several,
    /// The passphrase takes too long to check.
    #[error(
        "the key's passphrase takes too much work to check: encrypt the key anew with fewer rounds (ssh-keygen -p -a 16), or save fewer keys at once"
    )]
    Rounds,
    /// It is encrypted in a way that is not taken.
    #[error("the key is encrypted in a way that is not taken: encrypt it anew (ssh-keygen -p)")]
    Encryption,
    /// It is encrypted, and there is no passphrase.
    #[error("is needed: the private key is encrypted with one")]
    NeedsPassphrase,
    /// It is encrypted with another passphrase.
    #[error("does not open the private key")]
    WrongPassphrase,
    /// The first line, the last line, or something between is missing.
    #[error(
        "this is not a private key in OpenSSH, PEM or PuTTY form: enter the whole file, with its first and last line"
    )]
    Damaged,
}

impl NotAPrivateKey {
    /// Whether the passphrase is at fault, not the key.
    #[must_use]
    pub const fn is_about_the_passphrase(self) -> bool {
        match self {
            Self::NeedsPassphrase | Self::WrongPassphrase => true,
            Self::PublicKey
            | Self::Certificate
            | Self::OldPutty
            | Self::Kind
            | Self::PssOnly
            | Self::TooShort
            | Self::Several
            | Self::Rounds
            | Self::Encryption
            | Self::Damaged => false,
        }
    }
}

/// The form in which private keys of a field are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// OpenSSH's own (openssh-portable, `PROTOCOL.key`), for SSH.
    OpenSsh,
    /// PKCS#8 in PEM (RFC 5958, RFC 7468 §10), for signatures.
    Pkcs8,
}

impl Form {
    /// Its name in templates and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenSsh => "openssh",
            Self::Pkcs8 => "pkcs8",
        }
    }
}

/// A private key that was read, opened, and found whole. It has no `Debug`.
pub struct PrivateKey(Material);

enum Material {
    /// RSA, ECDSA on a NIST curve, or Ed25519. Public and private half belong together.
    Pair(KeypairData),
    /// An RSA key that may sign with RSASSA-PSS only (RFC 4055 §1.2), as PKCS#8.
    Pss { pkcs8: Zeroizing<Vec<u8>>, bits: u32 },
}

impl PrivateKey {
    /// Reads a key in any form that people paste: OpenSSH, PKCS#8, PKCS#1, SEC 1 and PuTTY, with line breaks of any kind or
    /// none. The passphrase is used only if the key is encrypted.
    ///
    /// # Errors
    ///
    /// [`NotAPrivateKey`], which says what was entered instead, or what to do.
    pub fn read(
        text: &SecretText,
        passphrase: Option<&SecretText>,
        work: &mut Work,
    ) -> Result<Self, NotAPrivateKey> {
        let passphrase = passphrase.map(SecretText::expose).filter(|text| !text.is_empty());
        let material = match putty::find(text.expose()) {
            Some(start) => Material::Pair(putty::read(start, passphrase, work)?),
            None => blocks::read(text.expose(), passphrase, work)?,
        };
        checked(material).map(Self)
    }

    /// The key in this form: the whole file, without a passphrase.
    ///
    /// # Errors
    ///
    /// [`NotAPrivateKey::PssOnly`] for a key that SSH cannot use.
    pub fn write(&self, form: Form) -> Result<SecretText, NotAPrivateKey> {
        match form {
            Form::OpenSsh => self.openssh(),
            Form::Pkcs8 => self.pkcs8(),
        }
    }

    /// The bits of an RSA key.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<u32> {
        match &self.0 {
            Material::Pair(pair) => pair.rsa().map(RsaKeypair::key_size),
            Material::Pss { bits, .. } => Some(*bits),
        }
    }

    fn openssh(&self) -> Result<SecretText, NotAPrivateKey> {
        let Material::Pair(pair) = &self.0 else { return Err(NotAPrivateKey::PssOnly) };
        let key = SshKey::new(pair.clone(), COMMENT).map_err(|_| NotAPrivateKey::Damaged)?;
        let mut text = key.to_openssh(ssh_key::LineEnding::LF).map_err(|_| NotAPrivateKey::Damaged)?;
        Ok(SecretText::from(std::mem::take(&mut *text)))
    }

    fn pkcs8(&self) -> Result<SecretText, NotAPrivateKey> {
        let document = match &self.0 {
            Material::Pair(pair) => asn1::pkcs8(pair)?,
            Material::Pss { pkcs8, .. } => {
                SecretDocument::try_from(pkcs8.as_slice()).map_err(|_| NotAPrivateKey::Damaged)?
            }
        };
        let mut text = document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|_| NotAPrivateKey::Damaged)?;
        Ok(SecretText::from(std::mem::take(&mut *text)))
    }
}

/// The comment of every key in OpenSSH's form. Without one, the private part of a P-256 key ends with a zero and needs no
/// padding, and paramiko 5.1 (`_unpad_openssh` in pkey.py) takes the zero for a length of padding and reads nothing.
const COMMENT: &str = "keyward";

/// The same, after it was computed anew from its private half: both halves belong together.
fn checked(material: Material) -> Result<Material, NotAPrivateKey> {
    let damaged = |_| NotAPrivateKey::Damaged;
    let pair = match material {
        Material::Pss { pkcs8, bits } if bits >= MIN_RSA_BITS => return Ok(Material::Pss { pkcs8, bits }),
        Material::Pss { .. } => return Err(NotAPrivateKey::TooShort),
        Material::Pair(pair) => pair,
    };
    let whole = if let Some(given) = pair.rsa() {
        let key = rsa::RsaPrivateKey::try_from(given).map_err(damaged)?;
        let whole = RsaKeypair::try_from(&key).map_err(damaged)?;
        if whole.key_size() < MIN_RSA_BITS {
            return Err(NotAPrivateKey::TooShort);
        }
        KeypairData::Rsa(whole)
    } else if let Some(given) = pair.ed25519() {
        let whole = Ed25519Keypair::from_seed(given.private.as_ref());
        if whole.public != given.public {
            return Err(NotAPrivateKey::Damaged);
        }
        KeypairData::Ed25519(whole)
    } else {
        let given = pair.ecdsa().ok_or(NotAPrivateKey::Kind)?;
        let public = Some(given.public_key_bytes());
        KeypairData::Ecdsa(asn1::on_curve(given.curve(), given.private_key_bytes(), public)?)
    };
    Ok(Material::Pair(whole))
}

#[cfg(test)]
mod tests;
