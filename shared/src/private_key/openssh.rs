//! OpenSSH's own form (openssh-portable, `PROTOCOL.key`).

use ssh_key::{Kdf, PrivateKey as SshKey, encoding, private::KeypairData};

use super::{NotAPrivateKey, Work};

/// A round of bcrypt takes about this long.
const ROUND_MILLISECONDS: u64 = 10;

pub(super) fn read(
    bytes: &[u8],
    passphrase: Option<&str>,
    work: &mut Work,
) -> Result<KeypairData, NotAPrivateKey> {
    let key = SshKey::from_bytes(bytes).map_err(|error| {
        // The label is the name of a cipher, or of a way to derive its key.
        let is_unknown = matches!(error, ssh_key::Error::Encoding(encoding::Error::Label(_)));
        if is_unknown { NotAPrivateKey::Encryption } else { NotAPrivateKey::Damaged }
    })?;
    let rounds = match key.kdf() {
        Kdf::None if key.is_encrypted() => return Err(NotAPrivateKey::Damaged),
        Kdf::None => return Ok(key.key_data().clone()),
        Kdf::Bcrypt { rounds: 0, .. } => return Err(NotAPrivateKey::Damaged),
        Kdf::Bcrypt { rounds, .. } => u64::from(*rounds),
        _ => return Err(NotAPrivateKey::Encryption),
    };
    let passphrase = passphrase.ok_or(NotAPrivateKey::NeedsPassphrase)?;
    work.spend(rounds.saturating_mul(ROUND_MILLISECONDS))?;
    let opened = key.decrypt(passphrase).map_err(|_| NotAPrivateKey::WrongPassphrase)?;
    Ok(opened.key_data().clone())
}
