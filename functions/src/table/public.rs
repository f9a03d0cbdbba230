//! The functions that ask for no token: the API document, the version, the control panel, and the answer to everything else.

use super::{Calls, Function, FunctionName, Limits, route::Route};
use crate::{
    config::Variable,
    handlers::{get_openapi, get_panel, get_version, not_found},
};

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
        name: FunctionName::GetVersion,
        description: "Answers with the commit and the format of the code.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::open_api("/v1/version", get_version::operation, |s, r| {
            Box::pin(async move { get_version::handle(&s.clock, &r) })
        })]),
    },
    Function {
        name: FunctionName::GetPanel,
        description: "Answers with the files of the control panel.",
        limits: Limits::USUAL,
        environment: &[Variable::Issuer, Variable::LogoutUrl],
        rights: &[],
        calls: Calls::Gateway(&[
            Route::open("/", |s, r| Box::pin(async move { get_panel::page(s.panel_page(), &r) })),
            Route::open("/config.json", |s, _| Box::pin(async move { get_panel::config(s.panel_page()) })),
            Route::open("/favicon.svg", |s, r| Box::pin(async move { get_panel::icon(s.panel_page(), &r) })),
            Route::open("/assets/{file}", |s, r| {
                Box::pin(async move { get_panel::asset(s.panel_page(), &r) })
            }),
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
