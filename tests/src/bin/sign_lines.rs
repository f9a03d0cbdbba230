//! Signs requests that are written as JSON, one a line, on the standard input, and writes what came out as JSON, one a
//! line. Tests in other languages compare it with other people's code.
//!
//! It calls `keyward_shared::signing` as the product does. Only the Random port differs: the nonce is given, since two
//! programs can draw the same signature only from the same one.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufWriter, Write},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use keyward_shared::{
    moment::Random,
    origin::{Origin, Origins},
    secret::SecretText,
    signing::{Authenticator, Aws4, Aws4Settings, Body, OAuth1, Placement, Request, VersionParameter},
    strategy::{Before, Lookup, Obtained, Scheme as _, Strategy, Unsigned},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    scheme: Scheme,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    /// In base64.
    body: String,
    /// In seconds since 1970.
    timestamp: i64,
    /// The random bytes that signing gets, in hexadecimal.
    nonce: String,
}

#[derive(Deserialize)]
#[serde(tag = "scheme", content = "fields", rename_all = "kebab-case", deny_unknown_fields)]
enum Scheme {
    Aws4 {
        access_key: String,
        secret_key: String,
        session_token: Option<String>,
        region: String,
        service: String,
        in_query: bool,
    },
    Oauth1 {
        consumer_key: String,
        consumer_secret: String,
        token: Option<String>,
        token_secret: Option<String>,
        realm: Option<String>,
        version: bool,
    },
    /// A request for a token, which goes to the line's address. Method, headers and body of the line do not matter.
    /// A request, by a strategy as a template has it, with the values of a key.
    Signed { strategy: Map<String, Value>, values: BTreeMap<String, String> },
    /// The request for a token, by a strategy as a template has it, with the values of a key.
    Token { strategy: Map<String, Value>, values: BTreeMap<String, String> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Signed { url: String, headers: Vec<(String, String)>, body: Option<String> },
    Refused { error: String },
}

type AnyError = Box<dyn std::error::Error>;

fn main() -> Result<(), AnyError> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let answer = answer(serde_json::from_str(&line?)?)
            .unwrap_or_else(|error| Answer::Refused { error: error.to_string() });
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn answer(line: Line) -> Result<Answer, AnyError> {
    let Line { scheme, method, url, headers, body, timestamp, nonce } = line;
    let now = Timestamp::from_second(timestamp)?;
    let random = Given(hex::decode(nonce)?);
    match scheme {
        Scheme::Aws4 { access_key, secret_key, session_token, region, service, in_query } => {
            let session_token = session_token.map(SecretText::from);
            let authenticator = Authenticator::Aws4(Aws4 {
                access_key: &access_key,
                secret_key: &SecretText::from(secret_key),
                session_token: session_token.as_ref(),
                region: &region,
                service: &service,
                base_endpoint: None,
                placement: if in_query { Placement::Query } else { Placement::Header },
                settings: Aws4Settings::of_service(&service),
            });
            sign(&authenticator, &method, &url, &headers, &body, now, &random)
        }
        Scheme::Oauth1 { consumer_key, consumer_secret, token, token_secret, realm, version } => {
            let (token, token_secret) = (token.map(SecretText::from), token_secret.map(SecretText::from));
            let authenticator = Authenticator::OAuth1(OAuth1 {
                consumer_key: &consumer_key,
                consumer_secret: &SecretText::from(consumer_secret),
                token: token.as_ref(),
                token_secret: token_secret.as_ref(),
                realm: realm.as_deref(),
                version: if version { VersionParameter::Sent } else { VersionParameter::Omitted },
            });
            sign(&authenticator, &method, &url, &headers, &body, now, &random)
        }
        Scheme::Signed { strategy, values } => {
            let strategy = read(strategy)?;
            let values = Lookup::new(|id| values.get(id).map(String::as_str));
            let body = BASE64_STANDARD.decode(body)?;
            let target = Origins::new([Origin::of(&url)?]).check(&url)?;
            let (method, body, headers) = (&method.parse()?, Body::Bytes(&body), &headers[..]);
            let request = Request { method, target: &target, headers, body };
            let obtained = &Obtained::Nothing;
            let signed = strategy.sign(&values, &Unsigned { request, obtained, now, random: &random })?;
            Ok(Answer::Signed {
                url: signed.url().to_owned(),
                headers: signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: signed.body().map(|body| BASE64_STANDARD.encode(body)),
            })
        }
        Scheme::Token { strategy, values } => {
            let strategy = read(strategy)?;
            let values = Lookup::new(|id| values.get(id).map(String::as_str));
            let Before::Token(tokens) = strategy.before() else { return Err("obtains no token".into()) };
            let ask = tokens.with_values(&values, url.clone())?;
            let request = ask.ask().request(now, &random)?;
            Ok(Answer::Signed {
                headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: Some(BASE64_STANDARD.encode(request.body())),
                url,
            })
        }
    }
}

fn read(mut strategy: Map<String, Value>) -> Result<Strategy, AnyError> {
    let name = strategy.remove("type").ok_or("no type")?;
    let strategy = Strategy::read(name.as_str().unwrap_or_default(), strategy).ok_or("no such strategy")?;
    Ok(strategy?)
}

fn sign(
    authenticator: &Authenticator<'_>,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &str,
    now: Timestamp,
    random: &Given,
) -> Result<Answer, AnyError> {
    let body = BASE64_STANDARD.decode(body)?;
    let target = Origins::new([Origin::of(url)?]).check(url)?;
    let request = Request { method: &method.parse()?, target: &target, headers, body: Body::Bytes(&body) };
    let signed = authenticator.sign(&request, now, random)?;
    Ok(Answer::Signed {
        url: signed.url().to_owned(),
        headers: signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: signed.body().map(|body| BASE64_STANDARD.encode(body)),
    })
}

/// The bytes that a line gives, and zeros after them.
struct Given(Vec<u8>);

impl Random for Given {
    fn fill(&self, bytes: &mut [u8]) {
        let given = self.0.iter().copied().chain(std::iter::repeat(0));
        bytes.iter_mut().zip(given).for_each(|(byte, given)| *byte = given);
    }
}
