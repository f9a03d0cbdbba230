//! Fingerprints: `GenerateMac`, `VerifyMac`.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use crate::kms::{
    error::KmsError,
    key::{Key, KeySpec},
    keyring::Keyring,
    wire::{Blob, MAX_MESSAGE_BYTES, check_algorithm, required, required_blob},
};

/// Body of both; `VerifyMac` also has `Mac`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct MacRequest {
    key_id: Option<String>,
    message: Option<Blob>,
    mac_algorithm: Option<String>,
    mac: Option<Blob>,
}

/// Answer of `GenerateMac`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct GeneratedMac {
    mac: Blob,
    mac_algorithm: &'static str,
    key_id: String,
}

/// Answer of `VerifyMac`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct VerifiedMac {
    mac_valid: bool,
    mac_algorithm: &'static str,
    key_id: String,
}

/// The HMAC-SHA256 (RFC 2104) of a message.
///
/// # Errors
///
/// When the request is not valid or the key cannot be used.
pub(in crate::kms) fn generate_mac(keyring: &Keyring, request: MacRequest) -> Result<GeneratedMac, KmsError> {
    let (key, mac_key, message) =
        prepare(keyring, "GenerateMac", request.key_id, request.message, request.mac_algorithm)?;
    Ok(GeneratedMac {
        mac: hmac::sign(&mac_key, message.as_bytes()).as_ref().to_vec().into(),
        mac_algorithm: KeySpec::Mac.algorithm(),
        key_id: key.id.arn(),
    })
}

/// Whether a MAC is that of a message. The comparison takes the same time wherever they differ.
///
/// # Errors
///
/// [`KmsError::InvalidMac`] when it is not; or when the request is not valid or the key cannot be used.
pub(in crate::kms) fn verify_mac(keyring: &Keyring, request: MacRequest) -> Result<VerifiedMac, KmsError> {
    let mac = required_blob(request.mac, "mac", MAX_MESSAGE_BYTES)?;
    let (key, mac_key, message) =
        prepare(keyring, "VerifyMac", request.key_id, request.message, request.mac_algorithm)?;
    hmac::verify(&mac_key, message.as_bytes(), mac.as_bytes()).map_err(|_| KmsError::InvalidMac)?;
    Ok(VerifiedMac { mac_valid: true, mac_algorithm: KeySpec::Mac.algorithm(), key_id: key.id.arn() })
}

fn prepare<'a>(
    keyring: &'a Keyring,
    operation: &'static str,
    key_id: Option<String>,
    message: Option<Blob>,
    algorithm: Option<String>,
) -> Result<(&'a Key, hmac::Key, Blob), KmsError> {
    let message = required_blob(message, "message", MAX_MESSAGE_BYTES)?;
    let algorithm = required(algorithm, "macAlgorithm")?;
    let key = keyring.key(&required(key_id, "keyId")?)?.enabled()?;
    let secret = key.mac_secret(operation)?;
    check_algorithm(&algorithm, KeySpec::Mac.algorithm())?;
    Ok((key, hmac::Key::new(hmac::HMAC_SHA256, secret.expose()), message))
}
