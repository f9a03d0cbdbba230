//! Why a request could not be signed.

/// A request cannot be signed with these fields.
///
/// # Security
///
/// It names fields and headers, and never has a value of either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A field of the key cannot be used in this scheme.
    #[error("{field} {reason}")]
    Field {
        /// The field's id in the template.
        field: &'static str,
        /// What it must or must not be, as the rest of a sentence.
        reason: &'static str,
    },
    /// A header of the request cannot be sent.
    #[error("header `{name}` {problem}")]
    Header {
        /// The header's name, as it was given.
        name: String,
        /// What is wrong with it.
        problem: HeaderProblem,
    },
    /// A header of the request has a name that is none. It may be anything, so it is not repeated here.
    #[error("the name of header number {position} is not a token")]
    HeaderName {
        /// Its place among the request's headers, from 1.
        position: usize,
    },
    /// The scheme needs a body that it has not got.
    #[error("`{scheme}` {problem}")]
    BodyNeeded {
        /// The scheme that needs it.
        scheme: &'static str,
        /// Why it has none.
        problem: BodyProblem,
    },
    /// The query, or the form in the body, has a parameter that the scheme itself sets.
    #[error("the query or form must not contain parameters that the authentication sets")]
    QueryOwned,
    /// The query cannot be brought into the one form that the scheme signs.
    #[error("the query is not percent-encoded UTF-8")]
    QueryEncoding,
    /// A component that is to be covered by the signature is missing, ambiguous or repeated.
    #[error("the signed component {component} {reason}")]
    Component {
        /// Its identifier, as RFC 9421 writes it.
        component: String,
        /// What is wrong with it, as the rest of a sentence.
        reason: &'static str,
    },
    /// The scheme has no way to write this moment.
    #[error("the time lies outside the years that the scheme can write")]
    Time,
    /// The signer took exception to the request in a way that the checks before it did not foresee.
    #[error("the request has no canonical form")]
    NotCanonical,
}

/// Why there is no body that a scheme can work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyProblem {
    /// Only the body's digest is there.
    #[error("needs the body itself, so its digest is not enough")]
    Digest,
    /// The method is one whose requests have no body (RFC 9110 §9.3.1, §9.3.2, §9.3.6, §9.3.8).
    #[error("puts the credentials into the body, so the method must be one that sends a body, such as POST")]
    Method,
    /// The body is no object that could have members.
    #[error("puts the credentials into the body, so it must be a JSON object")]
    NotAnObject,
    /// The body has a member that the scheme itself sets.
    #[error("has a member in the body that the authentication sets: leave it out")]
    Member,
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// Its name is not a token (RFC 9110 §5.6.2).
    #[error("has a name that is not a token")]
    Name,
    /// It belongs to the connection, or to whoever sends the request.
    #[error("is set by the connection and cannot be given")]
    Forbidden,
    /// It belongs to the authentication.
    #[error("is set by the authentication and cannot be given")]
    Owned,
    /// It can be there only once.
    #[error("is given more than once")]
    Repeated,
    /// Its value has other characters than visible ASCII and spaces within.
    #[error("has a value with characters other than visible ASCII, or with spaces around it")]
    Value,
    /// The scheme makes the body a form, and this content type says that it is something else.
    #[error("must be `application/x-www-form-urlencoded`, or be left out")]
    NotForm,
    /// The scheme puts members into JSON, and this content type says that the body is something else.
    #[error("must be a media type of JSON, or be left out")]
    NotJson,
}
