//! How a request, or a session, is authenticated: a closed set of strategies with parameters from the template.

use std::fmt;

use super::chosen::{
    Chosen, ClientAuthentication, FtpTls, HmacScheme, JwtAlgorithm, Placement, ScopePlace, SignatureEncoding,
    SmtpSecurity, SoapFlavour,
};
use crate::interpolation::Interpolation;

/// One way to authenticate. Texts may hold places for field values; a parameter of type `Option` is left out when
/// the template does not have it, or when it is no more than an optional field without a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing beyond the key's headers.
    None,
    /// Headers by name and value.
    Headers {
        /// Name and value of each.
        headers: Vec<(Interpolation, Interpolation)>,
    },
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The user. It must not contain a colon.
        username: Interpolation,
        /// The password.
        password: Interpolation,
    },
    /// A token in a header (RFC 6750 §2.1).
    Bearer {
        /// The header that carries it.
        header: TokenHeader,
        /// The token.
        value: Interpolation,
    },
    /// Parameters of the query.
    Query {
        /// Name and value of each.
        parameters: Vec<(String, Interpolation)>,
    },
    /// Parameters of a form-urlencoded body.
    Form {
        /// Name and value of each.
        parameters: Vec<(String, Interpolation)>,
    },
    /// AWS Signature Version 4.
    Aws4 {
        /// The access key's id.
        access_key: Interpolation,
        /// The secret access key.
        secret_key: Interpolation,
        /// The token of temporary credentials.
        session_token: Option<Interpolation>,
        /// The region in the credential scope.
        region: Interpolation,
        /// The service in the credential scope.
        service: Interpolation,
        /// The host that is signed, with or without `https://`; the request's own when absent.
        base_endpoint: Option<Interpolation>,
        /// Where the signature stands.
        placement: Chosen<Placement>,
    },
    /// HMAC-SHA256 (RFC 2104) under one of several schemes.
    HmacSha256 {
        /// The identifier that goes with the secret.
        client_id: Interpolation,
        /// The signing secret.
        client_secret: Interpolation,
        /// The secret before it, for the schemes that can send a signature with each.
        previous_secret: Option<Interpolation>,
        /// What is signed, and how it is sent.
        scheme: Chosen<HmacScheme>,
        /// With the scheme `body`: the header that carries the signature.
        header_name: Option<Interpolation>,
        /// With the scheme `body`: how the signature is written.
        encoding: Chosen<SignatureEncoding>,
        /// With the scheme `body`: what stands before the signature, such as `sha256=`.
        prefix: Option<Interpolation>,
    },
    /// OAuth 1.0a with HMAC-SHA256 (RFC 5849).
    OAuth1 {
        /// The consumer key.
        consumer_key: Interpolation,
        /// The consumer secret.
        consumer_secret: Interpolation,
        /// The access token; absent for one-legged requests.
        token: Option<Interpolation>,
        /// The access token's secret.
        token_secret: Option<Interpolation>,
        /// The realm of the header; it is not signed.
        realm: Option<Interpolation>,
        /// Whether the header says which version it is.
        version: OAuthVersion,
    },
    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    OAuth2ClientCredentials {
        /// Where tokens are obtained.
        token_url: Endpoint,
        /// The client's id.
        client_id: Interpolation,
        /// The client's secret.
        client_secret: Interpolation,
        /// The scope to ask for.
        scope: Option<Interpolation>,
        /// The audience to ask for; an extension that some servers need.
        audience: Option<Interpolation>,
        /// How the client shows who it is.
        client_auth: Chosen<ClientAuthentication>,
        /// The header that carries the token.
        then: TokenHeader,
    },
    /// OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).
    OAuth2PrivateKeyJwt {
        /// Where tokens are obtained.
        token_url: Endpoint,
        /// The client's id: issuer and subject of the assertion.
        client_id: Interpolation,
        /// The private key in PEM.
        private_key: Interpolation,
        /// The `kid` of the assertion's header.
        key_id: Option<Interpolation>,
        /// The signature algorithm.
        algorithm: Chosen<JwtAlgorithm>,
        /// The assertion's audience; the token URL when absent.
        audience: Option<Interpolation>,
        /// The scope to ask for.
        scope: Option<Interpolation>,
        /// Where the scope stands.
        scope_place: ScopePlace,
        /// The header that carries the token.
        then: TokenHeader,
    },
    /// A SOAP session, opened with a login.
    SoapSession {
        /// Whose way of opening it.
        flavour: SoapFlavour,
        /// Where the service is.
        endpoint: Endpoint,
        /// The client's id, where the flavour has one.
        client_id: Option<Interpolation>,
        /// The user.
        username: Interpolation,
        /// The password or API key.
        password: Interpolation,
    },
    /// Mail submission with SMTP AUTH (RFC 4954).
    Smtp {
        /// The server.
        host: Interpolation,
        /// Its port.
        port: Interpolation,
        /// How the connection is protected.
        security: Chosen<SmtpSecurity>,
        /// The user.
        username: Interpolation,
        /// The password.
        password: Interpolation,
    },
    /// FTP (RFC 959), with TLS (RFC 4217) or without.
    Ftp {
        /// The server.
        host: Interpolation,
        /// Its port.
        port: Interpolation,
        /// How the session is protected.
        tls: Chosen<FtpTls>,
        /// The user.
        username: Interpolation,
        /// The password.
        password: Interpolation,
    },
    /// SFTP over SSH (RFC 4253), with a password (RFC 4252 §8) or a key (RFC 4252 §7).
    Sftp {
        /// The server.
        host: Interpolation,
        /// Its port.
        port: Interpolation,
        /// The user.
        username: Interpolation,
        /// What shows who the user is.
        proof: SftpProof,
        /// The fingerprint of the server's key.
        host_key: Interpolation,
    },
}

/// Whether OAuth 1.0a requests say that they are (`oauth_version`, RFC 5849 §3.1). Services differ in what they expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthVersion {
    /// They do.
    Sent,
    /// They do not.
    Omitted,
}

/// What shows an SFTP server who the user is.
#[derive(Debug, PartialEq, Eq)]
pub enum SftpProof {
    /// A password.
    Password(Interpolation),
    /// A private key.
    PrivateKey {
        /// The key in PEM or OpenSSH form.
        private_key: Interpolation,
        /// What the key is encrypted with.
        passphrase: Option<Interpolation>,
    },
}

/// The header that carries a token.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// Its name.
    pub name: Interpolation,
    prefix: String,
}

/// The address of a token or SOAP service.
#[derive(Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An address of its own.
    Absolute(Interpolation),
    /// A path below the base address; empty for the base address itself.
    BelowBase(String),
}

/// What a strategy puts into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveals {
    /// The secret, or a token as good as it.
    Secret,
    /// A signature, or nothing at all.
    Signature,
}

impl TokenHeader {
    pub(super) const fn new(name: Interpolation, prefix: String) -> Self {
        Self { name, prefix }
    }

    /// What stands before the token in the header of this name. The prefix, such as `Bearer `, is part of the
    /// `Authorization` header's syntax (RFC 9110 §11.4); any other header carries the bare token.
    #[must_use]
    pub fn prefix_for(&self, name: &str) -> &str {
        if name.eq_ignore_ascii_case("authorization") { &self.prefix } else { "" }
    }
}

impl Strategy {
    /// What it puts into a request.
    ///
    /// # Security
    ///
    /// Who may only use keys, and not see them, must not be handed the outcome of a strategy that reveals.
    #[must_use]
    pub const fn reveals(&self) -> Reveals {
        match self {
            Self::None | Self::Aws4 { .. } | Self::HmacSha256 { .. } | Self::OAuth1 { .. } => {
                Reveals::Signature
            }
            Self::Headers { .. }
            | Self::Basic { .. }
            | Self::Bearer { .. }
            | Self::Query { .. }
            | Self::Form { .. }
            | Self::OAuth2ClientCredentials { .. }
            | Self::OAuth2PrivateKeyJwt { .. }
            | Self::SoapSession { .. }
            | Self::Smtp { .. }
            | Self::Ftp { .. }
            | Self::Sftp { .. } => Reveals::Secret,
        }
    }

    /// Its name in templates.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Headers { .. } => "headers",
            Self::Basic { .. } => "basic",
            Self::Bearer { .. } => "bearer",
            Self::Query { .. } => "query",
            Self::Form { .. } => "form",
            Self::Aws4 { .. } => "aws4",
            Self::HmacSha256 { .. } => "hmac-sha256",
            Self::OAuth1 { .. } => "oauth1",
            Self::OAuth2ClientCredentials { .. } => "oauth2-client-credentials",
            Self::OAuth2PrivateKeyJwt { .. } => "oauth2-private-key-jwt",
            Self::SoapSession { .. } => "soap-session",
            Self::Smtp { .. } => "smtp",
            Self::Ftp { .. } => "ftp",
            Self::Sftp { .. } => "sftp",
        }
    }

    /// The texts that a signature strategy sends as they are, beside the signature: ids, and the tokens that go with
    /// them.
    ///
    /// # Security
    ///
    /// One that takes in a secret field with a value shows that secret, although the strategy reveals none of its
    /// signing secrets: AWS's session token, and the access token of OAuth 1.0a.
    #[must_use]
    pub fn sent_as_they_are(&self) -> Vec<&Interpolation> {
        match self {
            Self::Aws4 { access_key, session_token, .. } => {
                std::iter::once(access_key).chain(session_token).collect()
            }
            Self::HmacSha256 { client_id, prefix, .. } => std::iter::once(client_id).chain(prefix).collect(),
            Self::OAuth1 { consumer_key, token, realm, .. } => {
                std::iter::once(consumer_key).chain(token).chain(realm).collect()
            }
            Self::None
            | Self::Headers { .. }
            | Self::Basic { .. }
            | Self::Bearer { .. }
            | Self::Query { .. }
            | Self::Form { .. }
            | Self::OAuth2ClientCredentials { .. }
            | Self::OAuth2PrivateKeyJwt { .. }
            | Self::SoapSession { .. }
            | Self::Smtp { .. }
            | Self::Ftp { .. }
            | Self::Sftp { .. } => Vec::new(),
        }
    }

    /// Where it obtains tokens, when that is another place than the base address.
    #[must_use]
    pub const fn token_address(&self) -> Option<&Interpolation> {
        match self {
            Self::OAuth2ClientCredentials { token_url: Endpoint::Absolute(address), .. }
            | Self::OAuth2PrivateKeyJwt { token_url: Endpoint::Absolute(address), .. } => Some(address),
            Self::OAuth2ClientCredentials { token_url: Endpoint::BelowBase(_), .. }
            | Self::OAuth2PrivateKeyJwt { token_url: Endpoint::BelowBase(_), .. }
            | Self::None
            | Self::Headers { .. }
            | Self::Basic { .. }
            | Self::Bearer { .. }
            | Self::Query { .. }
            | Self::Form { .. }
            | Self::Aws4 { .. }
            | Self::HmacSha256 { .. }
            | Self::OAuth1 { .. }
            | Self::SoapSession { .. }
            | Self::Smtp { .. }
            | Self::Ftp { .. }
            | Self::Sftp { .. } => None,
        }
    }

    /// Host and port of the session that it logs in to, for the protocols that have no base address.
    #[must_use]
    pub const fn session_address(&self) -> Option<(&Interpolation, &Interpolation)> {
        match self {
            Self::Smtp { host, port, .. } | Self::Ftp { host, port, .. } | Self::Sftp { host, port, .. } => {
                Some((host, port))
            }
            Self::None
            | Self::Headers { .. }
            | Self::Basic { .. }
            | Self::Bearer { .. }
            | Self::Query { .. }
            | Self::Form { .. }
            | Self::Aws4 { .. }
            | Self::HmacSha256 { .. }
            | Self::OAuth1 { .. }
            | Self::OAuth2ClientCredentials { .. }
            | Self::OAuth2PrivateKeyJwt { .. }
            | Self::SoapSession { .. } => None,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Library;

    #[test]
    fn a_prefix_belongs_to_the_authorization_header_only() {
        let header = TokenHeader::new("{header_name}".parse().unwrap(), "Bearer ".to_owned());
        assert_eq!(header.prefix_for("authorization"), "Bearer ");
        assert_eq!(header.prefix_for("X-Api-Token"), "");
    }

    #[test]
    fn only_netsuite_is_told_the_version_of_oauth_1() {
        let mut told = Vec::new();
        for template in Library::shipped().templates() {
            for variant in template.auth() {
                if let Strategy::OAuth1 { version, .. } = variant.strategy() {
                    told.push((template.id().as_str(), *version));
                }
            }
        }
        assert_eq!(
            told,
            [
                ("magento-2", OAuthVersion::Omitted),
                ("netsuite", OAuthVersion::Sent),
                ("woocommerce", OAuthVersion::Omitted),
            ]
        );
    }

    #[test]
    fn only_two_signed_variants_send_a_secret_field_as_it_is() {
        let mut shown = Vec::new();
        for template in Library::shipped().templates() {
            for variant in template.auth() {
                for id in variant.strategy().sent_as_they_are().iter().flat_map(|text| text.fields()) {
                    if template.field(variant.id(), id).unwrap().secret() {
                        shown.push(format!("{} {} {id}", template.id(), variant.id()));
                    }
                }
            }
        }
        assert_eq!(shown, ["custom-http aws4 session_token", "magento-2 oauth1 access_token"]);
    }

    #[test]
    fn signatures_reveal_nothing_and_everything_else_reveals_the_secret() {
        for template in Library::shipped().templates() {
            for variant in template.auth() {
                let signs = ["none", "aws4", "hmac-sha256", "oauth1"].contains(&variant.strategy().as_str());
                let reveals = if signs { Reveals::Signature } else { Reveals::Secret };
                assert_eq!(variant.strategy().reveals(), reveals, "{} {}", template.id(), variant.id());
            }
        }
    }
}
