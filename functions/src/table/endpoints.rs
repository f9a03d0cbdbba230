//! The functions of sources and destinations. Both kinds have the same functions, each with a route of its own.

use keyward_shared::{ids::EndpointKind, permission::Permission};

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{
        CHECK_ROW, FINGERPRINT, HOLD_CALLER, KNOW_CALLER, LIST_BY_TITLE, READ_ORGANIZATIONS_FOR_WORDS,
        Resource, Right,
    },
    route::{ALL, EACH, of_both_kinds},
};
use crate::{
    handlers::{create_endpoint, delete_endpoint, get_endpoint, list_endpoints, update_endpoint},
    method::Method,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::CreateEndpoint,
        description: "Stores a source or a destination, and which key it uses.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the key's row, and changes its number of uses.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "USE#*"],
                &["dynamodb:PutItem"],
                "Stores the endpoint and its link to the key.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*"],
                &["dynamodb:GetItem"],
                "Answers a repeated request with the endpoint as it is stored.",
            ),
            Right::on_items(
                Resource::Vault,
                &["IDEMPOTENCY#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Reads whether this request was answered before, and stores its record.",
            ),
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&of_both_kinds(
            Method::Post,
            ALL,
            Permission::StreamsWrite,
            [
                |schemas| create_endpoint::operation(schemas, EndpointKind::Source),
                |schemas| create_endpoint::operation(schemas, EndpointKind::Destination),
            ],
            |s, r| {
                Box::pin(
                    async move { create_endpoint::handle(&s.tables, &s.fingerprinting, s.moment(), r).await },
                )
            },
        )),
    },
    Function {
        name: FunctionName::ListEndpoints,
        description: "Lists sources or destinations by title. Filters: words, environment, beginning of the title.",
        limits: Limits::TWO_AT_ONCE,
        environment: &[],
        rights: &[KNOW_CALLER, CHECK_ROW, LIST_BY_TITLE, READ_ORGANIZATIONS_FOR_WORDS],
        calls: Calls::Gateway(&of_both_kinds(
            Method::Get,
            ALL,
            Permission::StreamsRead,
            [
                |schemas| list_endpoints::operation(schemas, EndpointKind::Source),
                |schemas| list_endpoints::operation(schemas, EndpointKind::Destination),
            ],
            |s, r| Box::pin(async move { list_endpoints::handle(&s.tables, r).await }),
        )),
    },
    Function {
        name: FunctionName::GetEndpoint,
        description: "Shows a source or a destination.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(Resource::Table, &["ENDPOINT#*"], &["dynamodb:GetItem"], "Reads the endpoint."),
        ],
        calls: Calls::Gateway(&of_both_kinds(
            Method::Get,
            EACH,
            Permission::StreamsRead,
            [
                |schemas| get_endpoint::operation(schemas, EndpointKind::Source),
                |schemas| get_endpoint::operation(schemas, EndpointKind::Destination),
            ],
            |s, r| Box::pin(async move { get_endpoint::handle(&s.tables, r).await }),
        )),
    },
    Function {
        name: FunctionName::UpdateEndpoint,
        description: "Changes, activates or deactivates a source or a destination, or points it to another key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "KEY#*"],
                &["dynamodb:GetItem"],
                "Reads the endpoint and the key that it names.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "USE#*"],
                &["dynamodb:PutItem"],
                "Changes the endpoint, and stores its link to the key.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "USE#*"],
                &["dynamodb:UpdateItem"],
                "Changes the number of uses in the keys' rows, and what the link says of the endpoint.",
            ),
            Right::on_items(
                Resource::Table,
                &["USE#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the link to the key that the endpoint no longer uses.",
            ),
        ],
        calls: Calls::Gateway(&of_both_kinds(
            Method::Patch,
            EACH,
            Permission::StreamsWrite,
            [
                |schemas| update_endpoint::operation(schemas, EndpointKind::Source),
                |schemas| update_endpoint::operation(schemas, EndpointKind::Destination),
            ],
            |s, r| Box::pin(async move { update_endpoint::handle(&s.tables, &s.clock, r).await }),
        )),
    },
    Function {
        name: FunctionName::DeleteEndpoint,
        description: "Deletes a source or a destination, which then no longer uses its key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_CALLER,
            Right::on_items(Resource::Table, &["ENDPOINT#*"], &["dynamodb:GetItem"], "Reads the endpoint."),
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:UpdateItem"],
                "Changes the number of uses in its key's row.",
            ),
            Right::on_items(
                Resource::Table,
                &["ENDPOINT#*", "USE#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the endpoint and its link to the key.",
            ),
        ],
        calls: Calls::Gateway(&of_both_kinds(
            Method::Delete,
            EACH,
            Permission::StreamsWrite,
            [
                |schemas| delete_endpoint::operation(schemas, EndpointKind::Source),
                |schemas| delete_endpoint::operation(schemas, EndpointKind::Destination),
            ],
            |s, r| Box::pin(async move { delete_endpoint::handle(&s.tables, r).await }),
        )),
    },
];
