//! The end of a connection: a browser comes back with a code, or with the reason why there is none.
//!
//! The cookie is the proof of who calls. Whoever comes without it gets nothing, and takes nothing away: the connection stays for the
//! browser that began it. Everything else that can be wrong ends the connection, and says what to do. Tokens that came and are not
//! kept are revoked.

use jiff::Timestamp;

use super::{
    Callback,
    app::{App, app_of},
    begin::{Connection, Digest, Taken, digest, verifier},
    checks::Check,
    dropped::{Dropped, Left},
    grant::{Connected, Grant, GrantState, bound},
    sealed::{Mark, seal_one},
};
use crate::{
    error::{Error, PortError},
    ids::{AppId, KeyId},
    keys::{
        audit::Action,
        change::{Change, stamped_as},
        key::Key,
    },
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    origin::{Origin, Origins, Target},
    outbound::{AllowedOrigins, Incoming, OutboundError, Outgoing},
    ports::{
        CommitError, ConnectKey, Exchange, Need, ReadAllowedOrigins, ReadApp, ReadCaller, ReadGrant, ReadKey,
        ReadSealedApp, TakeConnection, UnwrapDataKey, WrapDataKey,
    },
    sealing::{EntryName, SealKind},
    secret::SecretText,
    signing::oauth2::{Granted, RefusedGrant, TokenRequest, read_granted},
    strategy::{IdentityAt, Lookup, OAuth2AuthorizationCode, Values as _},
};

/// How often the grant is stored when the key told something of itself meanwhile.
const TRIES: usize = 3;

/// What a browser comes back with.
pub struct Returned {
    /// What the system repeats.
    pub state: Option<String>,
    /// The code.
    pub code: Option<SecretText>,
    /// Why there is none (RFC 6749 §4.1.2.1).
    pub error: Option<String>,
    /// Who answers (RFC 9207 §2).
    pub issuer: Option<String>,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Finished {
    /// What to tell the person.
    pub notice: Notice,
    /// The key, where the browser is the one that began.
    pub key: Option<(KeyId, EntryName)>,
    /// What of it is left at the system.
    pub left: Left,
    /// Why tokens that came could not be stored.
    pub fault: Option<Error>,
}

/// What to tell the person who comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The key is connected.
    Connected,
    /// They, or the system, said no.
    Denied,
    /// It took too long, or somebody came back a second time.
    Expired,
    /// It was begun in another browser.
    OtherBrowser,
    /// The answer came from, or to, somebody else than it should.
    MixedUp,
    /// They may not do this any more.
    NoRight,
    /// The key or its app was changed meanwhile.
    Changed,
    /// The system does not take the app or the code.
    Refused,
    /// The system was not reached, or gave no answer that can be understood.
    Unclear,
    /// The scopes that nothing works without were not granted.
    TooFewScopes,
    /// Somebody else than before was connected, and nobody confirmed it.
    OtherIdentity,
    /// Access was granted, and could not be stored.
    NotStored,
}

impl Notice {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::Connected,
        Self::Denied,
        Self::Expired,
        Self::OtherBrowser,
        Self::MixedUp,
        Self::NoRight,
        Self::Changed,
        Self::Refused,
        Self::Unclear,
        Self::TooFewScopes,
        Self::OtherIdentity,
        Self::NotStored,
    ];

    /// Its name in the address of the page that tells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::OtherBrowser => "other-browser",
            Self::MixedUp => "mixed-up",
            Self::NoRight => "no-right",
            Self::Changed => "changed",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::TooFewScopes => "too-few-scopes",
            Self::OtherIdentity => "other-identity",
            Self::NotStored => "not-stored",
        }
    }
}

/// Why a connection did not come about.
enum Stopped {
    /// The person is told.
    Told(Notice),
    /// A fault of ours, or of a service. Nothing was stored.
    Fault(Error),
    /// The table did not say whether it stored what came.
    Unknown(PortError),
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Finishes a connection.
///
/// # Errors
///
/// What the ports report, and what of the stored rows cannot be read. Everything else is a [`Notice`].
pub async fn finish(
    store: &(
         impl TakeConnection
         + ReadCaller
         + ReadKey
         + ReadApp
         + ReadSealedApp
         + ReadGrant
         + ConnectKey
         + ReadAllowedOrigins
     ),
    wrapping: (&impl UnwrapDataKey, &impl WrapDataKey),
    outside: &impl Exchange,
    moment: Moment<'_, impl Clock, impl Random>,
    (app, returned, cookie): (&AppId, Returned, impl FnOnce(Digest) -> Option<SecretText>),
    callback: &Callback<'_>,
) -> Result<Finished, Error> {
    let told = |notice| Ok(Finished { notice, key: None, left: Left::Nothing, fault: None });
    let Some(state) = returned.state.as_deref().map(digest) else { return told(Notice::MixedUp) };
    let cookie = match cookie(state) {
        None if !callback.checks.makes(Check::Browser) => Some(SecretText::from(String::new())),
        cookie => cookie,
    };
    let taken = store.take_connection(state, cookie.as_ref().map(|cookie| digest(cookie.expose()))).await?;
    let (connection, cookie) = match (taken, cookie) {
        (Taken::Connection(connection), Some(cookie)) => (connection, cookie),
        (Taken::OtherBrowser, _) | (Taken::Connection(_), None) => return told(Notice::OtherBrowser),
        (Taken::Nothing, _) => return told(Notice::Expired),
    };
    let key = Some((connection.key.clone(), connection.entry.clone()));
    let coming = Coming { connection: &connection, app, returned, cookie, callback };
    let ended = |notice, left, fault| Ok(Finished { notice, key, left, fault });
    let before = async {
        let ready = coming.ready(store, wrapping.0, moment.clock.now()).await?;
        let granted = coming.exchange(outside, &moment, &ready).await?;
        Ok((ready, granted))
    };
    let (ready, granted) = match before.await {
        Ok(both) => both,
        Err(Stopped::Told(notice)) => return ended(notice, Left::Nothing, None),
        Err(Stopped::Fault(error)) => return Err(error),
        Err(Stopped::Unknown(error)) => return Err(error.into()),
    };
    let (notice, may_be_stored, fault) = match coming.keep(store, wrapping.1, &moment, &ready, &granted).await
    {
        Ok(()) => return ended(Notice::Connected, Left::Nothing, None),
        Err(Stopped::Told(notice)) => (notice, false, None),
        Err(Stopped::Fault(error)) => (Notice::NotStored, false, Some(error)),
        Err(Stopped::Unknown(error)) => (Notice::NotStored, true, Some(error.into())),
    };
    let dropped = Dropped { connection: &connection, ready: &ready, granted: &granted, may_be_stored };
    match dropped.give_back(store, outside).await {
        Left::Stored => ended(Notice::Connected, Left::Nothing, None),
        left @ (Left::Nothing | Left::Access) => ended(notice, left, fault),
    }
}

/// A browser that came back, and is the one that began.
struct Coming<'a> {
    connection: &'a Connection,
    /// The app in the address that it came to.
    app: &'a AppId,
    returned: Returned,
    cookie: SecretText,
    callback: &'a Callback<'a>,
}

/// What was read before the code goes out.
pub(super) struct Ready {
    held: Held,
    pub(super) key: Key,
    pub(super) code: &'static OAuth2AuthorizationCode,
    pub(super) app: App,
    pub(super) secret: SecretText,
    pub(super) addresses: TokenAddresses,
    pub(super) allowed: AllowedOrigins,
}

impl Coming<'_> {
    /// Everything that can be checked before the code goes out.
    async fn ready(
        &self,
        store: &(impl ReadCaller + ReadKey + ReadApp + ReadSealedApp + ReadAllowedOrigins),
        unwrapping: &impl UnwrapDataKey,
        now: Timestamp,
    ) -> Result<Ready, Stopped> {
        let Self { connection, .. } = self;
        if connection.app != *self.app && self.callback.checks.makes(Check::App) {
            return Err(Stopped::Told(Notice::MixedUp));
        }
        if connection.expires_at <= now {
            return Err(Stopped::Told(Notice::Expired));
        }
        let held = self.held(store).await?;
        let key = store.read_key(&connection.account, &connection.key).await?;
        let key = key.filter(|key| key.version == connection.version && key.disabled.is_none());
        let key = key.ok_or(Stopped::Told(Notice::Changed))?;
        let (code, named) = app_of(&key, &connection.entry).map_err(|_| Stopped::Told(Notice::Changed))?;
        let app = store.read_app(&connection.account, &connection.app).await?;
        let app =
            app.filter(|app| app.fits(&key) && named == app.id).ok_or(Stopped::Told(Notice::Changed))?;
        self.check_issuer(code, &app)?;
        self.code()?;
        let addresses = TokenAddresses::of(code, &app, &key, &connection.entry)?;
        let secret = app.secret(store, unwrapping).await?;
        let allowed = store.read_allowed_origins(&connection.account).await?;
        Ok(Ready { held, key, code, app, secret, addresses, allowed })
    }

    /// Turns the code into tokens, once.
    async fn exchange(
        &self,
        outside: &impl Exchange,
        moment: &Moment<'_, impl Clock, impl Random>,
        ready: &Ready,
    ) -> Result<Granted, Stopped> {
        let Ready { key, code, app, addresses, .. } = ready;
        let is_proven =
            [Check::Challenge, Check::Verifier].iter().all(|check| self.callback.checks.makes(*check));
        let verifier = if is_proven {
            verifier(&self.cookie, self.connection.state)?
        } else {
            SecretText::from("none".to_owned())
        };
        let proof = (self.code()?, self.callback.of(&app.id), verifier);
        let entry = key.entry(&self.connection.entry)?;
        let values = Lookup::new(|field: &str| entry.public(field));
        let secret = SecretText::from(ready.secret.expose().to_owned());
        let client = (app.client_id.clone(), Some(secret), app.client_auth);
        let owned = code.exchange(&values, addresses.token.to_string(), client, proof);
        let request = owned.grant().request(moment.clock.now(), moment.random);
        let request = request.map_err(|_| Stopped::Told(Notice::Refused))?;
        let answer = post(outside, &addresses.token, &request, &ready.allowed).await;
        let answer = answer.map_err(|_| Stopped::Told(Notice::Unclear))?;
        let now = moment.clock.now();
        let granted = read_granted(answer.status, &answer.body, code.answer(), code.members(), now);
        granted.map_err(|refused| Stopped::Told(notice_of(refused)))
    }

    /// Keeps what was granted, if it is what was asked for.
    async fn keep(
        &self,
        store: &(impl ReadGrant + ConnectKey + ReadKey),
        wrapping: &impl WrapDataKey,
        moment: &Moment<'_, impl Clock, impl Random>,
        ready: &Ready,
        granted: &Granted,
    ) -> Result<(), Stopped> {
        let Self { connection, .. } = self;
        let Ready { key: stored, code, app, addresses, .. } = ready;
        let scopes = self.scopes(code, granted)?;
        let identity = ready.identity(&connection.entry, granted)?;
        let before = store.read_grant(&connection.account, &connection.key, &connection.entry).await?;
        let former = before.as_ref().and_then(|grant| grant.identity.as_ref());
        let is_other = former.is_some() && former != identity.as_ref();
        if is_other && !connection.other_identity && self.callback.checks.makes(Check::Identity) {
            return Err(Stopped::Told(Notice::OtherIdentity));
        }
        let (key, audit) = self.changed(stored, moment);
        let (now, expires_at) = (moment.clock.now(), granted.access.expires_at());
        let mut drawn = [0];
        moment.random.fill(&mut drawn);
        let none = Mark::none(moment)?;
        let mut grant = Grant {
            account: key.account.clone(),
            key: key.id.clone(),
            entry: connection.entry.clone(),
            connection: connection.id.clone(),
            app: app.id.clone(),
            system: key.system.clone(),
            template_version: key.template_version,
            auth: key.auth.clone(),
            environment: key.environment,
            token_url: addresses.token.to_string(),
            revocation_url: addresses.revocation.clone(),
            bound: bound(&key, &connection.entry)?,
            identity,
            account_name: account_name(code, granted),
            scopes,
            connected: key.updated.clone(),
            access: none.clone(),
            expires_at,
            refresh: granted.refresh.as_ref().map(|_| none),
            due_at: granted.refresh.as_ref().and_then(|_| Grant::due(now, expires_at, drawn[0])),
            generation: 1,
            state: GrantState::Connected,
            attempt: None,
            failures: 0,
            epoch: moment.clock.epoch(),
        };
        let access = {
            let binding = grant.access_binding(&key)?;
            let place = grant.access_place(&binding);
            seal_one(SealKind::Access, &place, granted.access.value(), 1, wrapping, moment).await?
        };
        let refresh = match &granted.refresh {
            None => None,
            Some(value) => {
                let binding = grant.refresh_binding()?;
                let place = grant.refresh_place(&binding);
                Some(seal_one(SealKind::Refresh, &place, value, 1, wrapping, moment).await?)
            }
        };
        grant.access = access.0;
        let (refresh_mark, refresh) =
            refresh.map_or((None, None), |(mark, sealed)| (Some(mark), Some(sealed)));
        grant.refresh = refresh_mark;
        let before = before.map(|grant| (grant.connection, grant.app));
        let connected = Connected { grant, access: access.1, refresh, before };
        let mut change = Change {
            by: ready.held.clone(),
            before: Some(connection.version),
            unlinked_since: None,
            key,
            vault: Vec::new(),
            audit,
            ticket: None,
        };
        for _ in 0..TRIES {
            match store.connect_key(&change, &connected).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Lost(_)) => return Err(Stopped::Told(Notice::NoRight)),
                // The key told something of itself meanwhile.
                Err(CommitError::Unmet(Need::Row)) => {
                    let row = store.read_key(&connection.account, &connection.key).await?;
                    change.follow(&row.ok_or(Stopped::Told(Notice::Changed))?);
                }
                Err(CommitError::Stale { .. } | CommitError::Unmet(_) | CommitError::Repeated) => break,
                Err(CommitError::Port(
                    error @ (PortError::Unavailable { .. } | PortError::UnusableAnswer { .. }),
                )) => return Err(Stopped::Unknown(error)),
                Err(CommitError::Port(error)) => return Err(error.into()),
            }
        }
        Err(Stopped::Told(Notice::Changed))
    }

    /// The right of the person who began, if they still have it.
    async fn held(&self, store: &impl ReadCaller) -> Result<Held, Stopped> {
        let claimed = &self.connection.claimed;
        let rows = store.read_caller(claimed).await?;
        claimed.held(&rows).map_err(|_| Stopped::Told(Notice::NoRight))
    }

    /// Another server's answer is refused before its code goes anywhere (RFC 9207 §2.4).
    fn check_issuer(&self, code: &OAuth2AuthorizationCode, app: &App) -> Result<(), Stopped> {
        let expected = code.issuer().or(app.addresses.issuer.as_deref());
        match (expected, &self.returned.issuer) {
            (Some(expected), Some(sent)) if expected != sent && self.callback.checks.makes(Check::Issuer) => {
                Err(Stopped::Told(Notice::MixedUp))
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn code(&self) -> Result<SecretText, Stopped> {
        match (&self.returned.error, &self.returned.code) {
            (None, Some(code)) if !code.is_empty() => Ok(SecretText::from(code.expose().to_owned())),
            (Some(error), _) if error == "access_denied" => Err(Stopped::Told(Notice::Denied)),
            (Some(error), _) if ["temporarily_unavailable", "server_error"].contains(&error.as_str()) => {
                Err(Stopped::Told(Notice::Unclear))
            }
            (Some(_), _) => Err(Stopped::Told(Notice::Refused)),
            (None, _) => Err(Stopped::Told(Notice::MixedUp)),
        }
    }

    /// What was granted; all that was asked for where the server does not say (RFC 6749 §5.1).
    fn scopes(&self, code: &OAuth2AuthorizationCode, granted: &Granted) -> Result<Vec<String>, Stopped> {
        let scopes = granted.scope.as_deref().map(OAuth2AuthorizationCode::split);
        let scopes = scopes.unwrap_or_else(|| self.connection.scopes.clone());
        // Some servers leave the scopes of OpenID Connect out, which the answer itself shows: Microsoft tells none of them.
        let is_shown = |name: &str| match name {
            "offline_access" => granted.refresh.is_some(),
            "openid" | "profile" | "email" => granted.claim("sub").is_some(),
            _ => false,
        };
        let lacks = |name: &str| !is_shown(name) && !scopes.iter().any(|scope| scope == name);
        if granted.scope.is_some() && code.scopes().iter().any(|scope| scope.least && lacks(&scope.name)) {
            return Err(Stopped::Told(Notice::TooFewScopes));
        }
        Ok(scopes)
    }

    /// The key with the connection, and the entry of the trail.
    fn changed(
        &self,
        stored: &Key,
        moment: &Moment<'_, impl Clock, impl Random>,
    ) -> (Key, crate::keys::audit::AuditEntry) {
        let mut key = stored.clone();
        key.connections.insert(self.connection.entry.clone(), self.connection.id.clone());
        let changed = vec![format!("connections.{}", self.connection.entry)];
        let by = self.connection.by.clone();
        let audit = stamped_as(&mut key, moment.clock, by, Action::Connected, changed);
        (key, audit)
    }
}

const fn notice_of(refused: RefusedGrant) -> Notice {
    match refused {
        RefusedGrant::Grant | RefusedGrant::Client | RefusedGrant::Request(_) => Notice::Refused,
        RefusedGrant::Busy | RefusedGrant::Unknown => Notice::Unclear,
    }
}

impl Ready {
    /// Who was connected, where the system says so.
    pub(super) fn identity(&self, entry: &EntryName, granted: &Granted) -> Result<Option<String>, Error> {
        let entry = self.key.entry(entry)?;
        Ok(identity(self.code, granted, |field| entry.public(field)))
    }
}

/// Who was connected, where the system says so.
pub(super) fn identity<'v>(
    code: &OAuth2AuthorizationCode,
    granted: &Granted,
    field: impl Fn(&str) -> Option<&'v str>,
) -> Option<String> {
    match code.identity()? {
        IdentityAt::Answer { pointer } => granted.text(pointer),
        IdentityAt::IdToken { claim, .. } => granted.claim(claim),
        IdentityAt::Field { field: id } => field(id).map(str::to_owned),
    }
}

/// What people know the connected account by, where that is something else than what tells accounts apart.
pub(super) fn account_name(code: &OAuth2AuthorizationCode, granted: &Granted) -> Option<String> {
    match code.identity()? {
        IdentityAt::IdToken { shown, .. } => granted.claim(shown.as_ref()?),
        IdentityAt::Answer { .. } | IdentityAt::Field { .. } => None,
    }
}

/// Where an app's tokens are issued and revoked.
pub(super) struct TokenAddresses {
    pub(super) token: Target,
    pub(super) revocation: Option<String>,
}

impl TokenAddresses {
    /// Those of an entry of a key.
    pub(super) fn of(
        code: &OAuth2AuthorizationCode,
        app: &App,
        key: &Key,
        entry: &EntryName,
    ) -> Result<Self, Error> {
        let entry = key.entry(entry)?;
        let values = Lookup::new(|field: &str| entry.public(field));
        let token = match (code.token_address(), &app.addresses.token) {
            (Some(_), _) => {
                let url = key.template()?.token_url(&key.auth, |field| entry.public(field));
                url.map_err(|_| Error::KeyUnreadable)?.ok_or(Error::KeyUnreadable)?
            }
            (None, Some(address)) => address.clone(),
            (None, None) => return Err(Error::KeyUnreadable),
        };
        let revocation = match code.revocation_address() {
            Some(address) => Some(values.text(address).map_err(|_| Error::KeyUnreadable)?),
            None => app.addresses.revocation.clone(),
        };
        Ok(Self { token: target(&token)?, revocation })
    }
}

pub(super) fn target(url: &str) -> Result<Target, Error> {
    let origin = Origin::of(url).map_err(|_| Error::KeyUnreadable)?;
    Origins::new([origin]).check(url).map_err(|_| Error::KeyUnreadable)
}

/// No answer of a token endpoint has more.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Sends a request to a token endpoint, over a connection of its own.
pub(super) async fn post(
    outside: &impl Exchange,
    target: &Target,
    request: &TokenRequest,
    allowed: &AllowedOrigins,
) -> Result<Incoming, OutboundError> {
    let request = Outgoing {
        method: &http::Method::POST,
        origin: target.origin(),
        path_and_query: target.path_and_query(),
        headers: request.headers().collect(),
        body: request.body(),
        max_body_bytes: MAX_ANSWER_BYTES,
    };
    outside.exchange(request, allowed).await
}
