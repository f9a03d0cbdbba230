//! What the KMS refuses, and in which shape.

use aws_sdk_kms::types::{DataKeySpec, KeySpec, MacAlgorithmSpec, MessageType, SigningAlgorithmSpec};
use keyward_local::kms::{CHECKPOINT_KEY, FINGERPRINT_KEY, TOKEN_KEY, WRAPPING_KEY};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stack::{Stack, blob, code};

/// Sends a request by hand and returns the whole answer.
async fn raw(stack: &Stack, head: &[(&str, &str)], body: &str) -> String {
    let address = stack.embedded.kms_url();
    let mut connection = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let mut request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in head {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("\r\n{body}");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

const HOST: (&str, &str) = ("Host", "127.0.0.1:1");
const SIGNED: (&str, &str) = ("Authorization", "AWS4-HMAC-SHA256 Credential=local");
const DESCRIBE: (&str, &str) = ("X-Amz-Target", "TrentService.DescribeKey");

#[tokio::test]
async fn an_error_has_the_shape_of_aws() {
    let stack = Stack::start();
    let answer = raw(&stack, &[HOST, SIGNED, DESCRIBE], r#"{"KeyId": "alias/nobody"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/x-amz-json-1.1\r\n"), "{answer}");
    assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let expected = serde_json::json!({
        "__type": "NotFoundException",
        "message": "Alias 'alias/nobody' is not found.",
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), expected);
}

#[tokio::test]
async fn what_is_no_request_to_this_kms_is_refused() {
    let stack = Stack::start();
    let describe = r#"{"KeyId": "alias/keyward-wrapping"}"#;
    let encrypt = ("X-Amz-Target", "TrentService.Encrypt");
    let dynamodb = ("X-Amz-Target", "DynamoDB_20120810.DescribeKey");
    for (head, body, code) in [
        (&[HOST, SIGNED, encrypt][..], describe, "UnknownOperationException"),
        (&[HOST, SIGNED, dynamodb], describe, "UnknownOperationException"),
        (&[HOST, SIGNED], describe, "UnknownOperationException"),
        (&[HOST, DESCRIBE], describe, "MissingAuthenticationTokenException"),
        (&[HOST, SIGNED, DESCRIBE], "", "SerializationException"),
        (&[HOST, SIGNED, DESCRIBE], r#"{"KeyId": 1}"#, "SerializationException"),
        (&[HOST, SIGNED, DESCRIBE], "{}", "ValidationException"),
        (&[HOST, SIGNED, DESCRIBE], r#"{"KeyId": "x", "DryRun": true}"#, "UnsupportedOperationException"),
        (&[("Host", "evil.example"), SIGNED, DESCRIBE], describe, "AccessDeniedException"),
        (&[("Host", "127.0.0.1.evil.example:80"), SIGNED, DESCRIBE], describe, "AccessDeniedException"),
    ] {
        let answer = raw(&stack, head, body).await;
        assert!(answer.contains(&format!("\"__type\":\"{code}\"")), "{head:?} {body}: {answer}");
    }
    let good = raw(&stack, &[HOST, SIGNED, DESCRIBE], describe).await;
    assert!(good.starts_with("HTTP/1.1 200 OK\r\n"), "{good}");
}

#[tokio::test]
async fn a_request_that_is_not_valid_is_refused() {
    let stack = Stack::start();
    let data_key = || stack.kms.generate_data_key().key_id(WRAPPING_KEY);
    let validation = "ValidationException";
    assert_eq!(code(data_key().send().await), validation);
    assert_eq!(code(data_key().number_of_bytes(0).send().await), validation);
    assert_eq!(code(data_key().number_of_bytes(1025).send().await), validation);
    assert_eq!(code(data_key().key_spec(DataKeySpec::from("AES_512")).send().await), validation);
    let both = data_key().number_of_bytes(32).key_spec(DataKeySpec::Aes256);
    assert_eq!(code(both.send().await), validation);
    assert_eq!(code(stack.kms.decrypt().ciphertext_blob(blob([])).send().await), validation);
    assert_eq!(code(stack.kms.decrypt().ciphertext_blob(blob([0; 6145])).send().await), validation);

    let sign =
        || stack.kms.sign().key_id(CHECKPOINT_KEY).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
    assert_eq!(code(sign().message(blob([])).send().await), validation);
    assert_eq!(code(sign().message(blob([0; 4097])).send().await), validation);
    let digest = sign().message_type(MessageType::Digest);
    assert_eq!(code(digest.message(blob([0; 31])).send().await), validation);
    let algorithm = sign().message(blob([0])).signing_algorithm(SigningAlgorithmSpec::EcdsaSha384);
    assert_eq!(code(algorithm.send().await), validation);
    for (key, of_another) in [
        (CHECKPOINT_KEY, SigningAlgorithmSpec::RsassaPkcs1V15Sha256),
        (TOKEN_KEY, SigningAlgorithmSpec::EcdsaSha256),
        (TOKEN_KEY, SigningAlgorithmSpec::RsassaPssSha256),
    ] {
        let signed = sign().key_id(key).message(blob([0])).signing_algorithm(of_another);
        assert_eq!(code(signed.send().await), validation, "{key}");
    }
}

#[tokio::test]
async fn a_key_does_only_what_its_kind_does() {
    let stack = Stack::start();
    let usage = "InvalidKeyUsageException";
    let data_key = stack.kms.generate_data_key().key_id(CHECKPOINT_KEY).number_of_bytes(32);
    assert_eq!(code(data_key.send().await), usage);
    let mac = stack.kms.generate_mac().key_id(WRAPPING_KEY).message(blob("m"));
    assert_eq!(code(mac.mac_algorithm(MacAlgorithmSpec::HmacSha256).send().await), usage);
    let sign = stack.kms.sign().key_id(FINGERPRINT_KEY).message(blob("m"));
    assert_eq!(code(sign.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send().await), usage);
    assert_eq!(code(stack.kms.get_public_key().key_id(WRAPPING_KEY).send().await), usage);

    let unsupported = "UnsupportedOperationException";
    for alias in [FINGERPRINT_KEY, CHECKPOINT_KEY, TOKEN_KEY] {
        let described = stack.kms.describe_key().key_id(alias).send().await.unwrap();
        let id = described.key_metadata.unwrap().key_id;
        assert_eq!(code(stack.kms.rotate_key_on_demand().key_id(id).send().await), unsupported);
    }
    let rsa = stack.kms.create_key().key_spec(KeySpec::Rsa4096);
    assert_eq!(code(rsa.send().await), unsupported);
}
