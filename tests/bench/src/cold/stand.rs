//! A local stack with what the measured processes read: one key of Keyward's, and one item for the handlers beside it.

use std::net::Ipv4Addr;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand,
};
use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    },
};
use keyward_bench::Failed;
use keyward_functions::aws::clients;
use keyward_local::{
    kms::WRAPPING_KEY,
    stack::{Options, Stack, Triggers, connection},
    upstreams::Upstreams,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::back_end::BackEnd;

/// The secret key of AWS's published signing tests.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// The table of the handlers that Keyward is measured beside.
const TABLE: &str = "compared";

/// The stack, and TLS in front of its services.
pub(crate) struct Stand {
    pub(crate) back_end: BackEnd,
    /// The key that is read and used.
    pub(crate) key_id: String,
    _stack: Stack,
    // Dropped last: the stack's files are in it.
    _directory: TempDir,
}

impl Stand {
    pub(crate) async fn start() -> Result<Self, Failed> {
        let directory = tempfile::tempdir()?;
        let stack = Stack::start(Options {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir: directory.path().join("data"),
            upstreams: Upstreams::default(),
            panel: None,
            triggers: Triggers::WhenTold,
            observer: None,
        })
        .await?;
        let key_id = store(&stack).await?;
        seal_for_the_others(&stack, &key_id).await?;
        let back_end = BackEnd::before(&connection(stack.embedded()), directory.path()).await?;
        Ok(Self { back_end, key_id, _stack: stack, _directory: directory })
    }
}

async fn store(stack: &Stack) -> Result<String, Failed> {
    let key = json!({
        "system_id": "custom-http",
        "auth": "aws4",
        "title": "Live UK ERP",
        "environment": "live",
        "base_url": "https://api.example.com/v1",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": {
            "access_key": "AKIDEXAMPLE", "secret_key": SECRET, "region": "eu-west-1", "service": "execute-api",
        } } },
    });
    let token = stack.sign_in().access_token_for_user("owner@acme.example")?;
    let url = format!("{}/v1/keys", stack.origin());
    let answer = reqwest::Client::new().post(url).bearer_auth(token).json(&key).send().await?;
    let view: Value = answer.error_for_status()?.json().await?;
    Ok(view.get("key_id").and_then(Value::as_str).ok_or("the stored key has no id")?.to_owned())
}

/// The same secret, sealed in the simplest way that is right: a data key of KMS, and AES-256-GCM bound to the id.
async fn seal_for_the_others(stack: &Stack, id: &str) -> Result<(), Failed> {
    let services = connection(stack.embedded());
    let http = clients::http_client();
    let (dynamodb, kms) = (clients::dynamodb(&services, &http), clients::kms(&services, &http));
    let mut table = dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("PK", KeyType::Hash), ("SK", KeyType::Range)] {
        let text = ScalarAttributeType::S;
        table = table
            .key_schema(KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?)
            .attribute_definitions(
                AttributeDefinition::builder().attribute_name(name).attribute_type(text).build()?,
            );
    }
    table.send().await?;
    let data_key =
        kms.generate_data_key().key_id(WRAPPING_KEY).key_spec(aws_sdk_kms::types::DataKeySpec::Aes256);
    let data_key = data_key.encryption_context("id", id).send().await?;
    let plain = data_key.plaintext.ok_or("KMS gave no data key")?;
    let key = UnboundKey::new(&AES_256_GCM, plain.as_ref()).map_err(|_| "not a key")?;
    let mut nonce = [0; 12];
    rand::fill(&mut nonce).map_err(|_| "no random number")?;
    let mut sealed = SECRET.as_bytes().to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(id.as_bytes()), &mut sealed)
        .map_err(|_| "not sealed")?;
    let bytes = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
    let wrapped = data_key.ciphertext_blob.ok_or("KMS gave no wrapped key")?;
    dynamodb
        .put_item()
        .table_name(TABLE)
        .item("PK", AttributeValue::S(id.to_owned()))
        .item("SK", AttributeValue::S("KEY".to_owned()))
        .item("title", AttributeValue::S("Live UK ERP".to_owned()))
        .item("sealed", bytes(&sealed))
        .item("nonce", bytes(&nonce))
        .item("wrapped", bytes(wrapped.as_ref()))
        .send()
        .await?;
    Ok(())
}
