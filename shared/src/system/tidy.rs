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
    /// The SHA-256 fingerprint of a certificate, as `openssl x509 -fingerprint -sha256` prints it: capitals with colons.
    Certificate,
}

impl Spelling {
    fn write(self, value: &str) -> Option<String> {
        match self {
            Self::Lower => Some(value.to_ascii_lowercase()),
            Self::UpperUnderscore => Some(value.to_ascii_uppercase().replace('-', "_")),
            Self::HostKey => fingerprint(value),
            Self::Certificate => certificate(value),
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

/// The fingerprint of a certificate in what OpenSSL and WinSCP print: with a name and an equals sign before it, with or without
/// colons, in either case.
fn certificate(text: &str) -> Option<String> {
    let word = text.split(['=', ' ', '\t']).find_map(|word| {
        let digits: String = word.chars().filter(|character| *character != ':').collect();
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| digits.to_ascii_uppercase())
    })?;
    let bytes: Vec<&str> = (0..32).filter_map(|at| word.get(2 * at..2 * at + 2)).collect();
    Some(bytes.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Library;

    fn field(system: &str, auth: &str, id: &str) -> &'static FieldTemplate {
        Library::shipped().system(system).unwrap().field(auth, id).unwrap()
    }

    #[test]
    fn a_shop_is_found_in_every_address_of_it() {
        let shop = field("shopify", "access-token", "shop");
        for pasted in [
            "acme-uk",
            "Acme-UK",
            " acme-uk ",
            "acme-uk.myshopify.com",
            "https://acme-uk.myshopify.com",
            "https://acme-uk.myshopify.com/",
            "https://acme-uk.myshopify.com/admin/products?x=1",
            "HTTPS://ACME-UK.MYSHOPIFY.COM/",
            "\"acme-uk.myshopify.com\"",
            "https://admin.shopify.com/store/acme-uk",
            "https://admin.shopify.com/store/acme-uk/orders",
        ] {
            let kept = shop.tidied(pasted);
            assert_eq!((kept.as_str(), shop.check(&kept)), ("acme-uk", Ok(())), "{pasted:?}");
        }
        for refused in ["https://www.acme.example", "acme uk", "acme-uk.myshopify.com.evil.example", ""] {
            assert!(shop.check(&shop.tidied(refused)).is_err(), "{refused:?}");
        }
    }

    /// The forms of `openssl x509 -noout -fingerprint -sha256` (https://docs.openssl.org/master/man1/openssl-x509/) and of WinSCP's
    /// switch `-certificate` (https://winscp.net/eng/docs/commandline).
    #[test]
    fn a_certificate_is_found_in_what_openssl_and_winscp_print() {
        let field = field("ftp", "password", "certificate");
        let digits = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let colons = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let colons = colons.collect::<Vec<_>>().join(":");
        let kept = colons.to_ascii_uppercase();
        for pasted in [
            kept.clone(),
            colons.clone(),
            digits.to_owned(),
            format!("sha256 Fingerprint={kept}"),
            format!("SHA256 Fingerprint={kept}\n"),
            format!("-certificate=\"{colons}\""),
        ] {
            assert_eq!(field.tidied(&pasted.replace('"', "")), kept, "{pasted}");
        }
        let sha1 = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD";
        for refused in [sha1, "SHA1 Fingerprint=AA:BB", "9f86", &colons[3..]] {
            assert!(field.check(&field.tidied(refused)).is_err(), "{refused}");
        }
    }

    /// Oracle: the account ID in lower case and with a hyphen is what stands in account-specific domains
    /// (https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1498751780.html).
    #[test]
    fn an_account_of_netsuite_is_found_in_every_form() {
        let account = field("netsuite", "tba", "account_id");
        for pasted in [
            "1234567_SB1",
            "1234567_sb1",
            "1234567-sb1",
            "1234567-SB1",
            " 1234567_SB1\n",
            "1234567-sb1.suitetalk.api.netsuite.com",
            "https://1234567-sb1.app.netsuite.com/app/center/card.nl?sc=-29",
            "https://1234567-sb1.restlets.api.netsuite.com/app/site/hosting/restlet.nl",
        ] {
            let kept = account.tidied(pasted);
            assert_eq!((kept.as_str(), account.check(&kept)), ("1234567_SB1", Ok(())), "{pasted:?}");
        }
        assert_eq!(account.tidied("tstdrv1234567"), "TSTDRV1234567");
        for refused in ["1234567 SB1", "https://system.netsuite.example", "1234567__SB1"] {
            assert!(account.check(&account.tidied(refused)).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn a_token_is_found_in_the_header_that_was_copied() {
        let token = field("custom-http", "token", "value");
        for pasted in [
            "abc.def-_~+/=",
            "Bearer abc.def-_~+/=",
            "bearer  abc.def-_~+/=",
            "Authorization: Bearer abc.def-_~+/=",
            "authorization: bearer abc.def-_~+/=",
            "\"abc.def-_~+/=\"",
            "'Bearer abc.def-_~+/='",
            "Bearer \"abc.def-_~+/=\"",
            " abc.def-_~+/= ",
            "abc.def-_~+/=\r\n",
            "\tabc.def-_~+/=",
            "\u{feff}abc.def-_~+/=\u{a0}",
            "abc.d\u{200b}ef-_~+/=",
        ] {
            let kept = token.tidied(pasted);
            assert_eq!((kept.as_str(), token.check(&kept)), ("abc.def-_~+/=", Ok(())), "{pasted:?}");
        }
        for (refused, reason) in [
            ("Token abc", "begins with the word `token`, which is no part of it"),
            ("Basic YTpi", "begins with the word `basic`, which is no part of it"),
            ("Authorization: Basic YTpi", "has a space in it"),
            ("abc def", "has a space in it"),
        ] {
            let error = token.check(&token.tidied(refused)).unwrap_err().to_string();
            assert!(error.contains(reason), "{refused}: {error}");
            assert!(!error.contains("YTpi"), "{error}");
        }
    }

    #[test]
    fn a_host_is_found_in_its_address() {
        let host = field("sftp", "password", "host");
        for pasted in [
            "sftp.acme.example",
            " sftp.acme.example ",
            "sftp://sftp.acme.example",
            "sftp://sftp.acme.example/outgoing/orders",
            "https://sftp.acme.example/",
            "sftp.acme.example.",
            "\u{feff}sftp.acme.example\n",
        ] {
            assert_eq!(host.tidied(pasted), "sftp.acme.example", "{pasted:?}");
        }
        for refused in ["ann@sftp.acme.example", "sftp.acme.example:2222", "sftp acme", ""] {
            assert!(host.check(&host.tidied(refused)).is_err(), "{refused:?}");
        }
    }

    /// What `ssh-keygen -lf`, `ssh-keyscan` and the `.pub` file print for `testdata/private-keys/openssh-ed25519`, and WinSCP's way
    /// to write it (https://winscp.net/eng/docs/ui_fingerprint, https://winscp.net/eng/docs/scriptcommand_open: `ssh-ed25519 255 …`).
    #[test]
    fn a_fingerprint_is_found_in_every_form() {
        let host_key = field("sftp", "password", "host_key");
        let line = include_str!("../../testdata/private-keys/public-ed25519").trim();
        let blob = line.split(' ').nth(1).unwrap();
        let shown = PublicKey::from_openssh(line).unwrap().fingerprint(HashAlg::Sha256).to_string();
        let bare = shown.strip_prefix("SHA256:").unwrap();
        for pasted in [
            shown.clone(),
            format!("{shown}="),
            bare.to_owned(),
            format!("{bare}="),
            format!("sha256:{bare}"),
            format!(" {shown}\n"),
            format!("256 {shown} ann@host (ED25519)"),
            format!("ssh-ed25519 255 {bare}="),
            format!("ssh-ed25519 255 SHA256:{bare}"),
            line.to_owned(),
            format!("ssh-ed25519 {blob}"),
            format!("sftp.acme.example ssh-ed25519 {blob}"),
            format!("[sftp.acme.example]:2222,[192.0.2.7]:2222 ssh-ed25519 {blob}"),
            format!("|1|JfKTdBh7rNbXkVAQCRp4OQoPfmI=|USECr3SWf1JUPsms5AqfD5QfxkM= ssh-ed25519 {blob}"),
        ] {
            let kept = host_key.tidied(&pasted);
            assert_eq!((kept.as_str(), host_key.check(&kept)), (shown.as_str(), Ok(())), "{pasted:?}");
        }
        let md5 = "2048 MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48 ann@host (RSA)";
        for refused in [md5, "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", &bare[1..], "ssh-rsa 2048"] {
            assert!(host_key.check(&host_key.tidied(refused)).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn an_address_of_a_sender_is_found_beside_the_name() {
        let from = field("email", "smtp", "from");
        for pasted in
            ["orders@acme.example", "Acme Orders <orders@acme.example>", "\"Acme\" <orders@acme.example>\n"]
        {
            assert_eq!(from.tidied(pasted), "orders@acme.example", "{pasted:?}");
        }
    }

    #[test]
    fn what_could_be_meant_in_a_password_stays_and_is_named() {
        let password = field("custom-http", "basic", "password");
        for (pasted, kept, notice) in [
            ("pässword", "pässword", None),
            ("two words", "two words", None),
            ("secret ", "secret ", Some("ends with a space")),
            (" secret", " secret", Some("begins with a space")),
            ("secret\u{a0}", "secret\u{a0}", Some("ends with a space")),
            ("sec\u{200b}ret", "sec\u{200b}ret", Some("has a character that cannot be seen")),
            ("sec\u{a0}ret", "sec\u{a0}ret", Some("has a space of an unusual kind")),
            ("\"secret\"", "\"secret\"", Some("has quotation marks around it")),
            ("secret\n", "secret", None),
            ("secret\r\n", "secret", None),
            ("\u{feff}secret\t", "secret", None),
            ("secret\u{200b}", "secret", None),
        ] {
            assert_eq!(password.tidied(pasted), kept, "{pasted:?}");
            assert_eq!(password.notice(kept), notice, "{pasted:?}");
        }
        let username = field("custom-http", "basic", "username");
        assert_eq!(username.tidied(" ann \u{a0}\n"), "ann");
        assert_eq!(field("sftp", "password", "username").tidied("ACME\\ann "), "ACME\\ann");
    }

    #[test]
    fn values_in_the_wrong_places_are_refused_with_the_right_one() {
        for (system, auth, id, value, words) in [
            ("woocommerce", "basic", "consumer_key", "cs_0123456789abcdef", "is the consumer secret"),
            ("woocommerce", "basic", "consumer_secret", "ck_0123456789abcdef", "is the consumer key"),
            ("shopify", "access-token", "access_token", "shpss_0123456789abcdef", "is the API secret key"),
            ("custom-http", "basic", "username", "sk_live_0123456789abcdef", "is a secret"),
        ] {
            let field = field(system, auth, id);
            let error = field.check(&field.tidied(value)).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("0123456789"), "{error}");
        }
    }

    #[test]
    fn an_example_is_kept_as_it_is() {
        for template in Library::shipped().every_version() {
            for field in template.fields().iter().filter(|field| !field.secret()) {
                for value in field.example().into_iter().chain(field.default()) {
                    assert_eq!(field.tidied(value), value, "{} {}", template.id(), field.id());
                }
            }
        }
    }
}
