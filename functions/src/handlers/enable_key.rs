//! `POST /v1/keys/{key_id}/enable`: lets a disabled key be used again. Permission `keys:write`. It can neither open nor seal.

use keyward_shared::{
    keys::change::Switch,
    moment::Clock,
    ports::{ReadKey, ReadLastUses, UpdateKey},
};
use schemars::SchemaGenerator;

use super::disable_key::{switch, switching};
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKey + ReadLastUses + UpdateKey),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    switch(keys, clock, request, Switch::Enable).await
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    switching(Operation::new("Enable a key"), schemas)
}
