//! A message that names a delivery which is due. It says nothing else: what is to be done stands in the delivery's row.

use keyward_shared::deliveries::delivery::DeliveryOf;
use serde::{Deserialize, Serialize};

/// The body of a message.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hint {
    account_id: String,
    webhook_id: String,
    delivery_id: String,
}

impl From<&DeliveryOf> for Hint {
    fn from(of: &DeliveryOf) -> Self {
        Self {
            account_id: of.account.to_string(),
            webhook_id: of.webhook.to_string(),
            delivery_id: of.id.to_string(),
        }
    }
}

impl Hint {
    /// The delivery; `None` for texts that are no ids.
    pub(crate) fn parse(&self) -> Option<DeliveryOf> {
        Some(DeliveryOf {
            account: self.account_id.parse().ok()?,
            webhook: self.webhook_id.parse().ok()?,
            id: self.delivery_id.parse().ok()?,
        })
    }
}
