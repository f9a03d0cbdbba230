//! Values of fields as people paste them, and as they are kept.
//!
//! What cannot be meant is taken off: white space and quotation marks around a host name, the word `Bearer` before a token,
//! the address around the name of a shop. Where it could be meant, as a space at the end of a password could, the value
//! stays as it is, and [`FieldTemplate::notice`] says what it has.

use serde::Deserialize;
use ssh_key::{Fingerprint, HashAlg, PublicKey};

use super::{
    field::{FieldKind, FieldTemplate},
    pasted::{bare, trimmed, unquoted},
};
use crate::pem::is_invisible;

/// How a system itself writes a value that people write in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// In lower case.
    Lower,
    /// In capitals, with underscores for hyphens.
    UpperUnderscore,
    /// The fingerprint of an SSH host key, as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
    HostKey,
}

impl Spelling {
    fn write(self, value: &str) -> Option<String> {
        match self {
            Self::Lower => Some(value.to_ascii_lowercase()),
            Self::UpperUnderscore => Some(value.to_ascii_uppercase().replace('-', "_")),
            Self::HostKey => fingerprint(value),
        }
    }
}

impl FieldTemplate {
    /// The value as it is kept. A private key is read instead: see [`private_key`](Self::private_key).
    #[must_use]
    pub fn tidied(&self, value: &str) -> String {
        if self.private_key().is_some() {
            return value.to_owned();
        }
        match self.kind() {
            FieldKind::Multiline => value.to_owned(),
            FieldKind::Number | FieldKind::Choice | FieldKind::Port | FieldKind::Url => bare(value),
            FieldKind::Host => host(&bare(value)),
            FieldKind::Text => self.tidied_text(value),
        }
    }

    fn tidied_text(&self, value: &str) -> String {
        let fits = |value: &str| !value.is_empty() && self.check(value).is_ok();
        for pasted in &self.pasted {
            if let Some(value) =
                pasted.captured(&bare(value)).map(|value| self.spelt(value)).filter(|value| fits(value))
            {
                return value;
            }
        }
        let bared = self.spelt(&bare(value));
        if !self.secret() && fits(&bared) {
            return bared;
        }
        let Some(pattern) = self.pattern() else {
            return if self.secret() { without_ends(value).to_owned() } else { trimmed(value).to_owned() };
        };
        // A token has no spaces: what is before one, or around it, is no part of it.
        let is_token = !pattern.matches("a b");
        let candidates = [bared.as_str(), token(&bared)];
        let fitting = candidates.into_iter().find(|candidate| fits(candidate));
        match fitting {
            Some(candidate) if is_token || !fits(value) => candidate.to_owned(),
            Some(_) | None if fits(value) => value.to_owned(),
            Some(_) | None => bared,
        }
    }

    fn spelt(&self, value: &str) -> String {
        self.spelling.and_then(|spelling| spelling.write(value)).unwrap_or_else(|| value.to_owned())
    }

    /// What a value has that is probably not meant, as the rest of a sentence. It is kept all the same.
    #[must_use]
    pub fn notice(&self, value: &str) -> Option<&'static str> {
        let is_kept = self.private_key().is_none() && self.opens().is_none();
        if !is_kept || self.kind() != FieldKind::Text || !self.secret() {
            return None;
        }
        seen(value).or_else(|| unquoted(value).map(|_| "has quotation marks around it"))
    }
}

/// What a value has that its reader cannot see.
pub(super) fn seen(value: &str) -> Option<&'static str> {
    let is_odd_space = |character: char| character.is_whitespace() && character != ' ';
    if value.starts_with(char::is_whitespace) {
        Some("begins with a space")
    } else if value.ends_with(char::is_whitespace) {
        Some("ends with a space")
    } else if value.contains(is_invisible) {
        Some("has a character that cannot be seen")
    } else if value.contains(is_odd_space) {
        Some("has a space of an unusual kind")
    } else {
        None
    }
}

/// A word before a token, as it stands in a header.
const SCHEMES: [&str; 3] = ["bearer", "token", "basic"];

/// The word in front of a value that stands in a header before a token.
pub(super) fn scheme_word(value: &str) -> Option<&'static str> {
    let (word, rest) = value.trim_start().split_once(char::is_whitespace)?;
    let known = SCHEMES.into_iter().find(|scheme| word.eq_ignore_ascii_case(scheme));
    known.filter(|_| !rest.trim().is_empty())
}

/// A value without the name of its header, and without the word `Bearer`. Another word says that another way to authenticate
/// is meant, so it stays.
fn token(value: &str) -> &str {
    let mut token = value;
    if let Some((name, rest)) = token.split_once(':') {
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_name && rest.starts_with(' ') {
            token = rest.trim_start();
        }
    }
    if scheme_word(token) == Some("bearer") {
        token = token.trim_start().get("bearer".len()..).unwrap_or_default().trim_start();
    }
    unquoted(token).unwrap_or(token)
}

/// A secret without the line break that copying a whole line brings along, and without invisible characters at its ends. No
/// login form could take either.
fn without_ends(value: &str) -> &str {
    value.trim_matches(|character: char| character.is_control() || is_invisible(character))
}

/// A host name without scheme and path, and without the dot of the root. A port stays: it has a field of its own.
fn host(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    rest.strip_suffix('.').unwrap_or(rest).to_owned()
}

/// The fingerprint in what OpenSSH, `ssh-keyscan` and WinSCP print: alone, with or without its name and padding, within a line
/// of `ssh-keygen -l`, or to be computed from a public key or a line of `known_hosts`.
fn fingerprint(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let given = words.iter().find_map(|word| {
        let named = word.get(..7).is_some_and(|name| name.eq_ignore_ascii_case("sha256:"));
        let digits = if named { word.get(7..)? } else { word };
        let digits = digits.strip_suffix('=').unwrap_or(digits);
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
        (digits.len() == 43 && digits.bytes().all(is_base64)).then(|| format!("SHA256:{digits}"))
    });
    let computed = || {
        words.windows(2).find_map(|pair| match pair {
            [kind, blob] if blob.starts_with("AAAA") => {
                let key = PublicKey::from_openssh(&format!("{kind} {blob}")).ok()?;
                Some(key.fingerprint(HashAlg::Sha256).to_string())
            }
            _ => None,
        })
    };
    let found = given.or_else(computed)?;
    found.parse::<Fingerprint>().ok().map(|_| found)
}
