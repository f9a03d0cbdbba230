//! Ports for tests of the use cases: a store in memory and a wrapping key. They record the calls in order.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::{
    caller::{Caller, Claims, PanelClient},
    endpoints::list::UsePage,
    error::{Error, PortError},
    fakes::{Counting, Still, now},
    idempotency::Ticket,
    ids::{AccountId, KeyId},
    keys::{
        change::{self, Change, VaultWrite},
        draft::{Draft, DraftHeader, DraftRestrictions, DraftValue, Visibility},
        health::Health,
        key::{Key, Ownership},
        receipt::Receipt,
        seal::{SealedEntry, VaultPlace},
    },
    membership::rows::tests::rows_of_a_client,
    moment::Moment,
    outbound::{
        AllowedOrigins, Freshness, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing,
        SessionCall, TokenCall, Welcome, token_in,
    },
    page::{Cursor, Limit},
    permission::Permission,
    ports::{
        CommitError, Exchange, Extent, ForUse, GrantedCall, InsertKey, ListKeyUses, LogIn, ObtainGranted,
        ObtainToken, OpenSession, ReadForUse, ReadKey, ReadSealedEntries, UnwrapDataKey, Unwrapped,
        UpdateKey, WrapDataKey, WriteHealth, WriteOutcome, WriteReceipt, WriteReceiptOnce,
    },
    sealing::{DataKey, EncryptionContext, EntryName, WrappedDataKey},
    secret::{SecretKey, SecretText},
    signing::oauth2::{AccessToken, read_answer},
    soap,
};

/// The tables, the wrapping key, and the calls to them.
#[derive(Default)]
pub(crate) struct World {
    state: Mutex<State>,
    /// How many of the next reads for a use find a vault item that is older than the row.
    pub(super) torn_reads: AtomicU8,
    /// Whether receipts can be written.
    pub(super) receipts_fail: bool,
    /// How many data keys were released.
    released: Arc<AtomicU8>,
}

#[derive(Default)]
struct State {
    key: Option<Key>,
    vault: BTreeMap<EntryName, SealedEntry>,
    asked: Vec<&'static str>,
    unwrapped: Vec<Weak<DataKey>>,
    health: Vec<Health>,
    answers: VecDeque<Incoming>,
    sent: Vec<String>,
    refuses: bool,
    /// The answer to logins, where it is not the usual one.
    login: Option<Incoming>,
}

fn incoming(status: u16, headers: &[(&str, &str)], body: &str) -> Incoming {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    Incoming {
        status: http::StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
        truncated: false,
    }
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The calls so far. The record is empty afterwards.
    pub(super) fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state().asked)
    }

    /// The next answer from outside.
    pub(super) fn will_answer(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        self.state().answers.push_back(incoming(status, headers, body));
    }

    /// The answer to each login from here on.
    pub(super) fn will_let_in(&self, headers: &[(&str, &str)], body: &str) {
        self.state().login = Some(incoming(200, headers, body));
    }

    /// Edits the row directly, without a use case.
    pub(super) fn replace_row(&self, key: Key) {
        self.state().key = Some(key);
    }

    /// From here on no token is given.
    pub(super) fn refuses(&self) {
        self.state().refuses = true;
    }

    /// The requests that were sent so far.
    pub(super) fn sent(&self) -> Vec<String> {
        self.state().sent.clone()
    }

    /// The health that was written so far.
    pub(super) fn health(&self) -> Vec<Health> {
        self.state().health.clone()
    }

    /// How many data keys were released, and how many of those that were unwrapped are still in memory.
    pub(super) fn data_keys(&self) -> (u8, usize) {
        let left = self.state().unwrapped.iter().filter(|data_key| data_key.strong_count() > 0).count();
        (self.released.load(Ordering::Relaxed), left)
    }

    fn apply(&self, change: &Change) {
        let mut state = self.state();
        state.asked.push("commit");
        state.key = Some(change.key.clone());
        for write in &change.vault {
            match write {
                VaultWrite::PutCurrent(entry) => {
                    state.vault.insert(entry.name.clone(), entry.clone());
                }
                VaultWrite::RemoveCurrent(name) => {
                    state.vault.remove(name);
                }
                VaultWrite::Archive(_) => {}
            }
        }
    }
}

impl ReadKey for World {
    async fn read_key(&self, _: &AccountId, _: &KeyId) -> Result<Option<Key>, Error> {
        self.state().asked.push("read key");
        Ok(self.state().key.clone())
    }
}

impl ReadSealedEntries for World {
    async fn read_sealed_entries(
        &self,
        _: &AccountId,
        _: &KeyId,
        places: &[VaultPlace],
    ) -> Result<Vec<SealedEntry>, Error> {
        let state = self.state();
        let current = |place: &VaultPlace| match place {
            VaultPlace::Current(name) => state.vault.get(name).cloned(),
            VaultPlace::Archived(..) => None,
        };
        Ok(places.iter().filter_map(current).collect())
    }
}

impl InsertKey for World {
    async fn insert_key(&self, change: &Change) -> Result<(), CommitError> {
        self.apply(change);
        Ok(())
    }
}

impl ListKeyUses for World {
    async fn list_key_uses(
        &self,
        _: &AccountId,
        _: &KeyId,
        _: Option<&Cursor>,
        _: Limit,
    ) -> Result<UsePage, PortError> {
        Ok(UsePage { uses: Vec::new(), next: None })
    }
}

impl UpdateKey for World {
    async fn update_key(&self, change: &Change) -> Result<(), CommitError> {
        self.apply(change);
        Ok(())
    }
}

impl ReadForUse for World {
    async fn read_for_use(
        &self,
        _: &Caller,
        _: &KeyId,
        names: &[EntryName],
        extent: Extent,
    ) -> Result<ForUse, Error> {
        self.state().asked.push("read for use");
        let torn = self.torn_reads.load(Ordering::Relaxed);
        self.torn_reads.store(torn.saturating_sub(1), Ordering::Relaxed);
        let state = self.state();
        let sealed = names.iter().filter_map(|name| state.vault.get(name).cloned());
        let sealed = sealed.map(|mut entry| {
            entry.version += u64::from(torn > 0);
            entry
        });
        let read = |mut key: Key| {
            if extent == Extent::Used {
                key.removed.clear();
                key.entries.retain(|name, _| key.headers_sealed_at.is_some() || names.contains(name));
            }
            key
        };
        Ok(ForUse {
            caller: rows_of_a_client(&Permission::ALL),
            key: state.key.clone().map(read),
            sealed: sealed.collect(),
            allowed: AllowedOrigins::default(),
        })
    }
}

impl WriteReceipt for World {
    async fn write_receipt(&self, _: &Receipt) -> Result<(), PortError> {
        self.state().asked.push("write receipt");
        if self.receipts_fail {
            Err(PortError::Unavailable { service: "the table", source: "full".into() })
        } else {
            Ok(())
        }
    }
}

impl WriteOutcome for World {
    async fn write_outcome(&self, _: &Receipt) -> Result<(), PortError> {
        self.state().asked.push("write outcome");
        Ok(())
    }
}

impl WriteReceiptOnce for World {
    async fn write_receipt_once(&self, receipt: &Receipt, _: &Ticket) -> Result<(), CommitError> {
        Ok(self.write_receipt(receipt).await?)
    }
}

impl WriteHealth for World {
    async fn write_health(&self, health: &Health) -> Result<(), PortError> {
        let mut state = self.state();
        state.asked.push("write health");
        state.health.push(health.clone());
        Ok(())
    }
}

/// Each request takes the next of the prepared answers.
impl Exchange for World {
    async fn exchange(&self, request: Outgoing<'_>, _: &AllowedOrigins) -> Result<Incoming, OutboundError> {
        let mut state = self.state();
        state.asked.push("exchange");
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        state.sent.push(format!("{} {}\n{}", request.method, request.path_and_query, headers.join("\n")));
        Ok(state.answers.pop_front().expect("an answer was prepared"))
    }
}

impl LogIn for World {
    async fn log_in(&self, _: &Login<'_>, _: &AllowedOrigins) -> Result<Welcome, LoginError> {
        self.state().asked.push("log in");
        Ok(Welcome::default())
    }
}

impl ObtainToken for World {
    async fn obtain_token(&self, call: TokenCall<'_>) -> Result<Arc<AccessToken>, ObtainError> {
        let mut state = self.state();
        state.asked.push(match call.freshness {
            Freshness::Kept => "kept token",
            Freshness::New => "new token",
            Freshness::Apart => "token apart",
        });
        if state.refuses {
            return Err(ObtainError::Refused(Some("invalid_client")));
        }
        if let Some(answer) = &state.login {
            return token_in(answer, call.ask.answer(), call.rules, call.now).map(Arc::new);
        }
        let answer = br#"{"access_token":"t0ken-of-the-system","token_type":"Bearer","expires_in":3600}"#;
        let token = read_answer(http::StatusCode::OK, answer, call.now).map_err(|_| ObtainError::Unclear)?;
        Ok(Arc::new(token))
    }
}

impl ObtainGranted for World {
    async fn obtain_granted(&self, call: GrantedCall<'_>) -> Result<Arc<AccessToken>, Error> {
        self.state().asked.push("obtain granted");
        match call.key.connections.get(call.entry) {
            Some(_) => Ok(Arc::new(AccessToken::new(SecretText::from("gr4nted".to_owned()), None).unwrap())),
            None => Err(Error::NeedsReconnect("nobody")),
        }
    }
}

impl OpenSession for World {
    async fn open_session(&self, _: SessionCall<'_>) -> Result<Arc<soap::Session>, ObtainError> {
        Err(ObtainError::Unclear)
    }
}

/// The wrapped form of a data key is its own bytes: tests only look at which calls are made, and
/// when.
impl WrapDataKey for World {
    async fn generate_data_key(&self, _: &EncryptionContext) -> Result<(DataKey, WrappedDataKey), PortError> {
        self.state().asked.push("generate data key");
        Ok((DataKey::from(SecretKey::from([7; 32])), WrappedDataKey::from(vec![7; 32])))
    }
}

impl UnwrapDataKey for World {
    async fn unwrap_data_key(
        &self,
        _: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> Result<Unwrapped, Error> {
        let data_key = DataKey::try_from(wrapped.as_bytes().to_vec()).map_err(|_| Error::DoesNotOpen)?;
        let data_key = Arc::new(data_key);
        let mut state = self.state();
        state.asked.push("unwrap data key");
        state.unwrapped.push(Arc::downgrade(&data_key));
        let released = Arc::clone(&self.released);
        let count = move |_: &Arc<DataKey>| {
            released.fetch_add(1, Ordering::Relaxed);
        };
        Ok(Unwrapped::from(data_key).kept_by(count))
    }
}

/// Somebody of account `acme` with these permissions in the live environment.
pub(crate) fn caller(permissions: &[Permission]) -> Caller {
    let scope: Vec<_> = permissions.iter().map(|permission| permission.scope()).collect();
    let scope = scope.join(" ");
    let values = [
        ("token_use", "access"),
        ("client_id", "runtime"),
        ("sub", "runtime"),
        ("account", "acme"),
        ("environment", "live"),
        ("scope", &scope),
    ];
    let claims = Claims {
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    };
    let caller = Caller::authorize(&claims, &PanelClient::new("panel".to_owned()), permissions[0]).unwrap();
    caller.holding(&rows_of_a_client(permissions)).unwrap()
}

/// A text as a draft gives it.
pub(super) fn set(text: &str) -> DraftValue {
    DraftValue::Set(SecretText::from(text.to_owned()))
}

/// A live Custom HTTP key of an auth variant with these fields.
pub(crate) fn draft(auth: &str, fields: &[(&str, &str)]) -> Draft {
    let entry = fields.iter().map(|(id, value)| ((*id).to_owned(), set(value))).collect();
    Draft {
        restrictions: DraftRestrictions::default(),
        check: None,
        system: "custom-http".to_owned(),
        auth: Some(auth.to_owned()),
        title: "A key".to_owned(),
        environment: "live".to_owned(),
        base_url: Some("https://api.example.com/v1".to_owned()),
        headers: vec![DraftHeader {
            name: "Content-Type".to_owned(),
            value: set("application/json"),
            visibility: Visibility::Public,
        }],
        ownership: Ownership::Account,
        entries: BTreeMap::from([("default".to_owned(), entry)]),
        expires_at: None,
    }
}

/// The time and the randomness of a test.
pub(crate) fn moment(random: &Counting) -> Moment<'_, Still, Counting> {
    Moment { clock: &Still, random }
}

/// A world that holds a live key of a system and has recorded no call yet.
pub(super) fn world_with(
    random: &Counting,
    system: &str,
    auth: &str,
    fields: &[(&str, &str)],
) -> (World, Key) {
    let world = World::default();
    let mut draft = draft(auth, fields);
    system.clone_into(&mut draft.system);
    if system != "custom-http" {
        draft.headers.clear();
    }
    if system == "acme" {
        draft.base_url = None;
    }
    let writer = caller(&[Permission::KeysWrite]);
    let key = now(change::create(&world, &world, moment(random), &writer, draft, None));
    world.asked();
    (world, key.unwrap())
}

/// The fields of an AWS credential.
pub(super) const AWS4: [(&str, &str); 4] =
    [("access_key", "AKIDEXAMPLE"), ("secret_key", "s3cret"), ("region", "eu-west-1"), ("service", "iam")];
