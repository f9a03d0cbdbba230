//! What a function is asked, as the event that API Gateway makes of it.

use keyward_functions::table::{FunctionName, Route};
use keyward_shared::permission::Permission;
use serde_json::{Map, Value, json};

use super::{
    callers::{self, OWNER},
    services::test_issuer,
};

/// A request of a live machine client that has the permission, or of the operator on a route of its own.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) function: &'static str,
    account: String,
    route_key: Option<String>,
    permission: Option<Permission>,
    by_owner: bool,
    path: Map<String, Value>,
    query: String,
    headers: Map<String, Value>,
    body: Value,
}

impl Asked {
    pub(crate) fn of(function: &'static str, account: &str) -> Self {
        let headers = json!({ "content-type": "application/json" });
        Self {
            function,
            account: account.to_owned(),
            route_key: None,
            permission: None,
            by_owner: false,
            path: Map::new(),
            query: String::new(),
            headers: headers.as_object().cloned().unwrap_or_default(),
            body: Value::Null,
        }
    }

    /// For a function that several routes have.
    pub(crate) fn by(mut self, route_key: String) -> Self {
        self.route_key = Some(route_key);
        self
    }

    /// With this permission instead of the route's own.
    pub(crate) const fn having(mut self, permission: Permission) -> Self {
        self.permission = Some(permission);
        self
    }

    /// By the account's owner, where a machine could ask too.
    pub(crate) const fn by_owner(mut self) -> Self {
        self.by_owner = true;
        self
    }

    pub(crate) const fn is_by_owner(&self) -> bool {
        self.by_owner
    }

    pub(crate) fn path(mut self, name: &str, value: &str) -> Self {
        self.path.insert(name.to_owned(), json!(value));
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub(crate) fn seen(self, version: u64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    pub(crate) fn once(self, idempotency_key: &str) -> Self {
        self.header("idempotency-key", idempotency_key)
    }

    /// Whether it may be repeated and is carried out once.
    pub(crate) fn is_once(&self) -> bool {
        self.headers.contains_key("idempotency-key")
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), json!(value));
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// The account of the caller; `None` for the operator, who has none, and where nobody is asked.
    pub(crate) fn callers_account(&self) -> Option<&str> {
        let needed = self.permission.or(self.route().permission)?;
        (needed != Permission::AccountsOperate).then_some(&self.account)
    }

    /// The function's route that it takes: the first where it does not say.
    fn route(&self) -> &'static Route {
        let name: FunctionName = self.function.parse().unwrap();
        let taken = |route: &&Route| self.route_key.as_ref().is_none_or(|key| route.entrance().is(key));
        name.function().routes().iter().find(taken).expect("a route of the function")
    }

    pub(crate) fn event(&self) -> Value {
        let route = self.route();
        let machine = callers::machine(&self.account);
        let claims = self.permission.or(route.permission).map(|permission| match permission {
            // A machine client never has the permission of owners.
            _ if self.by_owner || permission == Permission::AccountAdmin => json!({
                "account": self.account, "client_id": "panel", "sub": OWNER, "username": OWNER,
                "self_service_keys": "true", "scope": permission.scope(), "token_use": "access",
            }),
            Permission::AccountsOperate => json!({
                "client_id": "operator", "sub": "operator", "scope": permission.scope(), "token_use": "access",
            }),
            _ => json!({
                "account": self.account, "client_id": machine, "sub": machine, "environment": "live",
                "scope": permission.scope(), "token_use": "access",
            }),
        });
        let method = route.method.map_or("GET", |method| method.as_str());
        let route_key = route.key();
        let path = self.path.iter().fold(route.path.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
        });
        let mut event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": {
                "authorizer": claims.map(|claims| json!({ "jwt": { "claims": claims, "scopes": null } })),
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7" },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route_key,
                "stage": "$default",
                "timeEpoch": 1_795_341_600_000_u64,
            },
            "pathParameters": self.path,
            "body": if self.body.is_null() { Value::Null } else { json!(self.body.to_string()) },
            "isBase64Encoded": false,
        });
        test_issuer().sign_event(&mut event).expect("a signature");
        event
    }
}
