//! What functions do on AWS, and on what: the words that `ROUTES` and `TRIGGERS` say it in.

/// One thing that a function does on AWS. Its role allows these and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The IAM action, such as `dynamodb:GetItem`.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
    /// Patterns of the partition keys of the items, as `dynamodb:LeadingKeys` has them; empty where that says nothing.
    pub items: &'static [&'static str],
}

/// What the functions work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The table of everything that may be shown.
    Table,
    /// The table's index of keys by title.
    ByTitle,
    /// The table's index of keys by system.
    BySystem,
    /// The table's stream.
    Stream,
    /// The table of sealed fields.
    Vault,
    /// The KMS key that wraps data keys.
    WrappingKey,
    /// The KMS key that fingerprints requests.
    FingerprintKey,
    /// The user pool.
    UserPool,
    /// The queue of the stream's records that were given up.
    FailedChanges,
}

/// An action on a resource.
pub(crate) const fn on(action: &'static str, resource: Resource) -> Action {
    on_items(action, resource, &[])
}

/// An action on some items of a table.
pub(crate) const fn on_items(
    action: &'static str,
    resource: Resource,
    items: &'static [&'static str],
) -> Action {
    Action { action, resource, items }
}

/// Rows of keys, endpoints and settings.
pub(crate) const ROWS: &[&str] = &["ACCOUNT#*"];
/// Versions of keys, and links.
pub(crate) const BESIDE: &[&str] = &["KEY#*"];
pub(crate) const ROWS_AND_BESIDE: &[&str] = &["ACCOUNT#*", "KEY#*"];
pub(crate) const CHANGE: &[&str] = &["ACCOUNT#*", "KEY#*", "AUDIT#*"];
/// Machine clients.
const CLIENTS: &[&str] = &["CLIENT#*"];
/// Sealed entries.
pub(crate) const SEALED: &[&str] = &["*#key_*"];
/// Records of requests that may be sent again.
pub(crate) const RECORDS: &[&str] = &["IDEMPOTENCY#*"];
pub(crate) const SEALED_AND_RECORDS: &[&str] = &["*#key_*", "IDEMPOTENCY#*"];

pub(crate) const GET_ROW: Action = on_items("dynamodb:GetItem", Resource::Table, ROWS);
pub(crate) const UPDATE_ROW: Action = on_items("dynamodb:UpdateItem", Resource::Table, ROWS);
pub(crate) const QUERY_BESIDE: Action = on_items("dynamodb:Query", Resource::Table, BESIDE);
pub(crate) const READ_SEALED: Action = on_items("dynamodb:BatchGetItem", Resource::Vault, SEALED);
pub(crate) const DELETE_SEALED: Action = on_items("dynamodb:DeleteItem", Resource::Vault, SEALED);
pub(crate) const GET_RECORD: Action = on_items("dynamodb:GetItem", Resource::Vault, RECORDS);
pub(crate) const PUT_RECORD: Action = on_items("dynamodb:PutItem", Resource::Vault, RECORDS);
pub(crate) const GENERATE_MAC: Action = on("kms:GenerateMac", Resource::FingerprintKey);
pub(crate) const CREATE_PERSON: Action = on("cognito-idp:AdminCreateUser", Resource::UserPool);
pub(crate) const GET_PERSON: Action = on("cognito-idp:AdminGetUser", Resource::UserPool);
const DECRYPT: Action = on("kms:Decrypt", Resource::WrappingKey);
pub(crate) const GENERATE: Action = on("kms:GenerateDataKey", Resource::WrappingKey);

/// What every use reads at once: the key's row, the account's settings, and the sealed entries.
const READ_FOR_USE: Action = on_items("dynamodb:BatchGetItem", Resource::Table, ROWS);
const PUT_RECEIPT: Action = on_items("dynamodb:PutItem", Resource::Table, &["RECEIPT#*"]);
const PUT_RECEIPT_AND_HEALTH: Action =
    on_items("dynamodb:PutItem", Resource::Table, &["RECEIPT#*", "HEALTH#*"]);

/// What a use does that learns nothing of how the key fares: it reads, writes its receipt, and unwraps data keys.
pub(crate) const RESOLVE: &[Action] = &[READ_FOR_USE, READ_SEALED, PUT_RECEIPT, DECRYPT];
/// The same of a use that may learn how the key fares.
pub(crate) const USE: &[Action] = &[READ_FOR_USE, READ_SEALED, PUT_RECEIPT_AND_HEALTH, DECRYPT];
/// What sending does: a use, and the record of a request that may be sent again.
pub(crate) const SEND: &[Action] =
    &[READ_FOR_USE, READ_SEALED, PUT_RECEIPT_AND_HEALTH, DECRYPT, GET_RECORD, PUT_RECORD, GENERATE_MAC];

/// What creating an endpoint does, a source or a destination.
pub(crate) const CREATE_ENDPOINT: &[Action] = &[
    GET_ROW,
    on_items("dynamodb:PutItem", Resource::Table, ROWS_AND_BESIDE),
    UPDATE_ROW,
    GET_RECORD,
    PUT_RECORD,
    GENERATE_MAC,
];
pub(crate) const UPDATE_ENDPOINT: &[Action] = &[
    GET_ROW,
    on_items("dynamodb:PutItem", Resource::Table, ROWS_AND_BESIDE),
    on_items("dynamodb:UpdateItem", Resource::Table, ROWS_AND_BESIDE),
    on_items("dynamodb:DeleteItem", Resource::Table, BESIDE),
];
pub(crate) const DELETE_ENDPOINT: &[Action] =
    &[GET_ROW, UPDATE_ROW, on_items("dynamodb:DeleteItem", Resource::Table, ROWS_AND_BESIDE)];

/// What setting up accounts does: their rows, and their first owners.
pub(crate) const OPERATE_ACCOUNT: &[Action] =
    &[GET_ROW, on_items("dynamodb:PutItem", Resource::Table, ROWS), UPDATE_ROW, CREATE_PERSON, GET_PERSON];

/// What setting up machine clients does: their rows, and whether there is such an account.
pub(crate) const OPERATE_CLIENT: &[Action] = &[
    on_items("dynamodb:GetItem", Resource::Table, &["ACCOUNT#*", "CLIENT#*"]),
    on_items("dynamodb:PutItem", Resource::Table, CLIENTS),
    on_items("dynamodb:DeleteItem", Resource::Table, CLIENTS),
];
