//! The place of a secret: everything that is authenticated beside it.

use super::{
    Binding, EntryName, Owner,
    encoding::{append_text, length_prefix},
    sealed_field::{FORMAT_VERSION, MESSAGE_ID_LENGTH, SUITE},
};
use crate::{environment::Environment, ids::AccountId};

/// Where a secret belongs and where it may go. A sealed field opens only in the place that it was sealed for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The tenant.
    pub account: &'a AccountId,
    /// The key, or the app.
    pub key: Owner<'a>,
    /// The entry of the key.
    pub entry: &'a EntryName,
    /// The field of the entry, as the template names it; for secret headers, the header name in lower case.
    pub field: &'a str,
    /// The system that the key is for, such as `shopify`.
    pub system: &'a str,
    /// The version of the system's template that the key was made with. It decides what is bound.
    pub template_version: u32,
    /// The key's auth variant, such as `access-token`.
    pub auth: &'a str,
    /// Live or test.
    pub environment: Environment,
    /// The origins, and the fields that the template marks `binds`.
    pub binding: &'a Binding,
}

impl Place<'_> {
    /// The associated data of the field with this message id, as `docs/sealing.md` lays it out.
    ///
    /// Every text has its length before it, so nothing can move from one attribute to the next.
    pub(super) fn associated_data(&self, message_id: &[u8; MESSAGE_ID_LENGTH]) -> Vec<u8> {
        let mut data = vec![FORMAT_VERSION, SUITE];
        data.extend_from_slice(message_id);
        append_text(&mut data, self.account.as_str());
        append_text(&mut data, &self.key.to_string());
        append_text(&mut data, self.entry.as_str());
        append_text(&mut data, self.field);
        append_text(&mut data, self.system);
        data.extend_from_slice(&u64::from(self.template_version).to_be_bytes());
        append_text(&mut data, self.auth);
        append_text(&mut data, self.environment.as_str());
        let pairs = self.binding.pairs();
        data.extend_from_slice(&length_prefix(pairs.len()));
        for (role, value) in pairs {
            append_text(&mut data, role);
            append_text(&mut data, value);
        }
        data
    }
}
