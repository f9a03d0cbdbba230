//! The keys as they stand in the file: JSON, with the secrets in hexadecimal.

use std::{collections::BTreeMap, sync::Arc};

use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;
use keyward_shared::secret::SecretKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    key::{Key, KeyState, Secrets},
    keyring::Keyring,
    material::{Material, MaterialId, Materials},
    pair::{P256Pair, RsaPair},
};

const FORMAT: u32 = 1;
/// More than the JSON of any key without its materials.
const BYTES_PER_KEY: usize = 4096;
/// More than the JSON of one material.
const BYTES_PER_MATERIAL: usize = 256;

/// Secret bytes in hexadecimal. Wiped when dropped; it has no `Debug`.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
struct SecretHex(String);

impl SecretHex {
    fn encode(bytes: &[u8]) -> Self {
        Self(hex::encode(bytes))
    }

    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        hex::decode(&self.0).map(Zeroizing::new).map_err(|_| "a secret is not hexadecimal")
    }

    fn decode_key(&self) -> Result<SecretKey, &'static str> {
        let bytes = self.decode()?;
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| "a secret has not 32 bytes")?;
        Ok(SecretKey::from(*bytes))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyringRecord {
    format: u32,
    keys: Vec<KeyRecord>,
    aliases: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecord {
    id: String,
    description: String,
    created_at: Timestamp,
    state: KeyState,
    secrets: SecretsRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum SecretsRecord {
    Encryption { oldest_first: Vec<MaterialRecord> },
    Mac { secret: SecretHex },
    Signing { pkcs8: SecretHex },
    RsaSigning { pkcs8: SecretHex },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaterialRecord {
    id: String,
    secret: SecretHex,
}

/// The content of the file.
///
/// # Errors
///
/// When a signing key cannot be written as PKCS #8.
pub(super) fn encode(keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let keys = keyring.keys().map(key_record).collect::<Result<Vec<_>, _>>()?;
    let materials = keys.iter().map(|key| match &key.secrets {
        SecretsRecord::Encryption { oldest_first } => oldest_first.len(),
        SecretsRecord::Mac { .. } | SecretsRecord::Signing { .. } | SecretsRecord::RsaSigning { .. } => 0,
    });
    let descriptions = keys.iter().map(|key| key.description.len() * 6);
    // Large enough from the start: a buffer that grows leaves its former self behind, unwiped.
    let capacity = keys.len() * BYTES_PER_KEY
        + materials.sum::<usize>() * BYTES_PER_MATERIAL
        + descriptions.sum::<usize>();
    let record = KeyringRecord {
        format: FORMAT,
        keys,
        aliases: keyring.aliases().map(|(alias, id)| (alias.to_owned(), id.to_string())).collect(),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    serde_json::to_writer(&mut *bytes, &record).map_err(|_| "the keys cannot be written as JSON")?;
    Ok(bytes)
}

fn key_record(key: &Key) -> Result<KeyRecord, &'static str> {
    let secrets = match &key.secrets {
        Secrets::Encryption(materials) => SecretsRecord::Encryption {
            oldest_first: materials
                .oldest_first()
                .map(|material| MaterialRecord {
                    id: material.id().to_string(),
                    secret: SecretHex::encode(material.secret().expose()),
                })
                .collect(),
        },
        Secrets::Mac(secret) => SecretsRecord::Mac { secret: SecretHex::encode(secret.expose()) },
        Secrets::Signing(pair) => SecretsRecord::Signing { pkcs8: hex_of(pair.to_pkcs8())? },
        Secrets::RsaSigning(pair) => SecretsRecord::RsaSigning { pkcs8: hex_of(pair.to_pkcs8())? },
    };
    Ok(KeyRecord {
        id: key.id.to_string(),
        description: key.description.clone(),
        created_at: key.created_at,
        state: key.state,
        secrets,
    })
}

/// The keys in the content of a file.
///
/// # Errors
///
/// What is wrong with it, without any of its content.
pub(super) fn decode(bytes: &[u8]) -> Result<Keyring, &'static str> {
    let record: KeyringRecord =
        serde_json::from_slice(bytes).map_err(|_| "it is not the JSON of a keyring")?;
    if record.format != FORMAT {
        return Err("it was written in another format");
    }
    let keys = record.keys.into_iter().map(key).collect::<Result<_, _>>()?;
    let aliases = record
        .aliases
        .into_iter()
        .map(|(alias, id)| id.parse().map(|id| (alias, id)).map_err(|_| "an alias is not of a key"));
    Ok(Keyring::stored(keys, aliases.collect::<Result<_, _>>()?))
}

fn key(record: KeyRecord) -> Result<Key, &'static str> {
    let secrets = match record.secrets {
        SecretsRecord::Encryption { oldest_first } => Secrets::Encryption(materials(oldest_first)?),
        SecretsRecord::Mac { secret } => Secrets::Mac(Arc::new(secret.decode_key()?)),
        SecretsRecord::Signing { pkcs8 } => {
            Secrets::Signing(Arc::new(P256Pair::from_pkcs8(&pkcs8.decode()?).map_err(not_pkcs8)?))
        }
        SecretsRecord::RsaSigning { pkcs8 } => {
            Secrets::RsaSigning(Arc::new(RsaPair::from_pkcs8(&pkcs8.decode()?).map_err(not_pkcs8)?))
        }
    };
    Ok(Key {
        id: record.id.parse().map_err(|_| "a key id is not a UUID")?,
        description: record.description,
        created_at: record.created_at,
        state: record.state,
        secrets,
    })
}

fn hex_of(pkcs8: Result<Zeroizing<Vec<u8>>, Unspecified>) -> Result<SecretHex, &'static str> {
    pkcs8.map(|bytes| SecretHex::encode(&bytes)).map_err(|_| "a signing key cannot be written as PKCS #8")
}

const fn not_pkcs8(_: Unspecified) -> &'static str {
    "a signing key is not PKCS #8"
}

fn materials(records: Vec<MaterialRecord>) -> Result<Materials, &'static str> {
    let mut oldest_first = records.into_iter().map(|record| {
        let mut id = [0; 32];
        hex::decode_to_slice(&record.id, &mut id).map_err(|_| "a material id is not 32 bytes")?;
        Ok::<_, &'static str>(Material::new(MaterialId::from(id), record.secret.decode_key()?))
    });
    let first = oldest_first.next().ok_or("a key has no material")??;
    let mut materials = Materials::first(first);
    for material in oldest_first {
        materials.rotate(material?);
    }
    Ok(materials)
}
