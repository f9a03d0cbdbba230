//! The pieces of work. Each checks in every repetition that it was done.

use std::{hint::black_box, time::Duration};

use jiff::Timestamp;
use keyward_functions::{
    edge::{self, Answer, Recognition, Time, Tokens},
    handlers::{key_view::KeyView, list_keys, sign_request},
    table::FunctionName,
};
use keyward_shared::{
    caller::PanelClient,
    keys::using::{Selection, resolve, sign},
    moment::Clock,
    token::TokenIssuer,
};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use serde_json::{Map, Value};

use crate::{
    Failed,
    keys::{AWS4, Deed, SAMPLES, Sample},
    prepared::tables_with,
    world::{Still, World, caller, moment},
};

const SIGN_REQUEST: &str = include_str!("../../../../events/sign_request.json");
const LIST_KEYS: &str = include_str!("../../../../events/list_keys.json");
/// Tokens until the year 2100.
const TOKENS: &str = include_str!("../../../../shared/testdata/tokens.json");
/// The key that the events name.
const KEY_OF_EVENTS: &str = "key_019aa9a0-0000-7000-8000-000000000001";
/// The beginning of what the event asks for, as the event has it.
const ASKED: &str = r#"{\"method\""#;
/// The organizations of a key with many.
const ORGANIZATIONS: usize = 40;
/// The keys of a page, where a caller does not say how many.
const PAGE: usize = 25;

/// A piece of work.
pub(crate) enum Work {
    /// A key is read, its secrets are opened, and it signs, or hands out its values. The ports are in memory.
    Use(&'static Sample),
    /// An event of API Gateway becomes a request with a caller, and an answer becomes a response.
    Event,
    /// A key is shown, masked.
    View,
    /// The whole of `list_keys` for one page, from the event to the response.
    List,
    /// The whole of `sign_request` with a data key in memory, from the event to the response. The key has entries for so many
    /// organizations, or one of its own.
    Whole { organizations: usize },
}

impl Work {
    /// All of it, by name.
    pub(crate) fn all() -> Vec<(String, Self)> {
        let mut all = vec![
            ("event".to_owned(), Self::Event),
            ("view".to_owned(), Self::View),
            (format!("list_keys of {PAGE}"), Self::List),
            ("sign_request".to_owned(), Self::Whole { organizations: 0 }),
            (
                format!("sign_request, {ORGANIZATIONS} organizations"),
                Self::Whole { organizations: ORGANIZATIONS },
            ),
        ];
        for sample in SAMPLES {
            let verb = match sample.deed {
                Deed::Sign => "sign",
                Deed::Resolve => "open",
            };
            all.push((format!("{verb} {}", sample.name), Self::Use(sample)));
        }
        all
    }

    /// Does it so many times.
    pub(crate) async fn repeat(self, times: usize) -> Result<(), Failed> {
        match self {
            Self::Use(sample) => use_key(sample, times).await,
            Self::Event => parse_events(times).await,
            Self::View => show_key(times).await,
            Self::List => list(times).await,
            Self::Whole { organizations } => sign_requests(organizations, times).await,
        }
    }
}

async fn use_key(sample: &Sample, times: usize) -> Result<(), Failed> {
    let (world, key) = World::with(sample.draft()?).await?;
    let (caller, selection) = (caller()?, Selection::default());
    for _ in 0..times {
        match sample.deed {
            Deed::Sign => {
                let what = (&key.id, &selection);
                black_box(sign(&world, &world, &world, moment(), &caller, what, sample.ask()).await?);
            }
            Deed::Resolve => {
                black_box(resolve(&world, &world, &world, moment(), &caller, (&key.id, &selection)).await?);
            }
        }
    }
    Ok(())
}

async fn parse_events(times: usize) -> Result<(), Failed> {
    let (recognised, event) = (Recognised::read()?, with_token(SIGN_REQUEST, "keys:use")?);
    for _ in 0..times {
        let event = serde_json::from_str(black_box(&event))?;
        let routes = FunctionName::SignRequest.function().routes();
        let handler = |_, request| async { Ok(black_box((request, Answer::no_content())).1) };
        done(edge::serve("sign_request", routes, recognised.as_of_now(), event, time(), handler).await, 204)?;
    }
    Ok(())
}

async fn show_key(times: usize) -> Result<(), Failed> {
    let (_, key) = World::with(AWS4.draft()?).await?;
    for _ in 0..times {
        black_box(Answer::ok(&KeyView::from(black_box(&key))));
    }
    Ok(())
}

async fn list(times: usize) -> Result<(), Failed> {
    let (tables, ..) = tables_with(AWS4.draft()?, PAGE).await?;
    let recognised = Recognised::read()?;
    let mut event: Map<String, Value> = serde_json::from_str(&with_token(LIST_KEYS, "keys:read")?)?;
    // One environment, so that one query makes the page.
    event.insert("rawQueryString".to_owned(), "environment=live".into());
    let event = serde_json::to_string(&event)?;
    for _ in 0..times {
        let event = serde_json::from_str(black_box(&event))?;
        let routes = FunctionName::ListKeys.function().routes();
        let handler = |_, request| list_keys::handle(&tables, request);
        let response = edge::serve("list_keys", routes, recognised.as_of_now(), event, time(), handler).await;
        let body = done(response, 200)?;
        if body.matches("key_id").count() != PAGE {
            return Err(format!("the page has not {PAGE} keys").into());
        }
    }
    Ok(())
}

async fn sign_requests(organizations: usize, times: usize) -> Result<(), Failed> {
    let draft = if organizations == 0 { AWS4.draft() } else { AWS4.draft_of_organizations(organizations) };
    let (tables, key, prepared) = tables_with(draft?, 0).await?;
    let world = World::default();
    let recognised = Recognised::read()?;
    let mut event = with_token(SIGN_REQUEST, "keys:use")?.replace(KEY_OF_EVENTS, &key.id.to_string());
    if organizations > 0 {
        let of_the_last = format!(r#"{{\"organization\": \"org_{organizations}\", \"method\""#);
        event = event.replace(ASKED, &of_the_last);
    }
    for done_before in 0..times {
        let event = serde_json::from_str(black_box(&event))?;
        let routes = FunctionName::SignRequest.function().routes();
        let handler = |_, request| sign_request::handle(&tables, &world, &world, moment(), request);
        done(edge::serve("sign_request", routes, recognised.as_of_now(), event, time(), handler).await, 200)?;
        if done_before == 0 {
            prepared.answer_what_is_asked()?;
        }
    }
    Ok(())
}

/// What callers are recognised by: the issuer of the prepared tokens. The first event has its token checked, and the others find
/// it remembered, as in a warm function.
struct Recognised {
    tokens: Tokens,
    panel: PanelClient,
}

impl Recognised {
    fn read() -> Result<Self, Failed> {
        let prepared: Value = serde_json::from_str(TOKENS)?;
        let name = prepared.get("issuer").and_then(Value::as_str).ok_or("the tokens have no issuer")?;
        let key_set = prepared.get("key_set").ok_or("the tokens have no keys")?.to_string();
        let issuer = TokenIssuer::new(name.to_owned(), &key_set)?;
        Ok(Self { tokens: Tokens::of(issuer), panel: PanelClient::new("panel".to_owned()) })
    }

    fn as_of_now(&self) -> Recognition<'_> {
        Recognition { tokens: &self.tokens, panel: &self.panel, now: Still.now() }
    }
}

/// An event with the prepared token that has the permission.
fn with_token(event: &str, permission: &str) -> Result<String, Failed> {
    let prepared: Value = serde_json::from_str(TOKENS)?;
    let token = prepared.pointer(&format!("/tokens/{permission}")).and_then(Value::as_str);
    Ok(event.replace("<token>", token.ok_or("there is no such token")?))
}

fn time() -> Time {
    Time { until: Timestamp::MAX, within: Duration::from_secs(29) }
}

/// The body of a response, with the status that it must have. It becomes JSON, as Lambda sends it.
fn done(response: ApiGatewayV2httpResponse, status: i64) -> Result<String, Failed> {
    let sent = serde_json::to_string(&response)?;
    if response.status_code == status { Ok(sent) } else { Err(format!("the answer is {sent}").into()) }
}
