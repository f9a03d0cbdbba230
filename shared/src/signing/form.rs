//! Credentials as parameters of a form in the body.

use http::Method;
use zeroize::Zeroizing;

use super::{
    BodyProblem, HeaderProblem, Part, Request, SignError, Signed,
    owned::{Owned, refuses},
    parameters,
};
use crate::secret::SecretText;

/// The scheme's name in errors.
const SCHEME: &str = "form";

/// Puts the parameters before the request's own, and makes the content type a form's.
pub(super) fn add(
    own: &[(String, SecretText)],
    request: &Request<'_>,
    owned: &[Owned],
    signed: &mut Signed,
) -> Result<(), SignError> {
    if matches!(*request.method, Method::GET | Method::HEAD | Method::CONNECT | Method::TRACE) {
        return Err(SignError::BodyNeeded { scheme: SCHEME, problem: BodyProblem::Method });
    }
    let body = request.body.bytes(SCHEME)?;
    match parameters::content_type(request) {
        None => signed.add("content-type", parameters::FORM.to_owned()),
        Some(content_type) if parameters::is_form(content_type) => {}
        Some(_) => {
            let name = "content-type".to_owned();
            return Err(SignError::Header { name, problem: HeaderProblem::NotForm });
        }
    }
    // Without a content type the body is taken for a form as well.
    if parameters::decoded(body).any(|(name, _)| refuses(owned, Part::Form, &name)) {
        return Err(SignError::QueryOwned);
    }
    let own: Vec<_> = own.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let credentials = Zeroizing::new(parameters::joined(&own));
    let separator: &[u8] = if body.is_empty() || credentials.is_empty() { b"" } else { b"&" };
    signed.replace_body([credentials.as_bytes(), separator, body].concat());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        signing::{Authenticator, Body, Reveals, tests::Sevens},
    };

    fn signed(
        method: &Method,
        content_type: Option<&str>,
        body: Body<'_>,
    ) -> Result<(String, String), SignError> {
        let own = [("login", "a b"), ("api_key", "k&y=é")];
        let own = own.map(|(name, value)| (name.to_owned(), SecretText::from(value.to_owned())));
        let target = Target::unchecked("https://api.example", "/v1?login=in-the-query");
        let headers: Vec<_> =
            content_type.iter().map(|value| ("Content-Type".to_owned(), (*value).to_owned())).collect();
        let request = Request { method, target: &target, headers: &headers, body };
        let authenticator = Authenticator::Form { parameters: &own };
        assert_eq!(authenticator.reveals(), Reveals::Secret);
        let signed = authenticator.sign(&request, jiff::Timestamp::UNIX_EPOCH, &Sevens)?;
        assert_eq!(signed.url(), "https://api.example/v1?login=in-the-query");
        assert_eq!(signed.headers().count(), 1);
        let body = String::from_utf8(signed.body().unwrap().to_vec()).unwrap();
        Ok((signed.header("content-type").unwrap().to_owned(), body))
    }

    #[test]
    fn credentials_come_before_the_requests_own_parameters() {
        let credentials = "login=a%20b&api_key=k%26y%3D%C3%A9";
        for (content_type, sent) in [(None, parameters::FORM), (Some(PHP), PHP)] {
            let (header, body) = signed(&Method::POST, content_type, Body::Bytes(b"order=1+2&x")).unwrap();
            assert_eq!((header.as_str(), body), (sent, format!("{credentials}&order=1+2&x")));
            let (header, body) = signed(&Method::PUT, content_type, Body::Bytes(b"")).unwrap();
            assert_eq!((header.as_str(), body.as_str()), (sent, credentials));
        }
    }

    const PHP: &str = "application/x-www-form-urlencoded; charset=utf-8";

    #[test]
    fn another_content_type_is_refused() {
        let error = signed(&Method::POST, Some("application/json"), Body::Bytes(b"{}")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "header `content-type` must be `application/x-www-form-urlencoded`, or be left out"
        );
    }

    #[test]
    fn a_body_that_has_such_a_parameter_is_refused() {
        for body in ["login=1", "a=b&api_key", "%6cogin=2"] {
            let error = signed(&Method::POST, None, Body::Bytes(body.as_bytes())).unwrap_err();
            assert_eq!(error, SignError::QueryOwned, "{body}");
        }
    }

    #[test]
    fn without_a_body_there_is_no_form() {
        for method in [Method::GET, Method::HEAD, Method::TRACE, Method::CONNECT] {
            assert_eq!(
                signed(&method, None, Body::Bytes(b"")).unwrap_err().to_string(),
                "`form` puts the credentials into the body, so the method must be one that sends a body, such as POST"
            );
        }
        let error = signed(&Method::POST, None, Body::Sha256([0; 32])).unwrap_err();
        assert_eq!(error, SignError::BodyNeeded { scheme: "form", problem: BodyProblem::Digest });
    }
}
