//! The functions that connect keys by a person's consent, and the apps that are consented to.

use keyward_shared::permission::Permission;

use super::{
    Calls, Function, FunctionName, Limits,
    rights::{
        CHECK_ROW, HOLD_OWNER, HOLD_PERSON, KNOW_CALLER, KNOW_OWNER, KNOW_PERSON, READ_APP, READ_APP_SECRET,
        READ_KEY_ROW, Resource, Right, SEAL_GRANT, TRIM_VERSIONS, UNWRAP_APP_FORMER,
    },
    route::Route,
};
use crate::{
    config::Variable,
    handlers::{
        begin_connection, create_app, delete_app, discover_app, finish_connection, list_apps, update_app,
    },
    method::Method,
    outbound::bounded,
};

const SEAL_APP: Right = Right::on_items(
    Resource::WrappingKey,
    &["app"],
    &["kms:GenerateDataKey"],
    "Makes the data key of the app's secret. It cannot unwrap the data key again.",
);

const STORE_APP_SECRET: Right = Right::on_items(
    Resource::Vault,
    &["APPSECRET#*"],
    &["dynamodb:PutItem"],
    "Stores the sealed secret in the same transaction.",
);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: FunctionName::ListApps,
        description: "Lists the account's own OAuth clients at systems.",
        limits: Limits::USUAL,
        environment: &[Variable::Origin],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            Right::on_items(Resource::Table, &["APP#*"], &["dynamodb:Query"], "Lists the account's apps."),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Get,
            "/v1/apps",
            Permission::KeysRead,
            list_apps::operation,
            |s, r| Box::pin(async move { list_apps::handle(&s.tables, &s.callback()?, r).await }),
        )]),
    },
    Function {
        name: FunctionName::CreateApp,
        description: "Stores an OAuth client of the account at a system.",
        limits: Limits::USUAL,
        environment: &[Variable::Origin],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(Resource::Table, &["APP#*"], &["dynamodb:PutItem"], "Stores the app."),
            STORE_APP_SECRET,
            SEAL_APP,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/apps",
            Permission::AccountAdmin,
            create_app::operation,
            |s, r| {
                Box::pin(async move {
                    create_app::handle(&s.tables, &s.wrapping, s.moment(), &s.callback()?, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::UpdateApp,
        description: "Changes an app. Its secret stays unless where it goes changes.",
        limits: Limits::USUAL,
        environment: &[Variable::Origin],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["APP#*"],
                &["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Reads the app, and changes it if it still has the version that was read.",
            ),
            STORE_APP_SECRET,
            SEAL_APP,
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Patch,
            "/v1/apps/{app_id}",
            Permission::AccountAdmin,
            update_app::operation,
            |s, r| {
                Box::pin(async move {
                    update_app::handle(&s.tables, &s.wrapping, s.moment(), &s.callback()?, r).await
                })
            },
        )]),
    },
    Function {
        name: FunctionName::DeleteApp,
        description: "Deletes an app that no key is connected with.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[
            KNOW_OWNER,
            CHECK_ROW,
            HOLD_OWNER,
            Right::on_items(
                Resource::Table,
                &["APP#*"],
                &["dynamodb:GetItem", "dynamodb:DeleteItem"],
                "Reads the app, and deletes it if it still has the version that was read, and no grants.",
            ),
            Right::on_items(
                Resource::Vault,
                &["APPSECRET#*"],
                &["dynamodb:DeleteItem"],
                "Deletes the sealed secret in the same transaction.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Delete,
            "/v1/apps/{app_id}",
            Permission::AccountAdmin,
            delete_app::operation,
            |s, r| Box::pin(async move { delete_app::handle(&s.tables, &s.clock, r).await }),
        )]),
    },
    Function {
        name: FunctionName::DiscoverApp,
        description: "Asks an authorization server where its addresses are.",
        limits: Limits::REACHING,
        environment: &[],
        rights: &[
            KNOW_OWNER,
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
            "/v1/apps/discovery",
            Permission::AccountAdmin,
            discover_app::operation,
            |s, r| Box::pin(async move { bounded(discover_app::handle(&s.tables, &s.outside, r)).await }),
        )]),
    },
    Function {
        name: FunctionName::BeginConnection,
        description: "Begins to connect a key: answers with the address where a person consents.",
        limits: Limits::USUAL,
        environment: &[Variable::Origin],
        rights: &[
            KNOW_CALLER,
            CHECK_ROW,
            HOLD_PERSON,
            READ_KEY_ROW,
            READ_APP,
            Right::on_items(
                Resource::Table,
                &["CONNECTION#*"],
                &["dynamodb:PutItem"],
                "Stores digests of the cookie and of the state, for ten minutes.",
            ),
        ],
        calls: Calls::Gateway(&[Route::new(
            Method::Post,
            "/v1/keys/{key_id}/connections",
            Permission::KeysWrite,
            begin_connection::operation,
            |s, r| {
                Box::pin(
                    async move { begin_connection::handle(&s.tables, s.moment(), &s.callback()?, r).await },
                )
            },
        )]),
    },
    Function {
        name: FunctionName::FinishConnection,
        description: "Takes a person back from a system, and seals what they granted.",
        limits: Limits::REACHING,
        environment: &[Variable::FormerWrappingKey, Variable::Origin],
        rights: &[
            KNOW_PERSON,
            CHECK_ROW,
            // IAM looks at all items of an action in a transaction together, so one right has them all.
            Right::on_items(
                Resource::Table,
                &["MEMBER#*", "APP#*"],
                &["dynamodb:ConditionCheckItem"],
                "Connects only while the person's row gives the right to it, and the app is there.",
            ),
            Right::on_items(
                Resource::Table,
                &["SETTINGS#*", "GRANT#*"],
                &["dynamodb:GetItem"],
                "Reads which addresses the account may reach inside its networks, and who was connected before.",
            ),
            Right::on_items(
                Resource::Table,
                &["CONNECTION#*"],
                &["dynamodb:GetItem", "dynamodb:DeleteItem"],
                "Takes the connection out, so that nobody comes back twice.",
            ),
            Right::on_items(Resource::Table, &["KEY#*"], &["dynamodb:GetItem"], "Reads the key."),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "APP#*"],
                &["dynamodb:UpdateItem"],
                "Names the connection in the key's row if that still has the version that was read, and counts the app's grants.",
            ),
            Right::on_items(
                Resource::Table,
                &["KEY#*", "AUDIT#*", "ACTIVITY#*", "GRANT#*"],
                &["dynamodb:PutItem"],
                "Stores the new version, its audit entry and what was granted in the same transaction.",
            ),
            TRIM_VERSIONS,
            READ_APP,
            READ_APP_SECRET,
            Right::on_items(
                Resource::Vault,
                &["ACCESS#*", "REFRESH#*"],
                &["dynamodb:PutItem"],
                "Stores the sealed tokens in the same transaction.",
            ),
            Right::on_items(
                Resource::Vault,
                &["REFRESH#*"],
                &["dynamodb:DeleteItem"],
                "Deletes a former refresh token where the system gave none.",
            ),
            SEAL_GRANT,
            Right::on_items(
                Resource::WrappingKey,
                &["app"],
                &["kms:Decrypt"],
                "Unwraps the data key of the app's secret, which shows the system who asks.",
            ),
            UNWRAP_APP_FORMER,
        ],
        calls: Calls::Gateway(&[Route::open("/v1/connections/callback/{app_id}", |s, r| {
            Box::pin(async move {
                let (callback, keys) = (s.callback()?, (&s.unwrapping, &s.wrapping));
                bounded(finish_connection::handle(&s.tables, keys, &s.outside, s.moment(), &callback, r))
                    .await
            })
        })]),
    },
];
