//! Both callers before a service in memory, on a clock that the test moves: waits and time-outs take no time, and are exact.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, UNIX_EPOCH},
};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::{
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use hyper::body::{Body, Bytes, Frame};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use keyward_shared::moment::Clock;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    Both, Call, Caller, Outcome,
    answers::{Answer, Lost, scripts},
    connection,
};
use crate::{
    aws::clients::{Clients, Connection},
    system::SystemClock,
};

/// A service that follows a script.
#[derive(Debug, Clone)]
struct Service(Arc<State>);

#[derive(Debug)]
struct State {
    script: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
    poisoned: AtomicUsize,
}

/// A try, as the service saw it.
#[derive(Debug, Clone)]
struct Seen {
    at: Instant,
    /// What both callers must send alike.
    sent: Sent,
    invocation: String,
    /// The time of the signature minus ours, in seconds.
    ahead: i64,
}

#[derive(Debug, Clone, PartialEq)]
struct Sent {
    method: String,
    url: String,
    headers: BTreeMap<&'static str, Option<String>>,
    body: Value,
    is_signed: bool,
}

const ALIKE: [&str; 5] =
    ["content-type", "content-length", "x-amz-target", "x-amz-security-token", "amz-sdk-request"];

impl Service {
    fn following(script: &[Answer]) -> Self {
        Self(Arc::new(State {
            script: Mutex::new(script.iter().cloned().collect()),
            seen: Mutex::default(),
            poisoned: AtomicUsize::new(0),
        }))
    }

    /// The next answer. The last one is given again and again.
    fn next(&self) -> Answer {
        let mut script = self.0.script.lock().unwrap();
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }.unwrap()
    }

    fn clients(&self, url: &str) -> Both {
        static REGIONS: AtomicUsize = AtomicUsize::new(0);
        let region = format!("region-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
        let service = SharedHttpConnector::new(self.clone());
        let front: crate::aws::clients::Front = Arc::new(move |_| service.clone());
        let services = connection(Some(url.to_owned()), &region);
        Clients::new(Connection { front: Some(front), ..services }).into()
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.seen.lock().unwrap())
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.seen.lock().unwrap().push(Seen::of(&request));
        let state = Arc::clone(&self.0);
        let poison = move || {
            state.poisoned.fetch_add(1, Ordering::Relaxed);
        };
        let connection = ConnectionMetadata::builder().proxied(false).poison_fn(poison).build();
        let captured = request.extension::<CaptureSmithyConnection>().unwrap();
        captured.set_connection_retriever(move || Some(connection.clone()));
        HttpConnectorFuture::new(answer(self.next()))
    }
}

async fn answer(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let of = |status, body| Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), body));
    match answer {
        Answer::Whole { status, headers, body } => {
            let mut answer = of(status, SdkBody::from(body))?;
            for (name, value) in headers {
                answer.headers_mut().insert(name, value);
            }
            Ok(answer)
        }
        Answer::BrokenOff(status) => of(status, SdkBody::from_body_1_x(Cut::Off)),
        Answer::WithoutItsBody(status) => of(status, SdkBody::from_body_1_x(Cut::Silent)),
        Answer::Never => std::future::pending().await,
        Answer::After(delay, then) => {
            sleep(delay).await;
            Box::pin(self::answer(*then)).await
        }
        Answer::NoConnection(lost) => Err(match lost {
            Lost::Io => ConnectorError::io(io::Error::other("lost").into()),
            Lost::TimeOut => ConnectorError::timeout("late".into()),
            Lost::CutOff => ConnectorError::other("cut off".into(), Some(ErrorKind::TransientError)),
            Lost::User => ConnectorError::user("our fault".into()),
            Lost::Other => ConnectorError::other("something else".into(), None),
        }),
    }
}

/// A body that does not come to its end.
#[derive(Debug)]
enum Cut {
    Off,
    Silent,
}

impl Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match *self {
            Self::Off => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            Self::Silent => Poll::Pending,
        }
    }
}

impl Seen {
    fn of(request: &HttpRequest) -> Self {
        let header = |name| request.headers().get(name).map(str::to_owned);
        let date = DateTime::strptime("%Y%m%dT%H%M%SZ", header("x-amz-date").unwrap()).unwrap();
        let signed_at = date.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let authorization = header("authorization").unwrap();
        Self {
            at: Instant::now(),
            sent: Sent {
                method: request.method().to_owned(),
                url: request.uri().to_owned(),
                headers: ALIKE.into_iter().map(|name| (name, header(name))).collect(),
                body: serde_json::from_slice(request.body().bytes().unwrap()).unwrap(),
                is_signed: authorization == signature(request, &authorization, signed_at),
            },
            invocation: header("amz-sdk-invocation-id").unwrap(),
            ahead: signed_at.as_second() - SystemClock.now().as_second(),
        }
    }
}

/// The header that `aws-sigv4` makes of the same request and the same headers.
fn signature(request: &HttpRequest, authorization: &str, at: Timestamp) -> String {
    let part = |name| authorization.split(name).nth(1).unwrap().split(',').next().unwrap();
    let scope: Vec<_> = part("Credential=").split('/').collect();
    let headers = part("SignedHeaders=").split(';').filter(|name| {
        // These three it adds of itself.
        !["host", "x-amz-date", "x-amz-security-token"].contains(name)
    });
    let headers = headers.map(|name| (name, request.headers().get(name).unwrap()));
    let body = SignableBody::Bytes(request.body().bytes().unwrap());
    let signable = SignableRequest::new(request.method(), request.uri(), headers, body).unwrap();
    let credentials = Credentials::new("AKIDEXAMPLE", "a secret", Some("a token".to_owned()), None, "test");
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope[2])
        .name(scope[3])
        .time(UNIX_EPOCH + Duration::from_secs(at.as_second().try_into().unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let (signed, _) = sign(signable, &SigningParams::V4(params)).unwrap().into_parts();
    let (headers, _) = signed.into_parts();
    headers.iter().find(|header| header.name() == "authorization").unwrap().value().to_owned()
}

/// What a caller made of a script, in so many calls one after the other.
struct Run {
    outcomes: Vec<Outcome>,
    /// The tries of each call.
    tries: Vec<Vec<Seen>>,
    poisoned: usize,
}

impl Run {
    async fn of(caller: Caller, call: Call, script: &[Answer], calls: usize) -> Self {
        Self::at("https://service.example", caller, call, script, calls).await
    }

    async fn at(url: &str, caller: Caller, call: Call, script: &[Answer], calls: usize) -> Self {
        let service = Service::following(script);
        let clients = service.clients(url);
        let (mut outcomes, mut tries) = (Vec::new(), Vec::new());
        for _ in 0..calls {
            outcomes.push(call.made_by(caller, &clients).await);
            tries.push(service.seen());
        }
        Self { outcomes, tries, poisoned: service.0.poisoned.load(Ordering::Relaxed) }
    }

    fn counts(&self) -> Vec<usize> {
        self.tries.iter().map(Vec::len).collect()
    }

    fn sent(&self) -> Vec<Vec<&Sent>> {
        self.tries.iter().map(|tries| tries.iter().map(|seen| &seen.sent).collect()).collect()
    }

    fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.tries.iter().flatten()
    }

    /// The waits between the tries of each call, in milliseconds.
    fn waits(&self) -> Vec<Vec<u128>> {
        let between = |pair: &[Seen]| pair[1].at.duration_since(pair[0].at).as_millis();
        self.tries.iter().map(|tries| tries.windows(2).map(between).collect()).collect()
    }
}

/// What is not the same in two runs.
fn difference(ours: &Run, theirs: &Run) -> Option<String> {
    let differ = |what: &str, ours: &dyn std::fmt::Debug, theirs: &dyn std::fmt::Debug| {
        Some(format!("{what}:\n  direct {ours:?}\n  SDK    {theirs:?}"))
    };
    if ours.outcomes != theirs.outcomes {
        return differ("outcomes", &ours.outcomes, &theirs.outcomes);
    }
    if ours.sent() != theirs.sent() {
        return differ("requests", &ours.sent(), &theirs.sent());
    }
    if ours.poisoned != theirs.poisoned {
        return differ("connections given up", &ours.poisoned, &theirs.poisoned);
    }
    for (ours, theirs) in ours.seen().zip(theirs.seen()) {
        // The clock goes on while the test runs.
        if ours.ahead.abs_diff(theirs.ahead) > 2 {
            return differ("times of signatures", &ours.ahead, &theirs.ahead);
        }
    }
    None
}

/// Tries of one call have one name, and two calls have two.
fn is_named_once(run: &Run) -> bool {
    let name = |tries: &Vec<Seen>| tries.first().map(|seen| seen.invocation.clone());
    let each =
        run.tries.iter().all(|tries| tries.iter().all(|seen| Some(&seen.invocation) == name(tries).as_ref()));
    let mut names: Vec<_> = run.tries.iter().filter_map(name).collect();
    names.sort();
    names.dedup();
    each && names.len() == run.tries.iter().filter(|tries| !tries.is_empty()).count()
}

#[tokio::test(start_paused = true)]
async fn both_make_the_same_of_every_answer() {
    let mut wrong = Vec::new();
    for (name, script, tries) in scripts() {
        for call in Call::ALL {
            let (ours, theirs) = (
                Run::of(Caller::Direct, call, &script, 2).await,
                Run::of(Caller::Sdk, call, &script, 2).await,
            );
            wrong.extend(difference(&ours, &theirs).map(|what| format!("{name}, {call:?}: {what}")));
            if ours.counts()[0] != tries {
                wrong.push(format!("{name}, {call:?}: {:?} tries instead of {tries}", ours.counts()));
            }
            let signed = |run: &Run| run.seen().all(|seen| seen.sent.is_signed);
            if !signed(&ours) || !signed(&theirs) || !is_named_once(&ours) || !is_named_once(&theirs) {
                wrong.push(format!("{name}, {call:?}: signatures or names"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn what_one_operation_alone_tries_again_is_tried_again_by_that_one() {
    let script = [Answer::refusal(400, "ReplicatedWriteConflictException"), Answer::success()];
    for (call, tries) in [(Call::Read, 1), (Call::Write, 2), (Call::Unwrap, 1)] {
        let (ours, theirs) =
            (Run::of(Caller::Direct, call, &script, 1).await, Run::of(Caller::Sdk, call, &script, 1).await);
        assert_eq!(difference(&ours, &theirs), None);
        assert_eq!(ours.counts(), [tries], "{call:?}");
    }
}

/// Of a random wait only the bounds are known: a part of 1 s, and then a part of 2 s.
#[tokio::test(start_paused = true)]
async fn both_wait_a_random_part_of_the_same_time_or_as_long_as_they_are_told() {
    const ROUNDS: usize = 12;
    for caller in [Caller::Direct, Caller::Sdk] {
        for answer in [Answer::page(503), Answer::refusal(400, "SlowDown"), Answer::NoConnection(Lost::Io)] {
            let waits = Run::of(caller, Call::Write, &[answer], ROUNDS).await.waits();
            for (nth, most) in [(0, 1_000), (1, 2_000)] {
                let waits: Vec<u128> = waits.iter().map(|waits| waits[nth]).collect();
                assert!(waits.iter().all(|wait| *wait <= most + 1), "{caller:?}: {waits:?}");
                // That all of them are short has a probability of one in four thousand for each of them.
                assert!(waits.iter().any(|wait| *wait > most / 2), "{caller:?}: {waits:?}");
            }
        }
        for (after, told) in [("0", 0), ("250", 250), ("1700", 1_700)] {
            for answer in [Answer::page(503), Answer::refusal(400, "SlowDown")] {
                let script = [answer.with("x-amz-retry-after", after)];
                let waits = Run::of(caller, Call::Write, &script, 1).await.waits().concat();
                assert!(waits.iter().all(|wait| wait.abs_diff(told) <= 1), "{caller:?}: {waits:?}");
                assert_eq!(waits.len(), 2);
            }
        }
    }
}

/// A quota of 500 keeps a process from calling a service that is down again and again.
#[tokio::test(start_paused = true)]
async fn both_stop_trying_again_when_the_quota_is_used_up_and_begin_again_after_successes() {
    for (failing, cost) in [(Answer::page(500), 10), (Answer::refusal(400, "ThrottlingException"), 5)] {
        let calls = 500 / (2 * cost);
        // So many calls are tried three times, and four once. Then come successes, and failures again.
        let mut script = vec![failing.clone(); 3 * calls + 4];
        script.extend(vec![Answer::success(); 7]);
        script.push(failing);
        let calls = calls + 4 + 7 + 6;
        for call in Call::ALL {
            let (ours, theirs) = (
                Run::of(Caller::Direct, call, &script, calls).await,
                Run::of(Caller::Sdk, call, &script, calls).await,
            );
            assert_eq!(difference(&ours, &theirs), None);
            let counts = ours.counts();
            assert!(counts[..calls - 17].iter().all(|tries| *tries == 3), "{counts:?}");
            assert!(counts[calls - 17..calls - 6].iter().all(|tries| *tries == 1), "{counts:?}");
            assert!(counts[calls - 6] > 1 && counts[calls - 1] == 1, "{counts:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn both_go_to_the_same_place_whatever_its_path_and_sign_it() {
    for url in [
        "http://service.example",
        "http://service.example/",
        "http://service.example:80",
        "https://service.example:443/base",
        "https://service.example:8443/base/",
        "https://service.example/a//b/../c%20d/~e'f",
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
    ] {
        for call in Call::ALL {
            let script = [Answer::success()];
            let ours = Run::at(url, Caller::Direct, call, &script, 1).await;
            let theirs = Run::at(url, Caller::Sdk, call, &script, 1).await;
            assert_eq!(difference(&ours, &theirs), None, "{url}");
            assert!(ours.seen().chain(theirs.seen()).all(|seen| seen.sent.is_signed), "{url}");
        }
    }
}

/// An address that is none is a call that cannot be made.
#[tokio::test(start_paused = true)]
async fn both_fail_in_the_same_way_where_there_is_no_place() {
    for url in ["service", "http://", "/path"] {
        let script = [Answer::success()];
        let ours = Run::at(url, Caller::Direct, Call::Write, &script, 1).await;
        let theirs = Run::at(url, Caller::Sdk, Call::Write, &script, 1).await;
        assert_eq!(difference(&ours, &theirs), None, "{url:?}");
        assert_eq!(ours.counts(), [0], "{url:?}");
    }
}
