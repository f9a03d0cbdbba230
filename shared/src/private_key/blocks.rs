//! Keys in PEM (RFC 7468): OpenSSH's form, PKCS#8, PKCS#1 and SEC 1.

use zeroize::Zeroizing;

use super::{Material, NotAPrivateKey, Work, asn1, encrypted, legacy, openssh};
use crate::pem::{self, Block};

/// Reads the one private key of a text. Other blocks, such as a certificate or curve parameters, may stand around it.
pub(super) fn read(
    text: &str,
    passphrase: Option<&str>,
    work: &mut Work,
) -> Result<Material, NotAPrivateKey> {
    let lines = pem::lines(text);
    let blocks = pem::blocks(&lines);
    let mut keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let Some(block) = keys.next() else { return Err(something_else(&lines, &blocks)) };
    if keys.next().is_some() {
        return Err(NotAPrivateKey::Several);
    }
    let bytes = block.decode().map_err(|pem::Damaged| NotAPrivateKey::Damaged)?;
    match block.label {
        "OPENSSH PRIVATE KEY" => openssh::read(&bytes, passphrase, work).map(Material::Pair),
        "PRIVATE KEY" => asn1::read_pkcs8(&bytes),
        "ENCRYPTED PRIVATE KEY" => {
            let opened = encrypted::open(&bytes, passphrase, work)?;
            // A wrong passphrase can leave bytes that merely end as they should.
            asn1::read_pkcs8(&opened).map_err(behind_a_passphrase)
        }
        "RSA PRIVATE KEY" => old_form(block, bytes, passphrase, asn1::read_pkcs1),
        "EC PRIVATE KEY" => old_form(block, bytes, passphrase, asn1::read_sec1),
        "DSA PRIVATE KEY" => Err(NotAPrivateKey::Kind),
        _ => Err(NotAPrivateKey::Damaged),
    }
}

/// One of the forms before PKCS#8, which may be encrypted in the way of RFC 1421.
fn old_form(
    block: &Block<'_>,
    bytes: Zeroizing<Vec<u8>>,
    passphrase: Option<&str>,
    read: fn(&[u8]) -> Result<Material, NotAPrivateKey>,
) -> Result<Material, NotAPrivateKey> {
    if !block.has_encryption_header() {
        return read(&bytes);
    }
    let info = block.header("DEK-Info").ok_or(NotAPrivateKey::Encryption)?;
    let opened = legacy::open(info, bytes, passphrase)?;
    read(&opened).map_err(behind_a_passphrase)
}

/// What was opened is no key: so the passphrase was not the right one, unless it is a whole key of a wrong kind.
fn behind_a_passphrase(reason: NotAPrivateKey) -> NotAPrivateKey {
    if reason == NotAPrivateKey::Damaged { NotAPrivateKey::WrongPassphrase } else { reason }
}

/// A text without a private key, called by its name.
fn something_else(lines: &str, blocks: &[Block<'_>]) -> NotAPrivateKey {
    let by_label = blocks.iter().find_map(|block| match block.label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY" => Some(NotAPrivateKey::PublicKey),
        "CERTIFICATE"
        | "TRUSTED CERTIFICATE"
        | "X509 CERTIFICATE"
        | "CERTIFICATE REQUEST"
        | "NEW CERTIFICATE REQUEST" => Some(NotAPrivateKey::Certificate),
        _ => None,
    });
    let by_line = || {
        lines.lines().find_map(|line| {
            let kind = line.trim_start_matches(['"', '\'']).split(' ').next().unwrap_or_default();
            if kind.ends_with("-cert-v01@openssh.com") {
                Some(NotAPrivateKey::Certificate)
            } else if ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
                .iter()
                .any(|start| kind.starts_with(start))
                || line.starts_with("---- BEGIN SSH2 PUBLIC KEY")
            {
                Some(NotAPrivateKey::PublicKey)
            } else {
                None
            }
        })
    };
    by_label.or_else(by_line).unwrap_or(NotAPrivateKey::Damaged)
}
