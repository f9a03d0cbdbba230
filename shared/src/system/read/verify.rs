//! From a check as it is written to a [`Verify`].

use std::collections::BTreeMap;

use http::Method;

use super::{
    Wrong, base_url, constant_header, media_type, parse,
    rule::{Asked, Shared, rules},
};
use crate::{
    interpolation::{Interpolation, Part},
    origin::{BaseUrl, Scheme},
    strategy::Strategy,
    system::{
        check_path::CheckPath,
        constant_header::{ConstantHeader, Standing},
        field::FieldTemplate,
        raw::{RawHttpCheck, RawSoapCheck, RawVerify},
        verify::{HttpCheck, JsonPointer, SoapCheck, Verify},
    },
};

/// Reads how a variant with these fields and this strategy is tried.
pub(super) fn verify(
    raw: RawVerify,
    fields: &[&FieldTemplate],
    strategy: &Strategy,
    shared: &Shared,
) -> Result<Verify, Wrong> {
    let http_check = |raw: RawHttpCheck| http_check(raw, fields, strategy, shared);
    Ok(match raw {
        RawVerify::Http { check } => Verify::Http(http_check(check).map_err(|wrong| wrong.within("check"))?),
        RawVerify::Login {} => Verify::Login,
        RawVerify::Token { rules: raw, shared_rules, then } => Verify::Token {
            rules: rules(raw, &shared_rules, shared, Asked::Login)?,
            then: then.map(http_check).transpose().map_err(|wrong| wrong.within("then"))?,
        },
        RawVerify::SoapLogin(RawSoapCheck { rules: raw, shared_rules, then, tolerated_codes, end }) => {
            let rules = rules(raw, &shared_rules, shared, Asked::Login)?;
            Verify::SoapLogin(SoapCheck { rules, then, tolerated_codes, end })
        }
        RawVerify::UserPath {} => Verify::UserPath,
    })
}

fn http_check(
    raw: RawHttpCheck,
    fields: &[&FieldTemplate],
    strategy: &Strategy,
    shared: &Shared,
) -> Result<HttpCheck, Wrong> {
    let path = path(&raw.path, fields)?;
    let headers = headers(raw.headers, fields, strategy)?;
    let method: Method = parse("method", &raw.method)?;
    // HEAD has no body that could prove anything, and gateways refuse it by itself.
    if ![Method::GET, Method::POST].contains(&method) {
        return Err(Wrong::new("method", "must be `GET`, or `POST` for a request that only reads"));
    }
    if let Some(body) = &raw.body {
        media_type("body.content_type", body.content_type.clone())?;
        let is_json = body.content_type == "application/json" || body.content_type.ends_with("+json");
        if is_json && serde_json::from_str::<serde_json::Value>(&body.text).is_err() {
            return Err(Wrong::new("body.text", "must be JSON, as its `content_type` says"));
        }
        if headers.iter().any(|header| header.is("content-type")) {
            return Err(Wrong::new("headers.Content-Type", "has no effect: `body.content_type` says it"));
        }
    }
    Ok(HttpCheck {
        method,
        path,
        headers,
        body: raw.body,
        identity: raw.identity.map(|pointer| identity(&pointer)).transpose()?,
        rules: rules(raw.rules, &raw.shared_rules, shared, Asked::Check)?,
    })
}

/// A path below the base address, whose places are for public fields that always have a value.
fn path(text: &str, fields: &[&FieldTemplate]) -> Result<CheckPath, Wrong> {
    below_base("path", text)?;
    let path = CheckPath::new(parse("path", text)?);
    if let Some(id) = path.text().fields().find(|id| !base_url::is_certain(id, fields)) {
        let reason = format!("`{id}` is no public field of this variant that always has a value");
        return Err(Wrong::new("path", reason));
    }
    Ok(path)
}

/// The text of a path that is put behind a base address.
pub(super) fn below_base(at: &str, text: &str) -> Result<(), Wrong> {
    if text.starts_with('/') || text.contains("://") {
        return Err(Wrong::new(
            at,
            "must lie below the base address, without a slash before it, such as `v1/me`",
        ));
    }
    let lower = text.split('?').next().unwrap_or_default().to_ascii_lowercase();
    if ["%2f", "%5c", "%25", "//"].iter().any(|odd| lower.contains(odd)) {
        return Err(Wrong::new(
            at,
            "must be whole segments such as `v1/me`, without an encoded or a doubled slash",
        ));
    }
    let parsed = parse::<Interpolation>(at, text)?;
    let sample = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Field { .. } => "a".to_owned(),
    };
    let filled: String = parsed.parts().iter().map(sample).collect();
    let base = BaseUrl::parse("https://api.example.com/", &[Scheme::Https]);
    match base.map(|base| base.join(&filled)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(reason)) => Err(Wrong::new(at, format!("must be a path such as `v1/me`: {reason}"))),
        Err(reason) => Err(Wrong::new(at, reason)),
    }
}

/// Headers of the check alone.
fn headers(
    raw: BTreeMap<String, String>,
    fields: &[&FieldTemplate],
    strategy: &Strategy,
) -> Result<Vec<ConstantHeader>, Wrong> {
    let mut headers: Vec<ConstantHeader> = Vec::new();
    for (name, value) in raw {
        let header = constant_header::header(&name, &value, Standing::Constant)
            .map_err(|wrong| wrong.within("headers"))?;
        if headers.iter().any(|known| known.is(&name)) {
            return Err(Wrong::new(format!("headers.{name}"), "is there twice: header names have no case"));
        }
        headers.push(header);
    }
    constant_header::check(&headers, |header| format!("headers.{}", header.name), fields, strategy)?;
    Ok(headers)
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
