//! The wrapping key. Sealing and opening are two types, so that a function that is handed one has no door to the
//! other.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_kms::{Client, operation::decrypt::DecryptError, primitives::Blob, types::DataKeySpec};
use keyward_shared::{
    error::{Error, PortError},
    ports::{UnwrapDataKey, WrapDataKey},
    sealing::{DataKey, EncryptionContext, WrappedDataKey},
};

use super::errors::port_error;

const KMS: &str = "KMS";

/// Makes data keys: `kms:GenerateDataKey` and nothing else.
#[derive(Clone)]
pub struct Wrapping {
    client: Client,
    key_id: String,
}

impl Wrapping {
    /// Data keys wrapped by this KMS key.
    #[must_use]
    pub const fn new(client: Client, key_id: String) -> Self {
        Self { client, key_id }
    }
}

/// Unwraps data keys: `kms:Decrypt` and nothing else.
#[derive(Clone)]
pub struct Unwrapping {
    client: Client,
    key_id: String,
}

impl Unwrapping {
    /// Data keys that this KMS key wrapped, and no other's.
    #[must_use]
    pub const fn new(client: Client, key_id: String) -> Self {
        Self { client, key_id }
    }
}

fn pairs(context: &EncryptionContext) -> HashMap<String, String> {
    context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn data_key(plaintext: Option<Blob>) -> Result<DataKey, PortError> {
    let bytes = plaintext.map(Blob::into_inner).unwrap_or_default();
    DataKey::try_from(bytes).map_err(|error| PortError::Refused { service: KMS, source: Box::new(error) })
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
    ) -> Result<Arc<DataKey>, Error> {
        let answer = self
            .client
            .decrypt()
            .key_id(&self.key_id)
            .ciphertext_blob(Blob::new(wrapped.as_bytes()))
            .set_encryption_context(Some(pairs(context)))
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(
                    DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_),
                ) => Error::DoesNotOpen,
                Some(_) | None => port_error(KMS, error).into(),
            })?;
        Ok(data_key(answer.plaintext).map(Arc::new)?)
    }
}
