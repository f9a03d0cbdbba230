//! The functions that no route calls.

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{
        FOLLOW_STREAM, HINT, READ_ACCESS, READ_APP, READ_APP_SECRET, READ_GRANTED, READ_SEALED, Resource,
        Right, SEAL_GRANT, SET_ASIDE, UNWRAP, UNWRAP_FORMER, WRITE_HEALTH,
    },
};
use crate::{
    config::Variable,
    handlers::{
        bury_keys, deliver, find_deliveries, on_key_use, on_table_change, refresh_grants, rewrap, sweep,
    },
    stream_filter::{KEY_USES, TABLE_CHANGES},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::OnTableChange,
        description: "Purges what nothing names, indexes a key's words, shows its health in its row, and plans the deliveries of events.",
        limits: Limits { timeout_seconds: 60, reserved_concurrency: Some(5), ..Limits::USUAL },
        environment: &[Variable::FailedChanges, Variable::Deliveries],
        rights: &[
            Right::on_items(
                Resource::Table,
                &["KEY#*", "WORD#*"],
                &["dynamodb:GetItem"],
                "Reads whether the key still exists, and which of its words are in the index.",
            ),
            Right::on_items(
                Resource::Table,
                &["WORD#*"],
                &["dynamodb:PutItem", "dynamodb:DeleteItem"],
                "Writes the key's words into the index, and takes those out that it does not have any more.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:ConditionCheckItem"],
                "Does that only while the key's row is the one that was read.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "HEALTH#*"],
                &["dynamodb:Query", "dynamodb:DeleteItem"],
                "Finds and deletes versions and health of a deleted key.",
            ),
            Right::on_items(
                Resource::Table,
                &["AUDIT#*", "ACTIVITY#*"],
                &["dynamodb:PutItem"],
                "Lets a key tell in its audit chain that it fails, and that it passes again.",
            ),
            Right::on_items(
                Resource::Table,
                &["USED#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the time of a deleted key's last use.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:UpdateItem"],
                "Shows the key's health in its row, and what the key told of it, and takes purged entries out of the versions.",
            ),
            Right::on_items(
                Resource::Vault,
                &["*#key_*"],
                &["dynamodb:Query", "dynamodb:DeleteItem"],
                "Purges sealed entries that no version names any more. It opens nothing.",
            ),
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*"],
                &["dynamodb:Query"],
                "Finds the webhooks that hear of an event.",
            ),
            Right::on_items(
                Resource::Table,
                &["AUDIT#*", "EVENT#*"],
                &["dynamodb:GetItem"],
                "Reads the change of a key that is an event, and events.",
            ),
            Right::on_items(
                Resource::Table,
                &["EVENT#*", "DELIVERY#*"],
                &["dynamodb:PutItem"],
                "Stores the events of keys, and plans deliveries.",
            ),
            HINT,
            Right::on_items(
                Resource::Table,
                &["GRANT#*"],
                &["dynamodb:Query", "dynamodb:UpdateItem"],
                "Finds the grants of a key, and marks those as ones to revoke whose key or entry has ended.",
            ),
            FOLLOW_STREAM,
            SET_ASIDE,
        ],
        calls: Calls::Stream {
            mapping: "TableChanges",
            records: &TABLE_CHANGES,
            handler: |s, e| {
                Box::pin(async move {
                    on_table_change::handle(&s.tables, (&s.failed_changes, &s.hints), &s.clock, e).await
                })
            },
        },
    },
    Function {
        name: FunctionName::OnKeyUse,
        description: "Notes when a key was last used.",
        limits: Limits { timeout_seconds: 60, reserved_concurrency: Some(5), ..Limits::USUAL },
        environment: &[Variable::FailedChanges],
        rights: &[
            Right::on_items(
                Resource::Table,
                &["USED#*"],
                &["dynamodb:UpdateItem"],
                "Notes the time of the last use, in a row of its own.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:ConditionCheckItem"],
                "Begins that row only if the key is there.",
            ),
            FOLLOW_STREAM,
            SET_ASIDE,
        ],
        calls: Calls::Stream {
            mapping: "KeyUses",
            records: &KEY_USES,
            handler: |s, e| {
                Box::pin(async move { on_key_use::handle(&s.tables, &s.failed_changes, e).await })
            },
        },
    },
    Function {
        name: FunctionName::Rewrap,
        description: "Wraps data keys anew under the present wrapping key.",
        limits: Limits { timeout_seconds: 300, reserved_concurrency: Some(1), ..Limits::USUAL },
        environment: &[Variable::FormerWrappingKey],
        rights: &[
            Right::on(
                Resource::Vault,
                &["dynamodb:Scan"],
                "Finds the data keys of all accounts, which nothing lists. No other function may scan.",
            ),
            Right::on_items(
                Resource::Vault,
                &["*#key_*", "APPSECRET#*", "ACCESS#*", "REFRESH#*"],
                &["dynamodb:UpdateItem"],
                "Stores the data key as it is wrapped now, if the stored one is still the old one.",
            ),
            Right::on_items(
                Resource::Vault,
                &["DEPLOYMENT#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Keeps how far the scheduled pass has come.",
            ),
            Right::on_items(
                Resource::WrappingKey,
                &["access", "app", "field", "refresh"],
                &["kms:ReEncryptFrom", "kms:ReEncryptTo"],
                "KMS unwraps and wraps each data key and hands out no plain key.",
            ),
            Right::on_items(
                Resource::FormerWrappingKey,
                &["access", "app", "field", "refresh"],
                &["kms:ReEncryptFrom"],
                "KMS unwraps what the former wrapping key wrapped, and wraps it with the present one.",
            ),
        ],
        calls: Calls::Schedule {
            when: "every week where RewrapSchedule is ENABLED, and while another wrapping key takes over",
            handler: |s, e, until| {
                Box::pin(async move {
                    Ok(rewrap::handle(&s.tables, (&s.rewrapping, s.rewrapping.under()), &s.clock, &e, until)
                        .await?)
                })
            },
        },
    },
    Function {
        name: FunctionName::Sweep,
        description: "Finds sealed values that nothing names any more, and says how old they are.",
        limits: Limits { timeout_seconds: 900, reserved_concurrency: Some(1), ..Limits::USUAL },
        environment: &[],
        rights: &[
            Right::on(
                Resource::Vault,
                &["dynamodb:Scan"],
                "Finds the places of the sealed values of all accounts. It reads none of the values.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:Query"],
                "Reads what the keys and their kept versions name.",
            ),
            Right::on_items(
                Resource::Vault,
                &["DEPLOYMENT#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Keeps how far the scheduled look has come.",
            ),
        ],
        calls: Calls::Schedule {
            when: "every day",
            handler: |s, e, until| {
                Box::pin(async move { Ok(sweep::handle(&s.tables, &s.clock, &e, until).await?) })
            },
        },
    },
    Function {
        name: FunctionName::BuryKeys,
        description: "Ends deleted keys whose time to be brought back is over, and lets keys tell that they expire soon.",
        limits: Limits { timeout_seconds: 300, reserved_concurrency: Some(1), ..Limits::USUAL },
        environment: &[],
        rights: &[
            Right::on(
                Resource::ByDue,
                &["dynamodb:Query"],
                "Finds the deleted keys of all accounts whose time is over, and the keys that expire soon.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem"],
                "Reads whether the key is still deleted, or still expires.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "AUDIT#*", "ACTIVITY#*"],
                &["dynamodb:PutItem"],
                "Puts a tombstone in the place of the row, and the audit entry.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:UpdateItem"],
                "Remembers in the row of a key that expires that it told of that.",
            ),
        ],
        calls: Calls::Schedule {
            when: "every hour",
            handler: |s, _, until| {
                Box::pin(async move { Ok(bury_keys::handle(&s.tables, &s.clock, until).await?) })
            },
        },
    },
    Function {
        name: FunctionName::Deliver,
        description: "Sends events to webhooks, signed with their keys.",
        limits: Limits { timeout_seconds: 90, reserved_concurrency: Some(20), ..Limits::REACHING },
        environment: &[Variable::FormerWrappingKey, Variable::Deliveries],
        rights: &[
            Right::on_items(
                Resource::Table,
                &["DELIVERY#*", "EVENT#*", "WEBHOOK#*", "HOLD#*", "KEY#*"],
                &["dynamodb:GetItem"],
                "Reads the delivery, its event and webhook, what makes it wait, and the version of the key.",
            ),
            Right::on_items(
                Resource::Table,
                &["HEALTH#*"],
                &["dynamodb:Query"],
                "Reads whether the key passed a trial since.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "SETTINGS#*", "WEBHOOK#*"],
                &["dynamodb:BatchGetItem"],
                "Reads the key's row, the webhook's and the account's settings in one call.",
            ),
            READ_SEALED,
            READ_GRANTED,
            READ_ACCESS,
            Right::on_items(
                Resource::Table,
                &["DELIVERY#*", "HOLD#*", "RECEIPT#*"],
                &["dynamodb:PutItem"],
                "Writes what came of an attempt, and the receipt, without which the key is not used.",
            ),
            WRITE_HEALTH,
            Right::on_items(
                Resource::Table,
                &["HOLD#*"],
                &["dynamodb:DeleteItem"],
                "Ends what made deliveries wait once one succeeded.",
            ),
            UNWRAP,
            UNWRAP_FORMER,
            HINT,
            Right::on(
                Resource::Deliveries,
                &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                "Lambda reads the queue with this role.",
            ),
        ],
        calls: Calls::Queue {
            mapping: "DueDeliveries",
            handler: |s, e, _| {
                Box::pin(async move {
                    let outside = &s.reach();
                    Ok(deliver::handle(&s.tables, &s.unwrapping, outside, &s.hints, s.moment(), e).await?)
                })
            },
        },
    },
    Function {
        name: FunctionName::FindDeliveries,
        description: "Finds deliveries that are due, and tells the function that sends.",
        limits: Limits { timeout_seconds: 60, reserved_concurrency: Some(1), ..Limits::USUAL },
        environment: &[Variable::Deliveries],
        rights: &[
            Right::on(
                Resource::ByDue,
                &["dynamodb:Query"],
                "Finds the deliveries of all accounts that are due.",
            ),
            HINT,
        ],
        calls: Calls::Schedule {
            when: "every minute",
            handler: |s, _, _| {
                Box::pin(async move { Ok(find_deliveries::handle(&s.tables, &s.hints, &s.clock).await?) })
            },
        },
    },
    Function {
        name: FunctionName::RefreshGrants,
        description: "Refreshes grants before their access tokens end, and revokes grants that ended.",
        limits: Limits { timeout_seconds: 60, reserved_concurrency: Some(2), ..Limits::REACHING },
        environment: &[Variable::FormerWrappingKey],
        rights: &[
            Right::on(Resource::ByDue, &["dynamodb:Query"], "Finds the grants of all accounts that are due."),
            Right::on_items(
                Resource::Table,
                &["GRANT#*", "KEY#*", "SETTINGS#*"],
                &["dynamodb:GetItem"],
                "Reads the grant, its key, and which addresses the account may reach inside its networks.",
            ),
            READ_APP,
            READ_APP_SECRET,
            Right::on_items(
                Resource::Vault,
                &["REFRESH#*"],
                &["dynamodb:GetItem"],
                "Reads the sealed refresh token. No other function does.",
            ),
            Right::on_items(
                Resource::Table,
                &["GRANT#*"],
                &["dynamodb:PutItem"],
                "Writes down what it is about to do and what came of it.",
            ),
            WRITE_HEALTH,
            Right::on_items(
                Resource::Vault,
                &["ACCESS#*", "REFRESH#*"],
                &["dynamodb:PutItem", "dynamodb:DeleteItem"],
                "Stores new tokens in the same transaction, and destroys those of grants that ended.",
            ),
            Right::on_items(
                Resource::Table,
                &["GRANT#*"],
                &["dynamodb:DeleteItem"],
                "Destroys grants that ended.",
            ),
            Right::on_items(
                Resource::Table,
                &["APP#*"],
                &["dynamodb:UpdateItem"],
                "Counts the app's grants in the same transaction.",
            ),
            SEAL_GRANT,
            Right::on_items(
                Resource::WrappingKey,
                &["app", "refresh"],
                &["kms:Decrypt"],
                "Unwraps the data keys of refresh tokens and of apps' secrets, and of nothing else.",
            ),
            Right::on_items(
                Resource::FormerWrappingKey,
                &["app", "refresh"],
                &["kms:Decrypt"],
                "Unwraps data keys that the former wrapping key wrapped, until `rewrap` has wrapped them anew.",
            ),
        ],
        calls: Calls::Schedule {
            when: "every minute",
            handler: |s, _, until| {
                Box::pin(async move {
                    let keys = (&s.unwrapping, &s.wrapping);
                    Ok(refresh_grants::handle(&s.tables, keys, &s.outside, s.moment(), until).await?)
                })
            },
        },
    },
];
