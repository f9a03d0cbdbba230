//! The port to whatever runs the functions.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

/// A function's answer to come.
pub type Invocation<'a> = Pin<Box<dyn Future<Output = Result<Value, InvokeError>> + Send + 'a>>;

/// Runs functions by name, as Lambda does.
pub trait Invoke: Send + Sync + 'static {
    /// Runs the function on the event. It returns the function's answer as it is, whether or not
    /// that is a valid response.
    fn invoke<'a>(&'a self, function: &'a str, event: Value, request_id: &'a str) -> Invocation<'a>;
}

/// The function gave no answer. The reason is in the function's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// There is no function of that name.
    #[error("there is no such function")]
    Unknown,
    /// It ended with an error, or panicked.
    #[error("the function ended with an error")]
    Failed,
    /// It did not end in time.
    #[error("the function did not end in time")]
    TimedOut,
}

/// Runs the function in a task of its own: it goes on when the client hangs up, and a panic is only its own.
pub(super) async fn run(
    functions: &Arc<dyn Invoke>,
    function: &'static str,
    event: Value,
    request_id: &str,
    timeout: Duration,
) -> Result<Value, InvokeError> {
    let (functions, request_id) = (Arc::clone(functions), request_id.to_owned());
    let task = tokio::spawn(async move { functions.invoke(function, event, &request_id).await });
    match tokio::time::timeout(timeout, task).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_panicked)) => Err(InvokeError::Failed),
        Err(_elapsed) => Err(InvokeError::TimedOut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Never;

    impl Invoke for Never {
        fn invoke<'a>(&'a self, _: &'a str, _: Value, _: &'a str) -> Invocation<'a> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_function_that_never_ends_is_not_waited_for() {
        let functions: Arc<dyn Invoke> = Arc::new(Never);
        let answer = run(&functions, "f", Value::Null, "r", Duration::ZERO).await;
        assert_eq!(answer, Err(InvokeError::TimedOut));
    }
}
