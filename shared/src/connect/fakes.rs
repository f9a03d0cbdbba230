//! Keys and apps for the tests of this module.

use super::{App, Mark, app::Addresses};
use crate::{
    fakes::{Counting, now},
    ids::AppId,
    keys::{
        change,
        fakes::{World as Keys, caller, draft, moment},
        key::Key,
        seal::SealedEntry,
    },
    moment::{Clock, Moment, Random},
    permission::Permission,
    secret::SecretText,
    stamp::Stamp,
    strategy::ClientAuthentication,
};

/// A system, its base address if it has none of its own, and its public fields.
pub(super) type Example = (&'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

/// A live key of a system, which names an app.
pub(super) fn key_of((system, base_url, fields): Example, app: &AppId, random: &Counting) -> Key {
    let app = app.to_string();
    let fields: Vec<_> = fields.iter().copied().chain([("app", app.as_str())]).collect();
    let mut draft = draft("authorization-code", &fields);
    system.clone_into(&mut draft.system);
    draft.headers.clear();
    draft.base_url = base_url.map(str::to_owned);
    let keys = Keys::default();
    let writer = caller(&[Permission::KeysWrite]);
    now(change::create(&keys, &keys, moment(random), &writer, draft, None)).unwrap()
}

/// An app that fits a key, with its sealed secret, which is `s3cret`.
pub(super) fn app_for(
    key: &Key,
    id: AppId,
    addresses: Addresses,
    moment: &Moment<'_, impl Clock, impl Random>,
) -> (App, SealedEntry) {
    let stamp = Stamp { at: moment.clock.now(), by: "user:ann".to_owned() };
    let mut app = App {
        id,
        account: key.account.clone(),
        system: key.system.clone(),
        template_version: key.template_version,
        auth: key.auth.clone(),
        environment: key.environment,
        title: "Our client".parse().unwrap(),
        client_id: "keyward".to_owned(),
        client_auth: ClientAuthentication::Basic,
        addresses,
        secret: Mark::none(moment).ok().unwrap(),
        grants: 1,
        version: 1,
        created: stamp.clone(),
        updated: stamp,
    };
    let secret = SecretText::from("s3cret".to_owned());
    let sealed = now(app.seal(&secret, &Keys::default(), moment)).ok().unwrap();
    (app, sealed)
}
