//! A closed loop: some connections, each sending its next request when the last one is answered.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{Failed, http::Connection, server::Server};

/// Twelve characters of a request that a number takes the place of, another one in each request.
pub const NUMBER: &str = "000000NUMBER";

/// What to send, one after another and from the beginning again.
pub struct Requests {
    each: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl Requests {
    /// These requests in turns.
    #[must_use]
    pub const fn new(each: Vec<Vec<u8>>) -> Self {
        Self { each, next: AtomicUsize::new(0) }
    }

    fn next(&self) -> Vec<u8> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.each.len().max(1);
        let mut request = self.each.get(next).cloned().unwrap_or_default();
        let number = format!("{:012}", NUMBERS.fetch_add(1, Ordering::Relaxed));
        let at: Vec<_> = str::from_utf8(&request)
            .map_or_else(|_| Vec::new(), |text| text.match_indices(NUMBER).map(|(at, _)| at).collect());
        for at in at {
            if let Some(place) = request.get_mut(at..at + NUMBER.len()) {
                place.copy_from_slice(number.as_bytes());
            }
        }
        request
    }
}

/// When a load ends.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After so many answers.
    Answers(u64),
}

/// What a load found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Run {
    /// Answers in a second.
    pub requests_per_second: f64,
    /// How long half of the answers took at most.
    pub p50_ms: f64,
    /// Of a hundred requests, 95 took no longer, in milliseconds.
    pub p95_ms: f64,
    /// How long 99 of 100 answers took at most.
    pub p99_ms: f64,
    /// The CPU time of the server for one answer.
    pub cpu_ms: f64,
    /// The server's memory at the end.
    pub memory_bytes: u64,
}

/// Sends requests to a server over so many connections, and says how it did. Anything but success is an error.
///
/// # Errors
///
/// What the first request that failed was answered with.
pub fn run(server: &Server, requests: &Requests, connections: usize, until: Until) -> Result<Run, Failed> {
    let (cpu, begun) = (server.cpu_time()?, Instant::now());
    let mut took = each(server.address, requests, connections, until)?;
    let (cpu, lasted) = (server.cpu_time()?.saturating_sub(cpu), begun.elapsed());
    took.sort_unstable();
    let count = f64::from(u32::try_from(took.len())?);
    let quantile = |percent: usize| {
        let at = took.len().saturating_sub(1) * percent / 100;
        took.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    Ok(Run {
        requests_per_second: count / lasted.as_secs_f64(),
        p50_ms: quantile(50),
        p95_ms: quantile(95),
        p99_ms: quantile(99),
        cpu_ms: cpu.as_secs_f64() * 1_000.0 / count,
        memory_bytes: server.memory()?,
    })
}

/// How long each answer took.
fn each(
    to: SocketAddr,
    requests: &Requests,
    connections: usize,
    until: Until,
) -> Result<Vec<Duration>, Failed> {
    let (begun, sent) = (Instant::now(), AtomicU64::new(0));
    let goes_on = || match until {
        Until::Elapsed(time) => begun.elapsed() < time,
        Until::Answers(enough) => sent.fetch_add(1, Ordering::Relaxed) < enough,
    };
    let one = || {
        let mut connection = Connection::open(to)?;
        let mut took = Vec::new();
        while goes_on() {
            let request = requests.next();
            let asked = Instant::now();
            let answer = connection.ask(&request)?;
            took.push(asked.elapsed());
            answer.success()?;
        }
        Ok::<_, Failed>(took)
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        let mut all = Vec::new();
        for connection in running {
            all.extend(connection.join().map_err(|_| "a connection's thread panicked")??);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_round_and_each_number_is_used_once() {
        let requests =
            Requests::new(vec![b"GET /1".to_vec(), format!("PUT /{NUMBER} {NUMBER}").into_bytes()]);
        let sent: Vec<_> = (0..4).map(|_| String::from_utf8(requests.next()).unwrap()).collect();
        assert_eq!((sent[0].as_str(), sent[2].as_str()), ("GET /1", "GET /1"));
        assert_ne!(sent[1], sent[3]);
        for with_number in [&sent[1], &sent[3]] {
            let (number, again) = with_number.strip_prefix("PUT /").unwrap().split_once(' ').unwrap();
            assert_eq!(number, again);
            assert!(number.len() == NUMBER.len() && number.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
