//! The functions that no route calls, and what calls them. As with routes, there is one table of it.

use crate::actions::{Action, Resource, on, on_items};

/// A function that a stream, a schedule, the sign-in or an operator calls.
pub struct Trigger {
    /// The function's name: the module, the handler, the event file, the test file.
    pub name: &'static str,
    /// What the function does on AWS, and on what.
    pub actions: &'static [Action],
}

/// Every such function.
pub const TRIGGERS: &[Trigger] = &[
    Trigger {
        name: "on_table_change",
        actions: &[
            on_items("dynamodb:GetItem", Resource::Table, &["ACCOUNT#*"]),
            on_items("dynamodb:Query", Resource::Table, &["KEY#*", "HEALTH#*"]),
            on_items("dynamodb:UpdateItem", Resource::Table, &["ACCOUNT#*", "KEY#*"]),
            on_items("dynamodb:DeleteItem", Resource::Table, &["KEY#*", "HEALTH#*"]),
            on_items("dynamodb:Query", Resource::Vault, &["*#key_*"]),
            on_items("dynamodb:DeleteItem", Resource::Vault, &["*#key_*"]),
            // These are Lambda's own doing, by the function's role: it reads the stream, and hands over what failed for good.
            on("dynamodb:DescribeStream", Resource::Stream),
            on("dynamodb:GetRecords", Resource::Stream),
            on("dynamodb:GetShardIterator", Resource::Stream),
            on("dynamodb:ListStreams", Resource::Stream),
            on("sqs:SendMessage", Resource::FailedChanges),
        ],
    },
    Trigger {
        name: "issue_claims",
        actions: &[on_items("dynamodb:GetItem", Resource::Table, &["ACCOUNT#*", "CLIENT#*"])],
    },
    Trigger {
        name: "rewrap",
        actions: &[
            // Of each item its primary key and the wrapped data keys; a scan has no leading keys to be bound to.
            on("dynamodb:Scan", Resource::Vault),
            on_items("dynamodb:UpdateItem", Resource::Vault, &["*#key_*"]),
            on("kms:ReEncryptFrom", Resource::WrappingKey),
            on("kms:ReEncryptTo", Resource::WrappingKey),
        ],
    },
];
