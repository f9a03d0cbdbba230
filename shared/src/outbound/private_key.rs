//! Whether a text is a private key, without reading the key itself.

use pkcs8::{
    EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef,
    der::{self, Decode, ErrorKind, Tag, Tagged, asn1::AnyRef},
    pkcs5::{EncryptionScheme, pbes2},
};
use ssh_key::{Algorithm, Kdf, PrivateKey, encoding};
use zeroize::Zeroizing;

use crate::{
    pem::{self, Block},
    secret::SecretText,
};

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
    let first = text.lines().next().ok_or(NotAPrivateKey::Damaged)?;
    if !first.starts_with("-----BEGIN ") {
        return Err(something_else(first));
    }
    let blocks = pem::blocks(&text);
    let block = blocks.first().ok_or(NotAPrivateKey::Damaged)?;
    let body = |block: &Block<'_>| block.decode().map_err(|pem::Damaged| NotAPrivateKey::Damaged);
    match block.label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY" => Err(NotAPrivateKey::PublicKey),
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "CERTIFICATE REQUEST" => Err(NotAPrivateKey::Certificate),
        "DSA PRIVATE KEY" => Err(NotAPrivateKey::Kind),
        "OPENSSH PRIVATE KEY" => openssh(&body(block)?),
        "ENCRYPTED PRIVATE KEY" => pkcs8_encryption(&body(block)?).map(|()| true),
        "PRIVATE KEY" => pkcs8(&body(block)?).map(|()| false),
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            let body = body(block)?;
            if block.has_encryption_header() {
                old_encryption(block).map(|()| true)
            } else {
                sequence(&body).map(|_| false)
            }
        }
        _ => Err(NotAPrivateKey::Damaged),
    }
}

/// The lines of a key as its reader expects them: some who paste one leave a `\n` of JSON as it is, indent the lines, or
/// bring along line ends of Windows and empty lines.
#[must_use]
pub fn pem_lines(pem: &SecretText) -> Zeroizing<String> {
    pem::lines(pem.expose())
}

/// The line in the place of a PEM form's first line.
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

/// Of the encryptions of the older forms, russh opens one: RSA keys under AES-128 in CBC mode, which `ssh-keygen -m PEM` makes.
fn old_encryption(block: &Block<'_>) -> Result<(), NotAPrivateKey> {
    let is_aes_128 = block.header("DEK-Info").is_some_and(|info| info.starts_with("AES-128-CBC,"));
    if block.label == "RSA PRIVATE KEY" && is_aes_128 { Ok(()) } else { Err(NotAPrivateKey::Encryption) }
}

/// A DER form is one SEQUENCE (X.690 §8.9).
fn sequence(body: &[u8]) -> Result<AnyRef<'_>, NotAPrivateKey> {
    let all = AnyRef::from_der(body).map_err(|_| NotAPrivateKey::Damaged)?;
    if all.tag() == Tag::Sequence { Ok(all) } else { Err(NotAPrivateKey::Damaged) }
}

/// The kinds of keys in PKCS#8 that a login can use: RSA (RFC 8017 appendix A.1), elliptic curves (RFC 5480 §2.1.1) and
/// Ed25519 (RFC 8410 §3).
const KINDS: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"),
    ObjectIdentifier::new_unwrap("1.3.101.112"),
];

fn pkcs8(body: &[u8]) -> Result<(), NotAPrivateKey> {
    let key = PrivateKeyInfoRef::from_der(body).map_err(|_| NotAPrivateKey::Damaged)?;
    if KINDS.contains(&key.algorithm.oid) { Ok(()) } else { Err(NotAPrivateKey::Kind) }
}

/// What OWASP advises is 600,000, what OpenSSL does 2,048.
const MAX_PBKDF2_ROUNDS: u32 = 1_000_000;
/// OpenSSL takes 16 MiB (RFC 7914 §2: 128 bytes × block size × cost), and no parallel passes.
const MAX_SCRYPT_BYTES: u64 = 64 * 1024 * 1024;
const MAX_SCRYPT_PASSES: u16 = 4;

/// Looks at how the passphrase of a PKCS#8 key becomes a key (RFC 5958 §3, RFC 8018 appendix A.4). The maker
/// of the key chooses how much work and memory this takes, so it needs a bound.
fn pkcs8_encryption(body: &[u8]) -> Result<(), NotAPrivateKey> {
    sequence(body)?;
    let key = EncryptedPrivateKeyInfoRef::from_der(body).map_err(|error| unreadable(&error))?;
    let EncryptionScheme::Pbes2(scheme) = key.encryption_algorithm else {
        return Err(NotAPrivateKey::Encryption);
    };
    let is_bounded = match scheme.kdf {
        // russh does not open it: SHA-1 (RFC 8018 appendix B.1.1), which OpenSSL took before 1.1.0.
        pbes2::Kdf::Pbkdf2(settings) if settings.prf == pbes2::Pbkdf2Prf::HmacWithSha1 => {
            return Err(NotAPrivateKey::Encryption);
        }
        pbes2::Kdf::Pbkdf2(settings) => settings.iteration_count <= MAX_PBKDF2_ROUNDS,
        pbes2::Kdf::Scrypt(settings) => {
            let (cost, block) = (settings.cost_parameter, u64::from(settings.block_size));
            let bytes = cost.saturating_mul(block).saturating_mul(128);
            let is_bounded = bytes <= MAX_SCRYPT_BYTES && settings.parallelization <= MAX_SCRYPT_PASSES;
            // RFC 7914 §2: the cost is a power of two.
            if is_bounded && !cost.is_power_of_two() {
                return Err(NotAPrivateKey::Encryption);
            }
            is_bounded
        }
        _ => return Err(NotAPrivateKey::Encryption),
    };
    if is_bounded { Ok(()) } else { Err(NotAPrivateKey::Rounds) }
}

/// Why the settings of an encryption cannot be read. A number that is missing or does not fit could stand for any work.
fn unreadable(error: &der::Error) -> NotAPrivateKey {
    let is_about_a_number = matches!(
        error.kind(),
        ErrorKind::Incomplete { .. }
            | ErrorKind::Overflow
            | ErrorKind::Length { tag: Tag::Integer }
            | ErrorKind::Value { tag: Tag::Integer }
            | ErrorKind::TagUnexpected { expected: Some(Tag::Integer), .. }
    );
    if is_about_a_number { NotAPrivateKey::Rounds } else { NotAPrivateKey::Encryption }
}

/// An OpenSSH key (openssh-portable, `PROTOCOL.key`).
fn openssh(body: &[u8]) -> Result<bool, NotAPrivateKey> {
    let key = PrivateKey::from_bytes(body).map_err(|error| {
        // The label is the name of a cipher, or of a way to derive its key.
        let is_unknown = matches!(error, ssh_key::Error::Encoding(encoding::Error::Label(_)));
        if is_unknown { NotAPrivateKey::Encryption } else { NotAPrivateKey::Damaged }
    })?;
    if !matches!(key.algorithm(), Algorithm::Ed25519 | Algorithm::Rsa { .. } | Algorithm::Ecdsa { .. }) {
        return Err(NotAPrivateKey::Kind);
    }
    match key.kdf() {
        Kdf::None if key.is_encrypted() => Err(NotAPrivateKey::Damaged),
        Kdf::None => Ok(false),
        Kdf::Bcrypt { rounds: 0, .. } => Err(NotAPrivateKey::Damaged),
        Kdf::Bcrypt { rounds: 1..=MAX_ROUNDS, .. } => Ok(true),
        Kdf::Bcrypt { .. } => Err(NotAPrivateKey::Rounds),
        _ => Err(NotAPrivateKey::Encryption),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

    use super::*;

    const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
    /// Object identifiers in DER (RFC 8018 §6.2 and §5.2, RFC 7914 §7).
    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
    const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
    /// AES-256 in CBC mode (RFC 3565 §4.1).
    const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
    /// The hash that OpenSSL takes for PBKDF2 (RFC 8018 appendix B.1.2).
    const HMAC_SHA_256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];

    macro_rules! test_key {
        ($name:literal) => {
            include_str!(concat!("../../testdata/private-keys/", $name))
        };
    }

    const ED25519: &str = test_key!("openssh-ed25519");
    const ED25519_LOCKED: &str = test_key!("openssh-ed25519-locked");

    fn asked(pem: &str) -> Result<bool, NotAPrivateKey> {
        needs_passphrase(&SecretText::from(pem.to_owned()))
    }

    #[test]
    fn every_form_tells_whether_it_is_encrypted() {
        for (pem, encrypted) in [
            (ED25519, false),
            (ED25519_LOCKED, true),
            (test_key!("openssh-ecdsa"), false),
            (test_key!("openssh-rsa"), false),
            (test_key!("pkcs1-rsa"), false),
            (test_key!("pkcs1-rsa-locked"), true),
            (test_key!("pkcs8-rsa"), false),
            (test_key!("pkcs8-rsa-locked"), true),
            (test_key!("sec1-ecdsa"), false),
            (test_key!("openssh-ed25519-aes256-locked"), true),
            (test_key!("openssh-ed25519-chacha20-locked"), true),
            (test_key!("pkcs8-ed25519"), false),
            (test_key!("pkcs8-ed25519-scrypt-locked"), true),
            (test_key!("pkcs8-ed25519-sha512-locked"), true),
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
    fn a_key_that_no_login_could_use_is_refused_when_it_is_entered() {
        for (pem, reason) in [
            (test_key!("pkcs1-rsa-aes256-locked"), NotAPrivateKey::Encryption),
            (test_key!("sec1-ecdsa-locked"), NotAPrivateKey::Encryption),
            (test_key!("pkcs8-ecdsa-sha1-locked"), NotAPrivateKey::Encryption),
            (test_key!("pkcs8-ed25519-des3-locked"), NotAPrivateKey::Encryption),
            (test_key!("pkcs8-ed25519-pbes1-locked"), NotAPrivateKey::Encryption),
            (test_key!("pkcs8-ed25519-rounds-locked"), NotAPrivateKey::Rounds),
            (test_key!("pkcs8-x25519"), NotAPrivateKey::Kind),
            (test_key!("openssh-dsa"), NotAPrivateKey::Kind),
        ] {
            assert_eq!(asked(pem), Err(reason), "{pem}");
        }
    }

    #[test]
    fn a_key_with_text_around_it_or_a_broken_frame_is_damaged() {
        let lines: Vec<&str> = ED25519_LOCKED.lines().collect();
        let [begin, body, end] = [lines[0], &lines[1..lines.len() - 1].concat(), lines[lines.len() - 1]];
        for text in [
            format!("Bag Attributes\n{ED25519_LOCKED}"),
            format!("{begin}\n{body}\n{}\n", end.replace("OPENSSH", "RSA")),
            format!("{begin}\n{body}{body}\n{end}\n"),
            format!("{begin}\n{}\n{end}\n", &body[..body.len() - 4]),
            format!("{begin}\n{}\n{end}\n", BASE64.encode(b"openssh-key-v1")),
            format!("{begin}\n{}\n{end}\n", BASE64.encode(b"openssh-key-v1\0")),
        ] {
            assert_eq!(asked(&text), Err(NotAPrivateKey::Damaged), "{text}");
        }
    }

    /// Text after the last line is not read, neither here nor by the reader that opens the key: both read the
    /// same lines.
    #[test]
    fn a_last_line_in_the_middle_of_a_line_ends_the_key_for_every_reader() {
        let end = "-----END OPENSSH PRIVATE KEY-----";
        let text = ED25519_LOCKED.replace(&format!("\n{end}"), &format!("{end}AAAA"));
        assert_eq!(asked(&text), Ok(true));
        assert_eq!(*pem_lines(&SecretText::from(text)), format!("{}AAAA\n", ED25519_LOCKED));
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
            (test_key!("public-ed25519"), NotAPrivateKey::PublicKey),
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
        for name in [ED25519, ED25519_LOCKED, test_key!("pkcs8-rsa"), test_key!("pkcs1-rsa")] {
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

    /// A PKCS#8 key under AES-256 that says this of how its passphrase becomes a key.
    fn encrypted(scheme: &[u8], function: &[u8], numbers: &[&[u8]]) -> Result<bool, NotAPrivateKey> {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| tlv(0x02, number)).collect();
        let settings = [tlv(0x04, b"saltsalt"), numbers];
        let hash = tlv(0x30, &[tlv(0x06, HMAC_SHA_256), tlv(0x05, b"")].concat());
        let hash = if function == PBKDF2 { hash } else { Vec::new() };
        let settings = tlv(0x30, &[settings.concat(), hash].concat());
        let derivation = tlv(0x30, &[tlv(0x06, function), settings].concat());
        let cipher = tlv(0x30, &[tlv(0x06, AES_256_CBC), tlv(0x04, &[7; 16])].concat());
        let parameters = tlv(0x30, &[derivation, cipher].concat());
        let algorithm = tlv(0x30, &[tlv(0x06, scheme), parameters].concat());
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
            (SCRYPT, vec![&[0], block, &[1]], Err(Encryption)),
            (SCRYPT, vec![&[0x40, 0x01], block, &[1]], Err(Encryption)),
            (b"\x2a", vec![cost], Err(Encryption)),
        ] {
            assert_eq!(encrypted(PBES2, function, &numbers), expected, "{function:?} {numbers:?}");
        }
        assert_eq!(encrypted(b"\x2a", PBKDF2, &[cost]), Err(Encryption));
    }
}
