//! The name of a platform's function.

use std::{fmt, str::FromStr};

/// A function's name: 1 to 100 letters, digits and `_ - . / :`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName(String);

impl FunctionName {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 100;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no function's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} characters of a-z, A-Z, 0-9 and `_ - . / :`", FunctionName::MAX_LENGTH)]
pub struct BadFunctionName;

impl FromStr for FunctionName {
    type Err = BadFunctionName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte);
        let good = (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(plain);
        if good { Ok(Self(text.to_owned())) } else { Err(BadFunctionName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_plain_characters_and_a_bounded_length() {
        for good in ["orders", "shopify/orders.v2", "Fn:fetch-orders_1", &"a".repeat(100)] {
            assert_eq!(good.parse::<FunctionName>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", " ", "two words", "ä", "a\nb", &"a".repeat(101)] {
            assert_eq!(bad.parse::<FunctionName>(), Err(BadFunctionName), "{bad:?}");
        }
    }
}
