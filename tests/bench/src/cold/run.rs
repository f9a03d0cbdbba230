//! One process from its start to its last request.

use std::time::{Duration, Instant};

use keyward_bench::Failed;
use keyward_tests::{
    runtime_api::{Outcome, RuntimeApi},
    usage::{cpu_time, peak_memory},
};
use serde::Serialize;
use serde_json::Value;
use tokio::{process::Child, time::timeout};

use crate::{back_end::Asked, quota::Quota, settings::Conditions, stand::Stand, subject::Subject};

/// Nothing that is measured takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a process still does after it has answered belongs to the answer.
const SETTLE: Duration = Duration::from_millis(5);

/// What one process took: milliseconds of the clock and of the CPU, and bytes.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    /// From the start of the process until it asks for its first event.
    pub(crate) init_ms: f64,
    /// The first request.
    pub(crate) first_ms: f64,
    /// Both.
    pub(crate) cold_ms: f64,
    pub(crate) warm_p50_ms: f64,
    pub(crate) warm_p99_ms: f64,
    pub(crate) init_cpu_ms: f64,
    pub(crate) first_cpu_ms: f64,
    pub(crate) cold_cpu_ms: f64,
    /// Of one request, on average.
    pub(crate) warm_cpu_ms: f64,
    pub(crate) peak_bytes: u64,
    /// What was asked of AWS until the first event, for the first request, and for all that followed.
    pub(crate) asked: [Asked; 3],
}

struct Process<'a> {
    child: Child,
    id: u32,
    runtime: RuntimeApi,
    subject: &'a Subject,
}

/// Starts a subject, and sends it one request and then `warm` more.
pub(crate) async fn measure(
    subject: &Subject,
    stand: &Stand,
    conditions: Conditions,
    quota: Option<&Quota>,
    warm: usize,
) -> Result<Run, Failed> {
    let back_end = &stand.back_end;
    back_end.serve(&subject.name, conditions.service_time);
    let runtime = RuntimeApi::start().await?;
    let mut command = subject.command(&runtime, stand)?;
    let begun = Instant::now();
    let child = command.spawn()?;
    let id = child.id().ok_or("the process has no id")?;
    let mut process = Process { child, id, runtime, subject };
    process.started().await?;
    let init = begun.elapsed();
    tokio::time::sleep(SETTLE).await;
    let (init_cpu, init_asked) = (cpu_time(id)?, back_end.asked());
    // Lambda gives a whole core until a function asks for its first event.
    let _group = quota.map(|quota| quota.hold(id)).transpose()?;

    let first = process.answers().await?;
    tokio::time::sleep(SETTLE).await;
    let (cold_cpu, first_asked) = (cpu_time(id)?, back_end.asked());

    let mut times = Vec::with_capacity(warm);
    for _ in 0..warm {
        times.push(process.answers().await?);
    }
    times.sort();
    let warm_cpu = ms(cpu_time(id)?.saturating_sub(cold_cpu)) / count(warm);
    let quantile =
        |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100).copied().map_or(0.0, ms);
    let run = Run {
        init_ms: ms(init),
        first_ms: ms(first),
        cold_ms: ms(init + first),
        warm_p50_ms: quantile(50),
        warm_p99_ms: quantile(99),
        init_cpu_ms: ms(init_cpu),
        first_cpu_ms: ms(cold_cpu.saturating_sub(init_cpu)),
        cold_cpu_ms: ms(cold_cpu),
        warm_cpu_ms: warm_cpu,
        peak_bytes: peak_memory(id)?,
        asked: [init_asked, first_asked, back_end.asked()],
    };
    process.child.kill().await?;
    Ok(run)
}

impl Process<'_> {
    async fn started(&mut self) -> Result<(), Failed> {
        let name = &self.subject.name;
        tokio::select! {
            () = self.runtime.started() => Ok(()),
            outcome = self.child.wait() => Err(format!("{name} ended before its first event: {}", outcome?).into()),
            () = tokio::time::sleep(PATIENCE) => Err(format!("{name} does not ask for an event").into()),
        }
    }

    /// How long the answer to an event takes. Anything but success ends the bench.
    async fn answers(&mut self) -> Result<Duration, Failed> {
        let (name, event) = (&self.subject.name, self.subject.event());
        let begun = Instant::now();
        let outcome = timeout(PATIENCE, self.runtime.invoke(event)).await;
        let took = begun.elapsed();
        let outcome =
            outcome.map_err(|_| format!("{name} does not answer"))?.ok_or("the emulator is gone")?;
        let Outcome::Answered(answer) = outcome else {
            return Err(format!("{name} failed: {outcome:?}").into());
        };
        let status = serde_json::from_str::<Value>(&answer)?.get("statusCode").and_then(Value::as_u64);
        if status.is_some_and(|status| (200..300).contains(&status)) {
            Ok(took)
        } else {
            Err(format!("{name} (process {}) answered {answer}", self.id).into())
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
