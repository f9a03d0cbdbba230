//! Data keys: `GenerateDataKey`, `Decrypt`, `ReEncrypt`.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::kms::{
    ciphertext::{Ciphertext, SealedUnder},
    context::EncryptionContext,
    error::KmsError,
    key::{Key, KeySpec},
    keyring::Keyring,
    material::MaterialId,
    wire::{Blob, MAX_CIPHERTEXT_BYTES, SYMMETRIC_DEFAULT, check_algorithm, required, required_blob},
};

/// The longest data key, in bytes.
const MAX_DATA_KEY_BYTES: usize = 1024;

/// Body of `GenerateDataKey`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct GenerateDataKey {
    key_id: Option<String>,
    key_spec: Option<String>,
    number_of_bytes: Option<usize>,
    #[serde(default)]
    encryption_context: EncryptionContext,
}

impl GenerateDataKey {
    fn length(&self) -> Result<usize, KmsError> {
        match (self.key_spec.as_deref(), self.number_of_bytes) {
            (Some("AES_256"), None) => Ok(32),
            (Some("AES_128"), None) => Ok(16),
            (None, Some(length @ 1..=MAX_DATA_KEY_BYTES)) => Ok(length),
            (Some(_), Some(_)) | (None, None) => {
                Err(KmsError::Validation("Please specify either number of bytes or key spec.".to_owned()))
            }
            (Some(_), None) => Err(KmsError::Validation(
                "1 validation error detected: Value at 'keySpec' failed to satisfy constraint: Member must \
                 satisfy enum value set: [AES_256, AES_128]"
                    .to_owned(),
            )),
            (None, Some(_)) => Err(KmsError::Validation(format!(
                "1 validation error detected: Value at 'numberOfBytes' failed to satisfy constraint: Member \
                 must have value between 1 and {MAX_DATA_KEY_BYTES}"
            ))),
        }
    }
}

/// Answer of `GenerateDataKey`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct DataKey {
    ciphertext_blob: Blob,
    plaintext: Blob,
    key_id: String,
    key_material_id: String,
}

/// A new data key, in the clear and sealed.
///
/// # Errors
///
/// When the request is not valid or the key cannot be used.
pub(in crate::kms) fn generate_data_key(
    keyring: &Keyring,
    request: GenerateDataKey,
) -> Result<DataKey, KmsError> {
    let length = request.length()?;
    let key = keyring.key(&required(request.key_id, "keyId")?)?.enabled()?;
    key.materials("GenerateDataKey")?;
    let mut plaintext = Zeroizing::new(vec![0; length]);
    aws_lc_rs::rand::fill(&mut plaintext)?;
    let (ciphertext_blob, material) = seal(key, "GenerateDataKey", &request.encryption_context, &plaintext)?;
    Ok(DataKey {
        ciphertext_blob,
        plaintext: plaintext.into(),
        key_id: key.id.arn(),
        key_material_id: material.to_string(),
    })
}

/// Body of `Decrypt`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Decrypt {
    ciphertext_blob: Option<Blob>,
    #[serde(default)]
    encryption_context: EncryptionContext,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
}

/// Answer of `Decrypt`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Decrypted {
    plaintext: Blob,
    key_id: String,
    key_material_id: String,
    encryption_algorithm: &'static str,
}

/// Opens a ciphertext blob.
///
/// # Errors
///
/// [`KmsError::InvalidCiphertext`] for a changed blob or another context; or when the key cannot be used.
pub(in crate::kms) fn decrypt(keyring: &Keyring, request: Decrypt) -> Result<Decrypted, KmsError> {
    let blob = required_blob(request.ciphertext_blob, "ciphertextBlob", MAX_CIPHERTEXT_BYTES)?;
    check_encryption_algorithm(request.encryption_algorithm.as_deref())?;
    let opened = open(keyring, "Decrypt", &blob, request.key_id.as_deref(), &request.encryption_context)?;
    Ok(Decrypted {
        plaintext: opened.plaintext.into(),
        key_id: opened.key.id.arn(),
        key_material_id: opened.material.to_string(),
        encryption_algorithm: SYMMETRIC_DEFAULT,
    })
}

/// Body of `ReEncrypt`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct ReEncrypt {
    ciphertext_blob: Option<Blob>,
    #[serde(default)]
    source_encryption_context: EncryptionContext,
    source_key_id: Option<String>,
    source_encryption_algorithm: Option<String>,
    #[serde(default)]
    destination_encryption_context: EncryptionContext,
    destination_key_id: Option<String>,
    destination_encryption_algorithm: Option<String>,
}

/// Answer of `ReEncrypt`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct ReEncrypted {
    ciphertext_blob: Blob,
    source_key_id: String,
    source_key_material_id: String,
    source_encryption_algorithm: &'static str,
    key_id: String,
    destination_key_material_id: String,
    destination_encryption_algorithm: &'static str,
}

/// Opens a blob and seals it again, under the current material of the destination. The caller sees no plaintext.
///
/// # Errors
///
/// As [`decrypt`], and when the destination cannot be used.
pub(in crate::kms) fn re_encrypt(keyring: &Keyring, request: ReEncrypt) -> Result<ReEncrypted, KmsError> {
    let blob = required_blob(request.ciphertext_blob, "ciphertextBlob", MAX_CIPHERTEXT_BYTES)?;
    check_encryption_algorithm(request.source_encryption_algorithm.as_deref())?;
    check_encryption_algorithm(request.destination_encryption_algorithm.as_deref())?;
    let destination = required(request.destination_key_id, "destinationKeyId")?;
    let destination = keyring.key(&destination)?.enabled()?;
    destination.materials("ReEncryptTo")?;
    let opened = open(
        keyring,
        "ReEncryptFrom",
        &blob,
        request.source_key_id.as_deref(),
        &request.source_encryption_context,
    )?;
    let (ciphertext_blob, material) =
        seal(destination, "ReEncryptTo", &request.destination_encryption_context, &opened.plaintext)?;
    Ok(ReEncrypted {
        ciphertext_blob,
        source_key_id: opened.key.id.arn(),
        source_key_material_id: opened.material.to_string(),
        source_encryption_algorithm: SYMMETRIC_DEFAULT,
        key_id: destination.id.arn(),
        destination_key_material_id: material.to_string(),
        destination_encryption_algorithm: SYMMETRIC_DEFAULT,
    })
}

fn check_encryption_algorithm(named: Option<&str>) -> Result<(), KmsError> {
    check_algorithm(named.unwrap_or(SYMMETRIC_DEFAULT), KeySpec::Encryption.algorithm())
}

fn seal(
    key: &Key,
    operation: &'static str,
    context: &EncryptionContext,
    plaintext: &[u8],
) -> Result<(Blob, MaterialId), KmsError> {
    let (version, material) = key.materials(operation)?.current();
    let under = SealedUnder { key: key.id, version };
    let blob = under.seal(material.secret(), context, plaintext)?;
    Ok((Blob::from(blob), material.id()))
}

struct Opened<'a> {
    key: &'a Key,
    material: MaterialId,
    plaintext: Zeroizing<Vec<u8>>,
}

fn open<'a>(
    keyring: &'a Keyring,
    operation: &'static str,
    blob: &Blob,
    named: Option<&str>,
    context: &EncryptionContext,
) -> Result<Opened<'a>, KmsError> {
    let named = match named {
        Some(name) => {
            let key = keyring.key(name)?.enabled()?;
            key.materials(operation)?;
            Some(key)
        }
        None => None,
    };
    let ciphertext = Ciphertext::try_from(blob.as_bytes())?;
    let under = ciphertext.sealed_under();
    let key = keyring.key_of_id(under.key).ok_or(KmsError::InvalidCiphertext)?;
    if named.is_some_and(|named| named.id != key.id) {
        return Err(KmsError::IncorrectKey);
    }
    let materials = key.enabled()?.materials(operation).map_err(|_| KmsError::InvalidCiphertext)?;
    let material = materials.version(under.version).ok_or(KmsError::InvalidCiphertext)?;
    Ok(Opened { key, material: material.id(), plaintext: ciphertext.open(material.secret(), context)? })
}
