//! One attempt of a delivery, and what comes of it.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use super::{
    delivery::{Attempt, Delivery, DeliveryOf, State},
    hold::{Hold, HoldOf, Holds, Why},
    schedule,
};
use crate::{
    access::AccessError,
    caller::Caller,
    endpoints::endpoint::Activity,
    error::Error,
    events::event::Event,
    ids::KeyId,
    keys::{
        health::{Health, TrialResult},
        receipt::Purpose,
        using::{Answer, Ask, AskedBody, AskedTarget, Selection, SendAsk, TrialAsk, send, verify},
    },
    moment::{Clock, Moment, Random},
    ports::{
        Authorize, CommitError, Exchange, KeepHolds, LogIn, ReadDelivery, ReadEvent, ReadForUse, ReadHealth,
        ReadKey, ReadWebhook, SaveDelivery, UnwrapDataKey, WriteHealth, WriteOutcome, WriteReceipt,
        WriteReceiptOnce,
    },
    sealing::EntryName,
    webhooks::{plan::ID_HEADER, webhook::Webhook},
};

/// How long an attempt may take before another sender takes the delivery: a request and a trial of the credential, 25 seconds each,
/// and time to spare.
pub const TAKEN: SignedDuration = SignedDuration::from_secs(120);
/// When a delivery is looked at again that could not be tried because of a service of ours.
const OUR_TROUBLE: SignedDuration = SignedDuration::from_secs(60);
/// How often a delivery that waits is looked at. It has jitter, so that those which wait together do not come back together.
const LOOK: SignedDuration = SignedDuration::from_mins(5);
/// The most bytes of an answer that are looked at.
const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// The most characters of an answer that are kept.
const MAX_EXCERPT: usize = 1_000;
/// What a delivery from before a restore says.
const RESTORED: &str =
    "The tables were restored since: the receiver may have had this event. Redeliver it, or leave it.";

/// The rows that an attempt reads and writes.
pub trait Desk:
    ReadDelivery
    + SaveDelivery
    + ReadEvent
    + ReadWebhook
    + KeepHolds
    + ReadKey
    + ReadHealth
    + ReadForUse
    + WriteReceipt
    + WriteReceiptOnce
    + WriteOutcome
    + WriteHealth
{
}

impl<T> Desk for T where
    T: ReadDelivery
        + SaveDelivery
        + ReadEvent
        + ReadWebhook
        + KeepHolds
        + ReadKey
        + ReadHealth
        + ReadForUse
        + WriteReceipt
        + WriteReceiptOnce
        + WriteOutcome
        + WriteHealth
{
}

/// Tries a delivery that is due, and returns it as it is then; `None` where nothing was to be done, or another sender does it.
///
/// Nothing is sent unless event and webhook are there, are of the delivery's account, and belong together.
///
/// # Errors
///
/// What the tables report. The delivery is due again when its time is over.
pub async fn try_once(
    desk: &impl Desk,
    wrapping: &impl UnwrapDataKey,
    outside: &(impl Exchange + Authorize + LogIn),
    moment: Moment<'_, impl Clock, impl Random>,
    of: &DeliveryOf,
) -> Result<Option<Delivery>, Error> {
    let now = moment.clock.now();
    let Some(mut delivery) = desk.read_delivery(of).await?.filter(|delivery| delivery.is_due(now)) else {
        return Ok(None);
    };
    // Whoever writes this first sends it.
    delivery.due = now.saturating_add(TAKEN).ok();
    if !save(desk, &mut delivery).await? {
        return Ok(None);
    }
    let event = desk.read_event(&of.account, &delivery.event).await?;
    let webhook = desk.read_webhook(&of.account, &of.webhook).await?;
    let pair = match (event, webhook) {
        (Some(event), Some(webhook)) => belong_together(&event, &webhook, now).map(|()| (event, webhook)),
        (_, None) => Err("The webhook is gone."),
        (None, Some(_)) => Err("The event is gone."),
    };
    match pair {
        Err(why) => delivery.end(State::Dropped, Some(why)),
        Ok(_) if delivery.epoch != moment.clock.epoch() => delivery.park(None, RESTORED),
        Ok((event, webhook)) => {
            let attempt = Trying { desk, wrapping, outside, moment, event: &event, webhook: &webhook };
            attempt.run(&mut delivery).await?;
        }
    }
    Ok(save(desk, &mut delivery).await?.then_some(delivery))
}

/// Whether an event is to be sent to a webhook, or why not.
fn belong_together(event: &Event, webhook: &Webhook, now: Timestamp) -> Result<(), &'static str> {
    if event.is_over(now) {
        Err("The event is too old to be sent.")
    } else if webhook.activity == Activity::Inactive {
        Err("The webhook is inactive.")
    } else if webhook.hears(event) {
        Ok(())
    } else {
        Err("The webhook does not hear of this event any more.")
    }
}

/// Whether the delivery was written: nobody else wrote it since it was read.
async fn save(desk: &impl SaveDelivery, delivery: &mut Delivery) -> Result<bool, Error> {
    let before = delivery.version;
    delivery.version += 1;
    match desk.save_delivery(delivery, before).await {
        Ok(()) => Ok(true),
        Err(CommitError::Stale { .. } | CommitError::Unmet(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Everything that an attempt needs.
struct Trying<'a, D, W, O, C, R> {
    desk: &'a D,
    wrapping: &'a W,
    outside: &'a O,
    moment: Moment<'a, C, R>,
    event: &'a Event,
    webhook: &'a Webhook,
}

impl<D, W, O, C, R> Trying<'_, D, W, O, C, R>
where
    D: Desk,
    W: UnwrapDataKey,
    O: Exchange + Authorize + LogIn,
    C: Clock,
    R: Random,
{
    /// Sends it, unless something holds it back, and writes into the delivery what came of that.
    async fn run(&self, delivery: &mut Delivery) -> Result<(), Error> {
        let started = self.moment.clock.now();
        let Some(key) = &self.webhook.key else {
            delivery.park(self.look_again(started), "The webhook has no credential.");
            return Ok(());
        };
        let holds = self.desk.read_holds(&self.of_webhook(), &self.of_entry(key)).await?;
        if let Some(why) = self.standing(&holds, key, started).await? {
            delivery.park(self.look_again(started), why.says());
            return Ok(());
        }
        let caller = Caller::of_webhook(self.webhook);
        let selection = self.selection();
        let ask = SendAsk {
            request: self.ask(),
            max_body_bytes: MAX_ANSWER_BYTES,
            ticket: None,
            purpose: Purpose::Deliver,
        };
        let sent =
            send(self.desk, self.wrapping, self.outside, self.moment, &caller, (key, &selection), ask).await;
        let now = self.moment.clock.now();
        match sent {
            Ok(answer) => self.answered(delivery, key, &holds, &answer, (started, now)).await,
            // The receiver did not answer.
            Err(error @ Error::Outbound(_)) => {
                delivery.push(Attempt {
                    at: started,
                    status: None,
                    outcome: format!("No answer: {error}."),
                    excerpt: None,
                    took_ms: milliseconds(started, now),
                    receipt: None,
                });
                self.failed(delivery, &holds, now, None).await
            }
            // A service of ours, or the webhook changed on the way: this is no attempt.
            Err(
                error @ (Error::Unavailable(_)
                | Error::Internal(_)
                | Error::InProgress
                | Error::NotPermitted(AccessError::Removed)),
            ) => {
                tracing::error!(delivery = %delivery.id, %error, "a delivery could not be tried");
                delivery.due = now.saturating_add(OUR_TROUBLE).ok();
                Ok(())
            }
            // The system gives no token or session for the credential.
            Err(Error::KeyRefused(message)) => {
                let health = self.health(key).await?;
                let refused = health.filter(|health| health.result == TrialResult::Refused);
                if let Some(health) = refused.filter(|health| health.checked_at >= started) {
                    self.hold_entry(key, health.version, now).await?;
                }
                delivery.park(self.look_again(now), &format!("{message}."));
                Ok(())
            }
            // The credential: expired, disabled, deleted, or not as the webhook needs it.
            Err(error) => {
                delivery.park(self.look_again(now), &format!("The credential cannot be used: {error}."));
                Ok(())
            }
        }
    }

    /// What an answer means.
    async fn answered(
        &self,
        delivery: &mut Delivery,
        key: &KeyId,
        holds: &Holds,
        answer: &Answer,
        (started, now): (Timestamp, Timestamp),
    ) -> Result<(), Error> {
        let status = answer.incoming.status;
        let mut attempt = Attempt {
            at: started,
            status: Some(status.as_u16()),
            outcome: String::new(),
            excerpt: excerpt(answer),
            took_ms: milliseconds(started, now),
            receipt: Some(answer.receipt.clone()),
        };
        let outcome = match status {
            status if status.is_success() => {
                delivery.end(State::Delivered, None);
                "The receiver took it."
            }
            StatusCode::GONE => {
                let hold = self.hold(Why::Gone, Some(answer.key_version), now);
                self.desk.put_hold(&self.of_webhook(), &hold).await?;
                delivery.end(State::Failed, Some(Why::Gone.says()));
                "The receiver is gone: the webhook is paused."
            }
            StatusCode::FORBIDDEN => {
                let hold = self.hold(Why::Forbidden, Some(answer.key_version), now);
                self.desk.put_hold(&self.of_webhook(), &hold).await?;
                delivery.park(self.look_again(now), Why::Forbidden.says());
                "The receiver forbids it: the webhook is paused."
            }
            StatusCode::UNAUTHORIZED => match self.trial(key, now).await? {
                Some(TrialResult::Refused) => {
                    self.hold_entry(key, answer.key_version, now).await?;
                    delivery.park(self.look_again(now), Why::Refused.says());
                    "The receiver does not accept the credential, and a trial confirmed it."
                }
                Some(TrialResult::Passed) => {
                    attempt.outcome =
                        "The receiver does not accept the credential, which passed a trial.".to_owned();
                    delivery.push(attempt);
                    return self.failed(delivery, holds, now, retry_after(answer, now)).await;
                }
                Some(TrialResult::Unclear | TrialResult::Unreachable) | None => {
                    delivery.waits =
                        Some("Whether the system still accepts the credential is not clear.".to_owned());
                    delivery.due = self.look_again(now);
                    "The receiver does not accept the credential. A trial was not clear."
                }
            },
            _ => {
                attempt.outcome = "The receiver did not take it.".to_owned();
                delivery.push(attempt);
                return self.failed(delivery, holds, now, retry_after(answer, now)).await;
            }
        };
        if status.is_success() {
            self.release(holds, key).await?;
        }
        outcome.clone_into(&mut attempt.outcome);
        delivery.push(attempt);
        Ok(())
    }

    /// The next attempt, or the end. The first failure of a webhook is noted, so that it is paused if it goes on failing.
    async fn failed(
        &self,
        delivery: &mut Delivery,
        holds: &Holds,
        now: Timestamp,
        asked: Option<SignedDuration>,
    ) -> Result<(), Error> {
        let is_noted = holds.webhook.as_ref().is_some_and(|hold| hold.is_of_webhook(self.webhook.version));
        if !is_noted {
            self.desk.put_hold(&self.of_webhook(), &self.hold(Why::Failing, None, now)).await?;
        }
        delivery.counted += 1;
        delivery.state = State::Pending;
        delivery.waits = None;
        delivery.due = schedule::next(delivery.counted, now, asked, self.moment.random);
        if delivery.due.is_none() {
            delivery.end(State::Failed, Some("It was tried as often as the schedule says."));
        }
        Ok(())
    }

    /// What holds the delivery back; `None` where nothing does.
    async fn standing(&self, holds: &Holds, key: &KeyId, now: Timestamp) -> Result<Option<Why>, Error> {
        let of_webhook = holds.webhook.as_ref().filter(|hold| hold.is_of_webhook(self.webhook.version));
        let counting: Vec<_> =
            of_webhook.into_iter().chain(&holds.entry).filter(|hold| hold.counts(now)).collect();
        if counting.is_empty() {
            return Ok(None);
        }
        let version = self.desk.read_key(&self.webhook.account, key).await?.map(|key| key.version);
        let health = self.health(key).await?;
        let standing = counting.into_iter().find(|hold| hold.stands(version, health.as_ref()));
        Ok(standing.map(|hold| hold.why))
    }

    /// What is over when a delivery succeeded.
    async fn release(&self, holds: &Holds, key: &KeyId) -> Result<(), Error> {
        if holds.webhook.is_some() {
            self.desk.drop_hold(&self.of_webhook()).await?;
        }
        if holds.entry.is_some() {
            self.desk.drop_hold(&self.of_entry(key)).await?;
        }
        Ok(())
    }

    async fn hold_entry(&self, key: &KeyId, key_version: u64, now: Timestamp) -> Result<(), Error> {
        let hold =
            Hold { why: Why::Refused, since: now, key_version: Some(key_version), webhook_version: None };
        Ok(self.desk.put_hold(&self.of_entry(key), &hold).await?)
    }

    const fn hold(&self, why: Why, key_version: Option<u64>, now: Timestamp) -> Hold {
        Hold { why, since: now, key_version, webhook_version: Some(self.webhook.version) }
    }

    /// Tries the credential against its system; `None` where that cannot be done.
    async fn trial(&self, key: &KeyId, now: Timestamp) -> Result<Option<TrialResult>, Error> {
        let caller = Caller::of_webhook(self.webhook);
        let ask = TrialAsk { selection: self.selection(), path: None };
        let tried =
            verify(self.desk, self.wrapping, self.outside, self.moment, &caller, (key, &ask), None).await;
        match tried {
            Ok(tried) => Ok(Some(tried.trial.result)),
            Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => Err(error),
            Err(error) => {
                tracing::info!(%key, %error, %now, "the credential of a webhook could not be tried");
                Ok(None)
            }
        }
    }

    /// How the entry fared when it was last tried.
    async fn health(&self, key: &KeyId) -> Result<Option<Health>, Error> {
        let health = self.desk.read_health(&self.webhook.account, key).await?;
        let name = self.entry();
        Ok(health.entries.into_iter().find(|health| health.entry == name))
    }

    fn entry(&self) -> EntryName {
        self.webhook.organization.clone().map_or(EntryName::Default, EntryName::Organization)
    }

    fn of_webhook(&self) -> HoldOf {
        HoldOf::Webhook(self.webhook.account.clone(), self.webhook.id.clone())
    }

    fn of_entry(&self, key: &KeyId) -> HoldOf {
        HoldOf::Entry(self.webhook.account.clone(), key.clone(), self.entry())
    }

    fn selection(&self) -> Selection {
        Selection {
            environment: Some(self.webhook.environment),
            organization: self.webhook.organization.clone(),
        }
    }

    /// The request that tells of an event. Its id is that of the event, so that a receiver knows an event again that it has had.
    fn ask(&self) -> Ask {
        let headers =
            [(ID_HEADER, self.event.id.to_string()), ("content-type", "application/json".to_owned())];
        Ask {
            method: self.webhook.method.as_http(),
            target: AskedTarget::Path(self.webhook.path.clone()),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: AskedBody::Bytes(self.event.body()),
        }
    }

    fn look_again(&self, now: Timestamp) -> Option<Timestamp> {
        schedule::jittered(now, LOOK, self.moment.random)
    }
}

fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or_default()
}

/// How long the receiver asks to wait (RFC 9110 §10.2.3): seconds or a date.
fn retry_after(answer: &Answer, now: Timestamp) -> Option<SignedDuration> {
    let (_, value) =
        answer.incoming.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    let text = std::str::from_utf8(value).ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Some(at.duration_since(now))
}

/// The beginning of the answer's body; `None` where there is none, or it may not be shown.
fn excerpt(answer: &Answer) -> Option<String> {
    if answer.withheld || answer.incoming.body.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&answer.incoming.body);
    let plain = |character: char| if character.is_control() && character != '\n' { ' ' } else { character };
    Some(text.chars().take(MAX_EXCERPT).map(plain).collect())
}
