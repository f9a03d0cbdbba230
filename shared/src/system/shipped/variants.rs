//! What each auth variant asks for is what the examples of its file say.

use crate::{
    interpolation::Interpolation,
    origin::Scheme,
    strategy::Scheme as _,
    system::{AuthVariant, Example, FieldKind, FieldTemplate, Template, VariantExample, shipped::variants},
};

/// The one example that says what a variant asks for.
fn example<'t>(template: &'t Template, variant: &AuthVariant) -> &'t VariantExample {
    let about: Vec<&VariantExample> = template
        .examples()
        .iter()
        .filter_map(|example| match example {
            Example::Variant(about) => (about.auth == variant.id()).then_some(about),
            Example::Address(_) | Example::Value(_) => None,
        })
        .collect();
    let [about] = about.as_slice() else {
        panic!(
            "{}: `{}` needs one example of type `variant`, and has {}",
            template.id(),
            variant.id(),
            about.len()
        )
    };
    about
}

#[test]
fn every_variant_asks_for_what_its_example_says() {
    for (template, variant) in variants() {
        let VariantExample { auth, public, secret, optional, binds, hints, carries, plain_http, source: _ } =
            example(template, variant);
        let of = |is: fn(&FieldTemplate) -> bool| -> Vec<&str> {
            template.fields_of(auth).filter(|field| is(field)).map(FieldTemplate::id).collect()
        };
        let name = format!("{} {auth}", template.id());
        assert_eq!(of(|field| !field.secret()), *public, "{name} public");
        assert_eq!(of(FieldTemplate::secret), *secret, "{name} secret");
        assert_eq!(of(|field| !field.required()), *optional, "{name} optional");
        assert_eq!(of(FieldTemplate::hint), *hints, "{name} hints");
        let bound: Vec<&str> = template.binding_fields(auth).map(FieldTemplate::id).collect();
        assert_eq!(bound, *binds, "{name} binds");
        let parameters = variant.strategy().parameters();
        let sent = parameters.sent_texts().flat_map(Interpolation::fields);
        let sent: Vec<&str> = sent.filter(|id| template.field(auth, id).unwrap().secret()).collect();
        assert_eq!(sent, *carries, "{name} carries");
        assert_eq!(variant.schemes().contains(&Scheme::Http), *plain_http, "{name} plain_http");
        let checked = template.check_base_url(auth, Some("http://shop.example.com"));
        assert_eq!(checked.is_ok(), *plain_http, "{name} over plain HTTP");
    }
}

#[test]
fn only_tokens_that_vendors_show_the_end_of_have_a_hint() {
    for (template, variant) in variants() {
        for field in template.fields_of(variant.id()).filter(|field| field.hint()) {
            let name = format!("{} {}", template.id(), field.id());
            assert_ne!(field.kind(), FieldKind::Multiline, "{name}");
            // A field is called password and holds a token where its example is one's prefix, as `shppa_…` is.
            let is_login = field.id().contains("password") || field.id().contains("passphrase");
            let is_token = field.example().is_some_and(|example| example.ends_with("_…"));
            assert!(!is_login || is_token, "{name}");
        }
    }
}
