//! Where a key's requests go: typed by the user, or derived from the entry's fields.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{address, pasted};
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
        /// The path that is put behind the typed address. Whatever of it the address has already is taken off before.
        path: Option<Interpolation>,
        /// Paths of the system's pages and endpoints that people copy instead: the address ends before them.
        pages: Vec<String>,
        /// Addresses that are refused with a reason.
        refused: Vec<RefusedAddress>,
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

/// An address of the system that cannot be used, and what to do about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedAddress {
    /// What the typed address contains.
    pub(super) contains: String,
    /// The reason, as the rest of a sentence that starts with the address.
    pub(super) reason: String,
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
    /// The system has such addresses, and they cannot be used.
    #[error("{0}")]
    Refused(String),
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

    /// The typed address without what was copied with it: spaces and quotation marks around it, and the paths of the
    /// system's pages and of its API, which is put behind it again. A host alone gets `https`.
    pub(super) fn tidied(&self, typed: &str) -> String {
        let typed = pasted::bare(typed);
        let host = typed.split(['/', ':', '?']).next().unwrap_or_default();
        let is_host_alone = !typed.contains("://") && host.contains('.') && address::is_host_name(host);
        let typed = if is_host_alone { format!("https://{typed}") } else { typed };
        let Self::Typed { path, pages, refused, .. } = self else { return typed };
        if refused.iter().any(|refused| typed.contains(&refused.contains)) {
            return typed;
        }
        let mut rest = typed.as_str();
        for page in pages {
            rest = before_page(rest, page);
        }
        match path {
            Some(path) => before_path(rest, path).to_owned(),
            None => rest.to_owned(),
        }
    }

    /// Checks the typed address, or its absence, against the rule.
    pub(super) fn check_typed(&self, typed: Option<&str>, schemes: &[Scheme]) -> Result<(), BaseUrlError> {
        match (self, typed) {
            (Self::Typed { example, refused, .. }, Some(typed)) => {
                match refused.iter().find(|refused| typed.contains(&refused.contains)) {
                    Some(refused) => Err(BaseUrlError::Refused(refused.reason.clone())),
                    None => check_address(typed, schemes, example),
                }
            }
            (Self::Overridable { example, .. }, Some(typed)) => check_address(typed, schemes, example),
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
            (Self::Typed { path: None, .. }, Some(typed)) => Ok(Some(typed.to_owned())),
            (Self::Overridable { url, .. }, Some(typed)) => {
                let derived = render_url(url, Place::Authority, values).ok();
                Ok(Some(
                    derived
                        .and_then(|derived| with_path_of(typed, &derived))
                        .unwrap_or_else(|| typed.to_owned()),
                ))
            }
            (Self::Typed { path: Some(path), .. }, Some(typed)) => {
                let rendered = render_url(path, Place::Path, values)?;
                Ok(Some(put_behind(before_path(typed, path), &rendered)))
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

/// A typed address of the very host that the derived one has: it gets the derived one's path, once.
fn with_path_of(typed: &str, derived: &str) -> Option<String> {
    let host = authority(derived);
    let (_, path) = derived.split_once(&format!("{host}/"))?;
    let is_same_host = authority(typed).eq_ignore_ascii_case(host);
    let cut = cut(typed, &segments(path));
    // Another path of the same host is meant as it is.
    let has_own_path = cut.split_once("://")?.1.trim_end_matches('/').contains('/');
    (is_same_host && !has_own_path).then(|| put_behind(cut, path))
}

/// The path behind the address, with one slash between the two.
fn put_behind(address: &str, path: &str) -> String {
    let address = address.trim_end_matches('/');
    format!("{address}/{path}")
}

/// The address before the place where the system's path begins. The path may be there in part: vendors show addresses
/// with the beginning of it, with other versions, and without the segments that a value stands in.
fn before_path<'a>(address: &'a str, path: &Interpolation) -> &'a str {
    let wanted: String = path
        .parts()
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Field { .. } => ANY,
        })
        .collect();
    cut(address, &segments(&wanted))
}

/// The address before the place where the path of a page begins, or the beginning of it up to the address's end.
fn before_page<'a>(address: &'a str, page: &str) -> &'a str {
    cut(address, &segments(page))
}

/// Stands for a segment of a path that a value stands in. No address has such a character.
const ANY: &str = "\0";

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn cut<'a>(address: &'a str, wanted: &[&str]) -> &'a str {
    let path_start = address.find("://").map_or(0, |at| at + 3);
    let path_start = address.get(path_start..).and_then(|rest| rest.find('/')).map(|at| path_start + at);
    let Some(path_start) = path_start else { return address };
    let path_end = address.find(['?', '#']).unwrap_or(address.len()).max(path_start);
    let path = address.get(path_start..path_end).unwrap_or_default();
    let begins = path
        .match_indices('/')
        .find(|(at, _)| is_begun(&segments(path.get(*at..).unwrap_or_default()), wanted));
    begins.and_then(|(at, _)| address.get(..path_start + at)).unwrap_or(address)
}

/// Whether these segments are the wanted ones, or the beginning of them. A segment for a value may be left out, and what
/// comes behind all of them belongs to a request.
fn is_begun(found: &[&str], wanted: &[&str]) -> bool {
    match (found, wanted) {
        ([first, found @ ..], [expected, wanted @ ..]) if is_same(first, expected) => follows(found, wanted),
        _ => false,
    }
}

fn follows(found: &[&str], wanted: &[&str]) -> bool {
    match (found, wanted) {
        ([], _) | (_, []) => true,
        (found, [expected, rest @ ..]) if *expected == ANY => {
            follows(found, rest) || found.split_first().is_some_and(|(_, found)| follows(found, rest))
        }
        ([first, found @ ..], [expected, rest @ ..]) => is_same(first, expected) && follows(found, rest),
    }
}

/// The same segment, or another version: `v2` for `v3`.
fn is_same(found: &str, expected: &str) -> bool {
    let version = |segment: &str| {
        segment
            .strip_prefix(['v', 'V'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    found.eq_ignore_ascii_case(expected) || (version(found) && version(expected))
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
            pages: vec!["wp-admin".to_owned(), "api/v2_soap".to_owned()],
            refused: vec![RefusedAddress { contains: "rest_route=".to_owned(), reason: "no".to_owned() }],
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
        let rule = typed(Some("rest/V1/"));
        assert_eq!(
            rule.render(Some("https://a.example/unrest/V1"), HTTPS, |_| None),
            Ok(Some("https://a.example/unrest/V1/rest/V1/".to_owned()))
        );
    }

    #[test]
    fn a_typed_address_is_cut_before_what_is_put_behind_it() {
        for (path, pasted, kept) in [
            ("rest/{store}/V1/", "/rest", ""),
            ("rest/{store}/V1/", "/rest/", ""),
            ("rest/{store}/V1/", "/rest/V1", ""),
            ("rest/{store}/V1/", "/rest/all/V1", ""),
            ("rest/{store}/V1/", "/rest/default", ""),
            ("rest/{store}/V1/", "/rest/default/V1/products/24-MB01", ""),
            ("rest/{store}/V1/", "/shop/index.php/rest/default/V1/", "/shop/index.php"),
            ("rest/{store}/V1/", "/unrest/V1", "/unrest/V1"),
            ("rest/{store}/V1/", "/rest/of/the/world", "/rest/of/the/world"),
            ("wp-json/wc/v3/", "/wp-json", ""),
            ("wp-json/wc/v3/", "/wp-json/", ""),
            ("wp-json/wc/v3/", "/wp-json/wc", ""),
            ("wp-json/wc/v3/", "/wp-json/wc/v2/", ""),
            ("wp-json/wc/v3/", "/wp-json/wc/v3/products?per_page=5", ""),
            ("wp-json/wc/v3/", "/index.php/wp-json", "/index.php"),
            ("wp-json/wc/v3/", "/wp-admin", ""),
            ("wp-json/wc/v3/", "/shop/wp-admin/admin.php?page=wc-settings&tab=advanced", "/shop"),
            ("wp-json/wc/v3/", "/shop", "/shop"),
            ("wp-json/wc/v3/", "/shop/", "/shop/"),
            ("wp-json/wc/v3/", "", ""),
            ("x/", "/api/v2_soap/?wsdl", ""),
            ("x/", "/index.php/api/v2_soap/index/?wsdl=1", "/index.php"),
            ("x/", "/api", ""),
            ("x/", "/api/v1", "/api/v1"),
        ] {
            let rule = typed(Some(path));
            let tidied = rule.tidied(&format!("https://a.example{pasted}"));
            assert_eq!(tidied, format!("https://a.example{kept}"), "{pasted}");
            assert_eq!(rule.tidied(&tidied), tidied);
            let whole = rule.render(Some(&tidied), HTTPS, |_| Some("de")).unwrap().unwrap();
            let bare = kept.trim_end_matches('/');
            assert_eq!(whole, format!("https://a.example{bare}/{}", path.replace("{store}", "de")));
        }
    }

    #[test]
    fn an_address_is_taken_as_it_is_copied() {
        let rule = typed(None);
        for copied in [
            " https://a.example ",
            "\"https://a.example\"",
            "a.example",
            "https://a.example\n",
            "\u{200b}a.example",
        ] {
            assert_eq!(rule.tidied(copied), "https://a.example", "{copied:?}");
        }
        assert_eq!(rule.tidied("a.example:8443/v1"), "https://a.example:8443/v1");
        for kept in ["http://a.example", "localhost", "a b", "ftp://a.example", "a@b.example"] {
            assert_eq!(rule.tidied(kept), kept);
        }
    }

    /// The address that NetSuite's Company URLs page shows has no path.
    #[test]
    fn a_typed_address_of_the_derived_host_gets_the_derived_path() {
        let rule = BaseUrlRule::Overridable {
            url: "https://{shop}.vendor.example/api/{version}/".parse().unwrap(),
            help: "Help.".to_owned(),
            example: "https://a.example".to_owned(),
        };
        let values = |id: &str| Some(if id == "shop" { "acme" } else { "v1" });
        for (typed, becomes) in [
            ("https://acme.vendor.example", "https://acme.vendor.example/api/v1/"),
            ("https://ACME.vendor.example/", "https://ACME.vendor.example/api/v1/"),
            ("https://acme.vendor.example/api", "https://acme.vendor.example/api/v1/"),
            ("https://acme.vendor.example/api/v1/", "https://acme.vendor.example/api/v1/"),
            ("https://acme.vendor.example/other/", "https://acme.vendor.example/other/"),
            ("https://proxy.example", "https://proxy.example"),
            ("https://proxy.example/api/v1/", "https://proxy.example/api/v1/"),
        ] {
            assert_eq!(rule.render(Some(typed), HTTPS, values), Ok(Some(becomes.to_owned())), "{typed}");
        }
    }

    /// WordPress with plain permalinks has one address for everything, and tells the API's path in the query.
    #[test]
    fn an_address_that_cannot_be_used_is_refused_with_the_reason() {
        let rule = typed(Some("wp-json/wc/v3/"));
        let typed = "https://a.example/index.php?rest_route=/wc/v3/";
        assert_eq!(rule.tidied(typed), typed);
        assert_eq!(rule.check_typed(Some(typed), HTTPS), Err(BaseUrlError::Refused("no".to_owned())));
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
