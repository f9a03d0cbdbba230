//! `DELETE /v1/keys/{key_id}`: deletes a key that is not in use. Permission `keys:delete`. One transaction.
//!
//! For seven days it can be brought back, and its sealed values stay; with `purge=now` it cannot, and they are purged by
//! `on_table_change`, which reads the table's stream.

use std::str::FromStr;

use keyward_shared::{
    keys::change::{self, Purge},
    moment::Clock,
    ports::{BuryKey, DeleteKey, ListKeyUses, ReadKeyRow},
};
use schemars::{JsonSchema, SchemaGenerator};

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

/// The parameter `purge`.
struct Now;

impl FromStr for Now {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "now" { Ok(Self) } else { Err("is `now`, or is left out") }
    }
}

/// When the sealed values of a deleted key are purged.
#[derive(JsonSchema)]
#[schemars(rename = "Purge")]
#[expect(dead_code, reason = "its schema is in the document")]
enum PurgeView {
    /// Within seconds: nobody can bring the key back.
    #[schemars(rename = "now")]
    Now,
}

pub async fn handle(
    keys: &(impl ReadKeyRow + ListKeyUses + DeleteKey + BuryKey),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["purge"])?;
    let purge = query.parsed("purge")?.map_or(Purge::Later, |Now| Purge::Now);
    let caller = request.caller()?;
    let id = request.key_id()?;
    let version = request.seen_version()?;
    change::delete(keys, clock, caller, (&id, version), purge).await?;
    Ok(Answer::no_content())
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Delete a key")
        .query::<PurgeView>(
            schemas,
            "purge",
            "`now` purges the sealed values within seconds, also those of a key that was deleted before. Use it for a key that leaked. \
             Without it the key can be brought back for seven days.",
        )
        .no_content()
        .for_version()
        .refusals(&[
            Code::FreshSignInNeeded,
            Code::NotFound,
            Code::WrongEnvironment,
            Code::KeyInUse,
            Code::KeyUnreadable,
        ])
}
