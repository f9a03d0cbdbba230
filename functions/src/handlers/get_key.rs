//! `GET /v1/keys/{key_id}`: shows a key, masked. Permission `keys:read`. Two reads at once; it can neither
//! reach the vault nor KMS.

use futures_util::future::try_join;
use keyward_shared::{
    error::Error,
    ports::{ReadHealth, ReadKey},
};
use schemars::SchemaGenerator;

use super::key_view::KeyView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(keys: &(impl ReadKey + ReadHealth), request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let (account, id) = (caller.account(), request.key_id()?);
    let (key, health) = try_join(async { keys.read_key(account, &id).await }, async {
        keys.read_health(account, &id).await.map_err(Error::from)
    })
    .await?;
    let key = key.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment).map_err(Error::from)?;
    Ok(Answer::ok(&KeyView::from(&key).with_health(health)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a key").ok::<KeyView>(schemas).versioned().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
    ])
}
