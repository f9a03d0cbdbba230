//! The attacks of RFC 9700 on whoever connects, by an evil provider and a thief with a browser. None succeeds; each does when its one
//! check is left out. What the adapter checks in the table (a connection is found by its state, and taken once) is modelled by the table
//! of these tests, and held by the tests of `finish_connection`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::json;
use url::Url;

use super::{
    App, Callback, Connected, Connection, ConnectionAsk, Digest, Grant, Notice, Returned, Taken,
    app::Addresses,
    begin::begin,
    checks::{Check, Checks},
    cookie_name, digest,
    fakes::{Example, app_for, key_of},
    finish,
};
use crate::{
    caller::{Caller, Claims, PanelClient},
    error::{Error, PortError},
    fakes::{Counting, now},
    ids::{AccountId, AppId, KeyId},
    keys::{
        change::Change,
        fakes::{World as Keys, moment},
        key::Key,
        seal::SealedEntry,
    },
    membership::{
        Member, Standing,
        rows::{CallerRows, Claimed, Held, Said, tests::settings},
    },
    origin::Scheme,
    outbound::{AllowedOrigins, Incoming, OutboundError, Outgoing},
    permission::{Permission, Role},
    ports::{
        CommitError, ConnectKey, Exchange, InsertConnection, ReadAllowedOrigins, ReadApp, ReadCaller,
        ReadGrant, ReadKey, ReadSealedApp, TakeConnection,
    },
    sealing::EntryName,
    secret::SecretText,
};

const SYSTEM: Example = ("oauth2-consent", Some("https://api.example.com/v1"), &[]);
const HONEST: &str = "https://honest.example";
const EVIL: &str = "https://evil.example";

/// What the table leaves out, where a check is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lax {
    /// Nothing.
    Nothing,
    /// Whatever the state, the browser's own connection is taken.
    State,
    /// A connection stays when it is taken.
    Once,
}

/// A code that was given out.
struct Code {
    redirect_uri: String,
    challenge: Option<String>,
    account: String,
}

/// An authorization server. The evil one takes whatever it is sent.
#[derive(Default)]
struct Provider {
    codes: BTreeMap<String, Code>,
    /// Old servers know no proof key, and do not say who they are.
    is_old: bool,
    /// Whether it answers nothing for now.
    is_down: bool,
    /// The codes that were sent to its token endpoint.
    seen: BTreeSet<String>,
}

impl Provider {
    /// Somebody consents. The code, and where their browser is sent.
    fn consent(&mut self, issuer: &str, address: &Url, account: &str) -> (String, Url) {
        let asked: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
        let code = format!("code-{}-{account}", self.codes.len());
        let redirect_uri = asked["redirect_uri"].clone();
        let mut back: Url = redirect_uri.parse().unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        if !self.is_old {
            back.query_pairs_mut().append_pair("iss", issuer);
        }
        let challenge = asked.get("code_challenge").cloned().filter(|_| !self.is_old);
        self.codes.insert(code.clone(), Code { redirect_uri, challenge, account: account.to_owned() });
        (code, back)
    }

    fn token(&mut self, form: &BTreeMap<String, String>) -> (u16, String) {
        self.seen.insert(form["code"].clone());
        if self.is_down {
            return (503, String::new());
        }
        // RFC 9700 §2.1.1: a code without a challenge is given for no proof key.
        let verifier = form.get("code_verifier").filter(|text| *text != "none" && !self.is_old);
        let shown = verifier.map(|text| BASE64_URL_SAFE_NO_PAD.encode(digest(text).0));
        let is_good = |code: &Code| code.redirect_uri == form["redirect_uri"] && code.challenge == shown;
        let Some(code) = self.codes.remove(&form["code"]).filter(is_good) else {
            return (400, json!({ "error": "invalid_grant" }).to_string());
        };
        let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({ "sub": code.account }).to_string());
        let answer = json!({
            "access_token": format!("access-of-{}", code.account), "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": format!("refresh-of-{}", code.account), "id_token": format!("e30.{claims}.c2ln"),
        });
        (200, answer.to_string())
    }
}

#[derive(Default)]
struct State {
    keys: BTreeMap<String, Key>,
    apps: BTreeMap<String, (App, SealedEntry)>,
    grants: BTreeMap<String, Grant>,
    connections: Vec<Connection>,
    honest: Provider,
    evil: Provider,
}

/// Keyward with its table, and the two providers.
struct World {
    checks: Checks,
    lax: Lax,
    random: Counting,
    state: Mutex<State>,
}

/// A browser, with the cookies that it got.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl World {
    fn new(checks: Checks, lax: Lax) -> Self {
        Self { checks, lax, random: Counting::default(), state: Mutex::default() }
    }

    /// All is checked.
    fn whole() -> Self {
        Self::new(Checks::ALL, Lax::Nothing)
    }

    fn without(check: Check) -> Self {
        Self::new(Checks::without(check), Lax::Nothing)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    const fn callback(&self) -> Callback<'static> {
        Callback { origin: "https://keyward.example", scheme: Scheme::Https, checks: self.checks }
    }

    /// A key with an app at a provider.
    fn key_at(&self, provider: &str, issuer: Option<&str>) -> (KeyId, AppId) {
        let moment = moment(&self.random);
        let id = AppId::generate(moment.clock, moment.random);
        let key = key_of(SYSTEM, &id, &self.random);
        let addresses = Addresses {
            authorize: Some(format!("{provider}/authorize")),
            token: Some(format!("{provider}/token")),
            issuer: issuer.map(str::to_owned),
            ..Addresses::default()
        };
        let app = app_for(&key, id.clone(), addresses, &moment);
        let mut state = self.state();
        state.apps.insert(id.to_string(), app);
        let key_id = key.id.clone();
        state.keys.insert(key_id.to_string(), key);
        (key_id, id)
    }

    /// Another key that names the same app.
    fn another_key(&self, app: &AppId) -> KeyId {
        let key = key_of(SYSTEM, app, &self.random);
        let id = key.id.clone();
        self.state().keys.insert(id.to_string(), key);
        id
    }

    /// A key of the honest provider's.
    fn key(&self) -> KeyId {
        self.key_at(HONEST, Some(HONEST)).0
    }

    /// Somebody begins to connect a key, in a browser. The address where they are to consent.
    fn begin(&self, browser: &mut Browser, key: &KeyId) -> Url {
        let ask = ConnectionAsk { entry: EntryName::Default, scopes: None, other_identity: false };
        let begun =
            now(begin(self, moment(&self.random), &person(), key, ask, &self.callback())).ok().unwrap();
        browser.cookies.insert(begun.cookie_name, begun.cookie.expose().to_owned());
        begun.address.parse().unwrap()
    }

    /// A browser follows an address to the callback.
    fn come_back(&self, browser: &Browser, address: &Url) -> Notice {
        let sent: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
        let app: AppId = address.path_segments().unwrap().next_back().unwrap().parse().unwrap();
        let returned = Returned {
            state: sent.get("state").cloned(),
            code: sent.get("code").cloned().map(SecretText::from),
            error: None,
            issuer: sent.get("iss").cloned(),
        };
        let cookie = |state: Digest| {
            let own = match self.lax {
                Lax::State => browser.cookies.values().next(),
                Lax::Nothing | Lax::Once => browser.cookies.get(&cookie_name(state, Scheme::Https)),
            };
            own.cloned().map(SecretText::from)
        };
        let keys = Keys::default();
        let about = (&app, returned, cookie);
        let callback = self.callback();
        let outcome = finish(self, (&keys, &keys), self, moment(&self.random), about, &callback);
        now(outcome).unwrap().notice
    }

    /// Who consents at the honest provider, at which address. The code, and where their browser would go.
    fn consent(&self, address: &Url, account: &str) -> (String, Url) {
        self.state().honest.consent(HONEST, address, account)
    }

    /// Whose account a key is connected with.
    fn account_of(&self, key: &KeyId) -> Option<String> {
        self.state().grants.get(&key.to_string()).and_then(|grant| grant.identity.clone())
    }
}

fn person() -> Caller {
    let scope = Permission::KeysWrite.scope();
    let values = [
        ("token_use", "access"),
        ("client_id", "panel"),
        ("sub", "ann"),
        ("username", "ann"),
        ("account", "acme"),
        ("self_service_keys", "true"),
        ("scope", &scope),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let panel = PanelClient::new("panel".to_owned());
    let caller = Caller::authorize(&Claims { values }, &panel, Permission::KeysWrite).unwrap();
    caller.holding(&rows()).unwrap()
}

fn rows() -> CallerRows {
    let member = Said::Member(Member::new(Role::Owner, Standing::Active));
    CallerRows { row: Some((member, 1)), settings: Some(settings()) }
}

/// The same address without some parameters, as a thief makes it.
fn stripped(address: &Url, names: &[&str]) -> Url {
    let mut bare = address.clone();
    let kept: Vec<_> =
        address.query_pairs().into_owned().filter(|(name, _)| !names.contains(&name.as_str())).collect();
    bare.query_pairs_mut().clear().extend_pairs(kept);
    bare
}

/// The same address with another value of a parameter.
fn with(address: &Url, name: &str, value: &str) -> Url {
    let mut changed = stripped(address, &[name]);
    changed.query_pairs_mut().append_pair(name, value);
    changed
}

impl ReadCaller for World {
    async fn read_caller(&self, _: &Claimed) -> Result<CallerRows, PortError> {
        Ok(rows())
    }
}

impl ReadKey for World {
    async fn read_key(&self, _: &AccountId, id: &KeyId) -> Result<Option<Key>, Error> {
        Ok(self.state().keys.get(&id.to_string()).cloned())
    }
}

impl ReadApp for World {
    async fn read_app(&self, _: &AccountId, id: &AppId) -> Result<Option<App>, Error> {
        Ok(self.state().apps.get(&id.to_string()).map(|(app, _)| app.clone()))
    }
}

impl ReadSealedApp for World {
    async fn read_sealed_app(&self, _: &AccountId, id: &AppId) -> Result<Option<SealedEntry>, PortError> {
        Ok(self.state().apps.get(&id.to_string()).map(|(_, sealed)| sealed.clone()))
    }
}

impl ReadGrant for World {
    async fn read_grant(&self, _: &AccountId, key: &KeyId, _: &EntryName) -> Result<Option<Grant>, Error> {
        Ok(self.state().grants.get(&key.to_string()).cloned())
    }
}

impl ReadAllowedOrigins for World {
    async fn read_allowed_origins(&self, _: &AccountId) -> Result<AllowedOrigins, PortError> {
        Ok(AllowedOrigins::default())
    }
}

impl InsertConnection for World {
    async fn insert_connection(&self, _: &Held, connection: &Connection) -> Result<(), CommitError> {
        self.state().connections.push(connection.clone());
        Ok(())
    }
}

impl TakeConnection for World {
    async fn take_connection(&self, state: Digest, cookie: Option<Digest>) -> Result<Taken, PortError> {
        let mut table = self.state();
        let is_it = |connection: &Connection| match self.lax {
            Lax::State => Some(connection.cookie) == cookie,
            Lax::Nothing | Lax::Once => connection.state == state,
        };
        let Some(place) = table.connections.iter().position(is_it) else { return Ok(Taken::Nothing) };
        let found = table.connections[place].clone();
        if Some(found.cookie) != cookie && self.checks.makes(Check::Browser) {
            return Ok(Taken::OtherBrowser);
        }
        if self.lax != Lax::Once {
            table.connections.remove(place);
        }
        Ok(Taken::Connection(Box::new(found)))
    }
}

impl ConnectKey for World {
    async fn connect_key(&self, change: &Change, connected: &Connected) -> Result<(), CommitError> {
        let mut state = self.state();
        let id = change.key.id.to_string();
        state.keys.insert(id.clone(), change.key.clone());
        state.grants.insert(id, connected.grant.clone());
        Ok(())
    }
}

impl Exchange for World {
    async fn exchange(&self, request: Outgoing<'_>, _: &AllowedOrigins) -> Result<Incoming, OutboundError> {
        let form: BTreeMap<_, _> = url::form_urlencoded::parse(request.body).into_owned().collect();
        let mut state = self.state();
        let provider =
            if EVIL.ends_with(request.origin.host()) { &mut state.evil } else { &mut state.honest };
        let (status, body) = provider.token(&form);
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Incoming { status, headers: Vec::new(), body: body.into_bytes(), truncated: false })
    }
}

#[test]
fn nobody_attacks_and_a_key_is_connected() {
    let world = World::whole();
    let (key, mut browser) = (world.key(), Browser::default());
    let address = world.begin(&mut browser, &key);
    let (_, back) = world.consent(&address, "ann");
    assert_eq!(world.come_back(&browser, &back), Notice::Connected);
    assert_eq!(world.account_of(&key).as_deref(), Some("ann"));
}

/// RFC 9700 §4.5: a thief has a code of somebody else, and puts it into a connection of their own, with the same app.
fn code_injection(world: &World) -> bool {
    let (of_ann, app) = world.key_at(HONEST, Some(HONEST));
    let of_mallory = world.another_key(&app);
    let [mut ann, mut mallory] = [Browser::default(), Browser::default()];
    let (stolen, _) = world.consent(&world.begin(&mut ann, &of_ann), "ann");
    let (_, back) = world.consent(&world.begin(&mut mallory, &of_mallory), "mallory");
    world.come_back(&mallory, &with(&back, "code", &stolen));
    world.account_of(&of_mallory).as_deref() == Some("ann")
}

/// §4.8: a thief takes the challenge out of the address where somebody consents, and puts the code into a connection of their own.
fn pkce_downgrade(world: &World) -> bool {
    let of_mallory = world.key();
    let mut mallory = Browser::default();
    let begun = world.begin(&mut mallory, &of_mallory);
    let lured = stripped(&begun, &["code_challenge", "code_challenge_method", "state"]);
    let (stolen, _) = world.consent(&with(&lured, "state", "x"), "ann");
    let (_, back) = world.consent(&begun, "mallory");
    world.come_back(&mallory, &with(&back, "code", &stolen));
    world.account_of(&of_mallory).as_deref() == Some("ann")
}

/// §4.7: a thief lures somebody who is connecting to the callback, with a code of the thief's. The server knows no proof key.
fn csrf(world: &World) -> bool {
    world.state().honest.is_old = true;
    let of_ann = world.key();
    let mut ann = Browser::default();
    let begun = world.begin(&mut ann, &of_ann);
    let (_, back) = world.consent(&with(&begun, "state", "made-up"), "mallory");
    world.come_back(&ann, &back);
    world.account_of(&of_ann).as_deref() == Some("mallory")
}

/// §4.4: an evil server sends the browser on to an honest one, whose code is to come to the evil one.
fn mix_up(world: &World) -> bool {
    let (key, _) = world.key_at(EVIL, None);
    let (_, honest_app) = world.key_at(HONEST, None);
    let mut ann = Browser::default();
    let begun = world.begin(&mut ann, &key);
    let to_the_honest = with(&begun, "redirect_uri", &world.callback().of(&honest_app));
    let (code, back) = world.consent(&to_the_honest, "ann");
    world.come_back(&ann, &back);
    world.state().evil.seen.contains(&code)
}

/// The same, where the honest server takes the evil app's redirect URI as well.
fn mix_up_at_one_address(world: &World) -> bool {
    let (key, _) = world.key_at(EVIL, Some(EVIL));
    let mut ann = Browser::default();
    let begun = world.begin(&mut ann, &key);
    let (code, back) = world.consent(&begun, "ann");
    world.come_back(&ann, &back);
    world.state().evil.seen.contains(&code)
}

/// A thief who saw the address of a connection gets a code for its proof key, and lures the same browser to come back again.
fn state_replay(world: &World) -> bool {
    let of_ann = world.key();
    let mut ann = Browser::default();
    let begun = world.begin(&mut ann, &of_ann);
    let (_, back) = world.consent(&begun, "ann");
    world.state().honest.is_down = true;
    world.come_back(&ann, &back);
    world.state().honest.is_down = false;
    let (_, replayed) = world.consent(&begun, "mallory");
    world.come_back(&ann, &replayed);
    world.account_of(&of_ann).as_deref() == Some("mallory")
}

/// A thief sends somebody else to the address of their own connection: that person consents, for the thief's key. The server knows no
/// proof key.
fn consent_phishing(world: &World) -> bool {
    world.state().honest.is_old = true;
    let of_mallory = world.key();
    let [ann, mut mallory] = [Browser::default(), Browser::default()];
    let begun = world.begin(&mut mallory, &of_mallory);
    let (_, back) = world.consent(&begun, "ann");
    world.come_back(&ann, &back);
    world.account_of(&of_mallory).as_deref() == Some("ann")
}

/// A connected key gets the tokens of another account, since somebody signed the browser in to that at the server.
fn token_substitution(world: &World) -> bool {
    let key = world.key();
    for account in ["ann", "mallory"] {
        let mut ann = Browser::default();
        let (_, back) = world.consent(&world.begin(&mut ann, &key), account);
        world.come_back(&ann, &back);
    }
    world.account_of(&key).as_deref() == Some("mallory")
}

/// An attack: whether it succeeds.
type Attack = fn(&World) -> bool;

#[test]
fn no_attack_succeeds_and_each_does_without_its_one_check() {
    let by_check: [(&str, Attack, Check); 7] = [
        ("code injection", code_injection, Check::Challenge),
        ("PKCE downgrade", pkce_downgrade, Check::Verifier),
        ("mix-up", mix_up, Check::App),
        ("mix-up at one address", mix_up_at_one_address, Check::Issuer),
        ("consent phishing", consent_phishing, Check::Browser),
        ("token substitution", token_substitution, Check::Identity),
        // Without a challenge a downgrade is an injection.
        ("code injection by another way", pkce_downgrade, Check::Challenge),
    ];
    let by_table: [(&str, Attack, Lax); 2] =
        [("CSRF", csrf, Lax::State), ("state replay", state_replay, Lax::Once)];
    for (name, attack, check) in by_check {
        assert!(!attack(&World::whole()), "{name} succeeds");
        assert!(
            attack(&World::without(check)),
            "{name} fails without {check:?}: something else is checked too"
        );
    }
    for (name, attack, lax) in by_table {
        assert!(!attack(&World::whole()), "{name} succeeds");
        assert!(
            attack(&World::new(Checks::ALL, lax)),
            "{name} fails without {lax:?}: something else is checked too"
        );
    }
}

#[test]
fn no_other_missing_check_lets_an_attack_in() {
    let all = [Check::Browser, Check::App, Check::Issuer, Check::Challenge, Check::Verifier, Check::Identity];
    let attacks: [(&str, Attack, &[Check]); 8] = [
        ("code injection", code_injection, &[Check::Challenge]),
        ("PKCE downgrade", pkce_downgrade, &[Check::Challenge, Check::Verifier]),
        ("CSRF", csrf, &[]),
        ("mix-up", mix_up, &[Check::App]),
        ("mix-up at one address", mix_up_at_one_address, &[Check::Issuer]),
        ("state replay", state_replay, &[]),
        ("consent phishing", consent_phishing, &[Check::Browser]),
        ("token substitution", token_substitution, &[Check::Identity]),
    ];
    for (name, attack, needed) in attacks {
        for check in all {
            assert_eq!(attack(&World::without(check)), needed.contains(&check), "{name} without {check:?}");
        }
    }
}
