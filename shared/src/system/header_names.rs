//! Which headers a strategy sets itself.

use super::{
    chosen::{HmacScheme, Placement},
    interpolation::MissingValue,
    strategy::Strategy,
};

impl Strategy {
    /// The names of the headers that it sets itself beside these values, so that a key's own headers stay clear of
    /// them. A name whose field has no value yet is left out.
    pub fn header_names<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Vec<String> {
        let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let one = |name: Result<String, MissingValue>| name.into_iter().collect();
        match self {
            // A SOAP session stands in the body; which operation is called is the request's own to say.
            Self::None | Self::Query { .. } | Self::Form { .. } | Self::SoapSession { .. } => Vec::new(),
            Self::Smtp { .. } | Self::Ftp { .. } | Self::Sftp { .. } => Vec::new(),
            Self::Headers { headers } => {
                headers.iter().filter_map(|(name, _)| name.render(&values).ok()).collect()
            }
            Self::Basic { .. } | Self::OAuth1 { .. } => fixed(&["Authorization"]),
            Self::Bearer { header, .. } => one(header.name.render(values)),
            Self::OAuth2ClientCredentials { then, .. } | Self::OAuth2PrivateKeyJwt { then, .. } => {
                one(then.name.render(values))
            }
            Self::Aws4 { placement, .. } => match placement.resolve(values) {
                Ok(Placement::Query) => Vec::new(),
                Ok(Placement::Header) | Err(_) => {
                    fixed(&["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"])
                }
            },
            Self::HmacSha256 { scheme, header_name, .. } => match scheme.resolve(&values) {
                Ok(HmacScheme::Rfc9421) => fixed(&["Signature", "Signature-Input", "Content-Digest"]),
                Ok(HmacScheme::Azure) => fixed(&["Authorization", "x-ms-date", "x-ms-content-sha256"]),
                Ok(HmacScheme::StandardWebhooks) => {
                    fixed(&["webhook-id", "webhook-timestamp", "webhook-signature"])
                }
                Ok(HmacScheme::Body) => {
                    header_name.iter().filter_map(|name| name.render(&values).ok()).collect()
                }
                Err(_) => Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::system::Library;

    fn names(system: &str, auth: &str, values: &[(&str, &'static str)]) -> Vec<String> {
        let variant = Library::shipped().system(system).unwrap().variant(auth).unwrap();
        variant
            .strategy()
            .header_names(|id| values.iter().find(|(field, _)| *field == id).map(|(_, value)| *value))
    }

    #[test]
    fn a_strategy_knows_the_headers_that_it_sets() {
        assert_eq!(names("custom-http", "headers", &[("name", "X-Key")]), ["X-Key"]);
        assert_eq!(names("custom-http", "token", &[("header_name", "X-Token")]), ["X-Token"]);
        assert_eq!(names("custom-http", "basic", &[]), ["Authorization"]);
        assert_eq!(names("custom-http", "aws4", &[]).len(), 4);
        assert!(names("custom-http", "aws4", &[("placement", "query")]).is_empty());
        assert_eq!(
            names("custom-http", "hmac-sha256", &[]),
            ["Signature", "Signature-Input", "Content-Digest"]
        );
        let body = [("scheme", "body"), ("header_name", "X-Signature")];
        assert_eq!(names("custom-http", "hmac-sha256", &body), ["X-Signature"]);
        assert!(names("custom-http", "none", &[]).is_empty());
        assert_eq!(names("dear", "api-key", &[]), ["api-auth-accountid", "api-auth-applicationkey"]);
        assert_eq!(names("netsuite", "tba", &[]), ["Authorization"]);
    }
}
