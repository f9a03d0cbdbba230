//! What keys do with each part of a template: its constant headers, and places in addresses and in paths of checks. The
//! template is `testdata/systems/acme.toml`.

use http::Method;

use super::{Answer, Ask, AskedBody, AskedTarget, Outcome, Selection, SendAsk, TrialAsk, send, sign, verify};
use crate::{
    error::Error,
    fakes::{Counting, now},
    keys::{
        change,
        draft::{DraftHeader, Visibility},
        fakes::{World, caller, draft, moment, set, world_with},
        health::TrialResult,
        key::{FieldValue, Key},
        receipt::Purpose,
    },
    permission::Permission,
    system::{BaseUrlError, HeaderRule, Library, OriginRole},
};

pub(super) const TEST: [(&str, &str); 3] =
    [("stage", "test"), ("account", "me@acme 1"), ("token", "s3cret-token")];
const LIVE: [(&str, &str); 4] =
    [("stage", "live"), ("prefix", "a1b2"), ("account", "blue"), ("token", "s3cret-token")];

pub(super) fn ask(target: AskedTarget, headers: &[(&str, &str)]) -> Ask {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ask { method: Method::GET, target, headers, body: AskedBody::Bytes(Vec::new()) }
}

pub(super) fn path(path: &str) -> AskedTarget {
    AskedTarget::Path(path.to_owned())
}

pub(super) fn signed(world: &World, key: &Key, ask: Ask) -> Result<Outcome, Error> {
    let random = Counting::default();
    let user = caller(&[Permission::KeysUse, Permission::KeysResolve]);
    now(sign(world, world, world, moment(&random), &user, (&key.id, &Selection::default()), ask))
}

pub(super) fn sent(world: &World, key: &Key, request: Ask) -> Result<Answer, Error> {
    let random = Counting::default();
    let user = caller(&[Permission::KeysUse]);
    let ask = SendAsk { request, max_body_bytes: 1000, ticket: None, purpose: Purpose::Send };
    now(send(world, world, world, moment(&random), &user, (&key.id, &Selection::default()), ask))
}

/// The key that a draft with these headers of its own would make.
fn planned(headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Result<Key, String> {
    planned_as("bearer", headers, fields)
}

/// The same of another variant.
fn planned_as(auth: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Result<Key, String> {
    let random = Counting::default();
    let header = |(name, value): &(&str, &str)| DraftHeader {
        name: (*name).to_owned(),
        value: set(value),
        visibility: Visibility::Public,
    };
    let mut draft = draft(auth, fields);
    draft.system = "acme".to_owned();
    draft.base_url = None;
    draft.headers = headers.iter().map(header).collect();
    let world = World::default();
    let writer = caller(&[Permission::KeysWrite]);
    match now(change::create(&world, &world, moment(&random), &writer, draft, None)) {
        Ok(key) => Ok(key),
        Err(Error::InvalidFields(fields)) => {
            let said: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.field, field.reason)).collect();
            assert_eq!(world.asked(), [""; 0], "something was kept");
            Err(said.join("; "))
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn requests_carry_the_headers_of_the_template() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &TEST);
    let outcome = signed(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    let headers: Vec<_> = outcome.signed.headers().collect();
    assert_eq!(
        headers,
        [
            ("X-Account", "me@acme 1"),
            ("X-Version", "3"),
            ("Accept", "application/vnd.acme+json"),
            ("Authorization", "Bearer s3cret-token"),
        ],
        "the optional site has no value, so its header is left out"
    );
    assert_eq!(outcome.signed.url(), "https://api-test.acme.example/orders");
}

const RSA: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs8.pem");
const RSA_CERTIFICATE: &str = include_str!("../../../testdata/private-keys/rsa-2048.certificate.pem");
const P256_CERTIFICATE: &str = include_str!("../../../testdata/private-keys/p-256.certificate.pem");

#[test]
fn the_token_of_a_login_stands_where_the_template_says() {
    let random = Counting::default();
    let fields = [TEST.as_slice(), &[("user", "ann")]].concat();
    let (world, key) = world_with(&random, "acme", "login", &fields);
    let outcome = signed(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    assert_eq!(outcome.signed.header("cookie"), Some("B1SESSION=t0ken-of-the-system"));
    let refused = signed(&world, &key, ask(path("orders"), &[("cookie", "B1SESSION=mine")])).err().unwrap();
    let Error::InvalidFields(fields) = refused else { panic!("{refused}") };
    assert_eq!(fields[0].field, "headers.cookie");
}

#[test]
fn a_jwt_that_the_key_signs_is_made_for_each_request() {
    let random = Counting::default();
    let fields = [&TEST[..2], &[("user", "ann"), ("private_key", RSA)]].concat();
    let (world, key) = world_with(&random, "acme", "signed", &fields);
    let outcome = signed(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    let token = outcome.signed.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    assert_eq!(token.split('.').count(), 3);
}

#[test]
fn a_certificate_of_another_key_is_refused_when_it_is_saved() {
    let with = |certificate| {
        let key = [("user", "ann"), ("private_key", RSA), ("certificate", certificate)];
        planned_as("grant", &[], &[&TEST[..2], &key].concat())
    };
    assert!(with(RSA_CERTIFICATE).is_ok());
    let refused = with(P256_CERTIFICATE).unwrap_err();
    assert_eq!(refused, "entries.default.fields.certificate is not the certificate of this private key");
}

#[test]
fn a_request_or_a_key_replaces_only_what_the_template_leaves_open() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &TEST);
    let outcome = signed(&world, &key, ask(path("orders"), &[("accept", "text/csv")])).ok().unwrap();
    assert_eq!(outcome.signed.headers().filter(|(name, _)| name.eq_ignore_ascii_case("accept")).count(), 1);
    assert_eq!(outcome.signed.header("accept"), Some("text/csv"));
    world.asked();
    for name in ["x-version", "X-Account", "X-Site"] {
        let refused = signed(&world, &key, ask(path("orders"), &[(name, "9")])).err().unwrap();
        let Error::InvalidFields(fields) = refused else { panic!("{refused}") };
        assert_eq!(
            (fields[0].field.clone(), fields[0].reason.as_str()),
            (format!("headers.{name}"), "is set by the key: leave it out")
        );
        assert_eq!(world.asked(), ["read for use"], "no receipt");
    }

    assert!(planned(&[("Accept", "text/csv")], &TEST).is_ok());
    let refused = planned(&[("x-version", "9")], &TEST).unwrap_err();
    assert_eq!(refused, "headers[0].name is set by the system's template on every request: leave it out");
}

#[test]
fn a_value_that_no_header_can_carry_is_refused_when_it_is_saved() {
    let fields = [TEST.as_slice(), &[("site", "Köln")]].concat();
    let refused = planned(&[], &fields).unwrap_err();
    assert_eq!(
        refused,
        "entries.default.fields.site is sent in the header `X-Site`, so it must be visible ASCII"
    );
}

#[test]
fn a_constant_header_counts_as_no_secret() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &LIVE);
    world.will_answer(
        200,
        &[("X-Version", "3")],
        r#"{"version":"3","media":"application/vnd.acme+json","t":"s3cret-token"}"#,
    );
    let answer = sent(&world, &key, ask(path("orders?version=3"), &[])).ok().unwrap();
    assert!(!answer.withheld);
    assert_eq!(answer.incoming.headers, [("X-Version".to_owned(), b"3".to_vec())]);
    let body = String::from_utf8(answer.incoming.body).unwrap();
    assert_eq!(body, r#"{"version":"3","media":"application/vnd.acme+json","t":"[removed]"}"#);
    assert_eq!(answer.removed, Some(1));
}

#[test]
fn what_is_computed_from_a_secret_is_removed_from_answers() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "computed", &LIVE);
    // `printf s3cret-token | base64`, and `printf s3cret-token | sha256sum`.
    let (base64, sha256) =
        ("czNjcmV0LXRva2Vu", "a81e611a041b13f078bf8ebe5dab4d4fd63fcc5594661c918bec093a2f416a7e");
    let body = format!(r#"{{"a":"{base64}","b":"{sha256}","c":"{}","d":"kept"}}"#, sha256.to_uppercase());
    world.will_answer(200, &[("X-Other", sha256)], &body);
    let answer = sent(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    let asked = world.sent().join("\n");
    assert!(asked.contains(&format!("X-Key: {base64}\nX-Key-Digest: SHA256 {sha256}")), "{asked}");
    let body = String::from_utf8(answer.incoming.body).unwrap();
    assert_eq!(body, r#"{"a":"[removed]","b":"[removed]","c":"[removed]","d":"kept"}"#);
    assert_eq!(answer.incoming.headers, [("X-Other".to_owned(), b"[removed]".to_vec())]);
}

#[test]
fn a_credential_stands_in_the_body_and_a_request_that_brings_it_is_refused() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "member", &LIVE);
    let post = |body: &str| Ask {
        method: Method::POST,
        body: AskedBody::Bytes(body.as_bytes().to_vec()),
        ..ask(path("orders"), &[])
    };
    let outcome = signed(&world, &key, post(r#"{"total":1.10}"#)).ok().unwrap();
    let body = String::from_utf8(outcome.signed.body().unwrap().to_vec()).unwrap();
    assert_eq!(body, r#"{"auth":{"account":"blue","token":"s3cret-token"},"total":1.10}"#);
    assert_eq!(outcome.signed.header("content-type"), Some("application/json"));
    for (asked, at) in
        [(post(r#"{"auth":{}}"#), "body"), (post("[1]"), "body"), (ask(path("orders"), &[]), "method")]
    {
        let refused = signed(&world, &key, asked).err().unwrap();
        let Error::InvalidFields(fields) = refused else { panic!("{refused}") };
        assert_eq!(fields[0].field, at);
    }
}

/// As `https://api.telegram.org/bot<token>/getMe` (https://core.telegram.org/bots/api#making-requests).
#[test]
fn a_credential_stands_in_the_path_and_nobody_is_told() {
    let random = Counting::default();
    let fields = [("stage", "test"), ("account", "blue"), ("token", "123:s3cret token")];
    let (world, key) = world_with(&random, "acme", "path", &fields);
    let outcome = signed(&world, &key, ask(path("getMe?x=1"), &[])).ok().unwrap();
    assert_eq!(outcome.signed.url(), "https://api-test.acme.example/bot123:s3cret%20token/getMe?x=1");

    world.will_answer(
        404,
        &[("Location", "/bot123:s3cret%20token/")],
        r#"{"path":"/bot123:s3cret%20token/getMe"}"#,
    );
    let answer = sent(&world, &key, ask(path("getMe"), &[])).ok().unwrap();
    assert!(world.sent()[0].starts_with("GET /bot123:s3cret%20token/getMe\n"), "{:?}", world.sent());
    let shown = format!("{:?} {}", answer.incoming.headers, String::from_utf8_lossy(&answer.incoming.body));
    assert!(!shown.contains("s3cret"), "{shown}");

    for token in ["a/b", "..", "a?b", "a%2fb", "a;b"] {
        let fields = [("stage", "test"), ("account", "blue"), ("token", token)];
        let refused = planned_as("path", &[], &fields).unwrap_err();
        assert!(
            refused.starts_with("entries.default.fields.token must be a part of one segment"),
            "{refused}"
        );
        assert!(!refused.contains(token), "{refused}");
    }
}

#[test]
fn a_choice_of_an_address_has_places() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &LIVE);
    let outcome = signed(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    assert_eq!(outcome.signed.url(), "https://a1b2-api.acme.example/orders");
    let refused = planned(&[], &[("stage", "live"), ("account", "blue"), ("token", "s3cret")]).unwrap_err();
    assert_eq!(refused, "entries.default.fields.prefix is needed");
}

#[test]
fn a_request_goes_to_another_host_of_the_template_by_its_whole_address() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &LIVE);
    let url = |url: &str| AskedTarget::Url(url.to_owned());
    for address in ["https://a1b2-api.acme.example/v1/x", "https://a1b2-files.acme.example/up?load=1"] {
        let outcome = signed(&world, &key, ask(url(address), &[])).ok().unwrap();
        assert_eq!(outcome.signed.url(), address);
        assert_eq!(outcome.signed.header("authorization"), Some("Bearer s3cret-token"));
    }
    world.asked();
    for elsewhere in [
        "https://files-test.acme.example/up",
        "https://c3d4-files.acme.example/up",
        "https://archive.acme.example/",
        "http://a1b2-files.acme.example/up",
        "https://a1b2-files.acme.example:8443/up",
        "https://a1b2-files.acme.example.evil.example/up",
    ] {
        let refused = signed(&world, &key, ask(url(elsewhere), &[])).err().unwrap();
        assert!(matches!(refused, Error::InvalidFields(_)), "{elsewhere}: {refused}");
        assert_eq!(world.asked(), ["read for use"], "no receipt");
    }
}

#[test]
fn secrets_are_bound_to_each_host_of_the_template() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &LIVE);
    let origins: Vec<String> = key.all_origins().unwrap().into_iter().collect();
    assert_eq!(origins, ["https://a1b2-api.acme.example", "https://a1b2-files.acme.example"]);
    // Another prefix, edited behind the API, leads to other hosts: nothing opens.
    let mut moved = key.clone();
    let entry = moved.entries.values_mut().next().unwrap();
    entry.fields.insert("prefix".to_owned(), FieldValue::Public("c3d4".to_owned()));
    world.replace_row(moved);
    let asked = ask(AskedTarget::Url("https://c3d4-files.acme.example/".to_owned()), &[]);
    assert!(matches!(signed(&world, &key, asked), Err(Error::DoesNotOpen)));
}

#[test]
fn a_variant_has_an_address_headers_and_hosts_of_its_own() {
    let template = Library::shipped().system("acme").unwrap();
    assert_eq!(template.headers("reports"), HeaderRule::None);
    assert_eq!(template.headers("bearer"), HeaderRule::Optional);
    let reports = template.variant("reports").unwrap();
    assert_eq!(reports.guide(), Some("Ask Acme for reports."));
    assert_eq!(reports.guide_url(), Some("https://acme.example/reports"));
    let values = |id: &str| TEST.iter().find(|(known, _)| *known == id).map(|(_, value)| *value);
    let origins = |auth: &str, typed: Option<&str>| template.origins(auth, typed, values).unwrap();
    let named = |name: &str, origin: &str| (OriginRole::Named(name.to_owned()), origin.to_owned());
    assert_eq!(
        origins("bearer", None),
        [
            (OriginRole::Base, "https://api-test.acme.example".to_owned()),
            named("files", "https://files-test.acme.example"),
        ]
    );
    assert_eq!(
        origins("reports", Some("https://reports.example.com/v1")),
        [
            (OriginRole::Base, "https://reports.example.com".to_owned()),
            named("files", "https://files-test.acme.example"),
            named("archive", "https://archive.acme.example"),
        ]
    );
    assert_eq!(
        template.check_base_url("bearer", Some("https://reports.example.com")),
        Err(BaseUrlError::NotTyped)
    );
}

#[test]
fn a_check_has_the_values_in_its_path_and_headers_of_its_own() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &TEST);
    world.will_answer(200, &[("Content-Type", "application/json")], r#"{"me":1}"#);
    let (ask, user) = (TrialAsk::default(), caller(&[Permission::KeysUse]));
    let trial =
        now(verify(&world, &world, &world, moment(&random), &user, (&key.id, &ask), None)).ok().unwrap();
    assert_eq!(trial.trial.result, TrialResult::Passed);
    assert_eq!(
        world.sent(),
        [
            "GET /v1/me%40acme%201/me?site=me%40acme%201\nX-Account: me@acme 1\nAccept: application/vnd.acme+json\n\
          X-Check: me@acme 1\nX-Version: 2\nAuthorization: Bearer s3cret-token"
        ]
    );
}

#[test]
fn a_value_that_was_edited_behind_the_api_leads_nowhere() {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "bearer", &TEST);
    for account in ["..", "a/b", "a;b", "a\r\nX-Evil: 1"] {
        let mut edited = key.clone();
        let entry = edited.entries.values_mut().next().unwrap();
        entry.fields.insert("account".to_owned(), FieldValue::Public(account.to_owned()));
        world.replace_row(edited);
        let (ask, user) = (TrialAsk::default(), caller(&[Permission::KeysUse]));
        let tried = now(verify(&world, &world, &world, moment(&random), &user, (&key.id, &ask), None));
        assert!(matches!(tried, Err(Error::KeyUnreadable)), "{account:?}");
        assert_eq!((world.asked(), world.sent().len()), (vec!["read for use"], 0), "no receipt");
    }
}
