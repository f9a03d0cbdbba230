//! The functions that store, show, change and delete keys.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{
        FINGERPRINT, HOLD_CALLER, KNOW_CALLER, LIST_BY_TITLE, LIST_LINKS, MAKE_DATA_KEY, READ_KEY_ROW,
        READ_LAST_USE, READ_ORGANIZATIONS_FOR_WORDS, READ_REQUEST, Resource, Right, TRIM_VERSIONS,
        WRITE_VERSION,
    },
    route::Route,
};
use crate::{
    handlers::{
        create_key, delete_key, disable_key, enable_key, get_key, list_key_uses, list_key_versions,
        list_keys, replace_key, restore_key_version, undelete_key, update_key,
    },
    method::Method,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::CreateKey,
        description: "Stores a key.",
        limits: Limits::CHECKING,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem"],
                "Answers a repeated request with the key as it is stored.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "AUDIT#*", "ACTIVITY#*"],
                &["dynamodb:PutItem"],
                "Stores the row, its first version and the audit entry in one transaction.",
            ),
            Right::on_items(
                Resource::Vault,
                &["*#key_*", "IDEMPOTENCY#*"],
                &["dynamodb:PutItem"],
                "Stores the sealed entries and the record of the request in the same transaction.",
            ),
            MAKE_DATA_KEY,
            READ_REQUEST,
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys",
            Permission::KeysWrite,
            create_key::operation,
            |s, r| {
                Box::pin(async move {
                    create_key::handle(&s.tables, &s.wrapping, &s.fingerprinting, s.moment(), r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::ListKeys,
        description: "Lists keys by title, or finds them by words. Filters: system, environment, beginning of the title.",
        limits: Limits::TWO_AT_ONCE,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            LIST_BY_TITLE,
            Right::on(Resource::BySystem, &["dynamodb:Query"], "Lists the keys of one system."),
            Right::on_items(Resource::Table, &["WORD#*"], &["dynamodb:Query"], "Finds keys by words."),
            READ_ORGANIZATIONS_FOR_WORDS,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:BatchGetItem"],
                "Reads the rows of the keys that were found.",
            ),
            READ_LAST_USE,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/keys",
            Permission::KeysRead,
            list_keys::operation,
            |s, r| Box::pin(async move { list_keys::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::GetKey,
        description: "Shows a key, masked.",
        limits: Limits::THREE_AT_ONCE,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            READ_KEY_ROW,
            Right::on_items(
                Resource::Table,
                &["HEALTH#*"],
                &["dynamodb:Query"],
                "Shows the health of each entry.",
            ),
            READ_LAST_USE,
            Right::on_items(
                Resource::Table,
                &["GRANT#*"],
                &["dynamodb:Query"],
                "Shows what was granted for a key that was connected by consent.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/keys/{key_id}",
            Permission::KeysRead,
            get_key::operation,
            |s, r| Box::pin(async move { get_key::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::UpdateKey,
        description: "Changes a key by merge patch. Secrets stay unless replaced.",
        limits: Limits::CHECKING,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the row, and changes it if it still has the version that was read.",
            ),
            READ_LAST_USE,
            WRITE_VERSION,
            TRIM_VERSIONS,
            LIST_LINKS,
            Right::on_items(
                Resource::Vault,
                &["*#key_*"],
                &["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                "Copies kept secrets as they are sealed, stores new ones and removes those that nothing names. It cannot open them.",
            ),
            MAKE_DATA_KEY,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Patch,
            "/v1/keys/{key_id}",
            Permission::KeysWrite,
            update_key::operation,
            |s, r| Box::pin(async move { update_key::handle(&s.tables, &s.wrapping, s.moment(), r).await }),
        )]),
    },
    Function {
        name: FunctionName::DisableKey,
        description: "Takes a key out of use at once.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the row, and changes its state if it still has the version that was read.",
            ),
            READ_LAST_USE,
            WRITE_VERSION,
            TRIM_VERSIONS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/disable",
            Permission::KeysWrite,
            disable_key::operation,
            |s, r| Box::pin(async move { disable_key::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::EnableKey,
        description: "Lets a disabled key be used again.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the row, and changes its state if it still has the version that was read.",
            ),
            READ_LAST_USE,
            WRITE_VERSION,
            TRIM_VERSIONS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/enable",
            Permission::KeysWrite,
            enable_key::operation,
            |s, r| Box::pin(async move { enable_key::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::DeleteKey,
        description: "Deletes a key: at once, or so that it can be brought back for seven days. Refused while something active uses the key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            READ_KEY_ROW,
            Right::on_items(
                Resource::Table,
                &["KEY#*", "AUDIT#*", "ACTIVITY#*"],
                &["dynamodb:PutItem"],
                "Stores the new version and the audit entry, or puts a tombstone in the place of the row.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:UpdateItem"],
                "Takes the key out of use and out of the lists.",
            ),
            TRIM_VERSIONS,
            LIST_LINKS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Delete,
            "/v1/keys/{key_id}",
            Permission::KeysDelete,
            delete_key::operation,
            |s, r| Box::pin(async move { delete_key::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::UndeleteKey,
        description: "Brings a deleted key back within seven days.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the row, and puts the key back into use and into the lists.",
            ),
            READ_LAST_USE,
            WRITE_VERSION,
            TRIM_VERSIONS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/undelete",
            Permission::KeysDelete,
            undelete_key::operation,
            |s, r| Box::pin(async move { undelete_key::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::ListKeyVersions,
        description: "Lists who changed a key, what and when.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            READ_KEY_ROW,
            Right::on_items(Resource::Table, &["KEY#*"], &["dynamodb:Query"], "Lists the key's versions."),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/keys/{key_id}/versions",
            Permission::KeysRead,
            list_key_versions::operation,
            |s, r| Box::pin(async move { list_key_versions::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::RestoreKeyVersion,
        description: "Makes an earlier version of a key the present one.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the row and the version that is restored, and changes the row if it still has the version that was read.",
            ),
            READ_LAST_USE,
            WRITE_VERSION,
            TRIM_VERSIONS,
            LIST_LINKS,
            Right::on_items(
                Resource::Vault,
                &["*#key_*"],
                &["dynamodb:BatchGetItem", "dynamodb:DeleteItem"],
                "Copies sealed entries as they are. It can neither open nor seal.",
            ),
            Right::on_items(
                Resource::Vault,
                &["*#key_*", "IDEMPOTENCY#*"],
                &["dynamodb:PutItem"],
                "Stores the copies and the record of the request.",
            ),
            READ_REQUEST,
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/versions/{version}/restore",
            Permission::KeysWrite,
            restore_key_version::operation,
            |s, r| {
                Box::pin(async move {
                    restore_key_version::handle(&s.tables, &s.fingerprinting, s.moment(), r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::ListKeyUses,
        description: "Lists the active sources, destinations and webhooks that use a key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[KNOW_CALLER, READ_KEY_ROW, LIST_LINKS],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/keys/{key_id}/uses",
            Permission::KeysRead,
            list_key_uses::operation,
            |s, r| Box::pin(async move { list_key_uses::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::ReplaceKey,
        description: "Puts another key in the place of a key everywhere. With `dry_run`, shows where.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads both keys, and changes their numbers of uses.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "WEBHOOK#*"],
                &["dynamodb:GetItem"],
                "Reads each endpoint and webhook.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "WEBHOOK#*", "USE#*"],
                &["dynamodb:PutItem"],
                "Stores the endpoints and webhooks with their new key, and the links.",
            ),
            Right::on_items(
                Resource::Table,
                &["USE#*"],
                &["dynamodb:DeleteItem", "dynamodb:Query"],
                "Finds and deletes the links to the old key.",
            ),
            Right::on_items(
                Resource::Vault,
                &["IDEMPOTENCY#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                "Marks a long request as in progress, and removes the mark when the request failed.",
            ),
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/replace",
            Permission::StreamsWrite,
            replace_key::operation,
            |s, r| {
                Box::pin(async move { replace_key::handle(&s.tables, &s.fingerprinting, &s.clock, r).await })
            },
        )]),
    },
];
