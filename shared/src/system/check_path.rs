//! The path of a check, with places for public values of the key.

use percent_encoding::utf8_percent_encode;

use super::base_url::BaseUrlError;
use crate::{
    interpolation::{Interpolation, MissingValue, Part},
    percent::RESERVED,
};

/// A path with query below a base address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPath(Interpolation);

/// The part of the path that a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A segment, or a part of one.
    Segment,
    /// The query.
    Query,
}

impl CheckPath {
    /// A path of this text.
    pub(super) const fn new(text: Interpolation) -> Self {
        Self(text)
    }

    /// The text with its places.
    #[must_use]
    pub const fn text(&self) -> &Interpolation {
        &self.0
    }

    /// The parts, each with where it stands.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Standing, &Part)> {
        let mut standing = Standing::Segment;
        self.0.parts().iter().map(move |part| {
            let here = standing;
            if matches!(part, Part::Text(text) if text.contains('?')) {
                standing = Standing::Query;
            }
            (here, part)
        })
    }

    /// The path with the values in their places.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] when a field has no value, or one that would be more than a part of a segment.
    ///
    /// # Security
    ///
    /// A value is percent-encoded, so it stays within its segment or its parameter. Some servers decode a slash before they look
    /// at segments, so a segment takes none.
    pub fn render<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Result<String, BaseUrlError> {
        let mut rendered = String::new();
        for (standing, part) in self.parts() {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Field { id, form } => {
                    let value = form.write(values(id).ok_or_else(|| MissingValue::of(id))?);
                    let fits = match standing {
                        Standing::Segment => is_within_a_segment(&value),
                        Standing::Query => !value.chars().any(char::is_control),
                    };
                    if !fits {
                        return Err(BaseUrlError::Field(id.clone()));
                    }
                    rendered.extend(utf8_percent_encode(&value, RESERVED));
                }
            }
        }
        Ok(rendered)
    }
}

/// Whether a server reads the value, decoded, as a part of one segment that climbs nowhere.
fn is_within_a_segment(value: &str) -> bool {
    let separates = |character: char| matches!(character, '/' | '\\' | ';' | '?' | '#' | '%');
    !value.is_empty()
        && !value.chars().any(|character| character.is_control() || separates(character))
        && !value.trim().chars().all(|character| character == '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::{Url, form_urlencoded};

    use super::*;
    use crate::origin::{BaseUrl, Scheme};

    fn rendered(path: &str, value: &str) -> Result<String, BaseUrlError> {
        CheckPath::new(path.parse().unwrap()).render(|_| Some(value))
    }

    #[test]
    fn a_value_stands_encoded_in_its_segment_or_parameter() {
        // What Python's `urllib.parse.quote(value, safe="")` makes of each.
        for (value, written) in [
            ("acme-1_2.3~4", "acme-1_2.3~4"),
            ("a b", "a%20b"),
            ("a+b&c=d", "a%2Bb%26c%3Dd"),
            ("me@acme.example:1", "me%40acme.example%3A1"),
            ("\u{fc}\u{20ac}", "%C3%BC%E2%82%AC"),
            ("(a)'b'!*", "%28a%29%27b%27%21%2A"),
        ] {
            assert_eq!(rendered("v1/{account}/me", value), Ok(format!("v1/{written}/me")));
            assert_eq!(rendered("me?site={site}&x=1", value), Ok(format!("me?site={written}&x=1")));
        }
        assert_eq!(
            rendered("me?next={next}", "/a/../b?c#d%2e;e"),
            Ok("me?next=%2Fa%2F..%2Fb%3Fc%23d%252e%3Be".to_owned())
        );
    }

    #[test]
    fn a_value_that_would_leave_its_segment_is_refused() {
        for value in [
            "", ".", "..", "...", " .. ", "a/b", "../b", "a\\b", "..;x", "a;b", "a?b", "a#b", "%2e%2e",
            "a\nb",
        ] {
            assert_eq!(
                rendered("v1/{account}/me", value),
                Err(BaseUrlError::Field("account".to_owned())),
                "{value:?}"
            );
        }
        assert_eq!(rendered("me?site={site}", "a\r\nb"), Err(BaseUrlError::Field("site".to_owned())));
        let missing = CheckPath::new("v1/{account}/me".parse().unwrap()).render(|_| None);
        assert_eq!(missing, Err(BaseUrlError::Missing(MissingValue::of("account"))));
    }

    proptest! {
        #[test]
        fn a_server_reads_back_what_was_put_in(value in "\\PC{1,20}") {
            let base = BaseUrl::parse("https://api.example.com/base/", &[Scheme::Https]).unwrap();
            let path = CheckPath::new("v1/{account}/me?site={account}&x=1".parse().unwrap());
            if let Ok(path) = path.render(|_| Some(&value)) {
                let url = Url::parse(&base.join(&path).unwrap().to_string()).unwrap();
                let segments: Vec<_> = url.path_segments().unwrap().collect();
                let [_, _, account, _] = segments[..] else { panic!("{url}") };
                let account = percent_encoding::percent_decode_str(account).decode_utf8().unwrap();
                prop_assert_eq!((account.as_ref(), segments.len()), (value.as_str(), 4));
                let query: Vec<_> = form_urlencoded::parse(url.query().unwrap().as_bytes()).into_owned().collect();
                prop_assert_eq!(query, [("site".to_owned(), value), ("x".to_owned(), "1".to_owned())]);
            }
        }
    }
}
