//! People who were invited since the first start: each is a file in `<data_dir>/people`, named by the SHA-256 of the address, with a password and a
//! TOTP secret that were made for them. They can sign in at once. What changes of anybody's sign-in later is in a file beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest;
use jiff::Timestamp;
use keyward_shared::{moment::Random, secret::SecretText};
use serde::{Deserialize, Serialize};

use super::{
    logins,
    store::{Store, User, random_text, uuid_v4},
    totp::{self, TotpSecret},
};
use crate::private_file::{write_new, write_over};

const FOLDER: &str = "people";
/// What files of those end in who were invited, and of those of the demo who were removed.
const INVITED: &str = "json";
const GONE: &str = "gone";
/// What files end in that say what changed of somebody's sign-in.
const CHANGED: &str = "changed";

/// Nobody was made known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NobodyMade {
    /// Somebody has that address.
    #[error("somebody has that address")]
    Taken,
    /// The data directory.
    #[error("the data directory cannot be used")]
    Io(#[from] io::Error),
}

/// The file's text. Strings on purpose: this is where the secrets are in the clear on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePerson {
    email: String,
    account: String,
    sub: String,
    password: String,
    totp_secret: String,
}

impl FilePerson {
    fn user(self) -> Option<User> {
        let totp_base32 = SecretText::from(self.totp_secret);
        let totp = TotpSecret::from_base32(&totp_base32).ok()?;
        let (email, sub, account) = (self.email, self.sub, self.account);
        let (password, confirmed, signed_out) = (self.password.into(), false, None);
        Some(User { email, sub, account, password, totp_base32, totp, confirmed, signed_out })
    }
}

/// What changed of somebody's sign-in since they were made known.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Changed {
    password: Option<String>,
    totp_secret: Option<String>,
    /// Whether somebody who was invited has signed in.
    confirmed: bool,
    signed_out_at: Option<Timestamp>,
}

impl Changed {
    fn of(self, user: &User) -> Option<User> {
        let kept = |secret: &SecretText| SecretText::from(secret.expose().to_owned());
        let totp_base32 = self.totp_secret.map_or_else(|| kept(&user.totp_base32), SecretText::from);
        let totp = TotpSecret::from_base32(&totp_base32).ok()?;
        Some(User {
            email: user.email.clone(),
            sub: user.sub.clone(),
            account: user.account.clone(),
            password: self.password.map_or_else(|| kept(&user.password), SecretText::from),
            totp_base32,
            totp,
            confirmed: user.confirmed || self.confirmed,
            signed_out: self.signed_out_at,
        })
    }
}

/// One change of somebody's sign-in at a time: the sign-in and the calls of administrators are served by threads of their own.
static CHANGING: Mutex<()> = Mutex::new(());

/// Everybody who can sign in over a data directory, as it is now.
pub(crate) struct People {
    data_dir: PathBuf,
}

/// What the sign-in says of somebody to who administers it.
pub(crate) struct Known {
    /// Who it is.
    pub(crate) sub: String,
    /// The address that the person signs in with.
    pub(crate) email: String,
    /// The account that they were made for.
    pub(crate) account: String,
    /// Whether they have signed in, or need no invitation.
    pub(crate) confirmed: bool,
}

impl From<&User> for Known {
    fn from(user: &User) -> Self {
        Self {
            sub: user.sub.clone(),
            email: user.email.clone(),
            account: user.account.clone(),
            confirmed: user.confirmed,
        }
    }
}

impl People {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned() }
    }

    /// Who has this address or id, among the demo's people and those who were invited.
    pub(crate) fn find(&self, name: &str) -> Option<Known> {
        let demos = Store::read(&self.data_dir).map(|store| store.users).unwrap_or_default();
        self.named(&demos, name).map(|user| Known::from(&*user))
    }

    fn named(&self, demos: &[Arc<User>], name: &str) -> Option<Arc<User>> {
        let has_it = |user: &Arc<User>| user.email.eq_ignore_ascii_case(name) || user.sub == name;
        self.among(demos).into_iter().find(has_it)
    }

    /// Everybody: those of the demo who were not removed, and who was invited since.
    pub(super) fn among(&self, demos: &[Arc<User>]) -> Vec<Arc<User>> {
        let is_there = |user: &&Arc<User>| !self.place(&user.email, GONE).exists();
        let all = demos.iter().filter(is_there).cloned().chain(self.invited());
        all.map(|user| self.changed(&user.email).and_then(|changed| changed.of(&user)).map_or(user, Arc::new))
            .collect()
    }

    /// What changed of somebody's sign-in, if anything did.
    fn changed(&self, email: &str) -> Option<Changed> {
        serde_json::from_slice(&fs::read(self.place(email, CHANGED)).ok()?).ok()
    }

    fn change(&self, email: &str, change: impl FnOnce(&mut Changed)) -> io::Result<()> {
        // A panic elsewhere leaves whole files.
        let _one = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = self.changed(email).unwrap_or_default();
        change(&mut changed);
        let text = serde_json::to_vec_pretty(&changed).map_err(io::Error::other)?;
        write_over(&self.data_dir.join(FOLDER), &self.place(email, CHANGED), &text)
    }

    /// Notes that somebody who was invited has signed in.
    pub(super) fn confirm(&self, user: &User) -> io::Result<()> {
        if user.confirmed { Ok(()) } else { self.change(&user.email, |changed| changed.confirmed = true) }
    }

    /// Gives somebody the password that they have chosen.
    pub(super) fn set_password(&self, user: &User, password: &str) -> io::Result<()> {
        self.change(&user.email, |changed| changed.password = Some(password.to_owned()))
    }

    /// Ends every session of somebody.
    pub(crate) fn sign_out(&self, known: &Known, now: Timestamp) -> io::Result<()> {
        self.change(&known.email, |changed| changed.signed_out_at = Some(now))
    }

    /// Gives somebody another second factor. The lines for the terminal stand for what Cognito shows at the next sign-in.
    pub(crate) fn reset_second_factor(&self, known: &Known, random: &dyn Random) -> io::Result<Vec<String>> {
        let secret = totp::generate_base32(random).expose().to_owned();
        self.change(&known.email, |changed| changed.totp_secret = Some(secret))?;
        Ok(self.lines(known))
    }

    /// Gives somebody who was invited another password for the first sign-in. The lines for the terminal stand for the mail.
    pub(crate) fn invite_again(&self, known: &Known, random: &dyn Random) -> io::Result<Vec<String>> {
        let password = random_text::<12>(random);
        self.change(&known.email, |changed| changed.password = Some(password))?;
        Ok(self.lines(known))
    }

    /// What somebody needs to know to sign in.
    fn lines(&self, known: &Known) -> Vec<String> {
        let demos = Store::read(&self.data_dir).map(|store| store.users).unwrap_or_default();
        self.named(&demos, &known.sub).map(|user| logins::credentials(&user)).unwrap_or_default()
    }

    /// The password of somebody.
    pub(crate) fn password(&self, known: &Known) -> Option<SecretText> {
        let demos = Store::read(&self.data_dir).map(|store| store.users).unwrap_or_default();
        let user = self.named(&demos, &known.sub)?;
        Some(SecretText::from(user.password.expose().to_owned()))
    }

    /// Removes somebody. That one of the demo is gone has to be written down, since the demo knows its people.
    pub(crate) fn remove(&self, known: &Known) -> io::Result<()> {
        let changed = self.place(&known.email, CHANGED);
        if changed.exists() {
            fs::remove_file(changed)?;
        }
        let invited = self.place(&known.email, INVITED);
        if invited.exists() {
            return fs::remove_file(invited);
        }
        write_new(&self.data_dir.join(FOLDER), &self.place(&known.email, GONE), b"")
    }

    /// The address itself may be longer than a file's name, and may hold a `/`.
    fn place(&self, email: &str, kind: &str) -> PathBuf {
        let name = hex::encode(digest::digest(&digest::SHA256, email.as_bytes()));
        self.data_dir.join(FOLDER).join(format!("{name}.{kind}"))
    }

    /// Makes somebody known, and says what they need to know to sign in: the lines for the terminal stand for an invitation
    /// mail.
    pub(crate) fn invite(
        &self,
        email: &str,
        account: &str,
        random: &dyn Random,
    ) -> Result<(Known, Vec<String>), NobodyMade> {
        if self.find(email).is_some() {
            return Err(NobodyMade::Taken);
        }
        let person = FilePerson {
            email: email.to_owned(),
            account: account.to_owned(),
            sub: uuid_v4(random),
            password: random_text::<12>(random),
            totp_secret: totp::generate_base32(random).expose().to_owned(),
        };
        let folder = self.data_dir.join(FOLDER);
        let text = serde_json::to_vec_pretty(&person).map_err(io::Error::other)?;
        write_new(&folder, &self.place(email, INVITED), &text)?;
        let sub = person.sub.clone();
        // Of two who invite one address at once, one has.
        let user = self.invited().into_iter().find(|user| user.email == email && user.sub == sub);
        let user = user.ok_or(NobodyMade::Taken)?;
        Ok((Known::from(&*user), logins::credentials(&user)))
    }

    /// The invited people. Other files are ignored.
    pub(super) fn invited(&self) -> Vec<Arc<User>> {
        let files = fs::read_dir(self.data_dir.join(FOLDER)).into_iter().flatten().flatten();
        let mut paths: Vec<_> = files.map(|file| file.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == INVITED));
        paths.sort();
        let read = |path: &PathBuf| {
            let person: FilePerson = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
            person.user().map(Arc::new)
        };
        paths.iter().filter_map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use keyward_functions::system::SystemRandom;

    use super::*;

    #[test]
    fn somebody_is_invited_once_and_has_secrets_of_their_own() {
        let directory = tempfile::tempdir().unwrap();
        Store::open(directory.path(), &SystemRandom).map(drop).unwrap();
        let people = People::of(directory.path());
        let (ann, lines) = people.invite("ann@initech.example", "initech", &SystemRandom).unwrap();
        assert_eq!(people.find("ann@initech.example").unwrap().sub, ann.sub);
        let user = people.invited().remove(0);
        assert!(lines.iter().any(|line| line.contains(user.password.expose())));
        for taken in ["ann@initech.example", "owner@acme.example"] {
            let again = people.invite(taken, "initech", &SystemRandom);
            assert!(matches!(again, Err(NobodyMade::Taken)), "{taken}");
        }
        assert_eq!(people.find("owner@acme.example").unwrap().account, "acme");
        assert!(people.find("nobody@initech.example").is_none());
        for name in ["ann@initech.example", "owner@acme.example"] {
            people.remove(&people.find(name).unwrap()).unwrap();
            assert!(people.find(name).is_none(), "{name}");
            people.invite(name, "initech", &SystemRandom).unwrap();
            assert_eq!(people.find(name).unwrap().account, "initech");
        }
        people.invite("../ann@x.example", "initech", &SystemRandom).unwrap();
        let long = format!("ann@{}.example", ["a"; 115].join("."));
        people.invite(&long, "initech", &SystemRandom).unwrap();
        assert_eq!(people.find(&long).unwrap().email, long);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing beside the folder");
    }

    #[test]
    fn what_changes_of_a_sign_in_is_so_from_then_on_and_goes_with_the_person() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), &SystemRandom).unwrap();
        let people = People::of(directory.path());
        people.invite("ann@acme.example", "acme", &SystemRandom).unwrap();
        let user =
            |email: &str| people.among(&store.users).into_iter().find(|user| user.email == email).unwrap();
        for (email, demo) in [("owner@acme.example", true), ("ann@acme.example", false)] {
            let (before, known) = (user(email), people.find(email).unwrap());
            assert_eq!((known.confirmed, before.signed_out), (demo, None), "{email}");
            let lines = people.invite_again(&known, &SystemRandom).unwrap();
            let again = user(email);
            assert!(again.password.expose() != before.password.expose());
            assert!(lines.iter().any(|line| line.contains(again.password.expose())));
            assert!(again.totp_base32.expose() == before.totp_base32.expose());
            people.reset_second_factor(&known, &SystemRandom).unwrap();
            assert!(user(email).totp_base32.expose() != before.totp_base32.expose());
            people.set_password(&before, "chosen").unwrap();
            people.sign_out(&known, Timestamp::UNIX_EPOCH).unwrap();
            people.confirm(&before).unwrap();
            let after = user(email);
            assert_eq!((after.password.expose(), after.confirmed), ("chosen", true));
            assert_eq!((after.signed_out, &after.sub), (Some(Timestamp::UNIX_EPOCH), &before.sub));
            people.remove(&known).unwrap();
            people.invite(email, "acme", &SystemRandom).unwrap();
            let made = user(email);
            assert!(!made.confirmed && made.signed_out.is_none() && made.password.expose() != "chosen");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_what_somebody_signs_in_with() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        People::of(directory.path()).invite("ann@initech.example", "initech", &SystemRandom).unwrap();
        let file = fs::read_dir(directory.path().join(FOLDER)).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
