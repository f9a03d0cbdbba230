//! The one table of everything that the API offers. The router, the OpenAPI document, and the rules in the tests
//! walk it, so who may call a route, and that it keeps tenants apart, is covered on the day it is added.

use keyward_shared::{ids::EndpointKind, permission::Permission};

use crate::{
    actions::{
        Action, BESIDE, CHANGE, CREATE_ENDPOINT, CREATE_PERSON, DELETE_ENDPOINT, DELETE_SEALED, GENERATE,
        GENERATE_MAC, GET_PERSON, GET_RECORD, GET_ROW, OPERATE_ACCOUNT, OPERATE_CLIENT, PUT_RECORD,
        QUERY_BESIDE, READ_SEALED, RECORDS, RESOLVE, ROWS, ROWS_AND_BESIDE, Resource, SEALED,
        SEALED_AND_RECORDS, SEND, UPDATE_ENDPOINT, UPDATE_ROW, USE, on, on_items,
    },
    handlers,
    openapi::Operation,
    table::Method,
};

/// One route and the function behind it.
pub struct Route {
    /// The function's name: the module, the handler, the event file, the test file. Sources and destinations have the same
    /// functions.
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

impl Route {
    /// What the API document calls the operation: the function's name, with what the route is about or does in it.
    #[must_use]
    pub fn operation_id(&self) -> String {
        if let (Some(about), Some(method)) = (self.name.strip_prefix("operate_"), self.method) {
            return format!("operator_{}_{about}", method.as_str().to_lowercase());
        }
        let about = |kind: &EndpointKind| self.path.starts_with(&format!("/v1/{}s", kind.as_str()));
        match EndpointKind::ALL.into_iter().find(about) {
            Some(kind) => self.name.replace("endpoint", kind.as_str()),
            None => self.name.to_owned(),
        }
    }
}

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
        actions: &[
            GET_ROW,
            on_items("dynamodb:PutItem", Resource::Table, CHANGE),
            on_items("dynamodb:PutItem", Resource::Vault, SEALED_AND_RECORDS),
            GENERATE,
            GET_RECORD,
            GENERATE_MAC,
        ],
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
        actions: &[GET_ROW, on_items("dynamodb:Query", Resource::Table, &["HEALTH#*"])],
        operation: Some(handlers::get_key::operation),
    },
    Route {
        name: "update_key",
        method: Some(Method::Patch),
        path: "/v1/keys/{key_id}",
        permission: Some(Permission::KeysWrite),
        actions: &[
            GET_ROW,
            on_items("dynamodb:PutItem", Resource::Table, &["KEY#*", "AUDIT#*"]),
            UPDATE_ROW,
            on_items("dynamodb:DeleteItem", Resource::Table, BESIDE),
            QUERY_BESIDE,
            READ_SEALED,
            on_items("dynamodb:PutItem", Resource::Vault, SEALED),
            DELETE_SEALED,
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
            on_items("dynamodb:PutItem", Resource::Table, &["ACCOUNT#*", "AUDIT#*"]),
            QUERY_BESIDE,
        ],
        operation: Some(handlers::delete_key::operation),
    },
    Route {
        name: "list_key_versions",
        method: Some(Method::Get),
        path: "/v1/keys/{key_id}/versions",
        permission: Some(Permission::KeysRead),
        actions: &[GET_ROW, QUERY_BESIDE],
        operation: Some(handlers::list_key_versions::operation),
    },
    Route {
        name: "restore_key_version",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/versions/{version}/restore",
        permission: Some(Permission::KeysWrite),
        actions: &[
            on_items("dynamodb:GetItem", Resource::Table, ROWS_AND_BESIDE),
            on_items("dynamodb:PutItem", Resource::Table, &["KEY#*", "AUDIT#*"]),
            UPDATE_ROW,
            on_items("dynamodb:DeleteItem", Resource::Table, BESIDE),
            QUERY_BESIDE,
            READ_SEALED,
            on_items("dynamodb:PutItem", Resource::Vault, SEALED_AND_RECORDS),
            DELETE_SEALED,
            GET_RECORD,
            GENERATE_MAC,
        ],
        operation: Some(handlers::restore_key_version::operation),
    },
    Route {
        name: "list_key_uses",
        method: Some(Method::Get),
        path: "/v1/keys/{key_id}/uses",
        permission: Some(Permission::KeysRead),
        actions: &[GET_ROW, QUERY_BESIDE],
        operation: Some(handlers::list_key_uses::operation),
    },
    Route {
        name: "replace_key",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/replace",
        permission: Some(Permission::StreamsWrite),
        actions: &[
            GET_ROW,
            on_items("dynamodb:PutItem", Resource::Table, ROWS_AND_BESIDE),
            UPDATE_ROW,
            on_items("dynamodb:DeleteItem", Resource::Table, BESIDE),
            QUERY_BESIDE,
            GET_RECORD,
            PUT_RECORD,
            on_items("dynamodb:DeleteItem", Resource::Vault, RECORDS),
            GENERATE_MAC,
        ],
        operation: Some(handlers::replace_key::operation),
    },
    Route {
        name: "create_endpoint",
        method: Some(Method::Post),
        path: "/v1/sources",
        permission: Some(Permission::StreamsWrite),
        actions: CREATE_ENDPOINT,
        operation: Some(|schemas| handlers::create_endpoint::operation(schemas, EndpointKind::Source)),
    },
    Route {
        name: "list_endpoints",
        method: Some(Method::Get),
        path: "/v1/sources",
        permission: Some(Permission::StreamsRead),
        actions: &[on("dynamodb:Query", Resource::ByTitle)],
        operation: Some(|schemas| handlers::list_endpoints::operation(schemas, EndpointKind::Source)),
    },
    Route {
        name: "get_endpoint",
        method: Some(Method::Get),
        path: "/v1/sources/{source_id}",
        permission: Some(Permission::StreamsRead),
        actions: &[GET_ROW],
        operation: Some(|schemas| handlers::get_endpoint::operation(schemas, EndpointKind::Source)),
    },
    Route {
        name: "update_endpoint",
        method: Some(Method::Patch),
        path: "/v1/sources/{source_id}",
        permission: Some(Permission::StreamsWrite),
        actions: UPDATE_ENDPOINT,
        operation: Some(|schemas| handlers::update_endpoint::operation(schemas, EndpointKind::Source)),
    },
    Route {
        name: "delete_endpoint",
        method: Some(Method::Delete),
        path: "/v1/sources/{source_id}",
        permission: Some(Permission::StreamsWrite),
        actions: DELETE_ENDPOINT,
        operation: Some(|schemas| handlers::delete_endpoint::operation(schemas, EndpointKind::Source)),
    },
    Route {
        name: "create_endpoint",
        method: Some(Method::Post),
        path: "/v1/destinations",
        permission: Some(Permission::StreamsWrite),
        actions: CREATE_ENDPOINT,
        operation: Some(|schemas| handlers::create_endpoint::operation(schemas, EndpointKind::Destination)),
    },
    Route {
        name: "list_endpoints",
        method: Some(Method::Get),
        path: "/v1/destinations",
        permission: Some(Permission::StreamsRead),
        actions: &[on("dynamodb:Query", Resource::ByTitle)],
        operation: Some(|schemas| handlers::list_endpoints::operation(schemas, EndpointKind::Destination)),
    },
    Route {
        name: "get_endpoint",
        method: Some(Method::Get),
        path: "/v1/destinations/{destination_id}",
        permission: Some(Permission::StreamsRead),
        actions: &[GET_ROW],
        operation: Some(|schemas| handlers::get_endpoint::operation(schemas, EndpointKind::Destination)),
    },
    Route {
        name: "update_endpoint",
        method: Some(Method::Patch),
        path: "/v1/destinations/{destination_id}",
        permission: Some(Permission::StreamsWrite),
        actions: UPDATE_ENDPOINT,
        operation: Some(|schemas| handlers::update_endpoint::operation(schemas, EndpointKind::Destination)),
    },
    Route {
        name: "delete_endpoint",
        method: Some(Method::Delete),
        path: "/v1/destinations/{destination_id}",
        permission: Some(Permission::StreamsWrite),
        actions: DELETE_ENDPOINT,
        operation: Some(|schemas| handlers::delete_endpoint::operation(schemas, EndpointKind::Destination)),
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
        actions: SEND,
        operation: Some(handlers::send_request::operation),
    },
    Route {
        name: "resolve_key",
        method: Some(Method::Post),
        path: "/v1/keys/{key_id}/resolve",
        permission: Some(Permission::KeysResolve),
        actions: RESOLVE,
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
        actions: &[GET_ROW, on_items("dynamodb:Query", Resource::Table, &["AUDIT#*", "RECEIPT#*"])],
        operation: Some(handlers::list_key_audit::operation),
    },
    Route {
        name: "get_account",
        method: Some(Method::Get),
        path: "/v1/account",
        permission: Some(Permission::StreamsRead),
        actions: &[GET_ROW],
        operation: Some(handlers::get_account::operation),
    },
    Route {
        name: "update_account",
        method: Some(Method::Patch),
        path: "/v1/account",
        permission: Some(Permission::AccountAdmin),
        actions: &[GET_ROW, UPDATE_ROW],
        operation: Some(handlers::update_account::operation),
    },
    Route {
        name: "list_members",
        method: Some(Method::Get),
        path: "/v1/members",
        permission: Some(Permission::AccountAdmin),
        actions: &[on_items("dynamodb:Query", Resource::Table, ROWS)],
        operation: Some(handlers::list_members::operation),
    },
    Route {
        name: "invite_member",
        method: Some(Method::Post),
        path: "/v1/members",
        permission: Some(Permission::AccountAdmin),
        actions: &[GET_ROW, on_items("dynamodb:PutItem", Resource::Table, ROWS), CREATE_PERSON, GET_PERSON],
        operation: Some(handlers::invite_member::operation),
    },
    Route {
        name: "update_member",
        method: Some(Method::Patch),
        path: "/v1/members/{member_id}",
        permission: Some(Permission::AccountAdmin),
        actions: &[
            GET_ROW,
            on_items("dynamodb:Query", Resource::Table, ROWS),
            on_items("dynamodb:PutItem", Resource::Table, ROWS),
            on_items("dynamodb:ConditionCheckItem", Resource::Table, ROWS),
        ],
        operation: Some(handlers::update_member::operation),
    },
    Route {
        name: "remove_member",
        method: Some(Method::Delete),
        path: "/v1/members/{member_id}",
        permission: Some(Permission::AccountAdmin),
        actions: &[
            GET_ROW,
            on_items("dynamodb:Query", Resource::Table, ROWS),
            on_items("dynamodb:DeleteItem", Resource::Table, ROWS),
            on_items("dynamodb:ConditionCheckItem", Resource::Table, ROWS),
            GET_PERSON,
            on("cognito-idp:AdminDeleteUser", Resource::UserPool),
        ],
        operation: Some(handlers::remove_member::operation),
    },
    Route {
        name: "operate_account",
        method: Some(Method::Get),
        path: "/v1/operator/accounts/{account_id}",
        permission: Some(Permission::AccountsOperate),
        actions: OPERATE_ACCOUNT,
        operation: Some(|schemas| handlers::operate_account::operation(schemas, Method::Get)),
    },
    Route {
        name: "operate_account",
        method: Some(Method::Put),
        path: "/v1/operator/accounts/{account_id}",
        permission: Some(Permission::AccountsOperate),
        actions: OPERATE_ACCOUNT,
        operation: Some(|schemas| handlers::operate_account::operation(schemas, Method::Put)),
    },
    Route {
        name: "operate_client",
        method: Some(Method::Get),
        path: "/v1/operator/clients/{client_id}",
        permission: Some(Permission::AccountsOperate),
        actions: OPERATE_CLIENT,
        operation: Some(|schemas| handlers::operate_client::operation(schemas, Method::Get)),
    },
    Route {
        name: "operate_client",
        method: Some(Method::Put),
        path: "/v1/operator/clients/{client_id}",
        permission: Some(Permission::AccountsOperate),
        actions: OPERATE_CLIENT,
        operation: Some(|schemas| handlers::operate_client::operation(schemas, Method::Put)),
    },
    Route {
        name: "operate_client",
        method: Some(Method::Delete),
        path: "/v1/operator/clients/{client_id}",
        permission: Some(Permission::AccountsOperate),
        actions: OPERATE_CLIENT,
        operation: Some(|schemas| handlers::operate_client::operation(schemas, Method::Delete)),
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
        name: "get_panel",
        method: Some(Method::Get),
        path: "/",
        permission: None,
        actions: &[],
        operation: None,
    },
    Route {
        name: "get_panel",
        method: Some(Method::Get),
        path: "/config.json",
        permission: None,
        actions: &[],
        operation: None,
    },
    Route {
        name: "get_panel",
        method: Some(Method::Get),
        path: "/favicon.svg",
        permission: None,
        actions: &[],
        operation: None,
    },
    Route {
        name: "get_panel",
        method: Some(Method::Get),
        path: "/assets/{file}",
        permission: None,
        actions: &[],
        operation: None,
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

/// The route of a function; of one that serves sources and destinations, the first.
#[must_use]
pub fn route(name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.name == name)
}
