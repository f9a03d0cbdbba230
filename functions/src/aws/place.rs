//! Where everything is stored: the partition and the sort key of every item, and of every place in an index.
//!
//! The table `keyward`:
//!
//! | item | partition (`PK`) | sort key (`SK`) |
//! | --- | --- | --- |
//! | a key's row, also of a deleted key, or its tombstone | `KEY#{account}#{key}` | `KEY#{key}` |
//! | the snapshot of a key's version | `KEY#{account}#{key}` | `VERSION#{version, 6 digits}` |
//! | a link from a key to an active endpoint | `USE#{account}#{key}` | `USE#{source or destination}#{endpoint}` |
//! | a source's row, a destination's row | `ENDPOINT#{account}#{source or destination}` | `SOURCE#{source}`, `DESTINATION#{destination}` |
//! | a webhook | `WEBHOOK#{account}` | `WEBHOOK#{webhook}` |
//! | the version of an account's webhooks | `WEBHOOK#{account}` | `VERSION` |
//! | an event | `EVENT#{account}#{event}` | `EVENT` |
//! | a delivery | `DELIVERY#{account}#{webhook}` | `{delivery}` |
//! | what makes deliveries of a webhook wait | `HOLD#{account}` | `WEBHOOK#{webhook}` |
//! | what makes deliveries with an entry of a key wait | `HOLD#{account}` | `KEY#{key}#{entry}` |
//! | a person's row | `MEMBER#{account}` | `MEMBER#{member}` |
//! | when a person who was invited signed in first | `SIGNIN#{account}` | `MEMBER#{member}` |
//! | an account's settings | `SETTINGS#{account}` | `SETTINGS` |
//! | an account's organizations | `ORGANIZATIONS#{account}` | `ORGANIZATIONS` |
//! | an entry of a key's audit chain | `AUDIT#{account}#{key}` | `{sequence, 12 digits}` |
//! | the same entry in the list of what was done in an account | `ACTIVITY#{account}#{environment}` | `{time, to the nanosecond}#{key}#{sequence, 12 digits}` |
//! | the address of a person who was removed | `FORMER#{account}` | `MEMBER#{member}` |
//! | the health of a key's entry | `HEALTH#{account}#{key}` | `{entry}` |
//! | a receipt | `RECEIPT#{account}#{key}#{shard}` | `{receipt}` |
//! | a key's last use | `USED#{account}#{key}` | `LAST` |
//! | a word of a key in the index of words | `WORD#{account}#{environment}#{first character of the word}` | `{word}⇥{folded title}⇥{key}` |
//! | what the index of words has of a key | `WORD#{account}#{key}` | `WORDS` |
//! | a machine client's row, with what is kept of its secrets | `CLIENT#{client}` | `CLIENT` |
//! | when a secret of a machine client was last used | `CLIENTUSE#{client}` | `{secret}` |
//! | how many events an account published in a minute | `BUDGET#{account}` | `{minute}` |
//! | wrong secrets of a machine client from an address | `FAILURES#{client}#{digest of the address}` | `{window of time}` |
//! | an app's row | `APP#{account}` | `APP#{app}` |
//! | a connection that was begun | `CONNECTION#{digest of its state}` | `CONNECTION` |
//! | the grant of a key's entry | `GRANT#{account}#{key}` | `{entry}` |
//! | the epoch, which a restore writes and no function reads | `DEPLOYMENT#EPOCH` | `DEPLOYMENT#EPOCH` |
//!
//! The table `keyward-vault`:
//!
//! | item | partition (`PK`) | sort key (`SK`) |
//! | --- | --- | --- |
//! | the sealed fields of an entry, as they are now | `{account}#{key}` | `{entry}#CURRENT` |
//! | the sealed fields of an entry, as a version had them | `{account}#{key}` | `{entry}#{version, 6 digits}` |
//! | the sealed secret of an app | `APPSECRET#{account}#{app}` | `default#CURRENT` |
//! | the sealed access token of a grant | `ACCESS#{account}#{uuid of the key}` | `{entry}#CURRENT` |
//! | the sealed refresh token of a grant | `REFRESH#{account}#{uuid of the key}` | `{entry}#CURRENT` |
//! | the record of a request that may be sent again | `IDEMPOTENCY#{account}#{name}` | `-` |
//! | how far the scheduled pass of re-wrapping has come | `DEPLOYMENT#REWRAP` | `DEPLOYMENT#REWRAP` |
//! | how far the scheduled look for unnamed values has come | `DEPLOYMENT#SWEEP` | `DEPLOYMENT#SWEEP` |
//! | the epoch, as in the other table | `DEPLOYMENT#EPOCH` | `DEPLOYMENT#EPOCH` |
//!
//! The indexes of the table `keyward`:
//!
//! | index | partition | sort key |
//! | --- | --- | --- |
//! | `by_title`, keys | `{account}#{environment}` | `{folded title}⇥{key}` |
//! | `by_title`, deleted keys that can be brought back | `{account}#{environment}#deleted` | `{folded title}⇥{key}` |
//! | `by_title`, sources and destinations | `{account}#{environment}#{source or destination}` | `{folded title}⇥{endpoint}` |
//! | `by_system`, keys | `{account}#{system}#{environment}` | `{folded title}⇥{key}` |
//! | `by_due`, deleted keys that can be brought back | `PURGE#{shard}` | `{time, to the second}#{key}` |
//! | `by_due`, keys that expire | `EXPIRE#{shard}` | `{time, to the second}#{key}` |
//! | `by_due`, deliveries that are to be looked at | `DELIVER#{shard}` | `{time, to the millisecond}#{delivery}` |
//! | `by_due`, grants to be refreshed or revoked | `REFRESH#{shard}` | `{time, to the second}#{account}#{key}#{entry}` |
//!
//! Each kind of row has partitions of its own, because roles are bound to the beginnings of partitions
//! (`dynamodb:LeadingKeys`): IAM sees no sort key. No two tenants share a partition. A key and an endpoint each have their own,
//! so that a tenant with many of them has no hot one.

use std::fmt;

use jiff::Timestamp;
use keyward_shared::{
    connect::Digest,
    deliveries::{delivery::DeliveryOf, hold::HoldOf},
    endpoints::link::Link,
    environment::Environment,
    events::budget::Minute,
    idempotency::RecordName,
    ids::{
        AccountId, AppId, ClientId, DeliveryId, EndpointId, EndpointKind, EventId, KeyId, MemberId, SecretId,
        WebhookId,
    },
    keys::{receipt::Receipt, rewrap::WrappedFor, seal::VaultPlace},
    membership::rows::CallerRow,
    sealing::{EntryName, SealKind},
};

use super::item::{Item, primary_key};

/// The beginning of the sort keys of keys' rows.
pub(super) const KEYS: &str = "KEY#";
/// The beginning of the partition and sort keys of people's rows.
pub(super) const MEMBERS: &str = "MEMBER#";
/// The beginning of the partition key of people's first sign-ins.
const SIGN_INS: &str = "SIGNIN#";
/// The beginning of the sort keys of a key's snapshots.
pub(super) const VERSIONS: &str = "VERSION#";
/// The beginning of the partition and sort keys of a key's links.
pub(super) const LINKS: &str = "USE#";
/// The beginning of the partition key of every record of a request.
pub(super) const RECORDS: &str = "IDEMPOTENCY#";
/// The beginning of the partition keys of what is about the deployment itself, in both tables.
pub(super) const DEPLOYMENT: &str = "DEPLOYMENT#";
/// The beginning of the partition and sort keys of an account's webhooks.
pub(super) const WEBHOOKS: &str = "WEBHOOK#";
/// The sort key of the version of an account's webhooks, beside them.
pub(super) const WEBHOOKS_VERSION: &str = "VERSION";
/// The sort key of an event: it is alone in its partition.
pub(super) const EVENT: &str = "EVENT";
/// The beginning of the partition keys of events.
const EVENTS: &str = "EVENT#";
/// The beginning of the partition keys of deliveries.
const DELIVERIES: &str = "DELIVERY#";
/// The beginning of the partition key of what makes an account's deliveries wait.
const HOLDS: &str = "HOLD#";
/// The beginning of the partition and sort keys of apps' rows.
pub(super) const APPS: &str = "APP#";
/// The beginning of the partition keys of grants' rows.
const GRANTS: &str = "GRANT#";
/// The beginning of the partition keys of apps' sealed secrets.
pub(super) const APP_SECRETS: &str = "APPSECRET#";
/// The beginning of the partition keys of sealed access tokens.
pub(super) const ACCESS: &str = "ACCESS#";
/// The beginning of the partition keys of sealed refresh tokens.
pub(super) const REFRESH: &str = "REFRESH#";
/// The sort key of an account's settings.
pub(super) const SETTINGS: &str = "SETTINGS";
/// The sort key of an account's organizations: they are alone in their partition.
const ORGANIZATIONS: &str = "ORGANIZATIONS";
/// The sort key of a machine client: it is alone in its partition, which its id names.
pub(super) const CLIENT: &str = "CLIENT";
/// What the partition of a machine client's row begins with.
pub(super) const CLIENT_ROWS: &str = "CLIENT#";
/// The beginning of the partition key of the last uses of a machine client's secrets.
const CLIENT_USES: &str = "CLIENTUSE#";
/// The beginning of the partition key of wrong secrets.
const FAILURES: &str = "FAILURES#";
/// The beginning of the partition key of a key's last use.
const USED: &str = "USED#";
/// The sort key of a key's last use: it stands alone in its partition.
const LAST: &str = "LAST";
/// The beginning of the partition keys of the index of words.
const WORDS: &str = "WORD#";
/// The sort key of what the index of words has of a key: it stands alone in its partition.
const RECORDED: &str = "WORDS";
/// Items of the vault have a sort key; a record stands alone in its partition.
const RECORD: &str = "-";
/// The end of the sort key of a current entry.
const CURRENT: &str = "CURRENT";
/// The separator after a folded title in an index. No title contains it, and it sorts before every character
/// that a title may contain.
const AFTER_TITLE: char = '\t';

/// The partition of an account's people.
pub(super) fn member_partition(account: &AccountId) -> String {
    format!("{MEMBERS}{account}")
}

/// The partition of an endpoint, which is alone in it.
pub(super) fn endpoint_partition(account: &AccountId, endpoint: &EndpointId) -> String {
    format!("ENDPOINT#{account}#{endpoint}")
}

/// The partition of an account's webhooks: there are so few that they are read together.
pub(super) fn webhook_partition(account: &AccountId) -> String {
    format!("{WEBHOOKS}{account}")
}

/// The partition of an event.
pub(super) fn event_partition(account: &AccountId, event: &EventId) -> String {
    format!("{EVENTS}{account}#{event}")
}

/// The partition of a webhook's deliveries.
pub(super) fn delivery_partition(account: &AccountId, webhook: &WebhookId) -> String {
    format!("{DELIVERIES}{account}#{webhook}")
}

/// The account and the webhook whose deliveries are in a partition; `None` for a partition of something else.
pub(super) fn delivery_of(partition: &str) -> Option<(AccountId, WebhookId)> {
    let (account, webhook) = partition.strip_prefix(DELIVERIES)?.split_once('#')?;
    Some((account.parse().ok()?, webhook.parse().ok()?))
}

/// The partition of a key's links.
pub(super) fn link_partition(account: &AccountId, key: &KeyId) -> String {
    format!("{LINKS}{account}#{key}")
}

/// The partition of a key's row and its versions.
pub(super) fn key_partition(account: &AccountId, key: &KeyId) -> String {
    format!("KEY#{account}#{key}")
}

/// The partition of a key's audit chain.
pub(super) fn audit_partition(account: &AccountId, key: &KeyId) -> String {
    format!("AUDIT#{account}#{key}")
}

/// The partition of the health of a key's entries.
pub(super) fn health_partition(account: &AccountId, key: &KeyId) -> String {
    format!("HEALTH#{account}#{key}")
}

/// One of the partitions of a key's receipts.
pub(super) fn receipt_partition(account: &AccountId, key: &KeyId, shard: u32) -> String {
    format!("RECEIPT#{account}#{key}#{shard}")
}

/// The vault's partition of a key.
pub(super) fn sealed_partition(account: &AccountId, key: &KeyId) -> String {
    format!("{account}#{key}")
}

/// The key that a partition of the vault belongs to; `None` for one that belongs to no key.
pub(super) fn sealed_for(partition: &str) -> Option<(AccountId, KeyId)> {
    let (account, key) = partition.split_once('#')?;
    Some((account.parse().ok()?, key.parse().ok()?))
}

/// The partition of keys in the index by title.
pub(super) fn title_partition(account: &AccountId, environment: Environment) -> String {
    format!("{account}#{environment}")
}

/// The partition of deleted keys that can be brought back, in the index by title.
pub(super) fn deleted_title_partition(account: &AccountId, environment: Environment) -> String {
    format!("{account}#{environment}#deleted")
}

/// How many partitions of the index of due work have the deleted keys of all accounts.
pub(super) const PURGE_SHARDS: u32 = 4;

/// A partition of the index of due work: deleted keys whose time to be brought back ends.
pub(super) fn purge_partition(shard: u32) -> String {
    format!("PURGE#{shard}")
}

/// The partition of the index of due work that has a key.
pub(super) fn purge_partition_of(key: &KeyId) -> String {
    purge_partition(shard_of(key))
}

fn shard_of(key: &KeyId) -> u32 {
    sum_of(key) % PURGE_SHARDS
}

/// How many partitions of the index of due work have the keys of all accounts that expire.
pub(super) const EXPIRE_SHARDS: u32 = 4;

/// A partition of the index of due work: keys that tell of their end.
pub(super) fn expiry_partition(shard: u32) -> String {
    format!("EXPIRE#{shard}")
}

/// The partition of the index of due work that has a key that expires.
pub(super) fn expiry_partition_of(key: &KeyId) -> String {
    expiry_partition(sum_of(key) % EXPIRE_SHARDS)
}

/// How many partitions of the index of due work have the deliveries of all accounts.
pub(super) const DELIVER_SHARDS: u32 = 8;

/// A partition of the index of due work: deliveries that are to be looked at.
pub(super) fn deliver_partition(shard: u32) -> String {
    format!("DELIVER#{shard}")
}

/// The partition of the index of due work that has a delivery.
pub(super) fn deliver_partition_of(delivery: &DeliveryId) -> String {
    deliver_partition(sum_of(delivery) % DELIVER_SHARDS)
}

/// A number from the end of an id, which is random.
fn sum_of(id: &impl fmt::Display) -> u32 {
    id.to_string().bytes().rev().take(4).map(u32::from).sum()
}

/// A delivery's place in the index of due work.
pub(super) fn due_delivery(at: Timestamp, of: &DeliveryOf) -> String {
    format!("{}#{}", to_the_millisecond(at), of.id)
}

/// The end of what is due at a time.
pub(super) fn due_before(now: Timestamp) -> String {
    // `#` and `$` follow each other in ASCII, so this is after every delivery of that millisecond.
    format!("{}$", to_the_millisecond(now))
}

/// A time with always as many characters, so that texts sort as times do.
fn to_the_millisecond(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A place in the index of due work: what is due at a time.
pub(super) fn due(at: Timestamp, key: &KeyId) -> String {
    format!("{}#{key}", due_time(at))
}

/// A time in the index of due work. To the second, each has the same length, so that texts sort as times do.
pub(super) fn due_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The key that a partition of rows belongs to; `None` for a partition of something else.
pub(super) fn key_of(partition: &str) -> Option<(AccountId, KeyId)> {
    sealed_for(partition.strip_prefix(KEYS)?)
}

/// The partition of endpoints of a kind in the index by title.
pub(super) fn endpoint_title_partition(
    account: &AccountId,
    environment: Environment,
    kind: EndpointKind,
) -> String {
    format!("{account}#{environment}#{}", kind.as_str())
}

/// The partition of keys in the index by system.
pub(super) fn system_partition(account: &AccountId, system: &str, environment: Environment) -> String {
    format!("{account}#{system}#{environment}")
}

/// The sort key of an index: the place in the order of a list.
pub(super) fn title_place(folded_title: &str, id: &impl fmt::Display) -> String {
    format!("{folded_title}{AFTER_TITLE}{id}")
}

/// The partition of the index of words that has this word. Words have partitions by their first characters, so that no partition has
/// all of a large account.
pub(super) fn word_partition(account: &AccountId, environment: Environment, word: &str) -> String {
    let first = word.chars().next().unwrap_or_default();
    format!("{WORDS}{account}#{environment}#{first}")
}

/// The beginning of the places of a word in the index of words.
pub(super) fn word_place(word: &str) -> String {
    format!("{word}{AFTER_TITLE}")
}

/// Where the index of words has a word of a key.
pub(super) fn word(
    account: &AccountId,
    environment: Environment,
    word: &str,
    folded_title: &str,
    key: &KeyId,
) -> Item {
    let place = format!("{}{}", word_place(word), title_place(folded_title, key));
    primary_key(word_partition(account, environment, word), place)
}

/// The word and the key that a place in the index of words names; `None` for one that names none.
pub(super) fn word_at(place: &str) -> Option<(&str, KeyId)> {
    let (word, rest) = place.split_once(AFTER_TITLE)?;
    let (_, key) = rest.rsplit_once(AFTER_TITLE)?;
    Some((word, key.parse().ok()?))
}

/// Where it is written down what the index of words has of a key.
pub(super) fn recorded(account: &AccountId, key: &KeyId) -> Item {
    primary_key(format!("{WORDS}{account}#{key}"), RECORDED)
}

/// The sort key of a key's row.
pub(super) fn key_row(key: &KeyId) -> String {
    format!("{KEYS}{key}")
}

/// The sort key of an endpoint's row.
pub(super) fn endpoint_row(id: &EndpointId) -> String {
    match id.kind() {
        EndpointKind::Source => format!("SOURCE#{id}"),
        EndpointKind::Destination => format!("DESTINATION#{id}"),
    }
}

/// The sort key of a version's snapshot. Six digits sort up to a million versions.
pub(super) fn version_row(version: u64) -> String {
    format!("{VERSIONS}{version:06}")
}

/// The sort key of an entry of an audit chain. Twelve digits are more than any chain has.
pub(super) fn audit_row(sequence: u64) -> String {
    format!("{sequence:012}")
}

/// The sort key of a place in the vault.
pub(super) fn sealed_row(place: &VaultPlace) -> String {
    match place {
        VaultPlace::Current(entry) => format!("{entry}#{CURRENT}"),
        VaultPlace::Archived(entry, version) => format!("{entry}#{version:06}"),
    }
}

/// The place in the vault that a sort key names; `None` for one that names none.
pub(super) fn sealed_at(row: &str) -> Option<VaultPlace> {
    let (entry, version) = row.rsplit_once('#')?;
    let entry = entry.parse().ok()?;
    let place = match version {
        CURRENT => VaultPlace::Current(entry),
        version => VaultPlace::Archived(entry, version.parse().ok()?),
    };
    (sealed_row(&place) == row).then_some(place)
}

/// The partition of an account's apps.
pub(super) fn app_partition(account: &AccountId) -> String {
    format!("{APPS}{account}")
}

/// Where an app's row is.
pub(super) fn app(account: &AccountId, app: &AppId) -> Item {
    primary_key(app_partition(account), format!("{APPS}{app}"))
}

/// Where the sealed secret of an app is.
pub(super) fn app_secret(account: &AccountId, app: &AppId) -> Item {
    let row = sealed_row(&VaultPlace::Current(EntryName::Default));
    primary_key(format!("{APP_SECRETS}{account}#{app}"), row)
}

/// Where a connection is that was begun.
pub(super) fn connection(state: Digest) -> Item {
    primary_key(format!("CONNECTION#{}", hex::encode(state.0)), "CONNECTION")
}

/// The partition of a key's grants.
pub(super) fn grant_partition(account: &AccountId, key: &KeyId) -> String {
    format!("{GRANTS}{account}#{key}")
}

/// Where a grant is.
pub(super) fn grant(account: &AccountId, key: &KeyId, entry: &EntryName) -> Item {
    primary_key(grant_partition(account, key), entry.to_string())
}

/// What is before the UUID of a key's id.
const KEY_PREFIX: &str = "key_";

/// The UUID of a key's id. Roles that reach sealed fields are bound to partitions that have a whole id, `*#key_*`: those of tokens have none.
fn bare(key: &KeyId) -> String {
    key.to_string().trim_start_matches(KEY_PREFIX).to_owned()
}

/// Where the sealed access token of a grant is.
pub(super) fn access(account: &AccountId, key: &KeyId, entry: &EntryName) -> Item {
    primary_key(format!("{ACCESS}{account}#{}", bare(key)), sealed_row(&VaultPlace::Current(entry.clone())))
}

/// Where the sealed refresh token of a grant is.
pub(super) fn refresh(account: &AccountId, key: &KeyId, entry: &EntryName) -> Item {
    primary_key(format!("{REFRESH}{account}#{}", bare(key)), sealed_row(&VaultPlace::Current(entry.clone())))
}

/// A partition of the index of due work: grants that are to be looked at.
pub(super) fn refresh_partition(shard: u32) -> String {
    format!("{REFRESH}{shard}")
}

/// The partition of the index of due work that has the grants of a key.
pub(super) fn refresh_partition_of(key: &KeyId) -> String {
    refresh_partition(shard_of(key))
}

/// A place in the index of due work: a grant that is due at a time.
pub(super) fn due_grant(at: Timestamp, account: &AccountId, key: &KeyId, entry: &EntryName) -> String {
    format!("{}#{account}#{key}#{entry}", due_time(at))
}

/// The grant at such a place.
pub(super) fn grant_due(place: &str) -> Option<(AccountId, KeyId, EntryName)> {
    let mut parts = place.split('#').skip(1);
    let found = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(found)
}

/// What the data keys in a partition of the vault seal, and for what; `None` for a partition without data keys.
pub(super) fn wrapped_for(partition: &str) -> Option<(SealKind, AccountId, WrappedFor)> {
    let of_key =
        |kind, rest: &str| sealed_for(rest).map(|(account, key)| (kind, account, WrappedFor::Key(key)));
    let of_grant = |kind, rest: &str| {
        let (account, bare) = rest.split_once('#')?;
        of_key(kind, &format!("{account}#{KEY_PREFIX}{bare}"))
    };
    if let Some(rest) = partition.strip_prefix(APP_SECRETS) {
        let (account, app) = rest.split_once('#')?;
        return Some((SealKind::App, account.parse().ok()?, WrappedFor::App(app.parse().ok()?)));
    }
    if let Some(rest) = partition.strip_prefix(ACCESS) {
        return of_grant(SealKind::Access, rest);
    }
    match partition.strip_prefix(REFRESH) {
        Some(rest) => of_grant(SealKind::Refresh, rest),
        None => of_key(SealKind::Field, partition),
    }
}

/// Where a key's row is.
pub(super) fn key(account: &AccountId, key: &KeyId) -> Item {
    primary_key(key_partition(account, key), key_row(key))
}

/// Where the row of a source or destination is.
pub(super) fn endpoint(account: &AccountId, id: &EndpointId) -> Item {
    primary_key(endpoint_partition(account, id), endpoint_row(id))
}

/// Where a webhook is.
pub(super) fn webhook(account: &AccountId, id: &WebhookId) -> Item {
    primary_key(webhook_partition(account), format!("{WEBHOOKS}{id}"))
}

/// Where the version of an account's webhooks is.
pub(super) fn webhooks_version(account: &AccountId) -> Item {
    primary_key(webhook_partition(account), WEBHOOKS_VERSION)
}

/// Where an event is.
pub(super) fn event(account: &AccountId, id: &EventId) -> Item {
    primary_key(event_partition(account, id), EVENT)
}

/// Where a delivery is.
pub(super) fn delivery(of: &DeliveryOf) -> Item {
    primary_key(delivery_partition(&of.account, &of.webhook), of.id.to_string())
}

/// Where it stands what makes deliveries wait.
pub(super) fn hold(of: &HoldOf) -> Item {
    match of {
        HoldOf::Webhook(account, webhook) => {
            primary_key(hold_partition(account), format!("{WEBHOOKS}{webhook}"))
        }
        HoldOf::Entry(account, key, entry) => {
            primary_key(hold_partition(account), format!("{KEYS}{key}#{entry}"))
        }
    }
}

/// The partition of what makes an account's deliveries wait.
pub(super) fn hold_partition(account: &AccountId) -> String {
    format!("{HOLDS}{account}")
}

/// What a hold is about, by its sort key; `None` for one that names nothing.
pub(super) fn hold_of(account: &AccountId, row: &str) -> Option<HoldOf> {
    if let Some(webhook) = row.strip_prefix(WEBHOOKS) {
        return Some(HoldOf::Webhook(account.clone(), webhook.parse().ok()?));
    }
    let (key, entry) = row.strip_prefix(KEYS)?.split_once('#')?;
    Some(HoldOf::Entry(account.clone(), key.parse().ok()?, entry.parse().ok()?))
}

/// Where a person's row is.
pub(super) fn member(account: &AccountId, member: &MemberId) -> Item {
    primary_key(member_partition(account), format!("{MEMBERS}{member}"))
}

/// Where it is noted when a person signed in first.
pub(super) fn first_sign_in(account: &AccountId, member: &MemberId) -> Item {
    primary_key(format!("{SIGN_INS}{account}"), format!("{MEMBERS}{member}"))
}

/// Where a caller's row is.
pub(super) fn caller(row: &CallerRow) -> Item {
    match row {
        CallerRow::Member(account, id) => member(account, id),
        CallerRow::Client(id) => client(id),
        CallerRow::Webhook { account, id, .. } => webhook(account, id),
    }
}

/// When a secret of a machine client was last used.
pub(super) fn client_use(client: &ClientId, secret: &SecretId) -> Item {
    primary_key(format!("{CLIENT_USES}{client}"), secret.to_string())
}

/// Where wrong secrets of a machine client from an address are counted, for a window of time.
pub(super) fn failures(client: &ClientId, address: &str, window: i64) -> Item {
    primary_key(format!("{FAILURES}{client}#{address}"), window.to_string())
}

/// Where the events are counted that an account publishes in a minute.
pub(super) fn budget(account: &AccountId, minute: Minute) -> Item {
    primary_key(format!("BUDGET#{account}"), minute.number().to_string())
}

/// Where an account's settings are.
pub(super) fn settings(account: &AccountId) -> Item {
    primary_key(format!("SETTINGS#{account}"), SETTINGS)
}

/// Where an account's organizations are.
pub(super) fn organizations(account: &AccountId) -> Item {
    primary_key(format!("{ORGANIZATIONS}#{account}"), ORGANIZATIONS)
}

/// Where a machine client's row is.
pub(super) fn client(client: &ClientId) -> Item {
    primary_key(format!("{CLIENT_ROWS}{client}"), CLIENT)
}

/// Where the snapshot of a version is.
pub(super) fn version(account: &AccountId, key: &KeyId, version: u64) -> Item {
    primary_key(key_partition(account, key), version_row(version))
}

/// Where a link is.
pub(super) fn link(account: &AccountId, link: &Link) -> Item {
    let row = format!("{LINKS}{}#{}", link.consumer.kind(), link.consumer);
    primary_key(link_partition(account, &link.key), row)
}

/// Where an entry of an audit chain is.
pub(super) fn audit(account: &AccountId, key: &KeyId, sequence: u64) -> Item {
    primary_key(audit_partition(account, key), audit_row(sequence))
}

/// The partition of what was done with an account's keys of an environment.
pub(super) fn activity_partition(account: &AccountId, environment: Environment) -> String {
    format!("ACTIVITY#{account}#{environment}")
}

/// A time in the list of what was done. To the nanosecond, each has the same length, so that texts sort as times do.
pub(super) fn activity_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

/// Where an entry of an audit chain is in the list of what was done.
pub(super) fn activity(
    account: &AccountId,
    environment: Environment,
    at: Timestamp,
    key: &KeyId,
    sequence: u64,
) -> Item {
    let row = format!("{}#{key}#{}", activity_time(at), audit_row(sequence));
    primary_key(activity_partition(account, environment), row)
}

/// The partition of the people who were removed from an account.
pub(super) fn former_partition(account: &AccountId) -> String {
    format!("FORMER#{account}")
}

/// Where the address of a person is who was removed.
pub(super) fn former_member(account: &AccountId, member: &MemberId) -> Item {
    primary_key(former_partition(account), format!("{MEMBERS}{member}"))
}

/// Where the health of an entry is.
pub(super) fn health(account: &AccountId, key: &KeyId, entry: &EntryName) -> Item {
    primary_key(health_partition(account, key), entry.to_string())
}

/// Where a receipt is.
pub(super) fn receipt(receipt: &Receipt, shard: u32) -> Item {
    primary_key(receipt_partition(&receipt.account, &receipt.key, shard), receipt.id.to_string())
}

/// Where a key's last use is.
pub(super) fn last_use(account: &AccountId, key: &KeyId) -> Item {
    primary_key(format!("{USED}{account}#{key}"), LAST)
}

/// The key whose last use is in a partition; `None` for a partition of something else.
pub(super) fn used(partition: &str) -> Option<(AccountId, KeyId)> {
    sealed_for(partition.strip_prefix(USED)?)
}

/// Where the sealed fields of an entry are.
pub(super) fn sealed(account: &AccountId, key: &KeyId, place: &VaultPlace) -> Item {
    primary_key(sealed_partition(account, key), sealed_row(place))
}

/// Where the record of a request is.
pub(super) fn record(account: &AccountId, name: &RecordName) -> Item {
    primary_key(format!("{RECORDS}{account}#{name}"), RECORD)
}

/// The row of the scheduled pass of re-wrapping.
pub(super) fn pass() -> Item {
    of_the_deployment("REWRAP")
}

/// The row of the scheduled look for values that nothing names.
pub(super) fn sweep() -> Item {
    of_the_deployment("SWEEP")
}

fn of_the_deployment(what: &str) -> Item {
    let name = format!("{DEPLOYMENT}{what}");
    primary_key(name.clone(), name)
}

#[cfg(test)]
mod tests {
    use super::{super::item::text_of, *};

    #[test]
    fn every_place_of_the_vault_reads_back_from_its_sort_key() {
        for entry in ["default", "org_uk", "#headers"] {
            let entry: EntryName = entry.parse().unwrap();
            for place in [VaultPlace::Current(entry.clone()), VaultPlace::Archived(entry, 12)] {
                assert_eq!(sealed_at(&sealed_row(&place)), Some(place));
            }
        }
    }

    #[test]
    fn a_sort_key_that_could_not_have_been_written_names_no_place() {
        for row in
            ["", "default", "default#", "default#1", "default#current", "default#+00001", "moon#CURRENT", "-"]
        {
            assert_eq!(sealed_at(row), None, "{row}");
        }
    }

    #[test]
    fn a_place_in_the_index_of_words_names_its_word_and_its_key() {
        let (account, key) =
            ("acme".parse().unwrap(), "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap());
        let item = word(&account, Environment::Live, "uk", "live uk", &key);
        assert_eq!(text_of(&item, "PK"), Some("WORD#acme#live#u"));
        let place = text_of(&item, "SK").unwrap();
        assert_eq!(place, format!("uk\tlive uk\t{key}"));
        assert_eq!(word_at(place), Some(("uk", key)));
        for place in ["WORDS", "uk", "uk\tlive uk", "uk\tlive uk\tkey_1"] {
            assert_eq!(word_at(place), None, "{place}");
        }
    }

    #[test]
    fn a_partition_of_the_vault_names_its_key_and_a_record_names_none() {
        let (account, key) =
            ("acme".parse().unwrap(), "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap());
        assert_eq!(sealed_for(&sealed_partition(&account, &key)), Some((account, key)));
        for partition in ["acme", "acme#key_1", "IDEMPOTENCY#acme#1"] {
            assert_eq!(sealed_for(partition), None, "{partition}");
        }
    }
}
