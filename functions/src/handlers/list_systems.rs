//! `GET /v1/systems`: the systems of the library. Permission `keys:read`. No port: the library is part of the code.

use std::sync::LazyLock;

use keyward_shared::system::{Library, Listed};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    edge::{Answer, Failure, Request, answer::document_of},
    openapi::Operation,
};

pub fn handle(request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    request.caller()?;
    Ok(Answer::document(LIST.clone()))
}

/// The list. It is the same for everybody, so it is made once.
static LIST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let items = Library::listed().iter().map(SystemSummary::from).collect();
    document_of(&SystemList { items, next_cursor: None })
});

/// Makes the list before the first request.
pub fn prepare() {
    LazyLock::force(&LIST);
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the systems that a key can be for").ok::<SystemList>(schemas)
}

/// The systems of the library.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SystemList {
    /// The systems.
    items: Vec<SystemSummary>,
    /// Always null: they fit on one page.
    next_cursor: Option<String>,
}

/// A system in the list.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SystemSummary {
    /// Its id, which a key names.
    system_id: &'static str,
    /// The newest version of its template.
    version: u32,
    /// Its name.
    name: &'static str,
    /// What it is.
    summary: &'static str,
    /// What it speaks: `http`, `soap`, `smtp`, `ftp` or `sftp`.
    kind: &'static str,
}

impl From<&'static Listed> for SystemSummary {
    fn from(listed: &'static Listed) -> Self {
        let &Listed { id, version, name, summary, kind } = listed;
        Self { system_id: id, version, name, summary, kind }
    }
}
