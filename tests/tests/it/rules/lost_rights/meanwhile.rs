//! The caller's row changes after a function has read it and before the function's transaction.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::table::{FunctionName, functions};
use keyward_local::upstreams::Upstreams;
use keyward_shared::permission::Permission;

use super::{client, member, read, write};
use crate::{
    crashes::{Deed, Ground},
    functions::case,
    support::{
        asked::Asked,
        callers::{self, OWNER},
        faults::Fate,
        keys::Item,
        services::{Functions, Told},
    },
};

/// Where the row of whoever asks is.
fn row_of(asked: &Asked, account: &str) -> Item {
    let name: FunctionName = asked.function.parse().unwrap();
    match name.function().routes()[0].permission {
        Some(Permission::AccountsOperate) => client("operator"),
        Some(Permission::AccountAdmin) => member(account, OWNER),
        _ if asked.is_by_owner() => member(account, OWNER),
        _ => client(&callers::machine(account)),
    }
}

/// The answer when this becomes of the caller's row while the transaction is on its way.
async fn asked_while(ground: &Ground, asked: &Asked, own: &Item, becomes: Option<Item>) -> Told {
    let functions = Arc::new(Functions::of(ground.api(), Upstreams::default()).await);
    functions.proxy().plan(Box::new(|tried| match tried.operation.as_str() {
        "TransactWriteItems" => Fate::Waits,
        _ => Fate::Passes,
    }));
    let (inner, asked) = (Arc::clone(&functions), asked.clone());
    let mut answer = tokio::spawn(async move { inner.ask(&asked).await });
    tokio::select! {
        () = functions.proxy().held() => {}
        told = &mut answer => panic!("nothing was changed: {told:?}"),
    }
    write(ground.api(), own, becomes).await;
    functions.proxy().let_go();
    answer.await.unwrap()
}

/// Every deed that a caller does to what is stored: all but a use, and what the platform tells.
fn deeds() -> impl Iterator<Item = Deed> {
    functions()
        .flat_map(|function| case(function.name).deeds)
        .copied()
        .filter(|deed| ![Deed::SendRequest, Deed::PublishEvent].contains(deed))
}

fn at_another_version(row: &Item) -> Item {
    let mut row = row.clone();
    row.insert("version".to_owned(), AttributeValue::N("7".to_owned()));
    row
}

#[tokio::test]
async fn a_right_that_is_lost_on_the_way_stops_the_change() {
    let ground = Ground::start().await;
    for deed in deeds() {
        for (name, told) in [("suspended", (403, "forbidden")), ("removed", (401, "not-signed-in"))] {
            let account = format!("{name}-{deed:?}");
            let asked = ground.prepare(deed, &account).await;
            let own = row_of(&asked, &account);
            let whole = read(ground.api(), &own).await;
            let before = ground.api().everything().await;
            let lost = (name == "suspended").then(|| {
                let mut row = at_another_version(&whole);
                row.insert("state".to_owned(), AttributeValue::S("suspended".to_owned()));
                row
            });
            let answer = asked_while(&ground, &asked, &own, lost).await;
            assert_eq!((answer.status, &*answer.code), told, "{deed:?} {name} {answer:?}");
            write(ground.api(), &own, Some(whole)).await;
            assert_eq!(ground.api().everything().await, before, "{deed:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_caller_whose_row_changed_and_gives_the_right_all_the_same_is_not_refused() {
    let ground = Ground::start().await;
    for deed in deeds() {
        let account = format!("kept-{deed:?}");
        let asked = ground.prepare(deed, &account).await;
        let own = row_of(&asked, &account);
        let whole = read(ground.api(), &own).await;
        let answer = asked_while(&ground, &asked, &own, Some(at_another_version(&whole))).await;
        assert!((200..300).contains(&answer.status), "{deed:?} {answer:?}");
        write(ground.api(), &own, Some(whole)).await;
    }
}
