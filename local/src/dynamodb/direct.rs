//! Calls of the database without HTTP.

use std::io;

use dynoxide::Database;
use serde::{Serialize, de::DeserializeOwned};

use super::durable::Durable;

/// What the target of a call begins with.
const TARGET: &str = "DynamoDB_20120810.";

/// The answer to a call that the database did, which is on disk when it returns. `None` for a call that it refused or that is
/// not made here, which has changed nothing.
///
/// # Errors
///
/// When what was written could not be synced.
pub(super) fn call(
    database: &Database,
    durable: &Durable,
    target: &str,
    body: &[u8],
) -> io::Result<Option<Vec<u8>>> {
    let read = |answer: Option<Vec<u8>>| Ok(answer);
    let written = |answer: Option<Vec<u8>>| {
        if answer.is_some() {
            durable.wait()?;
        }
        Ok(answer)
    };
    match target.strip_prefix(TARGET).unwrap_or_default() {
        "BatchGetItem" => read(done(body, |request| database.batch_get_item(request))),
        "GetItem" => read(done(body, |request| database.get_item(request))),
        "Query" => read(done(body, |request| database.query(request))),
        "DeleteItem" => written(done(body, |request| database.delete_item(request))),
        "PutItem" => written(done(body, |request| database.put_item(request))),
        "TransactWriteItems" => written(done(body, |request| database.transact_write_items(request))),
        "UpdateItem" => written(done(body, |request| database.update_item(request))),
        _ => Ok(None),
    }
}

fn done<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> Option<Vec<u8>> {
    let answer = operation(serde_json::from_slice(body).ok()?).ok()?;
    serde_json::to_vec(&answer).ok()
}
