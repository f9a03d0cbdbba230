//! Requests that may be sent again: with an `Idempotency-Key`, the same request has its effect once, and a repetition gets
//! the outcome of the first.
//!
//! The record of a request is written in the transaction of the change itself, so that the record and the
//! change always exist together. The record holds the id of the result, never a body, and a fingerprint of
//! the request. Only KMS can compute the fingerprint, so a reader of the table cannot try passwords against
//! it.

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{Context, SHA256},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    caller::Caller,
    epoch::Epoch,
    error::Error,
    ids::AccountId,
    moment::Clock,
    ports::{Fingerprint, ReadRecord},
};

/// How long a record counts.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The caller's name for a request (draft-ietf-httpapi-idempotency-key-header-07): 1 to 128 visible ASCII
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest one, in bytes.
    pub const MAX_LENGTH: usize = 128;
}

/// The text cannot name a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} visible ASCII characters", IdempotencyKey::MAX_LENGTH)]
pub struct BadIdempotencyKey;

impl FromStr for IdempotencyKey {
    type Err = BadIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good =
            (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text.to_owned())) } else { Err(BadIdempotencyKey) }
    }
}

/// A request that its caller may send again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeatable {
    key: IdempotencyKey,
    digest: [u8; 32],
}

impl Repeatable {
    /// The request that a caller names by this key: the function, what its path names, and its body.
    pub fn new<'p>(
        key: IdempotencyKey,
        function: &str,
        path: impl IntoIterator<Item = &'p str>,
        body: &[u8],
    ) -> Self {
        let path: Vec<&[u8]> = path.into_iter().map(str::as_bytes).collect();
        let parts = [&[b"keyward request v1", function.as_bytes()], path.as_slice(), &[body]].concat();
        Self { key, digest: digest(&parts) }
    }
}

/// The SHA-256 over parts, each preceded by its length.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// The name of a record within its account: a digest of the caller's id and of the idempotency key. Two
/// callers can therefore use the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordName(String);

impl RecordName {
    fn of(caller: &Caller, key: &IdempotencyKey) -> Self {
        Self(hex::encode(digest(&[caller.actor().to_string().as_bytes(), key.0.as_bytes()])))
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The MAC of a request, by a key that does not leave KMS.
#[derive(Clone)]
pub struct RequestMac(Vec<u8>);

impl RequestMac {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn is(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl From<Vec<u8>> for RequestMac {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// The values for the record of a request, which is written in the transaction of the change.
#[derive(Clone)]
pub struct Ticket {
    /// The account of the caller.
    pub account: AccountId,
    /// The record's name.
    pub name: RecordName,
    /// The fingerprint of the request.
    pub mac: RequestMac,
    /// When it was sent. A record that is older than [`KEPT`] counts no more.
    pub at: Timestamp,
    /// In which epoch it was sent. A record of an older epoch counts no more.
    pub epoch: Epoch,
}

impl Ticket {
    /// When the record ends to count.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.at.saturating_add(KEPT).unwrap_or(Timestamp::MAX)
    }

    /// Whether a record says something about this request. One from before a restore does not: what it tells of may be gone.
    fn counts(&self, record: &Record) -> bool {
        record.ends > self.at && record.epoch >= self.epoch
    }
}

/// The state of a request in its record.
#[derive(Clone)]
pub struct Record {
    /// The fingerprint of the request.
    pub mac: RequestMac,
    /// The stored outcome of the first request.
    pub outcome: Outcome,
    /// When the record ends to count.
    pub ends: Timestamp,
    /// The epoch of the first request.
    pub epoch: Epoch,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The request was carried out. These are the id of the created or changed item, and its version
    /// since.
    Done {
        /// The id of the resource that the request made or changed.
        id: String,
        /// The version that the request made.
        version: u64,
    },
    /// A key was put in the place of another.
    Replaced {
        /// The number of uses that got the other key.
        uses: u64,
    },
    /// The request is being carried out and will have ended by this time. Only long requests have
    /// this state.
    Running {
        /// The time by which the function that carries it out has stopped for certain.
        until: Timestamp,
    },
}

/// The ports that tell whether a request was sent before.
pub struct Once<'a, S, F, C> {
    /// The store of the records.
    pub records: &'a S,
    /// Makes the fingerprints of requests.
    pub fingerprints: &'a F,
    /// The clock that decides when a record expires.
    pub clock: &'a C,
}

impl<S: ReadRecord, F: Fingerprint, C: Clock> Once<'_, S, F, C> {
    /// Carries a request out, or returns the outcome of the same earlier request. A request without an
    /// idempotency key is carried out every time.
    ///
    /// `carry_out` gets the ticket to store with its change, and reports [`Error::InProgress`] when the same
    /// request has stored one first.
    ///
    /// # Errors
    ///
    /// [`Error::IdempotencyKeyReused`] when the key named another request, [`Error::InProgress`] while that one is being carried out,
    /// what the ports report, and what `carry_out` and `recall` do.
    pub async fn run<T, D, R>(
        &self,
        caller: &Caller,
        request: Option<Repeatable>,
        carry_out: impl FnOnce(Option<Ticket>) -> D + Send,
        recall: impl FnOnce(Outcome) -> R + Send,
    ) -> Result<T, Error>
    where
        D: Future<Output = Result<T, Error>> + Send,
        R: Future<Output = Result<T, Error>> + Send,
    {
        let Some(request) = request else {
            return carry_out(None).await;
        };
        let ticket = self.ticket(caller, &request).await?;
        if let Some(outcome) = self.outcome(&ticket).await? {
            return recall(outcome).await;
        }
        match carry_out(Some(ticket.clone())).await {
            // The same request came twice at once, and the other one was first.
            Err(Error::InProgress) => match self.outcome(&ticket).await? {
                Some(outcome) => recall(outcome).await,
                None => Err(Error::InProgress),
            },
            outcome => outcome,
        }
    }

    async fn ticket(&self, caller: &Caller, request: &Repeatable) -> Result<Ticket, Error> {
        Ok(Ticket {
            account: caller.account().clone(),
            name: RecordName::of(caller, &request.key),
            mac: self.fingerprints.fingerprint(&request.digest).await?,
            at: self.clock.now(),
            epoch: self.clock.epoch(),
        })
    }

    /// What became of the same request; `None` when there was none, or nobody carries it out any more.
    async fn outcome(&self, ticket: &Ticket) -> Result<Option<Outcome>, Error> {
        let record = self.records.read_record(&ticket.account, &ticket.name).await?;
        let Some(record) = record.filter(|record| ticket.counts(record)) else {
            return Ok(None);
        };
        if !record.mac.is(&ticket.mac) {
            return Err(Error::IdempotencyKeyReused);
        }
        match record.outcome {
            Outcome::Running { until } if until > self.clock.now() => Err(Error::InProgress),
            Outcome::Running { .. } => Ok(None),
            done @ (Outcome::Done { .. } | Outcome::Replaced { .. }) => Ok(Some(done)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &[&str], body: &str) -> Repeatable {
        Repeatable::new("k".parse().unwrap(), "create_key", path.iter().copied(), body.as_bytes())
    }

    #[test]
    fn requests_that_differ_anywhere_have_other_digests() {
        let one = request(&["a", "b"], "c");
        for other in
            [request(&["a", "b"], "d"), request(&["ab"], "c"), request(&["a"], "bc"), request(&[], "abc")]
        {
            assert_ne!(one.digest, other.digest);
        }
        assert_eq!(one, request(&["a", "b"], "c"));
    }

    #[test]
    fn a_key_is_short_and_visible() {
        assert!("8e03978e-40d5-43e8-bc93-6894a57f9324".parse::<IdempotencyKey>().is_ok());
        for text in ["", "a b", "ä", "a\n", &"a".repeat(129)] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(BadIdempotencyKey), "{text:?}");
        }
    }
}
