//! `POST /v1/keys/{key_id}/send`: signs a request, sends it, and hands back the answer without the secrets in it.
//! Permission `keys:use`. It can open and not seal, and writes receipts, with the records of their requests, and health, and
//! nothing else.

use std::collections::BTreeMap;

use keyward_shared::{
    error::Error,
    idempotency::Once,
    keys::{
        receipt::Purpose,
        using::{self, MAX_ANSWER_BYTES, Selection, SendAsk, send, sent_before},
    },
    moment::{Clock, Moment, Random},
    ports::{
        Authorize, Exchange, Fingerprint, ReadForUse, ReadRecord, UnwrapDataKey, WriteHealth, WriteReceipt,
        WriteReceiptOnce,
    },
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::request_input::{HeaderValues, MAX_BYTES, by_name, request_body, shown_body};
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadForUse + ReadRecord + WriteReceipt + WriteReceiptOnce + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    fingerprints: &impl Fingerprint,
    outside: &(impl Exchange + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let (selection, ask) = request.body::<SendRequest>(MAX_BYTES)?.parse()?;
    let once = Once { records: store, fingerprints, clock: moment.clock };
    let carry_out = |ticket| {
        let ask = SendAsk { ticket, ..ask };
        send(store, wrapping, outside, moment, caller, (&id, &selection), ask)
    };
    let answer = once
        .run(caller, request.repeatable()?, carry_out, async |outcome| Err(sent_before(&outcome)))
        .await?;
    Ok(Answer::ok(&SendAnswer::from(answer)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Send a request")
        .request::<SendRequest>(schemas)
        .ok::<SendAnswer>(schemas)
        .repeatable()
        .refusals(&[
            Code::NotFound,
            Code::WrongEnvironment,
            Code::NoEntry,
            Code::KeyExpired,
            Code::KeyDisabled,
            Code::KeyUnreadable,
            Code::DoesNotOpen,
            Code::KeyRefused,
            Code::SentBefore,
            Code::InvalidFields,
            Code::CannotSign,
            Code::ConnectionForbidden,
            Code::Unreachable,
            Code::NoAnswerInTime,
        ])
}

request_body! {
    /// A request to send.
    pub struct SendRequest {
        /// The most bytes of the answer's body to hand back: 1 to 1,048,576, which is the default.
        #[schemars(range(min = 1, max = MAX_ANSWER_BYTES))]
        max_body_bytes: Option<u32>,
    }
}

impl SendRequest {
    fn parse(self) -> Result<(Selection, SendAsk), Error> {
        let max_body_bytes = match self.max_body_bytes.map(usize::try_from) {
            None => MAX_ANSWER_BYTES,
            Some(Ok(bytes @ 1..=MAX_ANSWER_BYTES)) => bytes,
            Some(Ok(_) | Err(_)) => {
                let reason = format!("must be a number from 1 to {MAX_ANSWER_BYTES}");
                return Err(Error::invalid("max_body_bytes", reason));
            }
        };
        let (selection, request) = self.into_ask(None)?;
        Ok((selection, SendAsk { request, max_body_bytes, ticket: None, purpose: Purpose::Send }))
    }
}

/// The system's answer.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SendAnswer {
    /// Its status. A redirect is not followed.
    status: u16,
    /// Its headers, names in lower case.
    headers: BTreeMap<String, HeaderValues>,
    /// Its body, when it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    body: Option<String>,
    /// Its body in base64, when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    body_base64: Option<String>,
    /// Whether the body was longer than `max_body_bytes`, of which this is the start.
    truncated: bool,
    /// Whether the body is left out. It cannot be searched for secrets, or a secret is written in it in a way that cannot be
    /// removed. If the request itself has the secret in it, or many guesses at it that come back, the headers are left out
    /// as well.
    withheld: bool,
    /// In how many places of headers and body `[removed]` stands for a secret. Left out with the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    removed: Option<u64>,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// The version of the key that was used.
    key_version: u64,
    /// The record of this use.
    receipt_id: String,
}

impl From<using::Answer> for SendAnswer {
    fn from(answer: using::Answer) -> Self {
        let incoming = answer.incoming;
        let (body, body_base64) = shown_body(&incoming.body);
        let headers = incoming.headers.into_iter();
        let headers = headers.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()));
        Self {
            status: incoming.status.as_u16(),
            headers: by_name(headers),
            body,
            body_base64,
            truncated: incoming.truncated,
            withheld: answer.withheld,
            removed: answer.removed.map(|removed| u64::try_from(removed).unwrap_or(u64::MAX)),
            duration_ms: u64::try_from(answer.took.as_millis()).unwrap_or_default(),
            key_version: answer.key_version,
            receipt_id: answer.receipt.to_string(),
        }
    }
}
