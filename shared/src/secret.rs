//! Text that must never be shown.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret in the clear: a password, a token, a private key. It is wiped from memory when dropped.
///
/// # Security
///
/// It has no `Debug`, `Display`, `Clone`, `PartialEq` or `Serialize`, so it cannot slip into a log, an error, a
/// response or a test's output. The one door to the text is [`expose`](Self::expose): search for that word to
/// see every place where a secret is read.
///
/// ```compile_fail
/// # use keyward_shared::secret::SecretText;
/// println!("{:?}", SecretText::from(String::from("x")));
/// ```
/// ```compile_fail
/// # use keyward_shared::secret::SecretText;
/// let _ = SecretText::from(String::from("x")).clone();
/// ```
/// ```compile_fail
/// # use keyward_shared::secret::SecretText;
/// let _ = serde_json::to_string(&SecretText::from(String::from("x")));
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself, for sealing it or for signing with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl TryFrom<Vec<u8>> for SecretText {
    type Error = NotText;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        String::from_utf8(bytes).map(Self).map_err(|error| {
            error.into_bytes().zeroize();
            NotText
        })
    }
}

/// The bytes are not UTF-8. It does not say where, since they are secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not UTF-8 text")]
pub struct NotText;

/// A 256-bit key in the clear. It is wiped from memory when dropped.
///
/// # Security
///
/// Like [`SecretText`], it can be neither shown nor copied.
///
/// ```compile_fail
/// # use keyward_shared::secret::SecretKey;
/// println!("{:?}", SecretKey::from([0; 32]));
/// ```
/// ```compile_fail
/// # use keyward_shared::secret::SecretKey;
/// let _ = SecretKey::from([0; 32]).clone();
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The 32 bytes, for the cryptography that uses them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for SecretKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<Vec<u8>> for SecretKey {
    type Error = WrongKeyLength;

    fn try_from(mut bytes: Vec<u8>) -> Result<Self, Self::Error> {
        let key = bytes.as_slice().try_into().map(Self).map_err(|_| WrongKeyLength(bytes.len()));
        bytes.zeroize();
        key
    }
}

/// The bytes are not 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 bytes, not {0}")]
pub struct WrongKeyLength(usize);
