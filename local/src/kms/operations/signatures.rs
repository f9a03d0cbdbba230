//! Signatures: `Sign`, `Verify`, `GetPublicKey`, each with the one algorithm of the key.

use aws_lc_rs::digest::{self, Digest, SHA256};
use serde::{Deserialize, Serialize};

use crate::kms::{
    error::KmsError,
    key::{Key, KeySpec},
    keyring::Keyring,
    pair::SigningPair,
    wire::{Blob, MAX_MESSAGE_BYTES, check_algorithm, required, required_blob},
};

/// What `Message` holds.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum MessageType {
    /// The message, which is hashed here.
    #[default]
    Raw,
    /// Its SHA-256.
    Digest,
}

impl MessageType {
    fn digest(self, message: &[u8], spec: KeySpec) -> Result<Digest, KmsError> {
        let algorithm = spec.algorithm();
        let wrong = |_| KmsError::Validation(format!("Digest is invalid length for algorithm {algorithm}."));
        match self {
            Self::Raw => Ok(digest::digest(&SHA256, message)),
            Self::Digest => Digest::import_less_safe(message, &SHA256).map_err(wrong),
        }
    }
}

/// Body of `Sign` and `Verify`; `Verify` also has `Signature`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct SignatureRequest {
    key_id: Option<String>,
    message: Option<Blob>,
    #[serde(default)]
    message_type: MessageType,
    signing_algorithm: Option<String>,
    signature: Option<Blob>,
}

/// Answer of `Sign`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Signed {
    signature: Blob,
    signing_algorithm: &'static str,
    key_id: String,
}

/// Answer of `Verify`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Verified {
    signature_valid: bool,
    signing_algorithm: &'static str,
    key_id: String,
}

/// Body of `GetPublicKey`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct GetPublicKey {
    key_id: Option<String>,
}

/// Answer of `GetPublicKey`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct PublicKey {
    key_id: String,
    public_key: Blob,
    key_spec: &'static str,
    customer_master_key_spec: &'static str,
    key_usage: &'static str,
    signing_algorithms: [&'static str; 1],
}

/// Signs a message or its digest.
///
/// # Errors
///
/// When the request is not valid or the key cannot be used.
pub(in crate::kms) fn sign(keyring: &Keyring, request: SignatureRequest) -> Result<Signed, KmsError> {
    let (key, pair, digest) = prepare(keyring, &request, "Sign")?;
    Ok(Signed {
        signature: pair.sign(&digest)?.into(),
        signing_algorithm: key.spec().algorithm(),
        key_id: key.id.arn(),
    })
}

/// Whether a signature is that of a message.
///
/// # Errors
///
/// [`KmsError::InvalidSignature`] when it is not; or when the request is not valid or the key cannot be used.
pub(in crate::kms) fn verify(keyring: &Keyring, request: SignatureRequest) -> Result<Verified, KmsError> {
    let (key, pair, digest) = prepare(keyring, &request, "Verify")?;
    let signature = required_blob(request.signature, "signature", MAX_MESSAGE_BYTES)?;
    if !pair.has_signed(&digest, signature.as_bytes()) {
        return Err(KmsError::InvalidSignature);
    }
    Ok(Verified { signature_valid: true, signing_algorithm: key.spec().algorithm(), key_id: key.id.arn() })
}

/// The public key, as a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) in DER.
///
/// # Errors
///
/// When the key is not one for signatures, or is switched off.
pub(in crate::kms) fn get_public_key(
    keyring: &Keyring,
    request: GetPublicKey,
) -> Result<PublicKey, KmsError> {
    let key = keyring.key(&required(request.key_id, "keyId")?)?.enabled()?;
    let spec = key.spec();
    Ok(PublicKey {
        key_id: key.id.arn(),
        public_key: key.key_pair("GetPublicKey")?.public_key()?.into(),
        key_spec: spec.name(),
        customer_master_key_spec: spec.name(),
        key_usage: spec.usage(),
        signing_algorithms: [spec.algorithm()],
    })
}

/// The key, what it signs with, and the digest of the message.
fn prepare<'a>(
    keyring: &'a Keyring,
    request: &SignatureRequest,
    operation: &'static str,
) -> Result<(&'a Key, &'a dyn SigningPair, Digest), KmsError> {
    let name = required(request.key_id.as_deref(), "keyId")?;
    let message = required(request.message.as_ref(), "message")?.as_bytes();
    let algorithm = required(request.signing_algorithm.as_deref(), "signingAlgorithm")?;
    if !(1..=MAX_MESSAGE_BYTES).contains(&message.len()) {
        return Err(KmsError::Validation(format!(
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have \
             length between 1 and {MAX_MESSAGE_BYTES}"
        )));
    }
    let key = keyring.key(name)?.enabled()?;
    let pair = key.key_pair(operation)?;
    check_algorithm(algorithm, key.spec().algorithm())?;
    Ok((key, pair, request.message_type.digest(message, key.spec())?))
}
