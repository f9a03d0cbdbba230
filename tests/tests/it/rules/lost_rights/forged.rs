//! Whoever may write the table and may not use the key of rows grants nothing: rows of people and machine clients without a MAC, with
//! another row's, or edited under their own.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use keyward_functions::{
    aws::{clients::Clients, row_macs::RowMacs},
    table::{
        Function, Route,
        looks::{self, Look},
        routes,
    },
};
use keyward_local::{
    kms::{FINGERPRINT_KEY, ROW_KEY},
    stack::{DEPLOYMENT, connection},
    upstreams::Upstreams,
};
use keyward_shared::{
    membership::client_secret::KeptSecret,
    permission::{Permission, Role},
};
use reqwest::Method;
use serde_json::json;

use super::{ask, changing_routes, client, holders, member, place, read, reading, text};
use crate::{
    rules::Named,
    support::{
        Api, TABLE, Who,
        asked::Asked,
        callers,
        faults::Fate,
        keys::{Item, aws4},
        services::Functions,
    },
};

const MAC: &str = "mac";

/// How a row came to be that Keyward did not write. In what it says it grants what the caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    /// It has no MAC.
    Absent,
    /// Its MAC is of the row before it was edited.
    Edited,
    /// Its MAC is that of another row.
    Copied,
    /// Its MAC is of other bytes than a MAC has.
    Short,
    /// Its MAC is by the key that fingerprints requests, which more functions may use.
    OtherKey,
    /// Its MAC is by the right key, for another deployment.
    OtherDeployment,
}

impl Forgery {
    const ALL: [Self; 6] =
        [Self::Absent, Self::Edited, Self::Copied, Self::Short, Self::OtherKey, Self::OtherDeployment];

    /// A row with the same rights as this one.
    async fn of(self, api: &Api, whole: &Item) -> Item {
        let mut row = whole.clone();
        let clients = Clients::new(connection(api.stack().embedded()));
        let sealed = async |key: &str, deployment| {
            RowMacs::new(&clients, key.to_owned(), deployment).sealed(whole.clone()).await.unwrap()
        };
        match self {
            Self::Absent => drop(row.remove(MAC)),
            Self::Edited => drop(row.insert("version".to_owned(), AttributeValue::N("9".to_owned()))),
            Self::Copied => {
                let other = read(api, &client("runtime-test")).await;
                row.insert(MAC.to_owned(), other[MAC].clone());
            }
            Self::Short => drop(row.insert(MAC.to_owned(), AttributeValue::S(STANDARD.encode([0; 31])))),
            Self::OtherKey => row = sealed(FINGERPRINT_KEY, DEPLOYMENT).await,
            Self::OtherDeployment => row = sealed(ROW_KEY, "keyward-elsewhere").await,
        }
        assert_ne!(&row, whole, "{self:?}");
        row
    }
}

#[tokio::test]
async fn rows_that_keyward_did_not_write_change_nothing_by_any_route() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let mut tried = 0;
    for (changing, function, route) in changing_routes() {
        for (token, own) in holders(&api, changing, route.permission.unwrap()) {
            let whole = read(&api, &own).await;
            let before = api.everything().await;
            for forgery in Forgery::ALL {
                api.put_as_it_is(TABLE, forgery.of(&api, &whole).await).await;
                let answer = ask(&api, &token, function, route, &named).await;
                assert_eq!(answer.outcome(), (403, "forbidden".to_owned()), "{forgery:?} {}", route.key());
                tried += 1;
            }
            api.put_as_it_is(TABLE, whole).await;
            assert_eq!(api.everything().await, before, "{}", route.key());
        }
    }
    assert!(tried > 150, "{tried}");
}

/// The routes that show or use something.
fn other_routes() -> impl Iterator<Item = (&'static Function, &'static Route)> {
    let looks = |function: &Function| matches!(looks::of(function), Look::WithTheKey | Look::Lately);
    routes().filter(move |(function, route)| route.permission.is_some() && looks(function))
}

#[tokio::test]
async fn rows_that_keyward_did_not_write_use_and_show_nothing_by_any_route() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    callers::admit(&api.callers_rows(), "acme").await;
    let mut tried = 0;
    for (function, route) in other_routes() {
        let (asked, own) = reading::asked(function, route, &named);
        let whole = read(&api, &own).await;
        for forgery in [Forgery::Absent, Forgery::Edited] {
            api.put_as_it_is(TABLE, forgery.of(&api, &whole).await).await;
            let before = api.everything().await;
            let functions = Functions::of(&api, Upstreams::default()).await;
            let told = functions.ask_as_it_is(&asked).await;
            assert_eq!((told.status, &*told.code), (403, "forbidden"), "{forgery:?} {}", route.key());
            assert!(!functions.calls().contains(&"Decrypt".to_owned()), "{}", route.key());
            assert_eq!(api.everything().await, before, "{forgery:?} {}", route.key());
            tried += 1;
        }
        api.put_as_it_is(TABLE, whole).await;
    }
    assert!(tried > 30, "{tried}");
}

/// Whether a person gets a token with rights.
async fn has_rights(api: &Api, email: &str) -> bool {
    let token = api.stack().sign_in().access_token_for_user(email).unwrap();
    api.call_with(&token, Method::GET, "/v1/account").send().await.status == 200
}

#[tokio::test]
async fn a_person_gets_no_rights_by_a_row_that_was_edited_copied_or_made() {
    let api = Api::start().await;
    let sub = |email: &str| api.stack().sign_in().sub_of(email).unwrap();
    let viewer = member("acme", &sub("viewer@acme.example"));
    let whole = read(&api, &viewer).await;
    assert!(has_rights(&api, "viewer@acme.example").await);
    // Edited: a viewer who makes themselves an owner.
    let mut edited = whole.clone();
    edited.insert("role".to_owned(), text(Role::Owner.as_str()));
    api.put_as_it_is(TABLE, edited).await;
    assert!(!has_rights(&api, "viewer@acme.example").await);
    // Copied: the owner's row under the viewer's id, and the row of an owner of another account.
    for owner in [member("acme", &sub("owner@acme.example")), member("globex", &sub("owner@globex.example"))]
    {
        let mut copied = read(&api, &owner).await;
        copied.extend(viewer.clone());
        api.put_as_it_is(TABLE, copied).await;
        assert!(!has_rights(&api, "viewer@acme.example").await);
    }
    // Made: a row without a MAC.
    let mut made = viewer.clone();
    made.extend([("role".to_owned(), text("owner")), ("state".to_owned(), text("active"))]);
    api.put_as_it_is(TABLE, made).await;
    assert!(!has_rights(&api, "viewer@acme.example").await);
    api.put_as_it_is(TABLE, whole).await;
    assert!(has_rights(&api, "viewer@acme.example").await);
}

#[tokio::test]
async fn a_machine_gets_no_token_by_a_row_that_was_edited_copied_or_made() {
    let api = Api::start().await;
    let secret =
        |name: &str| api.stack().sign_in().test_door_client_secret(name).unwrap().expose().to_owned();
    let token = async |name: &str, secret: &str| {
        let call = api.call(Who::Nobody, Method::POST, "/v1/token");
        call.form(&[("grant_type", "client_credentials")]).basic(name, secret).send().await.status.as_u16()
    };
    let whole = read(&api, &client("runtime")).await;
    assert_eq!(token("runtime", &secret("runtime")).await, 200);
    // Edited: further permissions, another account, and the secret of somebody else.
    let of_the_test_client = read(&api, &client("runtime-test")).await["secrets"].clone();
    for (name, value) in [
        ("permissions", AttributeValue::L(vec![text("keys:resolve"), text("keys:delete")])),
        ("account_id", text("globex")),
        ("environment", text("test")),
        ("secrets", of_the_test_client),
    ] {
        let mut edited = whole.clone();
        edited.insert(name.to_owned(), value);
        api.put_as_it_is(TABLE, edited).await;
        for known in ["runtime", "runtime-test"] {
            assert_eq!(token("runtime", &secret(known)).await, 401, "{name} {known}");
        }
    }
    api.put_as_it_is(TABLE, whole.clone()).await;
    assert_eq!(token("runtime", &secret("runtime")).await, 200);
    // Copied: the client under another name. Made: an operator with a secret of the forger's.
    let mut copied = whole.clone();
    copied.extend(client("another"));
    api.put_as_it_is(TABLE, copied).await;
    assert_eq!(token("another", &secret("runtime")).await, 401);
    let (shown, kept) = KeptSecret::make(
        &keyward_functions::system::SystemClock,
        &keyward_functions::system::SystemRandom,
        None,
    );
    let kept = Item::from([
        ("id".to_owned(), text(&kept.id.to_string())),
        ("sha256".to_owned(), text(&kept.hash.to_hex())),
        ("created_at".to_owned(), text(&kept.created.to_string())),
    ]);
    let mut made = client("forged-operator");
    made.extend([
        ("state".to_owned(), text("active")),
        ("permissions".to_owned(), AttributeValue::L(vec![text(Permission::AccountsOperate.as_str())])),
        ("secrets".to_owned(), AttributeValue::L(vec![AttributeValue::M(kept)])),
    ]);
    api.put_as_it_is(TABLE, made.clone()).await;
    assert_eq!(token("forged-operator", shown.expose()).await, 401);
    // The same row is good where somebody wrote it who may authenticate rows.
    api.put(TABLE, made).await;
    assert_eq!(token("forged-operator", shown.expose()).await, 200);
}

#[tokio::test]
async fn a_forged_row_is_not_made_good_by_a_change_and_is_no_owner_who_is_left() {
    let api = Api::start().await;
    let mut made = place("MEMBER#acme".to_owned(), "MEMBER#u-forged".to_owned());
    made.extend([("role".to_owned(), text("owner")), ("state".to_owned(), text("active"))]);
    api.put_as_it_is(TABLE, made).await;
    let before = api.everything().await;
    let owner = api.stack().sign_in().sub_of("owner@acme.example").unwrap();
    let (forged, own) = ("/v1/members/u-forged", format!("/v1/members/{owner}"));
    let viewer = json!({ "role": "viewer" });
    let refused = (409, "row-unreadable".to_owned());
    assert_eq!(api.patch(Who::Owner, forged, 0, &viewer).await.outcome(), refused);
    assert_eq!(api.delete(Who::Owner, forged, 0).await.outcome(), refused);
    // Their own row would leave the account to the forged owner.
    assert_eq!(api.patch(Who::Owner, &own, 0, &viewer).await.outcome(), (409, "last-owner".to_owned()));
    assert_eq!(api.everything().await, before);
    let mut runtime = read(&api, &client("runtime")).await;
    runtime.insert("permissions".to_owned(), AttributeValue::L(vec![text("keys:resolve")]));
    api.put_as_it_is(TABLE, runtime).await;
    let before = api.everything().await;
    let path = "/v1/operator/clients/runtime";
    assert_eq!(api.get(Who::Operator, path).await.outcome(), refused);
    let secret = api.post(Who::Operator, &format!("{path}/secrets"), &json!({})).await;
    assert_eq!(secret.outcome(), refused);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn kms_is_asked_once_about_a_callers_row_and_again_after_it_changed() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    functions.admit("acme").await;
    let sign = Asked::of("sign_request", "acme").path("key_id", &key.id);
    let sign = sign.body(json!({ "method": "GET", "path": "/orders" }));
    let checks = || {
        let tried = functions.proxy().tries().into_iter();
        tried.filter(|(tried, _)| tried.operation == "VerifyMac").count()
    };
    // Without the answer of KMS nothing is used.
    functions.fail(Some("VerifyMac"));
    let before = api.everything().await;
    assert_eq!(functions.ask(&sign).await.status, 503);
    assert_eq!(api.everything().await, before);
    functions.proxy().plan(Box::new(|_| Fate::Passes));
    checks();
    for asked in [1, 0, 0] {
        assert_eq!(functions.ask(&sign).await.status, 200);
        assert_eq!(checks(), asked);
    }
    let own = client(&callers::machine("acme"));
    let mut changed = read(&api, &own).await;
    changed.insert("version".to_owned(), AttributeValue::N("2".to_owned()));
    api.put(TABLE, changed).await;
    for asked in [1, 0] {
        assert_eq!(functions.ask(&sign).await.status, 200);
        assert_eq!(checks(), asked);
    }
    // What is remembered serves while KMS does not answer.
    functions.fail(Some("VerifyMac"));
    assert_eq!(functions.ask(&sign).await.status, 200);
}
