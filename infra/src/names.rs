//! The names in the template.

use keyward_functions::method::Method;

/// `CreateKey` of `create_key`.
fn stem(name: &str) -> String {
    name.split('_').map(capital).collect()
}

/// A word with a capital letter in front.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A route's logical id: `PatchKeysByKeyIdRoute` of `PATCH /v1/keys/{key_id}`.
pub(crate) fn route_id(method: Option<Method>, path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(parameter) => format!("By{}", stem(parameter)),
        None => part.split(|letter: char| !letter.is_ascii_alphanumeric()).map(capital).collect(),
    };
    let method = method.map(|method| capital(&method.as_str().to_lowercase())).unwrap_or_default();
    let parts: String = path.strip_prefix("/v1").unwrap_or(path).split('/').map(part).collect();
    format!("{method}{parts}Route")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_called_after_their_function_and_routes_after_their_path() {
        assert_eq!(stem("create_key"), "CreateKey");
        for (method, path, id) in [
            (Some(Method::Get), "/v1/keys", "GetKeysRoute"),
            (Some(Method::Get), "/v1/keys/{key_id}/versions", "GetKeysByKeyIdVersionsRoute"),
            (Some(Method::Get), "/v1/openapi.json", "GetOpenapiJsonRoute"),
            (Some(Method::Get), "/", "GetRoute"),
            (Some(Method::Head), "/assets/{file}", "HeadAssetsByFileRoute"),
            (None, "$default", "DefaultRoute"),
        ] {
            assert_eq!(route_id(method, path), id);
        }
    }
}
