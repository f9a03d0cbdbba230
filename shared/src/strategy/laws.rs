//! What holds for every variant that is shipped, with every choice and with and without each optional field: signing
//! changes exactly what the strategy says that it keeps for itself, and a request that brings any of it is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;
use crate::{
    origin::Target,
    signing::{Body, Part, Sets, oauth2::read_answer},
    soap::{SoapFlavour, read_login},
    system::{AuthVariant, FieldKind, FieldTemplate, Library, Template},
};

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

type Fields = BTreeMap<String, String>;

/// Base64 of 24 bytes, so that every scheme can use it as a secret.
const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const PRIVATE_KEY: &str = include_str!("../../testdata/private-keys/pkcs8-ed25519");

/// Logins whose token stands in each place, which no shipped template has.
static LOGINS: LazyLock<Vec<(&str, Strategy)>> = LazyLock::new(|| {
    let login = |then: serde_json::Value| {
        let json = serde_json::json!({
            "url": "./login", "body": {"json": {"password": "{password}"}}, "answer": {"token": {"json": "/token"}},
            "then": then,
        });
        Strategy::read("login-request", json.as_object().unwrap().clone()).unwrap().unwrap()
    };
    vec![
        ("login header", login(serde_json::json!({"header": "X-Session", "prefix": "Session "}))),
        ("login query", login(serde_json::json!({"query": "session"}))),
        ("login cookie", login(serde_json::json!({"cookie": "B1SESSION"}))),
    ]
});

/// The values that a field is tried with; `None` stands for no value.
fn tried(field: &FieldTemplate, variant: &AuthVariant) -> Vec<Option<String>> {
    let signs_jwts = matches!(variant.strategy(), Strategy::SignedJwt(_));
    let mut values: Vec<_> = match (field.kind(), field.secret(), field.id()) {
        // The key fits one algorithm.
        (FieldKind::Choice, _, "algorithm") if signs_jwts => vec![Some("key".to_owned())],
        (_, true, _) if field.private_key().is_some() => vec![Some(PRIVATE_KEY.to_owned())],
        (FieldKind::Choice, ..) => field.choices().iter().map(|choice| Some(choice.value.clone())).collect(),
        (_, true, _) => vec![Some(SECRET.to_owned())],
        // S3 has a header of its own.
        (_, false, "service") => vec![Some("execute-api".to_owned()), Some("s3".to_owned())],
        (_, false, _) => vec![field.example().map(str::to_owned)],
    };
    if !field.required() {
        values.push(None);
    }
    values
}

/// Every combination of values that a key of this variant may have.
fn combinations(template: &Template, variant: &AuthVariant) -> Vec<Fields> {
    let mut all = vec![Fields::new()];
    for field in template.fields_of(variant.id()) {
        let with = |known: &Fields, value: Option<String>| {
            let mut known = known.clone();
            let value = value.or_else(|| field.default().map(str::to_owned));
            known.extend(value.map(|value| (field.id().to_owned(), value)));
            known
        };
        all = all
            .iter()
            .flat_map(|known| tried(field, variant).into_iter().map(move |value| with(known, value)))
            .collect();
    }
    for fields in &mut all {
        let known = fields.clone();
        let shown = |id: &str| {
            template.field(variant.id(), id).unwrap().is_shown(|id| known.get(id).map(String::as_str))
        };
        fields.retain(|id, _| shown(id));
    }
    all
}

/// Calls `check` for every variant with every combination of values.
fn for_each(mut check: impl FnMut(&str, &'static Strategy, &Fields)) {
    let mut cases = 0;
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            for fields in combinations(template, variant) {
                // Basic without a password counts as revealing all the same, and without a user name it is not saved.
                let is_basic = matches!(variant.strategy(), Strategy::Basic(_));
                if is_basic && !fields.values().any(|value| value == SECRET) {
                    continue;
                }
                check(&format!("{} {} {fields:?}", template.id(), variant.id()), variant.strategy(), &fields);
                cases += 1;
            }
        }
    }
    for (case, strategy) in LOGINS.iter() {
        check(case, strategy, &Fields::from([("password".to_owned(), SECRET.to_owned())]));
    }
    assert!(cases > 100, "{cases}");
}

const ENVELOPE: &str = r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>"#;

fn envelope(body: &str) -> Vec<u8> {
    format!("{ENVELOPE}{body}</e:Body></e:Envelope>").into_bytes()
}

/// What a strategy needs before it signs.
fn obtained(strategy: &Strategy, values: &impl Values) -> Obtained {
    match strategy.before() {
        Before::Nothing | Before::Login(_) => Obtained::Nothing,
        Before::Token(_) | Before::Grant(_) | Before::TokenLogin(..) => {
            let answer = br#"{"access_token":"t0ken","token_type":"Bearer"}"#;
            let token = read_answer(http::StatusCode::OK, answer, Timestamp::UNIX_EPOCH);
            Obtained::Token(Arc::new(token.ok().unwrap()))
        }
        Before::Session(session) => {
            let flavour = session.login(values).unwrap().login().flavour;
            let answer = match flavour {
                SoapFlavour::Peoplevox => {
                    r#"<AuthenticateResponse xmlns="http://www.peoplevox.net/"><AuthenticateResult>
                    <ResponseId>0</ResponseId><Detail>acme,s3ssion</Detail></AuthenticateResult></AuthenticateResponse>"#
                }
                SoapFlavour::Magento1 => {
                    r#"<m:loginResponse xmlns:m="urn:Magento"><loginReturn>s3ssion</loginReturn></m:loginResponse>"#
                }
            };
            Obtained::Session(Arc::new(read_login(flavour, &envelope(answer)).unwrap()))
        }
    }
}

type Headers = Vec<(String, String)>;

/// A body that fits what the strategy puts into it.
fn body(owned: &[Owned]) -> Vec<u8> {
    match owned.iter().find(|owned| owned.sets() == Sets::Always && owned.part() != Part::Header) {
        Some(owned) if owned.part() == Part::Form => b"order=1".to_vec(),
        Some(owned) if owned.part() == Part::Envelope => {
            envelope(r#"<m:call xmlns:m="urn:Magento"></m:call>"#)
        }
        Some(_) | None => b"{}".to_vec(),
    }
}

fn signed(
    strategy: &Strategy,
    values: &impl Values,
    query: &str,
    headers: &Headers,
    body: &[u8],
) -> Result<Signed, Failed> {
    let path = format!("/v1/orders?{query}");
    signed_at(strategy, values, (&http::Method::POST, &path), headers, body)
}

fn signed_at(
    strategy: &Strategy,
    values: &impl Values,
    (method, path): (&http::Method, &str),
    headers: &Headers,
    body: &[u8],
) -> Result<Signed, Failed> {
    let target = Target::unchecked("https://api.example.com", path);
    let request = Request { method, target: &target, headers, body: Body::Bytes(body) };
    let obtained = obtained(strategy, values);
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    strategy.sign(values, &Unsigned { request, obtained: &obtained, now, random: &Sevens })
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The names in lower case of what is in the longer list and not in the shorter one, which it must hold in its order.
fn added<'a>(
    shorter: &[(String, String)],
    longer: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeSet<String> {
    let mut rest = shorter.iter();
    let mut next = rest.next();
    let mut added = BTreeSet::new();
    for (name, value) in longer {
        if next.is_some_and(|(known, kept)| known == name && kept == value) {
            next = rest.next();
        } else {
            assert!(added.insert(name.to_ascii_lowercase()), "{name} is set twice");
        }
    }
    assert_eq!(next, None, "what the request had is gone");
    added
}

/// What the strategy says that it sets in this part of a request which has these headers.
fn promised(owned: &[Owned], part: Part, headers: &Headers) -> BTreeSet<String> {
    let brought = |owned: &Owned| headers.iter().any(|(name, _)| owned.is(Part::Header, name.as_bytes()));
    let sets = |owned: &&Owned| match owned.sets() {
        Sets::Always => true,
        Sets::UnlessBrought | Sets::IfAbsent => !brought(owned),
        Sets::Never => false,
    };
    let of_part = owned.iter().filter(|owned| owned.part() == part).filter(sets);
    of_part.map(|owned| owned.name().to_ascii_lowercase()).collect()
}

#[test]
fn signing_changes_exactly_what_the_strategy_keeps_for_itself() {
    for_each(|case, strategy, fields| {
        let values = Lookup::new(|id| fields.get(id).map(String::as_str));
        let owned = strategy.owned(&values);
        let body = body(&owned);
        let other = vec![("x-other".to_owned(), "1".to_owned()), ("X-Amz-Target".to_owned(), "a".to_owned())];
        let brought = owned.iter().filter(|owned| owned.request_may_bring()).map(|owned| {
            let value =
                if owned.name() == "content-type" { "application/x-www-form-urlencoded" } else { "msg_1" };
            (owned.name().to_owned(), value.to_owned())
        });
        for headers in [Vec::new(), other.clone(), other.into_iter().chain(brought).collect()] {
            let signed = signed(strategy, &values, "page=2&q=a%20b", &headers, &body);
            if matches!(strategy.before(), Before::Login(_) | Before::TokenLogin(..)) {
                assert!(matches!(signed, Err(Failed::NoRequests)) && owned.is_empty(), "{case}");
                continue;
            }
            let signed = signed.unwrap_or_else(|failed| panic!("{case}: {failed}"));
            assert_eq!(added(&headers, signed.headers()), promised(&owned, Part::Header, &headers), "{case}");

            let (place, query) = signed.url().split_once('?').unwrap();
            assert_eq!(place, "https://api.example.com/v1/orders", "{case}");
            let query = pairs(query.as_bytes());
            let query = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let asked = pairs(b"page=2&q=a%20b");
            assert_eq!(added(&asked, query), promised(&owned, Part::Query, &headers), "{case}");

            let in_form = promised(&owned, Part::Form, &headers);
            let in_envelope = promised(&owned, Part::Envelope, &headers);
            match signed.body() {
                None => assert!(in_form.is_empty() && in_envelope.is_empty(), "{case}"),
                Some(sent) if in_envelope.is_empty() => {
                    let sent = pairs(sent);
                    let sent = sent.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    assert_eq!(added(&pairs(&body), sent), in_form, "{case}");
                    assert!(!in_form.is_empty(), "{case}");
                }
                Some(sent) => {
                    assert!(in_form.is_empty() && sent != body, "{case}");
                    assert!(String::from_utf8_lossy(sent).contains("s3ssion"), "{case}");
                }
            }
        }
    });
}

#[test]
fn what_the_strategy_keeps_for_itself_no_request_may_bring() {
    for_each(|case, strategy, fields| {
        let values = Lookup::new(|id| fields.get(id).map(String::as_str));
        let owned = strategy.owned(&values);
        let body = body(&owned);
        for owned in owned.iter().filter(|owned| !owned.request_may_bring()) {
            let name = owned.name().to_owned();
            let form = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
            let result = match owned.part() {
                Part::Header => signed(strategy, &values, "", &vec![(name, "1".to_owned())], &body),
                Part::Query => signed(strategy, &values, &format!("{name}=1"), &Vec::new(), &body),
                Part::Form => signed(strategy, &values, "", &vec![form], format!("{name}=1").as_bytes()),
                // How an envelope with a session is refused, the tests of SOAP say.
                Part::Json => {
                    signed(strategy, &values, "", &Vec::new(), format!("{{\"{name}\":1}}").as_bytes())
                }
                Part::Envelope => continue,
            };
            assert!(matches!(result, Err(Failed::Request(_))), "{case}: {owned:?}");
        }
    });
}

/// Everything that a request says, with Basic's credentials decoded.
fn said(signed: &Signed) -> String {
    let mut said = signed.url().to_owned();
    for (_, value) in signed.headers() {
        said.push_str(value);
        let basic = value.strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        said.push_str(&String::from_utf8_lossy(&basic.unwrap_or_default()));
    }
    said.push_str(&String::from_utf8_lossy(signed.body().unwrap_or_default()));
    said
}

#[test]
fn a_strategy_reveals_exactly_if_a_request_holds_a_secret() {
    for_each(|case, strategy, fields| {
        let is_secret = |id: &str| fields.get(id).is_some_and(|value| value == SECRET);
        let reveals = strategy.reveals_with(is_secret) == Reveals::Secret;
        let values = Lookup::new(|id| fields.get(id).map(String::as_str));
        let body = body(&strategy.owned(&values));
        let shown = match signed(strategy, &values, "", &Vec::new(), &body) {
            Ok(signed) => {
                ["t0ken", "s3ssion", "eyJ", SECRET].iter().any(|secret| said(&signed).contains(secret))
            }
            // A login by a protocol of its own sends the password, or signs with a key that is resolved for it.
            Err(failed) => matches!(failed, Failed::NoRequests),
        };
        assert_eq!(reveals, shown, "{case}");
    });
}

#[test]
fn a_strategy_covers_a_request_exactly_if_another_path_and_method_change_what_it_adds() {
    for_each(|case, strategy, fields| {
        let values = Lookup::new(|id| fields.get(id).map(String::as_str));
        let body = body(&strategy.owned(&values));
        let added = |method, path| {
            let signed = signed_at(strategy, &values, (method, path), &Vec::new(), &body).ok()?;
            let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
            let query = signed.url().split_once('?').map(|(_, query)| query.to_owned());
            Some((headers.collect::<Vec<_>>(), query, signed.body().map(<[u8]>::to_vec)))
        };
        let Some(first) = added(&http::Method::POST, "/v1/orders") else { return };
        let others = [added(&http::Method::PUT, "/v1/orders"), added(&http::Method::POST, "/v1/products")];
        let is_other = others.iter().all(|other| other.as_ref() != Some(&first));
        let adds_nothing = first == (Vec::new(), None, None);
        assert_eq!(strategy.covers_request(&values), is_other || adds_nothing, "{case}");
    });
}

#[test]
fn netsuite_is_told_the_version_of_oauth_1_and_shops_are_not() {
    let mut told = BTreeSet::new();
    for_each(|case, strategy, fields| {
        if let Strategy::OAuth1(_) = strategy {
            let values = Lookup::new(|id| fields.get(id).map(String::as_str));
            let signed = signed(strategy, &values, "", &Vec::new(), b"{}").unwrap();
            let system = case.split(' ').next().unwrap().to_owned();
            told.insert((system, signed.header("authorization").unwrap().contains("oauth_version=\"1.0\"")));
        }
    });
    for (system, is_told) in [("magento-2", false), ("netsuite", true), ("woocommerce", false)] {
        assert!(told.contains(&(system.to_owned(), is_told)), "{system}");
        assert!(!told.contains(&(system.to_owned(), !is_told)), "{system}");
    }
}

/// What a variant of a system keeps for itself beside these values, and the template's defaults.
fn owned(system: &str, auth: &str, values: &[(&str, &'static str)]) -> Vec<Owned> {
    let template = Library::shipped().system(system).unwrap();
    let given = |id: &str| values.iter().find(|(field, _)| *field == id).map(|(_, value)| *value);
    let values = Lookup::new(|id| given(id).or_else(|| template.field(auth, id)?.default()));
    template.variant(auth).unwrap().strategy().owned(&values)
}

/// The headers that are kept, in lower case.
fn names(system: &str, auth: &str, values: &[(&str, &'static str)]) -> Vec<String> {
    let owned = owned(system, auth, values);
    let headers = owned.iter().filter(|owned| owned.part() == Part::Header);
    headers.map(|owned| owned.name().to_ascii_lowercase()).collect()
}

#[test]
fn a_strategy_knows_the_headers_that_it_keeps_for_itself() {
    assert_eq!(names("custom-http", "headers", &[("name", "X-Key")]), ["x-key"]);
    assert_eq!(names("custom-http", "token", &[("header_name", "X-Token")]), ["x-token"]);
    assert_eq!(names("custom-http", "basic", &[]), ["authorization"]);
    let aws4 =
        ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set"];
    assert_eq!(names("custom-http", "aws4", &[]), aws4);
    assert_eq!(names("custom-http", "aws4", &[("placement", "query")]), aws4);
    assert_eq!(names("custom-http", "hmac-sha256", &[]), ["signature", "signature-input", "content-digest"]);
    let body = [("scheme", "body"), ("header_name", "X-Signature")];
    assert_eq!(names("custom-http", "hmac-sha256", &body), ["x-signature"]);
    assert!(names("custom-http", "none", &[]).is_empty());
    assert_eq!(names("dear", "api-key", &[]), ["api-auth-accountid", "api-auth-applicationkey"]);
    assert_eq!(names("netsuite", "tba", &[]), ["authorization"]);
}

#[test]
fn with_a_query_signature_no_header_is_set() {
    let owned = owned("custom-http", "aws4", &[("placement", "query")]);
    for owned in &owned {
        let set = owned.sets() != Sets::Never;
        assert!(!(set && owned.part() == Part::Header), "{owned:?}");
        assert!(!owned.key_may_have() && !owned.request_may_bring(), "{owned:?}");
    }
    assert_eq!(owned.iter().filter(|owned| owned.sets() == Sets::Always).count(), 6);
}

#[test]
fn a_request_may_bring_the_id_of_a_webhook_and_no_key_may_have_it() {
    let owned = owned("custom-http", "hmac-sha256", &[("scheme", "standard-webhooks")]);
    let brought: Vec<_> = owned.iter().filter(|owned| owned.request_may_bring()).map(Owned::name).collect();
    assert_eq!((owned.len(), brought), (3, vec!["webhook-id"]));
    assert!(!owned.iter().any(Owned::key_may_have));
}
