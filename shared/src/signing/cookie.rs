//! Cookies (RFC 6265): the names of those that requests carry, and what an answer sets.

use serde::Deserialize;

use crate::secret::SecretText;

/// The name of a cookie (RFC 6265 §4.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieName(String);

/// A cookie of an answer, as requests carry it.
///
/// # Security
///
/// It may be as good as a session, so it has no `Debug`.
pub struct Cookie {
    name: CookieName,
    value: SecretText,
}

/// Browsers keep no cookie that is longer (RFC 6265 §6.1).
const MAX_VALUE: usize = 4_096;

impl CookieName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value that an answer with these `Set-Cookie` headers gives the cookie: the last one counts (RFC 6265 §5.3). `None` for
    /// an empty value, and for one that no header can carry.
    pub fn set_in<'h>(&self, headers: impl Iterator<Item = &'h [u8]>) -> Option<Cookie> {
        let named = |header: &'h [u8]| {
            let (name, value) = std::str::from_utf8(header).ok()?.split(';').next()?.split_once('=')?;
            (name.trim() == self.0).then(|| value.trim())
        };
        let value = headers.filter_map(named).last()?;
        let is_sendable = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let is_good = (1..=MAX_VALUE).contains(&value.len()) && is_sendable;
        is_good.then(|| Cookie { name: self.clone(), value: SecretText::from(value.to_owned()) })
    }
}

impl Cookie {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Its value.
    #[must_use]
    pub const fn value(&self) -> &SecretText {
        &self.value
    }
}

impl TryFrom<String> for CookieName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !name.is_empty() && name.bytes().all(is_name) {
            Ok(Self(name))
        } else {
            Err("must be a cookie's name")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(headers: &[&[u8]]) -> Option<String> {
        let name = CookieName::try_from("ROUTEID".to_owned()).unwrap();
        name.set_in(headers.iter().copied()).map(|cookie| cookie.value().expose().to_owned())
    }

    #[test]
    fn the_last_cookie_of_the_name_counts() {
        for (headers, value) in [
            (&[&b"ROUTEID=.node4; path=/b1s"[..]][..], Some(".node4")),
            (&[b"B1SESSION=x;HttpOnly;", b"ROUTEID=.node4"], Some(".node4")),
            (&[b" ROUTEID = .node4 ; Secure", b"ROUTEID=.node5"], Some(".node5")),
            (&[b"ROUTEID=a=b=="], Some("a=b==")),
            (&[], None),
            (&[b"routeid=.node4"], None),
            (&[b"XROUTEID=.node4", b"ROUTEID"], None),
            (&[b"B1SESSION=x; ROUTEID=.node4"], None),
            (&[b"ROUTEID=; Max-Age=0"], None),
            (&[b"ROUTEID=a b"], None),
            (&[b"ROUTEID=a\r\nX-Evil: 1"], None),
            (&[b"ROUTEID=a,b"], None),
            (&[b"ROUTEID=\xff"], None),
        ] {
            assert_eq!(set(headers).as_deref(), value, "{headers:?}");
        }
        let long = format!("ROUTEID={}", "a".repeat(MAX_VALUE + 1));
        assert_eq!(set(&[long.as_bytes()]), None);
    }
}
