//! The ports of the domain, in memory: one stored key, and the services around it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use jiff::Timestamp;
use keyward_functions::system::SystemRandom;
use keyward_shared::{
    caller::{Caller, Claims, PanelClient},
    environment::Environment,
    error::{Error, PortError},
    ids::KeyId,
    keys::{
        change::{self, Change, VaultWrite},
        draft::Draft,
        health::Health,
        key::Key,
        receipt::Receipt,
        seal::SealedEntry,
    },
    membership::{
        AccountSettings, MachineClient, Remit, SelfServiceKeys, Standing,
        rows::{CallerRows, Said},
    },
    moment::{Clock, Moment},
    outbound::{AllowedOrigins, ObtainError, SessionCall, TokenCall},
    permission::{Permission, Role},
    ports::{
        CommitError, Extent, ForUse, GrantedCall, InsertKey, ObtainGranted, ObtainToken, OpenSession,
        ReadForUse, UnwrapDataKey, Unwrapped, WrapDataKey, WriteHealth, WriteReceipt,
    },
    sealing::{DataKey, EncryptionContext, EntryName, WrappedDataKey},
    secret::SecretKey,
    signing::oauth2::{AccessToken, read_answer},
    soap,
};

use crate::Failed;

/// A clock that stands still.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_780_000_000)
    }
}

/// The time, and the product's own source of random bytes.
pub(crate) const fn moment() -> Moment<'static, Still, SystemRandom> {
    Moment { clock: &Still, random: &SystemRandom }
}

const PERMISSIONS: [Permission; 3] = [Permission::KeysWrite, Permission::KeysUse, Permission::KeysResolve];

/// What the tables say of that client.
fn rows() -> Result<CallerRows, Failed> {
    let remit = Remit::Account {
        account: "acme".parse()?,
        environment: Environment::Live,
        permissions: PERMISSIONS.to_vec(),
    };
    let client = MachineClient { remit, standing: Standing::Active, secrets: Vec::new() };
    let settings = AccountSettings {
        self_service_keys: SelfServiceKeys::On,
        keys_minimum_role: Role::Viewer,
        standing: Standing::Active,
    };
    Ok(CallerRows { row: Some((Said::Client(client), 1)), settings: Some(settings) })
}

/// A machine client of the account `acme`, with the rights to store, use and resolve keys.
pub(crate) fn caller() -> Result<Caller, Failed> {
    let scope = PERMISSIONS.map(|permission| permission.scope()).join(" ");
    let values = [
        ("token_use", "access"),
        ("client_id", "runtime"),
        ("sub", "runtime"),
        ("account", "acme"),
        ("environment", "live"),
        ("scope", &scope),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let panel = PanelClient::new("panel".to_owned());
    let caller = Caller::authorize(&Claims { values }, &panel, Permission::KeysUse)?;
    Ok(caller.holding(&rows()?)?)
}

/// One key and its sealed entries.
#[derive(Default)]
pub(crate) struct World(Mutex<Option<(Key, Vec<SealedEntry>)>>);

impl World {
    /// A world that holds the key of a draft.
    pub(crate) async fn with(draft: Draft) -> Result<(Self, Key), Failed> {
        let world = Self::default();
        let key = change::create(&world, &world, moment(), &caller()?, draft, None).await?;
        Ok((world, key))
    }

    fn held(&self) -> MutexGuard<'_, Option<(Key, Vec<SealedEntry>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InsertKey for World {
    async fn insert_key(&self, change: &Change) -> Result<(), CommitError> {
        let current = |write: &VaultWrite| match write {
            VaultWrite::PutCurrent(entry) => Some(entry.clone()),
            VaultWrite::Archive(_) | VaultWrite::RemoveCurrent(_) => None,
        };
        *self.held() = Some((change.key.clone(), change.vault.iter().filter_map(current).collect()));
        Ok(())
    }
}

impl ReadForUse for World {
    async fn read_for_use(
        &self,
        _: &Caller,
        _: &KeyId,
        names: &[EntryName],
        _: Extent,
    ) -> Result<ForUse, Error> {
        let held = self.held();
        let of_use = |entry: &&SealedEntry| names.contains(&entry.name);
        let sealed = held.as_ref().map(|(_, sealed)| sealed.iter().filter(of_use).cloned().collect());
        Ok(ForUse {
            caller: rows().map_err(|_| Error::NotFound)?,
            key: held.as_ref().map(|(key, _)| key.clone()),
            sealed: sealed.unwrap_or_default(),
            allowed: AllowedOrigins::default(),
        })
    }
}

impl WriteReceipt for World {
    async fn write_receipt(&self, _: &Receipt) -> Result<(), PortError> {
        Ok(())
    }
}

impl WriteHealth for World {
    async fn write_health(&self, _: &Health) -> Result<(), PortError> {
        Ok(())
    }
}

/// A wrapped data key is the data key's own bytes: what KMS does is not counted.
impl WrapDataKey for World {
    async fn generate_data_key(&self, _: &EncryptionContext) -> Result<(DataKey, WrappedDataKey), PortError> {
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
        Ok(Unwrapped::from(Arc::new(data_key)))
    }
}

/// Makes the request for a token anew each time, and reads an answer to it: no token is kept.
impl ObtainToken for World {
    async fn obtain_token(&self, call: TokenCall<'_>) -> Result<Arc<AccessToken>, ObtainError> {
        let asked = call.ask.request(call.now, &SystemRandom);
        std::hint::black_box(asked.map_err(|error| ObtainError::Unusable(error.to_string()))?.body());
        let answer = br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}"#;
        read_answer(StatusCode::OK, answer, call.now).map(Arc::new).map_err(|_| ObtainError::Unclear)
    }
}

/// Keys with a session sign nothing.
impl OpenSession for World {
    async fn open_session(&self, _: SessionCall<'_>) -> Result<Arc<soap::Session>, ObtainError> {
        Err(ObtainError::Unclear)
    }
}

/// None of its keys was connected.
impl ObtainGranted for World {
    async fn obtain_granted(&self, _: GrantedCall<'_>) -> Result<Arc<AccessToken>, Error> {
        Err(Error::Refreshing)
    }
}
