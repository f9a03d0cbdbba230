//! A route as the edge and the API document know it: how it is reached, and who may.

use keyward_shared::{ids::EndpointKind, permission::Permission};

use crate::method::Method;

/// How a route is reached, and who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entrance {
    /// The HTTP method; `None` for the route that takes what no other takes.
    pub method: Option<Method>,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The required permission; `None` where no token is required.
    pub permission: Option<Permission>,
    /// Whether it is for sources or for destinations, which have the same functions; `None` for every other route.
    pub kind: Option<EndpointKind>,
}

impl Entrance {
    /// How API Gateway names the route, such as `GET /v1/keys/{key_id}`.
    #[must_use]
    pub fn key(&self) -> String {
        match self.method {
            Some(method) => format!("{} {}", method.as_str(), self.path),
            None => self.path.to_owned(),
        }
    }

    /// Whether API Gateway names it so.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        match self.method {
            Some(method) => key.split_once(' ') == Some((method.as_str(), self.path)),
            None => key == self.path,
        }
    }
}
