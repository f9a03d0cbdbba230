//! The keys themselves: `CreateKey`, `CreateAlias`, `DescribeKey`, `EnableKey`, `DisableKey`,
//! `RotateKeyOnDemand`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kms::{
    error::KmsError,
    key::{ACCOUNT, Key, KeySpec, KeyState, Secrets},
    keyring::Keyring,
    material::Material,
    wire::required,
};

/// Body of the operations that take nothing but a key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct OneKey {
    key_id: Option<String>,
}

/// Body of `CreateKey`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct CreateKey {
    key_spec: Option<String>,
    key_usage: Option<String>,
    #[serde(default)]
    description: String,
}

/// Body of `CreateAlias`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct CreateAlias {
    alias_name: Option<String>,
    target_key_id: Option<String>,
}

/// Answer of `DescribeKey` and `CreateKey`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Described {
    key_metadata: KeyMetadata,
}

/// Answer of `RotateKeyOnDemand`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kms) struct Rotated {
    key_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account: &'static str,
    key_id: String,
    arn: String,
    /// Seconds since the epoch.
    creation_date: i64,
    enabled: bool,
    description: String,
    key_usage: &'static str,
    key_state: KeyState,
    origin: &'static str,
    key_manager: &'static str,
    key_spec: &'static str,
    customer_master_key_spec: &'static str,
    multi_region: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_algorithms: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac_algorithms: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_algorithms: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_key_material_id: Option<String>,
}

impl From<&Key> for Described {
    fn from(key: &Key) -> Self {
        let spec = key.spec();
        let algorithm_of = |kind: KeySpec| (spec.usage() == kind.usage()).then_some([spec.algorithm()]);
        let current_key_material_id = match &key.secrets {
            Secrets::Encryption(materials) => Some(materials.current().1.id().to_string()),
            Secrets::Mac(_) | Secrets::Signing(_) | Secrets::RsaSigning(_) => None,
        };
        Self {
            key_metadata: KeyMetadata {
                account: ACCOUNT,
                key_id: key.id.to_string(),
                arn: key.id.arn(),
                creation_date: key.created_at.as_second(),
                enabled: key.state == KeyState::Enabled,
                description: key.description.clone(),
                key_usage: spec.usage(),
                key_state: key.state,
                origin: "AWS_KMS",
                key_manager: "CUSTOMER",
                key_spec: spec.name(),
                customer_master_key_spec: spec.name(),
                multi_region: false,
                encryption_algorithms: algorithm_of(KeySpec::Encryption),
                mac_algorithms: algorithm_of(KeySpec::Mac),
                signing_algorithms: algorithm_of(KeySpec::Signing),
                current_key_material_id,
            },
        }
    }
}

/// Describes a key. A key that is switched off can be described too.
///
/// # Errors
///
/// When there is no such key.
pub(in crate::kms) fn describe_key(keyring: &Keyring, request: OneKey) -> Result<Described, KmsError> {
    let name = required(request.key_id, "keyId")?;
    keyring.key(&name).map(Described::from)
}

/// Makes a key.
///
/// # Errors
///
/// [`KmsError::UnsupportedOperation`] for a kind that this KMS does not have.
pub(in crate::kms) fn create_key(
    keyring: &mut Keyring,
    request: CreateKey,
    now: Timestamp,
) -> Result<Described, KmsError> {
    let spec = request.key_spec.as_deref().unwrap_or(KeySpec::Encryption.name());
    let usage = request.key_usage.as_deref().unwrap_or(KeySpec::Encryption.usage());
    let kind = KeySpec::ALL
        .into_iter()
        .find(|kind| kind.name() == spec)
        .ok_or_else(|| KmsError::UnsupportedOperation(format!("KeySpec {spec} is not supported here.")))?;
    if kind.usage() != usage {
        return Err(KmsError::Validation(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")));
    }
    let key = keyring.create(kind, request.description, now)?;
    Ok(Described::from(&key))
}

/// Gives a key one more name.
///
/// # Errors
///
/// When the alias is not well-formed or is taken, or the key is not there.
pub(in crate::kms) fn create_alias(keyring: &mut Keyring, request: CreateAlias) -> Result<(), KmsError> {
    let alias = required(request.alias_name, "aliasName")?;
    keyring.create_alias(alias, &required(request.target_key_id, "targetKeyId")?)
}

/// Switches a key on or off.
///
/// # Errors
///
/// When there is no such key.
pub(in crate::kms) fn set_state(
    keyring: &mut Keyring,
    request: OneKey,
    state: KeyState,
) -> Result<(), KmsError> {
    let name = required(request.key_id, "keyId")?;
    keyring.key_by_id_mut(&name)?.state = state;
    Ok(())
}

/// Gives an encryption key new material. What was sealed before still opens.
///
/// It takes effect at once, and as often as wanted; on AWS it takes a while and has a limit.
///
/// # Errors
///
/// [`KmsError::UnsupportedOperation`] for a key of another kind.
pub(in crate::kms) fn rotate_key(keyring: &mut Keyring, request: OneKey) -> Result<Rotated, KmsError> {
    let name = required(request.key_id, "keyId")?;
    let key = keyring.key_by_id_mut(&name)?;
    key.enabled()?;
    match &mut key.secrets {
        Secrets::Encryption(materials) => materials.rotate(Material::generate()?),
        Secrets::Mac(_) | Secrets::Signing(_) | Secrets::RsaSigning(_) => {
            return Err(KmsError::UnsupportedOperation(format!(
                "{} is not a symmetric encryption key and cannot be rotated.",
                key.id.arn()
            )));
        }
    }
    Ok(Rotated { key_id: key.id.to_string() })
}
