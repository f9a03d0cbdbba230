//! The keys: their kinds, switching them off, fingerprints and signatures.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use aws_sdk_kms::{
    primitives::Blob,
    types::{KeyState, MacAlgorithmSpec, MessageType, SigningAlgorithmSpec},
};
use keyward_local::kms::{CHECKPOINT_KEY, FINGERPRINT_KEY, ROW_KEY, TOKEN_KEY, WRAPPING_KEY};

use crate::stack::{Stack, blob, code};

const KEYS: [(&str, &str, &str); 5] = [
    (WRAPPING_KEY, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    (FINGERPRINT_KEY, "HMAC_256", "GENERATE_VERIFY_MAC"),
    (ROW_KEY, "HMAC_256", "GENERATE_VERIFY_MAC"),
    (CHECKPOINT_KEY, "ECC_NIST_P256", "SIGN_VERIFY"),
    (TOKEN_KEY, "RSA_2048", "SIGN_VERIFY"),
];

async fn mac(stack: &Stack, message: &str) -> Blob {
    let request = stack.kms.generate_mac().key_id(FINGERPRINT_KEY).message(blob(message));
    let made = request.mac_algorithm(MacAlgorithmSpec::HmacSha256).send().await.unwrap();
    made.mac.unwrap()
}

async fn signature(stack: &Stack, message: &[u8], kind: MessageType) -> Blob {
    let request = stack.kms.sign().key_id(CHECKPOINT_KEY).message(blob(message)).message_type(kind);
    let made = request.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send().await.unwrap();
    made.signature.unwrap()
}

/// The point in a `SubjectPublicKeyInfo` of a P-256 key (RFC 5480 §2): its last 65 bytes.
async fn public_point(stack: &Stack) -> Vec<u8> {
    let key = stack.kms.get_public_key().key_id(CHECKPOINT_KEY).send().await.unwrap();
    let der = key.public_key.unwrap().into_inner();
    assert_eq!(der.len(), 91);
    der[26..].to_vec()
}

#[tokio::test]
async fn the_first_start_makes_the_five_keys_of_keyward() {
    let stack = Stack::start();
    for (alias, spec, usage) in KEYS {
        let described = stack.kms.describe_key().key_id(alias).send().await.unwrap();
        let key = described.key_metadata.unwrap();
        assert_eq!(key.key_spec().map(|spec| spec.as_str()), Some(spec));
        assert_eq!(key.key_usage().map(|usage| usage.as_str()), Some(usage));
        assert!(key.enabled() && key.creation_date().is_some());
        assert_eq!(key.arn(), Some(format!("arn:aws:kms:local:000000000000:key/{}", key.key_id()).as_str()));
    }
}

#[tokio::test]
async fn a_key_that_is_switched_off_is_of_no_use_until_it_is_on_again() {
    let mut stack = Stack::start();
    let described = stack.kms.describe_key().key_id(WRAPPING_KEY).send().await.unwrap();
    let id = described.key_metadata.unwrap().key_id;
    let make = |stack: &Stack| stack.kms.generate_data_key().key_id(WRAPPING_KEY).number_of_bytes(32);
    let sealed = make(&stack).send().await.unwrap().ciphertext_blob.unwrap();

    stack.kms.disable_key().key_id(&id).send().await.unwrap();
    stack = stack.restart();
    assert_eq!(code(make(&stack).send().await), "DisabledException");
    let open = |stack: &Stack| stack.kms.decrypt().ciphertext_blob(sealed.clone());
    assert_eq!(code(open(&stack).send().await), "DisabledException");
    let re_encrypt = stack.kms.re_encrypt().ciphertext_blob(sealed.clone());
    assert_eq!(code(re_encrypt.destination_key_id(&id).send().await), "DisabledException");
    assert_eq!(code(stack.kms.rotate_key_on_demand().key_id(&id).send().await), "DisabledException");
    let described = stack.kms.describe_key().key_id(WRAPPING_KEY).send().await.unwrap();
    assert_eq!(described.key_metadata.unwrap().key_state, Some(KeyState::Disabled));

    stack.kms.enable_key().key_id(&id).send().await.unwrap();
    assert!(open(&stack).send().await.is_ok());
}

#[tokio::test]
async fn a_mac_is_verified_and_another_is_refused() {
    let stack = Stack::start();
    let made = mac(&stack, "body").await;
    let verify = |message: &str, mac: Blob| {
        let request = stack.kms.verify_mac().key_id(FINGERPRINT_KEY).message(blob(message)).mac(mac);
        request.mac_algorithm(MacAlgorithmSpec::HmacSha256).send()
    };
    assert!(verify("body", made.clone()).await.unwrap().mac_valid);
    assert_eq!(code(verify("other body", made.clone()).await), "KMSInvalidMacException");
    let mut changed = made.into_inner();
    changed[31] ^= 1;
    assert_eq!(code(verify("body", blob(changed)).await), "KMSInvalidMacException");
}

#[tokio::test]
async fn a_restart_changes_no_mac_and_no_public_key() {
    let stack = Stack::start();
    let before = (mac(&stack, "body").await, public_point(&stack).await);
    let stack = stack.restart();
    assert_eq!(before, (mac(&stack, "body").await, public_point(&stack).await));
}

#[tokio::test]
async fn a_signature_verifies_against_the_public_key() {
    let stack = Stack::start();
    let message = b"checkpoint";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message);
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public_point(&stack).await);
    for signed in [
        signature(&stack, message, MessageType::Raw).await,
        signature(&stack, digest.as_ref(), MessageType::Digest).await,
    ] {
        assert!(key.verify(message, signed.as_ref()).is_ok());
        assert!(key.verify(b"another checkpoint", signed.as_ref()).is_err());
    }
}

#[tokio::test]
async fn a_signature_with_rsa_verifies_against_the_public_key_after_a_restart_too() {
    let mut stack = Stack::start();
    let message = b"a token";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message);
    let algorithm = SigningAlgorithmSpec::RsassaPkcs1V15Sha256;
    let public = stack.kms.get_public_key().key_id(TOKEN_KEY).send().await.unwrap();
    assert_eq!(public.signing_algorithms(), std::slice::from_ref(&algorithm));
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.public_key.unwrap().into_inner());
    for _ in 0..2 {
        for (kind, signed) in [(MessageType::Raw, &message[..]), (MessageType::Digest, digest.as_ref())] {
            let request = stack.kms.sign().key_id(TOKEN_KEY).message(blob(signed)).message_type(kind);
            let made = request.signing_algorithm(algorithm.clone()).send().await.unwrap();
            let signature = made.signature.unwrap();
            assert_eq!(signature.as_ref().len(), 256);
            assert!(key.verify(message, signature.as_ref()).is_ok());
            let verify = |message: &str| {
                let request = stack.kms.verify().key_id(TOKEN_KEY).message(blob(message));
                request.signing_algorithm(algorithm.clone()).signature(signature.clone()).send()
            };
            assert!(verify("a token").await.unwrap().signature_valid);
            assert_eq!(code(verify("another").await), "KMSInvalidSignatureException");
        }
        stack = stack.restart();
    }
}

#[tokio::test]
async fn the_kms_verifies_its_signatures_itself() {
    let stack = Stack::start();
    let signed = signature(&stack, b"checkpoint", MessageType::Raw).await;
    let verify = |message: &str| {
        let request = stack.kms.verify().key_id(CHECKPOINT_KEY).message(blob(message));
        let request = request.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        request.signature(signed.clone()).send()
    };
    assert!(verify("checkpoint").await.unwrap().signature_valid);
    assert_eq!(code(verify("another").await), "KMSInvalidSignatureException");
}

#[tokio::test]
async fn a_made_key_answers_to_its_alias_after_a_restart() {
    let stack = Stack::start();
    let made = stack.kms.create_key().description("mine").send().await.unwrap().key_metadata.unwrap();
    let name = || stack.kms.create_alias().alias_name("alias/mine").target_key_id(made.key_id());
    name().send().await.unwrap();
    assert_eq!(code(name().send().await), "AlreadyExistsException");
    let stack = stack.restart();
    let described = stack.kms.describe_key().key_id("alias/mine").send().await.unwrap();
    assert_eq!(described.key_metadata, Some(made));
}
