//! What a strategy keeps for itself in a request, known from the public values.

use super::{
    chosen::{HmacScheme, Placement},
    strategy::Strategy,
};
use crate::{
    interpolation::Interpolation,
    signing::{self, Aws4, Aws4Settings, OAuth1, Owned, Rfc9421, Sets},
};

impl Strategy {
    /// What it keeps for itself in a request beside these values. A header whose name has no value yet is left out.
    pub fn owned<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Vec<Owned> {
        let header = |name: &Interpolation| {
            let name = name.render(&values).ok();
            name.map(|name| Owned::header(name, Sets::Always)).into_iter().collect()
        };
        match self {
            Self::None | Self::Smtp { .. } | Self::Ftp { .. } | Self::Sftp { .. } => Vec::new(),
            Self::SoapSession { .. } => vec![Owned::envelope("session")],
            Self::Headers { headers } => {
                let names = headers.iter().filter_map(|(name, _)| name.render(&values).ok());
                names.map(|name| Owned::header(name, Sets::Always)).collect()
            }
            Self::Basic { .. } => vec![Owned::header("authorization", Sets::Always)],
            Self::Query { parameters } => {
                parameters.iter().map(|(name, _)| Owned::query(name.as_str())).collect()
            }
            Self::Form { parameters } => {
                let fields = parameters.iter().map(|(name, _)| Owned::form(name.as_str()));
                fields.chain([Owned::header("content-type", Sets::IfAbsent)]).collect()
            }
            Self::OAuth1 { .. } => OAuth1::owned(),
            Self::Bearer { header: token, .. } => header(&token.name),
            Self::OAuth2ClientCredentials { then, .. } | Self::OAuth2PrivateKeyJwt { then, .. } => {
                header(&then.name)
            }
            Self::Aws4 { placement, service, session_token, .. } => {
                let placement = match placement.resolve(&values) {
                    Ok(Placement::Query) => signing::Placement::Query,
                    Ok(Placement::Header) | Err(_) => signing::Placement::Header,
                };
                let service = service.render(&values).unwrap_or_default();
                let token = session_token.as_ref().is_some_and(|token| token.render(&values).is_ok());
                Aws4::owned(placement, Aws4Settings::of_service(&service).content_sha256, token)
            }
            Self::HmacSha256 { scheme, header_name, .. } => match scheme.resolve(&values) {
                Ok(HmacScheme::Rfc9421) => signing::HmacScheme::Rfc9421.owned(&Rfc9421::default(), ""),
                Ok(HmacScheme::Azure) => signing::HmacScheme::Azure.owned(&Rfc9421::default(), ""),
                Ok(HmacScheme::StandardWebhooks) => {
                    signing::HmacScheme::StandardWebhooks.owned(&Rfc9421::default(), "")
                }
                Ok(HmacScheme::Body) => header_name.as_ref().map(header).unwrap_or_default(),
                Err(_) => Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        signing::{Owned, Part, Sets},
        system::Library,
    };

    fn owned(system: &str, auth: &str, values: &[(&str, &'static str)]) -> Vec<Owned> {
        let variant = Library::shipped().system(system).unwrap().variant(auth).unwrap();
        variant.strategy().owned(|id| values.iter().find(|(field, _)| *field == id).map(|(_, value)| *value))
    }

    /// The headers that are kept, in lower case.
    fn names(system: &str, auth: &str, values: &[(&str, &'static str)]) -> Vec<String> {
        let owned = owned(system, auth, values);
        let headers = owned.iter().filter(|owned| owned.part() == Part::Header);
        headers.map(|owned| owned.name().to_ascii_lowercase()).collect()
    }

    #[test]
    fn a_strategy_knows_the_headers_that_it_keeps_for_itself() {
        assert_eq!(names("custom-http", "headers", &[("name", "X-Key")]), ["x-key"]);
        assert_eq!(names("custom-http", "token", &[("header_name", "X-Token")]), ["x-token"]);
        assert_eq!(names("custom-http", "basic", &[]), ["authorization"]);
        let aws4 = [
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-content-sha256",
            "x-amz-region-set",
        ];
        assert_eq!(names("custom-http", "aws4", &[]), aws4);
        assert_eq!(names("custom-http", "aws4", &[("placement", "query")]), aws4);
        assert_eq!(
            names("custom-http", "hmac-sha256", &[]),
            ["signature", "signature-input", "content-digest"]
        );
        let body = [("scheme", "body"), ("header_name", "X-Signature")];
        assert_eq!(names("custom-http", "hmac-sha256", &body), ["x-signature"]);
        assert!(names("custom-http", "none", &[]).is_empty());
        assert_eq!(names("dear", "api-key", &[]), ["api-auth-accountid", "api-auth-applicationkey"]);
        assert_eq!(names("netsuite", "tba", &[]), ["authorization"]);
    }

    #[test]
    fn with_a_query_signature_no_header_is_set() {
        let owned = owned("custom-http", "aws4", &[("placement", "query")]);
        for owned in &owned {
            let set = owned.sets() != Sets::Never;
            assert!(!(set && owned.part() == Part::Header), "{owned:?}");
            assert!(!owned.key_may_have() && !owned.request_may_bring(), "{owned:?}");
        }
        assert_eq!(owned.iter().filter(|owned| owned.sets() == Sets::Always).count(), 6);
    }

    #[test]
    fn a_request_may_bring_the_id_of_a_webhook_and_no_key_may_have_it() {
        let owned = owned("custom-http", "hmac-sha256", &[("scheme", "standard-webhooks")]);
        let brought: Vec<_> =
            owned.iter().filter(|owned| owned.request_may_bring()).map(Owned::name).collect();
        assert_eq!((owned.len(), brought), (3, vec!["webhook-id"]));
        assert!(!owned.iter().any(Owned::key_may_have));
    }
}
