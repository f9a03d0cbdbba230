//! Issues access tokens: to machine clients for their secret (RFC 6749 §4.4), and to people for the ID token of their sign-in
//! (RFC 8693). What a token grants follows from the rows of members, clients and settings, and from nothing else.
//!
//! # Security
//!
//! The claims of the sign-in say who somebody is and when they signed in. They never say what somebody may do.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Grants,
    client_secret::{ClientSecret, matching},
    of_client, of_person,
};
use crate::{
    caller::PanelClient,
    causes::causes,
    error::PortError,
    ids::{AccountId, ClientId, MemberId},
    moment::{Clock, Moment, Random},
    permission::Permission,
    ports::{
        CountFailures, NoteClientUse, NoteFirstSignIn, ReadAccountSettings, ReadMachineClient, ReadMember,
        SignToken,
    },
    secret::SecretText,
    token::TokenIssuer,
};

/// How long a token is good.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// The audience of every token, which the gateway compares.
pub const AUDIENCE: &str = "keyward";

/// After how many wrong secrets of a client from one address its secrets are not looked at for a while.
pub const MOST_FAILURES: u32 = 10;

/// The attribute of the user pool that says for which account a person was made. It is immutable, and no client may write it.
const ACCOUNT_ATTRIBUTE: &str = "custom:account";

/// Who issues, and whom it believes.
pub struct Issuer<'a> {
    /// Its name: the claim `iss`.
    pub name: &'a str,
    /// The id of the key that signs.
    pub key_id: &'a str,
    /// The sign-in of people.
    pub sign_in: &'a TokenIssuer,
    /// The client that people sign in with.
    pub panel: &'a PanelClient,
}

/// Who asks for a token.
pub enum Applicant {
    /// A machine client.
    Machine {
        /// Its id, as it was given.
        client: String,
        /// Its secret, as it was given.
        secret: SecretText,
        /// The address that it calls from.
        address: String,
    },
    /// Somebody who signed in.
    Person {
        /// The ID token of the sign-in.
        id_token: SecretText,
    },
}

/// A token that was issued.
pub struct Issued {
    /// The token.
    pub token: SecretText,
    /// The scopes that it has, separated by spaces.
    pub scope: String,
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum NotIssued {
    /// There is no such client, or this is none of its secrets that count. The two are not told apart.
    #[error("the client or its secret is not known")]
    Client,
    /// There were too many wrong secrets from this address.
    #[error("there were too many wrong secrets")]
    TooManyFailures,
    /// The client, or its account, is suspended.
    #[error("the client may not act now")]
    Suspended,
    /// The ID token is none of the sign-in's for the panel, or is over.
    #[error("the token of the sign-in is not valid")]
    SignIn,
    /// A scope is asked for that is not granted.
    #[error("a scope is not granted")]
    Scope,
    /// A service did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The rows that an issuer reads and writes.
pub trait Rows:
    ReadMember + NoteFirstSignIn + ReadMachineClient + ReadAccountSettings + CountFailures + NoteClientUse
{
}

impl<
    T: ReadMember + NoteFirstSignIn + ReadMachineClient + ReadAccountSettings + CountFailures + NoteClientUse,
> Rows for T
{
}

/// Issues a token with the scopes asked for, or with all that are granted.
///
/// # Errors
///
/// [`NotIssued`].
pub async fn issue(
    (rows, signer): (&impl Rows, &impl SignToken),
    moment: &Moment<'_, impl Clock, impl Random>,
    issuer: &Issuer<'_>,
    applicant: Applicant,
    asked: Option<&str>,
) -> Result<Issued, NotIssued> {
    let now = moment.clock.now();
    let (subject, grants) = match applicant {
        Applicant::Machine { client, secret, address } => {
            machine(rows, issuer.panel, (&client, secret, &address), now).await?
        }
        Applicant::Person { id_token } => person(rows, issuer, &id_token, now).await?,
    };
    let scope = scopes(&grants, asked)?;
    let mut claims = Map::from_iter([
        ("iss".to_owned(), json!(issuer.name)),
        ("aud".to_owned(), json!(AUDIENCE)),
        ("token_use".to_owned(), json!("access")),
        ("scope".to_owned(), json!(scope)),
        ("iat".to_owned(), json!(now.as_second())),
        ("exp".to_owned(), json!(now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX).as_second())),
        ("jti".to_owned(), json!(token_id(moment.random))),
    ]);
    claims.extend(subject.claims());
    claims.extend(grants.claims().map(|(name, value)| (name.to_owned(), json!(value))));
    Ok(Issued { token: signed(signer, issuer.key_id, &claims).await?, scope })
}

/// Whom a token is for.
enum Subject {
    Machine(ClientId),
    Person { client: String, member: MemberId, auth_time: String },
}

impl Subject {
    fn claims(&self) -> Vec<(String, Value)> {
        let named = |name: &str, value: Value| (name.to_owned(), value);
        match self {
            Self::Machine(client) => {
                vec![named("sub", json!(client.as_str())), named("client_id", json!(client.as_str()))]
            }
            Self::Person { client, member, auth_time } => vec![
                named("sub", json!(member.as_str())),
                named("username", json!(member.as_str())),
                named("client_id", json!(client)),
                // Seconds, as in the sign-in's own token. A text that is no number stays away: nobody is fresh then.
                named("auth_time", auth_time.parse::<i64>().map_or(Value::Null, Value::from)),
            ],
        }
    }
}

async fn machine(
    rows: &impl Rows,
    panel: &PanelClient,
    (client, secret, address): (&str, SecretText, &str),
    now: Timestamp,
) -> Result<(Subject, Grants), NotIssued> {
    // People sign in with the panel's client, whatever rows there are.
    let id: Option<ClientId> = client.parse().ok().filter(|_| !panel.is(client));
    let id = id.ok_or(NotIssued::Client)?;
    // A text that was cut or mistyped costs no read.
    let secret = ClientSecret::parse(secret).map_err(|_| NotIssued::Client)?;
    let client = rows.read_machine_client(&id).await?.ok_or(NotIssued::Client)?;
    if rows.failures(&id, address, now).await? >= MOST_FAILURES {
        return Err(NotIssued::TooManyFailures);
    }
    let Some(matched) = matching(&client.secrets, &secret, now).map(|matched| matched.id.clone()) else {
        rows.count_failure(&id, address, now).await?;
        return Err(NotIssued::Client);
    };
    let grants = of_client(rows, client).await?.ok_or(NotIssued::Suspended)?;
    // What the note is for, to see that a secret is out of use, is worth no refusal.
    if let Err(error) = rows.note_client_use(&id, &matched, now).await {
        tracing::warn!(fault = causes(&error), "the last use of a secret was not noted");
    }
    Ok((Subject::Machine(id), grants))
}

/// Somebody who is no member of an account gets a token that grants nothing: it says who they are.
async fn person(
    rows: &impl Rows,
    issuer: &Issuer<'_>,
    id_token: &SecretText,
    now: Timestamp,
) -> Result<(Subject, Grants), NotIssued> {
    let verified = issuer.sign_in.verify(id_token.expose(), now).map_err(|_| NotIssued::SignIn)?;
    let values: &BTreeMap<String, String> = &verified.claims.values;
    let value = |name: &str| values.get(name).map(String::as_str);
    let client = value("aud").filter(|client| issuer.panel.is(client)).ok_or(NotIssued::SignIn)?;
    if value("token_use") != Some("id") {
        return Err(NotIssued::SignIn);
    }
    let member: MemberId = value("sub").and_then(|sub| sub.parse().ok()).ok_or(NotIssued::SignIn)?;
    let account: Option<AccountId> = value(ACCOUNT_ATTRIBUTE).and_then(|account| account.parse().ok());
    let grants = match &account {
        Some(account) => of_person(rows, account, &member, now).await?,
        None => None,
    };
    let auth_time = value("auth_time").unwrap_or_default().to_owned();
    Ok((Subject::Person { client: client.to_owned(), member, auth_time }, grants.unwrap_or_default()))
}

/// The scopes of a token (RFC 6749 §3.3). Asking for none asks for all that are granted.
fn scopes(grants: &Grants, asked: Option<&str>) -> Result<String, NotIssued> {
    let granted: Vec<String> = grants.permissions.iter().copied().map(Permission::scope).collect();
    let asked: Vec<&str> = asked.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).collect();
    if asked.is_empty() {
        return Ok(granted.join(" "));
    }
    let is_granted = |scope: &&str| granted.iter().any(|granted| granted == scope);
    if !asked.iter().all(is_granted) {
        return Err(NotIssued::Scope);
    }
    let wanted = granted.iter().filter(|scope| asked.contains(&scope.as_str()));
    Ok(wanted.cloned().collect::<Vec<_>>().join(" "))
}

fn token_id(random: &impl Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    hex::encode(bytes)
}

/// The claims as a token in the compact serialisation (RFC 7515 §7.1), signed with RS256. Its type is that of access tokens
/// (RFC 9068 §2.1).
async fn signed(
    signer: &impl SignToken,
    key_id: &str,
    claims: &Map<String, Value>,
) -> Result<SecretText, PortError> {
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": key_id });
    let part = |json: String| BASE64_URL_SAFE_NO_PAD.encode(json);
    let message = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
    let mut hash = [0; 32];
    let digest = digest(&SHA256, message.as_bytes());
    hash.iter_mut().zip(digest.as_ref()).for_each(|(byte, of_digest)| *byte = *of_digest);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signer.sign_token(&hash).await?);
    Ok(format!("{message}.{signature}").into())
}

#[cfg(test)]
mod tests;
