//! Keys in DER: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 appendix A.1.2) and SEC 1 (RFC 5915).

use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::{
    EncodePrivateKey, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
    der::{
        Decode, SliceReader, Tag, TagNumber, Tagged,
        asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef},
    },
};
use rsa::{BoxedUint, RsaPrivateKey, pkcs1::RsaPrivateKey as Pkcs1, traits::PublicKeyParts};
use ssh_key::{
    EcdsaCurve,
    private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair},
};
use zeroize::Zeroizing;

use super::{Material, NotAPrivateKey};

/// RSA (RFC 8017 appendix A.1), RSASSA-PSS (RFC 4055 §1.2), elliptic curves (RFC 5480 §2.1.1) and Ed25519 (RFC 8410 §3).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 5480 §2.1.1.1.
const CURVES: [(ObjectIdentifier, EcdsaCurve); 3] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), EcdsaCurve::NistP256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), EcdsaCurve::NistP384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), EcdsaCurve::NistP521),
];

fn damaged<E>(_: E) -> NotAPrivateKey {
    NotAPrivateKey::Damaged
}

/// A DER form is one SEQUENCE (X.690 §8.9).
pub(super) fn sequence(bytes: &[u8]) -> Result<AnyRef<'_>, NotAPrivateKey> {
    let all = AnyRef::from_der(bytes).map_err(damaged)?;
    if all.tag() == Tag::Sequence { Ok(all) } else { Err(NotAPrivateKey::Damaged) }
}

pub(super) fn read_pkcs8(bytes: &[u8]) -> Result<Material, NotAPrivateKey> {
    sequence(bytes)?;
    let key = PrivateKeyInfoRef::from_der(bytes).map_err(damaged)?;
    let inner = key.private_key.as_bytes();
    match key.algorithm.oid {
        RSA => read_pkcs1(inner),
        RSASSA_PSS => {
            let bits = rsa(inner)?.n().bit_width();
            Ok(Material::Pss { pkcs8: Zeroizing::new(bytes.to_vec()), bits })
        }
        EC => sec1(inner, key.algorithm.parameters),
        ED25519 => {
            let seed = <&OctetStringRef>::from_der(inner).map_err(damaged)?;
            let seed = seed.as_bytes().try_into().map_err(damaged)?;
            Ok(Material::Pair(KeypairData::Ed25519(Ed25519Keypair::from_seed(seed))))
        }
        _ => Err(NotAPrivateKey::Kind),
    }
}

pub(super) fn read_pkcs1(bytes: &[u8]) -> Result<Material, NotAPrivateKey> {
    let pair = RsaKeypair::try_from(rsa(bytes)?).map_err(damaged)?;
    Ok(Material::Pair(KeypairData::Rsa(pair)))
}

fn rsa(bytes: &[u8]) -> Result<RsaPrivateKey, NotAPrivateKey> {
    let key = Pkcs1::from_der(bytes).map_err(damaged)?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    RsaPrivateKey::from_components(
        number(key.modulus.as_bytes()),
        number(key.public_exponent.as_bytes()),
        number(key.private_exponent.as_bytes()),
        vec![number(key.prime1.as_bytes()), number(key.prime2.as_bytes())],
    )
    .map_err(damaged)
}

pub(super) fn read_sec1(bytes: &[u8]) -> Result<Material, NotAPrivateKey> {
    sec1(bytes, None)
}

/// RFC 5915 §3. The curve is told by its name; where it is not named, or told by its numbers, the length of the key tells
/// which of ours it could be, and the public half whether it is.
fn sec1(bytes: &[u8], outer: Option<AnyRef<'_>>) -> Result<Material, NotAPrivateKey> {
    let mut reader = SliceReader::new(sequence(bytes)?.value()).map_err(damaged)?;
    u8::decode(&mut reader).map_err(damaged)?;
    let scalar = <&OctetStringRef>::decode(&mut reader).map_err(damaged)?.as_bytes();
    let inner = ContextSpecific::<AnyRef<'_>>::decode_explicit(&mut reader, TagNumber(0)).map_err(damaged)?;
    let public =
        ContextSpecific::<BitStringRef<'_>>::decode_explicit(&mut reader, TagNumber(1)).map_err(damaged)?;
    let public = public.as_ref().map(|public| public.value.raw_bytes());
    let named =
        outer.or(inner.map(|inner| inner.value)).and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let curve = match named {
        Some(name) => CURVES.iter().find(|(oid, _)| *oid == name).map(|(_, curve)| *curve),
        None if public.is_some() => by_length(scalar.len()),
        None => None,
    };
    let pair = on_curve(curve.ok_or(NotAPrivateKey::Kind)?, scalar, public)
        .map_err(|reason| if named.is_some() { reason } else { NotAPrivateKey::Kind })?;
    Ok(Material::Pair(KeypairData::Ecdsa(pair)))
}

const fn by_length(bytes: usize) -> Option<EcdsaCurve> {
    match bytes {
        32 => Some(EcdsaCurve::NistP256),
        48 => Some(EcdsaCurve::NistP384),
        65 | 66 => Some(EcdsaCurve::NistP521),
        _ => None,
    }
}

/// The pair of a private number. A public half that comes along must belong to it.
pub(super) fn on_curve(
    curve: EcdsaCurve,
    scalar: &[u8],
    public: Option<&[u8]>,
) -> Result<EcdsaKeypair, NotAPrivateKey> {
    // Some programs leave leading zeros out, and PuTTYgen writes one too many before a high bit.
    let zeros = scalar.iter().take_while(|byte| **byte == 0).count();
    let scalar = scalar.get(zeros..).unwrap_or_default();
    let padded = |length: usize| -> Result<Zeroizing<Vec<u8>>, NotAPrivateKey> {
        let missing = length.checked_sub(scalar.len()).ok_or(NotAPrivateKey::Damaged)?;
        Ok(Zeroizing::new([&vec![0; missing][..], scalar].concat()))
    };
    macro_rules! pair {
        ($curve:ident, $variant:ident, $length:literal) => {{
            let private = $curve::SecretKey::from_slice(&padded($length)?).map_err(damaged)?;
            let whole = private.public_key();
            let fits =
                |given: &[u8]| $curve::PublicKey::from_sec1_bytes(given).is_ok_and(|given| given == whole);
            if !public.is_none_or(fits) {
                return Err(NotAPrivateKey::Damaged);
            }
            EcdsaKeypair::$variant { public: whole.into(), private: private.into() }
        }};
    }
    Ok(match curve {
        EcdsaCurve::NistP256 => pair!(p256, NistP256, 32),
        EcdsaCurve::NistP384 => pair!(p384, NistP384, 48),
        EcdsaCurve::NistP521 => pair!(p521, NistP521, 66),
    })
}

/// A whole pair as PKCS#8.
pub(super) fn pkcs8(pair: &KeypairData) -> Result<SecretDocument, NotAPrivateKey> {
    if let Some(pair) = pair.rsa() {
        return RsaPrivateKey::try_from(pair).map_err(damaged)?.to_pkcs8_der().map_err(damaged);
    }
    if let Some(pair) = pair.ed25519() {
        // Without the public half: OpenSSL 3.0 reads no key of version 2 (RFC 5958 §2).
        let secret_key = *pair.private.as_ref();
        return KeypairBytes { secret_key, public_key: None }.to_pkcs8_der().map_err(damaged);
    }
    match pair.ecdsa().ok_or(NotAPrivateKey::Kind)? {
        EcdsaKeypair::NistP256 { private, .. } => {
            p256::SecretKey::from_slice(private.as_slice()).map_err(damaged)?.to_pkcs8_der()
        }
        EcdsaKeypair::NistP384 { private, .. } => {
            p384::SecretKey::from_slice(private.as_slice()).map_err(damaged)?.to_pkcs8_der()
        }
        EcdsaKeypair::NistP521 { private, .. } => {
            p521::SecretKey::from_slice(private.as_slice()).map_err(damaged)?.to_pkcs8_der()
        }
    }
    .map_err(damaged)
}
