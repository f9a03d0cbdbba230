//! `GET /v1/account`: the caller's account, with its organizations. Permission `streams:read`, which every role has. One read.

use keyward_shared::{membership::profile, ports::ReadProfile};
use schemars::SchemaGenerator;

use super::account_view::AccountView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ReadProfile, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let account = profile::find(store, request.caller()?).await?;
    Ok(Answer::ok(&AccountView::from(&account)).version(account.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show the account")
        .ok::<AccountView>(schemas)
        .versioned()
        .refusals(&[Code::NotFound, Code::RowUnreadable])
}
