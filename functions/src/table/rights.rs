//! What functions may do on AWS.

use std::collections::BTreeSet;

use crate::aws::connect::Service;

/// A right of a function, with its reason. The function's role allows the function's rights and
/// nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The IAM actions, such as `dynamodb:GetItem`.
    pub actions: &'static [&'static str],
    /// On what.
    pub resource: Resource,
    /// Patterns of the partition keys of the items, as in `dynamodb:LeadingKeys`; empty if that condition
    /// does not apply. Of a wrapping key: the kinds of what is sealed under its data keys; `field` if empty.
    pub items: &'static [&'static str],
    /// Why: a plain sentence.
    pub why: &'static str,
}

/// One action of a right, on the right's resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The IAM action.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
    /// Patterns of the partition keys of the items; empty if the action does not depend on them.
    pub items: &'static [&'static str],
}

/// The resources of the functions' rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The table of the rows without secrets.
    Table,
    /// The table's index of keys by title.
    ByTitle,
    /// The table's index of keys by system.
    BySystem,
    /// The table's index of what is due.
    ByDue,
    /// The table's stream.
    Stream,
    /// The table of sealed fields.
    Vault,
    /// The KMS key that wraps data keys.
    WrappingKey,
    /// The KMS key that wrapped data keys before, while another one takes over.
    FormerWrappingKey,
    /// The KMS key that fingerprints requests.
    FingerprintKey,
    /// The KMS key that authenticates rows which grant something.
    RowKey,
    /// The KMS key that signs access tokens.
    TokenSigningKey,
    /// The user pool.
    UserPool,
    /// The queue of the stream's records that failed for good.
    FailedChanges,
    /// The queue that names deliveries which are due.
    Deliveries,
}

impl Resource {
    /// The service that a function connects to for it, before its first request.
    const fn service(self) -> Option<Service> {
        match self {
            Self::Table | Self::ByTitle | Self::BySystem | Self::ByDue | Self::Vault => {
                Some(Service::DynamoDb)
            }
            Self::WrappingKey
            | Self::FormerWrappingKey
            | Self::FingerprintKey
            | Self::RowKey
            | Self::TokenSigningKey => Some(Service::Kms),
            Self::UserPool => Some(Service::Cognito),
            // A function puts nothing into the queue unless something failed: it does not connect to it in advance.
            Self::Stream | Self::FailedChanges | Self::Deliveries => None,
        }
    }
}

/// The services that these rights are for.
pub(super) fn services(rights: &[Right]) -> Vec<Service> {
    let services: BTreeSet<_> = rights.iter().filter_map(|right| right.resource.service()).collect();
    services.into_iter().collect()
}

impl Right {
    /// Its actions, each by itself.
    pub fn each(&self) -> impl Iterator<Item = Action> {
        let Self { resource, items, .. } = *self;
        self.actions.iter().map(move |action| Action { action, resource, items })
    }

    /// A right on a whole resource.
    pub(super) const fn on(resource: Resource, actions: &'static [&'static str], why: &'static str) -> Self {
        Self::on_items(resource, &[], actions, why)
    }

    /// A right on some items of a table.
    pub(super) const fn on_items(
        resource: Resource,
        items: &'static [&'static str],
        actions: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self { actions, resource, items, why }
    }
}

// The rights that several functions have.
pub(super) const KNOW_CALLER: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*", "CLIENT#*", "SETTINGS#*"],
    &["dynamodb:BatchGetItem"],
    "Reads whether the caller still has the right that the token says.",
);
pub(super) const HOLD_CALLER: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*", "CLIENT#*"],
    &["dynamodb:ConditionCheckItem"],
    "Changes something only while the caller's row gives the right to it.",
);
pub(super) const CHECK_ROW: Right = Right::on(
    Resource::RowKey,
    &["kms:VerifyMac"],
    "Checks that a row which grants something was written by Keyward.",
);
pub(super) const WRITE_ROW: Right = Right::on(
    Resource::RowKey,
    &["kms:GenerateMac"],
    "Authenticates the row that it writes, which grants something.",
);
pub(super) const KNOW_OWNER: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*", "SETTINGS#*"],
    &["dynamodb:BatchGetItem"],
    "Reads whether the caller is still an owner.",
);
pub(super) const HOLD_OWNER: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*"],
    &["dynamodb:ConditionCheckItem"],
    "Changes something only while the caller is an owner, and another owner remains.",
);
pub(super) const KNOW_PERSON: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*", "SETTINGS#*"],
    &["dynamodb:BatchGetItem"],
    "Reads whether the person still has the right to it.",
);
pub(super) const HOLD_PERSON: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*"],
    &["dynamodb:ConditionCheckItem"],
    "Changes something only while the person's row gives the right to it.",
);
pub(super) const KNOW_OPERATOR: Right = Right::on_items(
    Resource::Table,
    &["CLIENT#*"],
    &["dynamodb:BatchGetItem"],
    "Reads whether the caller is still an operator.",
);
pub(super) const HOLD_OPERATOR: Right = Right::on_items(
    Resource::Table,
    &["CLIENT#*"],
    &["dynamodb:ConditionCheckItem"],
    "Changes something only while the caller is an operator.",
);
pub(super) const MAKE_DATA_KEY: Right = Right::on_items(
    Resource::WrappingKey,
    &["field"],
    &["kms:GenerateDataKey"],
    "Makes one data key for each write. It cannot unwrap the data key again.",
);
pub(super) const READ_REQUEST: Right = Right::on_items(
    Resource::Vault,
    &["IDEMPOTENCY#*"],
    &["dynamodb:GetItem"],
    "Reads whether this request was answered before.",
);
pub(super) const FINGERPRINT: Right = Right::on(
    Resource::FingerprintKey,
    &["kms:GenerateMac"],
    "Fingerprints the request, to tell whether a repeated request is the same one.",
);
pub(super) const LIST_BY_TITLE: Right =
    Right::on(Resource::ByTitle, &["dynamodb:Query"], "Lists and searches by title.");
pub(super) const READ_ORGANIZATIONS_FOR_WORDS: Right = Right::on_items(
    Resource::Table,
    &["ORGANIZATIONS#*"],
    &["dynamodb:GetItem"],
    "Reads which organizations have a word in their titles.",
);
pub(super) const READ_KEY_ROW: Right = Right::on_items(
    Resource::Table,
    &["KEY#*"],
    &["dynamodb:GetItem"],
    "Reads the key's row: whether the key exists, and its version.",
);
pub(super) const READ_LAST_USE: Right = Right::on_items(
    Resource::Table,
    &["USED#*"],
    &["dynamodb:BatchGetItem"],
    "Shows when keys were last used.",
);
pub(super) const FOLLOW_STREAM: Right = Right::on(
    Resource::Stream,
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    "Lambda reads the stream with this role.",
);
pub(super) const SET_ASIDE: Right = Right::on(
    Resource::FailedChanges,
    &["sqs:SendMessage"],
    "Puts records here that failed for good. Lambda puts records here that were not dealt with in time.",
);
pub(super) const HINT: Right = Right::on(
    Resource::Deliveries,
    &["sqs:SendMessage"],
    "Tells the function that sends which deliveries are due.",
);
pub(super) const WRITE_VERSION: Right = Right::on_items(
    Resource::Table,
    &["KEY#*", "AUDIT#*", "ACTIVITY#*"],
    &["dynamodb:PutItem"],
    "Stores the new version and the audit entry in the transaction of the change.",
);
pub(super) const TRIM_VERSIONS: Right = Right::on_items(
    Resource::Table,
    &["KEY#*"],
    &["dynamodb:DeleteItem"],
    "Deletes the oldest of twenty versions.",
);
pub(super) const LIST_LINKS: Right =
    Right::on_items(Resource::Table, &["USE#*"], &["dynamodb:Query"], "Lists what uses the key.");
pub(super) const READ_FOR_USE: Right = Right::on_items(
    Resource::Table,
    &["KEY#*", "SETTINGS#*", "CLIENT#*"],
    &["dynamodb:BatchGetItem"],
    "Reads the key's row, the caller's and the account's settings in one call.",
);
pub(super) const READ_FOR_TRIAL: Right = Right::on_items(
    Resource::Table,
    &["KEY#*", "SETTINGS#*", "CLIENT#*", "MEMBER#*"],
    &["dynamodb:BatchGetItem"],
    "Reads the key's row, the caller's and the account's settings in one call.",
);
pub(super) const READ_SEALED: Right = Right::on_items(
    Resource::Vault,
    &["*#key_*"],
    &["dynamodb:BatchGetItem"],
    "Reads the sealed values in the same call.",
);
pub(super) const WRITE_RECEIPT: Right = Right::on_items(
    Resource::Table,
    &["RECEIPT#*"],
    &["dynamodb:PutItem"],
    "Writes the receipt, without which the key is not used.",
);
pub(super) const WRITE_HEALTH: Right = Right::on_items(
    Resource::Table,
    &["HEALTH#*"],
    &["dynamodb:UpdateItem"],
    "Writes how the key fares, in a row of its own.",
);
pub(super) const READ_GRANTED: Right = Right::on_items(
    Resource::Table,
    &["GRANT#*"],
    &["dynamodb:BatchGetItem", "dynamodb:UpdateItem"],
    "Reads what was granted for a key that was connected by consent, and asks for a refresh where its token has ended.",
);
pub(super) const READ_ACCESS: Right = Right::on_items(
    Resource::Vault,
    &["ACCESS#*"],
    &["dynamodb:BatchGetItem"],
    "Reads the sealed access token in the same call. It reaches no refresh token.",
);
pub(super) const READ_APP: Right =
    Right::on_items(Resource::Table, &["APP#*"], &["dynamodb:GetItem"], "Reads the app that the key names.");
pub(super) const READ_APP_SECRET: Right = Right::on_items(
    Resource::Vault,
    &["APPSECRET#*"],
    &["dynamodb:GetItem"],
    "Reads the sealed secret of the app.",
);
pub(super) const SEAL_GRANT: Right = Right::on_items(
    Resource::WrappingKey,
    &["access", "refresh"],
    &["kms:GenerateDataKey"],
    "Makes the data keys of an access token and of a refresh token.",
);
pub(super) const UNWRAP_APP_FORMER: Right = Right::on_items(
    Resource::FormerWrappingKey,
    &["app"],
    &["kms:Decrypt"],
    "Unwraps data keys that the former wrapping key wrapped, until `rewrap` has wrapped them anew.",
);
pub(super) const UNWRAP: Right = Right::on_items(
    Resource::WrappingKey,
    &["access", "field"],
    &["kms:Decrypt"],
    "Unwraps the data key: no other way leads to a plain value.",
);
pub(super) const UNWRAP_FORMER: Right = Right::on_items(
    Resource::FormerWrappingKey,
    &["access", "field"],
    &["kms:Decrypt"],
    "Unwraps data keys that the former wrapping key wrapped, until `rewrap` has wrapped them anew.",
);
