//! Why a value may not be stored in a field.

use super::{
    address::{self, AddressError},
    field::{FieldKind, FieldTemplate},
    tidy,
};
use crate::origin::Scheme;

/// The fault of a value, in words for the person who typed it.
///
/// # Security
///
/// No variant holds the value or a part of it: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// It is empty.
    #[error("must not be empty")]
    Empty,
    /// It has too many bytes.
    #[error("must have at most {max} bytes")]
    TooLong {
        /// The most bytes.
        max: usize,
    },
    /// It has a line break, a tab, or another control character.
    #[error("must not contain line breaks or other control characters")]
    ControlCharacters,
    /// It is not one of the choices.
    #[error("must be one of {}", .choices.join(", "))]
    NotAChoice {
        /// The choices.
        choices: Vec<String>,
    },
    /// It is no whole number.
    #[error("must be a whole number of at most 18 digits")]
    NotANumber,
    /// It is no TCP port.
    #[error("must be a port: a whole number from 1 to 65535")]
    NotAPort,
    /// It is no host name.
    #[error("must be a host name or an IPv4 address, without scheme, port and path")]
    NotAHost,
    /// It is no `https` address.
    #[error("must be an https address: {0}")]
    NotAUrl(AddressError),
    /// It is of the right kind, but not allowed here.
    #[error("is not allowed here")]
    Refused,
    /// It is a value of another field.
    #[error("{reason}")]
    Mistaken {
        /// What it is and where it belongs.
        reason: String,
    },
    /// It does not match the field's pattern.
    #[error("is not in the expected form{}{}", .because.map(|because| format!(", since it {because}")).unwrap_or_default(), looks_like(.example.as_deref()))]
    Form {
        /// What it has that its reader may not see.
        because: Option<&'static str>,
        /// An example of a correct value.
        example: Option<String>,
    },
}

fn looks_like(example: Option<&str>) -> String {
    example.map(|example| format!(": it looks like `{example}`")).unwrap_or_default()
}

impl FieldError {
    /// The fault of `value` in this field, if there is one.
    pub(super) fn of(field: &FieldTemplate, value: &str) -> Option<Self> {
        if value.is_empty() {
            return Some(Self::Empty);
        }
        if value.len() > field.max_length() {
            return Some(Self::TooLong { max: field.max_length() });
        }
        if field.private_key().is_some() {
            // Whatever is around its lines, reading it tells.
            return None;
        }
        if value
            .chars()
            .any(|character| character.is_control() && !is_allowed_control(field.kind(), character))
        {
            return Some(Self::ControlCharacters);
        }
        if let Some(error) = Self::of_kind(field, value) {
            return Some(error);
        }
        if field.refused().iter().any(|refused| value.eq_ignore_ascii_case(refused)) {
            return Some(Self::Refused);
        }
        if let Some(mistaken) = field.mistaken.iter().find(|mistaken| value.starts_with(&mistaken.starts)) {
            return Some(Self::Mistaken { reason: mistaken.reason.clone() });
        }
        match field.pattern() {
            Some(pattern) if !pattern.matches(value) => {
                Some(Self::Form { because: because(value), example: field.example().map(str::to_owned) })
            }
            Some(_) | None => None,
        }
    }

    fn of_kind(field: &FieldTemplate, value: &str) -> Option<Self> {
        match field.kind() {
            FieldKind::Text | FieldKind::Multiline => None,
            FieldKind::Number => (!is_digits(value) || value.len() > 18).then_some(Self::NotANumber),
            FieldKind::Choice => {
                let is_choice = field.choices().iter().any(|choice| choice.value == value);
                let values = || field.choices().iter().map(|choice| choice.value.clone()).collect();
                (!is_choice).then(|| Self::NotAChoice { choices: values() })
            }
            FieldKind::Host => (!address::is_host_name(value)).then_some(Self::NotAHost),
            FieldKind::Port => {
                let port = value.parse::<u16>().unwrap_or(0);
                let is_port = is_digits(value) && !value.starts_with('0') && port > 0;
                (!is_port).then_some(Self::NotAPort)
            }
            FieldKind::Url => address::parse(value, &[Scheme::Https]).err().map(Self::NotAUrl),
        }
    }
}

/// What a value has that is not to be seen, or not thought of, in what the person has typed.
fn because(value: &str) -> Option<&'static str> {
    if let Some(seen) = tidy::seen(value) {
        return Some(seen);
    }
    match tidy::scheme_word(value) {
        Some("bearer") => Some("begins with the word `bearer`, which is no part of it"),
        Some("token") => Some("begins with the word `token`, which is no part of it"),
        Some("basic") => Some("begins with the word `basic`, which is no part of it"),
        Some(_) | None => value.contains(' ').then_some("has a space in it"),
    }
}

fn is_digits(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Keys in PEM come with the line ends of either kind of system.
fn is_allowed_control(kind: FieldKind, character: char) -> bool {
    match kind {
        FieldKind::Multiline => matches!(character, '\n' | '\r'),
        FieldKind::Text
        | FieldKind::Number
        | FieldKind::Choice
        | FieldKind::Host
        | FieldKind::Port
        | FieldKind::Url => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::field::{Choice, Pattern};

    fn field(kind: FieldKind) -> FieldTemplate {
        FieldTemplate {
            id: "f".to_owned(),
            auth: Vec::new(),
            label: "F".to_owned(),
            kind,
            secret: false,
            required: true,
            pattern: None,
            choices: Vec::new(),
            refused: Vec::new(),
            example: Some("example".to_owned()),
            help: "Help.".to_owned(),
            guide_url: None,
            default: None,
            binds: false,
            may_follow: false,
            hint: false,
            only_resolved: false,
            max_length: 100,
            show_when: None,
            private_key: None,
            opens: None,
            spelling: None,
            pasted: Vec::new(),
            mistaken: Vec::new(),
        }
    }

    #[test]
    fn each_kind_refuses_what_is_not_of_it() {
        let url = |error| FieldError::NotAUrl(error);
        for (kind, value, error) in [
            (FieldKind::Text, "", FieldError::Empty),
            (FieldKind::Text, "a\nb", FieldError::ControlCharacters),
            (FieldKind::Text, "a\0", FieldError::ControlCharacters),
            (FieldKind::Text, "a\u{85}", FieldError::ControlCharacters),
            (FieldKind::Multiline, "a\tb", FieldError::ControlCharacters),
            (FieldKind::Number, "-1", FieldError::NotANumber),
            (FieldKind::Number, "1.5", FieldError::NotANumber),
            (FieldKind::Number, "1234567890123456789", FieldError::NotANumber),
            (FieldKind::Port, "0", FieldError::NotAPort),
            (FieldKind::Port, "65536", FieldError::NotAPort),
            (FieldKind::Port, "+22", FieldError::NotAPort),
            (FieldKind::Port, "022", FieldError::NotAPort),
            (FieldKind::Port, "22 ", FieldError::NotAPort),
            (FieldKind::Host, "https://example.com", FieldError::NotAHost),
            (FieldKind::Host, "example.com/x", FieldError::NotAHost),
            (FieldKind::Host, "example.com:22", FieldError::NotAHost),
            (FieldKind::Url, "http://example.com/token", url(AddressError::Scheme)),
            (FieldKind::Url, "https://u@example.com/token", url(AddressError::UserInfo)),
            (FieldKind::Url, "https://example.com/token#x", url(AddressError::Fragment)),
        ] {
            assert_eq!(field(kind).check(value), Err(error), "{value:?}");
        }
    }

    #[test]
    fn each_kind_takes_what_is_of_it() {
        for (kind, value) in [
            (FieldKind::Text, "pässword with space "),
            (FieldKind::Multiline, "-----BEGIN X-----\r\nAA==\n"),
            (FieldKind::Number, "42"),
            (FieldKind::Port, "65535"),
            (FieldKind::Host, "sftp.example.com"),
            (FieldKind::Host, "192.0.2.7"),
            (FieldKind::Url, "https://id.example.com/oauth/token?tenant=1"),
        ] {
            assert_eq!(field(kind).check(value), Ok(()), "{value:?}");
        }
    }

    #[test]
    fn choices_refusals_patterns_and_lengths_hold() {
        let choice = FieldTemplate {
            choices: vec![Choice { value: "tls".to_owned(), label: "TLS".to_owned() }],
            ..field(FieldKind::Choice)
        };
        assert_eq!(choice.check("tls"), Ok(()));
        assert_eq!(choice.check("TLS").unwrap_err().to_string(), "must be one of tls");

        let port = FieldTemplate { refused: vec!["25".to_owned()], ..field(FieldKind::Port) };
        assert_eq!(port.check("25"), Err(FieldError::Refused));
        assert_eq!(port.check("587"), Ok(()));

        let form =
            FieldTemplate { pattern: Some(Pattern::new("^[a-z]+$").unwrap()), ..field(FieldKind::Text) };
        let error = form.check("A").unwrap_err().to_string();
        assert_eq!(error, "is not in the expected form: it looks like `example`");

        assert_eq!(field(FieldKind::Text).check(&"é".repeat(51)), Err(FieldError::TooLong { max: 100 }));
    }

    proptest! {
        #[test]
        fn an_error_never_contains_the_value(value in "[!-~]{12,60}") {
            for kind in [FieldKind::Number, FieldKind::Choice, FieldKind::Host, FieldKind::Port, FieldKind::Url] {
                if let Err(error) = field(kind).check(&value) {
                    let (shown, debugged) = (error.to_string(), format!("{error:?}"));
                    prop_assert!(!shown.contains(&value) && !debugged.contains(&value));
                }
            }
        }
    }
}
