//! The functions of the system library.

use keyward_shared::permission::Permission;

use super::{Calls, Function, FunctionName, Limits, route::Route};
use crate::{
    handlers::{get_system, list_systems},
    method::Method,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::ListSystems,
        description: "Lists the systems of the library.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/systems",
            Permission::KeysRead,
            list_systems::operation,
            |_, r| Box::pin(async move { list_systems::handle(&r) }),
        )
        .prepared_by(list_systems::prepare)]),
    },
    Function {
        name: FunctionName::GetSystem,
        description: "Shows the template of a system.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/systems/{system_id}",
            Permission::KeysRead,
            get_system::operation,
            |_, r| Box::pin(async move { get_system::handle(&r) }),
        )]),
    },
];
