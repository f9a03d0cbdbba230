//! The functions of events and of their deliveries.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{CHECK_ROW, FINGERPRINT, HINT, HOLD_CALLER, KNOW_CALLER, Resource, Right},
    route::Route,
};
use crate::{
    config::Variable,
    handlers::{get_event, list_deliveries, publish_event, redeliver, test_webhook},
    method::Method,
};

const READ_WEBHOOK: Right = Right::on_items(
    Resource::Table,
    &["WEBHOOK#*"],
    &["dynamodb:GetItem"],
    "Reads the webhook: whether it is there, and of which environment.",
);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::PublishEvent,
        description: "Stores an event, which then goes to every active webhook that hears of it.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            Right::on_items(
                Resource::Table,
                &["CLIENT#*", "SETTINGS#*"],
                &["dynamodb:BatchGetItem"],
                "Reads whether the machine client still has the right that the token says.",
            ),
            CHECK_ROW,
            Right::on_items(Resource::Table, &["EVENT#*"], &["dynamodb:PutItem"], "Stores the event."),
            Right::on_items(
                Resource::Table,
                &["BUDGET#*"],
                &["dynamodb:UpdateItem"],
                "Counts the events of the account, and refuses too many of them.",
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
            "/v1/events",
            Permission::EventsPublish,
            publish_event::operation,
            |s, r| {
                Box::pin(
                    async move { publish_event::handle(&s.tables, &s.fingerprinting, s.moment(), r).await },
                )
            },
        )]),
    },
    Function {
        name: FunctionName::GetEvent,
        description: "Shows an event with what is told of it.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(Resource::Table, &["EVENT#*"], &["dynamodb:GetItem"], "Reads the event."),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/events/{event_id}",
            Permission::AuditRead,
            get_event::operation,
            |s, r| Box::pin(async move { get_event::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::TestWebhook,
        description: "Sends an event to one webhook alone, so that a person sees whether its requests arrive.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            READ_WEBHOOK,
            Right::on_items(Resource::Table, &["EVENT#*"], &["dynamodb:PutItem"], "Stores the event."),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/webhooks/{webhook_id}/test",
            Permission::StreamsWrite,
            test_webhook::operation,
            |s, r| Box::pin(async move { test_webhook::handle(&s.tables, s.moment(), r).await }),
        )]),
    },
    Function {
        name: FunctionName::ListDeliveries,
        description: "Lists the deliveries of a webhook, the newest event first. Filter: state.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            READ_WEBHOOK,
            Right::on_items(
                Resource::Table,
                &["DELIVERY#*"],
                &["dynamodb:Query"],
                "Reads deliveries with their attempts.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/webhooks/{webhook_id}/deliveries",
            Permission::StreamsRead,
            list_deliveries::operation,
            |s, r| Box::pin(async move { list_deliveries::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::Redeliver,
        description: "Makes a delivery due again, or all of a webhook that failed or wait.",
        limits: Limits::USUAL,
        environment: &[Variable::Deliveries],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["WEBHOOK#*", "DELIVERY#*"],
                &["dynamodb:GetItem"],
                "Reads the webhook and the delivery.",
            ),
            Right::on_items(
                Resource::Table,
                &["DELIVERY#*"],
                &["dynamodb:Query", "dynamodb:PutItem"],
                "Finds the deliveries, and makes them due.",
            ),
            Right::on_items(
                Resource::Table,
                &["HOLD#*"],
                &["dynamodb:DeleteItem"],
                "Forgets what made the deliveries wait.",
            ),
            HINT,
        ],
        calls: Calls::Gateway(&[
            Route::new(
                Method::Post,
                "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
                Permission::StreamsWrite,
                redeliver::operation_of_one,
                |s, r| Box::pin(async move { redeliver::one(&s.tables, &s.hints, &s.clock, r).await }),
            ),
            Route::new(
                Method::Post,
                "/v1/webhooks/{webhook_id}/redeliver",
                Permission::StreamsWrite,
                redeliver::operation_of_all,
                |s, r| Box::pin(async move { redeliver::all(&s.tables, &s.hints, &s.clock, r).await }),
            ),
        ]),
    },
];
