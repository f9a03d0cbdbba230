//! A use reads a part of a key's row. Its answer is that of a use that reads all of it.

use std::{
    slice,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use keyward_functions::aws::{Tables, clients::Clients, wrapping::Unwrapping};
use keyward_local::stack::{connection, row_macs};
use keyward_shared::{
    caller::{Caller, Claims, PanelClient},
    error::{Error, PortError},
    ids::KeyId,
    keys::{
        health::Health,
        receipt::Receipt,
        using::{Ask, AskedBody, AskedTarget, Selection, resolve, sign},
    },
    moment::{Clock, Moment, Random},
    outbound::{ObtainError, SessionCall, TokenCall},
    permission::Permission,
    ports::{
        Extent, ForUse, GrantedCall, ObtainGranted, ObtainToken, OpenSession, ReadForUse, WriteHealth,
        WriteReceipt,
    },
    sealing::EntryName,
    signing::oauth2::AccessToken,
    soap,
    system::{Library, Template},
};
use serde_json::{Value, json};

use super::{HttpMethod, masked_round_trip::filled};
use crate::support::{
    Api, TABLE, VAULT, Who,
    seeded::{Seeded, seed},
    services::config,
    uses::for_organizations,
};

/// The tables, with each use reading so much of the row.
struct Reading<'a>(&'a Tables, Extent);

impl ReadForUse for Reading<'_> {
    async fn read_for_use(
        &self,
        caller: &Caller,
        key: &KeyId,
        names: &[EntryName],
        _: Extent,
    ) -> Result<ForUse, Error> {
        self.0.read_for_use(caller, key, names, self.1).await
    }
}

impl WriteReceipt for Reading<'_> {
    async fn write_receipt(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.0.write_receipt(receipt).await
    }
}

impl WriteHealth for Reading<'_> {
    async fn write_health(&self, health: &Health) -> Result<(), PortError> {
        self.0.write_health(health).await
    }
}

/// Gives no token and no session, and says for which origin it was asked.
struct Refusing;

impl ObtainToken for Refusing {
    async fn obtain_token(&self, call: TokenCall<'_>) -> Result<Arc<AccessToken>, ObtainError> {
        Err(ObtainError::Unusable(call.target.to_string()))
    }
}

impl OpenSession for Refusing {
    async fn open_session(&self, call: SessionCall<'_>) -> Result<Arc<soap::Session>, ObtainError> {
        Err(ObtainError::Unusable(call.target.to_string()))
    }
}

impl ObtainGranted for Refusing {
    async fn obtain_granted(&self, call: GrantedCall<'_>) -> Result<Arc<AccessToken>, Error> {
        Err(Error::CannotSign(call.key.connections.len().to_string()))
    }
}

/// A moment that comes again.
struct Same(Timestamp, Mutex<Seeded>);

impl Same {
    fn now(at: Timestamp) -> Self {
        Self(at, Mutex::new(Seeded::new(1)))
    }

    const fn moment(&self) -> Moment<'_, Self, Self> {
        Moment { clock: self, random: self }
    }
}

impl Clock for Same {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.1.lock().unwrap().next().to_le_bytes()[0];
        }
    }
}

fn caller() -> Caller {
    let scope = [Permission::KeysUse, Permission::KeysResolve].map(|permission| permission.scope()).join(" ");
    let values = [
        ("token_use", "access"),
        ("client_id", "runtime"),
        ("sub", "runtime"),
        ("account", "acme"),
        ("environment", "live"),
        ("scope", &scope),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let panel = PanelClient::new("panel".to_owned());
    Caller::authorize(&Claims { values: values.collect() }, &panel, Permission::KeysUse).expect("a caller")
}

/// What a use of each kind comes to.
async fn answers(
    store: &Reading<'_>,
    unwrapping: &Unwrapping,
    key: &KeyId,
    entry: &EntryName,
) -> [Result<Value, String>; 2] {
    let organization = match entry {
        EntryName::Organization(organization) => Some(organization.clone()),
        EntryName::Default | EntryName::Headers => None,
    };
    let selection = Selection { environment: None, organization };
    let at: Timestamp = "2026-11-29T08:00:00Z".parse().expect("a time");
    let ask = Ask {
        method: HttpMethod::POST,
        target: AskedTarget::Path("/orders?page=2".to_owned()),
        headers: vec![("x-asked".to_owned(), "for".to_owned())],
        body: AskedBody::Bytes(b"{}".to_vec()),
    };
    let same = Same::now(at);
    let signed = sign(store, unwrapping, &Refusing, same.moment(), &caller(), (key, &selection), ask).await;
    let signed = signed.map(|outcome| {
        let headers: Vec<_> = outcome.signed.headers().collect();
        json!({
            "url": outcome.signed.url(), "headers": headers, "body": outcome.signed.body(),
            "version": outcome.key_version, "receipt": outcome.receipt.to_string(),
        })
    });
    let same = Same::now(at);
    let resolved = resolve(store, unwrapping, &Refusing, same.moment(), &caller(), (key, &selection)).await;
    let resolved = resolved.map(|resolved| {
        let fields = resolved.fields.iter().map(|(id, value)| (id.clone(), json!(value.expose())));
        let headers = resolved.headers.iter().map(|(name, value)| json!([name, value.expose()]));
        json!({
            "fields": fields.collect::<Value>(), "headers": headers.collect::<Value>(),
            "base_url": resolved.base_url, "version": resolved.key_version,
            "receipt": resolved.receipt.to_string(),
        })
    });
    [signed, resolved].map(|answer| answer.map_err(|error| format!("{error:?}")))
}

/// A key of the variant, for its account or for so many organizations.
fn key_for(template: &Template, auth: &str, organizations: u64) -> Value {
    let key = filled(template, auth, |field| format!("s3cret-of-{field}-0123456789abcdef"));
    if organizations == 0 {
        return key;
    }
    let entry = key["entries"]["default"].clone();
    let entries = (1..=organizations).map(|number| (format!("org_{number}"), entry.clone())).collect();
    for_organizations(key, entries)
}

#[tokio::test]
async fn a_use_that_reads_a_part_of_the_row_answers_like_one_that_reads_all_of_it() {
    let seed = seed(0x0065_7874_656e_7473);
    println!("KEYWARD_SEED={seed}");
    let mut seeded = Seeded::new(seed);
    let api = Api::start().await;
    let behind = connection(api.stack().embedded());
    let clients = Clients::new(behind.clone());
    let tables = Tables::new(&clients, TABLE.to_owned(), VAULT.to_owned(), row_macs(&clients));
    let unwrapping = Unwrapping::new(&clients, config(behind).wrapping_keys);
    let caller = caller();
    let (mut same, mut with_secret_headers) = (0, 0);
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            for secret_headers in [true, false] {
                let organizations = if seeded.happens(25) { 0 } else { 1 + seeded.below(3) };
                let mut body = key_for(template, variant.id(), organizations);
                if !secret_headers {
                    let Some(Value::Array(headers)) = body.get_mut("headers") else { continue };
                    headers.truncate(1);
                }
                let key = api.store(&body).await;
                // A version that is not the first, an organization that was removed, and an end.
                let mut change = json!({ "expires_at": "2100-01-01T00:00:00Z" });
                if organizations > 1 {
                    change["entries"] = json!({ "org_2": null });
                }
                api.patch(Who::Owner, &key.path, 1, &change).await.expect(200);
                let id: KeyId = key.id.parse().unwrap();
                let whole = tables.read_for_use(&caller, &id, &[], Extent::Whole).await.unwrap().key.unwrap();
                let joined = whole.headers_sealed_at.is_some();
                with_secret_headers += usize::from(joined);
                let missing = EntryName::Organization("org_9".parse().unwrap());
                let entries: Vec<_> =
                    whole.entries.keys().cloned().chain([EntryName::Default, missing]).collect();
                for entry in &entries {
                    let part = tables.read_for_use(&caller, &id, slice::from_ref(entry), Extent::Used).await;
                    let mut expected = whole.clone();
                    expected.removed.clear();
                    expected.entries.retain(|name, _| joined || name == entry);
                    let what = format!("{} {} {entry}", template.id(), variant.id());
                    assert_eq!(part.unwrap().key.unwrap(), expected, "{what}");
                    let of_a_part = answers(&Reading(&tables, Extent::Used), &unwrapping, &id, entry).await;
                    let of_all = answers(&Reading(&tables, Extent::Whole), &unwrapping, &id, entry).await;
                    assert_eq!(of_a_part, of_all, "{what}");
                    same += usize::from(of_all.iter().any(Result::is_ok));
                }
            }
        }
    }
    assert!(same >= 40 && with_secret_headers > 5, "{same} {with_secret_headers}");
}
