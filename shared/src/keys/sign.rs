//! Using a key to sign a request that the caller sends.
//!
//! A use is one read, one receipt, and one unwrapping for each data key: the key's row and its current sealed entries
//! are read together; everything is checked; the receipt is written; and only then is a secret opened. No receipt, no open.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    caller::{Caller, WrongEnvironment},
    environment::Environment,
    error::Error,
    ids::{KeyId, OrganizationId, ReceiptId, SealId},
    keys::{
        authentication::Authentication,
        change::Moment,
        header::HeaderName,
        key::{FieldValue, Key, Ownership},
        receipt::{Purpose, Receipt},
        seal::SealedEntry,
    },
    origin::{BaseUrl, Origins, Scheme, Target},
    permission::Permission,
    ports::{Clock, Random, ReadForUse, UnwrapDataKey, WriteReceipt},
    sealing::{DataKey, EncryptionContext, EntryName, Place, open_and_check},
    secret::SecretText,
    signing::{Body, Request, Reveals, Signed},
};

/// What to sign.
pub struct Ask {
    /// The HTTP method.
    pub method: http::Method,
    /// Where the request goes.
    pub target: AskedTarget,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: AskedBody,
    /// The environment that the caller takes the key to be of.
    pub environment: Option<Environment>,
    /// Whose entry to use, when the key is organization-specific.
    pub organization: Option<OrganizationId>,
}

/// Where a request goes.
pub enum AskedTarget {
    /// A path below the key's base URL.
    Path(String),
    /// A URL within the key's origins.
    Url(String),
}

/// A request's body, or as much of it as the caller shows.
pub enum AskedBody {
    /// The bytes.
    Bytes(Vec<u8>),
    /// Their SHA-256.
    Sha256([u8; 32]),
}

/// A signed request, and what was used.
pub struct Outcome {
    /// The method.
    pub method: http::Method,
    /// URL and headers to send.
    pub signed: Signed,
    /// The key's version.
    pub key_version: u64,
    /// The receipt.
    pub receipt: ReceiptId,
}

/// Signs a request with a key.
///
/// # Errors
///
/// What the key, its environment, entry, origin or auth variant refuse, before anything is written; what the ports
/// report; and [`Error::DoesNotOpen`] when a stored value is not what the row says.
pub async fn sign(
    store: &(impl ReadForUse + WriteReceipt),
    wrapping: &impl UnwrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    id: &KeyId,
    ask: Ask,
) -> Result<Outcome, Error> {
    let now = moment.clock.now();
    let name = ask.organization.clone().map_or(EntryName::Default, EntryName::Organization);
    let (key, sealed) = read(store, caller, id, &name).await?;
    check(&key, caller, &ask, now)?;
    let entry = key.entries.get(&name).ok_or(Error::NoEntry(NO_ENTRY))?;
    let authentication = Authentication::of(&key, entry)?;
    authentication.check()?;
    if authentication.reveals() == Reveals::Secret || key.headers_sealed_at.is_some() {
        let needed = Permission::KeysResolve;
        if !caller.may(needed) {
            return Err(Error::RevealsSecret(needed));
        }
    }
    let target = target(key.base_url(entry)?, &ask.target)?;
    check_headers(&key, &authentication, &ask.headers)?;

    let receipt = Receipt {
        id: ReceiptId::generate(moment.clock, moment.random),
        account: key.account.clone(),
        key: key.id.clone(),
        version: key.version,
        environment: key.environment,
        organization: ask.organization,
        purpose: Purpose::Sign,
        method: ask.method.to_string(),
        target: format!("{}{}", target.origin(), target.path()),
        at: now,
        by: caller.actor().to_string(),
    };
    store.write_receipt(&receipt).await?;

    let secrets = open(&key, &sealed, wrapping).await?;
    let headers = headers(&key, &secrets, ask.headers, &ask.body)?;
    let body = match &ask.body {
        AskedBody::Bytes(bytes) => Body::Bytes(bytes),
        AskedBody::Sha256(digest) => Body::Sha256(*digest),
    };
    let request = Request { method: &ask.method, target: &target, headers: &headers, body };
    let secret = |field: &str| secrets.get(&(name.clone(), field.to_owned())).map(SecretText::expose);
    let signed = authentication.sign(secret, &request, now, moment.random)?;
    Ok(Outcome { method: ask.method, signed, key_version: key.version, receipt: receipt.id })
}

const NO_ENTRY: &str = "The key holds nothing for this organization, and nothing else stands in for it";
const ORGANIZATION_NEEDED: &str = "The key holds an entry for each organization: name one";
const NO_ORGANIZATIONS: &str = "The key holds no entries for organizations: name none";

/// How often a read that a change has torn is repeated.
const READS: usize = 3;

/// The key and its sealed entries, of one and the same version.
async fn read(
    store: &impl ReadForUse,
    caller: &Caller,
    id: &KeyId,
    name: &EntryName,
) -> Result<(Key, Vec<SealedEntry>), Error> {
    let names = [name.clone(), EntryName::Headers];
    for _ in 0..READS {
        let read = store.read_for_use(caller.account(), id, &names).await?;
        let (key, sealed) = read.ok_or(Error::NotFound)?;
        if is_whole(&key, &sealed, &names) {
            return Ok((key, sealed));
        }
    }
    // No change takes that long: somebody has put another item in its place.
    Err(Error::DoesNotOpen)
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

fn check(key: &Key, caller: &Caller, ask: &Ask, now: Timestamp) -> Result<(), Error> {
    caller.check_environment(key.environment)?;
    if let Some(asked) = ask.environment.filter(|asked| *asked != key.environment) {
        return Err(WrongEnvironment { asked, key: key.environment }.into());
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::KeyExpired);
    }
    match (key.ownership, &ask.organization) {
        (Ownership::Organizations, None) => Err(Error::NoEntry(ORGANIZATION_NEEDED)),
        (Ownership::Account, Some(_)) => Err(Error::NoEntry(NO_ORGANIZATIONS)),
        (Ownership::Organizations, Some(_)) | (Ownership::Account, None) => Ok(()),
    }
}

/// Where the request goes, if that lies within the key's origin.
fn target(base: Option<String>, asked: &AskedTarget) -> Result<Target, Error> {
    let base = base.ok_or_else(|| Error::CannotSign("This system has no requests to sign".to_owned()))?;
    let base = BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).map_err(|_| Error::KeyUnreadable)?;
    match asked {
        AskedTarget::Path(path) => base.join(path).map_err(|reason| Error::invalid("path", reason)),
        AskedTarget::Url(url) => {
            let origins = Origins::new([base.origin().clone()]);
            origins.check(url).map_err(|reason| Error::invalid("url", reason))
        }
    }
}

/// A request may not bring what the key authenticates with, nor stand in for a secret header.
fn check_headers(
    key: &Key,
    authentication: &Authentication<'_>,
    asked: &[(String, String)],
) -> Result<(), Error> {
    for (name, value) in asked {
        let at = format!("headers.{name}");
        let parsed: HeaderName = name.parse().map_err(|reason| Error::invalid(&at, reason))?;
        crate::keys::header::check_value(value).map_err(|reason| Error::invalid(&at, reason))?;
        let sealed =
            key.headers.iter().any(|header| header.name.is(name) && header.value.as_secret().is_some());
        if sealed || authentication.header_names().iter().any(|owned| parsed.is(owned)) {
            return Err(Error::invalid(at, "is set by the key: leave it out"));
        }
    }
    Ok(())
}

/// What was opened, by entry and field.
type Secrets = BTreeMap<(EntryName, String), SecretText>;

/// Opens every sealed field of these entries, each data key once.
async fn open(key: &Key, sealed: &[SealedEntry], wrapping: &impl UnwrapDataKey) -> Result<Secrets, Error> {
    let mut data_keys: BTreeMap<&SealId, DataKey> = BTreeMap::new();
    for (seal, wrapped) in sealed.iter().flat_map(|entry| &entry.seals) {
        if !data_keys.contains_key(seal) {
            let context = EncryptionContext::new(&key.account, &key.id, seal);
            data_keys.insert(seal, wrapping.unwrap_data_key(&context, wrapped).await?);
        }
    }
    let mut secrets = Secrets::new();
    for entry in sealed {
        let binding = key.binding(&entry.name)?;
        for (field, (seal, value)) in &entry.fields {
            let place = Place {
                account: &key.account,
                key: &key.id,
                entry: &entry.name,
                field,
                system: key.system.as_str(),
                auth: &key.auth,
                environment: key.environment,
                binding: &binding,
            };
            let mark = key.secret(&entry.name, field).ok_or(Error::DoesNotOpen)?;
            let data_key = data_keys.get(seal).ok_or(Error::DoesNotOpen)?;
            let value =
                open_and_check(data_key, &place, value, &mark.hash).map_err(|_| Error::DoesNotOpen)?;
            secrets.insert((entry.name.clone(), field.clone()), value);
        }
    }
    Ok(secrets)
}

/// The headers to send: the key's own, unless the request brings another value, then the request's.
fn headers(
    key: &Key,
    secrets: &Secrets,
    asked: Vec<(String, String)>,
    body: &AskedBody,
) -> Result<Vec<(String, String)>, Error> {
    let without_body = matches!(body, AskedBody::Bytes(bytes) if bytes.is_empty());
    let mut headers = Vec::new();
    for header in &key.headers {
        let given = asked.iter().any(|(name, _)| header.name.is(&name.to_ascii_lowercase()));
        if given || (without_body && header.name.is("content-type")) {
            continue;
        }
        let value = match &header.value {
            FieldValue::Public(value) => value.clone(),
            FieldValue::Secret(_) => {
                let opened = secrets.get(&(EntryName::Headers, header.name.folded()));
                opened.ok_or(Error::DoesNotOpen)?.expose().to_owned()
            }
        };
        headers.push((header.name.to_string(), value));
    }
    headers.extend(asked);
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::keys::{
        change,
        fakes::{AWS4, Counting, Still, World, caller, draft, now},
    };

    fn moment<'a>(random: &'a Counting) -> Moment<'a, Still, Counting> {
        Moment { clock: &Still, random }
    }

    fn ask() -> Ask {
        Ask {
            method: http::Method::GET,
            target: AskedTarget::Path("/orders".to_owned()),
            headers: Vec::new(),
            body: AskedBody::Bytes(Vec::new()),
            environment: None,
            organization: None,
        }
    }

    /// A world that holds an AWS credential.
    fn world(random: &Counting) -> (World, Key) {
        let world = World::default();
        let writer = caller(&[Permission::KeysWrite]);
        let key = now(change::create(&world, &world, moment(random), &writer, draft("aws4", &AWS4)));
        world.asked();
        (world, key.unwrap())
    }

    fn sign_once(world: &World, key: &Key, random: &Counting) -> Result<Outcome, Error> {
        now(sign(world, world, moment(random), &caller(&[Permission::KeysUse]), &key.id, ask()))
    }

    #[test]
    fn the_receipt_is_written_before_anything_is_opened() {
        let random = Counting::default();
        let (world, key) = world(&random);
        assert!(sign_once(&world, &key, &random).is_ok());
        assert_eq!(world.asked(), ["read for use", "write receipt", "unwrap data key"]);
    }

    #[test]
    fn without_a_receipt_nothing_is_opened() {
        let random = Counting::default();
        let (mut world, key) = world(&random);
        world.receipts_fail = true;
        assert!(matches!(sign_once(&world, &key, &random), Err(Error::Unavailable(_))));
        assert_eq!(world.asked(), ["read for use", "write receipt"]);
    }

    #[test]
    fn a_read_that_a_change_has_torn_is_repeated() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.torn_reads.store(1, Ordering::Relaxed);
        assert!(sign_once(&world, &key, &random).is_ok());
        assert_eq!(world.asked(), ["read for use", "read for use", "write receipt", "unwrap data key"]);
    }

    #[test]
    fn a_read_that_stays_torn_opens_nothing() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.torn_reads.store(9, Ordering::Relaxed);
        assert!(matches!(sign_once(&world, &key, &random), Err(Error::DoesNotOpen)));
        assert_eq!(world.asked(), ["read for use"; READS]);
    }

    #[test]
    fn what_is_refused_leaves_no_receipt() {
        let random = Counting::default();
        let (world, key) = world(&random);
        let outside = Ask { target: AskedTarget::Url("https://evil.example.com/".to_owned()), ..ask() };
        let user = caller(&[Permission::KeysUse]);
        let refused = now(sign(&world, &world, moment(&random), &user, &key.id, outside));
        assert!(matches!(refused, Err(Error::InvalidFields(_))));
        assert_eq!(world.asked(), ["read for use"]);
    }
}
