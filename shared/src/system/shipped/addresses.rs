//! Where requests of each system go, and that no value sends them elsewhere.

use std::collections::BTreeMap;

use proptest::prelude::*;
use url::Url;

use super::examples;
use crate::system::{BaseUrlError, BaseUrlRule, Library, OriginRole, Template};

fn template(system: &str) -> &'static Template {
    Library::shipped().system(system).unwrap()
}

fn base_url(
    system: &str,
    auth: &str,
    typed: Option<&str>,
    values: &BTreeMap<&str, &'static str>,
) -> Result<Option<String>, BaseUrlError> {
    template(system).base_url(auth, typed, |id| values.get(id).copied())
}

#[test]
fn the_addresses_of_examples_are_those_that_the_vendors_name() {
    for (system, auth, address) in [
        ("dear", "api-key", "https://inventory.dearsystems.com/ExternalApi/v2/"),
        ("peoplevox", "session", "https://wms.peoplevox.net/acme/Resources/IntegrationServicev4.asmx"),
        ("netsuite", "tba", "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/"),
        ("netsuite", "client-credentials", "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/"),
        ("parcellab", "v2", "https://api.parcellab.com/"),
        ("rebound", "login", "https://intelligentreturns.net/api/"),
        ("shopify", "access-token", "https://acme-store.myshopify.com/admin/api/2026-10/"),
        ("shopify", "client-credentials", "https://acme-store.myshopify.com/admin/api/2026-10/"),
    ] {
        let values = examples(template(system), auth);
        assert_eq!(base_url(system, auth, None, &values), Ok(Some(address.to_owned())), "{system} {auth}");
    }
}

#[test]
fn a_region_chooses_the_host() {
    for (region, address) in
        [("eu", "https://api.eu.parcellab.com/"), ("us", "https://api.us.parcellab.com/")]
    {
        let values = BTreeMap::from([("region", region)]);
        assert_eq!(base_url("parcellab", "v4", None, &values), Ok(Some(address.to_owned())));
    }
    let values = BTreeMap::from([("region", "evil.example")]);
    assert_eq!(base_url("parcellab", "v4", None, &values), Err(BaseUrlError::Field("region".to_owned())));
}

#[test]
fn the_path_of_the_api_is_put_behind_a_shop_s_address() {
    for (system, auth, values, address) in [
        ("magento-2", "oauth1", vec![], "https://shop.example.com/rest/default/V1/"),
        ("magento-2", "bearer", vec![("store_code", "de")], "https://shop.example.com/rest/de/V1/"),
        ("woocommerce", "basic", vec![], "https://shop.example.com/wp-json/wc/v3/"),
        ("magento-1", "soap", vec![], "https://shop.example.com"),
        ("custom-http", "none", vec![], "https://shop.example.com"),
        ("oauth2", "client-credentials", vec![], "https://shop.example.com"),
    ] {
        let values = values.into_iter().collect();
        let typed = Some("https://shop.example.com");
        assert_eq!(base_url(system, auth, typed, &values), Ok(Some(address.to_owned())), "{system} {auth}");
    }
}

#[test]
fn a_typed_address_takes_the_place_of_a_derived_one_only_where_the_template_says_so() {
    let typed = Some("https://elsewhere.example.com/api/");
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            let values = examples(template, variant.id());
            let rendered = template.base_url(variant.id(), typed, |id| values.get(id).copied());
            match template.base_url_rule() {
                BaseUrlRule::Typed { .. } | BaseUrlRule::Overridable { .. } => {
                    assert!(rendered.unwrap().unwrap().starts_with("https://elsewhere.example.com/api/"));
                }
                BaseUrlRule::None => assert_eq!(rendered, Err(BaseUrlError::NoAddress), "{}", template.id()),
                BaseUrlRule::Derived { .. } | BaseUrlRule::Fixed { .. } | BaseUrlRule::Choice { .. } => {
                    assert_eq!(rendered, Err(BaseUrlError::NotTyped), "{}", template.id());
                }
            }
        }
    }
}

#[test]
fn a_system_that_needs_an_address_says_what_it_looks_like() {
    for system in ["custom-http", "magento-1", "magento-2", "oauth2", "woocommerce"] {
        let error = template(system).check_base_url("", None).unwrap_err();
        assert!(error.to_string().starts_with("is needed: it looks like `https://"), "{system}");
    }
}

#[test]
fn only_a_signed_shop_request_may_go_over_plain_http() {
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            let checked = template.check_base_url(variant.id(), Some("http://shop.example.com"));
            let may = (template.id().as_str(), variant.id()) == ("woocommerce", "oauth1");
            assert_eq!(checked.is_ok(), may, "{} {}", template.id(), variant.id());
        }
    }
}

#[test]
fn a_hostile_typed_address_is_refused() {
    for typed in [
        "https://api.example.com@evil.example",
        "https://api.example.com\\@evil.example",
        "https://api.example.com/?next=x",
        "https://api.example.com/#x",
        "https://api.example.com/../x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//evil.example",
        "https://api.example.com/\r\nX: y",
    ] {
        let error = template("custom-http").check_base_url("basic", Some(typed)).unwrap_err();
        assert!(matches!(error, BaseUrlError::Address { .. }), "{typed}: {error}");
        assert!(!error.to_string().contains(typed), "{typed}");
    }
}

#[test]
fn a_hostile_value_in_a_derived_address_is_refused() {
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            for field in template.base_url_fields() {
                for value in [
                    "",
                    "evil.example/",
                    "evil.example#",
                    "evil.example?",
                    "x@evil.example",
                    "x:80",
                    "x\\y",
                    "x y",
                    "x\n",
                    "..",
                    "../..",
                    "%2e%2e",
                    "x/y",
                    "é",
                    "{shop}",
                    ".evil",
                    "x.",
                ] {
                    let mut values = examples(template, variant.id());
                    values.insert(field, value);
                    let typed = match template.base_url_rule() {
                        BaseUrlRule::Typed { .. } => Some("https://shop.example.com"),
                        BaseUrlRule::None
                        | BaseUrlRule::Derived { .. }
                        | BaseUrlRule::Overridable { .. }
                        | BaseUrlRule::Fixed { .. }
                        | BaseUrlRule::Choice { .. } => None,
                    };
                    let rendered = template.base_url(variant.id(), typed, |id| values.get(id).copied());
                    assert_eq!(
                        rendered,
                        Err(BaseUrlError::Field(field.to_owned())),
                        "{} {} {field} {value:?}",
                        template.id(),
                        variant.id()
                    );
                }
            }
        }
    }
}

#[test]
fn origins_have_a_role_each() {
    let origins = |system: &str, auth: &str, typed: Option<&str>, values: &BTreeMap<&str, &'static str>| {
        template(system).origins(auth, typed, |id| values.get(id).copied()).unwrap()
    };
    let of = |role, origin: &str| (role, origin.to_owned());
    let values = BTreeMap::from([("token_url", "https://Login.example.com:8443/oauth2/token")]);
    assert_eq!(
        origins("oauth2", "client-credentials", Some("https://api.example.com/v1"), &values),
        [
            of(OriginRole::Base, "https://api.example.com"),
            of(OriginRole::Token, "https://login.example.com:8443")
        ]
    );
    let values = BTreeMap::from([("shop", "acme")]);
    assert_eq!(
        origins("shopify", "client-credentials", None, &values),
        [
            of(OriginRole::Base, "https://acme.myshopify.com"),
            of(OriginRole::Token, "https://acme.myshopify.com")
        ]
    );
    let values = BTreeMap::from([("host", "SFTP.example.com")]);
    assert_eq!(
        origins("sftp", "password", None, &values),
        [of(OriginRole::Host, "sftp://sftp.example.com:22")]
    );
    assert_eq!(
        origins("rebound", "oauth2", None, &BTreeMap::new()),
        [of(OriginRole::Base, "https://intelligentreturns.net")]
    );
}

proptest! {
    #[test]
    fn a_shop_s_requests_stay_at_shopify(shop in ".{0,30}", api_version in "[!-~]{0,12}") {
        let values = |id: &str| match id {
            "shop" => Some(shop.as_str()),
            "api_version" => Some(api_version.as_str()),
            _ => None,
        };
        if let Ok(Some(text)) = template("shopify").base_url("access-token", None, values) {
            let url = Url::parse(&text).unwrap();
            prop_assert_eq!(url.host_str().unwrap(), format!("{shop}.myshopify.com"));
            prop_assert_eq!(url.path(), format!("/admin/api/{api_version}/"));
        }
    }

    #[test]
    fn an_account_number_stays_at_netsuite(account in "[0-9A-Z_]{1,12}") {
        let values = |id: &str| (id == "account_id").then_some(account.as_str());
        if let Ok(Some(text)) = template("netsuite").base_url("tba", None, values) {
            let url = Url::parse(&text).unwrap();
            let host = format!("{}.suitetalk.api.netsuite.com", account.to_lowercase().replace('_', "-"));
            prop_assert_eq!(url.host_str().unwrap(), host);
        }
    }
}
