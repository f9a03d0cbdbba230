//! Random histories of refreshes: several processes with clocks of their own look at one grant, while the table, the wrapping key and the
//! system fail in every way, processes are killed, and some stand still for an hour and go on. Whatever happens, no refresh token is used
//! where that would end the grant, and no grant is lost that a client could have kept.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    App, Attempt, Grant, GrantState, LEASE, Mark, Refreshed, Why,
    app::Addresses,
    fakes::{Example, app_for, key_of},
    grant::bound,
    refresh,
    sealed::{open_one, seal_one},
};
use crate::{
    epoch::Epoch,
    error::{Error, PortError},
    fakes::{Counting, Still, now},
    ids::{AccountId, AppId, ConnectionId, KeyId},
    keys::{fakes::World as Keys, health::Health, key::Key, seal::SealedEntry},
    moment::{Clock, Moment, Random},
    outbound::{AllowedOrigins, Incoming, OutboundError, Outgoing, Unreachable},
    ports::{
        CommitError, Exchange, PurgeGrant, ReadAllowedOrigins, ReadApp, ReadGrant, ReadKey, ReadSealedApp,
        ReadSealedGrant, RefreshGrant, UnwrapDataKey, Unwrapped, WrapDataKey, WriteHealth,
    },
    sealing::{DataKey, EncryptionContext, EntryName, SealKind, WrappedDataKey},
    secret::{SecretKey, SecretText},
    stamp::Stamp,
    strategy::{Former, RefreshRule},
};

/// Numbers that follow from a seed (xorshift64).
struct Dice(AtomicU64);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        x % sides
    }

    fn once_in(&self, times: u64) -> bool {
        self.roll(times) == 0
    }
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().for_each(|byte| *byte = u8::try_from(self.roll(256)).unwrap_or_default());
    }
}

/// The system: which refresh tokens it gave out, and when each was used first.
struct System {
    rule: RefreshRule,
    tokens: Vec<String>,
    used: BTreeMap<usize, Timestamp>,
    given: usize,
    /// Whether the newest access token was used.
    access_used: bool,
    ended: bool,
}

impl System {
    /// What it answers to a refresh token, by its own rule.
    fn refresh(&mut self, token: &str, now: Timestamp) -> (u16, String) {
        let newest = self.tokens.len() - 1;
        let place = self.tokens.iter().position(|known| known == token);
        let is_good = match (place, self.rule) {
            _ if self.ended => false,
            (None, _) => false,
            (Some(place), _) if place == newest => true,
            (Some(_), RefreshRule::Keeps) => true,
            (Some(place), RefreshRule::Rotates(Former::UntilRefreshUsed)) => {
                place + 1 == newest && !self.used.contains_key(&newest)
            }
            (Some(place), RefreshRule::Rotates(Former::UntilAccessUsed)) => {
                place + 1 == newest && !self.used.contains_key(&newest) && !self.access_used
            }
            (Some(place), RefreshRule::Rotates(Former::Seconds(seconds))) => {
                now.duration_since(self.used[&place]) < SignedDuration::from_secs(seconds.into())
            }
            (Some(_), RefreshRule::Rotates(Former::Never)) => false,
        };
        let (Some(place), true) = (place, is_good) else {
            self.ended = true;
            return (400, json!({ "error": "invalid_grant" }).to_string());
        };
        self.given += 1;
        self.access_used = false;
        self.used.entry(place).or_insert(now);
        let mut answer = json!({
            "access_token": format!("access-{}", self.given), "token_type": "Bearer", "expires_in": 3600,
        });
        if let RefreshRule::Rotates(_) = self.rule {
            let next = format!("refresh-{}", self.given);
            answer["refresh_token"] = json!(next);
            if place < newest && !matches!(self.rule, RefreshRule::Rotates(Former::Seconds(_))) {
                // The one that nobody used makes room for this one.
                self.tokens.pop();
            }
            self.tokens.push(next);
        }
        (200, answer.to_string())
    }
}

struct State {
    grant: Grant,
    refresh: SealedEntry,
    access: SealedEntry,
    system: System,
}

/// The tables, the wrapping key and the system, with their faults.
struct World {
    key: Key,
    app: App,
    app_secret: SealedEntry,
    state: Mutex<State>,
    dice: Arc<Dice>,
    now: AtomicI64,
    /// Whether anything fails.
    faulty: Mutex<bool>,
}

/// The clock of a process: it differs from the others' by so many seconds.
struct Skewed<'w>(&'w World, i64);

impl Clock for Skewed<'_> {
    fn now(&self) -> Timestamp {
        self.0.at(self.1)
    }
}

/// Lets the others go first.
#[derive(Default)]
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn outage() -> PortError {
    PortError::Unavailable { service: "the table", source: "a fault".into() }
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn at(&self, skew: i64) -> Timestamp {
        Timestamp::from_second(self.now.load(Ordering::Relaxed) + skew).unwrap()
    }

    fn fails(&self, once_in: u64) -> bool {
        *self.faulty.lock().unwrap() && self.dice.once_in(once_in)
    }

    /// A request with the access token that is stored.
    fn use_key(&self) {
        let mut state = self.state();
        let binding = state.grant.access_binding(&self.key).ok().unwrap();
        let place = state.grant.access_place(&binding);
        let keys = Keys::default();
        let token = now(open_one(SealKind::Access, &place, &state.grant.access, &state.access, &keys));
        let newest = format!("access-{}", state.system.given);
        let is_newest = token.ok().unwrap().expose() == newest;
        state.system.access_used |= is_newest;
    }

    async fn read(&self) -> Result<(), PortError> {
        Turn::default().await;
        if self.fails(40) { Err(outage()) } else { Ok(()) }
    }

    /// A conditional write, which may be done and not be told.
    async fn write(
        &self,
        holds: impl Fn(&Grant) -> bool,
        change: impl FnOnce(&mut State),
    ) -> Result<(), CommitError> {
        Turn::default().await;
        if self.fails(12) {
            return Err(outage().into());
        }
        {
            let mut state = self.state();
            if !holds(&state.grant) {
                return Err(CommitError::Stale { current: None });
            }
            change(&mut state);
        }
        Turn::default().await;
        if self.fails(12) { Err(outage().into()) } else { Ok(()) }
    }
}

/// As the table's condition has it.
fn as_it_was(grant: &Grant, was: Option<&Attempt>) -> impl Fn(&Grant) -> bool {
    let (generation, was) = (grant.generation, was.map(|attempt| attempt.id.clone()));
    move |stored| {
        let attempt = stored.attempt.as_ref().map(|attempt| attempt.id.clone());
        stored.generation == generation && attempt == was && stored.state == GrantState::Connected
    }
}

impl ReadGrant for World {
    async fn read_grant(&self, _: &AccountId, _: &KeyId, _: &EntryName) -> Result<Option<Grant>, Error> {
        self.read().await?;
        Ok(Some(self.state().grant.clone()))
    }
}

impl ReadKey for World {
    async fn read_key(&self, _: &AccountId, _: &KeyId) -> Result<Option<Key>, Error> {
        self.read().await?;
        Ok(Some(self.key.clone()))
    }
}

impl ReadApp for World {
    async fn read_app(&self, _: &AccountId, _: &AppId) -> Result<Option<App>, Error> {
        self.read().await?;
        Ok(Some(self.app.clone()))
    }
}

impl ReadSealedApp for World {
    async fn read_sealed_app(&self, _: &AccountId, _: &AppId) -> Result<Option<SealedEntry>, PortError> {
        self.read().await?;
        Ok(Some(self.app_secret.clone()))
    }
}

impl ReadSealedGrant for World {
    async fn read_sealed_refresh(&self, _: &Grant) -> Result<Option<SealedEntry>, PortError> {
        self.read().await?;
        Ok(Some(self.state().refresh.clone()))
    }
}

impl RefreshGrant for World {
    async fn begin_attempt(&self, grant: &Grant, attempt: &Attempt) -> Result<(), CommitError> {
        let held = Grant { attempt: Some(attempt.clone()), ..grant.clone() };
        self.write(as_it_was(grant, grant.attempt.as_ref()), |state| state.grant = held).await
    }

    async fn end_attempt(
        &self,
        grant: &Grant,
        attempt: &ConnectionId,
        access: Option<&SealedEntry>,
        refresh: Option<&SealedEntry>,
    ) -> Result<(), CommitError> {
        let is_its = |stored: &Grant| stored.attempt.as_ref().is_some_and(|open| open.id == *attempt);
        self.write(is_its, |state| {
            state.grant = grant.clone();
            access.into_iter().for_each(|access| state.access = access.clone());
            refresh.into_iter().for_each(|refresh| state.refresh = refresh.clone());
        })
        .await
    }

    async fn settle_grant(&self, grant: &Grant, was: Option<&Attempt>) -> Result<(), CommitError> {
        self.write(as_it_was(grant, was), |state| state.grant = grant.clone()).await
    }
}

impl PurgeGrant for World {
    async fn purge_grant(&self, _: &Grant) -> Result<(), CommitError> {
        unreachable!("nothing ends in these histories")
    }
}

impl ReadAllowedOrigins for World {
    async fn read_allowed_origins(&self, _: &AccountId) -> Result<AllowedOrigins, PortError> {
        self.read().await?;
        Ok(AllowedOrigins::default())
    }
}

impl WriteHealth for World {
    async fn write_health(&self, _: &Health) -> Result<(), PortError> {
        self.read().await
    }
}

impl WrapDataKey for World {
    async fn generate_data_key(&self, _: &EncryptionContext) -> Result<(DataKey, WrappedDataKey), PortError> {
        // A wrapping key that is gone for long is told apart from a moment of it: these are moments.
        Turn::default().await;
        Ok((DataKey::from(SecretKey::from([7; 32])), WrappedDataKey::from(vec![7; 32])))
    }
}

impl UnwrapDataKey for World {
    async fn unwrap_data_key(
        &self,
        _: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Unwrapped, Error> {
        self.read().await?;
        let data_key = DataKey::try_from(wrapped.as_bytes().to_vec()).map_err(|_| Error::DoesNotOpen)?;
        Ok(Unwrapped::from(Arc::new(data_key)))
    }
}

impl Exchange for World {
    /// The request goes out at once or not at all: a connection is closed when its time is over.
    async fn exchange(&self, request: Outgoing<'_>, _: &AllowedOrigins) -> Result<Incoming, OutboundError> {
        let host = || request.origin.host().to_owned();
        if self.fails(8) {
            return Err(OutboundError::Unreachable { host: host(), why: Unreachable::NoConnection });
        }
        let answer = |status: u16, body: String| Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Vec::new(),
            body: body.into_bytes(),
            truncated: false,
        };
        if self.fails(8) {
            return Ok(answer(503, String::new()));
        }
        let form: BTreeMap<_, _> = url::form_urlencoded::parse(request.body).into_owned().collect();
        let (status, body) = self.state().system.refresh(&form["refresh_token"], self.at(0));
        Turn::default().await;
        if self.fails(5) {
            return Err(OutboundError::TimedOut { host: host() });
        }
        if self.fails(8) {
            return Ok(answer(502, "<html>".to_owned()));
        }
        Ok(answer(status, body))
    }
}

/// The kinds of rules, each with a system of the library that has it. No system of the library takes a former refresh token until the
/// new access token is used: the last one plays that beside one whose templates says what Keyward does the same for.
const SYSTEMS: [(Example, Option<RefreshRule>); 5] = [
    (("oauth2-consent", Some("https://api.example.com/v1"), &[]), None),
    (("xero", None, &[]), None),
    (("google", None, &[("service", "drive")]), None),
    (("shopify-consent", None, &[("shop", "acme")]), None),
    (("shopify-consent", None, &[("shop", "acme")]), Some(RefreshRule::Rotates(Former::UntilAccessUsed))),
];

fn world(system: usize, seed: u64) -> World {
    let (random, dice) =
        (Counting::default(), Arc::new(Dice(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))));
    let start = Still.now();
    let ids = Moment { clock: &Still, random: &*dice };
    let id = AppId::generate(ids.clock, ids.random);
    let mut key = key_of(SYSTEMS[system].0, &id, &random);
    let connection = ConnectionId::generate(ids.clock, ids.random);
    key.connections.insert(EntryName::Default, connection.clone());
    let stamp = Stamp { at: start, by: "user:ann".to_owned() };
    let addresses = if key.base_url.is_some() {
        Addresses {
            authorize: Some("https://login.example.com/authorize".to_owned()),
            token: Some("https://login.example.com/token".to_owned()),
            ..Addresses::default()
        }
    } else {
        Addresses::default()
    };
    let keys = Keys::default();
    let (app, app_secret) = app_for(&key, id.clone(), addresses, &ids);
    let code = app.code().ok().unwrap();
    let token_url = match &app.addresses.token {
        Some(address) => address.clone(),
        None => key
            .template()
            .unwrap()
            .token_url(&key.auth, |field| key.entries[&EntryName::Default].public(field))
            .unwrap()
            .unwrap(),
    };
    let none = Mark::none(&ids).ok().unwrap();
    let mut grant = Grant {
        account: key.account.clone(),
        key: key.id.clone(),
        entry: EntryName::Default,
        connection,
        app: id,
        system: key.system.clone(),
        template_version: key.template_version,
        auth: key.auth.clone(),
        environment: key.environment,
        token_url,
        revocation_url: None,
        bound: bound(&key, &EntryName::Default).ok().unwrap(),
        identity: None,
        account_name: None,
        scopes: Vec::new(),
        connected: stamp,
        access: none.clone(),
        expires_at: Some(start),
        refresh: Some(none),
        due_at: Some(start),
        generation: 1,
        state: GrantState::Connected,
        attempt: None,
        failures: 0,
        epoch: Epoch::FIRST,
    };
    let sealed = |kind, grant: &Grant, text: &str| {
        let value = SecretText::from(text.to_owned());
        let binding =
            if kind == SealKind::Access { grant.access_binding(&key) } else { grant.refresh_binding() };
        let binding = binding.ok().unwrap();
        let place = if kind == SealKind::Access {
            grant.access_place(&binding)
        } else {
            grant.refresh_place(&binding)
        };
        now(seal_one(kind, &place, &value, 1, &keys, &ids)).ok().unwrap()
    };
    let (mark, access) = sealed(SealKind::Access, &grant, "access-0");
    grant.access = mark;
    let (mark, refresh) = sealed(SealKind::Refresh, &grant, "refresh-0");
    grant.refresh = Some(mark);
    let system = System {
        rule: SYSTEMS[system].1.unwrap_or_else(|| code.refresh()),
        tokens: vec!["refresh-0".to_owned()],
        used: BTreeMap::new(),
        given: 0,
        access_used: false,
        ended: false,
    };
    World {
        key,
        app,
        app_secret,
        state: Mutex::new(State { grant, refresh, access, system }),
        now: AtomicI64::new(start.as_second()),
        dice,
        faulty: Mutex::new(true),
    }
}

type Process<'w> = Pin<Box<dyn Future<Output = Result<Refreshed, Error>> + 'w>>;

/// What happened in a history that a client cannot help.
#[derive(Default)]
struct Seen {
    /// A process was killed, or stood still for an hour.
    stopped: bool,
    /// The time jumped by an hour.
    jumped: bool,
}

/// Several processes at once, each of which may be killed or stand still.
fn live(world: &World) -> Seen {
    let clocks = [-9, 0, 9].map(|skew| Skewed(world, skew));
    let moments = clocks.each_ref().map(|clock| Moment { clock, random: &*world.dice });
    let (account, key, entry) = (world.key.account.clone(), world.key.id.clone(), EntryName::Default);
    let mut running: Vec<Process<'_>> = Vec::new();
    let mut seen = Seen::default();
    let began = world.now.load(Ordering::Relaxed);
    for _ in 0..400 {
        // Some minutes are long enough: a system that takes a former token for a while still does.
        let age = world.now.load(Ordering::Relaxed) - began;
        match world.dice.roll(12) {
            0 if running.len() < 3 => {
                let moment = &moments[running.len()];
                let about = (&account, &key, &entry);
                running.push(Box::pin(refresh::refresh(world, (world, world), world, moment, about)));
            }
            1 if age < 500 || seen.jumped => {
                world.now.fetch_add(i64::try_from(world.dice.roll(40)).unwrap(), Ordering::Relaxed);
            }
            2 if world.dice.once_in(12) && !running.is_empty() => {
                let place = usize::try_from(world.dice.roll(running.len() as u64)).unwrap();
                drop(running.remove(place));
                seen.stopped = true;
            }
            3 if world.dice.once_in(60) => {
                // All that run stand still meanwhile, and go on.
                world.now.fetch_add(3600, Ordering::Relaxed);
                seen.jumped = true;
                seen.stopped = true;
            }
            4 => world.use_key(),
            _ if !running.is_empty() => {
                let place = usize::try_from(world.dice.roll(running.len() as u64)).unwrap();
                let mut context = Context::from_waker(Waker::noop());
                if running[place].as_mut().poll(&mut context).is_ready() {
                    drop(running.remove(place));
                }
            }
            _ => {}
        }
    }
    // What is left is killed.
    seen.stopped |= !running.is_empty();
    seen
}

/// One process alone, without faults, until the grant is at rest.
fn calm_down(world: &World) {
    *world.faulty.lock().unwrap() = false;
    let clock = Skewed(world, 0);
    let moment = Moment { clock: &clock, random: &*world.dice };
    for _ in 0..16 {
        world.now.fetch_add(50, Ordering::Relaxed);
        let about = (&world.key.account, &world.key.id, &EntryName::Default);
        let mut process: Process<'_> =
            Box::pin(refresh::refresh(world, (world, world), world, &moment, about));
        let mut context = Context::from_waker(Waker::noop());
        while process.as_mut().poll(&mut context).is_pending() {}
    }
}

/// The tokens that are stored are the newest that the system gave, and they open.
fn check_tokens(world: &World, told: &str) {
    let state = world.state();
    let grant = &state.grant;
    let (access, refresh) =
        (grant.access_binding(&world.key).ok().unwrap(), grant.refresh_binding().ok().unwrap());
    let opened = |kind, place: &_, mark: &Mark, sealed: &SealedEntry| {
        let keys = Keys::default();
        now(open_one(kind, place, mark, sealed, &keys)).ok().unwrap().expose().to_owned()
    };
    let access = opened(SealKind::Access, &grant.access_place(&access), &grant.access, &state.access);
    assert_eq!(access, format!("access-{}", state.system.given), "{told}");
    let mark = grant.refresh.as_ref().unwrap();
    let refresh = opened(SealKind::Refresh, &grant.refresh_place(&refresh), mark, &state.refresh);
    assert_eq!(Some(&refresh), state.system.tokens.last(), "{told}");
}

#[test]
fn no_history_loses_a_grant_that_could_have_been_kept() {
    // `make refreshes` tries more of them.
    let asked = std::env::var_os("KEYWARD_REFRESHES");
    let histories = asked.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(400_u64);
    let (mut kept, mut lost) = (0, 0);
    for seed in 1..=histories {
        for (index, ((system, ..), _)) in SYSTEMS.iter().enumerate() {
            let world = world(index, seed * SYSTEMS.len() as u64 + index as u64);
            let seen = live(&world);
            calm_down(&world);
            let told = format!("{system}, seed {seed}");
            let (state, rule, ended) = {
                let state = world.state();
                (state.grant.state, state.system.rule, state.system.ended)
            };
            assert!(!ended, "{told}: a refresh token was used where its rule forbids it");
            match (state, rule) {
                (GrantState::Connected, _) => {
                    kept += 1;
                    assert!(world.state().grant.generation > 1, "{told}: it was never refreshed");
                    check_tokens(&world, &told);
                }
                // The system may have used the token up, and what it gave is nowhere: nobody can know.
                (GrantState::NeedsReconnect(Why::Lost), RefreshRule::Rotates(Former::Never)) => lost += 1,
                (GrantState::NeedsReconnect(Why::Lost), RefreshRule::Rotates(Former::Seconds(_)))
                    if seen.jumped =>
                {
                    lost += 1
                }
                (state, _) => panic!("{told}: {state:?}"),
            }
        }
    }
    assert!(kept > lost && lost > 0, "{kept} kept, {lost} lost: the faults are too few or too many");
    assert!(LEASE > SignedDuration::from_secs(60));
}

#[test]
fn without_faults_every_grant_is_kept() {
    for (index, ((system, ..), _)) in SYSTEMS.iter().enumerate() {
        let world = world(index, 5);
        calm_down(&world);
        let (state, generation, given) = {
            let state = world.state();
            (state.grant.state, state.grant.generation, state.system.given)
        };
        assert_eq!(state, GrantState::Connected, "{system}");
        assert_eq!((generation, given), (2, 1), "{system}: once is enough");
        check_tokens(&world, system);
    }
}
