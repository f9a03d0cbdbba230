//! Parameters of the query: which a request may bring, and credentials among them.

use zeroize::Zeroizing;

use super::{
    Body, Part, Request, SignError, Signed,
    owned::{Owned, refuses},
    parameters,
};
use crate::secret::SecretText;

/// Refuses a request that has a parameter of the authentication's, in the query or in a form.
pub(super) fn check(request: &Request<'_>, owned: &[Owned]) -> Result<(), SignError> {
    let query = request.target.query().unwrap_or_default().as_bytes();
    let form = match (parameters::content_type(request), request.body) {
        (Some(content_type), Body::Bytes(body)) if parameters::is_form(content_type) => body,
        (_, Body::Bytes(_) | Body::Sha256(_)) => &[],
    };
    let in_query = parameters::decoded(query).any(|(name, _)| refuses(owned, Part::Query, &name));
    if in_query || parameters::decoded(form).any(|(name, _)| refuses(owned, Part::Form, &name)) {
        return Err(SignError::QueryOwned);
    }
    Ok(())
}

/// Puts the parameters at the end of the query.
pub(super) fn add(own: &[(String, SecretText)], signed: &mut Signed) {
    let own: Vec<_> = own.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    if !own.is_empty() {
        signed.extend_query(&[&Zeroizing::new(parameters::joined(&own))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        origin::Target,
        signing::{Authenticator, Body, Reveals, tests::Sevens},
    };

    fn signed(path: &str, own: &[(&str, &str)]) -> Result<String, SignError> {
        let own: Vec<_> = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), SecretText::from((*value).to_owned())))
            .collect();
        let target = Target::unchecked("https://shop.example", path);
        let request = Request {
            method: &http::Method::GET,
            target: &target,
            headers: &[],
            body: Body::Sha256([0; 32]),
        };
        let authenticator = Authenticator::Query { parameters: &own };
        assert_eq!(authenticator.reveals(), Reveals::Secret);
        let signed = authenticator.sign(&request, jiff::Timestamp::UNIX_EPOCH, &Sevens)?;
        assert!(signed.body().is_none());
        Ok(signed.url().to_owned())
    }

    #[test]
    fn parameters_come_last_and_encoded() {
        let own = [("consumer_key", "ck_1"), ("consumer secret", "a&b=c+d é/~")];
        for (path, start) in [("/a", "/a?"), ("/a?", "/a?"), ("/a?b=c", "/a?b=c&"), ("/a?b=c&", "/a?b=c&")] {
            let url = format!(
                "https://shop.example{start}consumer_key=ck_1&consumer%20secret=a%26b%3Dc%2Bd%20%C3%A9%2F~"
            );
            assert_eq!(signed(path, &own).unwrap(), url);
        }
    }

    #[test]
    fn a_query_that_has_such_a_parameter_is_refused() {
        for path in ["/?key=1", "/?a=b&key", "/?%6bey=", "/?a=b&%6B%65%79=1"] {
            assert_eq!(signed(path, &[("key", "canary")]), Err(SignError::QueryOwned), "{path}");
        }
        for path in ["/?Key=1", "/?a=key", "/key=1", "/?keys=1"] {
            assert!(signed(path, &[("key", "canary")]).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_parameter_without_name_or_value_is_refused() {
        for own in [("", "canary"), ("key", "")] {
            let error = signed("/", &[own]).unwrap_err();
            assert_eq!(error, SignError::Field { field: "parameters", reason: "must not be empty" });
        }
    }
}
