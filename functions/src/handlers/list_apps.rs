//! `GET /v1/apps`: the account's own OAuth clients. Permission `keys:read`: whoever makes a key chooses one. One query.

use keyward_shared::{
    connect::{AppRow, Callback, list_apps},
    page::{List, ListName},
    ports::ListApps,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::app_view::AppView;
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &impl ListApps,
    callback: &Callback<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["limit", "cursor"])?;
    let caller = request.caller()?;
    let list = List::whole(ListName::Apps);
    let (limit, cursor) = query.page(caller.account(), &list)?;
    let page = list_apps(store, caller, cursor.as_ref(), limit).await?;
    let shown = |row| match row {
        AppRow::App(app) => AppRowView::App(Box::new(AppView::of(&app, Some(callback.of(&app.id))))),
        AppRow::Unreadable { id: app_id } => {
            AppRowView::Unreadable(UnreadableApp { app_id, state: "unreadable" })
        }
    };
    Ok(Answer::ok(&AppList {
        items: page.rows.into_iter().map(shown).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the account's apps").paged(schemas).ok::<AppList>(schemas)
}

/// A page of the account's apps, in the order of their ids.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AppList {
    /// The apps.
    items: Vec<AppRowView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// An app, or a row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "AppRow")]
enum AppRowView {
    /// An app.
    App(Box<AppView>),
    /// A row that cannot be read.
    Unreadable(UnreadableApp),
}

/// A row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadableApp {
    /// The id, from the row's key.
    app_id: String,
    /// `unreadable`.
    state: &'static str,
}
