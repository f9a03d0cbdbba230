//! Using a key in Rust as it is usually written. The clients are made as AWS's guide shows it: with
//! `aws_config::load_defaults`, outside the handler (AWS Lambda developer guide, "Define Lambda function handlers in Rust").

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_config::BehaviorVersion;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hmac,
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use serde_json::{Value, json};
use uuid::Uuid;

const HOST: &str = "api.example.com";
const SCOPE: [&str; 3] = ["eu-west-1", "execute-api", "aws4_request"];

#[derive(Clone)]
struct Services {
    dynamodb: aws_sdk_dynamodb::Client,
    kms: aws_sdk_kms::Client,
    data_keys: Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>,
}

impl Services {
    /// The data key, which KMS unwraps once.
    async fn data_key(&self, wrapped: Vec<u8>, id: &str) -> Result<Vec<u8>, Error> {
        if let Some(known) = self.data_keys.lock().unwrap().get(&wrapped) {
            return Ok(known.clone());
        }
        let decrypt = self.kms.decrypt().ciphertext_blob(Blob::new(wrapped.clone()));
        let answer = decrypt.encryption_context("id", id).send().await?;
        let key = answer.plaintext.ok_or("no data key")?.into_inner();
        self.data_keys.lock().unwrap().insert(wrapped, key.clone());
        Ok(key)
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

fn open(data_key: &[u8], nonce: &[u8], sealed: &[u8], id: &str) -> Result<String, Error> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, data_key).map_err(|_| "not a key")?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| "not a nonce")?;
    let mut buffer = sealed.to_vec();
    let opened = key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut buffer).map_err(|_| "not opened")?;
    Ok(std::str::from_utf8(opened)?.to_owned())
}

/// AWS Signature Version 4 of the request that is asked for.
fn sign(secret: &str, ask: &Value) -> Value {
    let text = |name: &str| ask[name].as_str().unwrap_or_default();
    let (path, query) = text("path").split_once('?').unwrap_or((text("path"), ""));
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let x_a = ask["headers"]["x-a"].as_str().unwrap_or_default();
    let names = "host;x-a;x-amz-date";
    let canonical = format!(
        "{}\n/v1{path}\n{query}\nhost:{HOST}\nx-a:{x_a}\nx-amz-date:{time}\n\n{names}\n{}",
        text("method"),
        sha256(text("body")),
    );
    let scope = format!("{day}/{}", SCOPE.join("/"));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&canonical));
    let first = mac(format!("AWS4{secret}").as_bytes(), day);
    let key = SCOPE.iter().fold(first, |key, part| mac(&key, part));
    let signature = hex::encode(mac(&key, &to_sign));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    json!({
        "method": text("method"),
        "url": format!("https://{HOST}/v1{}", text("path")),
        "headers": { "x-a": x_a, "x-amz-date": time, "authorization": authorization },
    })
}

async fn answer(services: Services, request: Request) -> Result<Response<Body>, Error> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let id = request.path_parameters().first("key_id").unwrap_or_default().to_owned();
    let ask: Value = serde_json::from_slice(request.body())?;
    let read = services.dynamodb.get_item().table_name("compared").key("PK", text(&id));
    let read = read.key("SK", text("KEY")).consistent_read(true);
    let item = read.send().await?.item.ok_or("there is no such item")?;
    let bytes = |name: &str| -> Result<Vec<u8>, Error> {
        let value = item.get(name).and_then(|value| value.as_b().ok()).ok_or("no such attribute")?;
        Ok(value.clone().into_inner())
    };
    let data_key = services.data_key(bytes("wrapped")?, &id).await?;
    let mut answer = sign(&open(&data_key, &bytes("nonce")?, &bytes("sealed")?, &id)?, &ask);
    let receipt = format!("rcp_{}", Uuid::new_v4());
    let now = jiff::Timestamp::now();
    let in_a_year = now.as_second() + 31_536_000;
    let write = services
        .dynamodb
        .put_item()
        .table_name("compared")
        .item("PK", text(&format!("RECEIPT#{id}")))
        .item("SK", text(&receipt))
        .item("at", text(&now.to_string()))
        .item("by", text("runtime"))
        .item("method", text(ask["method"].as_str().unwrap_or_default()))
        .item("target", text(ask["path"].as_str().unwrap_or_default()))
        .item("ttl", AttributeValue::N(in_a_year.to_string()));
    write.send().await?;
    answer["receipt_id"] = receipt.into();
    Ok(Response::builder().header("content-type", "application/json").body(Body::from(answer.to_string()))?)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let services = Services {
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        kms: aws_sdk_kms::Client::new(&config),
        data_keys: Arc::default(),
    };
    run(service_fn(|request| answer(services.clone(), request))).await
}
