//! Data keys: what opens, what does not, and what a rotation changes.

use aws_sdk_kms::{primitives::Blob, types::DataKeySpec};
use keyward_local::kms::{FINGERPRINT_KEY, WRAPPING_KEY};

use crate::stack::{Stack, blob, code, context};

async fn data_key(stack: &Stack, pairs: &[(&str, &str)]) -> (Blob, Blob) {
    let made = stack
        .kms
        .generate_data_key()
        .key_id(WRAPPING_KEY)
        .key_spec(DataKeySpec::Aes256)
        .set_encryption_context(context(pairs))
        .send()
        .await
        .unwrap();
    (made.plaintext.unwrap(), made.ciphertext_blob.unwrap())
}

async fn opened(stack: &Stack, sealed: &Blob, pairs: &[(&str, &str)]) -> Result<Blob, String> {
    let request = stack.kms.decrypt().ciphertext_blob(sealed.clone());
    match request.set_encryption_context(context(pairs)).send().await {
        Ok(opened) => Ok(opened.plaintext.unwrap()),
        Err(error) => Err(code(Err::<(), _>(error))),
    }
}

async fn rotate(stack: &Stack) {
    let described = stack.kms.describe_key().key_id(WRAPPING_KEY).send().await.unwrap();
    let id = described.key_metadata.unwrap().key_id;
    stack.kms.rotate_key_on_demand().key_id(id).send().await.unwrap();
}

#[tokio::test]
async fn a_data_key_opens_with_its_context_in_any_order() {
    let stack = Stack::start();
    let (plaintext, sealed) = data_key(&stack, &[("keyward:account", "acme"), ("keyward:key", "k")]).await;
    assert_eq!(plaintext.as_ref().len(), 32);
    let reordered = [("keyward:key", "k"), ("keyward:account", "acme")];
    assert_eq!(opened(&stack, &sealed, &reordered).await, Ok(plaintext));
}

#[tokio::test]
async fn a_data_key_does_not_open_with_another_context() {
    let stack = Stack::start();
    let (_, sealed) = data_key(&stack, &[("a", "1,b=2")]).await;
    let others: [&[(&str, &str)]; 6] = [
        &[],
        &[("a", "1"), ("b", "2")],
        &[("a", "1,b=3")],
        &[("a", "1,b=2"), ("b", "")],
        &[("A", "1,b=2")],
        &[("a1", ",b=2")],
    ];
    for other in others {
        let refused = opened(&stack, &sealed, other).await;
        assert_eq!(refused, Err("InvalidCiphertextException".to_owned()), "{other:?}");
    }
}

#[tokio::test]
async fn a_change_of_any_byte_is_refused() {
    let stack = Stack::start();
    let (_, sealed) = data_key(&stack, &[]).await;
    for place in 0..sealed.as_ref().len() {
        let mut changed = sealed.clone().into_inner();
        changed[place] ^= 1;
        let refused = opened(&stack, &blob(changed), &[]).await;
        assert_eq!(refused, Err("InvalidCiphertextException".to_owned()), "byte {place}");
    }
    let shortened = &sealed.as_ref()[1..];
    assert!(opened(&stack, &blob(shortened), &[]).await.is_err());
}

#[tokio::test]
async fn every_data_key_is_another_one_and_has_the_length_asked_for() {
    let stack = Stack::start();
    let (one, sealed_one) = data_key(&stack, &[]).await;
    let (other, sealed_other) = data_key(&stack, &[]).await;
    assert!(one != other && sealed_one != sealed_other);
    let request = stack.kms.generate_data_key().key_id(WRAPPING_KEY).number_of_bytes(64);
    assert_eq!(request.send().await.unwrap().plaintext.unwrap().as_ref().len(), 64);
}

#[tokio::test]
async fn a_rotated_key_opens_what_it_sealed_before() {
    let stack = Stack::start();
    let (first, sealed_first) = data_key(&stack, &[("n", "1")]).await;
    rotate(&stack).await;
    let (second, sealed_second) = data_key(&stack, &[("n", "2")]).await;
    rotate(&stack).await;
    assert_eq!(opened(&stack, &sealed_first, &[("n", "1")]).await, Ok(first));
    assert_eq!(opened(&stack, &sealed_second, &[("n", "2")]).await, Ok(second));
}

#[tokio::test]
async fn re_encryption_moves_a_data_key_to_the_new_material_and_context() {
    let stack = Stack::start();
    let (plaintext, sealed) = data_key(&stack, &[("keyward:key", "old")]).await;
    rotate(&stack).await;
    let moved = stack
        .kms
        .re_encrypt()
        .ciphertext_blob(sealed.clone())
        .set_source_encryption_context(context(&[("keyward:key", "old")]))
        .destination_key_id(WRAPPING_KEY)
        .set_destination_encryption_context(context(&[("keyward:key", "new")]))
        .send()
        .await
        .unwrap();
    assert_ne!(moved.source_key_material_id(), moved.destination_key_material_id());
    let resealed = moved.ciphertext_blob.unwrap();
    assert_eq!(opened(&stack, &resealed, &[("keyward:key", "new")]).await, Ok(plaintext.clone()));
    assert!(opened(&stack, &resealed, &[("keyward:key", "old")]).await.is_err());
    assert_eq!(opened(&stack, &sealed, &[("keyward:key", "old")]).await, Ok(plaintext));
}

#[tokio::test]
async fn re_encryption_needs_the_source_context() {
    let stack = Stack::start();
    let (_, sealed) = data_key(&stack, &[("keyward:key", "mine")]).await;
    let request = stack.kms.re_encrypt().ciphertext_blob(sealed).destination_key_id(WRAPPING_KEY);
    let request = request.set_source_encryption_context(context(&[("keyward:key", "yours")]));
    assert_eq!(code(request.send().await), "InvalidCiphertextException");
}

#[tokio::test]
async fn a_named_key_must_be_the_one_that_sealed() {
    let stack = Stack::start();
    let (_, sealed) = data_key(&stack, &[]).await;
    let other = stack.kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let request = || stack.kms.decrypt().ciphertext_blob(sealed.clone());
    assert!(request().key_id(WRAPPING_KEY).send().await.is_ok());
    assert_eq!(code(request().key_id(other.key_id()).send().await), "IncorrectKeyException");
    assert_eq!(code(request().key_id(FINGERPRINT_KEY).send().await), "InvalidKeyUsageException");
    assert_eq!(code(request().key_id("alias/nobody").send().await), "NotFoundException");
}

#[tokio::test]
async fn a_restart_keeps_every_key_and_version() {
    let stack = Stack::start();
    let (first, sealed_first) = data_key(&stack, &[("n", "1")]).await;
    rotate(&stack).await;
    let (second, sealed_second) = data_key(&stack, &[("n", "2")]).await;
    let stack = stack.restart();
    assert_eq!(opened(&stack, &sealed_first, &[("n", "1")]).await, Ok(first));
    assert_eq!(opened(&stack, &sealed_second, &[("n", "2")]).await, Ok(second));
}
