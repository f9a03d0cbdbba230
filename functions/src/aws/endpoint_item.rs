//! An endpoint as its row in the table `keyward`.

use jiff::Timestamp;
use keyward_shared::{
    endpoints::{
        endpoint::{Activity, Endpoint},
        list::{EndpointRow, EndpointSummary},
        settings::Settings,
        trigger::{Trigger, TriggerDraft},
    },
    error::{Error, PortError, StoredRow},
    ids::{AccountId, EndpointId, EndpointKind, KeyId},
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};

use super::{
    errors::our_fault,
    item::{Item, text_of},
    place,
};

/// An endpoint's row. The index has all of it but the settings.
#[derive(Serialize, Deserialize)]
struct EndpointItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    state: State,
    title: String,
    system_id: String,
    /// The function, the trigger, and the schedule where there is one, with spaces between: an index shows 20 attributes at most.
    runs: String,
    environment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
    version: u64,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
    title_pk: String,
    title_sk: String,
}

/// Whether an endpoint or a webhook is in use, as its row says it.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Active,
    Inactive,
}

impl From<Activity> for State {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Active => Self::Active,
            Activity::Inactive => Self::Inactive,
        }
    }
}

impl From<State> for Activity {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Inactive => Self::Inactive,
        }
    }
}

/// The item of an endpoint, with its place in the index.
pub(super) fn item(endpoint: &Endpoint) -> Result<Item, PortError> {
    let item = EndpointItem {
        partition: place::endpoint_partition(&endpoint.account, &endpoint.id),
        row: place::endpoint_row(&endpoint.id),
        state: endpoint.activity.into(),
        title: endpoint.title.to_string(),
        system_id: endpoint.system.to_string(),
        runs: match endpoint.trigger.cron() {
            Some(cron) => format!("{} {} {cron}", endpoint.function, endpoint.trigger.as_str()),
            None => format!("{} {}", endpoint.function, endpoint.trigger.as_str()),
        },
        environment: endpoint.environment.to_string(),
        key_id: endpoint.key.as_ref().map(ToString::to_string),
        organization: endpoint.organization.as_ref().map(ToString::to_string),
        settings: Some(endpoint.settings.to_json()),
        version: endpoint.version,
        created_at: endpoint.created.at,
        created_by: endpoint.created.by.clone(),
        updated_at: endpoint.updated.at,
        updated_by: endpoint.updated.by.clone(),
        title_pk: place::endpoint_title_partition(
            &endpoint.account,
            endpoint.environment,
            endpoint.id.kind(),
        ),
        title_sk: place::title_place(&endpoint.title.folded(), &endpoint.id),
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

impl EndpointItem {
    fn id(&self) -> Option<EndpointId> {
        let id: EndpointId = self.row.split_once('#')?.1.parse().ok()?;
        (place::endpoint_row(&id) == self.row).then_some(id)
    }

    /// Its function, and the trigger of this.
    fn runs(&self, of: EndpointKind) -> Option<(&str, Trigger)> {
        let (function, trigger) = self.runs.split_once(' ')?;
        let (kind, cron) = match trigger.split_once(' ') {
            Some((kind, cron)) => (kind, Some(cron.to_owned())),
            None => (trigger, None),
        };
        let trigger = Trigger::parse(&TriggerDraft { kind: kind.to_owned(), cron }, of).ok()?;
        Some((function, trigger))
    }

    fn key(&self) -> Option<Option<KeyId>> {
        self.key_id.as_deref().map(str::parse).transpose().ok()
    }

    fn created(&self) -> Stamp {
        Stamp { at: self.created_at, by: self.created_by.clone() }
    }

    fn updated(&self) -> Stamp {
        Stamp { at: self.updated_at, by: self.updated_by.clone() }
    }

    fn parse(self, account: &AccountId) -> Option<Endpoint> {
        let id = self.id().filter(|id| self.partition == place::endpoint_partition(account, id))?;
        let settings: serde_json::Map<_, _> = serde_json::from_str(self.settings.as_deref()?).ok()?;
        let (function, trigger) = self.runs(id.kind())?;
        Some(Endpoint {
            account: account.clone(),
            title: self.title.parse().ok()?,
            system: self.system_id.parse().ok()?,
            function: function.parse().ok()?,
            trigger,
            environment: self.environment.parse().ok()?,
            key: self.key()?,
            organization: self.organization.as_deref().map(str::parse).transpose().ok()?,
            settings: Settings::try_from(settings).ok()?,
            activity: self.state.into(),
            version: self.version,
            created: self.created(),
            updated: self.updated(),
            id,
        })
    }

    fn summary(self) -> Option<EndpointSummary> {
        let id = self.id()?;
        let (function, trigger) = self.runs(id.kind())?;
        Some(EndpointSummary {
            function: function.to_owned(),
            trigger,
            environment: self.environment.parse().ok()?,
            key: self.key()?,
            organization: self.organization.as_deref().map(str::parse).transpose().ok()?,
            active: self.state == State::Active,
            version: self.version,
            created: self.created(),
            updated: self.updated(),
            id,
            title: self.title,
            system: self.system_id,
        })
    }
}

/// Reads the row of this endpoint back. Every text is parsed again, so that a row that Keyward could not have
/// written is not used.
pub(super) fn read(account: &AccountId, id: &EndpointId, item: Item) -> Result<Endpoint, Error> {
    let item: Option<EndpointItem> = serde_dynamo::from_item(item).ok();
    let endpoint = item.and_then(|item| item.parse(account)).filter(|endpoint| endpoint.id == *id);
    endpoint.ok_or_else(|| Error::RowUnreadable(StoredRow::Endpoint(id.clone())))
}

/// The attributes of an endpoint in the index.
pub(super) fn read_summary(item: Item) -> EndpointRow {
    let row = text_of(&item, "SK").unwrap_or_default().to_owned();
    let summary = serde_dynamo::from_item(item).ok().and_then(EndpointItem::summary);
    match summary {
        Some(summary) => EndpointRow::Endpoint(Box::new(summary)),
        None => {
            EndpointRow::Unreadable { id: row.split_once('#').map_or(row.as_str(), |(_, id)| id).to_owned() }
        }
    }
}
