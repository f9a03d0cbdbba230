use jsonwebtoken::{DecodingKey, Validation};
use serde_json::json;

use super::*;
use crate::signing::tests::Sevens;

const RSA: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs8.pem");
const RSA_PUBLIC: &str = include_str!("../../../testdata/private-keys/rsa-2048.public.pem");
const RSA_CERTIFICATE: &str = include_str!("../../../testdata/private-keys/rsa-2048.certificate.pem");
const P256: &str = include_str!("../../../testdata/private-keys/p-256.pkcs8.pem");
const P256_CERTIFICATE: &str = include_str!("../../../testdata/private-keys/p-256.certificate.pem");
const RFC_8705_CERTIFICATE: &str = include_str!("../../../testdata/private-keys/rfc8705.certificate.pem");

/// What `openssl x509 -outform DER | openssl dgst -sha256 -binary | base64` says, in the alphabet of URLs.
const RSA_SHA_256: &str = "E3910e7IjOJJ90it0DpAbRSPnfAR-6A26HHUPFsau6s";
const RSA_SHA_1: &str = "UzHk35sXBi0oBmBWxW3U8Jbi7IU";
const P256_SHA_256: &str = "628Ujf4szhXaywPK2MjZfGYiynqicYI0TBqi-PXb6N0";

fn text(pem: &str) -> SecretText {
    SecretText::from(pem.to_owned())
}

fn signer(private_key: &SecretText, algorithm: Algorithm) -> Signer<'_> {
    Signer { private_key, algorithm, key_id: None, certificate: None, thumbprint: Thumbprint::Sha256 }
}

/// RFC 8705, appendix A: a certificate, its public key as a JWK, and its thumbprint.
#[test]
fn the_thumbprint_of_rfc_8705_holds() {
    let decode = |text| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let (x, y) =
        ("1yfLHCpXqFjxCeHHHMVDTcLscpb07KUxudBmOMn8C7Q", "8_coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8");
    let point = [vec![4], decode(x), decode(y)].concat();
    let thumbprint = Thumbprint::Sha256.of_the_certificate(RFC_8705_CERTIFICATE, &point);
    assert_eq!(thumbprint, Ok("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0".to_owned()));
}

/// RFC 8037, appendix A.4: Ed25519 signs the same message in the same way each time.
#[test]
fn the_signature_of_rfc_8037_holds() {
    let seed = BASE64_URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let der = [&hex::decode("302e020100300506032b657004220420").unwrap()[..], &seed].concat();
    let base64 = base64::prelude::BASE64_STANDARD.encode(der);
    let pem = text(&format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n"));
    let key = PrivateKey::read(&pem, Algorithm::EdDsa).ok().unwrap();
    let signature = key.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap();
    assert_eq!(
        BASE64_URL_SAFE_NO_PAD.encode(signature),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn a_header_names_the_key_and_its_certificate() {
    let (rsa, p256) = (text(RSA), text(P256));
    let chain = [P256_CERTIFICATE, RSA_CERTIFICATE].concat();
    let one_line = RSA_CERTIFICATE.replace('\n', "\\n");
    let rsa = signer(&rsa, Algorithm::Ps256);
    for (signer, header) in [
        (rsa, json!({"alg": "PS256", "typ": "JWT"})),
        (Signer { key_id: Some("k 1"), ..rsa }, json!({"alg": "PS256", "typ": "JWT", "kid": "k 1"})),
        (
            Signer { certificate: Some(RSA_CERTIFICATE), ..rsa },
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": RSA_SHA_256}),
        ),
        (
            Signer { certificate: Some(&one_line), thumbprint: Thumbprint::Sha1, ..rsa },
            json!({"alg": "PS256", "typ": "JWT", "x5t": RSA_SHA_1}),
        ),
        (
            Signer { certificate: Some(&chain), ..signer(&p256, Algorithm::Es256) },
            json!({"alg": "ES256", "typ": "JWT", "x5t#S256": P256_SHA_256}),
        ),
    ] {
        assert_eq!(signer.check(), Ok(()));
        let jwt =
            Jwt { signer, claims: &Map::new(), generated: &[], lifetime_seconds: 60, backdated_seconds: 0 };
        let jwt = jwt.sign(Timestamp::UNIX_EPOCH, &Sevens).unwrap();
        let first = jwt.expose().split('.').next().unwrap();
        let read: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(first).unwrap()).unwrap();
        assert_eq!(read, header);
    }
}

/// What `openssl pkey -pubout -outform DER | openssl dgst -sha256 -binary | base64` says of both keys.
#[test]
fn a_fingerprint_is_that_of_the_public_key_with_its_algorithm() {
    for (pem, algorithm, fingerprint) in [
        (RSA, Algorithm::Rs256, Some("2WSCp9mDh/M6zZRRLDhU4cgPGLE9xj7McXL6Hqcm6eI=")),
        (P256, Algorithm::Es256, Some("XA6Q84RKfdGlFkraGaNqBFhCRx9q/LT7K5GbvgCvQIs=")),
        (P256, Algorithm::Rs256, None),
        ("canary", Algorithm::Rs256, None),
    ] {
        assert_eq!(signer(&text(pem), algorithm).fingerprint().as_deref(), fingerprint);
    }
}

#[test]
fn a_certificate_of_another_key_or_none_at_all_is_refused() {
    let others = "is not the certificate of this private key";
    let none = "must be a certificate in PEM, with its first and last line";
    let cut = RSA_CERTIFICATE.replace("-----END", "");
    let key_alone = [RSA_PUBLIC, "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"].concat();
    let private_key = text(RSA);
    for (certificate, reason) in [
        (P256_CERTIFICATE, others),
        (RFC_8705_CERTIFICATE, others),
        ("", none),
        ("canary", none),
        (RSA_PUBLIC, none),
        (&cut, none),
        (&key_alone, none),
    ] {
        let signer = Signer { certificate: Some(certificate), ..signer(&private_key, Algorithm::Rs256) };
        assert_eq!(signer.check(), Err(SignError::Field { field: "certificate", reason }), "{certificate}");
        let jwt =
            Jwt { signer, claims: &Map::new(), generated: &[], lifetime_seconds: 60, backdated_seconds: 0 };
        assert!(jwt.sign(Timestamp::UNIX_EPOCH, &Sevens).is_err());
    }
}

#[test]
fn a_jwt_says_what_its_claims_say_and_when_it_holds() {
    const NOW: i64 = 1_700_000_000;
    let private_key = text(RSA);
    let Value::Object(claims) = json!({"iss": "clïent", "scp": ["a", "b"], "aud": "x"}) else {
        unreachable!()
    };
    let all = [Generated::Iat, Generated::Nbf, Generated::Jti];
    for (generated, backdated_seconds, made) in [
        (&[][..], 0, json!({})),
        (&[Generated::Iat], 0, json!({"iat": NOW})),
        (&all, 0, json!({"iat": NOW, "nbf": NOW, "jti": "07".repeat(16)})),
        (&all, 60, json!({"iat": NOW - 60, "nbf": NOW - 60, "jti": "07".repeat(16)})),
    ] {
        let signer = signer(&private_key, Algorithm::Rs256);
        let jwt = Jwt { signer, claims: &claims, generated, lifetime_seconds: 540, backdated_seconds };
        let jwt = jwt.sign(Timestamp::from_second(NOW).unwrap(), &Sevens).unwrap();
        let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.set_audience(&["x"]);
        // The moment is the test's, not the clock's.
        validation.validate_exp = false;
        let key = DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()).unwrap();
        let read = jsonwebtoken::decode::<Map<String, Value>>(jwt.expose(), &key, &validation).unwrap();
        let mut expected = claims.clone();
        expected.insert("exp".to_owned(), (NOW + 540).into());
        expected.extend(made.as_object().unwrap().clone());
        assert_eq!(read.claims, expected);
    }
    let jwt = Jwt {
        signer: signer(&private_key, Algorithm::Rs256),
        claims: &claims,
        generated: &[],
        lifetime_seconds: 60,
        backdated_seconds: 0,
    };
    let before_1970 = Timestamp::from_second(-1).unwrap();
    assert_eq!(jwt.sign(before_1970, &Sevens).err(), Some(SignError::Time));
}
