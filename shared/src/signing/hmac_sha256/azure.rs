//! The HMAC-SHA256 scheme of Azure App Configuration's REST API
//! (learn.microsoft.com/azure/azure-app-configuration/rest-api-authentication-hmac).

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

use super::super::{Request, SignError, Signed, field, mac::hmac_sha256};

pub(super) const OWN_HEADERS: [&str; 3] = ["authorization", "x-ms-content-sha256", "x-ms-date"];

pub(super) fn check(client_id: &str) -> Result<(), SignError> {
    field::word("client_id", client_id, b"&,", "must be visible ASCII without spaces, `&` and `,`")
}

/// Signs method, path with query, date, host and the body's digest.
pub(super) fn sign(
    key: &[u8],
    client_id: &str,
    request: &Request<'_>,
    now: Timestamp,
    signed: &mut Signed,
) -> Result<(), SignError> {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).map_err(|_| SignError::Time)?;
    let digest = BASE64_STANDARD.encode(request.body.sha256());
    let host = request.target.authority();
    let string_to_sign =
        format!("{}\n{}\n{date};{host};{digest}", request.method, request.target.path_and_query());
    let signature = BASE64_STANDARD.encode(hmac_sha256(key, &[string_to_sign.as_bytes()]));
    signed.add("x-ms-date", date);
    signed.add("x-ms-content-sha256", digest);
    signed.add(
        "authorization",
        format!(
            "HMAC-SHA256 Credential={client_id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        ),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{origin::Target, signing::Body};

    /// Computed apart from this code, with Python's `hmac`, from the description of the scheme.
    #[test]
    fn a_request_is_signed_as_an_independent_implementation_signs_it() {
        let target =
            Target::unchecked("https://contoso.azconfig.io:8443", "/kv/a%20b?label=*&api-version=1.0");
        let body = br#"{"value":"x"}"#;
        for body in [Body::Bytes(body), Body::Sha256(crate::signing::mac::sha256(body))] {
            let request = Request { method: &http::Method::PUT, target: &target, headers: &[], body };
            let mut signed = Signed::unsigned(&request);
            let now = "2018-05-11T18:48:36.9Z".parse().unwrap();
            sign(b"an azure secret of some length", "0-l4-s0:id", &request, now, &mut signed).unwrap();
            assert_eq!(signed.header("x-ms-date"), Some("Fri, 11 May 2018 18:48:36 GMT"));
            assert_eq!(
                signed.header("x-ms-content-sha256"),
                Some("2h+kVMKz5BeSixJBSkcLEKXFFRUyqZCmxLGdgB1Cwlk=")
            );
            assert_eq!(
                signed.header("Authorization"),
                Some(
                    "HMAC-SHA256 Credential=0-l4-s0:id&SignedHeaders=x-ms-date;host;x-ms-content-sha256\
                     &Signature=E+k4/O+fmb6epcHzaM/AlFxWq5cu8gs2hMuYBPNXIS4="
                )
            );
        }
    }

    #[test]
    fn a_client_id_that_would_end_its_parameter_is_refused() {
        assert_eq!(check("0-l4-s0:id"), Ok(()));
        for client_id in ["", "a&Signature=b", "a b", "é", "a,b"] {
            assert!(matches!(check(client_id), Err(SignError::Field { field: "client_id", .. })));
        }
    }
}
