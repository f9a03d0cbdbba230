//! `GET /v1/keys/{key_id}`: shows a key, masked. Permission `keys:read`. Three reads at once, and one more of what was granted for a key
//! that somebody connected; it can neither reach the vault nor KMS.

use std::slice;

use futures_util::future::try_join3;
use keyward_shared::{
    error::Error,
    ports::{ListGrants, ReadHealth, ReadKey, ReadLastUses},
};
use schemars::SchemaGenerator;

use super::key_view::KeyView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKey + ReadHealth + ReadLastUses + ListGrants),
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let (account, id) = (caller.account(), request.key_id()?);
    let (key, health, uses) = try_join3(
        async { keys.read_key(account, &id).await },
        async { keys.read_health(account, &id).await.map_err(Error::from) },
        async { keys.read_last_uses(account, slice::from_ref(&id)).await.map_err(Error::from) },
    )
    .await?;
    let key = key.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment).map_err(Error::from)?;
    let last_use = uses.get(&id).copied();
    let mut view = KeyView::from(&key).with_health(health).with_last_use(last_use);
    if !key.connections.is_empty() {
        let grants = keys.list_grants(account, &id).await.map_err(Error::from)?;
        view = view.with_grants(&key, &grants);
    }
    Ok(Answer::ok(&view).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a key").ok::<KeyView>(schemas).versioned().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
    ])
}
