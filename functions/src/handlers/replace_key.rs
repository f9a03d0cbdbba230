//! `POST /v1/keys/{key_id}/replace`: puts another key in its place in everything active that uses it. Permission
//! `streams:write`. One transaction for each use, so it can stop anywhere and be called again.

use keyward_shared::{
    endpoints::replace::{MoveUses, Replace, Replacement, preview, recall, replace},
    error::Error,
    idempotency::Once,
    moment::Clock,
    ports::{Fingerprint, KeepRecord, ListKeyUses, ReadKey, ReadRecord},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request, UseView},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKey + ListKeyUses + MoveUses + ReadRecord + KeepRecord),
    fingerprints: &impl Fingerprint,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let from = request.key_id()?;
    let ReplaceKeyRequest { with, dry_run } = request.body(MAX_BODY_BYTES)?;
    let to = with.parse().map_err(|reason| Error::invalid("with", reason))?;
    let asked = Replace { from: &from, to: &to };
    let replacement = if dry_run {
        preview(store, caller, &asked).await?
    } else {
        let until = request.until();
        let once = Once { records: store, fingerprints, clock };
        let carry_out = |ticket| replace(store, clock, caller, &asked, until, ticket);
        once.run(caller, request.repeatable()?, carry_out, async |outcome| recall(&outcome)).await?
    };
    Ok(Answer::ok(&ReplacementView::from(&replacement)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Replace a key everywhere")
        .request::<ReplaceKeyRequest>(schemas)
        .ok::<ReplacementView>(schemas)
        .repeatable()
        .refusals(&[
            Code::NotFound,
            Code::WrongEnvironment,
            Code::FreshSignInNeeded,
            Code::KeyUnreadable,
            Code::InvalidFields,
        ])
}

/// Which key to put in the place of the one in the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceKeyRequest {
    /// A key of the same system and environment, with every entry that is in use.
    #[schemars(with = "bounds::Key")]
    with: String,
    /// Whether only to show what would be moved.
    #[serde(default)]
    dry_run: bool,
}

/// The moved uses and the remaining uses.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Replacement")]
pub struct ReplacementView {
    /// Whether nothing is left. If not, send the request again to go on.
    done: bool,
    /// How many uses were moved to the other key.
    replaced: u64,
    /// The uses that are left: the first 100 of them.
    left: Vec<UseView>,
}

impl From<&Replacement> for ReplacementView {
    fn from(replacement: &Replacement) -> Self {
        Self {
            done: replacement.left.is_empty(),
            replaced: replacement.replaced,
            left: replacement.left.iter().map(UseView::from).collect(),
        }
    }
}
