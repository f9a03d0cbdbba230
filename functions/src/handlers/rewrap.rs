//! Re-wraps the data keys of the vault under the current wrapping key. An operator starts it after a rotation
//! or a replacement of that key, and repeats it with `next` until `next` is null; `docs/operations.md` has
//! the steps.
//!
//! A schedule starts it every hour with `{"scheduled": true}`. Such a run goes on where the one before stopped, ends a pass over
//! the vault, and begins the next one a week after this one began. While another wrapping key takes over, it begins the next
//! one at once, until a whole pass found nothing left. If an item fails, the run fails too, after it has kept how far it came,
//! so that an alarm says so.
//!
//! No route calls it. It is the only function that may scan, it can neither open nor make a data key, and it reads no
//! sealed value. It can be stopped anywhere and run again.

use jiff::Timestamp;
use keyward_shared::{
    causes::causes,
    error::PortError,
    keys::rewrap::{Asked, Mode, Pass, PassPlace, Tally, Under, VaultPosition, rewrap},
    moment::Clock,
    ports::{KeepPass, ListWrapped, ReWrapDataKey, ReplaceWrapped},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::vault_cursor::{cursor, position};

/// The reason why a run did nothing, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum NotRewrapped {
    /// The event cannot be read.
    #[error(
        "takes {{\"limit\": 1 or more, \"cursor\": the `next` of the run before, \"dry_run\": true or false}}, each as needed, or {{\"scheduled\": true}}"
    )]
    NotUnderstood,
    /// The table or the wrapping service did not answer, or refused.
    #[error("nothing was looked at")]
    Port(#[from] PortError),
    /// A scheduled run found items that do not unwrap. The others are done.
    #[error("{0} items of the vault cannot be wrapped anew: the log names them")]
    Incomplete(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    limit: Option<u32>,
    cursor: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// What the schedule sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheduled {
    scheduled: bool,
}

impl Input {
    fn parse(self, until: Timestamp) -> Option<Asked> {
        Some(Asked {
            mode: if self.dry_run { Mode::Count } else { Mode::Replace },
            limit: self.limit.map_or(Some(None), |limit| (limit > 0).then_some(Some(limit)))?,
            after: match self.cursor {
                Some(text) => Some(position(&text)?),
                None => None,
            },
            until,
        })
    }
}

/// What was found and done.
#[derive(Serialize)]
struct TallyView {
    /// The sealed entries that were looked at.
    looked_at: u64,
    /// Those that were wrapped anew.
    rewrapped: u64,
    /// Those that are not wrapped as new ones are, and stay so for now.
    left: u64,
    /// Those that cannot be read or do not unwrap. The log names them.
    failed: usize,
    /// What to go on with, as `cursor`; null at the end.
    next: Option<String>,
    /// Of a scheduled run while another wrapping key takes over: whether the former key is not needed any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    nothing_left: Option<bool>,
}

impl From<&Tally> for TallyView {
    fn from(tally: &Tally) -> Self {
        Self {
            looked_at: tally.looked_at,
            rewrapped: tally.rewrapped,
            left: tally.left,
            failed: tally.failed.len(),
            next: tally.next.as_ref().map(cursor),
            nothing_left: None,
        }
    }
}

/// Handles an event; `until` is when the function is stopped.
///
/// # Errors
///
/// [`NotRewrapped`] when nothing was looked at, or an item failed in a scheduled run.
pub async fn handle(
    vault: &(impl ListWrapped + ReplaceWrapped + KeepPass),
    (wrapping, under): (&impl ReWrapDataKey, Under<'_>),
    clock: &impl Clock,
    event: &Value,
    until: Timestamp,
) -> Result<Value, NotRewrapped> {
    if Scheduled::deserialize(event).is_ok_and(|event| event.scheduled) {
        return go_on(vault, (wrapping, under), clock, until).await;
    }
    let input = Input::deserialize(event).ok().and_then(|input| input.parse(until));
    let asked = input.ok_or(NotRewrapped::NotUnderstood)?;
    told(TallyView::from(&run(vault, wrapping, clock, &asked).await?))
}

/// One run, and in the log what failed.
async fn run(
    vault: &(impl ListWrapped + ReplaceWrapped),
    wrapping: &impl ReWrapDataKey,
    clock: &impl Clock,
    asked: &Asked,
) -> Result<Tally, NotRewrapped> {
    let tally = rewrap(vault, wrapping, clock, asked).await.inspect_err(report)?;
    for VaultPosition { partition, row } in &tally.failed {
        tracing::error!(partition, row, "re-wrapping an item of the vault failed");
    }
    Ok(tally)
}

/// A run of the scheduled pass.
async fn go_on(
    vault: &(impl ListWrapped + ReplaceWrapped + KeepPass),
    (wrapping, under): (&impl ReWrapDataKey, Under<'_>),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Value, NotRewrapped> {
    let (kept, now) = (vault.read_pass().await.inspect_err(report)?, clock.now());
    let pass = match kept {
        Some(pass) => pass.to_go_on_with(&under, now),
        None => Pass::new(under.key.to_owned(), now),
    };
    let after = match &pass.place {
        PassPlace::Ended => return told(view(&Tally::default(), &pass, under)),
        PassPlace::Begun => None,
        PassPlace::After(position) => Some(position.clone()),
    };
    let asked = Asked { mode: Mode::Replace, limit: None, after, until };
    let tally = run(vault, wrapping, clock, &asked).await?;
    let pass = pass.after(&tally);
    vault.write_pass(&pass).await.inspect_err(report)?;
    if under.takes_over && pass.nothing_left {
        tracing::info!("no data key is wrapped by the former wrapping key any more");
    }
    if tally.failed.is_empty() {
        told(view(&tally, &pass, under))
    } else {
        Err(NotRewrapped::Incomplete(tally.failed.len()))
    }
}

fn view(tally: &Tally, pass: &Pass, under: Under<'_>) -> TallyView {
    TallyView { nothing_left: under.takes_over.then_some(pass.nothing_left), ..TallyView::from(tally) }
}

fn told(view: TallyView) -> Result<Value, NotRewrapped> {
    serde_json::to_value(view).map_err(|_| NotRewrapped::NotUnderstood)
}

fn report(error: &PortError) {
    tracing::error!(fault = causes(error), "re-wrapping stopped");
}
