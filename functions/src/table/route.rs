//! Routes: what API Gateway takes requests by.

use std::sync::Arc;

use keyward_shared::{ids::EndpointKind, permission::Permission};
use schemars::SchemaGenerator;

use super::{Eventual, FunctionName};
use crate::{
    edge::{Answer, Failure, Request, Served},
    entrance::Entrance,
    method::Method,
    openapi::Operation,
    services::Services,
};

/// The operation of a route, for the OpenAPI document.
pub type Describe = fn(&mut SchemaGenerator) -> Operation;

/// What the OpenAPI document says of a route. It is there with the feature `document` only: no function describes routes, and
/// what describes them is a tenth of the code.
pub struct Described(#[cfg(feature = "document")] Option<Describe>);

impl Described {
    /// A route that is not part of the API.
    const NOTHING: Self = Self(
        #[cfg(feature = "document")]
        None,
    );

    #[cfg_attr(not(feature = "document"), expect(unused_variables, reason = "it is for the document"))]
    const fn by(describe: Describe) -> Self {
        Self(
            #[cfg(feature = "document")]
            Some(describe),
        )
    }

    /// The operation; `None` for a route that is not part of the API.
    #[cfg(feature = "document")]
    #[must_use]
    pub const fn operation(&self) -> Option<Describe> {
        self.0
    }
}

/// What answers a request, with the parts that its function is composed from.
pub type Handler = fn(Arc<Services>, Request) -> Eventual<Result<Answer, Failure>>;

/// One route to a function.
pub struct Route {
    /// The HTTP method; `None` for the route that takes what no other takes.
    pub method: Option<Method>,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The required permission; `None` where no token is required.
    pub permission: Option<Permission>,
    /// Whether it is for sources or for destinations, which have the same functions; `None` for every other route.
    pub kind: Option<EndpointKind>,
    /// What the document says of it.
    pub described: Described,
    /// What answers its requests.
    pub handler: Handler,
    /// What can be made before the first request.
    pub prepare: fn(),
}

impl Route {
    /// A route of the API that asks for a permission.
    pub(crate) const fn new(
        method: Method,
        path: &'static str,
        permission: Permission,
        operation: Describe,
        handler: Handler,
    ) -> Self {
        let (permission, described) = (Some(permission), Described::by(operation));
        Self { method: Some(method), path, permission, kind: None, described, handler, prepare: || () }
    }

    /// A route that anybody may read, and that is not part of the API.
    pub(super) const fn open(path: &'static str, handler: Handler) -> Self {
        Self {
            method: Some(Method::Get),
            path,
            permission: None,
            kind: None,
            described: Described::NOTHING,
            handler,
            prepare: || (),
        }
    }

    /// The same, asked for without the body: who watches whether an address answers, asks so. The HTTP server before the function
    /// keeps the body back (RFC 9110 §9.3.2).
    pub(super) const fn head(path: &'static str, handler: Handler) -> Self {
        Self { method: Some(Method::Head), ..Self::open(path, handler) }
    }

    /// A route of the API that asks for no token, and checks another proof.
    pub(super) const fn proving(path: &'static str, operation: Describe, handler: Handler) -> Self {
        Self { method: Some(Method::Post), ..Self::open_api(path, operation, handler) }
    }

    /// A route of the API that anybody may read.
    pub(super) const fn open_api(path: &'static str, operation: Describe, handler: Handler) -> Self {
        Self { described: Described::by(operation), ..Self::open(path, handler) }
    }

    /// The route that takes what no other takes.
    pub(super) const fn default(handler: Handler) -> Self {
        Self { method: None, ..Self::open("$default", handler) }
    }

    /// The same route, with what can be made before the first request.
    pub(super) const fn prepared_by(self, prepare: fn()) -> Self {
        Self { prepare, ..self }
    }

    /// How it is reached, and who may.
    #[must_use]
    pub const fn entrance(&self) -> Entrance {
        Entrance { method: self.method, path: self.path, permission: self.permission, kind: self.kind }
    }

    /// How API Gateway names the route, such as `GET /v1/keys/{key_id}`.
    #[must_use]
    pub fn key(&self) -> String {
        self.entrance().key()
    }

    /// What the API document calls the operation: the function's name, with what the route is about or does in it.
    #[must_use]
    pub fn operation_id(&self, function: FunctionName) -> String {
        let name = function.as_str();
        match (self.kind, name.strip_prefix("operate_"), self.method) {
            (Some(kind), _, _) => name.replace("endpoint", kind.as_str()),
            (None, Some(about), Some(method)) => {
                let part = if self.path.contains("/secrets") { "_secret" } else { "" };
                format!("operator_{}_{about}{part}", method.as_str().to_lowercase())
            }
            (None, None, _)
                if function == FunctionName::Redeliver && !self.path.contains("{delivery_id}") =>
            {
                format!("{name}_all")
            }
            (None, _, _) => name.to_owned(),
        }
    }
}

impl Served for Route {
    fn entrance(&self) -> Entrance {
        self.entrance()
    }
}

/// The paths of all sources and of all destinations.
pub(super) const ALL: [&str; 2] = ["/v1/sources", "/v1/destinations"];
/// The paths of one source and of one destination.
pub(super) const EACH: [&str; 2] = ["/v1/sources/{source_id}", "/v1/destinations/{destination_id}"];

/// The routes of a function that sources and destinations have in common: one for each kind, alike in all else.
pub(super) const fn of_both_kinds(
    method: Method,
    [sources, destinations]: [&'static str; 2],
    permission: Permission,
    [of_source, of_destination]: [Describe; 2],
    handler: Handler,
) -> [Route; 2] {
    [
        Route {
            kind: Some(EndpointKind::Source),
            ..Route::new(method, sources, permission, of_source, handler)
        },
        Route {
            kind: Some(EndpointKind::Destination),
            ..Route::new(method, destinations, permission, of_destination, handler)
        },
    ]
}
