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

/// The peers that the account may reach inside its customers' networks. Only an operator writes them. A list with one damaged
/// entry was not written by the operator as it is, so none of its entries is allowed.
pub(super) fn allowed_origins(settings: Option<&Item>) -> AllowedOrigins {
    let listed = settings.map_or_else(|| Some(BTreeSet::new()), operated_origins);
    if listed.is_none() {
        tracing::error!("the allowed origins in an account's settings cannot be read: none is allowed");
        Metric::UnreadableRows.record(1);
    }
    AllowedOrigins::new(listed.unwrap_or_default())
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
