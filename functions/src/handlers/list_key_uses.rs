//! `GET /v1/keys/{key_id}/uses`: what uses a key. Permission `keys:read`. One read and one query.

use keyward_shared::{
    endpoints::list::uses_of,
    error::Error,
    ports::{ListKeyUses, ReadKey},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    edge::{Answer, Code, Failure, Request, UseView},
    openapi::Operation,
};

pub async fn handle(keys: &(impl ReadKey + ListKeyUses), request: Request) -> Result<Answer, Failure> {
    let query = request.query(&["limit", "cursor"])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let list = uses_of(&id);
    let (limit, cursor) = query.page(caller.account(), &list)?;
    let key = keys.read_key(caller.account(), &id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment).map_err(Error::from)?;
    let page =
        keys.list_key_uses(caller.account(), &id, cursor.as_ref(), limit).await.map_err(Error::from)?;
    Ok(Answer::ok(&KeyUseList {
        items: page.uses.iter().map(UseView::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List what uses a key").paged(schemas).ok::<KeyUseList>(schemas).refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
    ])
}

/// A page of a key's uses.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KeyUseList {
    /// The uses.
    items: Vec<UseView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}
