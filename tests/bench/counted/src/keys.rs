//! The keys that are used: one for each strategy of the shipped systems, and more where a strategy has several schemes.

use std::collections::BTreeMap;

use keyward_shared::{
    keys::{
        draft::{Draft, DraftHeader, DraftRestrictions, DraftValue, Visibility},
        key::Ownership,
        using::{Ask, AskedBody, AskedTarget},
    },
    secret::SecretText,
    system::{BaseUrlRule, Library},
};

use crate::Failed;

/// The secret of every key, in base64: each scheme takes it.
const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const RSA: &str = include_str!("../../../../shared/testdata/private-keys/rsa-2048.pkcs8.pem");
const P_256: &str = include_str!("../../../../shared/testdata/private-keys/p-256.pkcs8.pem");
const OPENSSH: &str = include_str!("../../../../shared/testdata/private-keys/openssh-ed25519");

/// What is done with a key.
#[derive(Clone, Copy)]
pub(crate) enum Deed {
    /// It signs a request.
    Sign,
    /// Its values are opened: it has no requests to sign, or signs none without a login.
    Resolve,
}

/// A key of one strategy.
pub(crate) struct Sample {
    /// The strategy, and what else tells the key from others of the strategy.
    pub(crate) name: &'static str,
    pub(crate) deed: Deed,
    system: &'static str,
    auth: &'static str,
    /// The fields that have no example, or another value than their example.
    fields: &'static [(&'static str, &'static str)],
    body: &'static str,
}

const fn signs(name: &'static str, system: &'static str, auth: &'static str) -> Sample {
    Sample { name, deed: Deed::Sign, system, auth, fields: &[], body: r#"{"order":1}"# }
}

const fn logs_in(name: &'static str, system: &'static str, auth: &'static str) -> Sample {
    Sample { deed: Deed::Resolve, ..signs(name, system, auth) }
}

impl Sample {
    const fn with(self, fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { fields, ..self }
    }
}

/// Every key. A name begins with its strategy's.
pub(crate) const SAMPLES: &[Sample] = &[
    signs("none", "custom-http", "none"),
    signs("headers", "custom-http", "headers"),
    signs("basic", "custom-http", "basic").with(&[("username", "ann"), ("password", "s3cret-of-ann")]),
    signs("bearer", "custom-http", "token"),
    signs("query", "woocommerce", "query"),
    Sample { body: "order=1", ..signs("form", "rebound", "login") },
    AWS4,
    signs("aws4 in the query", "custom-http", "aws4").with(&[("placement", "query")]),
    signs("hmac-sha256 rfc9421", "custom-http", "hmac-sha256").with(&[("scheme", "rfc9421")]),
    signs("hmac-sha256 azure", "custom-http", "hmac-sha256").with(&[("scheme", "azure")]),
    signs("hmac-sha256 standard-webhooks", "custom-http", "hmac-sha256")
        .with(&[("scheme", "standard-webhooks")]),
    signs("hmac-sha256 body", "custom-http", "hmac-sha256").with(&[("scheme", "body")]),
    signs("oauth1", "netsuite", "tba"),
    signs("oauth2-client-credentials", "oauth2", "client-credentials"),
    signs("oauth2-private-key-jwt RS256", "oauth2", "private-key-jwt").with(&[("private_key", RSA)]),
    signs("oauth2-private-key-jwt ES256", "oauth2", "private-key-jwt")
        .with(&[("private_key", P_256), ("algorithm", "ES256")]),
    signs("oauth2-jwt-bearer", "oauth2", "jwt-bearer").with(&[("private_key", RSA)]),
    signs("oauth2-password", "oauth2", "password"),
    signs("signed-jwt", "oauth2", "signed-jwt").with(&[("private_key", RSA)]),
    logs_in("login-request", "linnworks", "application"),
    logs_in("soap-session", "peoplevox", "session"),
    logs_in("smtp", "email", "smtp"),
    logs_in("smtp-token", "email", "xoauth2"),
    logs_in("ftp", "ftp", "password"),
    logs_in("sftp password", "sftp", "password"),
    logs_in("sftp private-key", "sftp", "private-key").with(&[("private_key", OPENSSH)]),
];

/// The usual key: what the bench of cold starts signs with, too.
pub(crate) const AWS4: Sample = signs("aws4", "custom-http", "aws4");

impl Sample {
    /// The key as a caller would store it.
    pub(crate) fn draft(&self) -> Result<Draft, Failed> {
        let template = Library::shipped().system(self.system).ok_or("there is no such system")?;
        let mut entry = BTreeMap::new();
        for field in template.fields_of(self.auth) {
            let given = self.fields.iter().find(|(id, _)| *id == field.id()).map(|(_, value)| *value);
            let usual = match (field.required(), field.secret()) {
                (true, true) => Some(SECRET),
                (true, false) => field.example(),
                (false, _) => None,
            };
            let shown = |id: &str| {
                let given = self.fields.iter().find(|(given, _)| *given == id).map(|(_, value)| *value);
                given.or_else(|| template.field(self.auth, id)?.default())
            };
            if let Some(value) = given.or(usual).filter(|_| field.is_shown(shown)) {
                entry.insert(field.id().to_owned(), text(value));
            }
        }
        Ok(Draft {
            restrictions: DraftRestrictions::default(),
            check: None,
            system: self.system.to_owned(),
            auth: Some(self.auth.to_owned()),
            title: "Live UK ERP".to_owned(),
            environment: "live".to_owned(),
            base_url: match template.base_url_rule(self.auth) {
                BaseUrlRule::Typed { example, .. } => Some(example.clone()),
                BaseUrlRule::None
                | BaseUrlRule::Derived { .. }
                | BaseUrlRule::Overridable { .. }
                | BaseUrlRule::Fixed { .. }
                | BaseUrlRule::Choice { .. } => None,
            },
            headers: if self.system == "custom-http" { vec![content_type()] } else { Vec::new() },
            ownership: Ownership::Account,
            entries: BTreeMap::from([("default".to_owned(), entry)]),
            expires_at: None,
        })
    }

    /// The key with an entry for each of so many organizations, `org_1` and on.
    pub(crate) fn draft_of_organizations(&self, organizations: usize) -> Result<Draft, Failed> {
        let entries = (1..=organizations).map(|number| -> Result<_, Failed> {
            let entry = self.draft()?.entries.remove("default").ok_or("the key has no entry")?;
            Ok((format!("org_{number}"), entry))
        });
        let entries = entries.collect::<Result<_, Failed>>()?;
        Ok(Draft { ownership: Ownership::Organizations, entries, ..self.draft()? })
    }

    /// The request to sign.
    pub(crate) fn ask(&self) -> Ask {
        Ask {
            method: http::Method::POST,
            target: AskedTarget::Path("/orders?page=2".to_owned()),
            headers: vec![("x-request-id".to_owned(), "7f1d".to_owned())],
            body: AskedBody::Bytes(self.body.as_bytes().to_vec()),
        }
    }
}

fn text(text: &str) -> DraftValue {
    DraftValue::Set(SecretText::from(text.to_owned()))
}

fn content_type() -> DraftHeader {
    DraftHeader {
        name: "Content-Type".to_owned(),
        value: text("application/json"),
        visibility: Visibility::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_of_a_system_has_a_key() {
        let variants = Library::shipped().templates().flat_map(|template| template.auth());
        // A key that is connected by consent has no secret of its own: its access token is used as a bearer's is.
        let typed = variants
            .filter(|variant| variant.strategy().authorization_code().is_none())
            .map(|variant| variant.strategy().as_str());
        for strategy in typed {
            let of = |sample: &&Sample| sample.name.split(' ').next() == Some(strategy);
            assert!(SAMPLES.iter().any(|sample| of(&sample)), "{strategy}");
        }
    }

    #[test]
    fn a_key_is_of_the_strategy_that_its_name_begins_with() {
        for sample in SAMPLES {
            let template = Library::shipped().system(sample.system).unwrap();
            let strategy = template.variant(sample.auth).unwrap().strategy().as_str();
            assert_eq!(sample.name.split(' ').next(), Some(strategy), "{}", sample.name);
        }
    }
}
