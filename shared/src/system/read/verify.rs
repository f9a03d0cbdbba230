//! From a check as it is written to a [`Verify`].

use http::Method;

use super::{
    Wrong, parse,
    rule::{Asked, rules},
};
use crate::system::{
    raw::{RawHttpCheck, RawSoapCheck, RawVerify},
    verify::{HttpCheck, JsonPointer, SoapCheck, Verify},
};

/// Reads how a variant is tried.
pub(super) fn verify(raw: RawVerify) -> Result<Verify, Wrong> {
    Ok(match raw {
        RawVerify::Http { check } => Verify::Http(http_check(check).map_err(|wrong| wrong.within("check"))?),
        RawVerify::Login {} => Verify::Login,
        RawVerify::Token { rules: raw, then } => Verify::Token {
            rules: rules(raw, Asked::Login)?,
            then: then.map(http_check).transpose().map_err(|wrong| wrong.within("then"))?,
        },
        RawVerify::SoapLogin(RawSoapCheck { rules: raw, then, tolerated_codes, end }) => {
            Verify::SoapLogin(SoapCheck { rules: rules(raw, Asked::Login)?, then, tolerated_codes, end })
        }
        RawVerify::UserPath {} => Verify::UserPath,
    })
}

fn http_check(raw: RawHttpCheck) -> Result<HttpCheck, Wrong> {
    if raw.path.starts_with('/') || raw.path.contains("://") {
        return Err(Wrong::new("path", "must lie below the base address, without a slash before it"));
    }
    let method: Method = parse("method", &raw.method)?;
    // HEAD has no body that could prove anything, and gateways refuse it by itself.
    if ![Method::GET, Method::POST].contains(&method) {
        return Err(Wrong::new("method", "must be `GET`, or `POST` for a request that only reads"));
    }
    Ok(HttpCheck {
        method,
        path: raw.path,
        body: raw.body,
        identity: raw.identity.map(|pointer| identity(&pointer)).transpose()?,
        rules: rules(raw.rules, Asked::Check)?,
    })
}

fn identity(pointer: &str) -> Result<JsonPointer, Wrong> {
    let parsed: JsonPointer = parse("identity", pointer)?;
    if pointer.is_empty() {
        return Err(Wrong::new(
            "identity",
            "must be a place such as `/data/shop/name`, not the whole document",
        ));
    }
    Ok(parsed)
}
