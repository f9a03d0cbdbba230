//! `make code`: what a demo user's authenticator app would show now, for those who have no such app.
//!
//! # Security
//!
//! It is computed from `<data_dir>/sign-in.json`. A person who can read that file can sign in as anybody in
//! it.

use std::{
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use keyward_shared::secret::SecretText;

use super::{SignInError, people::People, store::Store};

/// No login can be read.
#[derive(Debug, thiserror::Error)]
pub enum NoLogin {
    /// Nothing was ever started over the data directory.
    #[error("no stack has run over {}: start one with `make run`", .0.display())]
    NeverRan(PathBuf),
    /// The secrets in the data directory cannot be read.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// Nobody has that address.
    #[error("there is no user {0}: `make logins` lists them")]
    Unknown(String),
}

/// The code of this moment of a user of a data directory. The sign-in takes it for another half a minute at least, once.
///
/// # Errors
///
/// [`NoLogin`] without one.
pub fn current_code(data_dir: &Path, email: &str, now: Timestamp) -> Result<SecretText, NoLogin> {
    let users = People::of(data_dir).among(&stored(data_dir)?.users);
    let unknown = || NoLogin::Unknown(email.to_owned());
    let user = users.iter().find(|user| user.email == email).ok_or_else(unknown)?;
    let unix_seconds = u64::try_from(now.as_second()).unwrap_or_default();
    Ok(user.totp.code(unix_seconds).into())
}

/// The sign-in of a data directory that a stack has run over.
pub(super) fn stored(data_dir: &Path) -> Result<Store, NoLogin> {
    match Store::read(data_dir) {
        Err(SignInError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Err(NoLogin::NeverRan(data_dir.to_owned()))
        }
        read => Ok(read?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::same::Same;

    #[test]
    fn the_code_is_one_that_the_sign_in_takes_now() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), &Same(7)).unwrap();
        let now = Timestamp::from_second(1_772_625_600).unwrap();
        for user in &store.users {
            let code = current_code(directory.path(), &user.email, now).unwrap();
            assert!(user.totp.matching_step(code.expose(), 1_772_625_600).is_some(), "{}", user.email);
        }
    }

    #[test]
    fn without_a_code_the_reason_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let code = |email| current_code(directory.path(), email, Timestamp::UNIX_EPOCH).err().unwrap();
        assert!(matches!(code("owner@acme.example"), NoLogin::NeverRan(_)));
        Store::open(directory.path(), &Same(7)).map(drop).unwrap();
        assert!(matches!(code("root"), NoLogin::Unknown(email) if email == "root"));
    }
}
