//! The private key in a text, for signatures. How a text is read is in [`crate::pem`].

use zeroize::Zeroizing;

use crate::pem;

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
    let lines = pem::lines(text);
    let blocks = pem::blocks(&lines);
    let is_encrypted =
        |block: &pem::Block<'_>| block.label == "ENCRYPTED PRIVATE KEY" || block.has_encryption_header();
    if blocks.iter().any(is_encrypted) {
        return Err("must not be encrypted: take off its passphrase first");
    }
    let key = |block: &pem::Block<'_>| {
        let (_, form) = LABELS.iter().find(|(label, _)| *label == block.label)?;
        Some((*form, block.decode()))
    };
    let (form, der) = blocks.iter().find_map(key).ok_or(NONE)?;
    Ok((form, der.map_err(|pem::Damaged| NONE)?))
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
