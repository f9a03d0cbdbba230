//! The beginning of a connection: a person is sent to the system with an address that only their browser can come back from.

use aws_lc_rs::{
    digest::{SHA256, digest as sha256},
    hkdf,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{
    app::{App, app_of},
    checks::{Check, Checks},
};
use crate::{
    caller::{Actor, Caller},
    environment::Environment,
    error::Error,
    fresh,
    ids::{AccountId, AppId, ConnectionId, KeyId},
    keys::key::Key,
    membership::rows::{Claimed, Held},
    moment::{Clock, Moment, Random},
    origin::Scheme,
    ports::{InsertConnection, ReadApp, ReadKey},
    sealing::EntryName,
    secret::SecretText,
    strategy::{Lookup, OAuth2AuthorizationCode, Values as _},
};

/// How long a connection may take, from its beginning to the consent.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// The most scopes that are asked for.
const MOST_SCOPES: usize = 50;

/// The SHA-256 of a random value: what is stored of the cookie and of the state. Neither can be found from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// The digest of a value as it travels.
#[must_use]
pub fn digest(text: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(sha256(&SHA256, text.as_bytes()).as_ref());
    Digest(bytes)
}

/// A connection that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its identifier.
    pub id: ConnectionId,
    /// The account.
    pub account: AccountId,
    /// The key to connect.
    pub key: KeyId,
    /// The entry of the key.
    pub entry: EntryName,
    /// The key's version: a key that changes meanwhile is not connected.
    pub version: u64,
    /// The app that the person is asked to consent to.
    pub app: AppId,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// Whether somebody else than before may be connected.
    pub other_identity: bool,
    /// Who began it, and what they needed for it.
    pub claimed: Claimed,
    /// Who began it, for the trail.
    pub by: String,
    /// What the system repeats.
    pub state: Digest,
    /// What the browser brings back.
    pub cookie: Digest,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// What became of a connection that somebody came back from.
pub enum Taken {
    /// It is theirs, and nobody takes it again.
    Connection(Box<Connection>),
    /// The browser is not the one that began it. It stays.
    OtherBrowser,
    /// There is none: it was taken before, or never begun.
    Nothing,
}

/// What to connect.
pub struct ConnectionAsk {
    /// The entry.
    pub entry: EntryName,
    /// The scopes to ask for beside the least; all that are known where absent.
    pub scopes: Option<Vec<String>>,
    /// Whether somebody else than before may be connected.
    pub other_identity: bool,
}

/// A connection that was begun, as its person gets it. The type has no `Debug`.
pub struct Begun {
    /// Its identifier.
    pub connection: ConnectionId,
    /// Where the person consents.
    pub address: String,
    /// The value of the cookie.
    pub cookie: SecretText,
    /// The cookie's name.
    pub cookie_name: String,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// The name of the cookie of a connection. Each has its own, so that two tabs do not disturb each other. Where the page came over https,
/// the browser itself keeps it to this host, over https (RFC 6265bis §4.1.3.2).
#[must_use]
pub fn cookie_name(state: Digest, scheme: Scheme) -> String {
    let prefix = match scheme {
        Scheme::Https => "__Host-",
        Scheme::Http => "",
    };
    let [a, b, c, d, e, f, g, h, ..] = state.0;
    format!("{prefix}keyward-connection-{}", hex::encode([a, b, c, d, e, f, g, h]))
}

/// Proof key (RFC 7636 §4.1): it is derived from the cookie, so that nothing stored opens the code.
pub(super) fn verifier(cookie: &SecretText, state: Digest) -> Result<SecretText, Error> {
    struct Bytes;
    impl hkdf::KeyType for Bytes {
        fn len(&self) -> usize {
            32
        }
    }
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, &state.0).extract(cookie.expose().as_bytes());
    let filled = key
        .expand(&[b"keyward pkce verifier v1"], Bytes)
        .and_then(|output| output.fill(bytes.as_mut_slice()));
    filled.map_err(|_| Error::Unavailable(None))?;
    Ok(SecretText::from(BASE64_URL_SAFE_NO_PAD.encode(*bytes)))
}

/// Begins a connection of a key's entry.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::WrongEnvironment`], [`Error::KeyDisabled`], [`Error::CannotConnect`], [`Error::InvalidFields`],
/// [`Error::FreshSignInNeeded`], and what the ports report. Nothing is stored then.
pub async fn begin(
    store: &(impl ReadKey + ReadApp + InsertConnection),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    id: &KeyId,
    ask: ConnectionAsk,
    callback: &Callback<'_>,
) -> Result<Begun, Error> {
    let now = moment.clock.now();
    if !matches!(caller.actor(), Actor::Person(_)) {
        return Err(Error::CannotConnect(A_PERSON.to_owned()));
    }
    let key = store.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment)?;
    if key.disabled.is_some() {
        return Err(Error::KeyDisabled);
    }
    let (code, app) = app_of(&key, &ask.entry)?;
    let app = store.read_app(caller.account(), &app).await?;
    let app = app.filter(|app| app.fits(&key)).ok_or_else(|| Error::CannotConnect(NO_SUCH_APP.to_owned()))?;
    let scopes = scopes(code, ask.scopes)?;
    if ask.other_identity && key.environment == Environment::Live {
        fresh::check(caller, now)?;
    }
    let [state, cookie] = [drawn(moment.random), drawn(moment.random)];
    let (state_digest, cookie_digest) = (digest(state.expose()), digest(cookie.expose()));
    let expires_at = now.saturating_add(LIFE).unwrap_or(now);
    let connection = Connection {
        id: ConnectionId::generate(moment.clock, moment.random),
        account: key.account.clone(),
        key: key.id.clone(),
        entry: ask.entry,
        version: key.version,
        app: app.id.clone(),
        scopes,
        other_identity: ask.other_identity,
        claimed: caller.claimed().clone(),
        by: caller.actor().to_string(),
        state: state_digest,
        cookie: cookie_digest,
        expires_at,
    };
    let verifier = verifier(&cookie, state_digest)?;
    let address = authorize_address(code, &app, &key, &connection, callback, (&state, &verifier))?;
    let held: Held = caller.held()?;
    store.insert_connection(&held, &connection).await?;
    let cookie_name = cookie_name(state_digest, callback.scheme);
    Ok(Begun { connection: connection.id, address, cookie, cookie_name, expires_at })
}

/// Where the system sends people back to.
pub struct Callback<'a> {
    /// The address of the API, such as `https://keyward.example.com`.
    pub origin: &'a str,
    /// How it is reached.
    pub scheme: Scheme,
    /// What is checked.
    pub checks: Checks,
}

impl Callback<'_> {
    /// The address of an app. Each has one of its own: a code that came to another app's is refused.
    #[must_use]
    pub fn of(&self, app: &AppId) -> String {
        format!("{}/v1/connections/callback/{app}", self.origin)
    }
}

const A_PERSON: &str = "A key is connected by a person, who consents in a browser";
const NO_SUCH_APP: &str =
    "The app that the key names is not there, or is not for this system, variant and environment";

fn drawn(random: &impl Random) -> SecretText {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    random.fill(bytes.as_mut_slice());
    SecretText::from(BASE64_URL_SAFE_NO_PAD.encode(*bytes))
}

/// The scopes to ask for: those that were chosen, and the least set.
fn scopes(code: &OAuth2AuthorizationCode, asked: Option<Vec<String>>) -> Result<Vec<String>, Error> {
    let known = code.scopes();
    let mut scopes: Vec<String> =
        known.iter().filter(|scope| scope.least).map(|scope| scope.name.clone()).collect();
    let chosen = asked.unwrap_or_else(|| known.iter().map(|scope| scope.name.clone()).collect());
    if chosen.len() > MOST_SCOPES {
        return Err(Error::invalid("scopes", format!("must be {MOST_SCOPES} at most")));
    }
    for (index, scope) in chosen.into_iter().enumerate() {
        let is_word = !scope.is_empty()
            && scope.len() <= 200
            && scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\,".contains(&byte));
        let is_known = known.is_empty() || known.iter().any(|known| known.name == scope);
        if !is_word || !is_known {
            let reason = if is_word {
                "is no scope of this system: see GET /v1/systems"
            } else {
                "must be a word of visible ASCII"
            };
            return Err(Error::invalid(format!("scopes[{index}]"), reason));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

/// The address where people consent (RFC 6749 §4.1.1), with the proof key's challenge (RFC 7636 §4.3): always S256.
fn authorize_address(
    code: &OAuth2AuthorizationCode,
    app: &App,
    key: &Key,
    connection: &Connection,
    callback: &Callback<'_>,
    (state, verifier): (&SecretText, &SecretText),
) -> Result<String, Error> {
    let entry = key.entry(&connection.entry)?;
    let values = Lookup::new(|field: &str| entry.public(field));
    let base = match (code.authorize_address(), &app.addresses.authorize) {
        (Some(address), _) => {
            values.text(address).map_err(|missing| Error::CannotConnect(needs(missing.field())))?
        }
        (None, Some(address)) => address.clone(),
        (None, None) => return Err(Error::KeyUnreadable),
    };
    let mut address = Url::parse(&base).map_err(|_| Error::KeyUnreadable)?;
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(verifier.expose()).0);
    {
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &app.client_id)
            .append_pair("redirect_uri", &callback.of(&app.id))
            .append_pair("state", state.expose());
        if callback.checks.makes(Check::Challenge) {
            query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        }
        if !connection.scopes.is_empty() {
            query.append_pair("scope", &code.joined(&connection.scopes));
        }
        for (name, value) in code.beside(&values) {
            query.append_pair(&name, value.expose());
        }
    }
    Ok(address.into())
}

fn needs(field: &str) -> String {
    format!("The key has no value for `{field}`: add it first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_follows_from_the_cookie_and_the_state_alone() {
        let made = |cookie: &str, state: &str| {
            let verifier = verifier(&SecretText::from(cookie.to_owned()), digest(state)).ok().unwrap();
            verifier.expose().to_owned()
        };
        // RFC 7636 §4.1: 43 to 128 characters.
        assert_eq!(made("c", "s").len(), 43);
        assert_eq!(made("c", "s"), made("c", "s"));
        assert_ne!(made("c", "s"), made("d", "s"));
        assert_ne!(made("c", "s"), made("c", "t"));
    }

    #[test]
    fn a_cookie_is_kept_to_the_host_where_https_is() {
        let name = cookie_name(digest("s"), Scheme::Https);
        assert!(name.starts_with("__Host-keyward-connection-") && name.len() == 42, "{name}");
        assert!(!cookie_name(digest("s"), Scheme::Http).starts_with("__"));
        assert_ne!(cookie_name(digest("s"), Scheme::Http), cookie_name(digest("t"), Scheme::Http));
    }
}
