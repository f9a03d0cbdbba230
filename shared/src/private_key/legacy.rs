//! The encryption of the old PEM forms (RFC 1421 §4.6.1.3), as OpenSSL has always done it: the key is MD5 over passphrase
//! and salt, once (EVP_BytesToKey(3)).

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use des::{Des, TdesEde3};
use zeroize::{Zeroize, Zeroizing};

use super::NotAPrivateKey;

/// Opens content with the value of its `DEK-Info` header: the cipher, a comma, and the first vector in hexadecimal.
pub(super) fn open(
    info: &str,
    content: Zeroizing<Vec<u8>>,
    passphrase: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey> {
    let (cipher, vector) = info.split_once(',').ok_or(NotAPrivateKey::Damaged)?;
    let vector = hex::decode(vector.trim()).map_err(|_| NotAPrivateKey::Damaged)?;
    let (open, key_bytes): (Open, usize) = match cipher.trim() {
        "DES-EDE3-CBC" => (cbc_of::<TdesEde3>, 24),
        "DES-CBC" => (cbc_of::<Des>, 8),
        "AES-128-CBC" => (cbc_of::<Aes128>, 16),
        "AES-192-CBC" => (cbc_of::<Aes192>, 24),
        "AES-256-CBC" => (cbc_of::<Aes256>, 32),
        _ => return Err(NotAPrivateKey::Encryption),
    };
    let passphrase = passphrase.ok_or(NotAPrivateKey::NeedsPassphrase)?;
    let salt = vector.get(..8).ok_or(NotAPrivateKey::Damaged)?;
    open(&derived(passphrase, salt, key_bytes), &vector, content)
}

type Open = fn(&[u8], &[u8], Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey>;

/// CBC with the padding of PKCS#7. Padding that is wrong shows a wrong passphrase.
pub(super) fn cbc_of<C>(
    key: &[u8],
    vector: &[u8],
    mut content: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey>
where
    C: cbc::cipher::BlockCipherDecrypt + cbc::cipher::KeyInit,
    cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    let cipher = <cbc::Decryptor<C> as KeyIvInit>::new_from_slices(key, vector)
        .map_err(|_| NotAPrivateKey::Damaged)?;
    let length =
        cipher.decrypt_padded::<Pkcs7>(&mut content).map_err(|_| NotAPrivateKey::WrongPassphrase)?.len();
    content.truncate(length);
    Ok(content)
}

fn derived(passphrase: &str, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut last = Zeroizing::new(Vec::with_capacity(16));
    while key.len() < length {
        let mut hash = md5::Context::new();
        hash.consume(&*last);
        hash.consume(passphrase.as_bytes());
        hash.consume(salt);
        let mut digest = hash.finalize();
        last.clear();
        last.extend_from_slice(&digest.0);
        key.extend_from_slice(&digest.0);
        digest.0.zeroize();
    }
    key.truncate(length);
    key
}
