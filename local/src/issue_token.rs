//! The function `issue_token`, as the sign-in calls it for `make token` and for tests.
//!
//! It has its own thread and its own connections, because a request for a token waits for it and may block
//! the thread that everything else runs on.

use std::{io, sync::mpsc, thread};

use jiff::{SignedDuration, Timestamp};
use keyward_functions::{compose::HttpFunction, system::SystemClock, table::FunctionName};
use keyward_shared::moment::Clock;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::sign_in::{IssueTokens, NotIssued};

/// How long a token may take.
const WAIT: SignedDuration = SignedDuration::from_secs(25);

const ROUTE: &str = "POST /v1/token";

type Answer = Result<String, NotIssued>;

/// The thread. It ends when this is dropped.
pub(crate) struct IssueToken(mpsc::Sender<(String, mpsc::Sender<Answer>)>);

impl IssueToken {
    /// Starts it with the composed function. The services behind it must be nobody else's.
    ///
    /// # Errors
    ///
    /// When no thread can be had.
    pub(crate) fn start(function: HttpFunction) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (forms, asked) = mpsc::channel::<(String, mpsc::Sender<Answer>)>();
        thread::Builder::new().name(FunctionName::IssueToken.to_string()).spawn(move || {
            while let Ok((form, answer)) = asked.recv() {
                // The caller may have stopped waiting. The result is then dropped.
                answer.send(runtime.block_on(call(&function, &form))).ok();
            }
        })?;
        Ok(Self(forms))
    }
}

async fn call(function: &HttpFunction, form: &str) -> Answer {
    let until = SystemClock.now().saturating_add(WAIT).unwrap_or(Timestamp::MAX);
    let event = serde_json::from_value(event(form)).map_err(|_| NotIssued::Failed)?;
    let answer = tokio::time::timeout(WAIT.unsigned_abs(), function(event, until)).await;
    let answer = answer.map_err(|_| NotIssued::Failed)?;
    match answer.status_code {
        200 => token_of(&serde_json::to_value(answer).unwrap_or_default()).ok_or(NotIssued::Failed),
        400 | 401 | 429 => Err(NotIssued::Refused),
        _ => Err(NotIssued::Failed),
    }
}

/// The token in the answer of the function.
fn token_of(answer: &Value) -> Option<String> {
    let body: Value = serde_json::from_str(answer.get("body")?.as_str()?).ok()?;
    Some(body.get("access_token")?.as_str()?.to_owned())
}

/// The event of a request with this form, of the version 2.0.
fn event(form: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": ROUTE, "rawPath": "/v1/token", "rawQueryString": "",
        "headers": { "content-type": "application/x-www-form-urlencoded" },
        "requestContext": {
            "accountId": "123456789012", "apiId": "local", "requestId": "local", "routeKey": ROUTE, "stage": "$default",
            "http": {
                "method": "POST", "path": "/v1/token", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "local",
            },
            "timeEpoch": SystemClock.now().as_millisecond(),
        },
        "body": form, "isBase64Encoded": false,
    })
}

impl IssueTokens for IssueToken {
    fn issue(&self, form: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let (answer, answered) = mpsc::channel();
        self.0.send((form, answer)).map_err(|_| NotIssued::Failed)?;
        answered.recv().map_err(|_| NotIssued::Failed)?
    }
}
