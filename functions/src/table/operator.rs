//! The operator's functions: accounts and machine clients.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{CHECK_ROW, HOLD_OPERATOR, KNOW_OPERATOR, Resource, Right, WRITE_ROW},
    route::Route,
};
use crate::{
    config::Variable,
    handlers::{operate_account, operate_client},
    method::Method,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::OperateAccount,
        description: "Shows an account, makes one with its first owner, and changes what only an operator may.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_OPERATOR,
            CHECK_ROW,
            HOLD_OPERATOR,
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                "Reads and stores the account's settings.",
            ),
            Right::on_items(
                Resource::Table,
                &["MEMBER#*"],
                &["dynamodb:PutItem"],
                "Stores the row of the account's first owner.",
            ),
            WRITE_ROW,
            Right::on(
                Resource::UserPool,
                &["cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser"],
                "Invites the first owner, or finds the person who is in the user pool already.",
            ),
        ],
        calls: Calls::Gateway(&[
            Route::new(
                Method::Get,
                "/v1/operator/accounts/{account_id}",
                Permission::AccountsOperate,
                operate_account::show_operation,
                |s, r| Box::pin(async move { operate_account::show(&s.tables, r).await }),
            ),
            Route::new(
                Method::Put,
                "/v1/operator/accounts/{account_id}",
                Permission::AccountsOperate,
                operate_account::set_operation,
                |s, r| {
                    Box::pin(
                        async move { operate_account::set(&s.tables, s.user_pool()?, &s.clock, r).await },
                    )
                },
            ),
        ]),
    },
    Function {
        name: FunctionName::OperateClient,
        description: "Shows, sets and removes what a machine client may do, for which account and in which environment, and its secrets.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_OPERATOR,
            CHECK_ROW,
            HOLD_OPERATOR,
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*", "CLIENT#*"],
                &["dynamodb:GetItem"],
                "Reads the client, and whether its account exists.",
            ),
            Right::on_items(
                Resource::Table,
                &["CLIENTUSE#*"],
                &["dynamodb:GetItem"],
                "Reads when its secrets were last used.",
            ),
            Right::on_items(
                Resource::Table,
                &["CLIENT#*"],
                &["dynamodb:PutItem", "dynamodb:DeleteItem"],
                "Stores and deletes what `issue_token` reads of a machine client.",
            ),
            WRITE_ROW,
        ],
        calls: Calls::Gateway(&[
            Route::new(
                Method::Get,
                "/v1/operator/clients/{client_id}",
                Permission::AccountsOperate,
                operate_client::show_operation,
                |s, r| Box::pin(async move { operate_client::show(&s.tables, r).await }),
            ),
            Route::new(
                Method::Put,
                "/v1/operator/clients/{client_id}",
                Permission::AccountsOperate,
                operate_client::set_operation,
                |s, r| Box::pin(async move { operate_client::set(&s.tables, &s.panel, &s.clock, r).await }),
            ),
            Route::new(
                Method::Delete,
                "/v1/operator/clients/{client_id}",
                Permission::AccountsOperate,
                operate_client::remove_operation,
                |s, r| Box::pin(async move { operate_client::remove(&s.tables, r).await }),
            ),
            Route::new(
                Method::Post,
                "/v1/operator/clients/{client_id}/secrets",
                Permission::AccountsOperate,
                operate_client::add_secret_operation,
                |s, r| Box::pin(async move { operate_client::add_secret(&s.tables, &s.moment(), r).await }),
            ),
            Route::new(
                Method::Delete,
                "/v1/operator/clients/{client_id}/secrets/{secret_id}",
                Permission::AccountsOperate,
                operate_client::remove_secret_operation,
                |s, r| Box::pin(async move { operate_client::remove_secret(&s.tables, &s.clock, r).await }),
            ),
        ]),
    },
];
