//! The second factor: time-based one-time passwords (RFC 6238) with SHA-1, six digits and steps of 30 seconds,
//! which is what every authenticator app understands.

use keyward_shared::{moment::Random, secret::SecretText};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// How long a code is good, in seconds (RFC 6238 §5.2 recommends 30).
const STEP_SECONDS: u64 = 30;
/// How many steps a clock may be off, either way.
const SKEW_STEPS: u16 = 1;
/// The name that an authenticator app shows.
const ISSUER: &str = "Keyward LOCAL";

/// One user's shared secret.
pub(super) struct TotpSecret(Totp);

/// The text is no base32 of at least 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the TOTP secret is no base32 of 16 bytes or more")]
pub struct BadTotpSecret;

/// A new secret of 160 bits in base32 (RFC 4226 §4 asks for 128 and recommends 160).
pub(super) fn generate_base32(random: &dyn Random) -> SecretText {
    let mut bytes = [0_u8; 20];
    random.fill(&mut bytes);
    Secret::new_stack(bytes).to_base32().into()
}

impl TotpSecret {
    /// Reads a secret in base32.
    pub(super) fn from_base32(text: &SecretText) -> Result<Self, BadTotpSecret> {
        let secret = Secret::try_from_base32(text.expose()).map_err(|_| BadTotpSecret)?;
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS)
            .with_skew(SKEW_STEPS)
            .with_secret(secret)
            .build();
        totp.map(Self).map_err(|_| BadTotpSecret)
    }

    /// The time step that the code belongs to, if it is right within one step of the given Unix time.
    ///
    /// # Security
    ///
    /// The caller must accept each step only once (RFC 6238 §5.2).
    pub(super) fn matching_step(&self, code: &str, unix_seconds: u64) -> Option<u64> {
        self.0.check(code, unix_seconds)
    }

    /// The code of a Unix time, in seconds.
    pub(super) fn code(&self, unix_seconds: u64) -> String {
        self.0.generate(unix_seconds).to_string()
    }
}

/// The address that authenticator apps read from a QR code (the Key URI format).
pub(super) fn otpauth_url(email: &str, secret: &SecretText) -> String {
    let label = utf8_percent_encode(email, NON_ALPHANUMERIC);
    let issuer = utf8_percent_encode(ISSUER, NON_ALPHANUMERIC);
    let secret = secret.expose();
    format!(
        "otpauth://totp/{issuer}:{label}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> TotpSecret {
        // "12345678901234567890" of RFC 6238 appendix B, in base32.
        TotpSecret::from_base32(&SecretText::from("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned())).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1; the last six of its eight digits.
        for (unix_seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc_secret().code(unix_seconds), code);
            assert_eq!(rfc_secret().matching_step(code, unix_seconds), Some(unix_seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let code = rfc_secret().code(1_111_111_111);
        let step = 1_111_111_111 / 30;
        for offset in [-30_i64, 0, 30] {
            let now = 1_111_111_111_u64.checked_add_signed(offset).unwrap();
            assert_eq!(rfc_secret().matching_step(&code, now), Some(step), "{offset}");
        }
        for offset in [-60_i64, 60] {
            let now = 1_111_111_111_u64.checked_add_signed(offset).unwrap();
            assert_eq!(rfc_secret().matching_step(&code, now), None, "{offset}");
        }
    }

    #[test]
    fn what_is_not_six_digits_is_no_code() {
        for code in ["", "28708", "2870820", "+28708", "28708a", " 287082"] {
            assert_eq!(rfc_secret().matching_step(code, 59), None, "{code}");
        }
    }

    #[test]
    fn the_url_is_one_that_an_app_reads() {
        let secret = SecretText::from("GEZDGNBVGY3TQOJQ".to_owned());
        let url = otpauth_url("owner@acme.example", &secret);
        let url = url::Url::parse(&url).unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        assert_eq!(url.path(), "/Keyward%20LOCAL:owner%40acme%2Eexample");
        let issuer = url.query_pairs().find(|(name, _)| name == "issuer").unwrap().1.into_owned();
        assert_eq!(issuer, "Keyward LOCAL");
    }
}
