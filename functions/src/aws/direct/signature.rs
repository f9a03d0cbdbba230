//! The signature of a call: Signature Version 4 (IAM User Guide, "Create a signed AWS API request"). The signing key of a day is
//! derived once, and kept until another day comes.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::{digest, hmac};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use jiff::{Timestamp, tz::TimeZone};
use zeroize::Zeroizing;

use super::place::Place;

/// Who signs.
pub(super) struct Signer {
    credentials: Credentials,
    day: Mutex<Option<Day>>,
}

/// The signing key of a day. AWS-LC wipes it when it is dropped.
struct Day {
    date: String,
    key: hmac::Key,
}

/// The end of every scope.
const END: &str = "aws4_request";
/// The names of the headers that are signed, but the token's, which comes between them.
const BEFORE_THE_TOKEN: &str = "content-type;host;x-amz-date";
const AFTER_THE_TOKEN: &str = "x-amz-target";
const TOKEN: &str = "x-amz-security-token";

impl Signer {
    pub(super) const fn new(credentials: Credentials) -> Self {
        Self { credentials, day: Mutex::new(None) }
    }

    /// Signs a call that goes to this place at this time.
    pub(super) fn sign(&self, call: &mut HttpRequest, place: &Place, at: Timestamp) {
        let at = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = at.get(..8).unwrap_or_default();
        let scope = format!("{date}/{}/{}/{END}", place.region, place.service);
        let (request, signed) = self.canonical(call, place, &at);
        let request = hex::encode(digest::digest(&digest::SHA256, request.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{request}");
        let signature = hex::encode(self.of_the_day(date, place, text.as_bytes()));
        let id = self.credentials.access_key_id();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        );
        let headers = call.headers_mut();
        if let Some(token) = self.credentials.session_token() {
            headers.insert(TOKEN, token.to_owned());
        }
        headers.insert("x-amz-date", at);
        headers.insert("authorization", authorization);
    }

    /// The text that stands for a call, and the names of the headers in it.
    fn canonical(&self, call: &HttpRequest, place: &Place, at: &str) -> (String, String) {
        let header = |name| call.headers().get(name).unwrap_or_default();
        let (content_type, target) = (header("content-type"), header("x-amz-target"));
        let (token, named) = match self.credentials.session_token() {
            Some(token) => (format!("{TOKEN}:{token}\n"), format!("{TOKEN};")),
            None => (String::new(), String::new()),
        };
        let signed = format!("{BEFORE_THE_TOKEN};{named}{AFTER_THE_TOKEN}");
        let body = hex::encode(digest::digest(&digest::SHA256, call.body().bytes().unwrap_or_default()));
        let Place { host, path, .. } = place;
        let request = format!(
            "POST\n{path}\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{at}\n{token}x-amz-target:{target}\n\n\
             {signed}\n{body}"
        );
        (request, signed)
    }

    fn of_the_day(&self, date: &str, place: &Place, text: &[u8]) -> hmac::Tag {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        match &*day {
            Some(day) if day.date == date => hmac::sign(&day.key, text),
            Some(_) | None => {
                let key = self.signing_key(date, place);
                let tag = hmac::sign(&key, text);
                *day = Some(Day { date: date.to_owned(), key });
                tag
            }
        }
    }

    fn signing_key(&self, date: &str, place: &Place) -> hmac::Key {
        let secret = Zeroizing::new(format!("AWS4{}", self.credentials.secret_access_key()));
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for part in [date, &place.region, &place.service, END] {
            let mut tag = Zeroizing::new([0; digest::SHA256_OUTPUT_LEN]);
            #[expect(clippy::expect_used, reason = "the buffer has the length of a tag")]
            hmac::sign_to_buffer(&key, part.as_bytes(), tag.as_mut_slice()).expect("a tag");
            key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_slice());
        }
        key
    }
}
