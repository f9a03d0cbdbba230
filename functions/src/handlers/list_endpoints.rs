//! `GET /v1/sources` and `GET /v1/destinations`: a page of endpoints by title. Permission `streams:read`. One query for each
//! environment asked; the answer holds the attributes in the index. With words it is a bounded number of queries, and the row of the
//! account's organizations, whose titles count.

use keyward_shared::{
    endpoints::{
        list::{EndpointFilter, EndpointRow, EndpointSummary},
        search::Words,
    },
    environment::Environment,
    error::Error,
    ids::EndpointKind,
    keys::search::Asked,
    ports::{ListEndpoints, ReadOrganizations},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::{endpoint_view::TriggerView, key_view::EnvironmentView, written_view::WrittenView};
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ListEndpoints + ReadOrganizations),
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["q", "environment", "title_prefix", "limit", "cursor"])?;
    let caller = request.caller()?;
    let asked = query.parsed::<Asked>("q")?;
    let mut filter = EndpointFilter {
        kind: request.endpoint_kind()?,
        environment: caller.narrowed(query.parsed::<Environment>("environment")?).map_err(Error::from)?,
        title_prefix: query.parsed("title_prefix")?,
        words: None,
    };
    if let Some(asked) = asked {
        let organizations = store.read_organizations(caller.account()).await.map_err(Error::from)?;
        filter.words = Some(Words::new(asked, &organizations));
    }
    let (limit, cursor) = query.page(caller.account(), &filter.list())?;
    let page = store.list_endpoints(caller.account(), &filter, cursor.as_ref(), limit).await;
    let page = page.map_err(Error::from)?;
    Ok(Answer::ok(&EndpointList {
        items: page.rows.into_iter().map(EndpointSummaryView::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &filter.list())),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator, kind: EndpointKind) -> Operation {
    let summary = match kind {
        EndpointKind::Source => "List sources",
        EndpointKind::Destination => "List destinations",
    };
    Operation::new(summary)
        .query::<String>(
            schemas,
            "q",
            "Only those that have all these words, in any case, with or without accents. Each may be the beginning of a word: of the title, of the function, of the title or the id of the system or of the organization, or of an id with what it begins with: its own, or its key's. A page may have fewer than `limit`, and even none, while more are to come: go on until `next_cursor` is null.",
        )
        .query::<EnvironmentView>(schemas, "environment", "Only `live` or only `test` ones.")
        .query::<String>(schemas, "title_prefix", "Only those whose title begins with this, in any case.")
        .paged(schemas)
        .ok::<EndpointList>(schemas)
        .refusals(&[Code::WrongEnvironment])
}

/// A page of sources or of destinations.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EndpointList {
    /// The sources or destinations, in the order of their titles.
    items: Vec<EndpointSummaryView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// A source or destination in a list, or a row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "EndpointSummary")]
enum EndpointSummaryView {
    /// One that can be read.
    Endpoint(Box<ReadableEndpoint>),
    /// A row that cannot be read.
    Unreadable(UnreadableEndpoint),
}

/// A source or destination as a list shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReadableEndpoint {
    /// Of a source: `src_` and a UUIDv7.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    source_id: Option<String>,
    /// Of a destination: `dst_` and a UUIDv7.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    destination_id: Option<String>,
    /// The title.
    title: String,
    /// Its system.
    system_id: String,
    /// The platform's function.
    function: String,
    /// What starts it.
    trigger: TriggerView,
    /// Live or test.
    environment: EnvironmentView,
    /// Its key.
    key_id: Option<String>,
    /// Whose entry of the key.
    organization: Option<String>,
    /// Whether it is in use.
    active: bool,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
}

/// A row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadableEndpoint {
    /// The id, from the row's key.
    id: String,
    /// `unreadable`.
    state: &'static str,
}

impl From<EndpointRow> for EndpointSummaryView {
    fn from(row: EndpointRow) -> Self {
        match row {
            EndpointRow::Endpoint(summary) => Self::Endpoint(Box::new(ReadableEndpoint::from(*summary))),
            EndpointRow::Unreadable { id } => {
                Self::Unreadable(UnreadableEndpoint { id, state: "unreadable" })
            }
        }
    }
}

impl From<EndpointSummary> for ReadableEndpoint {
    fn from(summary: EndpointSummary) -> Self {
        let id = summary.id.to_string();
        let (source_id, destination_id) = match summary.id.kind() {
            EndpointKind::Source => (Some(id), None),
            EndpointKind::Destination => (None, Some(id)),
        };
        Self {
            source_id,
            destination_id,
            title: summary.title,
            system_id: summary.system,
            function: summary.function,
            trigger: TriggerView::from(&summary.trigger),
            environment: summary.environment.into(),
            key_id: summary.key.map(|key| key.to_string()),
            organization: summary.organization.map(|organization| organization.to_string()),
            active: summary.active,
            written: WrittenView::new(summary.version, summary.created, summary.updated),
        }
    }
}
