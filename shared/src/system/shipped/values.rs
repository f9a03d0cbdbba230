//! What people paste into a field becomes what the examples of its file say.

use crate::system::{Example, Library, Template, ValueExample};

/// Every value example, with its template.
fn values() -> impl Iterator<Item = (&'static Template, &'static ValueExample)> {
    Library::shipped().every_version().flat_map(|template| {
        template.examples().iter().filter_map(move |example| match example {
            Example::Value(value) => Some((template, value)),
            Example::Variant(_) | Example::Address(_) => None,
        })
    })
}

#[test]
fn every_pasted_value_becomes_what_its_example_says() {
    for (template, example) in values() {
        let ValueExample { auth, field, pasted, becomes, refused, source: _ } = example;
        let field = template.field(auth, field).unwrap();
        for pasted in pasted {
            let name = format!("{} {auth} {} {pasted:?}", template.id(), field.id());
            let kept = field.tidied(pasted);
            match (becomes, refused) {
                (Some(becomes), _) => {
                    assert_eq!((kept.as_str(), field.check(&kept)), (becomes.as_str(), Ok(())), "{name}");
                }
                (None, refused) => {
                    let error = field.check(&kept).unwrap_err().to_string();
                    assert!(error.contains(refused.as_deref().unwrap()), "{name}: {error}");
                    assert!(!field.secret() || !error.contains(kept.as_str()), "{name}: {error}");
                }
            }
        }
    }
}

#[test]
fn every_field_that_finds_or_refuses_what_is_pasted_has_an_example() {
    for template in Library::shipped().every_version() {
        for field in template.fields() {
            let about = |(of, example): (&Template, &ValueExample)| {
                std::ptr::eq(of, template) && example.field == field.id()
            };
            let needs_none = field.pasted.is_empty() && field.mistaken.is_empty();
            assert!(needs_none || values().any(about), "{} {}", template.id(), field.id());
        }
    }
}
