//! A client's id and secret in the `Authorization` header (RFC 6749 §2.3.1).

use percent_encoding::{AsciiSet, utf8_percent_encode};
use zeroize::Zeroizing;

use super::super::basic;
use crate::{percent::RESERVED, secret::SecretText};

/// What is encoded. A form leaves `*` as it is, an address leaves `~`, and both are decoded alike from either. So both stay as they are,
/// for servers that decode nothing.
const ENCODED: &AsciiSet = &RESERVED.remove(b'*');

/// Both are encoded before they are joined, so either may contain a colon. A space becomes `%20`, not `+`: a form is decoded
/// from both, and servers that decode percent-encoding alone read only the first (Authlib, `extract_basic_authorization`).
pub(super) fn authorization(client_id: &str, client_secret: &SecretText) -> String {
    let id = utf8_percent_encode(client_id, ENCODED).to_string();
    let text = client_secret.expose();
    let mut secret = Zeroizing::new(String::with_capacity(3 * text.len()));
    secret.extend(utf8_percent_encode(text, ENCODED));
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

    #[test]
    fn a_secret_of_letters_digits_and_plain_signs_is_sent_as_it_is() {
        // Microsoft's client secrets have `~` and `.`; not every server decodes.
        let pair = BASE64_STANDARD.encode("id:aB8~Q_x.9-z*");
        assert_eq!(sent("id", "aB8~Q_x.9-z*"), format!("Basic {pair}"));
    }

    #[test]
    fn a_form_is_decoded_to_the_same_secret() {
        let secret: String = ('\u{20}'..'\u{7f}').chain("é☃𝄞".chars()).collect();
        let encoded = utf8_percent_encode(&secret, ENCODED).to_string();
        let form = format!("s={encoded}");
        let decoded: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        assert_eq!(decoded, [("s".to_owned(), secret)]);
    }
}
