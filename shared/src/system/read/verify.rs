//! From a check as it is written to a [`Verify`].

use http::{Method, StatusCode};

use super::{
    Wrong, parse,
    rule::{Asked, rules},
    text,
};
use crate::system::{
    raw::{RawHttpCheck, RawProof, RawReason, RawSoapCheck, RawVerify},
    verify::{HttpCheck, Proof, Reason, SoapCheck, Verify},
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
    let proof = |raw: RawProof| -> Result<Proof, Wrong> {
        Ok(Proof { pointer: parse("proofs", &raw.pointer)?, equals: raw.equals })
    };
    let reason = |raw: RawReason| -> Result<Reason, Wrong> {
        Ok(Reason {
            contains: text("reasons.contains", raw.contains)?,
            verdict: raw.verdict,
            advice: text("reasons.advice", raw.advice)?,
        })
    };
    Ok(HttpCheck {
        method: parse::<Method>("method", &raw.method)?,
        path: raw.path,
        body: raw.body,
        accepted: statuses("accepted", &raw.accepted)?,
        denied: statuses("denied", &raw.denied)?,
        refused: statuses("refused", &raw.refused)?,
        proofs: raw.proofs.into_iter().map(proof).collect::<Result<_, _>>()?,
        identity: raw.identity.map(|pointer| parse("identity", &pointer)).transpose()?,
        reasons: raw.reasons.into_iter().map(reason).collect::<Result<_, _>>()?,
        rules: if raw.rules.is_empty() { Vec::new() } else { rules(raw.rules, Asked::Check)? },
    })
}

fn statuses(at: &str, raw: &[u16]) -> Result<Vec<StatusCode>, Wrong> {
    raw.iter().map(|status| StatusCode::from_u16(*status).map_err(|error| Wrong::new(at, error))).collect()
}
