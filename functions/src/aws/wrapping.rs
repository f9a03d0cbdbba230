//! The wrapping key. Sealing, opening and re-wrapping are three types, so that a function with one of them
//! cannot do the others.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_kms::{
    Client,
    operation::{
        decrypt::{Decrypt, DecryptError, DecryptInput, DecryptOutput, builders::DecryptInputBuilder},
        re_encrypt::{ReEncryptError, ReEncryptOutput},
    },
    primitives::Blob,
    types::DataKeySpec,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use keyward_shared::{
    error::{Error, PortError},
    keys::rewrap::Under,
    ports::{ReWrapDataKey, UnwrapDataKey, Unwrapped, WrapDataKey},
    sealing::{DataKey, EncryptionContext, RewrapError, Rewrapped, WrappedDataKey},
};

use super::{
    clients::{Clients, Lazy},
    direct::Direct,
    errors::port_error,
};

const KMS: &str = "KMS";

/// The KMS keys that data keys are wrapped by.
#[derive(Clone)]
pub struct WrappingKeys {
    /// The key that wraps new data keys.
    pub current: String,
    /// The previous wrapping key, while data keys exist that it wrapped.
    pub former: Option<String>,
}

impl WrappingKeys {
    fn each(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.current.as_str()).chain(self.former.as_deref())
    }
}

/// Makes data keys: `kms:GenerateDataKey` and nothing else.
#[derive(Clone)]
pub struct Wrapping {
    client: Lazy<Client>,
    key_id: String,
}

impl Wrapping {
    /// Data keys wrapped by this KMS key.
    #[must_use]
    pub fn new(client: impl Into<Lazy<Client>>, key_id: String) -> Self {
        Self { client: client.into(), key_id }
    }
}

/// Unwraps data keys: `kms:Decrypt` and nothing else.
#[derive(Clone)]
pub struct Unwrapping {
    direct: Direct<Decrypt>,
    keys: WrappingKeys,
}

impl Unwrapping {
    /// Data keys that these KMS keys wrapped, and no other's.
    #[must_use]
    pub fn new(clients: &Clients, keys: WrappingKeys) -> Self {
        Self { direct: clients.direct().unwrap.clone(), keys }
    }

    async fn decrypt(
        &self,
        call: DecryptInputBuilder,
    ) -> Result<DecryptOutput, SdkError<DecryptError, HttpResponse>> {
        self.direct.send(call.build().map_err(SdkError::construction_failure)?).await
    }
}

/// Re-wraps data keys: `kms:ReEncryptFrom` and `kms:ReEncryptTo`, and nothing else.
#[derive(Clone)]
pub struct Rewrapping {
    client: Lazy<Client>,
    keys: WrappingKeys,
}

impl Rewrapping {
    /// The key that it wraps with.
    #[must_use]
    pub fn under(&self) -> Under<'_> {
        Under { key: &self.keys.current, takes_over: self.keys.former.is_some() }
    }

    /// From what these KMS keys wrapped, to the current one.
    #[must_use]
    pub fn new(client: impl Into<Lazy<Client>>, keys: WrappingKeys) -> Self {
        Self { client: client.into(), keys }
    }
}

fn pairs(context: &EncryptionContext) -> HashMap<String, String> {
    context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn data_key(plaintext: Option<Blob>) -> Result<DataKey, PortError> {
    let bytes = plaintext.map(Blob::into_inner).unwrap_or_default();
    DataKey::try_from(bytes)
        .map_err(|error| PortError::UnusableAnswer { service: KMS, source: Box::new(error) })
}

impl WrapDataKey for Wrapping {
    async fn generate_data_key(
        &self,
        context: &EncryptionContext,
    ) -> Result<(DataKey, WrappedDataKey), PortError> {
        let answer = self
            .client
            .generate_data_key()
            .key_id(&self.key_id)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(pairs(context)))
            .send()
            .await
            .map_err(|error| port_error(KMS, error))?;
        let wrapped = answer.ciphertext_blob.map(Blob::into_inner).unwrap_or_default();
        Ok((data_key(answer.plaintext)?, WrappedDataKey::from(wrapped)))
    }
}

impl UnwrapDataKey for Unwrapping {
    async fn unwrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Unwrapped, Error> {
        for key in self.keys.each() {
            let call = DecryptInput::builder()
                .key_id(key)
                .ciphertext_blob(Blob::new(wrapped.as_bytes()))
                .set_encryption_context(Some(pairs(context)));
            let error = match self.decrypt(call).await {
                Ok(answer) => return Ok(Arc::new(data_key(answer.plaintext)?).into()),
                Err(error) => error,
            };
            match error.as_service_error() {
                // Another of the keys may have wrapped it.
                Some(DecryptError::IncorrectKeyException(_)) => {}
                Some(DecryptError::InvalidCiphertextException(_)) => return Err(Error::DoesNotOpen),
                Some(_) | None => return Err(port_error(KMS, error).into()),
            }
        }
        Err(Error::DoesNotOpen)
    }
}

impl ReWrapDataKey for Rewrapping {
    async fn re_wrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Rewrapped, RewrapError> {
        for key in self.keys.each() {
            let call = self
                .client
                .re_encrypt()
                .source_key_id(key)
                .destination_key_id(&self.keys.current)
                .ciphertext_blob(Blob::new(wrapped.as_bytes()))
                .set_source_encryption_context(Some(pairs(context)))
                .set_destination_encryption_context(Some(pairs(context)));
            let error = match call.send().await {
                Ok(answer) => return rewrapped(answer),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(ReEncryptError::IncorrectKeyException(_)) => {}
                Some(ReEncryptError::InvalidCiphertextException(_)) => {
                    return Err(RewrapError::DoesNotUnwrap);
                }
                Some(_) | None => return Err(port_error(KMS, error).into()),
            }
        }
        Err(RewrapError::DoesNotUnwrap)
    }
}

/// The answer of KMS. It names the key and its material (each rotation makes a new one) that wrapped the data
/// key before and now. If both are the same, the new ciphertext has no advantage.
fn rewrapped(answer: ReEncryptOutput) -> Result<Rewrapped, RewrapError> {
    let same_key = answer.source_key_id.is_some() && answer.source_key_id == answer.key_id;
    let same_material = answer.source_key_material_id.is_some()
        && answer.source_key_material_id == answer.destination_key_material_id;
    if same_key && same_material {
        return Ok(Rewrapped::Current);
    }
    // The returned ciphertext replaces the only copy, so an empty one must be refused.
    let wrapped = answer.ciphertext_blob.map(Blob::into_inner).filter(|wrapped| !wrapped.is_empty());
    let nothing =
        || PortError::UnusableAnswer { service: KMS, source: "an answer without a ciphertext".into() };
    Ok(Rewrapped::Anew(WrappedDataKey::from(wrapped.ok_or_else(nothing)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(materials: [Option<&str>; 2], keys: [Option<&str>; 2], wrapped: &[u8]) -> ReEncryptOutput {
        let [source, destination] = materials.map(|id| id.map(str::to_owned));
        let [from, to] = keys.map(|id| id.map(str::to_owned));
        ReEncryptOutput::builder()
            .set_source_key_material_id(source)
            .set_destination_key_material_id(destination)
            .set_source_key_id(from)
            .set_key_id(to)
            .ciphertext_blob(Blob::new(wrapped))
            .build()
    }

    const SAME: [Option<&str>; 2] = [Some("a"), Some("a")];

    #[test]
    fn only_the_same_key_and_the_same_material_are_current() {
        assert!(matches!(rewrapped(answer(SAME, SAME, b"new")), Ok(Rewrapped::Current)));
        let other = [Some("a"), Some("b")];
        for (materials, keys) in [
            (other, SAME),
            (SAME, other),
            ([None, None], SAME),
            (SAME, [None, None]),
            ([Some("a"), None], SAME),
        ] {
            let Ok(Rewrapped::Anew(wrapped)) = rewrapped(answer(materials, keys, b"new")) else {
                panic!("{materials:?} {keys:?}");
            };
            assert_eq!(wrapped.as_bytes(), b"new");
        }
    }

    #[test]
    fn nothing_takes_the_place_of_a_data_key() {
        assert!(rewrapped(answer([None, None], SAME, b"")).is_err());
    }
}
