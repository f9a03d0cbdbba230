//! Tokens as a signer with a key of its own makes them, checked by the public key alone.

use std::sync::{Mutex, OnceLock};

use aws_lc_rs::{
    digest::Digest,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};

use super::*;
use crate::{
    environment::Environment,
    fakes::{Counting, Still, now},
    ids::SecretId,
    membership::{
        AccountSettings, MachineClient, Member, Remit, SelfServiceKeys, Standing, client_secret::KeptSecret,
    },
    permission::Role,
};

const NAME: &str = "https://keyward.example/v1";
const SIGN_IN: &str = "https://sign-in.example/pool";
const ADDRESS: &str = "203.0.113.7";

/// A pair that signs as KMS does.
struct Pair(KeyPair);

impl Pair {
    fn keywards() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(|| Self(KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    fn sign_ins() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(|| Self(KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    fn issuer(&self, name: &str) -> TokenIssuer {
        let n = self.0.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let n = BASE64_URL_SAFE_NO_PAD.encode(n);
        let set = json!({ "keys": [{ "kty": "RSA", "kid": "current", "n": n, "e": "AQAB" }] });
        TokenIssuer::new(name.to_owned(), &set.to_string()).unwrap()
    }

    fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
        signature
    }
}

impl SignToken for Pair {
    async fn sign_token(&self, digest: &[u8; 32]) -> Result<Vec<u8>, PortError> {
        Ok(self.sign(digest))
    }
}

/// A key that does not answer.
struct Away;

impl SignToken for Away {
    async fn sign_token(&self, _: &[u8; 32]) -> Result<Vec<u8>, PortError> {
        Err(away())
    }
}

fn away() -> PortError {
    PortError::Unavailable { service: "a service", source: "away".into() }
}

/// One account with one person and one client.
struct Stored {
    member: Option<Member>,
    client: Mutex<Option<MachineClient>>,
    settings: Option<AccountSettings>,
    failures: Mutex<Vec<(String, String)>>,
    used: Mutex<Vec<SecretId>>,
    first: Mutex<Vec<String>>,
    notes: bool,
}

impl ReadMember for Stored {
    async fn read_member(&self, account: &AccountId, member: &MemberId) -> Result<Option<Member>, PortError> {
        Ok(self.member.filter(|_| account.as_str() == "acme" && member.as_str() == "u-1"))
    }
}

impl ReadMachineClient for Stored {
    async fn read_machine_client(&self, client: &ClientId) -> Result<Option<MachineClient>, PortError> {
        Ok(self.client.lock().unwrap().clone().filter(|_| client.as_str() == "runtime"))
    }
}

impl ReadAccountSettings for Stored {
    async fn read_account_settings(&self, _: &AccountId) -> Result<Option<AccountSettings>, PortError> {
        Ok(self.settings)
    }
}

impl CountFailures for Stored {
    async fn failures(&self, client: &ClientId, address: &str, _: Timestamp) -> Result<u32, PortError> {
        let failures = self.failures.lock().unwrap();
        let these = failures.iter().filter(|(of, from)| of == client.as_str() && from == address);
        Ok(u32::try_from(these.count()).unwrap())
    }

    async fn count_failure(&self, client: &ClientId, address: &str, _: Timestamp) -> Result<(), PortError> {
        self.failures.lock().unwrap().push((client.to_string(), address.to_owned()));
        Ok(())
    }
}

impl NoteFirstSignIn for Stored {
    async fn note_first_sign_in(&self, _: &AccountId, id: &MemberId, _: Timestamp) -> Result<(), PortError> {
        self.first.lock().unwrap().push(id.to_string());
        Ok(())
    }
}

impl NoteClientUse for Stored {
    async fn note_client_use(&self, _: &ClientId, secret: &SecretId, _: Timestamp) -> Result<(), PortError> {
        self.used.lock().unwrap().push(secret.clone());
        if self.notes { Ok(()) } else { Err(away()) }
    }
}

/// The rows, with the secret of the client.
fn stored() -> (Stored, ClientSecret) {
    let (secret, kept) = KeptSecret::make(&Still, &Counting::default(), None);
    let remit = Remit::Account {
        account: "acme".parse().unwrap(),
        environment: Environment::Test,
        permissions: vec![Permission::KeysUse, Permission::KeysRead],
    };
    let client = MachineClient { remit, standing: Standing::Active, secrets: vec![kept] };
    let rows = Stored {
        member: Some(Member::new(Role::Editor, Standing::Active)),
        client: Mutex::new(Some(client)),
        settings: Some(AccountSettings {
            self_service_keys: SelfServiceKeys::On,
            keys_minimum_role: Role::Viewer,
            standing: Standing::Active,
        }),
        failures: Mutex::default(),
        used: Mutex::default(),
        first: Mutex::default(),
        notes: true,
    };
    (rows, secret)
}

fn ask(
    rows: &Stored,
    signer: &impl SignToken,
    applicant: Applicant,
    asked: Option<&str>,
) -> Result<Issued, NotIssued> {
    let (sign_in, panel) = (Pair::sign_ins().issuer(SIGN_IN), PanelClient::new("panel".to_owned()));
    let issuer = Issuer { name: NAME, key_id: "current", sign_in: &sign_in, panel: &panel };
    let random = Counting::default();
    let moment = Moment { clock: &Still, random: &random };
    now(issue((rows, signer), &moment, &issuer, applicant, asked))
}

fn machine(client: &str, secret: &str) -> Applicant {
    Applicant::Machine {
        client: client.to_owned(),
        secret: secret.to_owned().into(),
        address: ADDRESS.to_owned(),
    }
}

fn id_claims() -> Value {
    let now = Still.now().as_second();
    json!({
        "iss": SIGN_IN, "aud": "panel", "token_use": "id", "sub": "u-1", "custom:account": "acme",
        "auth_time": now - 60, "iat": now, "exp": now + 900,
    })
}

/// An ID token as the sign-in would sign it.
fn person(claims: &Value) -> Applicant {
    let claims = claims.as_object().unwrap();
    let id_token = now(signed(Pair::sign_ins(), "current", claims)).unwrap();
    Applicant::Person { id_token }
}

fn verified(issued: &Issued) -> BTreeMap<String, String> {
    let verified = Pair::keywards().issuer(NAME).verify(issued.token.expose(), Still.now()).unwrap();
    assert_eq!(verified.until, Still.now() + LIFETIME);
    verified.claims.values
}

#[test]
fn a_machine_gets_what_its_row_says_for_its_secret() {
    let (rows, secret) = stored();
    let issued = ask(&rows, Pair::keywards(), machine("runtime", secret.expose()), None).unwrap();
    assert_eq!(issued.scope, "keyward/keys:use keyward/keys:read");
    let claims = verified(&issued);
    for (name, value) in [
        ("aud", "keyward"),
        ("sub", "runtime"),
        ("client_id", "runtime"),
        ("account", "acme"),
        ("environment", "test"),
        ("token_use", "access"),
        ("scope", "keyward/keys:use keyward/keys:read"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(!claims.contains_key("username") && !claims.contains_key("auth_time"));
    let kept = rows.client.lock().unwrap().as_ref().unwrap().secrets[0].id.clone();
    assert_eq!(*rows.used.lock().unwrap(), [kept]);
}

#[test]
fn a_scope_that_is_asked_for_is_given_alone_and_one_that_is_not_granted_is_refused() {
    let (rows, secret) = stored();
    let asked = |scope| ask(&rows, Pair::keywards(), machine("runtime", secret.expose()), Some(scope));
    assert_eq!(asked("keyward/keys:use").unwrap().scope, "keyward/keys:use");
    assert_eq!(asked("").unwrap().scope, "keyward/keys:use keyward/keys:read");
    for scope in ["keyward/keys:resolve", "keyward/keys:use keyward/account:admin", "keys:use", "openid"] {
        assert!(matches!(asked(scope), Err(NotIssued::Scope)), "{scope}");
    }
}

#[test]
fn a_wrong_secret_gets_nothing_and_is_counted() {
    let (rows, secret) = stored();
    let other = ClientSecret::generate(&Still2);
    let refused = |client: &str, secret: &str| {
        matches!(ask(&rows, Pair::keywards(), machine(client, secret), None), Err(NotIssued::Client))
    };
    // What is no secret at all, or whose check sum is broken, and a client that is not there cost no write.
    for (client, secret) in [
        ("runtime", ""),
        ("runtime", "hunter2"),
        ("runtime", &secret.expose()[1..]),
        ("nobody", secret.expose()),
        ("a#b", secret.expose()),
        ("panel", secret.expose()),
    ] {
        assert!(refused(client, secret), "{client}");
    }
    assert!(rows.failures.lock().unwrap().is_empty());
    assert!(refused("runtime", other.expose()));
    assert_eq!(*rows.failures.lock().unwrap(), [("runtime".to_owned(), ADDRESS.to_owned())]);
    assert!(rows.used.lock().unwrap().is_empty());
}

/// Other bytes than those of the rows' secret.
struct Still2;

impl Random for Still2 {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xa5);
    }
}

#[test]
fn after_many_wrong_secrets_from_one_address_the_right_one_waits_there_and_nowhere_else() {
    let (rows, secret) = stored();
    let other = ClientSecret::generate(&Still2);
    for _ in 0..MOST_FAILURES {
        let refused = ask(&rows, Pair::keywards(), machine("runtime", other.expose()), None);
        assert!(matches!(refused, Err(NotIssued::Client)));
    }
    let here = ask(&rows, Pair::keywards(), machine("runtime", secret.expose()), None);
    assert!(matches!(here, Err(NotIssued::TooManyFailures)));
    let elsewhere = Applicant::Machine {
        client: "runtime".to_owned(),
        secret: secret.expose().to_owned().into(),
        address: "203.0.113.8".to_owned(),
    };
    assert!(ask(&rows, Pair::keywards(), elsewhere, None).is_ok());
}

#[test]
fn a_secret_that_ended_and_a_client_or_account_that_is_suspended_get_nothing() {
    let (rows, secret) = stored();
    let asked = |rows: &Stored| ask(rows, Pair::keywards(), machine("runtime", secret.expose()), None);
    rows.client.lock().unwrap().as_mut().unwrap().secrets[0].ends = Some(Still.now());
    assert!(matches!(asked(&rows), Err(NotIssued::Client)));
    rows.client.lock().unwrap().as_mut().unwrap().secrets[0].ends = None;
    rows.client.lock().unwrap().as_mut().unwrap().standing = Standing::Suspended;
    assert!(matches!(asked(&rows), Err(NotIssued::Suspended)));
    rows.client.lock().unwrap().as_mut().unwrap().standing = Standing::Active;
    assert!(asked(&rows).is_ok());
    let rows = Stored { settings: None, ..rows };
    assert!(matches!(asked(&rows), Err(NotIssued::Suspended)));
}

#[test]
fn somebody_gets_what_their_role_may_and_the_time_of_their_sign_in_stays() {
    let (rows, _) = stored();
    let issued = ask(&rows, Pair::keywards(), person(&id_claims()), None).unwrap();
    let claims = verified(&issued);
    assert_eq!(claims["auth_time"], (Still.now().as_second() - 60).to_string());
    for (name, value) in [("sub", "u-1"), ("username", "u-1"), ("client_id", "panel"), ("account", "acme")] {
        assert_eq!(claims[name], value, "{name}");
    }
    let scopes: Vec<_> = Role::Editor.permissions().iter().map(|permission| permission.scope()).collect();
    assert_eq!(claims["scope"], scopes.join(" "));
    assert!(!claims.contains_key("environment"));
}

#[test]
fn the_sign_in_says_who_somebody_is_and_nothing_of_what_they_may() {
    let (rows, _) = stored();
    let mut claims = id_claims();
    claims["scope"] = json!("keyward/account:admin keyward/accounts:operate");
    claims["account"] = json!("globex");
    claims["username"] = json!("somebody-else");
    let issued = ask(&rows, Pair::keywards(), person(&claims), None).unwrap();
    let told = verified(&issued);
    assert!(!told["scope"].contains("admin") && !told["scope"].contains("operate"));
    assert_eq!((told["account"].as_str(), told["username"].as_str()), ("acme", "u-1"));
    // Somebody of no account, or without a row, may nothing.
    for (name, value) in
        [("custom:account", json!("globex")), ("custom:account", Value::Null), ("sub", json!("u-2"))]
    {
        let mut claims = id_claims();
        claims[name] = value;
        let told = verified(&ask(&rows, Pair::keywards(), person(&claims), None).unwrap());
        assert_eq!(told["scope"], "", "{name}");
        assert!(!told.contains_key("account"), "{name}");
    }
}

#[test]
fn every_other_token_than_the_panels_id_token_is_refused() {
    let (rows, secret) = stored();
    let now_s = Still.now().as_second();
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", Value::Null),
        ("aud", json!(["panel", "another"])),
        ("token_use", json!("access")),
        ("token_use", Value::Null),
        ("iss", json!(NAME)),
        ("exp", json!(now_s)),
        ("iat", json!(now_s + 3_600)),
        ("sub", json!("a#b")),
        ("sub", Value::Null),
    ] {
        let mut claims = id_claims();
        claims[name] = value.clone();
        let refused = ask(&rows, Pair::keywards(), person(&claims), None);
        assert!(matches!(refused, Err(NotIssued::SignIn)), "{name} {value}");
    }
    // A token of our own is no proof of a sign-in, nor is one that another key signed.
    let own = ask(&rows, Pair::keywards(), machine("runtime", secret.expose()), None).unwrap();
    let foreign = now(signed(Pair::keywards(), "current", id_claims().as_object().unwrap())).unwrap();
    for id_token in [own.token, foreign, SecretText::from(String::new())] {
        let refused = ask(&rows, Pair::keywards(), Applicant::Person { id_token }, None);
        assert!(matches!(refused, Err(NotIssued::SignIn)));
    }
}

#[test]
fn without_the_key_there_is_no_token_and_without_the_note_there_is_one() {
    let (rows, secret) = stored();
    let refused = ask(&rows, &Away, machine("runtime", secret.expose()), None);
    assert!(matches!(refused, Err(NotIssued::Port(_))));
    let rows = Stored { notes: false, ..rows };
    assert!(ask(&rows, Pair::keywards(), machine("runtime", secret.expose()), None).is_ok());
}
