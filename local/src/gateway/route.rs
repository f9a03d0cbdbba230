//! Which function a request goes to, decided as an HTTP API decides it.

use axum::http::Method;

/// The route key of everything that no route matches.
pub const DEFAULT_ROUTE_KEY: &str = "$default";

/// One route of the API: a method and a path, the function behind it, and the scope that a token needs for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRoute {
    key: String,
    method: Method,
    segments: Vec<Segment>,
    function: &'static str,
    scope: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// The text describes no route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The method is not one of HTTP's.
    #[error("`{0}` is no HTTP method")]
    Method(String),
    /// The path is relative, or has an empty segment or an unclosed parameter.
    #[error("`{0}` is no path of literal segments and `{{parameters}}`")]
    Path(String),
    /// Two routes have the same method and path.
    #[error("the route `{0}` is given twice")]
    Twice(String),
}

impl GatewayRoute {
    /// A route such as `GET`, `/v1/keys/{key_id}`. Without a scope it is open to everybody.
    ///
    /// # Errors
    ///
    /// [`RouteError`] if the method or the path is none.
    pub fn new(
        method: &str,
        path: &str,
        function: &'static str,
        scope: Option<String>,
    ) -> Result<Self, RouteError> {
        let parsed = Method::from_bytes(method.as_bytes());
        let Ok(parsed) = parsed else {
            return Err(RouteError::Method(method.to_owned()));
        };
        let bad_path = || RouteError::Path(path.to_owned());
        let rest = path.strip_prefix('/').ok_or_else(bad_path)?;
        let segments = rest
            .split('/')
            .map(|segment| Segment::parse(segment, rest.is_empty()))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(bad_path)?;
        Ok(Self { key: format!("{method} {path}"), method: parsed, segments, function, scope })
    }

    /// How API Gateway names the route, such as `GET /v1/keys/{key_id}`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values of the path's parameters, if the route matches.
    fn capture(&self, method: &Method, path: &str) -> Option<Vec<(String, String)>> {
        if self.method != *method {
            return None;
        }
        let mut given = path.strip_prefix('/')?.split('/');
        let mut captured = Vec::new();
        for segment in &self.segments {
            let value = given.next()?;
            match segment {
                Segment::Literal(text) if text == value => {}
                Segment::Parameter(name) if !value.is_empty() => {
                    captured.push((name.clone(), value.to_owned()));
                }
                Segment::Literal(_) | Segment::Parameter(_) => return None,
            }
        }
        given.next().is_none().then_some(captured)
    }

    /// Orders routes that match the same path: a literal segment goes before a parameter, from the left.
    fn specificity(&self) -> Vec<bool> {
        self.segments.iter().map(|segment| matches!(segment, Segment::Literal(_))).collect()
    }
}

impl Segment {
    fn parse(text: &str, alone: bool) -> Option<Self> {
        let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name {
            Some(name) if !name.is_empty() && !name.contains(['{', '}']) => {
                Some(Self::Parameter(name.to_owned()))
            }
            Some(_) => None,
            None if text.contains(['{', '}']) || (text.is_empty() && !alone) => None,
            None => Some(Self::Literal(text.to_owned())),
        }
    }
}

/// All routes of the API, and the function that gets everything else.
#[derive(Debug, Clone)]
pub struct RouteTable {
    routes: Vec<GatewayRoute>,
    default_function: &'static str,
}

/// Where one request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matched<'a> {
    pub(super) route_key: &'a str,
    pub(super) function: &'static str,
    pub(super) scope: Option<&'a str>,
    pub(super) path_parameters: Vec<(String, String)>,
}

impl RouteTable {
    /// The table of these routes; what none of them matches goes to `default_function`.
    ///
    /// # Errors
    ///
    /// [`RouteError::Twice`] if two routes have one key.
    pub fn new(routes: Vec<GatewayRoute>, default_function: &'static str) -> Result<Self, RouteError> {
        let mut keys = std::collections::BTreeSet::new();
        if let Some(twice) = routes.iter().find(|route| !keys.insert(route.key())) {
            return Err(RouteError::Twice(twice.key.clone()));
        }
        Ok(Self { routes, default_function })
    }

    /// The most specific route for a decoded path, or the default one.
    pub(super) fn find(&self, method: &Method, path: &str) -> Matched<'_> {
        let best = self
            .routes
            .iter()
            .filter_map(|route| Some((route, route.capture(method, path)?)))
            .max_by_key(|(route, _)| route.specificity());
        match best {
            Some((route, path_parameters)) => Matched {
                route_key: &route.key,
                function: route.function,
                scope: route.scope.as_deref(),
                path_parameters,
            },
            None => Matched {
                route_key: DEFAULT_ROUTE_KEY,
                function: self.default_function,
                scope: None,
                path_parameters: Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RouteTable {
        let routes = [
            ("GET", "/", "get_root"),
            ("GET", "/v1/keys", "list_keys"),
            ("GET", "/v1/keys/{key_id}", "get_key"),
            ("GET", "/v1/keys/newest", "get_newest"),
            ("GET", "/v1/{kind}/newest", "get_newest_of"),
            ("POST", "/v1/keys/{key_id}/versions/{version}/restore", "restore_key_version"),
        ];
        let routes = routes
            .map(|(method, path, function)| GatewayRoute::new(method, path, function, None).unwrap())
            .to_vec();
        RouteTable::new(routes, "get_panel").unwrap()
    }

    fn function(method: Method, path: &str) -> &'static str {
        table().find(&method, path).function
    }

    #[test]
    fn the_most_specific_route_wins() {
        assert_eq!(function(Method::GET, "/"), "get_root");
        assert_eq!(function(Method::GET, "/v1/keys"), "list_keys");
        assert_eq!(function(Method::GET, "/v1/keys/key_1"), "get_key");
        assert_eq!(function(Method::GET, "/v1/keys/newest"), "get_newest");
        assert_eq!(function(Method::GET, "/v1/sources/newest"), "get_newest_of");
    }

    #[test]
    fn what_no_route_matches_goes_to_the_default_function() {
        for (method, path) in [
            (Method::DELETE, "/v1/keys"),
            (Method::HEAD, "/v1/keys"),
            (Method::GET, "/v1/keys/"),
            (Method::GET, "/v1/keys/a/b"),
            (Method::GET, "/v1//newest"),
            (Method::GET, "/assets/panel.js"),
        ] {
            let table = table();
            let matched = table.find(&method, path);
            assert_eq!((matched.route_key, matched.function), ("$default", "get_panel"), "{path}");
        }
    }

    #[test]
    fn each_parameter_of_the_path_is_captured() {
        let table = table();
        let matched = table.find(&Method::POST, "/v1/keys/key_1/versions/7/restore");
        let expected =
            [("key_id", "key_1"), ("version", "7")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(matched.path_parameters, expected);
        assert_eq!(matched.route_key, "POST /v1/keys/{key_id}/versions/{version}/restore");
    }

    #[test]
    fn a_route_that_is_none_is_refused() {
        for path in ["", "v1", "/v1//keys", "/{", "/{}", "/a{b}", "/v1/"] {
            let error = GatewayRoute::new("GET", path, "f", None).unwrap_err();
            assert_eq!(error, RouteError::Path(path.to_owned()));
        }
        assert_eq!(
            GatewayRoute::new("G T", "/", "f", None).unwrap_err(),
            RouteError::Method("G T".to_owned())
        );
        let route = GatewayRoute::new("GET", "/", "f", None).unwrap();
        assert_eq!(
            RouteTable::new(vec![route.clone(), route], "g").unwrap_err(),
            RouteError::Twice("GET /".to_owned())
        );
    }
}
