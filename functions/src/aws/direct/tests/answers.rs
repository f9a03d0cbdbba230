//! What services answer, and what happens to their answers.

use std::{slice, time::Duration};

use jiff::{SignedDuration, fmt::strtime};
use keyward_shared::moment::Clock;
use serde_json::json;

use crate::system::SystemClock;

/// A step of a script.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Whole {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The body ends before its end.
    BrokenOff(u16),
    /// The head comes, and then nothing.
    WithoutItsBody(u16),
    /// Nothing comes.
    Never,
    After(Duration, Box<Self>),
    NoConnection(Lost),
}

/// How a connector fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Io,
    TimeOut,
    CutOff,
    User,
    Other,
}

impl Answer {
    pub(super) fn of(status: u16, body: impl ToString) -> Self {
        Self::Whole { status, headers: Vec::new(), body: body.to_string() }
    }

    /// What all three calls can read as a success.
    pub(super) fn success() -> Self {
        let item = json!({
            "PK": { "S": "ä\u{0}\u{1f511}" }, "n": { "N": "1" }, "b": { "B": "AP8+Pw==" }, "is": { "BOOL": false },
            "none": { "NULL": true }, "ss": { "SS": ["a", "b"] }, "bs": { "BS": ["AQ=="] },
            "nested": { "M": { "list": { "L": [{ "S": "1" }, { "M": {} }] } } },
        });
        Self::of(
            200,
            json!({
                "Responses": { "keyward": [item], "keyward-vault": [] }, "UnprocessedKeys": {},
                "KeyId": "arn:aws:kms:eu-west-1:1:key/1", "Plaintext": "c2VjcmV0", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            }),
        )
    }

    /// A refusal of the service's own.
    pub(super) fn refusal(status: u16, code: &str) -> Self {
        Self::of(status, json!({ "__type": code, "message": "no" }))
    }

    /// A page of what stands in front of a service.
    pub(super) fn page(status: u16) -> Self {
        Self::of(status, "<html><body>no</body></html>")
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name, value.to_string()));
        }
        self
    }

    /// Stamped with a time so far from ours.
    pub(super) fn dated(self, apart: SignedDuration) -> Self {
        let at = SystemClock.now() + apart;
        self.with("date", strtime::format("%a, %d %b %Y %H:%M:%S GMT", at).unwrap())
    }

    pub(super) fn after(self, ms: u64) -> Self {
        Self::After(Duration::from_millis(ms), Box::new(self))
    }
}

/// Error codes that the SDK tries again after (aws-runtime, `retries::classifiers`), and some that it does not.
const CODES: [(&str, usize); 26] = [
    ("Throttling", 3),
    ("ThrottlingException", 3),
    ("ThrottledException", 3),
    ("RequestThrottledException", 3),
    ("TooManyRequestsException", 3),
    ("ProvisionedThroughputExceededException", 3),
    ("TransactionInProgressException", 3),
    ("RequestLimitExceeded", 3),
    ("BandwidthLimitExceeded", 3),
    ("LimitExceededException", 3),
    ("RequestThrottled", 3),
    ("SlowDown", 3),
    ("PriorRequestNotComplete", 3),
    ("EC2ThrottledException", 3),
    ("RequestTimeout", 3),
    ("RequestTimeoutException", 3),
    ("InternalServerError", 1),
    ("ValidationException", 1),
    ("ResourceNotFoundException", 1),
    ("ConditionalCheckFailedException", 1),
    ("AccessDeniedException", 1),
    ("UnrecognizedClientException", 1),
    ("ExpiredTokenException", 1),
    ("IncorrectKeyException", 1),
    ("InvalidCiphertextException", 1),
    ("SomethingNew", 1),
];

/// Scripts by name, with the number of tries that each takes. The last answer of a script is given again and again.
pub(super) fn scripts() -> Vec<(String, Vec<Answer>, usize)> {
    let mut scripts = Vec::new();
    let mut add =
        |name: &str, answers: &[Answer], tries| scripts.push((name.to_owned(), answers.to_vec(), tries));
    add("a success", &[Answer::success()], 1);
    for (code, tries) in CODES {
        add(code, &[Answer::refusal(400, code)], tries);
        add(
            &format!("{code}, then a success"),
            &[Answer::refusal(400, code), Answer::success()],
            tries.min(2),
        );
    }
    for (status, tries) in [
        (301, 1),
        (404, 1),
        (408, 1),
        (413, 1),
        (429, 1),
        (500, 3),
        (501, 1),
        (502, 3),
        (503, 3),
        (504, 3),
        (505, 1),
    ] {
        add(&format!("a page with {status}"), &[Answer::page(status)], tries);
        add(&format!("nothing with {status}"), &[Answer::of(status, "")], tries);
        add(&format!("a refusal with {status}"), &[Answer::refusal(status, "SomethingNew")], tries);
        add(&format!("throttling with {status}"), &[Answer::refusal(status, "ThrottlingException")], 3);
    }
    for (name, body) in named_otherwise() {
        for status in [400, 503] {
            let answer = Answer::of(status, &body);
            let tries = if status == 503 || name.starts_with("throttling") { 3 } else { 1 };
            add(&format!("{status}: {name}"), slice::from_ref(&answer), tries);
            let named = answer.with("x-amzn-errortype", "com.amazon#SlowDown:http://internal.amazon.com/");
            let tries = if status == 503 || !name.contains("unreadable") { 3 } else { 1 };
            add(&format!("{status}, named in a header: {name}"), &[named], tries);
        }
    }
    for (name, body) in [
        ("nothing", ""),
        ("a page", "<html></html>"),
        ("a list", "[]"),
        ("null", "null"),
        ("cut off", "{\"Responses\":{\"keyward\":[{\"PK\":{\"S\":\"a"),
        ("two values", "{} {}"),
        ("an unknown kind", "{\"Responses\":{\"keyward\":[{\"PK\":{\"X\":1}}]}}"),
        ("two kinds", "{\"Responses\":{\"keyward\":[{\"PK\":{\"S\":\"a\",\"N\":\"1\"}}]}}"),
        ("no base64", "{\"Responses\":{\"keyward\":[{\"PK\":{\"B\":\"*\"}}]},\"Plaintext\":\"*\"}"),
        ("a number for a text", "{\"Responses\":{\"keyward\":[{\"PK\":{\"S\":1}}]},\"Plaintext\":1}"),
        ("more than is known", "{\"New\":{\"a\":[1,{}]},\"Responses\":{}}"),
    ] {
        add(&format!("200 with {name}"), &[Answer::of(200, body)], 1);
        add(&format!("204 with {name}"), &[Answer::of(204, body)], 1);
    }
    let unprocessed =
        json!({ "Responses": {}, "UnprocessedKeys": { "keyward": { "Keys": [{ "PK": { "S": "a" } }] } } });
    add("unprocessed keys", &[Answer::of(200, unprocessed)], 1);
    let many = vec![json!({ "PK": { "S": "x".repeat(1_000) } }); 2_000];
    add("a large answer", &[Answer::of(200, json!({ "Responses": { "keyward": many } }))], 1);
    add("a checksum that is wrong", &[Answer::success().with("x-amz-crc32", 1)], 1);
    add("a request id", &[Answer::refusal(400, "SomethingNew").with("x-amzn-requestid", "an id")], 1);
    after_a_while(&mut add);
    of_another_time(&mut add);
    without_an_answer(&mut add);
    scripts
}

/// Bodies of refusals in other words.
fn named_otherwise() -> Vec<(&'static str, String)> {
    let (throttling, new) = ("com.amazonaws#ThrottlingException", "com.amazonaws#SomethingNew");
    vec![
        ("throttling in a namespace", json!({ "__type": throttling, "Message": "no" }).to_string()),
        (
            "throttling with an address",
            json!({ "__type": "ThrottlingException:http://a/", "x": {} }).to_string(),
        ),
        ("throttling by its code", json!({ "code": "ThrottlingException", "__type": new }).to_string()),
        ("another message", json!({ "__type": new, "errorMessage": "no" }).to_string()),
        ("a number as its name", json!({ "__type": 5, "message": "no" }).to_string()),
        ("a number as its message", json!({ "__type": new, "message": 5 }).to_string()),
        ("nothing", String::new()),
        ("an empty object", "{}".to_owned()),
        ("a list", "[]".to_owned()),
        ("a text", "\"no\"".to_owned()),
        ("unreadable", "<html></html>".to_owned()),
        ("unreadable after a name", "{\"__type\":\"ThrottlingException\"".to_owned()),
        ("unreadable: two values", "{} {}".to_owned()),
    ]
}

/// Answers that say when to come back.
fn after_a_while(add: &mut impl FnMut(&str, &[Answer], usize)) {
    for after in ["0", "250", "4500", "60000", "-1", "soon", "1.5", ""] {
        for answer in [Answer::refusal(400, "ThrottlingException"), Answer::page(503), Answer::page(400)] {
            let tries = match (&answer, after) {
                (Answer::Whole { status: 400, body, .. }, _) if body.contains("html") => 1,
                // The next try would come after the time of all tries.
                (_, "60000") => 1,
                // The third would.
                (_, "4500") => 2,
                _ => 3,
            };
            add(
                &format!("come back after {after}: {answer:?}"),
                &[answer.with("x-amz-retry-after", after)],
                tries,
            );
        }
    }
    add("come back after a success", &[Answer::success().with("x-amz-retry-after", 5)], 1);
}

/// Answers of a service whose clock is another.
fn of_another_time(add: &mut impl FnMut(&str, &[Answer], usize)) {
    for code in [
        "InvalidSignatureException",
        "RequestTimeTooSkewed",
        "AccessDeniedException",
        "SignatureDoesNotMatch",
    ] {
        for (minutes, tries) in [(0, 1), (3, 1), (-3, 1), (5, 2), (-5, 2), (90, 2), (-100_000, 2)] {
            let refusal = Answer::refusal(400, code).dated(SignedDuration::from_mins(minutes));
            let success = Answer::success().dated(SignedDuration::from_mins(minutes));
            add(&format!("{code}, {minutes} minutes apart"), &[refusal, success], tries);
        }
    }
    let late = SignedDuration::from_hours(2);
    let refusal = || Answer::refusal(400, "InvalidSignatureException");
    add("a refusal for another time, always", &[refusal().dated(late)], 3);
    add("a stored answer of another time", &[refusal().dated(late).with("age", 5)], 1);
    add("a time that is none", &[refusal().with("date", "yesterday")], 1);
    add("another refusal of another time", &[Answer::refusal(400, "ValidationException").dated(late)], 1);
    let named = refusal().dated(late).with("x-amz-retry-after", 700);
    add("come back with another time", &[named, Answer::success()], 2);
    add("a failure of another time", &[Answer::page(503).dated(late), Answer::success()], 2);
}

/// What happens between us and a service.
fn without_an_answer(add: &mut impl FnMut(&str, &[Answer], usize)) {
    for (lost, tries) in
        [(Lost::Io, 3), (Lost::TimeOut, 3), (Lost::CutOff, 3), (Lost::User, 1), (Lost::Other, 1)]
    {
        add(&format!("{lost:?}"), &[Answer::NoConnection(lost)], tries);
        add(
            &format!("{lost:?}, then a success"),
            &[Answer::NoConnection(lost), Answer::success()],
            tries.min(2),
        );
    }
    for status in [200, 400, 503] {
        add(&format!("{status}, broken off"), &[Answer::BrokenOff(status)], 3);
        add(&format!("{status}, broken off once"), &[Answer::BrokenOff(status), Answer::success()], 2);
        add(&format!("{status} without its body"), &[Answer::WithoutItsBody(status), Answer::success()], 2);
    }
    add("no answer once", &[Answer::Never, Answer::success()], 2);
    add("a slow answer", &[Answer::success().after(2_400)], 1);
    add("answers that come too late", &[Answer::success().after(2_600)], 3);
    add("slow refusals", &[Answer::page(503).after(1_000)], 3);
    add("too late, then a refusal", &[Answer::success().after(2_600), Answer::refusal(400, "SlowDown")], 3);
}
