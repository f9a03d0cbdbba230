//! Authenticating one request: obtaining the token or session that the strategy needs, then
//! signing.

use std::sync::Arc;

use crate::{
    error::Error,
    keys::{
        authentication::Authentication,
        health::{Health, TrialResult},
        key::Key,
        using::{
            ask::{Ask, is_server_of},
            found::{Found, Secrets},
            scrub::Scrub,
        },
    },
    moment::{Clock, Moment, Random},
    origin::Target,
    outbound::{AllowedOrigins, Freshness, Holder, ObtainError, SessionCall, TokenCall},
    ports::{Authorize, GrantedCall, WriteHealth},
    sealing::EntryName,
    signing::{Request, Signed},
    soap,
    strategy::Obtained,
    system::Verify,
};

/// A request that is ready to be sent, where it goes, and the token or session that was obtained for it.
pub(super) struct Authorized {
    pub(super) signed: Signed,
    pub(super) target: Target,
    pub(super) obtained: Obtained,
}

/// The values that authenticate a request.
pub(super) struct Credentials<'a> {
    pub(super) key: &'a Key,
    pub(super) name: &'a EntryName,
    /// The peers that the account may reach inside its customers' networks.
    pub(super) allowed: &'a AllowedOrigins,
    pub(super) authentication: &'a Authentication<'a>,
    pub(super) secrets: &'a Secrets,
}

impl Credentials<'_> {
    /// Authenticates a request. If a login names the server, the request goes there, in the place of the base address.
    ///
    /// # Errors
    ///
    /// [`Unauthorized::Obtain`] when the system gave no token or session, the other one for everything else.
    pub(super) async fn authorize(
        &self,
        ask: &Ask,
        target: &Target,
        outside: &impl Authorize,
        moment: &Moment<'_, impl Clock, impl Random>,
        freshness: Freshness,
    ) -> Result<Authorized, Unauthorized> {
        let Self { key, name, authentication, secrets, .. } = self;
        let now = moment.clock.now();
        let secret = secrets.of(name);
        let obtained = self.obtain(outside, now, freshness).await?;
        let server = match &obtained {
            Obtained::Token(token) => token.server(),
            Obtained::Nothing | Obtained::Session(_) => None,
        };
        let target = ask.target.on_server(key, key.entry(name)?, target, server)?;
        let headers = ask.all_headers(key, authentication, secrets)?;
        let body = ask.body.as_body();
        let request = Request { method: &ask.method, target: &target, headers: &headers, body };
        let signed = authentication.sign(secret, &obtained, &request, now, moment.random)?;
        Ok(Authorized { signed, target, obtained })
    }

    /// The token or session that the strategy needs, if it needs one.
    pub(super) async fn obtain(
        &self,
        outside: &impl Authorize,
        now: jiff::Timestamp,
        freshness: Freshness,
    ) -> Result<Obtained, Unauthorized> {
        let Self { key, name, allowed, authentication, secrets } = self;
        if authentication.is_granted() {
            let granted = outside.obtain_granted(GrantedCall { key, entry: name, freshness }).await;
            return granted.map(Obtained::Token).map_err(Unauthorized::Other);
        }
        let (account, id, entry) = (key.account.as_str(), key.id.to_string(), name.to_string());
        let holder = Holder { account, key: &id, entry: &entry };
        let secret = secrets.of(name);
        if let Some((target, ask)) = authentication.token_ask(key, secret)? {
            let ask = ask.ask();
            let rules = match authentication.verify() {
                Verify::Token { rules, .. } => rules.as_slice(),
                Verify::Http(_) | Verify::Login | Verify::SoapLogin(_) | Verify::UserPath => &[],
            };
            let call = TokenCall { holder, ask, rules, target: &target, freshness, now, allowed };
            let token = outside.obtain_token(call).await.map_err(Unauthorized::Obtain)?;
            if let Some(server) = token.server()
                && !is_server_of(key, key.entry(name)?, server)?
            {
                return Err(Unauthorized::Obtain(ObtainError::OtherServer));
            }
            return Ok(Obtained::Token(token));
        }
        if let Some((target, login)) = authentication.soap_login(key, secret)? {
            let rules = match authentication.verify() {
                Verify::SoapLogin(check) => check.rules.as_slice(),
                Verify::Http(_) | Verify::Login | Verify::Token { .. } | Verify::UserPath => &[],
            };
            let login = login.login();
            let call = SessionCall { holder, login, rules, target: &target, freshness, now, allowed };
            let session: Result<Arc<soap::Session>, _> = outside.open_session(call).await;
            return session.map(Obtained::Session).map_err(Unauthorized::Obtain);
        }
        Ok(Obtained::Nothing)
    }

    /// The opened secrets, what the template computes from them, and the obtained tokens, which are removed from the answer.
    pub(super) fn scrub(&self, obtained: &Obtained) -> Scrub {
        let mut scrub = Scrub::default();
        self.secrets.values().for_each(|secret| scrub.add(secret));
        let computed = self.authentication.computed(self.secrets.of(self.name));
        computed.iter().for_each(|secret| scrub.add(secret));
        match obtained {
            Obtained::Nothing => {}
            Obtained::Token(token) => {
                scrub.add(token.value().expose());
                token.cookies().iter().for_each(|cookie| scrub.add(cookie.value().expose()));
            }
            Obtained::Session(session) => session.secrets().for_each(|secret| scrub.add(secret)),
        }
        scrub
    }
}

/// Why a request was not authenticated.
pub(super) enum Unauthorized {
    /// The system gave neither token nor session.
    Obtain(ObtainError),
    /// Something else.
    Other(Error),
}

impl From<Error> for Unauthorized {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// The error to report. That a system refuses the credentials is kept as the entry's health first.
pub(super) async fn report(
    unauthorized: Unauthorized,
    found: &Found,
    store: &impl WriteHealth,
    clock: &impl Clock,
) -> Error {
    let error = match unauthorized {
        Unauthorized::Other(error) => return error,
        Unauthorized::Obtain(error) => error,
    };
    match error {
        ObtainError::Refused(_) => {
            refused(REFUSED.to_owned(), OAUTH2_ERROR.to_owned(), found, store, clock).await
        }
        ObtainError::RefusedBy { rule, advice } => refused(advice, rule, found, store, clock).await,
        ObtainError::Settings(what) => Error::KeyRefused(format!(
            "The system does not accept the settings of the key: it answered `{what}`"
        )),
        ObtainError::Unclear => Error::KeyRefused(UNCLEAR.to_owned()),
        ObtainError::UnclearBy { advice, .. } => Error::KeyRefused(advice),
        ObtainError::OtherServer => Error::KeyRefused(OTHER_SERVER.to_owned()),
        ObtainError::Busy => Error::KeyRefused(BUSY.to_owned()),
        ObtainError::Unusable(why) => Error::CannotSign(why),
        ObtainError::Outbound(error) => Error::Outbound(error),
    }
}

/// Keeps as the entry's health that the system refuses the credentials.
async fn refused(
    message: String,
    proof: String,
    found: &Found,
    store: &impl WriteHealth,
    clock: &impl Clock,
) -> Error {
    let health = Health {
        account: found.key.account.clone(),
        key: found.key.id.clone(),
        entry: found.name.clone(),
        version: found.key.version,
        result: TrialResult::Refused,
        message: message.clone(),
        proof: Some(proof),
        upstream: None,
        checked_at: clock.now(),
    };
    match store.write_health(&health).await {
        Ok(()) => Error::KeyRefused(message),
        Err(error) => error.into(),
    }
}

const REFUSED: &str = "The system refuses the credentials when it is asked for a token or session";
const UNCLEAR: &str = "The system gives neither a token or session nor a reason that Keyward knows";
const OTHER_SERVER: &str =
    "The system names a server for its requests that Keyward does not know: nothing was sent there";
const BUSY: &str = "The system cannot give a token or session now";
/// What proves a refusal that OAuth 2.0 itself defines (RFC 6749 §5.2).
pub(super) const OAUTH2_ERROR: &str = "oauth2-error";
