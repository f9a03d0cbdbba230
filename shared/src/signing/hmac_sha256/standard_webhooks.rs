//! Standard Webhooks 1.0.0, symmetric signatures (github.com/standard-webhooks/standard-webhooks, spec).

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{
    super::{HeaderProblem, Owned, Request, Sets, SignError, Signed, mac::hmac_sha256},
    decode,
};
use crate::moment::Random;

const ID: &str = "webhook-id";

/// The longest id that is taken over, in bytes.
const MAX_ID_LENGTH: usize = 256;

/// A `webhook-id` may be the request's: a retry carries the id of the first attempt (spec, "Webhook Headers").
pub(super) fn owned() -> Vec<Owned> {
    vec![
        Owned::header(ID, Sets::UnlessBrought),
        Owned::header("webhook-timestamp", Sets::Always),
        Owned::header("webhook-signature", Sets::Always),
    ]
}

/// The key in a secret: base64 of 24 to 64 bytes (spec, "Signature scheme"), after `whsec_` where that is there.
pub(super) fn key(field: &'static str, secret: &str) -> Result<Zeroizing<Vec<u8>>, SignError> {
    decode(secret.strip_prefix("whsec_").unwrap_or(secret))
        .filter(|key| (24..=64).contains(&key.len()))
        .ok_or(SignError::Field { field, reason: "must be base64 of 24 to 64 bytes, after `whsec_`" })
}

/// Signs id, timestamp and body, with full stops between them. With several keys there are several signatures, with a
/// space between (spec, "Signature scheme"): a receiver takes the one that it can check, so a secret can be replaced
/// without a moment in which nothing is accepted.
pub(super) fn sign(
    keys: &[&[u8]],
    request: &Request<'_>,
    now: Timestamp,
    random: &impl Random,
    signed: &mut Signed,
) -> Result<(), SignError> {
    let body = request.body.bytes("standard-webhooks")?;
    let id = match given_id(request.headers)? {
        Some(id) => id.to_owned(),
        None => {
            let id = new_id(random);
            signed.add(ID, id.clone());
            id
        }
    };
    let timestamp = now.as_second().to_string();
    let signature = |key: &&[u8]| {
        let mac = hmac_sha256(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
        format!("v1,{}", BASE64_STANDARD.encode(mac))
    };
    let signatures: Vec<_> = keys.iter().map(signature).collect();
    signed.add("webhook-timestamp", timestamp);
    signed.add("webhook-signature", signatures.join(" "));
    Ok(())
}

fn given_id(headers: &[(String, String)]) -> Result<Option<&str>, SignError> {
    let mut ids = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(ID));
    let Some((name, id)) = ids.next() else {
        return Ok(None);
    };
    let problem = if ids.next().is_some() {
        HeaderProblem::Repeated
    } else if id.is_empty() || id.len() > MAX_ID_LENGTH || id.contains(['.', ' ', '\t']) {
        // With a full stop in it, one signature would hold for another id and time too.
        HeaderProblem::Value
    } else {
        return Ok(Some(id));
    };
    Err(SignError::Header { name: name.clone(), problem })
}

/// 128 random bits, as unlikely to come again as a UUID.
fn new_id(random: &impl Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    format!("msg_{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        secret::SecretText,
        signing::{Authenticator, Body, BodyProblem, HmacScheme, HmacSha256, tests::Sevens},
    };

    /// From the specification's reference libraries (MIT licence), recomputed.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signed(headers: &[(&str, &str)], body: Body<'_>) -> Result<Signed, SignError> {
        let target = Target::unchecked("https://example.com", "/");
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: &http::Method::POST, target: &target, headers: &headers, body };
        let mut signed = Signed::unsigned(&request);
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        sign(&[&key("client_secret", SECRET).unwrap()], &request, now, &Sevens, &mut signed)?;
        Ok(signed)
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let (new, old) = (SECRET, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let [new, old] = [new, old].map(|secret| SecretText::from(secret.to_owned()));
        let target = Target::unchecked("https://example.com", "/");
        let headers = [("webhook-id".to_owned(), "msg_1".to_owned())];
        let body = Body::Bytes(b"{}");
        let request = Request { method: &http::Method::POST, target: &target, headers: &headers, body };
        let signature = |client_secret, previous_secret| {
            let hmac = HmacSha256::new(HmacScheme::StandardWebhooks, "c", client_secret);
            let hmac = HmacSha256 { previous_secret, ..hmac };
            let signed = Authenticator::HmacSha256(hmac).sign(&request, Timestamp::UNIX_EPOCH, &Sevens);
            signed.ok().unwrap().header("webhook-signature").unwrap().to_owned()
        };
        let both = signature(&new, Some(&old));
        assert_eq!(both, format!("{} {}", signature(&new, None), signature(&old, None)));
        let bad = SecretText::from("short".to_owned());
        let hmac = HmacSha256::new(HmacScheme::StandardWebhooks, "c", &new);
        let hmac = HmacSha256 { previous_secret: Some(&bad), ..hmac };
        let error = hmac.check().unwrap_err();
        assert!(matches!(error, SignError::Field { field: "previous_secret", .. }), "{error}");
    }

    #[test]
    fn reference_vector_holds() {
        let id = ("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let signed = signed(&[id], Body::Bytes(br#"{"test": 2432232314}"#)).ok().unwrap();
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let expected = [id, ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)];
        assert_eq!(signed.headers().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_id_is_drawn_where_none_is_given() {
        let signed = signed(&[], Body::Bytes(b"x")).ok().unwrap();
        assert_eq!(signed.header("webhook-id"), Some("msg_07070707070707070707070707070707"));
        assert_eq!(signed.headers().count(), 3);
    }

    #[test]
    fn an_id_that_blurs_what_is_signed_is_refused() {
        let long = "a".repeat(257);
        for id in ["", "a.1614265330", "a b", &long] {
            let error = signed(&[("webhook-id", id)], Body::Bytes(b"x")).err();
            let problem = HeaderProblem::Value;
            assert_eq!(error, Some(SignError::Header { name: "webhook-id".to_owned(), problem }), "{id}");
        }
        let error = signed(&[("webhook-id", "a"), ("WEBHOOK-ID", "a")], Body::Bytes(b"x")).err();
        assert!(matches!(error, Some(SignError::Header { problem: HeaderProblem::Repeated, .. })));
    }

    #[test]
    fn a_digest_is_not_enough() {
        let error = signed(&[], Body::Sha256([0; 32])).err();
        assert_eq!(
            error,
            Some(SignError::BodyNeeded { scheme: "standard-webhooks", problem: BodyProblem::Digest })
        );
    }
}
