//! The HTTP method of a webhook's requests.

use std::{fmt, str::FromStr};

/// The methods that a webhook may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookMethod {
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
}

/// The text is no method of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `POST`, `PUT` or `PATCH`")]
pub struct BadHookMethod;

impl HookMethod {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Post, Self::Put, Self::Patch];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    /// The method as requests have it.
    #[must_use]
    pub const fn as_http(self) -> http::Method {
        match self {
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
        }
    }
}

impl fmt::Display for HookMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HookMethod {
    type Err = BadHookMethod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(BadHookMethod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_read_as_it_is_written_and_nothing_else_is_one() {
        for method in HookMethod::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
            assert_eq!(method.as_http().as_str(), method.as_str());
        }
        for text in ["", "post", "GET", "DELETE"] {
            assert_eq!(text.parse::<HookMethod>(), Err(BadHookMethod), "{text}");
        }
    }
}
