//! `GET /v1/connections/callback/{app_id}`: a system sends a browser back here. It asks for no token: the cookie of the browser that began
//! is the proof of who calls. It opens the app's secret. It seals what was granted, and cannot open that again. Whatever comes of it, the
//! browser is sent on at once to an address without code and state, which says what to do.

use keyward_shared::{
    connect::{Callback, Finished, Returned, cookie_name, finish},
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
    Ok(Answer::see_other(page(&finished)))
}

/// The page that tells how it ended. What comes after `#` goes to no server, and into no referrer.
fn page(finished: &Finished) -> String {
    let key = finished.key.as_ref().map(|(key, entry)| format!("?key={key}&entry={entry}"));
    format!("/#/connection/{}{}", finished.notice.as_str(), key.unwrap_or_default())
}
