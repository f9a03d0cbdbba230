//! A client's id and secret in the `Authorization` header (RFC 6749 §2.3.1).

use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::super::basic;
use crate::{percent::RESERVED, secret::SecretText};

/// Both are encoded before they are joined, so either may contain a colon. A space becomes `%20`, not `+`: a form is decoded
/// from both, and servers that decode percent-encoding alone read only the first (Authlib, `extract_basic_authorization`).
pub(super) fn authorization(client_id: &str, client_secret: &SecretText) -> String {
    let id = utf8_percent_encode(client_id, RESERVED).to_string();
    let text = client_secret.expose();
    let mut secret = Zeroizing::new(String::with_capacity(3 * text.len()));
    secret.extend(utf8_percent_encode(text, RESERVED));
    basic::value(&id, &secret)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    fn sent(id: &str, secret: &str) -> String {
        authorization(id, &SecretText::from(secret.to_owned()))
    }

    #[test]
    fn the_client_of_rfc_6749_holds() {
        assert_eq!(sent("s6BhdRkqt3", "gX1fBat3bV"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
        // §2.3.1 prints another secret of the same client in its example of a body.
        assert_eq!(
            sent("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
        );
    }

    #[test]
    fn id_and_secret_are_encoded_before_they_are_joined() {
        let pair = BASE64_STANDARD.encode("https%3A%2F%2Fid.example:a%3Ab%20%26%C3%A9%2B%25");
        assert_eq!(sent("https://id.example", "a:b &é+%"), format!("Basic {pair}"));
    }
}
