//! Grants: their rows, which may be shown, and their sealed tokens in the vault.

use aws_sdk_dynamodb::{
    operation::{batch_get_item::BatchGetItemInput, update_item::UpdateItemError},
    types::KeysAndAttributes,
};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use keyward_shared::{
    connect::{Attempt, Connected, Grant, GrantState, Mark, Why},
    error::{Error, PortError, StoredRow},
    ids::{AccountId, ConnectionId, KeyId},
    keys::{change::Change, seal::SealedEntry},
    ports::{
        AskForRefresh, CommitError, ConnectKey, EndGrant, ListDueGrants, ListGrants, PurgeGrant, ReadApp,
        ReadGrant, ReadGranted, ReadSealedGrant, RefreshGrant,
    },
    sealing::EntryName,
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};

use super::{
    Tables,
    errors::{dynamodb_error, our_fault},
    item::{Item, all, number, text, text_of},
    place, sealed_item,
    transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct GrantItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    account_id: String,
    key_id: String,
    connection_id: String,
    app_id: String,
    system_id: String,
    template_version: u32,
    auth: String,
    environment: String,
    token_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_url: Option<String>,
    bound: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    account_name: Option<String>,
    scopes: Vec<String>,
    connected_at: Timestamp,
    connected_by: String,
    access_seal: String,
    access_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_seal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    generation: u64,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoking_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_began: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_until: Option<Timestamp>,
    failures: u32,
    epoch: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

const CONNECTED: &str = "connected";
const NEEDS_RECONNECT: &str = "needs-reconnect";
const REVOKING: &str = "revoking";

fn item(grant: &Grant) -> Result<Item, PortError> {
    let (state, why, revoking_since) = match grant.state {
        GrantState::Connected => (CONNECTED, None, None),
        GrantState::NeedsReconnect(why) => (NEEDS_RECONNECT, Some(why.as_str().to_owned()), None),
        GrantState::Revoking { since } => (REVOKING, None, Some(since)),
    };
    let attempt = grant.attempt.as_ref();
    let item = GrantItem {
        partition: place::grant_partition(&grant.account, &grant.key),
        row: grant.entry.to_string(),
        account_id: grant.account.to_string(),
        key_id: grant.key.to_string(),
        connection_id: grant.connection.to_string(),
        app_id: grant.app.to_string(),
        system_id: grant.system.to_string(),
        template_version: grant.template_version,
        auth: grant.auth.clone(),
        environment: grant.environment.to_string(),
        token_url: grant.token_url.clone(),
        revocation_url: grant.revocation_url.clone(),
        bound: grant.bound.clone(),
        identity: grant.identity.clone(),
        account_name: grant.account_name.clone(),
        scopes: grant.scopes.clone(),
        connected_at: grant.connected.at,
        connected_by: grant.connected.by.clone(),
        access_seal: grant.access.seal.to_string(),
        access_hash: grant.access.hash.to_string(),
        expires_at: grant.expires_at,
        refresh_seal: grant.refresh.as_ref().map(|mark| mark.seal.to_string()),
        refresh_hash: grant.refresh.as_ref().map(|mark| mark.hash.to_string()),
        due_at: grant.due_at,
        generation: grant.generation,
        state: state.to_owned(),
        why,
        revoking_since,
        attempt_id: attempt.map(|attempt| attempt.id.to_string()),
        attempt_began: attempt.map(|attempt| attempt.began),
        attempt_until: attempt.map(|attempt| attempt.until),
        failures: grant.failures,
        epoch: grant.epoch.number(),
        due_pk: grant.due_at.map(|_| place::refresh_partition_of(&grant.key)),
        due_sk: grant.due_at.map(|at| place::due_grant(at, &grant.account, &grant.key, &grant.entry)),
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

/// Reads a row back; `None` when it is not one that could have been written there.
fn read(item: Item) -> Option<Grant> {
    let item: GrantItem = serde_dynamo::from_item(item).ok()?;
    let (account, key): (AccountId, KeyId) = (item.account_id.parse().ok()?, item.key_id.parse().ok()?);
    let entry: EntryName = item.row.parse().ok()?;
    if item.partition != place::grant_partition(&account, &key) {
        return None;
    }
    let state = match (item.state.as_str(), item.why, item.revoking_since) {
        (CONNECTED, None, None) => GrantState::Connected,
        (NEEDS_RECONNECT, Some(why), None) => GrantState::NeedsReconnect(Why::from_name(&why)?),
        (REVOKING, None, Some(since)) => GrantState::Revoking { since },
        _ => return None,
    };
    let mark = |seal: &str, hash: &str| Some(Mark { seal: seal.parse().ok()?, hash: hash.parse().ok()? });
    let attempt = match (item.attempt_id, item.attempt_began, item.attempt_until) {
        (None, None, None) => None,
        (Some(id), Some(began), Some(until)) => Some(Attempt { id: id.parse().ok()?, began, until }),
        _ => return None,
    };
    Some(Grant {
        account,
        key,
        entry,
        connection: item.connection_id.parse().ok()?,
        app: item.app_id.parse().ok()?,
        system: item.system_id.parse().ok()?,
        template_version: item.template_version,
        auth: item.auth,
        environment: item.environment.parse().ok()?,
        token_url: item.token_url,
        revocation_url: item.revocation_url,
        bound: item.bound,
        identity: item.identity,
        account_name: item.account_name,
        scopes: item.scopes,
        connected: Stamp { at: item.connected_at, by: item.connected_by },
        access: mark(&item.access_seal, &item.access_hash)?,
        expires_at: item.expires_at,
        refresh: match (item.refresh_seal, item.refresh_hash) {
            (None, None) => None,
            (Some(seal), Some(hash)) => Some(mark(&seal, &hash)?),
            _ => return None,
        },
        due_at: item.due_at,
        generation: item.generation,
        state,
        attempt,
        failures: item.failures,
        epoch: item.epoch.try_into().ok()?,
    })
}

fn unreadable() -> Error {
    Error::RowUnreadable(StoredRow::Grant)
}

impl ReadGrant for Tables {
    async fn read_grant(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> Result<Option<Grant>, Error> {
        let item = self.get(&self.keyward, place::grant(account, key, entry)).await?;
        item.map(|item| read(item).ok_or_else(unreadable)).transpose()
    }
}

impl ListGrants for Tables {
    async fn list_grants(&self, account: &AccountId, key: &KeyId) -> Result<Vec<Grant>, PortError> {
        let query = self.query(&self.keyward, place::grant_partition(account, key)).consistent_read(true);
        // What cannot be read was not written by us: it grants nothing.
        Ok(all(query).await?.into_iter().filter_map(read).collect())
    }
}

impl ReadGranted for Tables {
    async fn read_granted(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> Result<Option<(Grant, Option<SealedEntry>)>, Error> {
        let of = |at: Item| {
            KeysAndAttributes::builder()
                .set_keys(Some(vec![at]))
                .consistent_read(true)
                .build()
                .map_err(our_fault)
        };
        let batch = BatchGetItemInput::builder()
            .request_items(&self.keyward, of(place::grant(account, key, entry))?)
            .request_items(&self.vault, of(place::access(account, key, entry))?);
        let mut found = self.read_whole(batch).await?;
        let Some(row) = found.remove(&self.keyward).unwrap_or_default().pop() else { return Ok(None) };
        let sealed = found.remove(&self.vault).unwrap_or_default().pop();
        let grant = read(row).ok_or_else(unreadable)?;
        Ok(Some((grant, sealed.as_ref().and_then(sealed_item::read))))
    }
}

impl ReadSealedGrant for Tables {
    async fn read_sealed_refresh(&self, grant: &Grant) -> Result<Option<SealedEntry>, PortError> {
        let at = place::refresh(&grant.account, &grant.key, &grant.entry);
        Ok(self.get(&self.vault, at).await?.as_ref().and_then(sealed_item::read))
    }
}

impl AskForRefresh for Tables {
    async fn ask_for_refresh(&self, grant: &Grant, now: Timestamp) -> Result<(), PortError> {
        let due = place::due_grant(now, &grant.account, &grant.key, &grant.entry);
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::grant(&grant.account, &grant.key, &grant.entry)))
            .update_expression("SET due_at = :now, due_pk = :shard, due_sk = :due")
            // One that is due already is refreshed anyway, and one that failed a moment ago has its own time.
            .condition_expression(
                "connection_id = :connection AND generation = :generation AND failures = :none \
                 AND (attribute_not_exists(due_sk) OR due_sk > :due)",
            )
            .expression_attribute_values(":now", text(now.to_string()))
            .expression_attribute_values(":shard", text(place::refresh_partition_of(&grant.key)))
            .expression_attribute_values(":due", text(due))
            .expression_attribute_values(":connection", text(grant.connection.to_string()))
            .expression_attribute_values(":generation", number(grant.generation))
            .expression_attribute_values(":none", number(0));
        let Err(error) = update.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Some(_) | None => Err(dynamodb_error(error)),
        }
    }
}

impl ConnectKey for Tables {
    async fn connect_key(&self, change: &Change, connected: &Connected) -> Result<(), CommitError> {
        let Connected { grant, access, refresh, before } = connected;
        let Grant { account, key, entry, .. } = grant;
        let mut transaction = Transaction::by(self, &change.by);
        let stored = Condition::stored().at_version(change.before.unwrap_or_default());
        self.update_row(&mut transaction, change, stored, &[])?;
        self.beside_the_row(&mut transaction, change)?;
        self.trim_versions(&mut transaction, &change.key)?;
        let in_place = match before {
            None => Condition::absent(),
            Some((connection, _)) => {
                Condition::new("connection_id = :former").text(":former", connection.to_string())
            }
        };
        transaction.put_if(Part::Key, &self.keyward, item(grant)?, in_place)?;
        transaction.put(&self.vault, sealed_item::item(place::access(account, key, entry), access))?;
        let at = place::refresh(account, key, entry);
        match refresh {
            Some(refresh) => transaction.put(&self.vault, sealed_item::item(at, refresh))?,
            None => transaction.delete(&self.vault, at)?,
        }
        let app = place::app(account, &grant.app);
        match before {
            Some((_, former)) if *former == grant.app => {
                transaction.check(Part::Key, &self.keyward, app, Condition::present())?;
            }
            former => {
                let count = Condition::present().number(":one", 1);
                let up = "SET grants = grants + :one";
                transaction.update_if(Part::Key, &self.keyward, app, up, count)?;
                if let Some((_, former)) = former {
                    let count = Condition::present().number(":one", 1);
                    let down = "SET grants = grants - :one";
                    let app = place::app(account, former);
                    transaction.update_if(Part::Key, &self.keyward, app, down, count)?;
                }
            }
        }
        transaction.commit(change.before).await
    }
}

impl ListDueGrants for Tables {
    async fn list_due_grants(&self, now: Timestamp) -> Result<Vec<(AccountId, KeyId, EntryName)>, PortError> {
        let shards = (0..place::PURGE_SHARDS).map(|shard| async move {
            let query = self
                .client
                .query()
                .table_name(&self.keyward)
                .index_name("by_due")
                .key_condition_expression("due_pk = :shard AND due_sk < :now")
                .expression_attribute_values(":shard", text(place::refresh_partition(shard)))
                // Everything of this second sorts before the next one.
                .expression_attribute_values(":now", text(format!("{}$", place::due_time(now))));
            all(query).await
        });
        let found = try_join_all(shards).await?.into_iter().flatten();
        let mut places: Vec<_> =
            found.filter_map(|item| text_of(&item, "due_sk").map(str::to_owned)).collect();
        places.sort();
        Ok(places.iter().filter_map(|place| place::grant_due(place)).collect())
    }
}

/// The condition that an attempt is the one that is written down.
fn of_attempt(attempt: &ConnectionId) -> Condition {
    Condition::new("attempt_id = :attempt").text(":attempt", attempt.to_string())
}

/// The condition that a grant did not end meanwhile, or is still the one that ended: its next state is this one.
fn in_state(condition: Condition, next: GrantState) -> Condition {
    let state = match next {
        GrantState::Connected | GrantState::NeedsReconnect(_) => CONNECTED,
        GrantState::Revoking { .. } => REVOKING,
    };
    condition.and("#state = :state").name("#state", "state").text(":state", state)
}

impl RefreshGrant for Tables {
    async fn begin_attempt(&self, grant: &Grant, attempt: &Attempt) -> Result<(), CommitError> {
        let held = Grant { attempt: Some(attempt.clone()), ..grant.clone() };
        self.put_grant(&held, as_it_was(grant, grant.attempt.as_ref()), None, None).await
    }

    async fn end_attempt(
        &self,
        grant: &Grant,
        attempt: &ConnectionId,
        access: Option<&SealedEntry>,
        refresh: Option<&SealedEntry>,
    ) -> Result<(), CommitError> {
        self.put_grant(grant, in_state(of_attempt(attempt), grant.state), access, refresh).await
    }

    async fn settle_grant(&self, grant: &Grant, was: Option<&Attempt>) -> Result<(), CommitError> {
        self.put_grant(grant, as_it_was(grant, was), None, None).await
    }
}

/// The condition that a grant is at its generation, has this attempt, and did not end meanwhile.
fn as_it_was(grant: &Grant, attempt: Option<&Attempt>) -> Condition {
    let condition = match attempt {
        None => Condition::new("attribute_not_exists(attempt_id)"),
        Some(attempt) => of_attempt(&attempt.id),
    };
    let condition = condition
        .and("connection_id = :connection")
        .and("generation = :generation")
        .text(":connection", grant.connection.to_string())
        .number(":generation", grant.generation);
    in_state(condition, grant.state)
}

impl Tables {
    /// Puts a grant, and its new tokens, as a whole.
    async fn put_grant(
        &self,
        grant: &Grant,
        condition: Condition,
        access: Option<&SealedEntry>,
        refresh: Option<&SealedEntry>,
    ) -> Result<(), CommitError> {
        let Grant { account, key, entry, .. } = grant;
        let mut transaction = Transaction::new(self);
        transaction.put_if(Part::Row, &self.keyward, item(grant)?, condition)?;
        if let Some(access) = access {
            transaction.put(&self.vault, sealed_item::item(place::access(account, key, entry), access))?;
        }
        if let Some(refresh) = refresh {
            transaction.put(&self.vault, sealed_item::item(place::refresh(account, key, entry), refresh))?;
        }
        transaction.commit(None).await
    }
}

impl EndGrant for Tables {
    async fn begin_revoking(&self, grant: &Grant, now: Timestamp) -> Result<(), PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::grant(&grant.account, &grant.key, &grant.entry)))
            // An attempt that runs goes on to its end: what comes of it is what has to be revoked.
            .update_expression(
                "SET #state = :revoking, revoking_since = :now, due_at = :now, due_pk = :shard, due_sk = :due, \
                 failures = :none REMOVE why",
            )
            .condition_expression("connection_id = :connection")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":revoking", text(REVOKING))
            .expression_attribute_values(":now", text(now.to_string()))
            .expression_attribute_values(":shard", text(place::refresh_partition_of(&grant.key)))
            .expression_attribute_values(
                ":due",
                text(place::due_grant(now, &grant.account, &grant.key, &grant.entry)),
            )
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":connection", text(grant.connection.to_string()));
        let Err(error) = update.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Some(_) | None => Err(dynamodb_error(error)),
        }
    }
}

impl PurgeGrant for Tables {
    async fn purge_grant(&self, grant: &Grant) -> Result<(), CommitError> {
        let Grant { account, key, entry, .. } = grant;
        let app = match self.read_app(account, &grant.app).await {
            Ok(app) => app.filter(|app| app.grants > 0),
            // Whatever is wrong with the app: the tokens go.
            Err(Error::RowUnreadable(_)) => None,
            Err(Error::Unavailable(Some(error)) | Error::Internal(error)) => return Err(error.into()),
            Err(_) => None,
        };
        let mut transaction = Transaction::new(self);
        let ended = Condition::new("#state = :revoking AND connection_id = :connection")
            .name("#state", "state")
            .text(":revoking", REVOKING)
            .text(":connection", grant.connection.to_string());
        transaction.delete_if(Part::Row, &self.keyward, place::grant(account, key, entry), ended)?;
        transaction.delete(&self.vault, place::access(account, key, entry))?;
        transaction.delete(&self.vault, place::refresh(account, key, entry))?;
        if let Some(app) = app {
            let count = Condition::present().and("grants > :none").number(":one", 1).number(":none", 0);
            let row = place::app(account, &app.id);
            transaction.update_if(Part::Key, &self.keyward, row, "SET grants = grants - :one", count)?;
        }
        transaction.commit(None).await
    }
}
