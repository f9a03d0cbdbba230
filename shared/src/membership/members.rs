//! The people of an account, each with a row.

use crate::{
    ids::{AccountId, MemberId},
    keys::key::Stamp,
    membership::{Standing, email::EmailAddress},
    permission::Role,
};

/// A person of an account, as the account's owners see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMember {
    /// The person, as the sign-in knows them.
    pub id: MemberId,
    /// The account.
    pub account: AccountId,
    /// What they sign in with; unknown of one whose row was put by hand.
    pub email: Option<EmailAddress>,
    /// What they are in the account.
    pub role: Role,
    /// Whether they may sign in to it.
    pub standing: Standing,
    /// Counts changes, from 1. A row that was put by hand has none: it counts as 0.
    pub version: u64,
    /// When and by whom they were invited, where that is known.
    pub created: Option<Stamp>,
    /// When and by whom they were last changed, where that is known.
    pub updated: Option<Stamp>,
}

impl AccountMember {
    /// Somebody who was invited just now.
    #[must_use]
    pub fn invited(account: &AccountId, id: MemberId, email: EmailAddress, role: Role, by: Stamp) -> Self {
        Self {
            id,
            account: account.clone(),
            email: Some(email),
            role,
            standing: Standing::Active,
            version: 1,
            created: Some(by.clone()),
            updated: Some(by),
        }
    }
}
