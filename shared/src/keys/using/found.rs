//! The way that every use takes: read, check, record, open.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join;
use jiff::Timestamp;

use crate::{
    caller::{Caller, WrongEnvironment},
    environment::Environment,
    error::Error,
    idempotency::Ticket,
    ids::{KeyId, OrganizationId, ReceiptId, SealId},
    keys::{
        authentication::Authentication,
        health::TrialResult,
        key::{Entry, Key, Ownership},
        receipt::{Deed, Receipt},
        seal::SealedEntry,
        using::authorize::Credentials,
    },
    moment::{Clock, Moment, Random},
    outbound::AllowedOrigins,
    ports::{Extent, ForUse, ReadForUse, UnwrapDataKey, Unwrapped, WriteReceipt, WriteReceiptOnce},
    sealing::{DataKey, EncryptionContext, EntryName, Place, open_and_check},
    secret::SecretText,
};

/// The key that a caller wants to use, and the conditions for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The environment that the caller takes the key to be of.
    pub environment: Option<Environment>,
    /// Whose entry to use, when the key is organization-specific.
    pub organization: Option<OrganizationId>,
}

impl Selection {
    /// The entry that it names.
    pub(super) fn entry_name(&self) -> EntryName {
        self.organization.clone().map_or(EntryName::Default, EntryName::Organization)
    }

    /// Refuses a selection that does not fit the key's kind: there is never a fallback.
    pub(super) fn check(&self, key: &Key) -> Result<(), Error> {
        match (key.ownership, &self.organization) {
            (Ownership::Organizations, None) => Err(Error::NoEntry(ORGANIZATION_NEEDED)),
            (Ownership::Account, Some(_)) => Err(Error::NoEntry(NO_ORGANIZATIONS)),
            (Ownership::Organizations, Some(_)) | (Ownership::Account, None) => Ok(()),
        }
    }
}

/// A key as it was read for a use, and the entry that the use is for.
pub(super) struct Found {
    /// The caller with what their rows still give.
    pub(super) caller: Caller,
    pub(super) key: Key,
    pub(super) name: EntryName,
    /// The peers that the account may reach inside its customers' networks.
    pub(super) allowed: AllowedOrigins,
    sealed: Vec<SealedEntry>,
}

/// A receipt is written, and the data keys of its use are released. It comes only from [`Found::record`].
pub(super) struct Recorded {
    receipt: Receipt,
    data_keys: BTreeMap<SealId, Arc<DataKey>>,
}

impl Recorded {
    pub(super) const fn receipt(&self) -> &ReceiptId {
        &self.receipt.id
    }

    /// The receipt with the outcome of the trial.
    pub(super) fn with_outcome(&self, outcome: TrialResult) -> Receipt {
        Receipt { outcome: Some(outcome), ..self.receipt.clone() }
    }
}

/// A clock that stands at one moment.
struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// How often a read that a change has torn is repeated.
const READS: usize = 3;

const ORGANIZATION_NEEDED: &str = "The key holds an entry for each organization: name one";
const NO_ORGANIZATIONS: &str = "The key is not organization-specific: name no organization";

impl Found {
    /// Reads a key and its sealed entries as of one moment, and what the caller's rows say at that moment. The read is repeated when a
    /// change has come in between.
    ///
    /// # Errors
    ///
    /// [`Error::NotPermitted`] where the caller lost the right, [`Error::NotFound`], [`Error::WrongEnvironment`], [`Error::KeyDisabled`], and [`Error::DoesNotOpen`] when row and vault never agree.
    pub(super) async fn read(
        store: &impl ReadForUse,
        caller: &Caller,
        id: &KeyId,
        selection: &Selection,
        extent: Extent,
    ) -> Result<Self, Error> {
        let name = selection.entry_name();
        let names = [name.clone(), EntryName::Headers];
        for _ in 0..READS {
            let read = store.read_for_use(caller, id, &names, extent).await?;
            let ForUse { caller: rows, key, sealed, allowed } = read;
            let caller = caller.clone().limited_to(&rows)?;
            let key = key.ok_or(Error::NotFound)?;
            if is_whole(&key, &sealed, &names) {
                caller.check_environment(key.environment)?;
                if let Some(asked) = selection.environment.filter(|asked| *asked != key.environment) {
                    return Err(WrongEnvironment { asked, key: key.environment }.into());
                }
                if key.disabled.is_some() {
                    return Err(Error::KeyDisabled);
                }
                return Ok(Self { caller, key, name, allowed, sealed });
            }
        }
        // A change is faster than that, so the item was replaced by other means.
        Err(Error::DoesNotOpen)
    }

    /// The entry to use, if the key holds one for this and its time is not over.
    pub(super) fn usable(&self, selection: &Selection, now: Timestamp) -> Result<&Entry, Error> {
        if self.key.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::KeyExpired);
        }
        selection.check(&self.key)?;
        self.key.entry(&self.name)
    }

    /// What requests of the stored key are authenticated with.
    pub(super) const fn credentials<'a>(
        &'a self,
        authentication: &'a Authentication<'a>,
        secrets: &'a Secrets,
    ) -> Credentials<'a> {
        Credentials { key: &self.key, name: &self.name, allowed: &self.allowed, authentication, secrets }
    }

    /// Writes the receipt, and unwraps the data keys meanwhile.
    ///
    /// # Errors
    ///
    /// What the table reports, or the wrapping service.
    pub(super) async fn record(
        &self,
        store: &impl WriteReceipt,
        wrapping: &impl UnwrapDataKey,
        moment: &Moment<'_, impl Clock, impl Random>,
        caller: &Caller,
        deed: Deed,
    ) -> Result<Recorded, Error> {
        let receipt = self.receipt(moment, caller, deed);
        let data_keys = self.release(wrapping, async { Ok(store.write_receipt(&receipt).await?) }).await?;
        Ok(Recorded { receipt, data_keys })
    }

    /// Writes the receipt, and with it the record of a request that may be sent again.
    ///
    /// # Errors
    ///
    /// [`Error::InProgress`] when the same request came first, or what the table reports.
    pub(super) async fn record_once(
        &self,
        store: &(impl WriteReceipt + WriteReceiptOnce),
        wrapping: &impl UnwrapDataKey,
        moment: &Moment<'_, impl Clock, impl Random>,
        caller: &Caller,
        deed: Deed,
        ticket: Option<&Ticket>,
    ) -> Result<Recorded, Error> {
        let Some(ticket) = ticket else {
            return self.record(store, wrapping, moment, caller, deed).await;
        };
        let receipt = self.receipt(moment, caller, deed);
        let written = async { Ok(store.write_receipt_once(&receipt, ticket).await?) };
        let data_keys = self.release(wrapping, written).await?;
        Ok(Recorded { receipt, data_keys })
    }

    /// The data keys of the use, released once the receipt is written. Neither waits for the other to begin.
    async fn release(
        &self,
        wrapping: &impl UnwrapDataKey,
        written: impl Future<Output = Result<(), Error>>,
    ) -> Result<BTreeMap<SealId, Arc<DataKey>>, Error> {
        let (written, unwrapped) = join(written, self.unwrap_data_keys(wrapping)).await;
        // Without a receipt, the data keys are dropped here, which wipes them.
        written?;
        Ok(unwrapped?.into_iter().map(|(seal, data_key)| (seal, data_key.release())).collect())
    }

    async fn unwrap_data_keys(
        &self,
        wrapping: &impl UnwrapDataKey,
    ) -> Result<BTreeMap<SealId, Unwrapped>, Error> {
        let mut data_keys = BTreeMap::new();
        for (seal, wrapped) in self.sealed.iter().flat_map(|entry| &entry.seals) {
            if !data_keys.contains_key(seal) {
                let context = EncryptionContext::new(&self.key.account, &self.key.id, seal);
                data_keys.insert(seal.clone(), wrapping.unwrap_data_key(&context, wrapped).await?);
            }
        }
        Ok(data_keys)
    }

    fn receipt(&self, moment: &Moment<'_, impl Clock, impl Random>, caller: &Caller, deed: Deed) -> Receipt {
        let now = moment.clock.now();
        Receipt {
            // Its time is that of its id, by which receipts are in order.
            id: ReceiptId::generate(&Stopped(now), moment.random),
            account: self.key.account.clone(),
            key: self.key.id.clone(),
            version: self.key.version,
            environment: self.key.environment,
            organization: match &self.name {
                EntryName::Organization(organization) => Some(organization.clone()),
                EntryName::Default | EntryName::Headers => None,
            },
            deed,
            outcome: None,
            at: now,
            by: caller.actor().to_string(),
            request: caller.request().map(str::to_owned),
        }
    }

    /// Opens every sealed field of the entry and of the headers.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotOpen`] when a value is not the one that the row says, or was sealed for another place.
    pub(super) fn open(&self, recorded: &Recorded) -> Result<Secrets, Error> {
        let key = &self.key;
        let mut secrets = Secrets::default();
        for entry in &self.sealed {
            let (binding, earlier) = (key.binding(&entry.name)?, key.earlier_binding(&entry.name)?);
            for (field, (seal, value)) in &entry.fields {
                let place = Place {
                    account: &key.account,
                    key: (&key.id).into(),
                    entry: &entry.name,
                    field,
                    system: key.system.as_str(),
                    template_version: key.template_version,
                    auth: &key.auth,
                    environment: key.environment,
                    binding: &binding,
                };
                let mark = key.secret(&entry.name, field).ok_or(Error::DoesNotOpen)?;
                let data_key = recorded.data_keys.get(seal).ok_or(Error::DoesNotOpen)?;
                let open = |place: &Place<'_>| open_and_check(data_key, place, value, &mark.hash).ok();
                let before = || earlier.as_ref().and_then(|binding| open(&Place { binding, ..place }));
                let value = open(&place).or_else(before).ok_or(Error::DoesNotOpen)?;
                secrets.put(entry.name.clone(), field.clone(), value);
            }
        }
        // A value that was taken out of the vault is missed, even where the system could do without it.
        let missed = key.marked(&self.name).any(|(entry, field)| secrets.get(entry, &field).is_none());
        if missed { Err(Error::DoesNotOpen) } else { Ok(secrets) }
    }
}

/// Whether the sealed entries are the ones that the row names.
fn is_whole(key: &Key, sealed: &[SealedEntry], names: &[EntryName]) -> bool {
    names.iter().all(|name| {
        let named = match name {
            EntryName::Headers => key.headers_sealed_at,
            EntryName::Default | EntryName::Organization(_) => {
                key.entries.get(name).and_then(|entry| entry.sealed_at)
            }
        };
        let found = sealed.iter().find(|item| item.name == *name).map(|item| item.version);
        named == found
    })
}

/// The opened values, by entry and field. The type has no `Debug`.
#[derive(Default)]
pub(super) struct Secrets(BTreeMap<(EntryName, String), SecretText>);

impl Secrets {
    pub(super) fn put(&mut self, entry: EntryName, field: String, value: SecretText) {
        self.0.insert((entry, field), value);
    }

    pub(super) fn get(&self, entry: &EntryName, field: &str) -> Option<&str> {
        self.0.get(&(entry.clone(), field.to_owned())).map(SecretText::expose)
    }

    /// The secrets of one entry, by field.
    pub(super) fn of<'s>(&'s self, entry: &'s EntryName) -> impl Fn(&str) -> Option<&'s str> + Copy {
        move |field| self.get(entry, field)
    }

    /// The opened values that `keep` names.
    pub(super) fn only(mut self, keep: impl Fn(&EntryName, &str) -> bool) -> Self {
        self.0.retain(|(entry, field), _| keep(entry, field));
        self
    }

    /// Every value.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(SecretText::expose)
    }
}
