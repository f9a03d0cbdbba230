//! `GET /v1/connections/callback/{app_id}`: a system sends a browser back here. It asks for no token: the cookie of the browser that began
//! is the proof of who calls. It opens the app's secret. It seals what was granted, and cannot open that again. What it does not keep it
//! revokes. Whatever comes of it, the browser is sent on at once to an address without code and state, which says what to do.

use keyward_shared::{
    causes::causes,
    connect::{Callback, Finished, Left, Returned, cookie_name, finish},
    moment::{Clock, Moment, Random},
    ports::{
        ConnectKey, Exchange, ReadAllowedOrigins, ReadApp, ReadCaller, ReadGrant, ReadKey, ReadSealedApp,
        TakeConnection, UnwrapDataKey, WrapDataKey,
    },
    secret::SecretText,
};

use crate::edge::{Answer, Failure, Request};

/// What a system may send along: the parameters of RFC 6749 §4.1.2 and RFC 9207. Systems add others, which nothing reads.
const PARAMETERS: [&str; 4] = ["state", "code", "error", "iss"];

pub async fn handle(
    store: &(
         impl TakeConnection
         + ReadCaller
         + ReadKey
         + ReadApp
         + ReadSealedApp
         + ReadGrant
         + ConnectKey
         + ReadAllowedOrigins
     ),
    wrapping: (&impl UnwrapDataKey, &impl WrapDataKey),
    outside: &impl Exchange,
    moment: Moment<'_, impl Clock, impl Random>,
    callback: &Callback<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    let app = request.app_id()?;
    let query = request.query_among_others(&PARAMETERS)?;
    let text = |name| query.text(name).map(str::to_owned);
    let returned = Returned {
        state: text("state"),
        code: text("code").map(SecretText::from),
        error: text("error"),
        issuer: text("iss"),
    };
    let cookie = |state| request.cookie(&cookie_name(state, callback.scheme));
    let finished = finish(store, wrapping, outside, moment, (&app, returned, cookie), callback).await?;
    log(&finished);
    Ok(Answer::see_other(page(&finished)))
}

/// What somebody may have to do something about. No word of it came from a system.
fn log(finished: &Finished) {
    let key = finished.key.as_ref().map(|(key, _)| key.to_string());
    if let Some(error) = &finished.fault {
        tracing::error!(key, fault = causes(error), "what a person granted could not be stored");
    }
    if finished.left == Left::Access {
        tracing::warn!(key, "tokens were dropped and not revoked: take the access away at the system");
    }
}

/// The page that tells how it ended. What comes after `#` goes to no server, and into no referrer.
fn page(finished: &Finished) -> String {
    let key = finished.key.as_ref().map(|(key, entry)| format!("?key={key}&entry={entry}"));
    let left = match finished.left {
        Left::Access => "&left=access",
        Left::Nothing | Left::Stored => "",
    };
    format!("/#/connection/{}{}{left}", finished.notice.as_str(), key.unwrap_or_default())
}
