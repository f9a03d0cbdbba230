//! `GET /v1/webhooks`: a page of webhooks by name. Permission `streams:read`. Two queries: an account has so few that
//! they stand together, and so does what makes their deliveries wait.

use jiff::Timestamp;
use keyward_shared::{
    deliveries::hold::{Hold, HoldOf},
    environment::Environment,
    error::Error,
    moment::Clock,
    ports::{ListHolds, ReadWebhooks},
    webhooks::list::{WebhookFilter, WebhookRow},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::{key_view::EnvironmentView, webhook_view::WebhookView};
use crate::{
    edge::{Answer, Code, Failure, Request},
    metrics::Metric,
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadWebhooks + ListHolds),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["environment", "limit", "cursor"])?;
    let caller = request.caller()?;
    let environment = caller.narrowed(query.parsed::<Environment>("environment")?).map_err(Error::from)?;
    let filter = WebhookFilter { environment };
    let (limit, cursor) = query.page(caller.account(), &filter.list())?;
    let webhooks = store.read_webhooks(caller.account()).await.map_err(Error::from)?;
    let holds = store.list_holds(caller.account()).await.map_err(Error::from)?;
    let page = filter.page(webhooks, cursor.as_ref(), limit);
    Metric::UnreadableRows.count(page.rows.iter().filter(|row| row.webhook().is_none()).count());
    Ok(Answer::ok(&WebhookList {
        items: page.rows.iter().map(|row| WebhookRowView::of(row, &holds, clock.now())).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &filter.list())),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List webhooks")
        .query::<EnvironmentView>(schemas, "environment", "Only `live` or only `test` ones.")
        .paged(schemas)
        .ok::<WebhookList>(schemas)
        .refusals(&[Code::WrongEnvironment])
}

/// A page of webhooks.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WebhookList {
    /// The webhooks, in the order of their names.
    items: Vec<WebhookRowView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// A webhook in a list, or a row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "WebhookRow")]
enum WebhookRowView {
    /// One that can be read.
    Webhook(Box<WebhookView>),
    /// A row that cannot be read.
    Unreadable(UnreadableWebhook),
}

/// A row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadableWebhook {
    /// The id, from the row's key.
    id: String,
    /// `unreadable`.
    state: &'static str,
}

impl WebhookRowView {
    fn of(row: &WebhookRow, holds: &[(HoldOf, Hold)], now: Timestamp) -> Self {
        match row {
            WebhookRow::Webhook(webhook) => Self::Webhook(Box::new(WebhookView::held(webhook, holds, now))),
            WebhookRow::Unreadable { id } => {
                Self::Unreadable(UnreadableWebhook { id: id.clone(), state: "unreadable" })
            }
        }
    }
}
