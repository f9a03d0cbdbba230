//! The SDK's client and direct calls, side by side: the same calls get the same answers, and both must make the same of them.

mod answers;
mod places;
mod scripted;
mod served;

use std::{collections::HashMap, error::Error, fmt::Debug};

use aws_sdk_dynamodb::{
    config::Credentials,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
    },
    types::{AttributeValue, KeysAndAttributes},
};
use aws_sdk_kms::{
    operation::decrypt::{DecryptInput, DecryptOutput},
    primitives::Blob,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use keyward_shared::error::PortError;

use super::UseCalls;
use crate::aws::{
    clients::{BACKOFF, CONNECT, Clients, Connection, Lazy, Limits},
    errors::port_error,
    roots::Roots,
};

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Sdk,
    Direct,
}

/// A call that every use makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Write,
    Unwrap,
}

/// Both, each with what it remembers from call to call.
struct Both {
    dynamodb: Lazy<aws_sdk_dynamodb::Client>,
    kms: Lazy<aws_sdk_kms::Client>,
    direct: UseCalls,
}

impl From<Clients> for Both {
    fn from(clients: Clients) -> Self {
        Self { dynamodb: clients.dynamodb(), kms: clients.kms(), direct: clients.direct().clone() }
    }
}

/// What became of a call.
#[derive(Debug, PartialEq)]
enum Outcome {
    Read(BatchGetItemOutput),
    Written(Box<PutItemOutput>),
    Unwrapped(DecryptOutput),
    Failed(Failure),
}

/// What a failed call told of itself.
#[derive(Debug, PartialEq)]
struct Failure {
    kind: String,
    code: Option<String>,
    message: Option<String>,
    /// The service's own error.
    refusal: String,
    /// The status and the body.
    answer: Option<(u16, Vec<u8>)>,
    /// What handlers are told.
    port: &'static str,
}

impl Call {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Unwrap];

    /// Has it made.
    async fn made_by(self, caller: Caller, clients: &Both) -> Outcome {
        match (self, caller) {
            (Self::Read, Caller::Sdk) => {
                let call = clients.dynamodb.batch_get_item().set_request_items(reading().request_items);
                outcome(call.send().await, Outcome::Read)
            }
            (Self::Read, Caller::Direct) => outcome(clients.direct.read.send(reading()).await, Outcome::Read),
            (Self::Write, Caller::Sdk) => {
                let PutItemInput { table_name, item, .. } = writing();
                let call = clients.dynamodb.put_item().set_table_name(table_name).set_item(item);
                outcome(call.send().await, written)
            }
            (Self::Write, Caller::Direct) => outcome(clients.direct.write.send(writing()).await, written),
            (Self::Unwrap, Caller::Sdk) => {
                let DecryptInput { ciphertext_blob, key_id, encryption_context, .. } = unwrapping();
                let call = clients.kms.decrypt().set_ciphertext_blob(ciphertext_blob).set_key_id(key_id);
                outcome(call.set_encryption_context(encryption_context).send().await, Outcome::Unwrapped)
            }
            (Self::Unwrap, Caller::Direct) => {
                outcome(clients.direct.unwrap.send(unwrapping()).await, Outcome::Unwrapped)
            }
        }
    }
}

fn written(output: PutItemOutput) -> Outcome {
    Outcome::Written(Box::new(output))
}

fn outcome<O, E>(result: Result<O, SdkError<E, HttpResponse>>, done: fn(O) -> Outcome) -> Outcome
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let error = match result {
        Ok(output) => return done(output),
        Err(error) => error,
    };
    let kind = match &error {
        SdkError::ConstructionFailure(_) => "construction".to_owned(),
        SdkError::TimeoutError(_) => "time-out".to_owned(),
        SdkError::DispatchFailure(failure) => format!(
            "dispatch: time-out {}, network {}, user {}, other {:?}",
            failure.is_timeout(),
            failure.is_io(),
            failure.is_user(),
            failure.as_other()
        ),
        SdkError::ResponseError(_) => "response".to_owned(),
        SdkError::ServiceError(_) => "service".to_owned(),
        other => format!("{other:?}"),
    };
    let service = error.as_service_error();
    let (code, message) = (service.and_then(E::code), service.and_then(E::message));
    let answer = error.raw_response();
    let answer = answer.map(|raw| (raw.status().as_u16(), raw.body().bytes().unwrap_or_default().to_vec()));
    Outcome::Failed(Failure {
        kind,
        code: code.map(str::to_owned),
        message: message.map(str::to_owned),
        refusal: service.map(|error| format!("{error:?}")).unwrap_or_default(),
        answer,
        port: match port_error("a service", error) {
            PortError::Unavailable { .. } => "unavailable",
            PortError::Refused { .. } => "refused",
            PortError::NotCalled { .. } => "not called",
            PortError::UnusableAnswer { .. } => "unusable",
        },
    })
}

fn item(attributes: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn reading() -> BatchGetItemInput {
    let keys = KeysAndAttributes::builder()
        .keys(item(&[("PK", text("ACCOUNT#acme")), ("SK", text("KEY#1"))]))
        .consistent_read(true)
        .projection_expression("PK, #state")
        .expression_attribute_names("#state", "state")
        .build();
    BatchGetItemInput::builder().request_items("keyward", keys.unwrap()).build().unwrap()
}

/// An item with a value of every kind, and with characters that JSON writes in its own way.
fn writing() -> PutItemInput {
    let nested = AttributeValue::M(item(&[("in it", AttributeValue::L(vec![text("one"), text("two")]))]));
    let item = item(&[
        ("PK", text("ä \u{1f511} \" \\ \u{0} / \u{2028}")),
        ("number", AttributeValue::N("-1.5e3".to_owned())),
        ("bytes", AttributeValue::B(Blob::new([0, 255, 62, 63]))),
        ("is", AttributeValue::Bool(true)),
        ("nothing", AttributeValue::Null(true)),
        ("texts", AttributeValue::Ss(vec!["a".to_owned()])),
        ("numbers", AttributeValue::Ns(vec!["1".to_owned()])),
        ("many bytes", AttributeValue::Bs(vec![Blob::new([1])])),
        ("nested", nested),
    ]);
    PutItemInput::builder().table_name("keyward").set_item(Some(item)).build().unwrap()
}

fn unwrapping() -> DecryptInput {
    let call = DecryptInput::builder().key_id("alias/keyward").ciphertext_blob(Blob::new([1, 2, 3]));
    call.encryption_context("account", "acme").build().unwrap()
}

/// Services at this address, in a region of its own: the SDK keeps a quota of tries for each region of a process.
fn connection(url: Option<String>, region: &str) -> Connection {
    Connection {
        region: region.to_owned(),
        credentials: Credentials::new("AKIDEXAMPLE", "a secret", Some("a token".to_owned()), None, "test"),
        dynamodb_url: url.clone(),
        kms_url: url,
        cognito_url: None,
        sqs_url: None,
        roots: Roots::amazon(),
        connect: CONNECT,
        backoff: BACKOFF,
        limits: Limits::NETWORK,
        observer: None,
        front: None,
    }
}
