//! Everything that people read is there, links lead to https, and examples are good values.

use crate::system::{BaseUrlRule, FieldKind, FieldTemplate, Library, Template};

fn fields() -> impl Iterator<Item = (&'static Template, &'static FieldTemplate)> {
    Library::shipped()
        .every_version()
        .flat_map(|template| template.fields().iter().map(move |field| (template, field)))
}

#[test]
fn every_text_is_there_and_its_sentences_end() {
    for template in Library::shipped().every_version() {
        let name = template.id();
        assert!(!template.name().is_empty(), "{name}");
        assert!(template.summary().ends_with('.') && template.guide().ends_with('.'), "{name}");
        assert!(template.guide().len() > 120, "{name}: the guide is too short to help");
        assert!(template.guide_url().starts_with("https://"), "{name}");
        for variant in template.auth() {
            assert!(!variant.label().is_empty() && variant.help().ends_with('.'), "{name} {}", variant.id());
        }
    }
    for (template, field) in fields() {
        let name = format!("{} {}", template.id(), field.id());
        assert!(!field.label().is_empty(), "{name}");
        assert!(field.help().ends_with('.') && field.help().len() > 10, "{name}: {}", field.help());
        assert!(field.guide_url().is_none_or(|url| url.starts_with("https://")), "{name}");
    }
}

#[test]
fn every_public_field_has_an_example_that_it_takes() {
    for (template, field) in fields().filter(|(_, field)| !field.secret()) {
        let name = format!("{} {}", template.id(), field.id());
        let Some(example) = field.example() else {
            assert!(!field.required(), "{name} has no example");
            continue;
        };
        assert_eq!(field.check(example), Ok(()), "{name}: {example}");
    }
}

#[test]
fn a_secret_has_no_default_and_no_example_that_looks_real() {
    for (template, field) in fields().filter(|(_, field)| field.secret()) {
        let name = format!("{} {}", template.id(), field.id());
        assert_eq!(field.default(), None, "{name}");
        assert!(field.example().is_none_or(|example| example.contains('…')), "{name}");
    }
}

#[test]
fn every_pattern_is_anchored_and_refuses_line_breaks() {
    for (template, field) in fields() {
        let Some(pattern) = field.pattern() else { continue };
        let name = format!("{} {}: {}", template.id(), field.id(), pattern.as_str());
        assert!(pattern.as_str().starts_with('^') && pattern.as_str().ends_with('$'), "{name}");
        if let Some(example) = field.example().filter(|_| !field.secret()) {
            for edge in [format!("{example}\n"), format!("\n{example}"), format!("{example}\r\nX: y")] {
                assert!(field.check(&edge).is_err(), "{name}");
            }
        }
        assert!(!pattern.matches(""), "{name}");
    }
}

#[test]
fn a_private_key_has_room_and_lines() {
    for (template, field) in fields().filter(|(_, field)| field.id() == "private_key") {
        assert_eq!((field.kind(), field.max_length()), (FieldKind::Multiline, 16_384), "{}", template.id());
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\r\n{}\n-----END PRIVATE KEY-----\n", "A".repeat(16_000));
        assert_eq!(field.check(&pem), Ok(()), "{}", template.id());
    }
}

#[test]
fn a_token_is_taken_whatever_it_looks_like() {
    for (template, field) in fields().filter(|(_, field)| field.secret()) {
        for value in ["Z", "canary-4f1d.~_+/=", "shpat_0123456789abcdef"] {
            assert_eq!(field.check(value), Ok(()), "{} {}", template.id(), field.id());
        }
    }
}

#[test]
fn a_value_with_a_line_break_never_reaches_a_header() {
    for (template, field) in fields().filter(|(_, field)| field.kind() != FieldKind::Multiline) {
        for value in ["a\r\nX-Evil: 1", "a\nb", "\u{0}"] {
            assert!(field.check(value).is_err(), "{} {}", template.id(), field.id());
        }
    }
}

#[test]
fn a_typed_address_has_an_example_that_is_taken() {
    for template in Library::shipped().every_version() {
        for variant in template.auth() {
            let (BaseUrlRule::Typed { example, .. } | BaseUrlRule::Overridable { example, .. }) =
                template.base_url_rule(variant.id())
            else {
                continue;
            };
            assert_eq!(template.check_base_url(variant.id(), Some(example)), Ok(()), "{}", template.id());
        }
    }
}
