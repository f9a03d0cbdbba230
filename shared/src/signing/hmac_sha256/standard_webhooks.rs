//! Standard Webhooks 1.0.0, symmetric signatures (github.com/standard-webhooks/standard-webhooks, spec).

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{
    super::{HeaderProblem, Request, SignError, Signed, mac::hmac_sha256},
    CLIENT_SECRET, decode,
};
use crate::ports::Random;

/// A `webhook-id` may be the caller's: a retry must carry the id of the first attempt.
pub(super) const OWN_HEADERS: [&str; 2] = ["webhook-signature", "webhook-timestamp"];

const ID: &str = "webhook-id";

/// The longest id that is taken over, in bytes.
const MAX_ID_LENGTH: usize = 256;

/// The key in a secret: base64 of 24 to 64 bytes (spec, "Signature scheme"), after `whsec_` where that is there.
pub(super) fn key(secret: &str) -> Result<Zeroizing<Vec<u8>>, SignError> {
    decode(secret.strip_prefix("whsec_").unwrap_or(secret))
        .filter(|key| (24..=64).contains(&key.len()))
        .ok_or(SignError::Field {
            field: CLIENT_SECRET,
            reason: "must be base64 of 24 to 64 bytes, after `whsec_`",
        })
}

/// Signs id, timestamp and body, with full stops between them.
pub(super) fn sign(
    key: &[u8],
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
    let mac = hmac_sha256(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
    signed.add("webhook-timestamp", timestamp);
    signed.add("webhook-signature", format!("v1,{}", BASE64_STANDARD.encode(mac)));
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
        signing::{Body, BodyProblem, tests::Sevens},
    };

    /// From the specification's reference libraries (MIT licence), recomputed.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signed(headers: &[(&str, &str)], body: Body<'_>) -> Result<Signed, SignError> {
        let target = Target::unchecked("https://example.com", "/");
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: &http::Method::POST, target: &target, headers: &headers, body };
        let mut signed = Signed::unsigned(&request);
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        sign(&key(SECRET).unwrap(), &request, now, &Sevens, &mut signed)?;
        Ok(signed)
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
