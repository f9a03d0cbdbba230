//! Apps: the platform's own OAuth clients, each registered at a system by its owner. Only owners make, change and delete them, after a
//! fresh sign-in: who sets an app's addresses decides where the codes and tokens of all its keys go.

use super::sealed::{Mark, open_one, seal_one};
use crate::{
    caller::Caller,
    complaints::{Complained, Complaints},
    environment::Environment,
    error::{Error, InvalidField},
    fresh,
    ids::{AccountId, AppId},
    keys::{key::Key, seal::SealedEntry},
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    origin::{Origin, Origins, Scheme},
    page::{Cursor, Limit, Page},
    ports::{ChangeApp, CommitError, ListApps, ReadApp, ReadSealedApp, UnwrapDataKey, WrapDataKey},
    sealing::{Binding, EntryName, Place, SealKind},
    secret::SecretText,
    stamp::Stamp,
    strategy::{ClientAuthentication, Lookup, OAuth2AuthorizationCode},
    system::{Library, SystemId, Template},
    title::Title,
    version::Version,
};

/// The most bytes of a client's id.
pub const LONGEST_CLIENT_ID: usize = 512;
/// The most bytes of a client's secret.
const LONGEST_SECRET: usize = 4096;
/// The field that an app's secret is sealed as.
const CLIENT_SECRET: &str = "client_secret";

/// The platform's own OAuth client at a system. Everything in it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its identifier.
    pub id: AppId,
    /// Whose it is.
    pub account: AccountId,
    /// The system that it is registered at.
    pub system: SystemId,
    /// The version of the system's template that it was made with.
    pub template_version: u32,
    /// The auth variant that it is for.
    pub auth: String,
    /// Live or test.
    pub environment: Environment,
    /// What people call it.
    pub title: Title,
    /// As the system knows it.
    pub client_id: String,
    /// How it shows its secret.
    pub client_auth: ClientAuthentication,
    /// The addresses that the system's template leaves to it.
    pub addresses: Addresses,
    /// The mark of its secret.
    pub secret: Mark,
    /// How many grants came of it that have not ended.
    pub grants: u64,
    /// Counts changes, from 1.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

/// Addresses of a server. Where a template has them, an app has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Where people consent.
    pub authorize: Option<String>,
    /// Where tokens are issued.
    pub token: Option<String>,
    /// Where tokens are revoked.
    pub revocation: Option<String>,
    /// Who answers, as `iss` names it.
    pub issuer: Option<String>,
}

impl Addresses {
    pub(super) fn each(&self) -> [(&'static str, Option<&String>); 4] {
        [
            ("authorize_url", self.authorize.as_ref()),
            ("token_url", self.token.as_ref()),
            ("revocation_url", self.revocation.as_ref()),
            ("issuer", self.issuer.as_ref()),
        ]
    }
}

/// An app to make, still as text.
pub struct AppDraft {
    /// The system's id.
    pub system: String,
    /// The auth variant; the only one that connects where absent.
    pub auth: Option<String>,
    /// `live` or `test`.
    pub environment: String,
    /// What people call it.
    pub title: String,
    /// As the system knows it.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretText,
    /// How it shows its secret, where the template leaves that to it.
    pub client_auth: Option<String>,
    /// Its addresses, where the template leaves them to it.
    pub addresses: Addresses,
}

/// Changes of an app, still as text. What is absent stays.
#[derive(Default)]
pub struct AppPatch {
    /// What people call it.
    pub title: Option<String>,
    /// As the system knows it.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<SecretText>,
    /// How it shows its secret.
    pub client_auth: Option<String>,
    /// Its addresses.
    pub addresses: Addresses,
}

/// What one transaction writes.
pub struct AppChange {
    /// The right of the caller to it.
    pub by: Held,
    /// The version that must still be stored; `None` for an app that must not exist.
    pub before: Option<u64>,
    /// The app as it will be; of a deleted one, as it was.
    pub app: App,
    /// Its secret, where that is new.
    pub sealed: Option<SealedEntry>,
}

/// A row of the list of apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppRow {
    /// An app.
    App(Box<App>),
    /// A row that cannot be read. It is shown as such, and never fails the list.
    Unreadable {
        /// The id, from the row's key.
        id: String,
    },
}

impl App {
    /// The template of its system.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when the library does not hold it.
    pub fn template(&self) -> Result<&'static Template, Error> {
        Library::shipped().template(&self.system, self.template_version).ok_or(Error::KeyUnreadable)
    }

    /// How its keys connect.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when its variant does not.
    pub fn code(&self) -> Result<&'static OAuth2AuthorizationCode, Error> {
        let variant = self.template()?.variant(&self.auth).ok_or(Error::KeyUnreadable)?;
        variant.strategy().authorization_code().ok_or(Error::KeyUnreadable)
    }

    /// All that decides where its secret goes, sealed with it.
    fn binding(&self) -> Result<Binding, Error> {
        let addresses =
            self.addresses.each().into_iter().filter_map(|(role, value)| Some((role, value?.as_str())));
        let own = [("client_id", self.client_id.as_str()), ("client_auth", self.client_auth.as_str())];
        Binding::new(addresses.chain(own)).map_err(|_| Error::KeyUnreadable)
    }

    fn place<'a>(&'a self, binding: &'a Binding) -> Place<'a> {
        Place {
            account: &self.account,
            key: (&self.id).into(),
            entry: &EntryName::Default,
            field: CLIENT_SECRET,
            system: self.system.as_str(),
            template_version: self.template_version,
            auth: &self.auth,
            environment: self.environment,
            binding,
        }
    }

    /// Seals its secret, and marks it.
    pub(super) async fn seal(
        &mut self,
        secret: &SecretText,
        wrapping: &impl WrapDataKey,
        moment: &Moment<'_, impl Clock, impl Random>,
    ) -> Result<SealedEntry, Error> {
        let binding = self.binding()?;
        let place = self.place(&binding);
        let (mark, sealed) = seal_one(SealKind::App, &place, secret, self.version, wrapping, moment).await?;
        self.secret = mark;
        Ok(sealed)
    }

    /// Its secret.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotOpen`] when it is not the one that the row stands for, and what the ports report.
    pub(super) async fn secret(
        &self,
        store: &impl ReadSealedApp,
        wrapping: &impl UnwrapDataKey,
    ) -> Result<SecretText, Error> {
        let sealed = store.read_sealed_app(&self.account, &self.id).await?.ok_or(Error::DoesNotOpen)?;
        open_one(SealKind::App, &self.place(&self.binding()?), &self.secret, &sealed, wrapping).await
    }

    /// Whether it is for this key.
    #[must_use]
    pub fn fits(&self, key: &Key) -> bool {
        self.account == key.account
            && self.system == key.system
            && self.auth == key.auth
            && self.environment == key.environment
    }
}

/// The app that an entry of a key names.
///
/// # Errors
///
/// [`Error::CannotConnect`] when the key's variant does not connect, or the entry names no app.
pub fn app_of(key: &Key, name: &EntryName) -> Result<(&'static OAuth2AuthorizationCode, AppId), Error> {
    let variant = key.template()?.variant(&key.auth).ok_or(Error::KeyUnreadable)?;
    let code = variant.strategy().authorization_code();
    let code = code.ok_or_else(|| Error::CannotConnect(NOT_BY_CONSENT.to_owned()))?;
    let entry = key.entry(name)?;
    let named = code.app(&Lookup::new(|field| entry.public(field)));
    let id = named.and_then(|id| id.parse().ok()).ok_or_else(|| Error::CannotConnect(NO_APP.to_owned()))?;
    Ok((code, id))
}

const NOT_BY_CONSENT: &str = "The key's auth variant has credentials to type: it is not connected by consent";
const NO_APP: &str = "The key names no app: choose one first";

/// A page of the apps of the caller's account, in the order of their ids.
///
/// # Errors
///
/// What the port reports.
pub async fn list_apps(
    store: &impl ListApps,
    caller: &Caller,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<AppRow>, Error> {
    Ok(store.list_apps(caller.account(), after, limit).await?)
}

/// Makes an app.
///
/// # Errors
///
/// [`Error::InvalidFields`], [`Error::FreshSignInNeeded`], and what the ports report. Nothing is stored then.
pub async fn create_app(
    store: &impl ChangeApp,
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    draft: AppDraft,
) -> Result<App, Error> {
    let now = moment.clock.now();
    let mut complaints = Complaints::default();
    let chosen = chosen(&mut complaints, &draft.system, draft.auth.as_deref());
    let environment = complaints.parse::<Environment>("environment", &draft.environment);
    let title = complaints.parse::<Title>("title", &draft.title);
    let client_id = client_id(&mut complaints, draft.client_id);
    let secret = secret(&mut complaints, draft.client_secret);
    let settings = chosen.and_then(|(_, _, code)| {
        let auth = client_auth(&mut complaints, code, draft.client_auth.as_deref());
        let addresses = addresses(&mut complaints, code, draft.addresses);
        Ok((auth?, addresses?))
    });
    let parts = complaints.settle(|| Ok((chosen?, environment?, title?, client_id?, secret?, settings?)))?;
    let ((template, auth, _), environment, title, client_id, secret, (client_auth, addresses)) = parts;
    fresh::check(caller, now)?;
    caller.check_environment(environment)?;
    let stamp = Stamp { at: now, by: caller.actor().to_string() };
    let made = |secret: Mark| App {
        id: AppId::generate(moment.clock, moment.random),
        account: caller.account().clone(),
        system: template.id().clone(),
        template_version: template.version(),
        auth: auth.to_owned(),
        environment,
        title,
        client_id,
        client_auth,
        addresses,
        secret,
        grants: 0,
        version: 1,
        created: stamp.clone(),
        updated: stamp,
    };
    let mut app = made(Mark::none(&moment)?);
    let sealed = app.seal(&secret, wrapping, &moment).await?;
    let change = AppChange { by: caller.held()?, before: None, app, sealed: Some(sealed) };
    match store.change_app(&change).await {
        Ok(()) => Ok(change.app),
        Err(CommitError::Stale { .. }) => Err(Error::Unavailable(None)),
        Err(error) => Err(error.into()),
    }
}

/// Changes an app, if it still has the version that the caller has seen. Whoever changes its id, the way in which it shows its secret, or
/// an address gives the secret again: it is bound to all of them.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::InvalidFields`], [`Error::SecretsNeeded`], [`Error::FreshSignInNeeded`], and what
/// the ports report. Nothing is stored then.
pub async fn update_app(
    store: &(impl ReadApp + ChangeApp),
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    (id, seen): (&AppId, u64),
    patch: AppPatch,
) -> Result<App, Error> {
    let now = moment.clock.now();
    let stored = find(store, caller, id, seen).await?;
    let code = stored.code()?;
    let mut complaints = Complaints::default();
    let title = patch.title.map(|title| complaints.parse::<Title>("title", &title));
    let id = patch.client_id.map(|id| client_id(&mut complaints, id));
    let fresh_secret = patch.client_secret.map(|value| secret(&mut complaints, value));
    let auth = patch.client_auth.map(|name| client_auth(&mut complaints, code, Some(&name)));
    let asked = patch.addresses;
    let addresses = if asked == Addresses::default() {
        Ok(stored.addresses.clone())
    } else {
        let kept = stored.addresses.clone();
        let merged = Addresses {
            authorize: asked.authorize.or(kept.authorize),
            token: asked.token.or(kept.token),
            revocation: asked.revocation.or(kept.revocation),
            issuer: asked.issuer.or(kept.issuer),
        };
        addresses(&mut complaints, code, merged)
    };
    let parts = complaints.settle(|| {
        Ok((title.transpose()?, id.transpose()?, fresh_secret.transpose()?, auth.transpose()?, addresses?))
    })?;
    let (title, client_id, secret, auth, addresses) = parts;
    let next = App {
        title: title.unwrap_or_else(|| stored.title.clone()),
        client_id: client_id.unwrap_or_else(|| stored.client_id.clone()),
        client_auth: auth.unwrap_or(stored.client_auth),
        addresses,
        ..stored.clone()
    };
    if next == stored && secret.is_none() {
        return Ok(stored);
    }
    if next.binding()? != stored.binding()? && secret.is_none() {
        let reason = "is needed again, because where it goes would change";
        return Err(Error::SecretsNeeded(vec![InvalidField::new(CLIENT_SECRET, reason)]));
    }
    fresh::check(caller, now)?;
    let mut next = App {
        version: stored.version + 1,
        updated: Stamp { at: now, by: caller.actor().to_string() },
        ..next
    };
    let sealed = match secret {
        None => None,
        Some(secret) => Some(next.seal(&secret, wrapping, &moment).await?),
    };
    let change = AppChange { by: caller.held()?, before: Some(stored.version), app: next, sealed };
    store.change_app(&change).await?;
    Ok(change.app)
}

/// Deletes an app that no grant came of, or none that has not ended.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::FreshSignInNeeded`], [`Error::AppInUse`], and what the ports report.
pub async fn delete_app(
    store: &(impl ReadApp + ChangeApp),
    clock: &impl Clock,
    caller: &Caller,
    (id, seen): (&AppId, u64),
) -> Result<(), Error> {
    let stored = find(store, caller, id, seen).await?;
    fresh::check(caller, clock.now())?;
    if stored.grants > 0 {
        return Err(Error::AppInUse { grants: stored.grants });
    }
    let change = AppChange { by: caller.held()?, before: Some(stored.version), app: stored, sealed: None };
    match store.delete_app(&change).await {
        Ok(()) => Ok(()),
        // A key was connected meanwhile.
        Err(CommitError::Unmet(_)) => Err(Error::AppInUse { grants: 1 }),
        Err(error) => Err(error.into()),
    }
}

async fn find(store: &impl ReadApp, caller: &Caller, id: &AppId, seen: u64) -> Result<App, Error> {
    let stored = store.read_app(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(stored.environment)?;
    Version::new(stored.version).expect(seen)?;
    Ok(stored)
}

type Chosen = (&'static Template, &'static str, &'static OAuth2AuthorizationCode);

fn chosen(complaints: &mut Complaints, system: &str, auth: Option<&str>) -> Result<Chosen, Complained> {
    let Some(template) = Library::shipped().system(system) else {
        return Err(complaints.complain("system_id", "is no system of the library: see GET /v1/systems"));
    };
    let connecting: Vec<_> = template
        .auth()
        .iter()
        .filter_map(|variant| Some((variant.id(), variant.strategy().authorization_code()?)))
        .collect();
    let found = match (auth, connecting.as_slice()) {
        (_, []) => {
            return Err(complaints.complain("system_id", "has no auth variant that is connected by consent"));
        }
        (Some(auth), all) => all.iter().find(|(id, _)| *id == auth),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match found {
        Some((id, code)) => Ok((template, *id, *code)),
        None => {
            let known = connecting.iter().map(|(id, _)| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            Err(complaints.complain("auth", format!("must be one that is connected by consent: {known}")))
        }
    }
}

fn client_id(complaints: &mut Complaints, text: String) -> Result<String, Complained> {
    let is_good = (1..=LONGEST_CLIENT_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && text.trim() == text;
    let reason = "must be 1 to 512 visible ASCII characters without a space at either end";
    if is_good { Ok(text) } else { Err(complaints.complain("client_id", reason)) }
}

fn secret(complaints: &mut Complaints, value: SecretText) -> Result<SecretText, Complained> {
    let is_good = (1..=LONGEST_SECRET).contains(&value.len())
        && value.expose().bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let reason = "must be 1 to 4096 visible ASCII characters";
    if is_good { Ok(value) } else { Err(complaints.complain(CLIENT_SECRET, reason)) }
}

fn client_auth(
    complaints: &mut Complaints,
    code: &OAuth2AuthorizationCode,
    asked: Option<&str>,
) -> Result<ClientAuthentication, Complained> {
    match (code.client_auth(), asked) {
        (Some(fixed), Some(name)) if fixed.as_str() != name => {
            Err(complaints.complain("client_auth", "is fixed by the system's template: leave it out"))
        }
        (Some(fixed), _) => Ok(fixed),
        (None, None) => Ok(ClientAuthentication::Basic),
        (None, Some(name)) => ClientAuthentication::from_name(name).ok_or_else(|| {
            complaints.complain("client_auth", "must be one of `basic`, `basic-unencoded`, `post`")
        }),
    }
}

fn addresses(
    complaints: &mut Complaints,
    code: &OAuth2AuthorizationCode,
    asked: Addresses,
) -> Result<Addresses, Complained> {
    let mut failed = None;
    for (name, value) in asked.each() {
        let complaint = match (code.app_brings_addresses(), value) {
            (false, Some(_)) => Some("is fixed by the system's template: leave it out".to_owned()),
            (true, None) if ["authorize_url", "token_url"].contains(&name) => Some("is needed".to_owned()),
            (true, Some(address)) => address_fault(name, address),
            (false, None) | (true, None) => None,
        };
        if let Some(reason) = complaint {
            failed = Some(complaints.complain(name, reason));
        }
    }
    match failed {
        Some(complained) => Err(complained),
        None => Ok(asked),
    }
}

/// The most bytes of an address.
const LONGEST_ADDRESS: usize = 2048;

/// What is wrong with an address. People's browsers go where they consent, so that address may be on their own machine.
pub(super) fn address_fault(name: &str, address: &str) -> Option<String> {
    if address.len() > LONGEST_ADDRESS {
        return Some(format!("must have at most {LONGEST_ADDRESS} bytes"));
    }
    let is_own_machine =
        ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| address.starts_with(start));
    if name == "authorize_url" && is_own_machine && url::Url::parse(address).is_ok() {
        return None;
    }
    let target = Origin::of(address)
        .map_err(|error| error.to_string())
        .and_then(|origin| Origins::new([origin]).check(address).map_err(|error| error.to_string()));
    match target {
        Ok(target) if target.scheme() == Scheme::Https && !address.contains('#') => None,
        Ok(_) => Some("must be an https address without a fragment".to_owned()),
        Err(reason) => Some(reason),
    }
}
