//! The functions that use keys or try them, and those that list what was done with a key or in an account.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{
        CHECK_ROW, FINGERPRINT, KNOW_CALLER, READ_ACCESS, READ_FOR_TRIAL, READ_FOR_USE, READ_GRANTED,
        READ_SEALED, Resource, Right, UNWRAP, UNWRAP_FORMER, WRITE_HEALTH, WRITE_RECEIPT,
    },
    route::Route,
};
use crate::{
    config::Variable,
    handlers::{
        list_audit, list_key_audit, resolve_key, send_request, sign_request, verify_draft, verify_key,
    },
    method::Method,
    outbound::bounded,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::SignRequest,
        description: "Signs a request with a key. Auth variants that would show the secret need `keys:resolve` too.",
        limits: Limits::REACHING,
        environment: &[Variable::FormerWrappingKey],
        rights: &[
            READ_FOR_USE,
            CHECK_ROW,
            READ_SEALED,
            READ_GRANTED,
            READ_ACCESS,
            WRITE_RECEIPT,
            WRITE_HEALTH,
            UNWRAP,
            UNWRAP_FORMER,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/sign",
            Permission::KeysUse,
            sign_request::operation,
            |s, r| {
                Box::pin(async move {
                    bounded(sign_request::handle(&s.tables, &s.unwrapping, &s.reach(), s.moment(), r)).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::SendRequest,
        description: "Signs a request with a key, sends it, and answers with the response without the secrets in it.",
        limits: Limits::REACHING,
        environment: &[Variable::FormerWrappingKey],
        rights: &[
            READ_FOR_USE,
            CHECK_ROW,
            READ_SEALED,
            READ_GRANTED,
            READ_ACCESS,
            WRITE_RECEIPT,
            WRITE_HEALTH,
            UNWRAP,
            UNWRAP_FORMER,
            Right::on_items(
                Resource::Vault,
                &["IDEMPOTENCY#*"],
                &["dynamodb:GetItem", "dynamodb:PutItem"],
                "Refuses a repeated send with the receipt of the first one.",
            ),
            FINGERPRINT,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/send",
            Permission::KeysUse,
            send_request::operation,
            |s, r| {
                Box::pin(async move {
                    bounded(send_request::handle(
                        &s.tables,
                        &s.unwrapping,
                        &s.fingerprinting,
                        &s.reach(),
                        s.moment(),
                        r,
                    ))
                    .await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::ResolveKey,
        description: "Hands out the plain values of one entry of a key. No person has this permission.",
        limits: Limits::USUAL,
        environment: &[Variable::FormerWrappingKey],
        rights: &[
            READ_FOR_USE,
            CHECK_ROW,
            READ_SEALED,
            READ_GRANTED,
            READ_ACCESS,
            Right::on_items(
                Resource::Table,
                &["RECEIPT#*"],
                &["dynamodb:PutItem"],
                "Writes the receipt: without a receipt the key is not used.",
            ),
            UNWRAP,
            UNWRAP_FORMER,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/resolve",
            Permission::KeysResolve,
            resolve_key::operation,
            |s, r| {
                Box::pin(async move {
                    resolve_key::handle(&s.tables, &s.unwrapping, &s.reach(), s.moment(), r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::VerifyKey,
        description: "Tries a key against its system, as it is stored or with an edit that is not saved.",
        limits: Limits::REACHING,
        environment: &[Variable::FormerWrappingKey, Variable::MailName],
        rights: &[
            READ_FOR_TRIAL,
            CHECK_ROW,
            READ_SEALED,
            READ_GRANTED,
            READ_ACCESS,
            WRITE_RECEIPT,
            WRITE_HEALTH,
            UNWRAP,
            UNWRAP_FORMER,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/verify",
            Permission::KeysVerify,
            verify_key::operation,
            |s, r| {
                Box::pin(async move {
                    bounded(verify_key::handle(&s.tables, &s.unwrapping, &s.reach(), s.moment(), r)).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::VerifyDraft,
        description: "Tries a key that is not stored.",
        limits: Limits::REACHING,
        environment: &[Variable::MailName],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*"],
                &["dynamodb:GetItem"],
                "Reads which addresses the account may reach inside its customers' networks.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/verifications",
            Permission::KeysVerify,
            verify_draft::operation,
            |s, r| {
                Box::pin(
                    async move { bounded(verify_draft::handle(&s.tables, &s.outside, s.moment(), r)).await },
                )
            },
        )]),
    },
    Function {
        name: FunctionName::ListKeyAudit,
        description: "Lists every change and every use of a key.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["KEY#*"],
                &["dynamodb:GetItem"],
                "Reads which environment the key is of.",
            ),
            Right::on_items(
                Resource::Table,
                &["AUDIT#*", "RECEIPT#*"],
                &["dynamodb:Query"],
                "Lists changes and uses together.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/keys/{key_id}/audit",
            Permission::AuditRead,
            list_key_audit::operation,
            |s, r| Box::pin(async move { list_key_audit::handle(&s.tables, r).await }),
        )]),
    },
    Function {
        name: FunctionName::ListAudit,
        description: "Lists what was done in the account: the changes of all keys. Filters: who, key, kind, environment, time.",
        limits: Limits::TWO_AT_ONCE,
        environment: &[],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(
                Resource::Table,
                &["ACTIVITY#*"],
                &["dynamodb:Query"],
                "Lists the changes of the account's keys.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/audit",
            Permission::AuditRead,
            list_audit::operation,
            |s, r| Box::pin(async move { list_audit::handle(&s.tables, r).await }),
        )]),
    },
];
