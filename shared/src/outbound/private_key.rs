//! Whether a text is a private key, without reading the key itself.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use crate::secret::SecretText;

/// Some writers leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// What an OpenSSH key starts with (openssh-portable, `PROTOCOL.key`).
const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
/// The most rounds of bcrypt that are computed for an OpenSSH key. `ssh-keygen` makes 16 or 24, and careful people a
/// few hundred; each costs about 10 ms.
const MAX_ROUNDS: u32 = 1000;

/// Why a text is not a private key that a login can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPrivateKey {
    /// The public half was taken.
    #[error("this is a public key: enter the private key, the file whose name does not end in .pub")]
    PublicKey,
    /// A certificate was taken.
    #[error("this is a certificate: enter the private key that belongs to it")]
    Certificate,
    /// The format of PuTTY.
    #[error("this is a PuTTY key: open it in PuTTYgen and choose Conversions, Export OpenSSH key")]
    Putty,
    /// A key of another kind, such as DSA.
    #[error("keys of this kind are not taken: make an Ed25519, ECDSA or RSA key")]
    Kind,
    /// Its passphrase would take too long to check.
    #[error(
        "the key's passphrase takes too much work to check: encrypt the key anew with fewer rounds (ssh-keygen -p -a 100)"
    )]
    Rounds,
    /// It is encrypted in a way that is not taken.
    #[error("the key is encrypted in a way that is not taken: encrypt it anew (ssh-keygen -p)")]
    Encryption,
    /// The first line, the last line, or something between is missing.
    #[error(
        "this is not a private key in OpenSSH or PEM form: enter the whole file, with its first and last line"
    )]
    Damaged,
}

/// Whether the key is encrypted with a passphrase. It tells the forms apart by their first line and their header: OpenSSH
/// (`PROTOCOL.key`), PKCS#8 (RFC 5958), and the older PEM forms of RSA and EC keys with the headers of RFC 1421.
///
/// # Errors
///
/// [`NotAPrivateKey`], which says what was entered instead. That a key passes does not mean that it is whole: only
/// logging in with it shows that.
pub fn needs_passphrase(pem: &SecretText) -> Result<bool, NotAPrivateKey> {
    let text = pem_lines(pem);
    let mut lines = text.lines();
    let first = lines.next().ok_or(NotAPrivateKey::Damaged)?;
    let Some(label) = label(first, "BEGIN") else { return Err(something_else(first)) };
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    let mut old_encryption = false;
    let mut ended = false;
    for line in lines {
        if self::label(line, "END") == Some(label) {
            ended = true;
            break;
        }
        if line.contains(':') {
            old_encryption |= line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED");
        } else {
            body.push_str(line);
        }
    }
    let body = BASE64.decode(body.as_bytes()).map(Zeroizing::new).map_err(|_| NotAPrivateKey::Damaged);
    match (label, ended) {
        ("PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY", _) => Err(NotAPrivateKey::PublicKey),
        ("CERTIFICATE" | "TRUSTED CERTIFICATE" | "CERTIFICATE REQUEST", _) => {
            Err(NotAPrivateKey::Certificate)
        }
        ("DSA PRIVATE KEY", _) => Err(NotAPrivateKey::Kind),
        ("OPENSSH PRIVATE KEY", true) => openssh(&body?),
        ("ENCRYPTED PRIVATE KEY", true) => pkcs8_encryption(&body?).map(|()| true),
        ("PRIVATE KEY", true) => der(&body?).map(|()| false),
        ("RSA PRIVATE KEY" | "EC PRIVATE KEY", true) if old_encryption => body.map(|_| true),
        ("RSA PRIVATE KEY" | "EC PRIVATE KEY", true) => der(&body?).map(|()| false),
        _ => Err(NotAPrivateKey::Damaged),
    }
}

/// The lines of a key as its reader expects them: some who paste one leave a `\n` of JSON as it is, indent the lines, or
/// bring along line ends of Windows and empty lines.
#[must_use]
pub fn pem_lines(pem: &SecretText) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::with_capacity(pem.len() + 1));
    for line in pem.expose().split("\\n").flat_map(str::lines) {
        let line = line.trim().trim_end_matches("\\r");
        if !line.is_empty() {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    lines
}

fn label<'a>(line: &'a str, edge: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?.strip_suffix("-----")?.strip_prefix(edge)?.strip_prefix(' ')
}

/// What stands in the place of a PEM form's first line.
fn something_else(first: &str) -> NotAPrivateKey {
    let kind = first.split(' ').next().unwrap_or_default();
    if kind.starts_with("PuTTY-User-Key-File-") {
        NotAPrivateKey::Putty
    } else if kind.ends_with("-cert-v01@openssh.com") {
        NotAPrivateKey::Certificate
    } else if ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| kind.starts_with(start))
        || first.starts_with("---- BEGIN SSH2 PUBLIC KEY")
    {
        NotAPrivateKey::PublicKey
    } else {
        NotAPrivateKey::Damaged
    }
}

/// A DER form starts with a SEQUENCE that holds all the rest (X.690 §8.1).
fn der(body: &[u8]) -> Result<(), NotAPrivateKey> {
    let length = match body {
        [0x30, length, rest @ ..] if *length < 0x80 => (usize::from(*length), rest.len()),
        [0x30, 0x81, length, rest @ ..] => (usize::from(*length), rest.len()),
        [0x30, 0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest.len()),
        _ => return Err(NotAPrivateKey::Damaged),
    };
    if length.0 == length.1 { Ok(()) } else { Err(NotAPrivateKey::Damaged) }
}

/// Object identifiers of the encryption scheme PBES2 and of its two ways to derive a key (RFC 8018 §6.2 and §5.2, RFC
/// 7914 §7), in DER.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
/// What OWASP advises is 600,000, what OpenSSL does 2,048.
const MAX_PBKDF2_ROUNDS: u64 = 1_000_000;
/// OpenSSL takes 16 MiB (RFC 7914 §2: 128 bytes × block size × cost), and no parallel passes.
const MAX_SCRYPT_BYTES: u64 = 64 * 1024 * 1024;
const MAX_SCRYPT_PASSES: u64 = 4;

/// Looks at how the passphrase of a PKCS#8 key becomes a key (RFC 5958 §3, RFC 8018 appendix A.4). Whoever made the key
/// has chosen how much work and memory that takes: without a bound it could be all that there is.
fn pkcs8_encryption(body: &[u8]) -> Result<(), NotAPrivateKey> {
    der(body)?;
    let scheme = || {
        let (info, _) = element(body, 0x30)?;
        let (algorithm, _) = element(info, 0x30)?;
        let (scheme, parameters) = element(algorithm, 0x06)?;
        let (parameters, _) = element(parameters, 0x30)?;
        let (derivation, _) = element(parameters, 0x30)?;
        let (function, settings) = element(derivation, 0x06)?;
        let (settings, _) = element(settings, 0x30)?;
        let (_salt, settings) = element(settings, 0x04)?;
        Some((scheme, function, settings))
    };
    let (scheme, function, settings) = scheme().ok_or(NotAPrivateKey::Encryption)?;
    let (first, settings) = number(settings).ok_or(NotAPrivateKey::Rounds)?;
    let bounded = match function {
        PBKDF2 => first <= MAX_PBKDF2_ROUNDS,
        SCRYPT => {
            let block_and_passes = || {
                let (block, rest) = number(settings)?;
                Some((block, number(rest)?.0))
            };
            let (block, passes) = block_and_passes().ok_or(NotAPrivateKey::Rounds)?;
            let bytes = first.saturating_mul(block).saturating_mul(128);
            bytes <= MAX_SCRYPT_BYTES && passes <= MAX_SCRYPT_PASSES
        }
        _ => return Err(NotAPrivateKey::Encryption),
    };
    match (scheme == PBES2, bounded) {
        (false, _) => Err(NotAPrivateKey::Encryption),
        (true, false) => Err(NotAPrivateKey::Rounds),
        (true, true) => Ok(()),
    }
}

/// The content of a DER element with this tag, and what follows it (X.690 §8.1).
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = input.split_first()?;
    let (length, rest) = match rest {
        [length, rest @ ..] if *length < 0x80 => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// A DER integer that is not negative and has at most eight bytes, and what follows it.
fn number(input: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = element(input, 0x02)?;
    let digits = match digits {
        [0, digits @ ..] => digits,
        [first, ..] if *first >= 0x80 => return None,
        digits => digits,
    };
    (digits.len() <= 8)
        .then(|| (digits.iter().fold(0, |so_far, digit| so_far << 8 | u64::from(*digit)), rest))
}

/// Cipher, key derivation, its options, and the kind of key, from the header (`PROTOCOL.key` §1).
fn openssh(body: &[u8]) -> Result<bool, NotAPrivateKey> {
    let header = || {
        let rest = body.strip_prefix(OPENSSH_MAGIC)?;
        let (cipher, rest) = string(rest)?;
        let (_, rest) = string(rest)?;
        let (options, rest) = string(rest)?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (public, rest) = string(rest)?;
        let (kind, _) = string(public)?;
        let (secret, _) = string(rest)?;
        (u32::from_be_bytes(*count) == 1 && !secret.is_empty()).then_some((cipher, options, kind))
    };
    let (cipher, options, kind) = header().ok_or(NotAPrivateKey::Damaged)?;
    if !(kind == b"ssh-ed25519" || kind == b"ssh-rsa" || kind.starts_with(b"ecdsa-sha2-")) {
        return Err(NotAPrivateKey::Kind);
    }
    if cipher == b"none" {
        return Ok(false);
    }
    let rounds = string(options).and_then(|(_salt, rest)| rest.first_chunk::<4>().copied());
    match rounds.map(u32::from_be_bytes) {
        Some(1..=MAX_ROUNDS) => Ok(true),
        Some(0) | None => Err(NotAPrivateKey::Damaged),
        Some(_) => Err(NotAPrivateKey::Rounds),
    }
}

/// A string of SSH and what follows it (RFC 4251 §5).
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! made_by_ssh_keygen {
        ($name:literal) => {
            include_str!(concat!("../../testdata/private-keys/", $name))
        };
    }

    const ED25519: &str = made_by_ssh_keygen!("openssh-ed25519");
    const ED25519_LOCKED: &str = made_by_ssh_keygen!("openssh-ed25519-locked");

    fn asked(pem: &str) -> Result<bool, NotAPrivateKey> {
        needs_passphrase(&SecretText::from(pem.to_owned()))
    }

    #[test]
    fn every_form_tells_whether_it_is_encrypted() {
        for (pem, encrypted) in [
            (ED25519, false),
            (ED25519_LOCKED, true),
            (made_by_ssh_keygen!("openssh-ecdsa"), false),
            (made_by_ssh_keygen!("openssh-rsa"), false),
            (made_by_ssh_keygen!("pkcs1-rsa"), false),
            (made_by_ssh_keygen!("pkcs1-rsa-locked"), true),
            (made_by_ssh_keygen!("pkcs8-rsa"), false),
            (made_by_ssh_keygen!("pkcs8-rsa-locked"), true),
            (made_by_ssh_keygen!("sec1-ecdsa"), false),
        ] {
            for pasted in [
                pem.to_owned(),
                pem.replace('\n', "\r\n"),
                pem.replace('\n', "\\n"),
                pem.replace('\n', "\\r\\n"),
                format!("\n  {}", pem.replace('\n', "\n  ")),
                pem.trim_end().to_owned(),
            ] {
                assert_eq!(asked(&pasted), Ok(encrypted), "{}", pem.lines().next().unwrap());
            }
        }
    }

    #[test]
    fn a_pasted_key_gets_its_lines_back() {
        for pasted in [ED25519.replace('\n', "\\n"), ED25519.replace('\n', " \r\n\r\n")] {
            assert_eq!(*pem_lines(&SecretText::from(pasted)), ED25519);
        }
    }

    #[test]
    fn what_is_no_private_key_is_called_by_its_name() {
        let public_pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let dsa = "-----BEGIN DSA PRIVATE KEY-----\nMIIB\n-----END DSA PRIVATE KEY-----\n";
        for (text, what) in [
            (made_by_ssh_keygen!("public-ed25519"), NotAPrivateKey::PublicKey),
            (public_pem, NotAPrivateKey::PublicKey),
            ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", NotAPrivateKey::PublicKey),
            ("ssh-ed25519-cert-v01@openssh.com AAAA ann", NotAPrivateKey::Certificate),
            (certificate, NotAPrivateKey::Certificate),
            ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", NotAPrivateKey::Putty),
            (dsa, NotAPrivateKey::Kind),
            ("", NotAPrivateKey::Damaged),
            ("s3cret", NotAPrivateKey::Damaged),
            ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", NotAPrivateKey::Damaged),
            ("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n", NotAPrivateKey::Damaged),
        ] {
            assert_eq!(asked(text), Err(what), "{text}");
        }
    }

    #[test]
    fn a_key_that_lost_a_part_is_damaged() {
        for name in
            [ED25519, ED25519_LOCKED, made_by_ssh_keygen!("pkcs8-rsa"), made_by_ssh_keygen!("pkcs1-rsa")]
        {
            let lines: Vec<&str> = name.lines().collect();
            for lost in [0, 1, lines.len() - 2, lines.len() - 1] {
                let rest: Vec<&str> =
                    lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line).collect();
                assert_eq!(asked(&rest.join("\n")), Err(NotAPrivateKey::Damaged), "without line {lost}");
            }
        }
    }

    #[test]
    fn a_key_that_would_take_minutes_to_open_is_not_taken() {
        for (rounds, answer) in [
            (0, Err(NotAPrivateKey::Damaged)),
            (1000, Ok(true)),
            (1001, Err(NotAPrivateKey::Rounds)),
            (u32::MAX, Err(NotAPrivateKey::Rounds)),
        ] {
            let lines: Vec<&str> = ED25519_LOCKED.lines().collect();
            let mut body = BASE64.decode(lines[1..lines.len() - 1].concat()).unwrap();
            // Magic, cipher (aes256-ctr), derivation (bcrypt), options: a salt of 16 bytes, the rounds.
            let at = OPENSSH_MAGIC.len() + (4 + 10) + (4 + 6) + 4 + (4 + 16);
            body[at..at + 4].copy_from_slice(&u32::to_be_bytes(rounds));
            let pem = format!("{}\n{}\n{}\n", lines[0], BASE64.encode(body), lines[lines.len() - 1]);
            assert_eq!(asked(&pem), answer, "{rounds}");
        }
    }

    /// A DER element.
    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 0x80);
        [&[tag, length], content].concat()
    }

    /// A PKCS#8 key that says this of how its passphrase becomes a key.
    fn encrypted(scheme: &[u8], function: &[u8], numbers: &[&[u8]]) -> Result<bool, NotAPrivateKey> {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| tlv(0x02, number)).collect();
        let settings = tlv(0x30, &[tlv(0x04, b"saltsalt"), numbers].concat());
        let derivation = tlv(0x30, &[tlv(0x06, function), settings].concat());
        let algorithm = tlv(0x30, &[tlv(0x06, scheme), tlv(0x30, &derivation)].concat());
        let body = BASE64.encode(tlv(0x30, &[algorithm, tlv(0x04, b"secret")].concat()));
        let pem =
            format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----");
        needs_passphrase(&SecretText::from(pem))
    }

    #[test]
    fn a_passphrase_that_takes_too_much_work_is_refused() {
        use NotAPrivateKey::{Encryption, Rounds};
        let (cost, block) = (&[0x40, 0x00][..], &[8][..]);
        for (function, numbers, expected) in [
            (PBKDF2, vec![&[0x08, 0x00][..]], Ok(true)),
            (PBKDF2, vec![&[0x0f, 0x42, 0x40]], Ok(true)),
            (PBKDF2, vec![&[0x0f, 0x42, 0x41]], Err(Rounds)),
            (PBKDF2, vec![&[0x7f, 0xff, 0xff, 0xff]], Err(Rounds)),
            (PBKDF2, vec![&[0xff]], Err(Rounds)),
            (PBKDF2, vec![], Err(Rounds)),
            (SCRYPT, vec![cost, block, &[1]], Ok(true)),
            (SCRYPT, vec![cost, block, &[5]], Err(Rounds)),
            (SCRYPT, vec![&[0x01, 0x00, 0x00, 0x00, 0x00, 0x00], block, &[1]], Err(Rounds)),
            (SCRYPT, vec![&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], block, &[1]], Err(Rounds)),
            (SCRYPT, vec![&[0x01; 9], block, &[1]], Err(Rounds)),
            (SCRYPT, vec![cost], Err(Rounds)),
            (b"\x2a", vec![cost], Err(Encryption)),
        ] {
            assert_eq!(encrypted(PBES2, function, &numbers), expected, "{function:?} {numbers:?}");
        }
        assert_eq!(encrypted(b"\x2a", PBKDF2, &[cost]), Err(Encryption));
    }
}
