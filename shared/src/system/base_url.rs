//! Where a key's requests go: typed by the user, or derived from the entry's fields.

use std::collections::BTreeMap;

use super::address;
use crate::{
    interpolation::{Interpolation, MissingValue, Part},
    origin::{self, Scheme},
};

/// How a system's base address comes about.
#[derive(Debug)]
pub enum BaseUrlRule {
    /// The system has none: its host is a field.
    None,
    /// The user types it.
    Typed {
        /// What to type.
        help: String,
        /// An example.
        example: String,
        /// The path that is appended to the typed address, unless the address ends with it already.
        path: Option<Interpolation>,
    },
    /// It follows from fields and is never typed.
    Derived {
        /// The address.
        url: Interpolation,
    },
    /// It follows from fields; a typed one takes its place.
    Overridable {
        /// The address.
        url: Interpolation,
        /// When to type another one.
        help: String,
        /// An example of a typed address.
        example: String,
    },
    /// It is always the same.
    Fixed {
        /// The address.
        url: String,
    },
    /// A field chooses among a few.
    Choice {
        /// The field's id.
        field: String,
        /// The address for each of the field's choices.
        urls: BTreeMap<String, String>,
    },
}

/// Why there is no base address.
///
/// # Security
///
/// No variant holds a value. Typed addresses are public, but this may be shown and logged anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It must be typed, and was not.
    #[error("is needed: it looks like `{example}`")]
    Needed {
        /// An example.
        example: String,
    },
    /// It was typed, and follows from other things.
    #[error("is not typed for this system: it follows from the other fields")]
    NotTyped,
    /// It was typed, and the system has none.
    #[error("does not exist for this system")]
    NoAddress,
    /// The typed address may not be used.
    #[error("{reason}: it looks like `{example}`")]
    Address {
        /// An example.
        example: String,
        /// The fault.
        reason: origin::BaseUrlError,
    },
    /// A field that it follows from has no value.
    #[error(transparent)]
    Missing(#[from] MissingValue),
    /// A field that it follows from has a value that could change the address's structure.
    #[error("the field `{0}` cannot be part of an address")]
    Field(String),
}

impl BaseUrlRule {
    /// The rule's name in templates and in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Typed { .. } => "typed",
            Self::Derived { .. } => "derived",
            Self::Overridable { .. } => "overridable",
            Self::Fixed { .. } => "fixed",
            Self::Choice { .. } => "choice",
        }
    }

    /// Checks the typed address, or its absence, against the rule.
    pub(super) fn check_typed(&self, typed: Option<&str>, schemes: &[Scheme]) -> Result<(), BaseUrlError> {
        match (self, typed) {
            (Self::Typed { example, .. } | Self::Overridable { example, .. }, Some(typed)) => {
                check_address(typed, schemes, example)
            }
            (Self::Typed { example, .. }, None) => Err(BaseUrlError::Needed { example: example.clone() }),
            (Self::None, Some(_)) => Err(BaseUrlError::NoAddress),
            (Self::Derived { .. } | Self::Fixed { .. } | Self::Choice { .. }, Some(_)) => {
                Err(BaseUrlError::NotTyped)
            }
            (
                Self::None
                | Self::Derived { .. }
                | Self::Overridable { .. }
                | Self::Fixed { .. }
                | Self::Choice { .. },
                None,
            ) => Ok(()),
        }
    }

    /// The address, if the system has one.
    pub(super) fn render<'v>(
        &self,
        typed: Option<&str>,
        schemes: &[Scheme],
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Option<String>, BaseUrlError> {
        self.check_typed(typed, schemes)?;
        match (self, typed) {
            (Self::None, _) => Ok(None),
            (Self::Typed { path: None, .. } | Self::Overridable { .. }, Some(typed)) => {
                Ok(Some(typed.to_owned()))
            }
            (Self::Typed { path: Some(path), .. }, Some(typed)) => {
                let path = render_url(path, Place::Path, values)?;
                Ok(Some(put_behind(typed, &path)))
            }
            (Self::Typed { example, .. }, None) => Err(BaseUrlError::Needed { example: example.clone() }),
            (Self::Derived { url } | Self::Overridable { url, .. }, _) => {
                render_url(url, Place::Authority, values).map(Some)
            }
            (Self::Fixed { url }, _) => Ok(Some(url.clone())),
            (Self::Choice { field, urls }, _) => {
                let chosen = values(field).ok_or_else(|| MissingValue::of(field))?;
                urls.get(chosen).cloned().map(Some).ok_or_else(|| BaseUrlError::Field(field.clone()))
            }
        }
    }
}

fn check_address(typed: &str, schemes: &[Scheme], example: &str) -> Result<(), BaseUrlError> {
    match origin::BaseUrl::parse(typed, schemes) {
        Ok(_) => Ok(()),
        Err(reason) => Err(BaseUrlError::Address { example: example.to_owned(), reason }),
    }
}

/// The path behind the address, with one slash between the two, unless the address ends with it already.
fn put_behind(address: &str, path: &str) -> String {
    let address = address.strip_suffix('/').unwrap_or(address);
    let bare = path.trim_matches('/');
    let address = address.strip_suffix(bare).and_then(|rest| rest.strip_suffix('/')).unwrap_or(address);
    format!("{address}/{path}")
}

/// Which part of an address a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Authority,
    Path,
}

/// Renders an address whose text starts in `place`.
///
/// # Security
///
/// The patterns of the fields already keep values harmless. This holds without them: in the authority a value is
/// letters, digits, dots and hyphens, and in the path it is one segment of unreserved characters (RFC 3986 §2.3)
/// that climbs nowhere. So no value can bring in a scheme, a user, a port, another host, a slash or a query.
pub(super) fn render_url<'v>(
    url: &Interpolation,
    start: Place,
    values: impl Fn(&str) -> Option<&'v str>,
) -> Result<String, BaseUrlError> {
    let mut place = start;
    let mut rendered = String::new();
    for part in url.parts() {
        match part {
            Part::Text(text) => {
                rendered.push_str(text);
                let after_scheme = rendered.split_once("://").map_or("", |(_, rest)| rest);
                if after_scheme.contains('/') {
                    place = Place::Path;
                }
            }
            Part::Field { id, form } => {
                let value = values(id).ok_or_else(|| MissingValue::of(id))?;
                let value = form.write(value);
                let in_authority = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                let harmless = match place {
                    Place::Authority => !value.is_empty() && value.bytes().all(in_authority),
                    Place::Path => {
                        value.bytes().all(|byte| in_authority(byte) || matches!(byte, b'_' | b'~'))
                            && !value.bytes().all(|byte| byte == b'.')
                    }
                };
                if !harmless {
                    return Err(BaseUrlError::Field(id.clone()));
                }
                rendered.push_str(&value);
            }
        }
    }
    // As a whole: an account number is a good label of a host name, and no host name alone.
    let host = authority(&rendered).split(':').next().unwrap_or_default();
    if start == Place::Authority && !address::is_host_name(host) {
        let field = url.fields().next().unwrap_or("base_url");
        return Err(BaseUrlError::Field(field.to_owned()));
    }
    Ok(rendered)
}

/// The text between `://` and the path.
fn authority(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    const HTTPS: &[Scheme] = &[Scheme::Https];

    fn typed(path: Option<&str>) -> BaseUrlRule {
        BaseUrlRule::Typed {
            help: "Help.".to_owned(),
            example: "https://shop.example.com".to_owned(),
            path: path.map(|path| path.parse().unwrap()),
        }
    }

    fn derived() -> BaseUrlRule {
        BaseUrlRule::Derived { url: "https://{shop}.vendor.example/api/{version}/".parse().unwrap() }
    }

    #[test]
    fn a_typed_address_is_taken_as_it_is() {
        let render = |text| typed(None).render(Some(text), HTTPS, |_| None);
        assert_eq!(render("https://a.example/v1"), Ok(Some("https://a.example/v1".to_owned())));
        for text in ["http://a.example", "https://a.example?x", "a.example", ""] {
            assert!(matches!(render(text), Err(BaseUrlError::Address { .. })), "{text}");
        }
        assert!(matches!(typed(None).render(None, HTTPS, |_| None), Err(BaseUrlError::Needed { .. })));
    }

    #[test]
    fn a_path_is_put_behind_a_typed_address_once() {
        for text in [
            "https://a.example/shop",
            "https://a.example/shop/",
            "https://a.example/shop/rest/de/V1",
            "https://a.example/shop/rest/de/V1/",
        ] {
            let rule = typed(Some("rest/{store}/V1/"));
            assert_eq!(
                rule.render(Some(text), HTTPS, |_| Some("de")),
                Ok(Some("https://a.example/shop/rest/de/V1/".to_owned())),
                "{text}"
            );
        }
        assert_eq!(
            put_behind("https://a.example/unrest/V1", "rest/V1/"),
            "https://a.example/unrest/V1/rest/V1/"
        );
    }

    #[test]
    fn only_the_rules_that_ask_for_an_address_take_one() {
        let address = Some("https://a.example");
        assert_eq!(BaseUrlRule::None.check_typed(address, HTTPS), Err(BaseUrlError::NoAddress));
        assert_eq!(derived().check_typed(address, HTTPS), Err(BaseUrlError::NotTyped));
        assert_eq!(BaseUrlRule::None.render(None, HTTPS, |_| None), Ok(None));
    }

    #[test]
    fn a_value_that_would_change_the_address_is_refused() {
        for shop in [
            "",
            "evil.example/",
            "evil.example#",
            "evil.example?",
            "a@evil",
            "a:80",
            "a\\b",
            "a b",
            "a\n",
            "é",
            "%2f",
            "-",
            ".",
            "a..b",
        ] {
            let values = |id: &str| Some(if id == "shop" { shop } else { "v1" });
            assert_eq!(
                derived().render(None, HTTPS, values),
                Err(BaseUrlError::Field("shop".to_owned())),
                "{shop:?}"
            );
        }
        for version in ["..", ".", "a/b", "a?b", "a#b", "%2e%2e", "a\\b", "a b", ""] {
            let values = |id: &str| Some(if id == "shop" { "acme" } else { version });
            assert_eq!(
                derived().render(None, HTTPS, values),
                Err(BaseUrlError::Field("version".to_owned())),
                "{version:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_derived_address_stays_at_the_vendor(shop in ".{0,20}", version in ".{0,20}") {
            let values = |id: &str| Some(if id == "shop" { shop.as_str() } else { version.as_str() });
            if let Ok(Some(text)) = derived().render(None, HTTPS, values) {
                let url = Url::parse(&text).unwrap();
                prop_assert!(url.host_str().unwrap().ends_with(".vendor.example"));
                prop_assert_eq!(url.port(), None);
                prop_assert_eq!(url.username(), "");
                prop_assert_eq!(url.path(), format!("/api/{version}/"));
                prop_assert_eq!((url.query(), url.fragment()), (None, None));
            }
        }
    }
}
