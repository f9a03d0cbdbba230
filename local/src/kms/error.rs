//! What the embedded KMS refuses, in the words and the shape of the real one: status, `__type` and `message`.

use std::sync::PoisonError;

use axum::http::StatusCode;

/// A refused request.
///
/// Source: AWS KMS API Reference, "Errors" of each action and "Common Error Types".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KmsError {
    /// The body is not JSON of the operation's shape.
    #[error("the body does not have the shape of this operation")]
    Serialization,
    /// A member is missing, too long, or in conflict with another.
    #[error("{0}")]
    Validation(String),
    /// No `X-Amz-Target` that this KMS answers.
    #[error("this KMS does not have that operation")]
    UnknownOperation,
    /// The request carries no AWS signature at all.
    #[error("Missing Authentication Token")]
    MissingAuthenticationToken,
    /// The request is meant for another host, as if a page had rebound its own name to 127.0.0.1.
    #[error("this KMS answers on its loopback address only")]
    ForeignHost,
    /// No such key or alias.
    #[error("{0} is not found.")]
    NotFound(String),
    /// The alias is taken.
    #[error("An alias with the name {0} already exists")]
    AlreadyExists(String),
    /// The key is switched off.
    #[error("{0} is disabled.")]
    Disabled(String),
    /// The key is of a kind that does not do this.
    #[error("{arn} key usage is {usage} which is not valid for {operation}.")]
    InvalidKeyUsage {
        /// The key.
        arn: String,
        /// The usage of the key.
        usage: &'static str,
        /// The operation that was requested.
        operation: &'static str,
    },
    /// The operation exists, but not for this key or with this member.
    #[error("{0}")]
    UnsupportedOperation(String),
    /// The blob is not of this KMS, was changed, or is bound to another context. It does not say which.
    #[error("the ciphertext does not open")]
    InvalidCiphertext,
    /// The blob opens under another key than the one that was named.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// The MAC is not that of the message.
    #[error("the MAC is not valid for the message")]
    InvalidMac,
    /// The signature is not that of the message.
    #[error("the signature is not valid for the message")]
    InvalidSignature,
    /// The state could not be written, or the cryptography failed. The cause is in the log.
    #[error("the request could not be completed")]
    Internal,
}

impl KmsError {
    /// A required member that is not there. The name is spelt as on the wire.
    pub(super) fn missing(member: &str) -> Self {
        Self::Validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must \
             not be null"
        ))
    }

    /// The value of `__type`, by which every SDK finds its error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Serialization => "SerializationException",
            Self::Validation(_) => "ValidationException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::ForeignHost => "AccessDeniedException",
            Self::NotFound(_) => "NotFoundException",
            Self::AlreadyExists(_) => "AlreadyExistsException",
            Self::Disabled(_) => "DisabledException",
            Self::InvalidKeyUsage { .. } => "InvalidKeyUsageException",
            Self::UnsupportedOperation(_) => "UnsupportedOperationException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::InvalidMac => "KMSInvalidMacException",
            Self::InvalidSignature => "KMSInvalidSignatureException",
            Self::Internal => "KMSInternalException",
        }
    }

    /// The HTTP status. AWS JSON 1.1 tells errors apart by `__type`: all that the caller can mend are 400.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Serialization
            | Self::Validation(_)
            | Self::UnknownOperation
            | Self::MissingAuthenticationToken
            | Self::ForeignHost
            | Self::NotFound(_)
            | Self::AlreadyExists(_)
            | Self::Disabled(_)
            | Self::InvalidKeyUsage { .. }
            | Self::UnsupportedOperation(_)
            | Self::InvalidCiphertext
            | Self::IncorrectKey
            | Self::InvalidMac
            | Self::InvalidSignature => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<aws_lc_rs::error::Unspecified> for KmsError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        tracing::error!("embedded KMS: an operation of the cryptographic library failed");
        Self::Internal
    }
}

impl<T> From<PoisonError<T>> for KmsError {
    fn from(_: PoisonError<T>) -> Self {
        tracing::error!("embedded KMS: an earlier request panicked while it held the keys");
        Self::Internal
    }
}

impl From<super::store::StoreError> for KmsError {
    fn from(error: super::store::StoreError) -> Self {
        tracing::error!(%error, "embedded KMS: its state could not be written");
        Self::Internal
    }
}
