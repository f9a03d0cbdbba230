//! The two queues, of failed records and of deliveries, as far as Keyward and its runbook need SQS: sending, receiving and deleting
//! messages. The AWS SDK and CLI talk to them over loopback as they talk to AWS.
//!
//! A message that was received is hidden from others until it is deleted or `HIDDEN` is over. Failed records are lines of a file in
//! the data directory, and a restart shows them again. Messages about deliveries are hints, which a restart forgets.

use std::{
    collections::VecDeque,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use keyward_functions::system::SystemRandom;
use keyward_shared::moment::Random;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::loopback::is_own_host;

/// The address of the queue of failed records, as functions are told it. The host of a queue's address says nothing: requests go to
/// the service's own.
pub const FAILED_CHANGES: &str = "http://sqs.local/000000000000/failed-changes";
/// That of the queue of deliveries.
pub const DELIVERIES: &str = "http://sqs.local/000000000000/deliveries";
/// The file with the messages.
const MESSAGES: &str = "failed-changes.jsonl";
/// How long a received message is hidden ("ReceiveMessage", `VisibilityTimeout`: 30 seconds unless the queue says otherwise).
const HIDDEN: Duration = Duration::from_secs(30);
/// SQS speaks the AWS JSON protocol 1.0 ("Making query API requests using the AWS JSON protocol").
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const SERVICE: &str = "AmazonSQS.";

/// Why it did not do it, as SQS says so ("Errors" of each action in its API reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    QueueDoesNotExist,
    InvalidParameter,
    /// It has no such action, or the request is not from here.
    AccessDenied,
    Internal,
}

impl Refusal {
    const fn code(self) -> &'static str {
        match self {
            Self::QueueDoesNotExist => "com.amazonaws.sqs#QueueDoesNotExist",
            Self::InvalidParameter => "com.amazonaws.sqs#InvalidParameterValue",
            Self::AccessDenied => "com.amazonaws.sqs#AccessDeniedException",
            Self::Internal => "com.amazonaws.sqs#InternalError",
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "the file of failed records");
        Self::Internal
    }
}

struct Message {
    id: String,
    body: String,
    hidden_until: Option<Instant>,
}

/// The messages in the queue of deliveries.
#[derive(Default)]
pub(crate) struct Hints(Mutex<VecDeque<Message>>);

impl Hints {
    fn send(&self, body: &str, wait: Duration) -> Value {
        let id = message_id();
        let hidden_until = (!wait.is_zero()).then(|| Instant::now() + wait);
        let message = Message { id: id.clone(), body: body.to_owned(), hidden_until };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(message);
        json!({ "MessageId": id, "MD5OfMessageBody": digest(body) })
    }

    /// Takes the bodies of messages that are to be shown, oldest first. Whoever takes them has dealt with them.
    pub(crate) fn take(&self, most: usize) -> Vec<String> {
        let now = Instant::now();
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        for message in messages.drain(..) {
            if taken.len() < most && message.hidden_until.is_none_or(|until| until <= now) {
                taken.push(message.body);
            } else {
                left.push_back(message);
            }
        }
        *messages = left;
        taken
    }
}

/// Both queues.
pub(crate) struct Queues {
    failed: Queue,
    hints: Hints,
}

impl Queues {
    /// The queues of a data directory.
    ///
    /// # Errors
    ///
    /// When the file of failed records cannot be read.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        Ok(Self { failed: Queue::open(data_dir)?, hints: Hints::default() })
    }

    /// The HTTP service, for a loopback listener.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().route("/", post(answer)).with_state(self)
    }

    /// The queue of failed records.
    pub(crate) const fn failed(&self) -> &Queue {
        &self.failed
    }

    /// The queue of deliveries.
    pub(crate) const fn hints(&self) -> &Hints {
        &self.hints
    }

    fn run(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let action = target.and_then(|target| target.strip_prefix(SERVICE)).filter(|_| is_own_host(headers));
        let action = action.ok_or(Refusal::AccessDenied)?;
        let asked: Value = serde_json::from_slice(body).map_err(|_| Refusal::InvalidParameter)?;
        match asked.get("QueueUrl").and_then(Value::as_str) {
            Some(FAILED_CHANGES) => self.failed.run(action, &asked),
            Some(DELIVERIES) => self.hints.run(action, &asked),
            Some(_) | None => Err(Refusal::QueueDoesNotExist),
        }
    }
}

impl Hints {
    fn run(&self, action: &str, asked: &Value) -> Result<Value, Refusal> {
        if action != "SendMessageBatch" {
            return Err(Refusal::AccessDenied);
        }
        let entries = asked.get("Entries").and_then(Value::as_array).ok_or(Refusal::InvalidParameter)?;
        if !(1..=10).contains(&entries.len()) {
            return Err(Refusal::InvalidParameter);
        }
        let send = |entry: &Value| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).ok_or(Refusal::InvalidParameter);
            let seconds = entry.get("DelaySeconds").and_then(Value::as_u64).unwrap_or_default();
            if seconds > 900 {
                return Err(Refusal::InvalidParameter);
            }
            let mut sent = self.send(text("MessageBody")?, Duration::from_secs(seconds));
            if let Some(members) = sent.as_object_mut() {
                members.insert("Id".to_owned(), json!(text("Id")?));
            }
            Ok(sent)
        };
        let sent = entries.iter().map(send).collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "Successful": sent, "Failed": [] }))
    }
}

/// The messages in the queue of failed records.
pub(crate) struct Queue {
    file: PathBuf,
    messages: Mutex<Vec<Message>>,
}

impl Queue {
    /// The queue of a data directory.
    ///
    /// # Errors
    ///
    /// When its file cannot be read.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let file = data_dir.join(MESSAGES);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let message = |line: &str| {
            let told: Value = serde_json::from_str(line).ok()?;
            let member = |name| told.get(name).and_then(Value::as_str).map(str::to_owned);
            Some(Message { id: member("id")?, body: member("body")?, hidden_until: None })
        };
        // A line that a killed process wrote half is no message: its sender had no answer.
        let messages = text.lines().filter_map(message).collect();
        Ok(Self { file, messages: Mutex::new(messages) })
    }

    /// The bodies of all messages, oldest first.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().map(|message| message.body.clone()).collect()
    }

    fn run(&self, action: &str, asked: &Value) -> Result<Value, Refusal> {
        let text = |name: &str| asked.get(name).and_then(Value::as_str);
        match action {
            "SendMessage" => self.send(text("MessageBody").ok_or(Refusal::InvalidParameter)?),
            "ReceiveMessage" => {
                let most = asked.get("MaxNumberOfMessages").and_then(Value::as_u64).unwrap_or(1);
                Ok(self.receive(usize::try_from(most).unwrap_or(usize::MAX)))
            }
            "DeleteMessage" => self.delete(text("ReceiptHandle").ok_or(Refusal::InvalidParameter)?),
            _ => Err(Refusal::AccessDenied),
        }
    }

    fn send(&self, body: &str) -> Result<Value, Refusal> {
        let id = message_id();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        writeln!(file, "{}", line(&id, body))?;
        messages.push(Message { id: id.clone(), body: body.to_owned(), hidden_until: None });
        // The SDK compares it with that of what it has sent.
        Ok(json!({ "MessageId": id, "MD5OfMessageBody": digest(body) }))
    }

    fn receive(&self, most: usize) -> Value {
        let now = Instant::now();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let shown =
            messages.iter_mut().filter(|message| message.hidden_until.is_none_or(|until| until <= now));
        let received = shown.take(most).map(|message| {
            message.hidden_until = Some(now + HIDDEN);
            let Message { id, body, .. } = message;
            json!({ "MessageId": id, "ReceiptHandle": id, "Body": body, "MD5OfBody": digest(body) })
        });
        json!({ "Messages": received.collect::<Vec<_>>() })
    }

    fn delete(&self, handle: &str) -> Result<Value, Refusal> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let left = messages.iter().filter(|message| message.id != handle);
        let text: String = left.map(|message| line(&message.id, &message.body) + "\n").collect();
        let next = self.file.with_extension("next");
        fs::write(&next, text)?;
        fs::rename(&next, &self.file)?;
        messages.retain(|message| message.id != handle);
        Ok(json!({}))
    }
}

fn line(id: &str, body: &str) -> String {
    json!({ "id": id, "body": body }).to_string()
}

fn digest(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

/// A new message's id.
pub(crate) fn message_id() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    Uuid::from_u128(u128::from_be_bytes(bytes)).to_string()
}

async fn answer(State(queues): State<Arc<Queues>>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, body) = match queues.run(&headers, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => {
            let status = match refusal {
                Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                Refusal::QueueDoesNotExist | Refusal::InvalidParameter | Refusal::AccessDenied => {
                    StatusCode::BAD_REQUEST
                }
            };
            (status, json!({ "__type": refusal.code(), "message": "refused" }))
        }
    };
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(queues: &Queues, action: &str, more: &Value) -> Result<Value, Refusal> {
        ask_of(queues, FAILED_CHANGES, action, more)
    }

    fn ask_of(queues: &Queues, queue: &str, action: &str, more: &Value) -> Result<Value, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", format!("{SERVICE}{action}").parse().unwrap());
        headers.insert("host", "127.0.0.1:4000".parse().unwrap());
        let mut body = more.clone();
        body["QueueUrl"] = json!(queue);
        queues.run(&headers, body.to_string().as_bytes())
    }

    #[test]
    fn a_hint_is_shown_when_its_wait_is_over_and_taken_once() {
        let directory = tempfile::tempdir().unwrap();
        let queues = Queues::open(directory.path()).unwrap();
        let entries = json!([
            { "Id": "0", "MessageBody": "later", "DelaySeconds": 900 },
            { "Id": "1", "MessageBody": "now" },
        ]);
        let sent = ask_of(&queues, DELIVERIES, "SendMessageBatch", &json!({ "Entries": entries })).unwrap();
        assert_eq!(sent["Successful"].as_array().unwrap().len(), 2);
        assert_eq!(queues.hints().take(10), ["now"]);
        assert!(queues.hints().take(10).is_empty());
        assert!(queues.failed().bodies().is_empty());
        let long = json!({ "Entries": [{ "Id": "0", "MessageBody": "x", "DelaySeconds": 901 }] });
        assert_eq!(ask_of(&queues, DELIVERIES, "SendMessageBatch", &long), Err(Refusal::InvalidParameter));
        assert_eq!(ask_of(&queues, DELIVERIES, "ReceiveMessage", &json!({})), Err(Refusal::AccessDenied));
    }

    #[test]
    fn a_message_is_there_until_it_is_deleted_and_hidden_while_somebody_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let queue = Queues::open(directory.path()).unwrap();
        for body in ["one", "two"] {
            ask(&queue, "SendMessage", &json!({ "MessageBody": body })).unwrap();
        }
        let most = json!({ "MaxNumberOfMessages": 10 });
        let received = ask(&queue, "ReceiveMessage", &most).unwrap();
        assert_eq!(
            (&received["Messages"][0]["Body"], &received["Messages"][1]["Body"]),
            (&json!("one"), &json!("two"))
        );
        assert_eq!(ask(&queue, "ReceiveMessage", &most).unwrap()["Messages"], json!([]));
        let handle = received["Messages"][0]["ReceiptHandle"].clone();
        ask(&queue, "DeleteMessage", &json!({ "ReceiptHandle": handle })).unwrap();
        assert_eq!(queue.failed().bodies(), ["two"]);
        let again = Queues::open(directory.path()).unwrap();
        assert_eq!(again.failed().bodies(), ["two"]);
        assert_eq!(ask(&again, "ReceiveMessage", &most).unwrap()["Messages"][0]["Body"], "two");
    }

    #[test]
    fn a_request_from_a_page_or_for_another_queue_or_action_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let queue = Queues::open(directory.path()).unwrap();
        let message = json!({ "QueueUrl": FAILED_CHANGES, "MessageBody": "one" }).to_string();
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", "AmazonSQS.SendMessage".parse().unwrap());
        headers.insert("host", "evil.example:4000".parse().unwrap());
        assert_eq!(queue.run(&headers, message.as_bytes()), Err(Refusal::AccessDenied));
        headers.insert("host", "localhost:4000".parse().unwrap());
        let other = message.replace("failed-changes", "others");
        assert_eq!(queue.run(&headers, other.as_bytes()), Err(Refusal::QueueDoesNotExist));
        headers.insert("x-amz-target", "AmazonSQS.PurgeQueue".parse().unwrap());
        assert_eq!(queue.run(&headers, message.as_bytes()), Err(Refusal::AccessDenied));
        assert!(queue.failed().bodies().is_empty());
    }
}
