//! How the sign-in gets Keyward's access tokens: from the token route, as everybody else does.

/// The route: a form in, an access token out.
pub trait IssueTokens: Send + Sync {
    /// Asks for a token, and waits for it: some milliseconds.
    ///
    /// # Errors
    ///
    /// [`NotIssued`] without one.
    fn issue(&self, form: &[(&str, &str)]) -> Result<String, NotIssued>;
}

/// No access token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// The route refused.
    #[error("the token route refused")]
    Refused,
    /// The route did not answer.
    #[error("the function that issues tokens failed")]
    Failed,
}
