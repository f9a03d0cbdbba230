//! The one table of everything that the API offers. The router, the OpenAPI document, and the rules in the tests
//! walk it, so who may call a route, and that it keeps tenants apart, is covered on the day it is added.

use keyward_shared::permission::Permission;

use crate::{handlers, openapi::Operation};

/// One route and the function behind it.
pub struct Route {
    /// The function's name: the module, the handler, the operation id, the event file, the test file.
    pub name: &'static str,
    /// The HTTP method; `None` for the route that takes whatever no other takes.
    pub method: Option<Method>,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// What a caller needs; `None` where no token is asked for.
    pub permission: Option<Permission>,
    /// What the function does on AWS, and on what.
    pub actions: &'static [Action],
    /// What the route reads and answers, for the OpenAPI document; `None` where it is not part of the API.
    pub operation: Option<fn(&mut schemars::SchemaGenerator) -> Operation>,
}

/// The methods that routes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or does something.
    Post,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One thing that a function does on AWS. Its role allows these and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The IAM action, such as `dynamodb:GetItem`.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
}

/// What the functions work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The table of everything that may be shown.
    Table,
    /// The table's index of keys by title.
    ByTitle,
    /// The table's index of keys by system.
    BySystem,
    /// The table of sealed fields.
    Vault,
    /// The KMS key that wraps data keys.
    WrappingKey,
}

const fn on(action: &'static str, resource: Resource) -> Action {
    Action { action, resource }
}

const GET_ROW: Action = on("dynamodb:GetItem", Resource::Table);
const PUT_ROW: Action = on("dynamodb:PutItem", Resource::Table);
const DECRYPT: Action = on("kms:Decrypt", Resource::WrappingKey);
const GENERATE: Action = on("kms:GenerateDataKey", Resource::WrappingKey);

/// What every use of a key does: it reads row, settings and sealed entries at once, writes its receipt (and health, where
/// it learns how the key fares), and unwraps data keys.
const USE: &[Action] = &[
    on("dynamodb:BatchGetItem", Resource::Table),
    on("dynamodb:BatchGetItem", Resource::Vault),
    PUT_ROW,
    DECRYPT,
];

/// Every route.
pub const ROUTES: &[Route] = &[
    Route {
        name: "list_systems",
        method: Some(Method::Get),
        path: "/v1/systems",
        permission: Some(Permission::KeysRead),
        actions: &[],
        operation: Some(handlers::list_systems::operation),
    },
    Route {
        name: "get_system",
        method: Some(Method::Get),
        path: "/v1/systems/{system_id}",
        permission: Some(Permission::KeysRead),
        actions: &[],
        operation: Some(handlers::get_system::operation),
    },
    Route {
        name: "create_key",
        method: Some(Method::Post),
        path: "/v1/keys",
        permission: Some(Permission::KeysWrite),
        actions: &[PUT_ROW, on("dynamodb:PutItem", Resource::Vault), GENERATE],
        operation: Some(handlers::create_key::operation),
    },
    Route {
        name: "list_keys",
        method: Some(Method::Get),
        path: "/v1/keys",
        permission: Some(Permission::KeysRead),
        actions: &[on("dynamodb:Query", Resource::ByTitle), on("dynamodb:Query", Resource::BySystem)],
        operation: Some(handlers::list_keys::operation),
    },
    Route {
        name: "get_key",
        method: Some(Method::Get),
        path: "/v1/keys/{key_id}",
        permission: Some(Permission::KeysRead),
        actions: &[GET_ROW, on("dynamodb:Query", Resource::Table)],
        operation: Some(handlers::get_key::operation),
    },
    Route {
        name: "update_key",
        method: Some(Method::Patch),
        path: "/v1/keys/{key_id}",
        permission: Some(Permission::KeysWrite),
        actions: &[
            GET_ROW,
            PUT_ROW,
            on("dynamodb:BatchGetItem", Resource::Table),
            on("dynamodb:DeleteItem", Resource::Table),
            on("dynamodb:BatchGetItem", Resource::Vault),
            on("dynamodb:Query", Resource::Vault),
            on("dynamodb:PutItem", Resource::Vault),
            on("dynamodb:DeleteItem", Resource::Vault),
            GENERATE,
        ],
        operation: Some(handlers::update_key::operation),
    },
    Route {
        name: "delete_key",
        method: Some(Method::Delete),
        path: "/v1/keys/{key_id}",
        permission: Some(Permission::KeysDelete),
        actions: &[
            GET_ROW,
            PUT_ROW,
            on("dynamodb:Query", Resource::Vault),
            on("dynamodb:DeleteItem", Resource::Vault),
        ],
        operation: Some(handlers::delete_key::operation),
    },
    Route {
        name: "list_key_versions",
        method: Some(Method::Get),
        path: "/v1/keys/{key_id}/versions",
        permission: Some(Permission::KeysRead),
        actions: &[GET_ROW, on("dynamodb:Query", Resource::Table)],
        operation: Some(handlers::list_key_versions::operation),
    },
    Route {
        name: "sign_request",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/sign",
        permission: Some(Permission::KeysUse),
        actions: USE,
        operation: Some(handlers::sign_request::operation),
    },
    Route {
        name: "send_request",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/send",
        permission: Some(Permission::KeysUse),
        actions: USE,
        operation: Some(handlers::send_request::operation),
    },
    Route {
        name: "resolve_key",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/resolve",
        permission: Some(Permission::KeysResolve),
        actions: USE,
        operation: Some(handlers::resolve_key::operation),
    },
    Route {
        name: "verify_key",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/verify",
        permission: Some(Permission::KeysVerify),
        actions: USE,
        operation: Some(handlers::verify_key::operation),
    },
    Route {
        name: "verify_draft",
        method: Some(Method::Post),
        path: "/v1/verifications",
        permission: Some(Permission::KeysVerify),
        actions: &[GET_ROW],
        operation: Some(handlers::verify_draft::operation),
    },
    Route {
        name: "list_key_audit",
        method: Some(Method::Get),
        path: "/v1/keys/{key_id}/audit",
        permission: Some(Permission::AuditRead),
        actions: &[GET_ROW, on("dynamodb:Query", Resource::Table)],
        operation: Some(handlers::list_key_audit::operation),
    },
    Route {
        name: "get_openapi",
        method: Some(Method::Get),
        path: "/v1/openapi.json",
        permission: None,
        actions: &[],
        operation: Some(handlers::get_openapi::operation),
    },
    Route {
        name: "not_found",
        method: None,
        path: "$default",
        permission: None,
        actions: &[],
        operation: None,
    },
];

/// The route of a function.
#[must_use]
pub fn route(name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.name == name)
}
