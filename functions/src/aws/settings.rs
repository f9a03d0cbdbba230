//! An account's settings, as far as uses need them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::{
    error::PortError,
    ids::AccountId,
    outbound::{AllowedOrigin, AllowedOrigins},
    ports::ReadAllowedOrigins,
};

use super::{Tables, item::Item, place};
use crate::metrics::Metric;

/// The peers that the account may reach inside its customers' networks. Only an operator writes them. An entry that cannot be read
/// allows nothing.
pub(super) fn allowed_origins(settings: Option<&Item>) -> AllowedOrigins {
    if settings.is_some_and(|settings| operated_origins(settings).is_none()) {
        tracing::error!("an allowed origin in an account's settings cannot be read: it allows nothing");
        Metric::UnreadableRows.record(1);
    }
    let texts = match settings.and_then(|item| item.get("allowed_origins")) {
        Some(AttributeValue::L(values)) => {
            values.iter().filter_map(|value| value.as_s().ok().cloned()).collect()
        }
        Some(_) | None => Vec::new(),
    };
    AllowedOrigins::new(texts)
}

/// The same list as the operator reads it; `None` for one that could not have been written.
pub(super) fn operated_origins(settings: &Item) -> Option<BTreeSet<String>> {
    let is_one = |text: &&String| text.parse::<AllowedOrigin>().is_ok();
    match settings.get("allowed_origins") {
        None => Some(BTreeSet::new()),
        Some(AttributeValue::L(values)) => {
            values.iter().map(|value| value.as_s().ok().filter(is_one).cloned()).collect()
        }
        Some(_) => None,
    }
}

impl ReadAllowedOrigins for Tables {
    async fn read_allowed_origins(&self, account: &AccountId) -> Result<AllowedOrigins, PortError> {
        let settings = self.get(&self.keyward, place::settings(account)).await?;
        Ok(allowed_origins(settings.as_ref()))
    }
}
