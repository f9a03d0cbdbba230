//! The functions of an account and its members.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{CHECK_ROW, HOLD_OWNER, KNOW_CALLER, KNOW_OWNER, Resource, Right, WRITE_ROW},
    route::Route,
};
use crate::{
    config::Variable,
    handlers::{
        get_account, invite_member, list_members, remove_member, resend_invitation, reset_second_factor,
        sign_out, update_account, update_member,
    },
    method::Method,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::GetAccount,
        description: "Shows the account with its organizations.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*", "ORGANIZATIONS#*"],
                &["dynamodb:GetItem"],
                "Reads the account's settings and its organizations.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/account",
            Permission::StreamsRead,
            get_account::operation,
            |s, r| Box::pin(async move { get_account::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::UpdateAccount,
        description: "Changes the account's title, its organizations, and whether its people manage keys themselves.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*", "ORGANIZATIONS#*"],
                &["dynamodb:GetItem"],
                "Reads the account's settings and its organizations.",
            ),
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*"],
                &["dynamodb:UpdateItem"],
                "Changes the settings if they still have the version that was read.",
            ),
            Right::on_items(
                Resource::Table,
                &["ORGANIZATIONS#*"],
                &["dynamodb:PutItem"],
                "Stores the organizations in the same transaction.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Patch,
            "/v1/account",
            Permission::AccountAdmin,
            update_account::operation,
            |s, r| Box::pin(async move { update_account::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::ListMembers,
        description: "Lists the people of the account, or those who were removed.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["MEMBER#*", "FORMER#*"],
                &["dynamodb:Query"],
                "Lists the account's members, and those who were removed.",
            ),
            Right::on_items(
                Resource::Table,
                &["SIGNIN#*"],
                &["dynamodb:BatchGetItem"],
                "Reads which of them have signed in.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/members",
            Permission::AccountAdmin,
            list_members::operation,
            |s, r| Box::pin(async move { list_members::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::InviteMember,
        description: "Invites a person to the account.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["MEMBER#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Reads whether the person is a member, and stores the member.",
            ),
            WRITE_ROW,
            Right::on(
                Resource::UserPool,
                &["cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser"],
                "Invites the person, or finds the person who is in the user pool already.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/members",
            Permission::AccountAdmin,
            invite_member::operation,
            |s, r| {
                Box::pin(async move {
                    let pool = s.user_pool()?;
                    invite_member::handle(&s.tables, pool, &s.clock, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::UpdateMember,
        description: "Changes a member's role or state.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["MEMBER#*"],
                &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
                "Reads and changes the member, and looks for another owner.",
            ),
            WRITE_ROW,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Patch,
            "/v1/members/{member_id}",
            Permission::AccountAdmin,
            update_member::operation,
            |s, r| Box::pin(async move { update_member::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::RemoveMember,
        description: "Removes a member from the account.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["MEMBER#*"],
                &["dynamodb:GetItem", "dynamodb:Query"],
                "Reads the member, and looks for another owner.",
            ),
            Right::on_items(
                Resource::Table,
                &["MEMBER#*", "SIGNIN#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the member, and when they signed in first.",
            ),
            Right::on_items(
                Resource::Table,
                &["FORMER#*"],
                &["dynamodb:PutItem"],
                "Keeps the address, because audit trails name the person by id.",
            ),
            Right::on(
                Resource::UserPool,
                &["cognito-idp:AdminGetUser", "cognito-idp:AdminDeleteUser"],
                "Removes the person from the sign-in, if the user pool says that the person is of this account.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Delete,
            "/v1/members/{member_id}",
            Permission::AccountAdmin,
            remove_member::operation,
            |s, r| {
                Box::pin(async move {
                    let pool = s.user_pool()?;
                    remove_member::handle(&s.tables, pool, &s.clock, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::ResendInvitation,
        description: "Sends another invitation to a member who has not signed in yet.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            CHANGE_MEMBER,
            WRITE_ROW,
            Right::on(
                Resource::UserPool,
                &["cognito-idp:AdminGetUser", "cognito-idp:AdminCreateUser"],
                "Sends the invitation again, if the user pool says that the person is of this account.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/members/{member_id}/resend-invitation",
            Permission::AccountAdmin,
            resend_invitation::operation,
            |s, r| {
                Box::pin(async move {
                    let pool = s.user_pool()?;
                    resend_invitation::handle(&s.tables, pool, &s.clock, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::ResetSecondFactor,
        description: "Takes a member's second factor back, and signs the member out everywhere.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            CHANGE_MEMBER,
            WRITE_ROW,
            Right::on(
                Resource::UserPool,
                &[
                    "cognito-idp:AdminGetUser",
                    "cognito-idp:AdminDeleteSoftwareToken",
                    "cognito-idp:AdminUserGlobalSignOut",
                ],
                "Takes the second factor back and ends sessions, if the user pool says that the person is of this account.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/members/{member_id}/reset-second-factor",
            Permission::AccountAdmin,
            reset_second_factor::operation,
            |s, r| {
                Box::pin(async move {
                    let pool = s.user_pool()?;
                    reset_second_factor::handle(&s.tables, pool, &s.clock, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::SignOut,
        description: "Signs the caller out on every device.",
        limits: Limits::USUAL,
        environment: &[Variable::UserPool],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            CHANGE_MEMBER,
            WRITE_ROW,
            Right::on(
                Resource::UserPool,
                &["cognito-idp:AdminGetUser", "cognito-idp:AdminUserGlobalSignOut"],
                "Ends sessions, if the user pool says that the person is of this account.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/sign-out",
            Permission::StreamsRead,
            sign_out::operation,
            |s, r| {
                Box::pin(async move {
                    let pool = s.user_pool()?;
                    sign_out::handle(&s.tables, pool, &s.clock, r).await
                })
            },
        )]),
    },
];

/// The row of a member, which a transaction changes.
const CHANGE_MEMBER: Right = Right::on_items(
    Resource::Table,
    &["MEMBER#*"],
    &["dynamodb:GetItem", "dynamodb:PutItem"],
    "Reads the member, and says in their row what was done.",
);
