//! Checking who signs in: password and code, each code once, and ever longer waits after wrong attempts.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};

use super::store::User;

/// Wrong attempts that are free. Cognito's lockout is the same: after five it locks for one second, and each
/// further one doubles that, up to about 15 minutes ("Lockout behavior for failed sign-in attempts").
const FREE_ATTEMPTS: u32 = 5;
const LONGEST_WAIT_SECONDS: u64 = 15 * 60;

/// The input of a person.
pub(super) struct Credentials<'a> {
    pub(super) email: &'a str,
    pub(super) password: &'a str,
    pub(super) code: &'a str,
}

/// Why nobody is signed in. It never says which of the three was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSignedIn {
    /// Email, password or code is wrong, or the code was used before.
    Wrong,
    /// Too many wrong attempts.
    Wait {
        /// How long until the next attempt counts, in seconds.
        seconds: u64,
    },
}

/// What was tried so far. All addresses that are nobody's count as one, so that the list stays short.
#[derive(Default)]
pub(super) struct Attempts {
    wrong: HashMap<String, Wrong>,
    last_steps: HashMap<String, u64>,
}

struct Wrong {
    count: u32,
    locked_until: Timestamp,
}

impl Attempts {
    /// The user, if all three are right.
    pub(super) fn check<'u>(
        &mut self,
        users: &'u [Arc<User>],
        given: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<&'u Arc<User>, NotSignedIn> {
        let user = users.iter().find(|user| user.email.eq_ignore_ascii_case(given.email.trim()));
        let name = user.map(|user| user.email.clone()).unwrap_or_default();
        if let Some(seconds) = self.wait_seconds(&name, now) {
            return Err(NotSignedIn::Wait { seconds });
        }
        let step = user.and_then(|user| self.accepted_step(user, given, now));
        let (Some(user), Some(step)) = (user, step) else {
            self.count_wrong(name, now);
            return Err(NotSignedIn::Wrong);
        };
        self.wrong.remove(&name);
        self.last_steps.insert(name, step);
        Ok(user)
    }

    /// The time step of the code, if it and the password are right and the step is later than the last one used.
    fn accepted_step(&self, user: &User, given: &Credentials<'_>, now: Timestamp) -> Option<u64> {
        let password = verify_slices_are_equal(user.password.expose().as_bytes(), given.password.as_bytes());
        let unix_seconds = u64::try_from(now.as_second()).ok()?;
        // Authenticator apps show a code as two groups of three.
        let code: String = given.code.split_whitespace().collect();
        let step = user.totp.matching_step(&code, unix_seconds);
        let last = self.last_steps.get(&user.email).copied();
        step.filter(|step| password.is_ok() && last.is_none_or(|last| *step > last))
    }

    fn wait_seconds(&self, name: &str, now: Timestamp) -> Option<u64> {
        let left = now.duration_until(self.wrong.get(name)?.locked_until);
        u64::try_from(left.as_millis()).ok().filter(|left| *left > 0).map(|left| left.div_ceil(1000))
    }

    fn count_wrong(&mut self, name: String, now: Timestamp) {
        let wrong = self.wrong.entry(name).or_insert(Wrong { count: 0, locked_until: now });
        wrong.count = wrong.count.saturating_add(1);
        if let Some(further) = wrong.count.checked_sub(FREE_ATTEMPTS) {
            let seconds = 1_u64.checked_shl(further.min(20)).unwrap_or(LONGEST_WAIT_SECONDS);
            let seconds = i64::try_from(seconds.min(LONGEST_WAIT_SECONDS)).unwrap_or(i64::MAX);
            wrong.locked_until =
                now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::secret::SecretText;

    use super::*;
    use crate::sign_in::totp::TotpSecret;

    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn users() -> [Arc<User>; 1] {
        let totp_base32 = SecretText::from(SECRET.to_owned());
        let totp = TotpSecret::from_base32(&totp_base32).unwrap();
        let password = SecretText::from("right".to_owned());
        let (email, sub, account) = ("owner@acme.example".to_owned(), "u".to_owned(), "acme".to_owned());
        let (confirmed, signed_out) = (true, None);
        [Arc::new(User { email, sub, account, password, totp_base32, totp, confirmed, signed_out })]
    }

    fn at(unix_seconds: i64) -> Timestamp {
        Timestamp::from_second(unix_seconds).unwrap()
    }

    fn check(attempts: &mut Attempts, password: &str, code_of: u64, now: i64) -> Result<(), NotSignedIn> {
        let users = users();
        let code = users[0].totp.code(code_of);
        let given = Credentials { email: " Owner@acme.example", password, code: &code };
        attempts.check(&users, &given, at(now)).map(drop)
    }

    #[test]
    fn a_code_is_good_once_and_so_are_those_before_it() {
        let attempts = &mut Attempts::default();
        assert_eq!(check(attempts, "right", 3000, 3000), Ok(()));
        assert_eq!(check(attempts, "right", 3000, 3001), Err(NotSignedIn::Wrong));
        assert_eq!(check(attempts, "right", 2970, 3001), Err(NotSignedIn::Wrong));
        assert_eq!(check(attempts, "right", 3030, 3001), Ok(()));
    }

    #[test]
    fn a_code_is_taken_as_an_app_shows_it() {
        let users = users();
        for (now, separator) in [(3000, " "), (3030, "\u{a0}"), (3060, "")] {
            let code = users[0].totp.code(now);
            let code = format!(" {}{separator}{} ", &code[..3], &code[3..]);
            let given = Credentials { email: "owner@acme.example", password: "right", code: &code };
            let now = at(i64::try_from(now).unwrap());
            assert_eq!(Attempts::default().check(&users, &given, now).map(drop), Ok(()), "{code:?}");
        }
    }

    #[test]
    fn a_wrong_password_does_not_use_the_code_up() {
        let attempts = &mut Attempts::default();
        assert_eq!(check(attempts, "wrong", 3000, 3000), Err(NotSignedIn::Wrong));
        assert_eq!(check(attempts, "right", 3000, 3000), Ok(()));
    }

    #[test]
    fn after_five_wrong_attempts_each_wait_doubles_the_one_before() {
        let attempts = &mut Attempts::default();
        for _ in 0..5 {
            assert_eq!(check(attempts, "wrong", 3000, 3000), Err(NotSignedIn::Wrong));
        }
        assert_eq!(check(attempts, "right", 3000, 3000), Err(NotSignedIn::Wait { seconds: 1 }));
        assert_eq!(check(attempts, "wrong", 3000, 3001), Err(NotSignedIn::Wrong));
        assert_eq!(check(attempts, "right", 3000, 3001), Err(NotSignedIn::Wait { seconds: 2 }));
        assert_eq!(check(attempts, "right", 3000, 3003), Ok(()));
        assert_eq!(check(attempts, "wrong", 3030, 3003), Err(NotSignedIn::Wrong), "counting starts again");
        assert_eq!(check(attempts, "right", 3030, 3003), Ok(()));
    }

    #[test]
    fn no_wait_is_longer_than_fifteen_minutes() {
        let attempts = &mut Attempts::default();
        let mut now = 3000;
        for _ in 0..40 {
            assert_eq!(check(attempts, "wrong", 3000, now), Err(NotSignedIn::Wrong));
            now += 900;
        }
    }

    #[test]
    fn strangers_wait_together() {
        let attempts = &mut Attempts::default();
        let users = users();
        for number in 0..5 {
            let email = format!("stranger{number}@acme.example");
            let given = Credentials { email: &email, password: "right", code: "000000" };
            assert_eq!(attempts.check(&users, &given, at(3000)).err(), Some(NotSignedIn::Wrong));
        }
        let given = Credentials { email: "another@acme.example", password: "right", code: "000000" };
        let waits = attempts.check(&users, &given, at(3000)).err();
        assert_eq!(waits, Some(NotSignedIn::Wait { seconds: 1 }));
    }
}
