//! The text that is signed (RFC 5849 §3.4.1).

use zeroize::Zeroizing;

use super::super::parameters;
use crate::origin::Target;

/// Method, address and all parameters, each encoded, with ampersands between (§3.4.1.1). The token is among them, which
/// may be secret.
pub(super) fn of(
    method: &http::Method,
    target: &Target,
    form: &[u8],
    own: &[(&str, &str)],
) -> Zeroizing<String> {
    let query = target.query().unwrap_or_default().as_bytes();
    let mut all = Vec::new();
    for (name, value) in parameters::decoded(query).chain(parameters::decoded(form)) {
        let value = Zeroizing::new(parameters::encode(&value).into_owned());
        all.push((parameters::encode(&name).into_owned(), value));
    }
    all.extend(own.iter().map(|(name, value)| ((*name).to_owned(), parameters::encode_secret(value))));
    // By name, then by value, both encoded (§3.4.1.3.2).
    all.sort_by(|(a, x), (b, y)| (a, x.as_str()).cmp(&(b, y.as_str())));
    let separators = std::iter::once("").chain(std::iter::repeat("&"));
    let pairs: Vec<_> =
        separators.zip(&all).flat_map(|(separator, (name, value))| [separator, name, "=", value]).collect();
    let pairs = parameters::encode_secret(&Zeroizing::new(pairs.concat()));
    let uri = parameters::encode(uri(target).as_bytes()).into_owned();
    Zeroizing::new([&method.as_str().to_ascii_uppercase(), "&", &uri, "&", &pairs].concat())
}

/// Scheme and host in lower case, the port unless it is the scheme's own, and the path as it is sent (§3.4.1.2).
fn uri(target: &Target) -> String {
    format!("{}{}", target.origin(), target.path())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;
    use crate::{secret::SecretText, signing::oauth1::signing_key};

    /// The RFC's own method, for its vectors alone.
    fn hmac_sha1(consumer_secret: &str, token_secret: &str, base: &str) -> String {
        let secret = |text: &str| SecretText::from(text.to_owned());
        let key = signing_key(&secret(consumer_secret), Some(&secret(token_secret)));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        BASE64_STANDARD.encode(hmac::sign(&key, base.as_bytes()))
    }

    fn base(method: &str, origin: &str, path: &str, form: &str, own: &[(&str, &str)]) -> String {
        let target = Target::unchecked(origin, path);
        of(&method.parse().unwrap(), &target, form.as_bytes(), own).to_string()
    }

    /// The three requests of RFC 5849 §1.2.
    #[test]
    fn rfc_5849_example_signatures_hold() {
        let own = |timestamp, nonce, more: &[(&'static str, &'static str)]| {
            let mut own = vec![
                ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
                ("oauth_signature_method", "HMAC-SHA1"),
                ("oauth_timestamp", timestamp),
                ("oauth_nonce", nonce),
            ];
            own.extend(more);
            own
        };
        let initiate = own("137131200", "wIjqoS", &[("oauth_callback", "http://printer.example.com/ready")]);
        let token = own(
            "137131201",
            "walatlh",
            &[("oauth_token", "hh5s93j4hdidpola"), ("oauth_verifier", "hfdp7dh39dks9884")],
        );
        let photos = own("137131202", "chapoH", &[("oauth_token", "nnch734d00sl2jdk")]);
        let https = "https://photos.example.net";
        for (base, token_secret, signature) in [
            (base("POST", https, "/initiate", "", &initiate), "", "74KNZJeDHnMBp0EMJ9ZHt/XKycU="),
            (base("POST", https, "/token", "", &token), "hdhd0244k9j7ao03", "gKgrFCywp7rO0OXSjdot/IHF7IU="),
            (
                base(
                    "GET",
                    "http://photos.example.net",
                    "/photos?file=vacation.jpg&size=original",
                    "",
                    &photos,
                ),
                "pfkkdhi9sl3r4s00",
                "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
            ),
        ] {
            assert_eq!(hmac_sha1("kd94hf93k423kf44", token_secret, &base), signature, "{base}");
        }
    }

    /// RFC 5849 §3.4.1.1. The signature of that request in §3.1 is a known erratum; this one is computed from the
    /// secrets that the RFC's author named for it.
    #[test]
    fn the_base_string_of_rfc_5849_holds() {
        let own = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let path = "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
        let text = base("post", "http://EXAMPLE.COM:80", path, "c2&a3=2+q", &own);
        assert_eq!(
            text,
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26\
             c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26\
             oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
        assert_eq!(hmac_sha1("j49sk3j29djd", "dh893hdasih9", &text), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
    }

    /// The base string in WooCommerce's documentation. No signature is published.
    #[test]
    fn the_base_string_of_woocommerce_holds() {
        let own = [("oauth_consumer_key", "abc123"), ("oauth_signature_method", "HMAC-SHA1")];
        let text = base("GET", "http://www.example.com", "/wp-json/wc/v3/orders", "", &own);
        assert_eq!(
            text,
            "GET&http%3A%2F%2Fwww.example.com%2Fwp-json%2Fwc%2Fv3%2Forders&\
             oauth_consumer_key%3Dabc123%26oauth_signature_method%3DHMAC-SHA1"
        );
        assert_eq!(hmac_sha1("consumer_secret", "", &text), "+UtE0JE9Of8Tgij7Cmv9sFR7WgU=");
    }

    /// RFC 5849 §3.4.1.2.
    #[test]
    fn the_address_has_no_port_of_its_scheme_and_no_query() {
        for (origin, path, expected) in [
            ("http://EXAMPLE.COM:80", "/r%20v/X?id=123", "http://example.com/r%20v/X"),
            ("https://www.example.net:8080", "/?q=1", "https://www.example.net:8080/"),
            ("https://example.com:443", "/", "https://example.com/"),
        ] {
            assert_eq!(uri(&Target::unchecked(origin, path)), expected);
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_signed_as_they_are() {
        let text = base("GET", "http://a.example", "/?a=%ff&b=%C3%A9", "", &[]);
        assert_eq!(text, "GET&http%3A%2F%2Fa.example%2F&a%3D%25FF%26b%3D%25C3%25A9");
    }
}
