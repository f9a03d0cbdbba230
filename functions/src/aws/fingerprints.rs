//! Fingerprints of requests: `kms:GenerateMac` and nothing else.

use aws_sdk_kms::{Client, primitives::Blob, types::MacAlgorithmSpec};
use keyward_shared::{error::PortError, idempotency::RequestMac, ports::Fingerprint};

use super::{clients::Lazy, errors::port_error};

/// Computes MACs under a key that does not leave KMS.
#[derive(Clone)]
pub struct Fingerprinting {
    client: Lazy<Client>,
    key_id: String,
}

impl Fingerprinting {
    /// MACs by this KMS key (`HMAC_256`).
    #[must_use]
    pub fn new(client: impl Into<Lazy<Client>>, key_id: String) -> Self {
        Self { client: client.into(), key_id }
    }
}

impl Fingerprint for Fingerprinting {
    async fn fingerprint(&self, digest: &[u8; 32]) -> Result<RequestMac, PortError> {
        let call = self
            .client
            .generate_mac()
            .key_id(&self.key_id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(digest));
        let answer = call.send().await.map_err(|error| port_error("KMS", error))?;
        Ok(answer.mac.map(Blob::into_inner).unwrap_or_default().into())
    }
}
