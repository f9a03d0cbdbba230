//! The functions that ask for no token: the one that issues tokens, its public keys, the API document, the version, the control panel, and the answer to everything else.

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{CHECK_ROW, Resource, Right},
    route::{Handler, Route},
};
use crate::{
    config::Variable,
    handlers::{get_issuer, get_openapi, get_panel, get_version, issue_token, not_found},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::IssueToken,
        description: "Issues access tokens: to machine clients for their secret, to people for the token of their sign-in.",
        limits: Limits::USUAL,
        environment: &[Variable::SigningKey, Variable::SignInIssuer, Variable::SignInKeys],
        rights: &[
            Right::on_items(
                Resource::Table,
                &["MEMBER#*", "SETTINGS#*", "CLIENT#*"],
                &["dynamodb:GetItem"],
                "Reads the member or the machine client, and the account's settings.",
            ),
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["SIGNIN#*"],
                &["dynamodb:PutItem"],
                "Notes when somebody who was invited signs in first.",
            ),
            Right::on_items(
                Resource::Table,
                &["FAILURES#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Counts wrong secrets of a client from an address.",
            ),
            Right::on_items(
                Resource::Table,
                &["CLIENTUSE#*"],
                &["dynamodb:UpdateItem"],
                "Notes when a secret was last used.",
            ),
            Right::on(Resource::TokenSigningKey, &["kms:Sign"], "Signs the token. No other function may."),
        ],
        calls: Calls::Gateway(&[Route::proving("/v1/token", issue_token::operation, |s, r| {
            Box::pin(async move {
                let (signing, issuer) = s.issuing()?;
                issue_token::handle((&s.tables, signing), &s.moment(), &issuer, r).await
            })
        })]),
    },
    Function {
        name: FunctionName::GetIssuer,
        description: "Answers with the name of the issuer of tokens, and with the public keys that check them.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[
            Route::open("/v1/.well-known/openid-configuration", |s, r| {
                Box::pin(async move { get_issuer::metadata(s.issuer(), &r) })
            }),
            Route::open("/v1/.well-known/jwks.json", |s, r| {
                Box::pin(async move { get_issuer::keys(s.issuer(), &r) })
            }),
        ]),
    },
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
            Route::open("/", PAGE),
            Route::head("/", PAGE),
            Route::open("/config.json", CONFIG),
            Route::head("/config.json", CONFIG),
            Route::open("/favicon.svg", ICON),
            Route::head("/favicon.svg", ICON),
            Route::open("/assets/{file}", ASSET),
            Route::head("/assets/{file}", ASSET),
        ]),
    },
    Function {
        name: FunctionName::NotFound,
        description: "Answers every request that no route is for, and leads from addresses without # into the control panel.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::default(|_, r| Box::pin(async move { not_found::handle(&r) }))]),
    },
];

/// What the control panel answers to `GET`, and to `HEAD`.
const PAGE: Handler = |s, r| Box::pin(async move { get_panel::page(s.panel_page(), &r) });
const CONFIG: Handler = |s, _| Box::pin(async move { get_panel::config(s.panel_page()) });
const ICON: Handler = |s, r| Box::pin(async move { get_panel::icon(s.panel_page(), &r) });
const ASSET: Handler = |s, r| Box::pin(async move { get_panel::asset(s.panel_page(), &r) });
