//! Whether a person is asked to sign in who has done so a while ago: `prompt` and `max_age` (OpenID Connect Core §3.1.2.1).

use jiff::{SignedDuration, Timestamp};

use super::oauth_error::OAuthError;

/// What a client wants of a browser that is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prompt {
    ask: Ask,
    /// The longest time since the sign-in.
    max_age: Option<SignedDuration>,
}

/// When the form is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// When nobody is signed in.
    IfNeeded,
    /// In any case.
    Always,
    /// In no case: without a session the client is told so.
    Never,
}

impl Prompt {
    /// Reads both parameters. `consent` is ignored: there is nothing to consent to.
    pub(super) fn parse(prompt: Option<&str>, max_age: Option<&str>) -> Result<Self, OAuthError> {
        let words: Vec<&str> = prompt.unwrap_or_default().split_whitespace().collect();
        let ask = match words.as_slice() {
            ["none"] => Ask::Never,
            words if words.contains(&"none") => return Err(OAuthError::InvalidRequest),
            words if words.iter().any(|word| ["login", "select_account"].contains(word)) => Ask::Always,
            _ => Ask::IfNeeded,
        };
        let seconds = max_age.map(str::parse::<u32>).transpose().map_err(|_| OAuthError::InvalidRequest)?;
        let max_age = seconds.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        Ok(Self { ask, max_age })
    }

    /// Whether a sign-in of that time will do.
    pub(super) fn takes(self, signed_in: Timestamp, now: Timestamp) -> bool {
        let is_recent = |max_age| now.duration_since(signed_in) < max_age;
        self.ask != Ask::Always && self.max_age.is_none_or(is_recent)
    }

    /// Whether the form may be shown.
    pub(super) fn may_ask(self) -> bool {
        self.ask != Ask::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(prompt: Option<&str>, max_age: Option<&str>, seconds_ago: i64) -> bool {
        let now = Timestamp::from_second(10_000).unwrap();
        let signed_in = now - SignedDuration::from_secs(seconds_ago);
        Prompt::parse(prompt, max_age).unwrap().takes(signed_in, now)
    }

    #[test]
    fn an_earlier_sign_in_will_do_unless_it_is_too_old_or_a_new_one_is_wanted() {
        for (prompt, max_age, seconds_ago, expected) in [
            (None, None, 3000, true),
            (Some(""), None, 3000, true),
            (Some("none"), None, 3000, true),
            (Some("consent"), None, 3000, true),
            (Some("login"), None, 0, false),
            (Some("consent login"), None, 0, false),
            (Some("select_account"), None, 0, false),
            (None, Some("300"), 299, true),
            (None, Some("300"), 300, false),
            (None, Some("0"), 0, false),
            (Some("none"), Some("300"), 300, false),
        ] {
            assert_eq!(takes(prompt, max_age, seconds_ago), expected, "{prompt:?} {max_age:?} {seconds_ago}");
        }
    }

    #[test]
    fn the_form_is_kept_back_by_none_alone() {
        for (prompt, expected) in [(None, true), (Some("login"), true), (Some("none"), false)] {
            assert_eq!(Prompt::parse(prompt, None).unwrap().may_ask(), expected, "{prompt:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_or_is_no_number_is_refused() {
        for (prompt, max_age) in
            [(Some("none login"), None), (None, Some("")), (None, Some("-1")), (None, Some("1.5"))]
        {
            assert_eq!(Prompt::parse(prompt, max_age), Err(OAuthError::InvalidRequest));
        }
    }
}
