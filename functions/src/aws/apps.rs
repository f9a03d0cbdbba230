//! Rows of apps, and their sealed secrets.

use jiff::Timestamp;
use keyward_shared::{
    connect::{Addresses, App, AppChange, AppRow, Mark},
    error::{Error, PortError, StoredRow},
    ids::{AccountId, AppId},
    keys::seal::SealedEntry,
    page::{Cursor, Limit, Page},
    ports::{ChangeApp, CommitError, ListApps, ReadApp, ReadSealedApp},
    stamp::Stamp,
    strategy::ClientAuthentication,
};
use serde::{Deserialize, Serialize};

use super::{
    Tables,
    errors::our_fault,
    item::{Item, text_of},
    place, sealed_item,
    transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct AppItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    system_id: String,
    template_version: u32,
    auth: String,
    environment: String,
    title: String,
    client_id: String,
    client_auth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    secret_seal: String,
    secret_hash: String,
    /// How many grants came of it. Connections count up, and revocations down.
    grants: u64,
    version: u64,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
}

fn item(app: &App) -> Result<Item, PortError> {
    let App { addresses, created, updated, .. } = app.clone();
    let item = AppItem {
        partition: place::app_partition(&app.account),
        row: format!("{}{}", place::APPS, app.id),
        system_id: app.system.to_string(),
        template_version: app.template_version,
        auth: app.auth.clone(),
        environment: app.environment.to_string(),
        title: app.title.to_string(),
        client_id: app.client_id.clone(),
        client_auth: app.client_auth.as_str().to_owned(),
        authorize_url: addresses.authorize,
        token_url: addresses.token,
        revocation_url: addresses.revocation,
        issuer: addresses.issuer,
        secret_seal: app.secret.seal.to_string(),
        secret_hash: app.secret.hash.to_string(),
        grants: app.grants,
        version: app.version,
        created_at: created.at,
        created_by: created.by,
        updated_at: updated.at,
        updated_by: updated.by,
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

/// Reads a row back; `None` when it is not one that could have been written there.
fn read(account: &AccountId, item: Item) -> Option<App> {
    let item: AppItem = serde_dynamo::from_item(item).ok()?;
    let id: AppId = item.row.strip_prefix(place::APPS)?.parse().ok()?;
    if item.partition != place::app_partition(account) {
        return None;
    }
    Some(App {
        id,
        account: account.clone(),
        system: item.system_id.parse().ok()?,
        template_version: item.template_version,
        auth: item.auth,
        environment: item.environment.parse().ok()?,
        title: item.title.parse().ok()?,
        client_id: item.client_id,
        client_auth: ClientAuthentication::from_name(&item.client_auth)?,
        addresses: Addresses {
            authorize: item.authorize_url,
            token: item.token_url,
            revocation: item.revocation_url,
            issuer: item.issuer,
        },
        secret: Mark { seal: item.secret_seal.parse().ok()?, hash: item.secret_hash.parse().ok()? },
        grants: item.grants,
        version: item.version,
        created: Stamp { at: item.created_at, by: item.created_by },
        updated: Stamp { at: item.updated_at, by: item.updated_by },
    })
}

fn listed(account: &AccountId, item: Item) -> AppRow {
    let id =
        text_of(&item, "SK").and_then(|row| row.strip_prefix(place::APPS)).unwrap_or_default().to_owned();
    match read(account, item) {
        Some(app) => AppRow::App(Box::new(app)),
        None => AppRow::Unreadable { id },
    }
}

impl ReadApp for Tables {
    async fn read_app(&self, account: &AccountId, app: &AppId) -> Result<Option<App>, Error> {
        let item = self.get(&self.keyward, place::app(account, app)).await?;
        item.map(|item| read(account, item).ok_or(Error::RowUnreadable(StoredRow::App))).transpose()
    }
}

impl ReadSealedApp for Tables {
    async fn read_sealed_app(
        &self,
        account: &AccountId,
        app: &AppId,
    ) -> Result<Option<SealedEntry>, PortError> {
        let item = self.get(&self.vault, place::app_secret(account, app)).await?;
        Ok(item.as_ref().and_then(sealed_item::read))
    }
}

impl ListApps for Tables {
    async fn list_apps(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<AppRow>, PortError> {
        let partition = place::app_partition(account);
        let (items, next) = self.page_beginning(partition, place::APPS, after, limit).await?;
        Ok(Page { rows: items.into_iter().map(|item| listed(account, item)).collect(), next })
    }
}

impl ChangeApp for Tables {
    async fn change_app(&self, change: &AppChange) -> Result<(), CommitError> {
        let AppChange { by, before, app, sealed } = change;
        let mut transaction = Transaction::by(self, by);
        match before {
            None => transaction.put_if(Part::Row, &self.keyward, item(app)?, Condition::absent())?,
            Some(before) => {
                // The number of grants is left alone: connections come and go meanwhile.
                let mut condition = Condition::present().at_version(*before);
                let mut set = Vec::new();
                let content = item(app)?;
                let removed = ["authorize_url", "token_url", "revocation_url", "issuer"]
                    .into_iter()
                    .filter(|name| !content.contains_key(*name))
                    .collect::<Vec<_>>();
                for (index, (name, value)) in content.into_iter().enumerate() {
                    if ["PK", "SK", "grants"].contains(&name.as_str()) {
                        continue;
                    }
                    set.push(format!("#a{index} = :a{index}"));
                    condition =
                        condition.name(&format!("#a{index}"), &name).value(&format!(":a{index}"), value);
                }
                let mut expression = format!("SET {}", set.join(", "));
                if !removed.is_empty() {
                    expression = format!("{expression} REMOVE {}", removed.join(", "));
                }
                let row = place::app(&app.account, &app.id);
                transaction.update_if(Part::Row, &self.keyward, row, &expression, condition)?;
            }
        }
        if let Some(sealed) = sealed {
            let at = place::app_secret(&app.account, &app.id);
            transaction.put(&self.vault, sealed_item::item(at, sealed))?;
        }
        transaction.commit(*before).await
    }

    async fn delete_app(&self, change: &AppChange) -> Result<(), CommitError> {
        let AppChange { by, before, app, .. } = change;
        let unused = Condition::present()
            .at_version(before.unwrap_or_default())
            .and("grants = :none")
            .number(":none", 0);
        let mut transaction = Transaction::by(self, by);
        transaction.delete_if(Part::Row, &self.keyward, place::app(&app.account, &app.id), unused)?;
        transaction.delete(&self.vault, place::app_secret(&app.account, &app.id))?;
        transaction.commit(*before).await
    }
}
