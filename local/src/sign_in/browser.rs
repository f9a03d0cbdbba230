//! Browsers that somebody has signed in with: for an hour they are not asked again, as with Cognito's managed login. The panel
//! keeps its tokens in memory only, so each reload of it comes back here.
//!
//! # Security
//!
//! A session is in memory only, and only by the hash of what the cookie holds. It says when the person signed in, and tokens made
//! from it say the same: it never makes a sign-in fresh. The cookie is for the two paths that read it, so neither the API nor
//! the panel gets it. Cookies know no ports: what another program on this machine has set is looked up and not found.

use std::{collections::HashMap, sync::Arc};

use axum::{
    http::{HeaderMap, HeaderName, header::COOKIE, header::SET_COOKIE},
    response::AppendHeaders,
};
use jiff::{SignedDuration, Timestamp};
use keyward_shared::moment::Random;

use super::{
    grants::{Hash, hash},
    store::{User, random_text},
};

/// The cookie's name.
const NAME: &str = "keyward_sign_in";
/// Where it is sent: to be answered without the form, and to be ended.
const PATHS: [&str; 2] = ["/oauth2/authorize", "/logout"];
/// How long a session lasts, in seconds ("Things to know about managed login" in Cognito's developer guide: one hour).
const LIFETIME_SECONDS: i64 = 3600;

/// The headers that set or clear the cookie.
pub(super) type Cookies = AppendHeaders<[(HeaderName, String); 2]>;

/// A sign-in that a browser remembers.
struct Remembered {
    sub: String,
    signed_in: Timestamp,
}

/// Every browser's session.
#[derive(Default)]
pub(super) struct Browsers(HashMap<Hash, Remembered>);

impl Browsers {
    /// Remembers a sign-in of this moment. The answer's headers are for the browser.
    pub(super) fn remember(&mut self, user: &User, now: Timestamp, random: &dyn Random) -> Cookies {
        self.0.retain(|_, session| is_open(session, now));
        let value = random_text::<32>(random);
        self.0.insert(hash(&value), Remembered { sub: user.sub.clone(), signed_in: now });
        cookies(&value, LIFETIME_SECONDS)
    }

    /// Who has signed in with the browser, and when; nobody if that is over, or if the person is no user any more.
    pub(super) fn signed_in<'u>(
        &self,
        users: &'u [Arc<User>],
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Option<(&'u User, Timestamp)> {
        let session = values(headers).find_map(|value| self.0.get(&hash(value)))?;
        let user = users.iter().find(|user| user.sub == session.sub)?;
        is_open(session, now).then_some((user, session.signed_in))
    }

    /// Ends the browser's session, if it has one.
    pub(super) fn forget(&mut self, headers: &HeaderMap) -> Cookies {
        for value in values(headers) {
            self.0.remove(&hash(value));
        }
        cookies("", 0)
    }
}

fn is_open(session: &Remembered, now: Timestamp) -> bool {
    now.duration_since(session.signed_in) < SignedDuration::from_secs(LIFETIME_SECONDS)
}

/// One for each path. It is not `Secure`: the local stack has no TLS, and not every browser takes loopback for it.
fn cookies(value: &str, max_age: i64) -> Cookies {
    AppendHeaders(PATHS.map(|path| {
        let cookie = format!("{NAME}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax");
        (SET_COOKIE, cookie)
    }))
}

/// What every cookie of the name holds.
fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|cookies| cookies.to_str().ok());
    let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use keyward_shared::secret::SecretText;

    use super::*;
    use crate::sign_in::{same::Same, totp::TotpSecret};

    fn user(sub: &str) -> Arc<User> {
        let totp_base32 = SecretText::from("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let totp = TotpSecret::from_base32(&totp_base32).unwrap();
        let password = SecretText::from("right".to_owned());
        let account = "acme".to_owned();
        Arc::new(User {
            email: format!("{sub}@acme.example"),
            sub: sub.to_owned(),
            account,
            password,
            totp_base32,
            totp,
            confirmed: true,
            signed_out: None,
        })
    }

    fn at(unix_seconds: i64) -> Timestamp {
        Timestamp::from_second(unix_seconds).unwrap()
    }

    /// What a browser sends after it was sent this, and after what another program has set.
    fn sent_back(cookies: &Cookies) -> HeaderMap {
        let pair = cookies.0[0].1.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("theme=dark; {NAME}=another; {pair}").parse().unwrap());
        headers
    }

    #[test]
    fn a_browser_is_known_for_an_hour_after_the_sign_in() {
        let (mut browsers, users) = (Browsers::default(), [user("a"), user("b")]);
        let headers = sent_back(&browsers.remember(&users[1], at(1000), &Same(1)));
        for (now, known) in [(1000, true), (4599, true), (4600, false)] {
            let signed_in = browsers.signed_in(&users, &headers, at(now));
            assert_eq!(signed_in.map(|(user, since)| (&*user.sub, since)), known.then_some(("b", at(1000))));
        }
    }

    #[test]
    fn whoever_is_no_user_any_more_is_signed_in_nowhere() {
        let (mut browsers, users) = (Browsers::default(), [user("a"), user("b")]);
        let headers = sent_back(&browsers.remember(&users[1], at(1000), &Same(1)));
        assert!(browsers.signed_in(&users[..1], &headers, at(1000)).is_none());
    }

    #[test]
    fn what_was_forgotten_or_never_set_here_is_nothing() {
        let (mut browsers, users) = (Browsers::default(), [user("a")]);
        let foreign = sent_back(&Browsers::default().remember(&users[0], at(1000), &Same(2)));
        let headers = sent_back(&browsers.remember(&users[0], at(1000), &Same(1)));
        assert!(browsers.signed_in(&users, &foreign, at(1000)).is_none());
        assert!(browsers.signed_in(&users, &HeaderMap::new(), at(1000)).is_none());
        drop(browsers.forget(&foreign));
        assert!(browsers.signed_in(&users, &headers, at(1000)).is_some());
        drop(browsers.forget(&headers));
        assert!(browsers.signed_in(&users, &headers, at(1000)).is_none());
    }

    #[test]
    fn sessions_that_are_over_are_not_kept() {
        let (mut browsers, users) = (Browsers::default(), [user("a")]);
        for number in 0..10 {
            drop(browsers.remember(&users[0], at(1000 + 1800 * i64::from(number)), &Same(number)));
        }
        assert_eq!(browsers.0.len(), 2);
    }
}
