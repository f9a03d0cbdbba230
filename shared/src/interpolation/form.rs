//! Forms of a value that are computed where it stands.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use crate::percent::RESERVED;

/// How a value is written in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    AsIs,
    /// `dns-label`: in lower case, with hyphens for underscores, as vendors write account numbers in host names.
    DnsLabel,
    /// `lower`: the letters A to Z in lower case.
    Lower,
    /// `upper`: the letters a to z in capitals.
    Upper,
    /// `base64`: its UTF-8 bytes in Base64 (RFC 4648 §4), with padding.
    Base64,
    /// `sha256`: the SHA-256 of its UTF-8 bytes, in 64 hexadecimal digits in lower case.
    Sha256,
    /// `url`: percent-encoded, all but the unreserved characters of RFC 3986 §2.3.
    Url,
}

impl Form {
    /// The forms that have a name in templates.
    pub const NAMED: [Self; 6] =
        [Self::DnsLabel, Self::Lower, Self::Upper, Self::Base64, Self::Sha256, Self::Url];

    /// Its name in templates; none for a value as it is.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::AsIs => None,
            Self::DnsLabel => Some("dns-label"),
            Self::Lower => Some("lower"),
            Self::Upper => Some("upper"),
            Self::Base64 => Some("base64"),
            Self::Sha256 => Some("sha256"),
            Self::Url => Some("url"),
        }
    }

    /// The value as it is written in its place. It may be secret, so it is wiped from memory, and it is written into room that
    /// suffices.
    #[must_use]
    pub fn write(self, value: &str) -> Zeroizing<String> {
        let mut written = Zeroizing::new(String::with_capacity(3 * value.len() + 64));
        match self {
            Self::AsIs => written.push_str(value),
            Self::DnsLabel => written.extend(value.chars().map(|character| match character {
                '_' => '-',
                other => other.to_ascii_lowercase(),
            })),
            Self::Lower => written.extend(value.chars().map(|character| character.to_ascii_lowercase())),
            Self::Upper => written.extend(value.chars().map(|character| character.to_ascii_uppercase())),
            Self::Base64 => BASE64_STANDARD.encode_string(value, &mut written),
            Self::Sha256 => {
                let digest = digest(&SHA256, value.as_bytes());
                let digits = Zeroizing::new(hex::encode(digest));
                written.push_str(&digits);
            }
            Self::Url => written.extend(utf8_percent_encode(value, RESERVED)),
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Python 3 makes of each: `base64.b64encode`, `str.lower` and `str.upper` of ASCII, `hashlib.sha256(…).hexdigest()`,
    /// and `urllib.parse.quote(…, safe="")`.
    #[test]
    fn each_form_is_what_python_makes_of_the_value() {
        for (value, form, written) in [
            ("User:Pass", Form::Base64, "VXNlcjpQYXNz"),
            ("é€", Form::Base64, "w6nigqw="),
            ("", Form::Base64, ""),
            ("AbC-1é", Form::Lower, "abc-1é"),
            ("AbC-1é", Form::Upper, "ABC-1é"),
            ("abc", Form::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", Form::Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("a b&c=d/é~", Form::Url, "a%20b%26c%3Dd%2F%C3%A9~"),
            ("123_SB1", Form::DnsLabel, "123-sb1"),
            ("a_B", Form::AsIs, "a_B"),
        ] {
            assert_eq!(form.write(value).as_str(), written, "{form:?} {value}");
        }
    }

    proptest! {
        #[test]
        fn writing_never_grows_its_room(value in ".{0,40}") {
            for form in Form::NAMED.into_iter().chain([Form::AsIs]) {
                prop_assert!(form.write(&value).len() <= 3 * value.len() + 64, "{:?}", form);
            }
        }

        #[test]
        fn a_percent_encoded_value_is_read_back(value in ".{0,40}") {
            let written = Form::Url.write(&value);
            let read: Vec<_> = url::form_urlencoded::parse(format!("a={}", *written).as_bytes()).into_owned().collect();
            prop_assert_eq!(read, [("a".to_owned(), value)]);
        }
    }
}
