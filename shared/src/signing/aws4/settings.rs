//! What AWS services expect differently of a signature.

use std::time::Duration;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignatureLocation, SigningSettings,
    UriPathNormalizationMode,
};
use serde::Deserialize;

/// Where the signature goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Into `Authorization` and `X-Amz-…` headers.
    Header,
    /// Into `X-Amz-…` query parameters.
    Query,
}

/// How often a path is percent-encoded in the canonical request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathEncoding {
    /// Once, and so it is sent. S3 does so.
    Once,
    /// The path as it is sent, encoded once more.
    Twice,
}

/// Whether dot segments and empty ones are taken out of the path in the canonical request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UriPath {
    /// They are (RFC 3986 §5.2.4).
    Normalized,
    /// They are not. In S3 they belong to the object's name.
    AsSent,
}

/// Whether `x-amz-content-sha256` is sent and signed, where the signature is in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentSha256 {
    /// It is. S3 demands it.
    Sent,
    /// It is not. The digest is signed all the same.
    Omitted,
}

/// Whether the session token is part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionToken {
    /// It is.
    Signed,
    /// It is added afterwards. A few services, such as AWS IoT, want it so.
    Unsigned,
}

/// Which body digest is signed, where the signature is in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryBody {
    /// The body's own.
    Signed,
    /// None: S3 reads `UNSIGNED-PAYLOAD` there, so such a signature holds for any body.
    Unsigned,
}

/// What services expect differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aws4Settings {
    /// How often the path is encoded.
    pub path_encoding: PathEncoding,
    /// Whether the path is normalised.
    pub uri_path: UriPath,
    /// Whether the body's digest is a header.
    pub content_sha256: ContentSha256,
    /// Whether the session token is signed.
    pub session_token: SessionToken,
    /// What stands for the body in a signature in the query.
    pub query_body: QueryBody,
    /// How long a signature in the query holds, in seconds. One in a header holds as long as AWS's clocks
    /// may differ, which is 5 to 15 minutes.
    pub expires_seconds: u32,
}

impl Aws4Settings {
    /// How long a signature in the query holds by default: enough to be sent, not to be passed on.
    pub const EXPIRES_SECONDS: u32 = 300;

    /// What `service` expects: S3 and its kin send and sign the path in one form and want the body's digest in a
    /// header, all others normalise the path and encode it twice.
    #[must_use]
    pub fn of_service(service: &str) -> Self {
        let others = Self {
            path_encoding: PathEncoding::Twice,
            uri_path: UriPath::Normalized,
            content_sha256: ContentSha256::Omitted,
            session_token: SessionToken::Signed,
            query_body: QueryBody::Signed,
            expires_seconds: Self::EXPIRES_SECONDS,
        };
        match service {
            "s3" | "s3express" | "s3-object-lambda" | "s3-outposts" => Self {
                path_encoding: PathEncoding::Once,
                uri_path: UriPath::AsSent,
                content_sha256: ContentSha256::Sent,
                query_body: QueryBody::Unsigned,
                ..others
            },
            _ => others,
        }
    }

    /// The same in the signer's terms.
    pub(super) fn signing(&self, placement: Placement) -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = match self.path_encoding {
            PathEncoding::Once => PercentEncodingMode::Single,
            PathEncoding::Twice => PercentEncodingMode::Double,
        };
        settings.uri_path_normalization_mode = match self.uri_path {
            UriPath::Normalized => UriPathNormalizationMode::Enabled,
            UriPath::AsSent => UriPathNormalizationMode::Disabled,
        };
        settings.payload_checksum_kind = match self.content_sha256 {
            ContentSha256::Sent => PayloadChecksumKind::XAmzSha256,
            ContentSha256::Omitted => PayloadChecksumKind::NoHeader,
        };
        settings.session_token_mode = match self.session_token {
            SessionToken::Signed => SessionTokenMode::Include,
            SessionToken::Unsigned => SessionTokenMode::Exclude,
        };
        settings.signature_location = match placement {
            Placement::Header => SignatureLocation::Headers,
            Placement::Query => SignatureLocation::QueryParams,
        };
        settings.expires_in = Some(Duration::from_secs(self.expires_seconds.into()));
        settings
    }
}
