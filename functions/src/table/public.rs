//! The functions that ask for no token: the API document, the control panel, and the answer to everything else.

use super::{
    Calls, Function, FunctionName, Limits, Variable,
    route::{Handler, Route},
};
use crate::handlers::{get_openapi, get_panel, not_found};
const GET_PANEL: Handler = |s, r| Box::pin(async move { get_panel::handle(s.panel_page(), &r) });

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::GetOpenapi,
        description: "Answers with the API document.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::open_api("/v1/openapi.json", get_openapi::operation, |_, r| {
            Box::pin(async move { get_openapi::handle(&r) })
        })]),
    },
    Function {
        name: FunctionName::GetPanel,
        description: "Answers with the files of the control panel.",
        limits: Limits::USUAL,
        environment: &[Variable::Issuer, Variable::LogoutUrl],
        rights: &[],
        calls: Calls::Gateway(&[
            Route::open("/", GET_PANEL),
            Route::open("/config.json", GET_PANEL),
            Route::open("/favicon.svg", GET_PANEL),
            Route::open("/assets/{file}", GET_PANEL),
        ]),
    },
    Function {
        name: FunctionName::NotFound,
        description: "Answers every request that no route is for.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::default(|_, r| Box::pin(async move { not_found::handle(&r) }))]),
    },
];
