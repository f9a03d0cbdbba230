//! Signatures of access tokens: `kms:Sign` and nothing else.

use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use keyward_shared::{error::PortError, ports::SignToken};

use super::{clients::Lazy, errors::port_error};

/// Signs with a key that does not leave KMS.
#[derive(Clone)]
pub struct TokenSigning {
    client: Lazy<Client>,
    key_id: String,
}

impl TokenSigning {
    /// Signs with this KMS key (`RSA_2048`).
    #[must_use]
    pub fn new(client: impl Into<Lazy<Client>>, key_id: String) -> Self {
        Self { client: client.into(), key_id }
    }
}

impl SignToken for TokenSigning {
    async fn sign_token(&self, digest: &[u8; 32]) -> Result<Vec<u8>, PortError> {
        let call = self
            .client
            .sign()
            .key_id(&self.key_id)
            .message_type(MessageType::Digest)
            .message(Blob::new(digest))
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256);
        let answer = call.send().await.map_err(|error| port_error("KMS", error))?;
        Ok(answer.signature.map(Blob::into_inner).unwrap_or_default())
    }
}
