//! One field of a key template: what it is called, what it may hold, and how a value is checked.

use serde::Deserialize;

use super::{field_error::FieldError, tidy::Spelling};
use crate::{
    private_key::{Form, NotAPrivateKey, PrivateKey, Work},
    secret::SecretText,
};

/// A field of a template. It is read from the library's data and never changes.
#[derive(Debug)]
pub struct FieldTemplate {
    pub(super) id: String,
    pub(super) auth: Vec<String>,
    pub(super) label: String,
    pub(super) kind: FieldKind,
    pub(super) secret: bool,
    pub(super) required: bool,
    pub(super) pattern: Option<Pattern>,
    pub(super) choices: Vec<Choice>,
    pub(super) refused: Vec<String>,
    pub(super) example: Option<String>,
    pub(super) help: String,
    pub(super) guide_url: Option<String>,
    pub(super) default: Option<String>,
    pub(super) binds: bool,
    pub(super) may_follow: bool,
    pub(super) hint: bool,
    /// Whether no request carries it: it is for callers who resolve the key.
    pub(super) only_resolved: bool,
    pub(super) max_length: usize,
    pub(super) show_when: Option<ShowWhen>,
    pub(super) private_key: Option<PrivateKeyRule>,
    pub(super) opens: Option<String>,
    pub(super) spelling: Option<Spelling>,
    pub(super) pasted: Vec<Pattern>,
    pub(super) mistaken: Vec<Mistaken>,
}

/// A value that belongs elsewhere, told by how it starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mistaken {
    /// How it starts.
    pub(super) starts: String,
    /// What it is and where it belongs, as the rest of a sentence that starts with the field.
    pub(super) reason: String,
}

/// Which private keys a field takes, and the form in which they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateKeyRule {
    form: Form,
    /// The sizes of RSA keys that the system takes; any when empty.
    #[serde(default)]
    rsa_bits: Vec<u32>,
}

/// Why a private key is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// It cannot be read.
    #[error(transparent)]
    Key(#[from] NotAPrivateKey),
    /// The system does not take an RSA key of this size.
    #[error("is an RSA key of {bits} bits: this system takes {}", .takes.iter().map(u32::to_string).collect::<Vec<_>>().join(" or "))]
    Bits {
        /// The bits that it has.
        bits: u32,
        /// The sizes that are taken.
        takes: Vec<u32>,
    },
}

impl PrivateKeyError {
    /// Whether the passphrase is at fault, not the key.
    #[must_use]
    pub const fn is_about_the_passphrase(&self) -> bool {
        match self {
            Self::Key(reason) => reason.is_about_the_passphrase(),
            Self::Bits { .. } => false,
        }
    }
}

impl PrivateKeyRule {
    /// The form in which keys are kept.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The form in which a key is kept: what is sealed, tried and handed out.
    ///
    /// # Errors
    ///
    /// [`PrivateKeyError`], which says what is wrong and what to do.
    pub fn normal(
        &self,
        text: &SecretText,
        passphrase: Option<&SecretText>,
        work: &mut Work,
    ) -> Result<SecretText, PrivateKeyError> {
        let key = PrivateKey::read(text, passphrase, work)?;
        match key.rsa_bits() {
            Some(bits) if !self.rsa_bits.is_empty() && !self.rsa_bits.contains(&bits) => {
                Err(PrivateKeyError::Bits { bits, takes: self.rsa_bits.clone() })
            }
            Some(_) | None => Ok(key.write(self.form)?),
        }
    }
}

/// What sort of value a field holds. Every value is text; the kind says which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines, such as a PEM file.
    Multiline,
    /// A whole number without a sign.
    Number,
    /// One of [`FieldTemplate::choices`].
    Choice,
    /// A host name or an IPv4 address.
    Host,
    /// A TCP port.
    Port,
    /// An `https` address.
    Url,
}

/// One value of a [`FieldKind::Choice`] field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value that is stored.
    pub value: String,
    /// How people read it.
    pub label: String,
}

/// When a field is there: while another field has one of these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowWhen {
    /// The other field's id.
    pub field: String,
    /// The values with which this field is there.
    pub equals: Vec<String>,
    /// Whether the other field's default is among them.
    pub by_default: bool,
}

/// A regular expression that a whole value must match. It starts with `^` and ends with `$`.
#[derive(Debug)]
pub struct Pattern(regex_lite::Regex);

/// The text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It could match a part of a value.
    #[error("must start with `^` and end with `$`, with any `|` inside parentheses")]
    NotAnchored,
    /// It is no regular expression.
    #[error("is no regular expression: {0}")]
    NotARegex(String),
}

impl FieldKind {
    /// The kind's name in templates and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Multiline => "multiline",
            Self::Number => "number",
            Self::Choice => "choice",
            Self::Host => "host",
            Self::Port => "port",
            Self::Url => "url",
        }
    }
}

impl Pattern {
    /// Reads an anchored regular expression (the syntax of `regex-lite`).
    ///
    /// # Errors
    ///
    /// [`PatternError`], one variant for each way to be wrong.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        // `^a|b$` is anchored at one end only in each of its branches.
        let mut depth = 0_usize;
        let mut in_class = false;
        let mut escaped = false;
        for character in text.chars() {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => depth += 1,
                ')' if !in_class => depth = depth.saturating_sub(1),
                '|' if !in_class && depth == 0 => return Err(PatternError::NotAnchored),
                _ => {}
            }
        }
        if !text.starts_with('^') || !text.ends_with('$') || text.ends_with("\\$") {
            return Err(PatternError::NotAnchored);
        }
        let regex =
            regex_lite::Regex::new(text).map_err(|error| PatternError::NotARegex(error.to_string()))?;
        Ok(Self(regex))
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text of the first group, if the whole of `value` matches.
    #[must_use]
    pub fn captured<'v>(&self, value: &'v str) -> Option<&'v str> {
        self.0.captures(value)?.get(1).map(|group| group.as_str())
    }

    /// How many groups it has.
    #[must_use]
    pub(super) fn groups(&self) -> usize {
        self.0.captures_len().saturating_sub(1)
    }

    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}

impl FieldTemplate {
    /// The most bytes of a public value, unless the field says otherwise.
    pub const MAX_LENGTH: usize = 4096;
    /// The most bytes of a secret, unless the field says otherwise. Tokens of several KB are common.
    pub const MAX_SECRET_LENGTH: usize = 16 * 1024;

    /// Its identifier, by which values are stored.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The auth variants that have it; all of them when empty.
    #[must_use]
    pub fn auth(&self) -> &[String] {
        &self.auth
    }

    /// Whether an auth variant has it.
    #[must_use]
    pub fn belongs_to(&self, auth: &str) -> bool {
        self.auth.is_empty() || self.auth.iter().any(|variant| variant == auth)
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What sort of value it holds.
    #[must_use]
    pub const fn kind(&self) -> FieldKind {
        self.kind
    }

    /// Whether its value is sealed and never shown.
    #[must_use]
    pub const fn secret(&self) -> bool {
        self.secret
    }

    /// Whether an entry needs it, while it is there and has no default.
    #[must_use]
    pub const fn required(&self) -> bool {
        self.required
    }

    /// The pattern of a value.
    #[must_use]
    pub const fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }

    /// The values to choose from; empty unless it is a choice.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Values that are not allowed although they are of the right kind, in lower case.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// An example of a value. A secret's example shows the form only, with `…` for the secret part.
    #[must_use]
    pub fn example(&self) -> Option<&str> {
        self.example.as_deref()
    }

    /// A description of the field, and where to find its value.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The vendor's own page about it.
    #[must_use]
    pub fn guide_url(&self) -> Option<&str> {
        self.guide_url.as_deref()
    }

    /// The value that it has when none is given. Never a secret.
    #[must_use]
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Whether its value is sealed with the entry's secrets, since it decides where, or how protected, they go.
    #[must_use]
    pub const fn binds(&self) -> bool {
        self.binds
    }

    /// Whether a first value may be set without the secrets: what they are for cannot be done before it is set.
    #[must_use]
    pub const fn may_follow(&self) -> bool {
        self.may_follow
    }

    /// Whether the last characters of a long value may be shown.
    #[must_use]
    pub const fn hint(&self) -> bool {
        self.hint
    }

    /// The most bytes of a value.
    #[must_use]
    pub const fn max_length(&self) -> usize {
        self.max_length
    }

    /// Whether a value may be given in other spellings than the one that is kept.
    #[must_use]
    pub fn has_spellings(&self) -> bool {
        self.spelling.is_some() || !self.pasted.is_empty()
    }

    /// Whether an empty value is as good as none.
    #[must_use]
    pub fn may_be_empty(&self) -> bool {
        !self.required && self.default.is_none() && self.kind == FieldKind::Text
    }

    /// The rule for private keys, if it holds one.
    #[must_use]
    pub const fn private_key(&self) -> Option<&PrivateKeyRule> {
        self.private_key.as_ref()
    }

    /// The field whose private key its value opens, once, when both are given. Such a value is never kept.
    #[must_use]
    pub fn opens(&self) -> Option<&str> {
        self.opens.as_deref()
    }

    /// When it is there.
    #[must_use]
    pub const fn show_when(&self) -> Option<&ShowWhen> {
        self.show_when.as_ref()
    }

    /// Whether it is there beside these values. A field without a value counts with its default.
    pub fn is_shown<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.show_when.as_ref().is_none_or(|condition| match values(&condition.field) {
            Some(value) => condition.equals.iter().any(|equal| equal == value),
            None => condition.by_default,
        })
    }

    /// Whether a value may be stored in it.
    ///
    /// # Errors
    ///
    /// [`FieldError`], which says what is wrong and what to do, and never contains the value.
    pub fn check(&self, value: &str) -> Result<(), FieldError> {
        FieldError::of(self, value).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_anchored_in_every_branch() {
        for text in ["", "a", "^a", "a$", "^a|b$", "^a\\$", "^(a)|(b)$"] {
            assert_eq!(Pattern::new(text).unwrap_err(), PatternError::NotAnchored, "{text}");
        }
        for text in ["^$", "^(a|b)$", "^[|]$", "^a\\|b$", "^([(]|b)$"] {
            assert!(Pattern::new(text).is_ok(), "{text}");
        }
        assert!(matches!(Pattern::new("^(a$"), Err(PatternError::NotARegex(_))));
    }

    #[test]
    fn a_pattern_matches_whole_values_only() {
        let pattern = Pattern::new("^[a-z]+$").unwrap();
        assert!(pattern.matches("abc"));
        for value in ["", "abc\n", "\nabc", "abc\nabc", "abc.", "ABC"] {
            assert!(!pattern.matches(value), "{value:?}");
        }
    }
}
