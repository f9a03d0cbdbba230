//! From a strategy as it is written to a [`Strategy`]: every place names a field of the variant, and every choice is
//! a word that the code knows.

use super::{Wrong, base_url::address, parse};
use crate::{
    interpolation::{Interpolation, Part},
    system::{
        chosen::{Chosen, Word},
        field::{FieldKind, FieldTemplate},
        raw::{RawStrategy, RawTokenHeader},
        strategy::{Endpoint, OAuthVersion, SftpProof, Strategy, TokenHeader},
    },
};

/// Reads a strategy of a variant that has these fields.
pub(super) fn strategy(raw: RawStrategy, fields: &[&FieldTemplate]) -> Result<Strategy, Wrong> {
    let reader = Reader { fields };
    Ok(match raw {
        RawStrategy::None {} => Strategy::None,
        RawStrategy::Headers { headers } => Strategy::Headers {
            headers: headers
                .iter()
                .map(|(name, value)| Ok((reader.public("headers", name)?, reader.text("headers", value)?)))
                .collect::<Result<_, Wrong>>()?,
        },
        RawStrategy::Basic { username, password } => Strategy::Basic {
            username: reader.text("username", &username)?,
            password: reader.text("password", &password)?,
        },
        RawStrategy::Bearer { header, prefix, value } => Strategy::Bearer {
            header: reader.token_header(RawTokenHeader { header, prefix })?,
            value: reader.text("value", &value)?,
        },
        RawStrategy::Query { parameters } => Strategy::Query { parameters: reader.parameters(parameters)? },
        RawStrategy::Form { parameters } => Strategy::Form { parameters: reader.parameters(parameters)? },
        RawStrategy::Aws4 {
            access_key,
            secret_key,
            session_token,
            region,
            service,
            base_endpoint,
            placement,
        } => Strategy::Aws4 {
            access_key: reader.text("access_key", &access_key)?,
            secret_key: reader.text("secret_key", &secret_key)?,
            session_token: reader.optional("session_token", session_token.as_deref())?,
            region: reader.public("region", &region)?,
            service: reader.public("service", &service)?,
            base_endpoint: reader.optional("base_endpoint", base_endpoint.as_deref())?,
            placement: reader.chosen("placement", &placement)?,
        },
        RawStrategy::HmacSha256 {
            client_id,
            client_secret,
            previous_secret,
            scheme,
            header_name,
            encoding,
            prefix,
        } => Strategy::HmacSha256 {
            client_id: reader.text("client_id", &client_id)?,
            client_secret: reader.text("client_secret", &client_secret)?,
            previous_secret: reader.optional("previous_secret", previous_secret.as_deref())?,
            scheme: reader.chosen("scheme", &scheme)?,
            header_name: reader.optional("header_name", header_name.as_deref())?,
            encoding: reader.chosen("encoding", &encoding)?,
            prefix: reader.optional("prefix", prefix.as_deref())?,
        },
        RawStrategy::Oauth1 { consumer_key, consumer_secret, token, token_secret, realm, version } => {
            Strategy::OAuth1 {
                consumer_key: reader.text("consumer_key", &consumer_key)?,
                consumer_secret: reader.text("consumer_secret", &consumer_secret)?,
                token: reader.optional("token", token.as_deref())?,
                token_secret: reader.optional("token_secret", token_secret.as_deref())?,
                realm: reader.optional("realm", realm.as_deref())?,
                version: if version { OAuthVersion::Sent } else { OAuthVersion::Omitted },
            }
        }
        RawStrategy::Oauth2ClientCredentials {
            token_url,
            client_id,
            client_secret,
            scope,
            audience,
            client_auth,
            then,
        } => Strategy::OAuth2ClientCredentials {
            token_url: reader.endpoint("token_url", &token_url)?,
            client_id: reader.text("client_id", &client_id)?,
            client_secret: reader.text("client_secret", &client_secret)?,
            scope: reader.optional("scope", scope.as_deref())?,
            audience: reader.optional("audience", audience.as_deref())?,
            client_auth: reader.chosen("client_auth", &client_auth)?,
            then: reader.token_header(then)?,
        },
        RawStrategy::Oauth2PrivateKeyJwt {
            token_url,
            client_id,
            private_key,
            key_id,
            algorithm,
            audience,
            scope,
            scope_place,
            then,
        } => Strategy::OAuth2PrivateKeyJwt {
            token_url: reader.endpoint("token_url", &token_url)?,
            client_id: reader.text("client_id", &client_id)?,
            private_key: reader.text("private_key", &private_key)?,
            key_id: reader.optional("key_id", key_id.as_deref())?,
            algorithm: reader.chosen("algorithm", &algorithm)?,
            audience: reader.optional("audience", audience.as_deref())?,
            scope: reader.optional("scope", scope.as_deref())?,
            scope_place: word("scope_place", &scope_place)?,
            then: reader.token_header(then)?,
        },
        RawStrategy::SoapSession { flavour, endpoint, client_id, username, password } => {
            Strategy::SoapSession {
                flavour: word("flavour", &flavour)?,
                endpoint: reader.endpoint("endpoint", &endpoint)?,
                client_id: reader.optional("client_id", client_id.as_deref())?,
                username: reader.text("username", &username)?,
                password: reader.text("password", &password)?,
            }
        }
        RawStrategy::Smtp { host, port, security, username, password } => Strategy::Smtp {
            host: reader.public("host", &host)?,
            port: reader.public("port", &port)?,
            security: reader.chosen("security", &security)?,
            username: reader.text("username", &username)?,
            password: reader.text("password", &password)?,
        },
        RawStrategy::Ftp { host, port, tls, username, password } => Strategy::Ftp {
            host: reader.public("host", &host)?,
            port: reader.public("port", &port)?,
            tls: reader.chosen("tls", &tls)?,
            username: reader.text("username", &username)?,
            password: reader.text("password", &password)?,
        },
        RawStrategy::Sftp { host, port, username, password, private_key, passphrase, host_key } => {
            Strategy::Sftp {
                host: reader.public("host", &host)?,
                port: reader.public("port", &port)?,
                username: reader.text("username", &username)?,
                proof: match (password, private_key) {
                    (Some(password), None) if passphrase.is_none() => {
                        SftpProof::Password(reader.text("password", &password)?)
                    }
                    (None, Some(private_key)) => SftpProof::PrivateKey {
                        private_key: reader.text("private_key", &private_key)?,
                        passphrase: reader.optional("passphrase", passphrase.as_deref())?,
                    },
                    (_, _) => return Err(Wrong::new("password", "or `private_key`: exactly one is needed")),
                },
                host_key: reader.public("host_key", &host_key)?,
            }
        }
    })
}

struct Reader<'a> {
    fields: &'a [&'a FieldTemplate],
}

impl Reader<'_> {
    fn field(&self, at: &str, id: &str) -> Result<&FieldTemplate, Wrong> {
        let field = self.fields.iter().find(|field| field.id() == id).copied();
        field.ok_or_else(|| Wrong::new(at, format!("names `{id}`, which is no field of this variant")))
    }

    /// Text whose places all name fields of the variant.
    fn text(&self, at: &str, text: &str) -> Result<Interpolation, Wrong> {
        let text: Interpolation = parse(at, text)?;
        text.fields().try_for_each(|id| self.field(at, id).map(|_| ()))?;
        Ok(text)
    }

    /// Text that goes where anybody may read it: none of its fields is secret.
    fn public(&self, at: &str, text: &str) -> Result<Interpolation, Wrong> {
        let text = self.text(at, text)?;
        for id in text.fields() {
            if self.field(at, id)?.secret() {
                return Err(Wrong::new(at, format!("shows the secret field `{id}`")));
            }
        }
        Ok(text)
    }

    fn optional(&self, at: &str, text: Option<&str>) -> Result<Option<Interpolation>, Wrong> {
        text.map(|text| self.text(at, text)).transpose()
    }

    fn parameters(&self, raw: Vec<(String, String)>) -> Result<Vec<(String, Interpolation)>, Wrong> {
        raw.into_iter().map(|(name, value)| Ok((name, self.text("parameters", &value)?))).collect()
    }

    fn token_header(&self, raw: RawTokenHeader) -> Result<TokenHeader, Wrong> {
        Ok(TokenHeader::new(self.public("header", &raw.header)?, raw.prefix))
    }

    /// A path below the base address (`./…`), an address with places, or a field that holds a whole address.
    fn endpoint(&self, at: &str, text: &str) -> Result<Endpoint, Wrong> {
        if let Some(path) = text.strip_prefix("./") {
            return Ok(Endpoint::BelowBase(path.to_owned()));
        }
        let text = self.public(at, text)?;
        match text.parts() {
            [Part::Field { id, .. }] => match self.field(at, id)?.kind() {
                FieldKind::Url => Ok(Endpoint::Absolute(text)),
                FieldKind::Text
                | FieldKind::Multiline
                | FieldKind::Number
                | FieldKind::Choice
                | FieldKind::Host
                | FieldKind::Port => {
                    Err(Wrong::new(at, format!("takes its address from `{id}`, which is no `url`")))
                }
            },
            [Part::Text(start), ..] => address(at, start).map(|_| Endpoint::Absolute(text)),
            _ => Err(Wrong::new(at, "must be an https address")),
        }
    }

    /// A word, or one field whose every choice is one.
    fn chosen<T: Word>(&self, at: &str, text: &str) -> Result<Chosen<T>, Wrong> {
        let text = self.text(at, text)?;
        let id = match text.parts() {
            [Part::Text(fixed)] => return word(at, fixed).map(Chosen::Fixed),
            [Part::Field { id, .. }] => id,
            _ => return Err(Wrong::new(at, "must be a word or a single field")),
        };
        let field = self.field(at, id)?;
        if field.kind() != FieldKind::Choice {
            return Err(Wrong::new(at, format!("is chosen in `{id}`, which is no choice")));
        }
        for choice in field.choices() {
            word::<T>(at, &choice.value)?;
        }
        let default = field.default().map(|default| word(at, default)).transpose()?;
        Ok(Chosen::Field { field: id.clone(), default })
    }
}

fn word<T: Word>(at: &str, text: &str) -> Result<T, Wrong> {
    T::of(text).ok_or_else(|| {
        let known = T::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
        Wrong::new(at, format!("`{text}` is none of {known}"))
    })
}
