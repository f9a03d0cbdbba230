//! What stands behind an error, for the log.

use std::error::Error;

/// An error and everything behind it, such as `SQS could not be called: dispatch failure: timeout`.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let behind = std::iter::successors(Some(error), |&error| error.source());
    behind.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the queue was not told")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_told_with_what_stands_behind_it() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(causes(&error), "the queue was not told: connection refused");
    }
}
