//! Where requests of each system go, and that no value sends them elsewhere.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::select};
use url::Url;

use super::{examples, variants};
use crate::{
    interpolation::{Interpolation, Part},
    system::{AddressExample, AuthVariant, BaseUrlError, BaseUrlRule, Example, Library, Template},
};

/// What a user might type where the system asks for an address.
const TYPED: &str = "https://shop.example.com";

/// Every address example, with its template.
fn addresses() -> impl Iterator<Item = (&'static Template, &'static AddressExample)> {
    Library::shipped().every_version().flat_map(|template| {
        template.examples().iter().filter_map(move |example| match example {
            Example::Address(address) => Some((template, address)),
            Example::Variant(_) | Example::Value(_) => None,
        })
    })
}

/// The address to type, if the system needs one.
fn typed(template: &Template, auth: &str) -> Option<&'static str> {
    match template.base_url_rule(auth) {
        BaseUrlRule::Typed { .. } => Some(TYPED),
        BaseUrlRule::None
        | BaseUrlRule::Derived { .. }
        | BaseUrlRule::Overridable { .. }
        | BaseUrlRule::Fixed { .. }
        | BaseUrlRule::Choice { .. } => None,
    }
}

#[test]
fn every_address_becomes_what_its_example_says() {
    for (template, example) in addresses() {
        let AddressExample { auth, base_url, fields, becomes, origins, refused, source: _ } = example;
        let mut values = examples(template, auth);
        values.extend(fields.iter().map(|(id, value)| (id.as_str(), value.as_str())));
        let values = |id: &str| values.get(id).copied();
        let name = format!("{} {auth} {base_url:?} {fields:?}", template.id());
        let base_url = base_url.as_deref().map(|typed| template.tidied_base_url(auth, typed));
        let found = template.base_url(auth, base_url.as_deref(), values);
        let roles = template.origins(auth, base_url.as_deref(), values);
        if let Some(refused) = refused {
            assert_eq!(found.unwrap_err().to_string(), *refused, "{name}");
            assert_eq!(roles.unwrap_err().to_string(), *refused, "{name}");
            continue;
        }
        if let Some(becomes) = becomes {
            assert_eq!(found, Ok(Some(becomes.clone())), "{name}");
        }
        if let Some(origins) = origins {
            let roles: Vec<_> = roles.unwrap();
            let by_role: BTreeMap<String, String> =
                roles.iter().map(|(role, origin)| (role.to_string(), origin.clone())).collect();
            assert_eq!((by_role, roles.len()), (origins.clone(), origins.len()), "{name}");
        }
    }
}

#[test]
fn every_system_has_an_example_of_where_its_requests_go() {
    for template in Library::shipped().every_version() {
        let led = |(about, address): (&Template, &AddressExample)| {
            std::ptr::eq(about, template) && address.refused.is_none()
        };
        assert!(addresses().any(led), "{} {}", template.id(), template.version());
    }
}

#[test]
fn a_typed_address_takes_the_place_of_a_derived_one_only_where_the_template_says_so() {
    let typed = Some("https://elsewhere.example.com/api/");
    for (template, variant) in variants() {
        let values = examples(template, variant.id());
        let rendered = template.base_url(variant.id(), typed, |id| values.get(id).copied());
        match template.base_url_rule(variant.id()) {
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

#[test]
fn a_system_that_needs_an_address_says_what_it_looks_like() {
    let mut needing = 0;
    for (template, variant) in
        variants().filter(|(template, variant)| typed(template, variant.id()).is_some())
    {
        needing += 1;
        let error = template.check_base_url(variant.id(), None).unwrap_err();
        assert!(error.to_string().starts_with("is needed: it looks like `https://"), "{}", template.id());
    }
    assert!(needing >= 5, "{needing}");
}

#[test]
fn a_hostile_typed_address_is_refused() {
    let mut asked = 0;
    for (template, variant) in variants() {
        let (BaseUrlRule::Typed { .. } | BaseUrlRule::Overridable { .. }) =
            template.base_url_rule(variant.id())
        else {
            continue;
        };
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
            asked += 1;
            let error = template.check_base_url(variant.id(), Some(typed)).unwrap_err();
            assert!(matches!(error, BaseUrlError::Address { .. }), "{} {typed}: {error}", template.id());
            assert!(!error.to_string().contains(typed), "{} {typed}", template.id());
        }
    }
    assert!(asked >= 9 * 15, "{asked}");
}

#[test]
fn a_hostile_value_in_a_derived_address_is_refused() {
    for (template, variant) in variants() {
        for field in template.base_url_fields(variant.id()) {
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
                let rendered = template
                    .base_url(variant.id(), typed(template, variant.id()), |id| values.get(id).copied());
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

/// Host and path that an address has with these values, if each value stays in its place.
fn in_its_place<'v>(url: &Interpolation, host: &str, values: impl Fn(&str) -> &'v str) -> (String, String) {
    let (mut host, mut path) = (host.to_owned(), None::<String>);
    if !host.is_empty() {
        path = Some("/".to_owned());
    }
    for part in url.parts() {
        let piece = match part {
            Part::Text(text) => text.trim_start_matches("https://").to_owned(),
            Part::Field { id, form } => form.write(values(id)).to_string(),
        };
        match (&mut path, part) {
            (Some(path), _) => path.push_str(&piece),
            (None, Part::Field { .. }) => host.push_str(&piece),
            (None, Part::Text(_)) => match piece.split_once('/') {
                Some((rest, start)) => {
                    host.push_str(rest);
                    path = Some(format!("/{start}"));
                }
                None => host.push_str(&piece),
            },
        }
    }
    (host.to_ascii_lowercase(), path.unwrap_or_default())
}

fn derived() -> Vec<(&'static Template, &'static AuthVariant, &'static Interpolation, &'static str)> {
    let of = |(template, variant): (&'static Template, &'static AuthVariant)| match template
        .base_url_rule(variant.id())
    {
        BaseUrlRule::Typed { path: Some(path), .. } => Some((template, variant, path, "shop.example.com")),
        BaseUrlRule::Derived { url } | BaseUrlRule::Overridable { url, .. } => {
            Some((template, variant, url, ""))
        }
        BaseUrlRule::Typed { path: None, .. }
        | BaseUrlRule::None
        | BaseUrlRule::Fixed { .. }
        | BaseUrlRule::Choice { .. } => None,
    };
    variants().filter_map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_value_stays_in_its_place_of_the_address(
        (template, variant, url, host) in select(derived()),
        wild in prop::collection::vec(
            prop_oneof![
                Just(None),
                ".{0,30}".prop_map(Some),
                "[!-~]{0,12}".prop_map(Some),
                "[0-9a-z-]{1,14}".prop_map(Some),
                "[0-9A-Z_]{1,12}".prop_map(Some),
                "20[0-9]{2}-(01|04|07|10)".prop_map(Some),
            ],
            4,
        ),
    ) {
        let fields = template.base_url_fields(variant.id());
        prop_assert!(fields.len() <= wild.len());
        let values: BTreeMap<&str, &str> = fields
            .iter()
            .zip(&wild)
            .map(|(id, wild)| {
                let example = template.field(variant.id(), id).unwrap().example();
                (*id, wild.as_deref().or(example).unwrap())
            })
            .collect();
        let found = template.base_url(variant.id(), typed(template, variant.id()), |id| values.get(id).copied());
        if wild.iter().all(Option::is_none) {
            prop_assert!(found.is_ok());
        }
        if let Ok(Some(text)) = found {
            let url_found = Url::parse(&text).unwrap();
            let (host, path) = in_its_place(url, host, |id| values[id]);
            prop_assert_eq!((url_found.host_str().unwrap(), url_found.path()), (host.as_str(), path.as_str()));
            let rest = (url_found.port(), url_found.username(), url_found.query(), url_found.fragment());
            prop_assert_eq!(rest, (None, "", None, None));
        }
    }
}
