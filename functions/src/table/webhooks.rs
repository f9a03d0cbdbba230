//! The functions of webhooks.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{CHECK_ROW, FINGERPRINT, HOLD_CALLER, KNOW_CALLER, Resource, Right},
    route::Route,
};
use crate::{
    handlers::{create_webhook, delete_webhook, get_webhook, list_webhooks, update_webhook},
    method::Method,
};

const ROOM: Right = Right::on_items(
    Resource::Table,
    &["WEBHOOK#*"],
    &["dynamodb:Query"],
    "Reads how many webhooks there are.",
);

const READ_HOLDS: Right =
    Right::on_items(Resource::Table, &["HOLD#*"], &["dynamodb:Query"], "Shows why deliveries wait.");

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::CreateWebhook,
        description: "Stores a webhook: which events it hears of, where its requests go, and which key authenticates them.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            ROOM,
            Right::on_items(
                Resource::Table,
                &["KEY#*", "WEBHOOK#*"],
                &["dynamodb:GetItem"],
                "Reads the key's row, and answers a repeated request with the webhook as it is stored.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "WEBHOOK#*"],
                &["dynamodb:UpdateItem"],
                "Changes the key's number of uses, and counts the change that needs room among the webhooks.",
            ),
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*", "USE#*"],
                &["dynamodb:PutItem"],
                "Stores the webhook and its link to the key.",
            ),
            Right::on_items(
                Resource::Vault,
                &["IDEMPOTENCY#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Reads whether this request was answered before, and stores its record.",
            ),
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/webhooks",
            Permission::StreamsWrite,
            create_webhook::operation,
            |s, r| {
                Box::pin(
                    async move { create_webhook::handle(&s.tables, &s.fingerprinting, s.moment(), r).await },
                )
            },
        )]),
    },
    Function {
        name: FunctionName::ListWebhooks,
        description: "Lists webhooks by name. Filter: environment.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*"],
                &["dynamodb:Query"],
                "Reads the account's webhooks, which stand together.",
            ),
            READ_HOLDS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/webhooks",
            Permission::StreamsRead,
            list_webhooks::operation,
            |s, r| Box::pin(async move { list_webhooks::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::GetWebhook,
        description: "Shows a webhook.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(Resource::Table, &["WEBHOOK#*"], &["dynamodb:GetItem"], "Reads the webhook."),
            READ_HOLDS,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/webhooks/{webhook_id}",
            Permission::StreamsRead,
            get_webhook::operation,
            |s, r| Box::pin(async move { get_webhook::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::UpdateWebhook,
        description: "Changes, activates or deactivates a webhook, or points it to another key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            ROOM,
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*", "KEY#*"],
                &["dynamodb:GetItem"],
                "Reads the webhook and the key that it names.",
            ),
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*", "USE#*"],
                &["dynamodb:PutItem"],
                "Changes the webhook, and stores its link to the key.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "USE#*", "WEBHOOK#*"],
                &["dynamodb:UpdateItem"],
                "Changes the number of uses in the keys' rows, what the link says of the webhook, and how many there are.",
            ),
            Right::on_items(
                Resource::Table,
                &["USE#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the link to the key that the webhook no longer uses.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Patch,
            "/v1/webhooks/{webhook_id}",
            Permission::StreamsWrite,
            update_webhook::operation,
            |s, r| Box::pin(async move { update_webhook::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::DeleteWebhook,
        description: "Deletes a webhook, which then no longer uses its key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            Right::on_items(Resource::Table, &["WEBHOOK#*"], &["dynamodb:GetItem"], "Reads the webhook."),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:UpdateItem"],
                "Changes the number of uses in its key's row.",
            ),
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*", "USE#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the webhook and its link to the key.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Delete,
            "/v1/webhooks/{webhook_id}",
            Permission::StreamsWrite,
            delete_webhook::operation,
            |s, r| Box::pin(async move { delete_webhook::handle(&s.tables, r).await }),
        )]),
    },
];
