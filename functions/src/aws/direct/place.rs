//! Where a service is, and what a signature says of that.

use std::fmt::Write;

use aws_smithy_types::{Document, endpoint::Endpoint};
use hyper::Uri;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where a service is, as the SDK's rules for its endpoints found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Place {
    pub(in crate::aws) url: String,
    /// The header `host`.
    pub(super) host: String,
    /// The path as it is signed.
    pub(super) path: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl Place {
    /// The place of this service in this region, unless the rules say otherwise.
    pub(super) fn at(endpoint: &Endpoint, region: &str, service: &str) -> Result<Self, BoxError> {
        let scheme = endpoint.auth_schemes().iter().find(|scheme| scheme.name() == "sigv4");
        let said = |name, otherwise: &str| match scheme.and_then(|scheme| scheme.get(name)) {
            Some(Document::String(said)) => said.clone(),
            Some(_) | None => otherwise.to_owned(),
        };
        let url: Uri = endpoint.url().parse()?;
        let authority = url.authority().ok_or("the address names no host")?;
        // A default port is not sent (RFC 9110 §7.2).
        let host = match (url.scheme_str(), url.port_u16()) {
            (Some("http"), Some(80)) | (Some("https"), Some(443)) => authority.host(),
            _ => authority.as_str(),
        };
        Ok(Self {
            url: endpoint.url().to_owned(),
            host: host.to_owned(),
            path: signed_path(url.path()),
            region: said("signingRegion", region),
            service: said("signingName", service),
        })
    }
}

/// The canonical form of a path that a call of `/` below it has: without dots and empty segments, and encoded once more than it is
/// sent (IAM User Guide, "Create a signed AWS API request").
fn signed_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut signed = String::from("/");
    for segment in segments {
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                signed.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                write!(signed, "%{byte:02X}").ok();
            }
        }
        signed.push('/');
    }
    signed
}
