//! Private keys as text (RFC 7468), the way they arrive: with line breaks of any kind, or with a backslash and an `n`
//! where JSON or an environment variable has been in between.

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

/// What a private key's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Any kind of key (RFC 5208).
    Pkcs8,
    /// RSA (RFC 8017 appendix A.1.2).
    Pkcs1,
    /// Elliptic curve (RFC 5915).
    Sec1,
}

const LABELS: [(&str, Form); 3] =
    [("PRIVATE KEY", Form::Pkcs8), ("RSA PRIVATE KEY", Form::Pkcs1), ("EC PRIVATE KEY", Form::Sec1)];

/// The first private key in the text. Others' blocks, such as a certificate or curve parameters, may stand around it.
pub(super) fn decode(text: &str) -> Result<(Form, Zeroizing<Vec<u8>>), &'static str> {
    const NONE: &str = "must be a private key in PEM, with its first and last line";
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type:") {
        return Err("must not be encrypted: take off its passphrase first");
    }
    let block = |(label, form): &(&str, Form)| {
        let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
        let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
        Some((*form, body))
    };
    let (form, body) = LABELS.iter().find_map(block).ok_or(NONE)?;
    let base64 = without_breaks(body);
    // Decoding into room that suffices leaves no copy behind, also when it fails halfway.
    let mut der = Zeroizing::new(vec![0; base64.len()]);
    let length = BASE64_STANDARD.decode_slice(base64.as_bytes(), &mut der).map_err(|_| NONE)?;
    der.truncate(length);
    Ok((form, der))
}

/// The text without white space, written or escaped. Base64 has no backslash, so nothing else can be meant by one.
fn without_breaks(body: &str) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(body.len()));
    let mut characters = body.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next_if(|next| matches!(next, 'n' | 'r')).is_some() => {}
            white if white.is_ascii_whitespace() => {}
            other => kept.push(other),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Result<(Form, Vec<u8>), &'static str> {
        decode(text).map(|(form, der)| (form, der.to_vec()))
    }

    #[test]
    fn line_breaks_may_be_of_any_kind() {
        let text = "-----BEGIN PRIVATE KEY-----\nAAEC\nAw==\n-----END PRIVATE KEY-----\n";
        let good = Ok((Form::Pkcs8, vec![0, 1, 2, 3]));
        for written in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\\n"),
            text.replace('\n', "\\r\\n"),
            text.replace('\n', " "),
            text.replace('\n', ""),
            format!("  {text}\n\n"),
        ] {
            assert_eq!(decoded(&written), good, "{written:?}");
        }
    }

    #[test]
    fn the_private_key_is_found_among_others() {
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAEC\n-----END {label}-----\n");
        for (label, form) in LABELS {
            for other in ["", "EC PARAMETERS", "CERTIFICATE"] {
                let both = [block(other), block(label)].concat();
                assert_eq!(decoded(&both), Ok((form, vec![0, 1, 2])), "{both}");
            }
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused_with_the_reason() {
        let encrypted = "must not be encrypted: take off its passphrase first";
        let none = "must be a private key in PEM, with its first and last line";
        for (text, reason) in [
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAEC\n-----END ENCRYPTED PRIVATE KEY-----", encrypted),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAEC\n\
                 -----END RSA PRIVATE KEY-----",
                encrypted,
            ),
            ("", none),
            ("AAEC", none),
            ("-----BEGIN PRIVATE KEY-----\nAAEC\n", none),
            ("-----BEGIN PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----", none),
            ("-----BEGIN PRIVATE KEY-----\nA?EC\n-----END PRIVATE KEY-----", none),
            ("-----BEGIN PRIVATE KEY-----\nAA\\xEC\n-----END PRIVATE KEY-----", none),
            ("-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----", none),
        ] {
            assert_eq!(decoded(text), Err(reason), "{text}");
        }
    }
}
