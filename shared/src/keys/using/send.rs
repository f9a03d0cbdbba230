//! Sending a request with a key: Keyward signs it, sends it, and returns the answer with the secrets removed.

use jiff::SignedDuration;

use crate::{
    caller::Caller,
    error::Error,
    idempotency::{Outcome, Ticket},
    ids::{KeyId, ReceiptId},
    keys::{
        authentication::Authentication,
        receipt::{Deed, Purpose},
        using::{
            ask::{Ask, AskedBody},
            authorize::{Authorized, Credentials, report},
            found::{Found, Selection},
            returned::{Allowance, Returned, returned},
            scrub::Scrub,
        },
    },
    moment::{Clock, Moment, Random},
    origin::Target,
    outbound::{AllowedOrigins, Freshness, Incoming, Outgoing},
    permission::Permission,
    ports::{
        Authorize, Exchange, Extent, ReadForUse, UnwrapDataKey, WriteHealth, WriteReceipt, WriteReceiptOnce,
    },
    signing::{Owned, Part, Reveals, Signed},
    soap,
    strategy::Obtained,
};

/// The most bytes of an answer's body that are handed back.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A request to send.
pub struct SendAsk {
    /// The request.
    pub request: Ask,
    /// The most bytes of the answer's body to hand back: at most [`MAX_ANSWER_BYTES`].
    pub max_body_bytes: usize,
    /// The record of the request, where it may be sent again.
    pub ticket: Option<Ticket>,
    /// What it is sent for.
    pub purpose: Purpose,
}

/// The system's answer.
pub struct Answer {
    /// The answer, scrubbed.
    pub incoming: Incoming,
    /// Whether the body is withheld: it cannot be searched for secrets, or it would tell whether a guess is right.
    pub withheld: bool,
    /// In how many places a secret was removed, where the body is not withheld.
    pub removed: Option<usize>,
    /// How long it took.
    pub took: SignedDuration,
    /// The key's version.
    pub key_version: u64,
    /// The receipt.
    pub receipt: ReceiptId,
}

/// Sends a request with a key. Redirects are answers like any other. If the system no longer accepts a token
/// or session, a new one is obtained, once.
///
/// # Errors
///
/// What the key, its environment, entry, origin or auth variant refuse, before anything is written; what the ports
/// report; [`Error::DoesNotOpen`] when a stored value is not what the row says; [`Error::KeyRefused`] and
/// [`Error::Outbound`] for what happened outside; [`Error::InProgress`] when the same request came first.
pub async fn send(
    store: &(impl ReadForUse + WriteReceipt + WriteReceiptOnce + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    outside: &(impl Exchange + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    what: (&KeyId, &Selection),
    ask: SendAsk,
) -> Result<Answer, Error> {
    let SendAsk { request: ask, max_body_bytes, ticket, purpose } = ask;
    let AskedBody::Bytes(body) = &ask.body else {
        return Err(Error::invalid("body_sha256", "is for signing alone: give the body itself"));
    };
    if let Some((name, _)) = ask.headers.iter().find(|(name, _)| is_partial(name)) {
        let reason = "cannot be sent: the whole answer, as it is, is looked through for secrets";
        return Err(Error::invalid(format!("headers.{name}"), reason));
    }
    if let Some(name) = several_tags(&ask.headers) {
        let reason = "may name one entity tag: each is a guess at the page that it is the tag of";
        return Err(Error::invalid(format!("headers.{name}"), reason));
    }
    let (id, selection) = what;
    let found = Found::read(store, caller, id, selection, Extent::Used).await?;
    let entry = found.usable(selection, moment.clock.now())?;
    let authentication = Authentication::of(&found.key, entry)?;
    authentication.check()?;
    authentication.check_token_address(&found.key)?;
    let target = ask.target.within(&found.key, entry)?;
    ask.check(&found.key, &authentication, &target)?;

    let deed = Deed::request(purpose, &ask.method, &target);
    let recorded = found.record_once(store, wrapping, &moment, caller, deed, ticket.as_ref()).await?;
    let secrets = found.open(&recorded)?;
    let credentials = found.credentials(&authentication, &secrets);
    let started = moment.clock.now();
    let mut freshness = Freshness::Kept;
    let allowance = Allowance {
        max_body_bytes: max_body_bytes.min(MAX_ANSWER_BYTES),
        sessions: found.caller.may(Permission::KeysResolve),
    };
    let (incoming, scrub) = loop {
        let authorized = credentials.authorize(&ask, &target, outside, &moment, freshness).await;
        let authorized = match authorized {
            Ok(authorized) => authorized,
            Err(error) => return Err(report(error, &found, store, moment.clock).await),
        };
        let scrub = scrub(&credentials, &authorized);
        let limit = allowance.max_body_bytes.saturating_add(scrub.longest_writing());
        let Authorized { signed, target, .. } = &authorized;
        let incoming = exchange(outside, &found.allowed, target, &ask.method, signed, body, limit).await?;
        if freshness == Freshness::Kept && is_stale(&authorized.obtained, &incoming) {
            freshness = Freshness::New;
            continue;
        }
        break (incoming, scrub);
    };
    let took = moment.clock.now().duration_since(started);
    let Returned { incoming, withheld, removed } = returned(incoming, &scrub, &ask, allowance);
    let receipt = recorded.receipt().clone();
    Ok(Answer { incoming, withheld, removed, took, key_version: found.key.version, receipt })
}

/// The answer to a repeated request. It is unknown whether the first one reached the system, so it is not
/// sent again.
#[must_use]
pub fn sent_before(outcome: &Outcome) -> Error {
    match outcome {
        Outcome::Done { id, .. } => id.parse().map_or(Error::NotFound, Error::SentBefore),
        Outcome::Replaced { .. } => Error::NotFound,
        Outcome::Running { .. } => Error::InProgress,
    }
}

/// Sends an authenticated request.
pub(super) async fn exchange(
    outside: &impl Exchange,
    allowed: &AllowedOrigins,
    target: &Target,
    method: &http::Method,
    signed: &Signed,
    body: &[u8],
    max_body_bytes: usize,
) -> Result<Incoming, Error> {
    let origin = target.origin();
    // The scheme may have put something into the query, never anything before it.
    let path_and_query = signed.url().strip_prefix(&origin.to_string()).ok_or(Error::DoesNotOpen)?;
    let request = Outgoing {
        method,
        origin,
        path_and_query,
        headers: signed.headers().collect(),
        body: signed.body().unwrap_or(body),
        max_body_bytes,
    };
    Ok(outside.exchange(request, allowed).await?)
}

/// Every text that must not appear in the answer: opened secrets, obtained tokens, and the values that the
/// scheme derived from them.
pub(super) fn scrub(credentials: &Credentials<'_>, authorized: &Authorized) -> Scrub {
    let mut scrub = credentials.scrub(&authorized.obtained);
    if credentials.authentication.reveals() == Reveals::Secret {
        let owned = credentials.authentication.owned();
        let is_public = |value: &str| credentials.authentication.is_public(value);
        // What a request may bring is no secret: it would be found in the request itself, and withhold every answer.
        let is_made = |owned: &&Owned| owned.part() == Part::Header && !owned.request_may_bring();
        for header in owned.iter().filter(is_made) {
            if let Some(value) = authorized.signed.header(header.name()).filter(|value| !is_public(value)) {
                // With and without the word before it, such as `Basic`.
                scrub.add(value);
                value.rsplit(' ').next().into_iter().for_each(|last| scrub.add(last));
            }
        }
    }
    scrub
}

/// Whether the system did not take a token or session that was kept from before.
fn is_stale(obtained: &Obtained, incoming: &Incoming) -> bool {
    match obtained {
        Obtained::Nothing => false,
        Obtained::Token(_) => incoming.status == http::StatusCode::UNAUTHORIZED,
        Obtained::Session(session) => soap::says_expired(session.flavour(), &incoming.body),
    }
}

/// Headers that ask for an answer in another coding, or for a part of it (RFC 9110 §12.5.3 and §14.2, RFC 3229 §10.5.3):
/// half of a secret looks like none.
fn is_partial(name: &str) -> bool {
    ["accept-encoding", "range", "if-range", "a-im"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The header that names several entity tags (RFC 9110 §13.1.1 and §13.1.2). A page with a secret has a tag that can be
/// computed for each guess, and the status would tell whether one of them is right.
fn several_tags(headers: &[(String, String)]) -> Option<&str> {
    ["if-match", "if-none-match"].into_iter().find(|known| {
        let values =
            headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(known)).map(|(_, value)| value);
        // A tag has two quotation marks, and no quotation mark within; without them servers take it up to a comma.
        let tags = values.map(|value| value.split(',').count().max(value.split('"').count().div_ceil(2)));
        tags.sum::<usize>() > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fakes::{Counting, now},
        keys::{
            fakes::{World, caller, moment, world_with},
            health::TrialResult,
            key::Key,
            using::AskedTarget,
        },
    };

    const CLIENT: [(&str, &str); 3] = [
        ("token_url", "https://login.example.com/token"),
        ("client_id", "me"),
        ("client_secret", "client-s3cret"),
    ];

    fn send_once(world: &World, key: &Key, random: &Counting) -> Result<Answer, Error> {
        let request = Ask {
            method: http::Method::GET,
            target: AskedTarget::Path("/orders".to_owned()),
            headers: Vec::new(),
            body: AskedBody::Bytes(Vec::new()),
        };
        let ask = SendAsk { request, max_body_bytes: 20, ticket: None, purpose: Purpose::Send };
        let user = caller(&[Permission::KeysUse]);
        now(send(world, world, world, moment(random), &user, (&key.id, &Selection::default()), ask))
    }

    #[test]
    fn the_receipt_is_written_before_anything_is_opened_or_sent() {
        let random = Counting::default();
        let (world, key) = world_with(&random, "oauth2", "client-credentials", &CLIENT);
        world.will_answer(200, &[], "fine");
        assert!(send_once(&world, &key, &random).is_ok());
        let asked = ["read for use", "write receipt", "unwrap data key", "kept token", "exchange"];
        assert_eq!(world.asked(), asked);
        assert!(world.sent()[0].contains("Authorization: Bearer t0ken-of-the-system"), "{:?}", world.sent());
    }

    #[test]
    fn without_a_receipt_nothing_is_opened_or_sent() {
        let random = Counting::default();
        let (mut world, key) = world_with(&random, "oauth2", "client-credentials", &CLIENT);
        world.receipts_fail = true;
        assert!(matches!(send_once(&world, &key, &random), Err(Error::Unavailable(_))));
        assert_eq!(world.asked(), ["read for use", "write receipt", "unwrap data key"]);
        assert_eq!(world.data_keys(), (0, 0));
    }

    #[test]
    fn a_token_that_is_not_accepted_any_more_is_obtained_anew_once() {
        let random = Counting::default();
        let (world, key) = world_with(&random, "oauth2", "client-credentials", &CLIENT);
        world.will_answer(401, &[], "");
        world.will_answer(401, &[], "");
        assert_eq!(send_once(&world, &key, &random).ok().unwrap().incoming.status, 401);
        assert_eq!(world.asked()[3..], ["kept token", "exchange", "new token", "exchange"]);
    }

    #[test]
    fn a_refused_token_is_kept_as_the_entrys_health() {
        let random = Counting::default();
        let (world, key) = world_with(&random, "oauth2", "client-credentials", &CLIENT);
        world.refuses();
        assert!(matches!(send_once(&world, &key, &random), Err(Error::KeyRefused(_))));
        assert_eq!(world.health()[0].result, TrialResult::Refused);
        assert!(world.sent().is_empty());
    }

    #[test]
    fn what_comes_back_has_no_secret_and_no_more_bytes_than_asked_for() {
        let random = Counting::default();
        let fields = [("username", "me"), ("password", "s3cret-of-mine")];
        let (world, key) = world_with(&random, "custom-http", "basic", &fields);
        let echo = [("X-Echo", "Basic bWU6czNjcmV0LW9mLW1pbmU="), ("X-Other", "kept")];
        world.will_answer(200, &echo, "it is s3cret-of-mine, and a good deal more");
        let answer = send_once(&world, &key, &random).ok().unwrap();
        assert_eq!(answer.incoming.body, b"it is [removed], and");
        assert!(answer.incoming.truncated);
        let headers: Vec<_> = answer.incoming.headers.iter().map(|(_, value)| value.as_slice()).collect();
        assert_eq!(headers, [&b"[removed]"[..], b"kept"]);
    }

    #[test]
    fn a_part_of_an_answer_is_neither_asked_for_nor_handed_back() {
        let random = Counting::default();
        let fields = [("username", "me"), ("password", "s3cret-of-mine")];
        let (world, key) = world_with(&random, "custom-http", "basic", &fields);
        world.will_answer(206, &[("Content-Range", "bytes 0-5/9"), ("ETag", "\"x\"")], "s3cret");
        let answer = send_once(&world, &key, &random).ok().unwrap();
        assert!(answer.withheld && answer.incoming.body.is_empty());
        let names: Vec<_> = answer.incoming.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.is_empty(), "{names:?}");
        for name in ["Range", "if-range", "A-IM", "accept-encoding"] {
            assert!(is_partial(name), "{name}");
        }
    }

    #[test]
    fn a_secret_in_an_unnamed_writing_is_withheld() {
        let random = Counting::default();
        let fields = [("username", "me"), ("password", "s3cret+of/mine")];
        let (world, key) = world_with(&random, "custom-http", "basic", &fields);
        let leads = "/login?next=%2Fa%3Fp%3Ds3cret%252Bof%252Fmine";
        world.will_answer(302, &[("Location", leads), ("Content-Length", "99")], "s3cret&#43;of/mine");
        let answer = send_once(&world, &key, &random).ok().unwrap();
        assert!(answer.withheld && answer.incoming.body.is_empty());
        assert_eq!(answer.incoming.headers, [("Location".to_owned(), b"[removed]".to_vec())]);
    }

    #[test]
    fn a_body_that_cannot_be_searched_is_withheld() {
        let random = Counting::default();
        let (world, key) =
            world_with(&random, "custom-http", "basic", &[("username", "me"), ("password", "s3cret")]);
        world.will_answer(200, &[("Content-Encoding", "gzip")], "who knows");
        let answer = send_once(&world, &key, &random).ok().unwrap();
        assert!(answer.withheld && answer.incoming.body.is_empty());
    }

    #[test]
    fn an_edit_of_the_row_sends_nothing() {
        let random = Counting::default();
        let (world, key) =
            world_with(&random, "custom-http", "basic", &[("username", "me"), ("password", "s3cret")]);
        let moved = Key { base_url: Some("https://evil.example.com/".to_owned()), ..key.clone() };
        world.replace_row(moved);
        assert!(matches!(send_once(&world, &key, &random), Err(Error::DoesNotOpen)));
        assert!(world.sent().is_empty());
        // An edit of a value outside the binding does no harm.
        world.replace_row(Key { title: "Another".parse().unwrap(), ..key.clone() });
        world.will_answer(200, &[], "");
        assert!(send_once(&world, &key, &random).is_ok());
    }
}
