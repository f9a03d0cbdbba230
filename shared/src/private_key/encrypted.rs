//! Encrypted PKCS#8 keys (RFC 5958 §3): PBES2 (RFC 8018 §6.2), PBES1 (RFC 8018 §6.1), and the scheme of PKCS#12 with triple
//! DES (RFC 7292 appendix C), which Java and old OpenSSL write.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use des::{Des, TdesEde3};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, ObjectIdentifier,
    der::{self, Decode, ErrorKind, SliceReader, Tag, asn1::OctetStringRef},
    pkcs5::{EncryptionScheme, pbes2},
    spki::AlgorithmIdentifierRef,
};
use zeroize::Zeroizing;

use super::{NotAPrivateKey, Work, asn1::sequence, legacy::cbc_of};

/// RFC 8018 appendix A.3, RFC 7292 appendix C.
const MD5_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3");
const SHA1_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10");
const SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
/// RFC 8018 appendix A.4.
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// What OWASP advises is 600,000, what OpenSSL does 2,048.
const MAX_PBKDF2_ROUNDS: u32 = 1_000_000;
const PBKDF2_ROUNDS_A_MILLISECOND: u32 = 2_000;
/// OpenSSL takes 16 MiB (RFC 7914 §2: 128 bytes × block size × cost), and no parallel passes.
const MAX_SCRYPT_BYTES: u64 = 64 * 1024 * 1024;
const MAX_SCRYPT_PASSES: u16 = 4;
const SCRYPT_BYTES_A_MILLISECOND: u64 = 256 * 1024;

/// Opens a key. The maker of the key chose how much work this takes, so it has a bound.
pub(super) fn open(
    bytes: &[u8],
    passphrase: Option<&str>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey> {
    let mut reader = SliceReader::new(sequence(bytes)?.value()).map_err(|_| NotAPrivateKey::Damaged)?;
    let algorithm = AlgorithmIdentifierRef::decode(&mut reader).map_err(|_| NotAPrivateKey::Encryption)?;
    if algorithm.oid == PBES2 {
        return open_pbes2(bytes, passphrase, work);
    }
    let content = <&OctetStringRef>::decode(&mut reader).map_err(|_| NotAPrivateKey::Damaged)?;
    let content = Zeroizing::new(content.as_bytes().to_vec());
    let old = match algorithm.oid {
        MD5_DES => Old::Pbes1(Hash::Md5),
        SHA1_DES => Old::Pbes1(Hash::Sha1),
        SHA1_3DES => Old::Pkcs12,
        _ => return Err(NotAPrivateKey::Encryption),
    };
    let (salt, rounds) = salt_and_rounds(&algorithm)?;
    let passphrase = passphrase.ok_or(NotAPrivateKey::NeedsPassphrase)?;
    spend_rounds(rounds, work)?;
    match old {
        Old::Pbes1(hash) => {
            let derived = pbkdf1(hash, passphrase, salt, rounds);
            let (key, vector) = derived.split_at_checked(8).ok_or(NotAPrivateKey::Encryption)?;
            cbc_of::<Des>(key, vector.get(..8).ok_or(NotAPrivateKey::Encryption)?, content)
        }
        Old::Pkcs12 => {
            let (key, vector) =
                (pkcs12(1, passphrase, salt, rounds, 24), pkcs12(2, passphrase, salt, rounds, 8));
            cbc_of::<TdesEde3>(&key, &vector, content)
        }
    }
}

enum Old {
    Pbes1(Hash),
    Pkcs12,
}

#[derive(Clone, Copy)]
enum Hash {
    Md5,
    Sha1,
}

impl Hash {
    fn of(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Md5 => md5::compute(bytes).0.to_vec(),
            Self::Sha1 => digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec(),
        })
    }
}

fn salt_and_rounds<'a>(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<(&'a [u8], u32), NotAPrivateKey> {
    let parameters = algorithm.parameters.ok_or(NotAPrivateKey::Encryption)?;
    let mut reader = SliceReader::new(parameters.value()).map_err(|_| NotAPrivateKey::Encryption)?;
    let salt = <&OctetStringRef>::decode(&mut reader).map_err(|_| NotAPrivateKey::Encryption)?;
    let rounds = u32::decode(&mut reader).map_err(|error| unreadable(&error))?;
    Ok((salt.as_bytes(), rounds))
}

fn spend_rounds(rounds: u32, work: &mut Work) -> Result<(), NotAPrivateKey> {
    if rounds > MAX_PBKDF2_ROUNDS {
        return Err(NotAPrivateKey::Rounds);
    }
    work.spend(u64::from(rounds / PBKDF2_ROUNDS_A_MILLISECOND))
}

/// RFC 8018 §5.1.
fn pbkdf1(hash: Hash, passphrase: &str, salt: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
    let mut derived = hash.of(&Zeroizing::new([passphrase.as_bytes(), salt].concat()));
    for _ in 1..rounds {
        derived = hash.of(&derived);
    }
    derived
}

/// RFC 7292 appendix B.2 with SHA-1, whose blocks have 64 bytes. Purpose 1 is a key, 2 a first vector.
fn pkcs12(purpose: u8, passphrase: &str, salt: &[u8], rounds: u32, length: usize) -> Zeroizing<Vec<u8>> {
    const BLOCK: usize = 64;
    let filled = |bytes: &[u8]| {
        let length = bytes.len().div_ceil(BLOCK) * BLOCK;
        Zeroizing::new(bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>())
    };
    // A BMPString with its two zero bytes (appendix B.1).
    let password: Zeroizing<Vec<u8>> =
        Zeroizing::new(passphrase.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect());
    let mut input = Zeroizing::new([filled(salt).as_slice(), filled(&password).as_slice()].concat());
    let mut derived = Zeroizing::new(Vec::with_capacity(length + 20));
    loop {
        let mut block = Hash::Sha1.of(&Zeroizing::new([&[purpose; BLOCK][..], &input].concat()));
        for _ in 1..rounds {
            block = Hash::Sha1.of(&block);
        }
        derived.extend_from_slice(&block);
        if derived.len() >= length {
            derived.truncate(length);
            return derived;
        }
        let addend: Zeroizing<Vec<u8>> = Zeroizing::new(block.iter().copied().cycle().take(BLOCK).collect());
        for chunk in input.chunks_mut(BLOCK) {
            let mut carry = 1;
            for (byte, add) in chunk.iter_mut().zip(addend.iter()).rev() {
                let sum = u16::from(*byte) + u16::from(*add) + carry;
                let [high, low] = sum.to_be_bytes();
                (*byte, carry) = (low, u16::from(high));
            }
        }
    }
}

fn open_pbes2(
    bytes: &[u8],
    passphrase: Option<&str>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey> {
    let key = EncryptedPrivateKeyInfoRef::from_der(bytes).map_err(|error| unreadable(&error))?;
    let EncryptionScheme::Pbes2(scheme) = &key.encryption_algorithm else {
        return Err(NotAPrivateKey::Encryption);
    };
    let milliseconds = match &scheme.kdf {
        pbes2::Kdf::Pbkdf2(settings) if settings.iteration_count <= MAX_PBKDF2_ROUNDS => {
            u64::from(settings.iteration_count / PBKDF2_ROUNDS_A_MILLISECOND)
        }
        pbes2::Kdf::Scrypt(settings) => {
            let (cost, block) = (settings.cost_parameter, u64::from(settings.block_size));
            let memory = cost.saturating_mul(block).saturating_mul(128);
            if memory > MAX_SCRYPT_BYTES || settings.parallelization > MAX_SCRYPT_PASSES {
                return Err(NotAPrivateKey::Rounds);
            }
            // RFC 7914 §2: the cost is a power of two.
            if !cost.is_power_of_two() {
                return Err(NotAPrivateKey::Encryption);
            }
            (memory / SCRYPT_BYTES_A_MILLISECOND).saturating_mul(u64::from(settings.parallelization))
        }
        pbes2::Kdf::Pbkdf2(_) => return Err(NotAPrivateKey::Rounds),
        _ => return Err(NotAPrivateKey::Encryption),
    };
    let passphrase = passphrase.ok_or(NotAPrivateKey::NeedsPassphrase)?;
    work.spend(milliseconds)?;
    let opened = key.decrypt(passphrase).map_err(|_| NotAPrivateKey::WrongPassphrase)?;
    Ok(Zeroizing::new(opened.as_bytes().to_vec()))
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
