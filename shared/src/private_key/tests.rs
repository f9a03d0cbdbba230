//! Against files that ssh-keygen, OpenSSL and PuTTYgen wrote: see `testdata/private-keys`. What paramiko, asyncssh and
//! OpenSSH make of the normal form is in `tests/python`.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use proptest::prelude::*;

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
const PASSPHRASE: &str = "open sesame";

fn secret(text: &str) -> SecretText {
    SecretText::from(text.to_owned())
}

fn read(text: &str, passphrase: Option<&str>) -> Result<PrivateKey, NotAPrivateKey> {
    let passphrase = passphrase.map(secret);
    PrivateKey::read(&secret(text), passphrase.as_ref(), &mut Work::default())
}

fn normal(text: &str, passphrase: Option<&str>, form: Form) -> Result<String, NotAPrivateKey> {
    let written = read(text, passphrase)?.write(form)?;
    Ok(written.expose().to_owned())
}

/// Why a key is not taken that is read without a passphrase. A key that is only locked is none.
fn fault(text: &str) -> Option<NotAPrivateKey> {
    read(text, None).err().filter(|reason| *reason != NotAPrivateKey::NeedsPassphrase)
}

/// The files of `make_forms.sh`, by name.
fn files() -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/private-keys/forms");
    let files = fs::read_dir(directory).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    });
    files.filter(|(name, _)| !name.ends_with(".pub")).collect()
}

fn passphrase_of(name: &str) -> Option<&'static str> {
    name.ends_with("locked").then_some(PASSPHRASE)
}

/// The ways in which the line breaks of a pasted file, and what is around it, come out.
fn pastes(text: &str) -> Vec<String> {
    let is_putty = text.starts_with("PuTTY");
    let mut pastes = vec![
        text.to_owned(),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r\n\r\n"),
        text.replace('\n', "\\n"),
        text.replace('\n', "\\r\\n"),
        text.replace('\n', " "),
        text.replace('\n', ""),
        text.replace('\n', "\n\t"),
        format!("\n  {}", text.replace('\n', "\n  ")),
        text.trim_end().to_owned(),
        format!("\u{feff}{text}"),
        format!("\"{text}\""),
        format!("'{}'", text.trim_end()),
        format!("\u{201c}{}\u{201d}", text.trim_end()),
        format!("Here is the key for the upload:\n\n{text}"),
    ];
    if !is_putty {
        pastes.extend([
            text.replace('\n', "\u{a0}\n"),
            text.replace('\n', "\n\u{a0}\u{a0}"),
            text.replace('\n', "\n\u{200b}"),
            format!("Bag Attributes\n    localKeyID: 01\n{text}\nThanks!\n"),
        ]);
    }
    pastes
}

#[test]
fn every_form_of_a_key_becomes_the_same_text() {
    let files = files();
    assert!(files.len() > 120, "{}", files.len());
    for (name, text) in &files {
        let kind = name.split('-').next().unwrap();
        let key = read(text, passphrase_of(name)).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        for form in [Form::OpenSsh, Form::Pkcs8] {
            let expected = normal(&files[&format!("{kind}-openssh")], None, form).unwrap();
            assert_eq!(key.write(form).ok().unwrap().expose(), expected, "{name}");
            // A passphrase that is not needed does no harm.
            if !name.ends_with("locked") {
                assert_eq!(normal(text, Some("not needed"), form).as_ref(), Ok(&expected), "{name}");
            }
        }
    }
}

#[test]
fn a_normal_form_is_its_own_normal_form() {
    for (name, text) in files().iter().filter(|(name, _)| name.ends_with("-openssh")) {
        for form in [Form::OpenSsh, Form::Pkcs8] {
            let once = normal(text, None, form).unwrap();
            assert_eq!(normal(&once, None, form).as_ref(), Ok(&once), "{name}");
            assert!(once.ends_with("-----\n") && !once.contains('\r'), "{name}");
            let other = if form == Form::OpenSsh { Form::Pkcs8 } else { Form::OpenSsh };
            let there_and_back = normal(&normal(&once, None, other).unwrap(), None, form);
            assert_eq!(there_and_back.as_ref(), Ok(&once), "{name}");
        }
    }
}

#[test]
fn line_breaks_and_what_stands_around_a_key_do_not_matter() {
    for (name, text) in &files() {
        // Opening takes time by design: of the locked ones, those that are opened at once are enough.
        let quick = [
            "rsa-pem-aes128-locked",
            "p256-pem-des3-locked",
            "ed25519-putty2-locked",
            "rsa-pkcs8-pbe-md5-des-locked",
        ];
        if name.ends_with("locked") && !quick.contains(&name.as_str()) {
            continue;
        }
        let passphrase = passphrase_of(name);
        let expected = normal(text, passphrase, Form::OpenSsh).unwrap();
        for pasted in pastes(text) {
            let became = normal(&pasted, passphrase, Form::OpenSsh);
            assert_eq!(became.as_ref(), Ok(&expected), "{name}: {pasted:?}");
        }
    }
}

#[test]
fn a_locked_key_opens_with_its_passphrase_and_no_other() {
    for (name, text) in files().iter().filter(|(name, _)| name.ends_with("locked")) {
        assert_eq!(read(text, None).err(), Some(NotAPrivateKey::NeedsPassphrase), "{name}");
        assert_eq!(read(text, Some("")).err(), Some(NotAPrivateKey::NeedsPassphrase), "{name}");
        let wrong = read(text, Some("Open sesame"));
        assert_eq!(wrong.err(), Some(NotAPrivateKey::WrongPassphrase), "{name}");
    }
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
        (test_key!("pkcs1-rsa-aes256-locked"), true),
        (test_key!("pkcs8-rsa"), false),
        (test_key!("pkcs8-rsa-locked"), true),
        (test_key!("sec1-ecdsa"), false),
        (test_key!("sec1-ecdsa-locked"), true),
        (test_key!("openssh-ed25519-aes256-locked"), true),
        (test_key!("openssh-ed25519-chacha20-locked"), true),
        (test_key!("pkcs8-ed25519"), false),
        (test_key!("pkcs8-ed25519-scrypt-locked"), true),
        (test_key!("pkcs8-ed25519-sha512-locked"), true),
        (test_key!("pkcs8-ed25519-des3-locked"), true),
        (test_key!("pkcs8-ed25519-pbes1-locked"), true),
        (test_key!("pkcs8-ecdsa-sha1-locked"), true),
    ] {
        for pasted in pastes(pem) {
            let name = pem.lines().next().unwrap();
            match read(&pasted, None) {
                Ok(_) => assert!(!encrypted, "{name}"),
                Err(reason) => {
                    assert!(encrypted && reason == NotAPrivateKey::NeedsPassphrase, "{name} {reason}")
                }
            }
        }
        assert!(read(pem, Some(PASSPHRASE)).is_ok(), "{pem}");
    }
}

#[test]
fn a_key_that_nothing_could_use_is_refused_when_it_is_entered() {
    for (pem, reason) in [
        (test_key!("pkcs8-ed25519-rounds-locked"), NotAPrivateKey::Rounds),
        (test_key!("pkcs8-x25519"), NotAPrivateKey::Kind),
        (test_key!("openssh-dsa"), NotAPrivateKey::Kind),
        (test_key!("putty-dsa"), NotAPrivateKey::Kind),
        (test_key!("pkcs8-dsa"), NotAPrivateKey::Kind),
        (test_key!("pkcs8-brainpool"), NotAPrivateKey::Kind),
        (test_key!("sec1-secp256k1-explicit"), NotAPrivateKey::Kind),
        (test_key!("pkcs8-ed25519-rc2-locked"), NotAPrivateKey::Encryption),
        (test_key!("rsa-768.pkcs8.pem"), NotAPrivateKey::TooShort),
    ] {
        assert_eq!(read(pem, Some(PASSPHRASE)).err(), Some(reason), "{pem}");
    }
    assert_eq!(
        read(&[ED25519, test_key!("openssh-rsa")].concat(), None).err(),
        Some(NotAPrivateKey::Several)
    );
    let first_version = test_key!("putty-dsa").replace("File-3", "File-1").replace("ssh-dss", "ssh-rsa");
    assert_eq!(read(&first_version, None).err(), Some(NotAPrivateKey::OldPutty));
}

/// `openssl genpkey -algorithm RSA-PSS`, which NetSuite's own guide has people make: SSH knows no such signature.
#[test]
fn a_pss_key_stays_one_and_is_none_for_ssh() {
    let pem = test_key!("rsa-3072.pss.pem");
    assert_eq!(normal(pem, None, Form::OpenSsh), Err(NotAPrivateKey::PssOnly));
    assert_eq!(normal(&pem.replace('\n', "\\n"), None, Form::Pkcs8).as_deref(), Ok(pem));
    assert_eq!(read(pem, None).unwrap().rsa_bits(), Some(3072));
}

#[test]
fn a_key_with_a_broken_frame_is_damaged() {
    let lines: Vec<&str> = ED25519_LOCKED.lines().collect();
    let [begin, body, end] = [lines[0], &lines[1..lines.len() - 1].concat(), lines[lines.len() - 1]];
    for text in [
        format!("{begin}\n{body}\n{}\n", end.replace("OPENSSH", "RSA")),
        format!("{begin}\n{body}{body}\n{end}\n"),
        format!("{begin}\n{}\n{end}\n", &body[..body.len() - 4]),
        format!("{begin}\n{}\n{end}\n", BASE64.encode(b"openssh-key-v1")),
        format!("{begin}\n{}\n{end}\n", BASE64.encode(b"openssh-key-v1\0")),
    ] {
        assert_eq!(fault(&text), Some(NotAPrivateKey::Damaged), "{text}");
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
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", NotAPrivateKey::Damaged),
        (dsa, NotAPrivateKey::Kind),
        ("", NotAPrivateKey::Damaged),
        ("s3cret", NotAPrivateKey::Damaged),
        ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", NotAPrivateKey::Damaged),
        ("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n", NotAPrivateKey::Damaged),
    ] {
        assert_eq!(fault(text), Some(what), "{text}");
    }
}

#[test]
fn a_key_that_lost_a_part_is_damaged() {
    for name in [
        ED25519,
        ED25519_LOCKED,
        test_key!("pkcs8-rsa"),
        test_key!("pkcs1-rsa"),
        test_key!("forms/rsa-putty3"),
    ] {
        let lines: Vec<&str> = name.lines().collect();
        for lost in [0, 1, lines.len() - 2, lines.len() - 1] {
            let rest: Vec<&str> =
                lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line).collect();
            let fault = fault(&rest.join("\n"));
            assert!(
                matches!(fault, Some(NotAPrivateKey::Damaged | NotAPrivateKey::Encryption)),
                "without line {lost}"
            );
        }
    }
}

/// The two halves of a pair are computed anew: a file with the public half of another key is not taken.
#[test]
fn halves_that_do_not_belong_together_are_damaged() {
    for one in ["ed25519", "p256", "rsa"] {
        let text = &files()[&format!("{one}-openssh")];
        let lines: Vec<&str> = text.lines().collect();
        let mut body = BASE64.decode(lines[1..lines.len() - 1].concat()).unwrap();
        for at in (0..body.len()).rev().take(60) {
            body[at] ^= 1;
            let pem = format!("{}\n{}\n{}\n", lines[0], BASE64.encode(&body), lines[lines.len() - 1]);
            body[at] ^= 1;
            if let Ok(became) = normal(&pem, None, Form::OpenSsh) {
                assert_eq!(became, normal(text, None, Form::OpenSsh).unwrap(), "only the comment may differ");
            }
        }
    }
}

#[test]
fn a_key_that_would_take_minutes_to_open_is_not_taken() {
    for (rounds, answer) in [
        (0, NotAPrivateKey::Damaged),
        (150, NotAPrivateKey::WrongPassphrase),
        (151, NotAPrivateKey::Rounds),
        (u32::MAX, NotAPrivateKey::Rounds),
    ] {
        let lines: Vec<&str> = ED25519_LOCKED.lines().collect();
        let mut body = BASE64.decode(lines[1..lines.len() - 1].concat()).unwrap();
        // Magic, cipher (aes256-ctr), derivation (bcrypt), options: a salt of 16 bytes, the rounds.
        let at = OPENSSH_MAGIC.len() + (4 + 10) + (4 + 6) + 4 + (4 + 16);
        body[at..at + 4].copy_from_slice(&u32::to_be_bytes(rounds));
        let pem = format!("{}\n{}\n{}\n", lines[0], BASE64.encode(body), lines[lines.len() - 1]);
        assert_eq!(read(&pem, Some(PASSPHRASE)).err(), Some(answer), "{rounds}");
    }
}

#[test]
fn the_keys_of_one_request_share_their_work() {
    let (key, passphrase) = (secret(ED25519_LOCKED), secret(PASSPHRASE));
    let mut work = Work::default();
    let opened = (0..40).take_while(|_| PrivateKey::read(&key, Some(&passphrase), &mut work).is_ok()).count();
    assert!((5..20).contains(&opened), "{opened}");
    assert_eq!(PrivateKey::read(&key, Some(&passphrase), &mut work).err(), Some(NotAPrivateKey::Rounds));
    assert!(
        PrivateKey::read(&secret(ED25519), None, &mut work).is_ok(),
        "a key without a passphrase takes none"
    );
}

#[test]
fn a_putty_key_that_would_take_minutes_or_much_memory_is_not_taken() {
    let key = test_key!("forms/ed25519-putty3-locked");
    for (name, value) in [
        ("Argon2-Memory: 8192", "Argon2-Memory: 1048576"),
        ("Argon2-Memory: 8192", "Argon2-Memory: 99999999999999999999"),
        ("Argon2-Passes: 13", "Argon2-Passes: 4000000000"),
        ("Argon2-Passes: 13", "Argon2-Passes: "),
        ("Argon2-Parallelism: 1", "Argon2-Parallelism: 4000000000"),
    ] {
        assert!(key.contains(name));
        let changed = key.replace(name, value);
        assert_eq!(read(&changed, Some(PASSPHRASE)).err(), Some(NotAPrivateKey::Rounds), "{value}");
    }
}

/// A DER element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 0x80);
    [&[tag, length], content].concat()
}

/// A PKCS#8 key under AES-256 that says this of how its passphrase becomes a key.
fn encrypted(scheme: &[u8], function: &[u8], numbers: &[&[u8]]) -> Option<NotAPrivateKey> {
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
    fault(&format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----"))
}

#[test]
fn a_passphrase_that_takes_too_much_work_is_refused() {
    use NotAPrivateKey::{Encryption, Rounds};
    let (cost, block) = (&[0x40, 0x00][..], &[8][..]);
    for (function, numbers, expected) in [
        (PBKDF2, vec![&[0x08, 0x00][..]], None),
        (PBKDF2, vec![&[0x0f, 0x42, 0x40]], None),
        (PBKDF2, vec![&[0x0f, 0x42, 0x41]], Some(Rounds)),
        (PBKDF2, vec![&[0x7f, 0xff, 0xff, 0xff]], Some(Rounds)),
        (PBKDF2, vec![&[0xff]], Some(Rounds)),
        (PBKDF2, vec![], Some(Rounds)),
        (SCRYPT, vec![cost, block, &[1]], None),
        (SCRYPT, vec![cost, block, &[5]], Some(Rounds)),
        (SCRYPT, vec![&[0x01, 0x00, 0x00, 0x00, 0x00, 0x00], block, &[1]], Some(Rounds)),
        (SCRYPT, vec![&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], block, &[1]], Some(Rounds)),
        (SCRYPT, vec![&[0x01; 9], block, &[1]], Some(Rounds)),
        (SCRYPT, vec![cost], Some(Rounds)),
        (SCRYPT, vec![&[0], block, &[1]], Some(Encryption)),
        (SCRYPT, vec![&[0x40, 0x01], block, &[1]], Some(Encryption)),
        (b"\x2a", vec![cost], Some(Encryption)),
    ] {
        assert_eq!(encrypted(PBES2, function, &numbers), expected, "{function:?} {numbers:?}");
    }
    assert_eq!(encrypted(b"\x2a", PBKDF2, &[cost]), Some(Encryption));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is pasted: an answer, not a panic.
    #[test]
    fn a_broken_file_is_refused_and_nothing_else(
        name in prop::sample::select(vec!["rsa-pkcs1", "rsa-openssh", "p256-sec1", "p521-pkcs8", "ed25519-putty2", "p384-pem-aes128-locked"]),
        at in any::<prop::sample::Index>(),
        character in "[A-Za-z0-9+/= \\n:-]",
    ) {
        let text = files().remove(name).unwrap();
        let at = at.index(text.len());
        let broken = [&text[..at], &character, &text[at + 1..]].concat();
        if let Ok(key) = read(&broken, Some(PASSPHRASE)) {
            prop_assert!(key.write(Form::Pkcs8).is_ok());
        }
    }
}
