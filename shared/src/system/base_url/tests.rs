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
