//! The function `issue_claims`, as the sign-in calls it.
//!
//! It has its own thread and its own connections, because a request for a token waits for it and may block
//! the thread that everything else runs on.

use std::{io, sync::mpsc, thread};

use jiff::{SignedDuration, Timestamp};
use keyward_functions::{compose::JsonFunction, system::SystemClock, table::FunctionName};
use keyward_shared::moment::Clock;
use serde_json::Value;

use crate::sign_in::{PreTokenTrigger, TriggerFailed};

/// How long Cognito waits for a trigger ("Important considerations" of Lambda triggers in its developer guide).
const WAIT: SignedDuration = SignedDuration::from_secs(5);

type Answer = Result<Value, TriggerFailed>;

/// The thread. It ends when this is dropped.
pub(crate) struct IssueClaims(mpsc::Sender<(Value, mpsc::Sender<Answer>)>);

impl IssueClaims {
    /// Starts it with the composed function. The services behind it must be nobody else's.
    ///
    /// # Errors
    ///
    /// When no thread can be had.
    pub(crate) fn start(function: JsonFunction) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (events, asked) = mpsc::channel::<(Value, mpsc::Sender<Answer>)>();
        thread::Builder::new().name(FunctionName::IssueClaims.to_string()).spawn(move || {
            while let Ok((event, answer)) = asked.recv() {
                // The caller may have stopped waiting. The result is then dropped.
                answer.send(runtime.block_on(call(&function, event))).ok();
            }
        })?;
        Ok(Self(events))
    }
}

async fn call(function: &JsonFunction, event: Value) -> Answer {
    let until = SystemClock.now().saturating_add(WAIT).unwrap_or(Timestamp::MAX);
    let answer = tokio::time::timeout(WAIT.unsigned_abs(), function(event, until)).await;
    answer.map_err(|_| TriggerFailed)?.map_err(|_| TriggerFailed)
}

impl PreTokenTrigger for IssueClaims {
    fn call(&self, event: Value) -> Answer {
        let (answer, answered) = mpsc::channel();
        self.0.send((event, answer)).map_err(|_| TriggerFailed)?;
        answered.recv().map_err(|_| TriggerFailed)?
    }
}
