//! Where an authorization server says its addresses are: its metadata (RFC 8414), or those of OpenID Connect Discovery, which are alike.
//! What it says is shown to an owner, who stores it in an app or does not: nothing here stores anything.

use http::Method;
use serde::Deserialize;
use url::{Position, Url};

use super::app::{Addresses, address_fault};
use crate::{
    caller::Caller,
    error::Error,
    origin::{Origin, Origins, Target},
    outbound::{AllowedOrigins, Incoming, Outgoing},
    ports::{Exchange, ReadAllowedOrigins},
    strategy::ClientAuthentication,
};

/// No metadata have more bytes.
const MAX_METADATA_BYTES: usize = 256 * 1024;
/// The most scopes that are shown.
const MOST_SCOPES: usize = 200;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its addresses.
    pub addresses: Addresses,
    /// How a client may show its secret.
    pub client_auth: ClientAuthentication,
    /// The scopes that it tells of.
    pub scopes: Vec<String>,
}

/// Its metadata, as far as they are read (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// Asks a server for its addresses.
///
/// # Errors
///
/// [`Error::InvalidFields`] when it does not say them, or says what cannot be used, and what the port reports.
pub async fn discover(
    store: &impl ReadAllowedOrigins,
    outside: &impl Exchange,
    caller: &Caller,
    issuer: &str,
) -> Result<Discovered, Error> {
    if let Some(reason) = address_fault(ISSUER, issuer) {
        return Err(Error::invalid(ISSUER, reason));
    }
    let place = Url::parse(issuer).map_err(|_| Error::invalid(ISSUER, "is no address of a server"))?;
    let allowed = store.read_allowed_origins(caller.account()).await?;
    let mut found = None;
    for address in places(&place) {
        let target = target(&address).ok_or_else(|| Error::invalid(ISSUER, "is no address of a server"))?;
        match ask(outside, &target, &allowed).await {
            Some(answer) if answer.status.is_success() => {
                found = serde_json::from_slice::<Metadata>(&answer.body).ok();
            }
            Some(_) | None => {}
        }
        if found.is_some() {
            break;
        }
    }
    let metadata =
        found.ok_or_else(|| Error::invalid(ISSUER, "does not say where its addresses are: enter them"))?;
    read(issuer, metadata).map_err(|reason| Error::invalid(ISSUER, reason))
}

const ISSUER: &str = "issuer";

/// Where its metadata are: between host and path (RFC 8414 §3.1), and behind it (OpenID Connect Discovery §4).
fn places(issuer: &Url) -> [String; 2] {
    let (host, path) = (&issuer[..Position::BeforePath], issuer.path().trim_end_matches('/'));
    [
        format!("{host}/.well-known/oauth-authorization-server{path}"),
        format!("{host}{path}/.well-known/openid-configuration"),
    ]
}

fn target(url: &str) -> Option<Target> {
    Origins::new([Origin::of(url).ok()?]).check(url).ok()
}

/// The answer, if there is one.
async fn ask(outside: &impl Exchange, target: &Target, allowed: &AllowedOrigins) -> Option<Incoming> {
    let request = Outgoing {
        method: &Method::GET,
        origin: target.origin(),
        path_and_query: target.path_and_query(),
        headers: vec![("accept", "application/json")],
        body: &[],
        max_body_bytes: MAX_METADATA_BYTES,
    };
    outside.exchange(request, allowed).await.ok()
}

fn read(issuer: &str, metadata: Metadata) -> Result<Discovered, &'static str> {
    // Whoever answers for somebody else is refused (RFC 8414 §3.3).
    if metadata.issuer != issuer {
        return Err("is not the issuer that this server names");
    }
    let lacks = |methods: &Option<Vec<String>>, method: &str| {
        methods.as_ref().is_some_and(|methods| !methods.iter().any(|known| known == method))
    };
    if lacks(&metadata.code_challenge_methods_supported, "S256") {
        return Err(
            "says that it does not take the proof key S256 (RFC 7636), without which no key is connected",
        );
    }
    // RFC 8414 §2: `client_secret_basic` where it does not say.
    let client_auth = match metadata.token_endpoint_auth_methods_supported {
        None => ClientAuthentication::Basic,
        Some(methods) if methods.iter().any(|method| method == "client_secret_basic") => {
            ClientAuthentication::Basic
        }
        Some(methods) if methods.iter().any(|method| method == "client_secret_post") => {
            ClientAuthentication::Post
        }
        Some(_) => return Err("takes no client with a secret"),
    };
    let addresses = Addresses {
        authorize: Some(metadata.authorization_endpoint),
        token: Some(metadata.token_endpoint),
        revocation: metadata.revocation_endpoint,
        issuer: Some(metadata.issuer),
    };
    let faulty = addresses
        .each()
        .into_iter()
        .any(|(name, address)| address.is_some_and(|address| address_fault(name, address).is_some()));
    if faulty {
        return Err("names an address that cannot be used");
    }
    let is_word = |scope: &String| {
        !scope.is_empty() && scope.len() <= 200 && scope.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let scopes = metadata.scopes_supported.into_iter().filter(is_word).take(MOST_SCOPES).collect();
    Ok(Discovered { addresses, client_auth, scopes })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn metadata_are_between_host_and_path_or_behind_it() {
        let places = |issuer: &str| super::places(&Url::parse(issuer).unwrap());
        // RFC 8414 §3.1.
        assert_eq!(
            places("https://example.com/issuer1")[0],
            "https://example.com/.well-known/oauth-authorization-server/issuer1"
        );
        assert_eq!(
            places("https://example.com")[0],
            "https://example.com/.well-known/oauth-authorization-server"
        );
        assert_eq!(places("https://example.com/")[1], "https://example.com/.well-known/openid-configuration");
        assert_eq!(
            places("https://example.com/a/b")[1],
            "https://example.com/a/b/.well-known/openid-configuration"
        );
    }

    fn said(change: &[(&str, Value)]) -> Result<Discovered, &'static str> {
        let mut metadata = json!({
            "issuer": "https://login.example.com", "authorization_endpoint": "https://login.example.com/authorize",
            "token_endpoint": "https://login.example.com/token", "scopes_supported": ["read", "a b"],
        });
        for (name, value) in change {
            metadata[*name] = value.clone();
        }
        read("https://login.example.com", serde_json::from_value(metadata).unwrap())
    }

    #[test]
    fn what_a_server_says_is_taken_only_where_it_can_be_used() {
        let found = said(&[]).unwrap();
        assert_eq!((found.client_auth, found.scopes), (ClientAuthentication::Basic, vec!["read".to_owned()]));
        let post = said(&[("token_endpoint_auth_methods_supported", json!(["client_secret_post"]))]).unwrap();
        assert_eq!(post.client_auth, ClientAuthentication::Post);
        for (name, value, complaint) in [
            ("issuer", json!("https://evil.example.com"), "is not the issuer"),
            ("issuer", json!("https://login.example.com/"), "is not the issuer"),
            ("code_challenge_methods_supported", json!(["plain"]), "does not take the proof key"),
            (
                "token_endpoint_auth_methods_supported",
                json!(["private_key_jwt"]),
                "takes no client with a secret",
            ),
            ("token_endpoint", json!("http://login.example.com/token"), "cannot be used"),
            ("authorization_endpoint", json!("javascript:alert(1)"), "cannot be used"),
        ] {
            assert!(said(&[(name, value)]).unwrap_err().contains(complaint), "{name}");
        }
    }
}
