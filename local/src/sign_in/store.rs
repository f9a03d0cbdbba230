//! The file that keeps the sign-in's secrets between starts: `<data_dir>/sign-in.json`.
//!
//! # Security
//!
//! It holds the demo passwords in the clear, since they are printed on every start. Only its owner may read it, and
//! nothing deployed has one.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use keyward_shared::{
    membership::client_secret::ClientSecret, moment::Random, secret::SecretText, token::BadKeySet,
};
use serde::{Deserialize, Serialize};

use crate::{demo, private_file::write_new};

use super::{
    key::{self, BadSigningKey, SigningKey},
    totp::{self, BadTotpSecret, TotpSecret},
};

pub(crate) const FILE_NAME: &str = "sign-in.json";

/// The sign-in could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// It could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not what this program writes. The reason is left out: it could quote a secret.
    #[error("{0} is damaged; delete it to get new demo users' secrets")]
    Damaged(PathBuf),
    /// The signing key is none, or none could be made.
    #[error(transparent)]
    SigningKey(#[from] BadSigningKey),
    /// A user's TOTP secret is none.
    #[error(transparent)]
    Totp(#[from] BadTotpSecret),
    /// The public keys.
    #[error(transparent)]
    KeySet(#[from] BadKeySet),
}

/// The file's text. Strings on purpose: this is the one place where the secrets are in the clear on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signing_key_pem: String,
    users: BTreeMap<String, FileUser>,
    clients: BTreeMap<String, FileClient>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileUser {
    sub: String,
    password: String,
    totp_secret: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileClient {
    secret: String,
}

/// A person who can sign in.
pub(super) struct User {
    pub(super) email: String,
    pub(super) sub: String,
    /// The account that the person was made for.
    pub(super) account: String,
    pub(super) password: SecretText,
    pub(super) totp_base32: SecretText,
    pub(super) totp: TotpSecret,
    /// Whether they have signed in, as far as an invitation is concerned.
    pub(super) confirmed: bool,
    /// When every session of theirs was ended.
    pub(super) signed_out: Option<Timestamp>,
}

/// A machine client and its secret.
pub(super) struct MachineClient {
    pub(super) id: String,
    pub(super) secret: SecretText,
}

/// Everything that the file keeps.
pub(super) struct Store {
    pub(super) key: SigningKey,
    pub(super) users: Vec<Arc<User>>,
    pub(super) clients: Vec<MachineClient>,
}

impl Store {
    /// Reads the file, or makes it on first start.
    pub(super) fn open(data_dir: &Path, random: &dyn Random) -> Result<Self, SignInError> {
        let path = data_dir.join(FILE_NAME);
        if !path.exists() {
            let text = serde_json::to_vec_pretty(&File::generate(random)?)
                .map_err(|_| SignInError::Damaged(path.clone()))?;
            write_new(data_dir, &path, &text).map_err(|source| SignInError::Io { path, source })?;
        }
        // Whatever stands there now: another process may have been first.
        Self::read(data_dir)
    }

    /// Reads the file.
    pub(super) fn read(data_dir: &Path) -> Result<Self, SignInError> {
        let path = data_dir.join(FILE_NAME);
        let text = fs::read(&path).map_err(|source| SignInError::Io { path: path.clone(), source })?;
        let file: File = serde_json::from_slice(&text).map_err(|_| SignInError::Damaged(path.clone()))?;
        Self::from_file(file)
    }

    /// The secret of a client of the demo.
    pub(super) fn client_secret(&self, id: &str) -> Option<SecretText> {
        let client = self.clients.iter().find(|client| client.id == id)?;
        Some(SecretText::from(client.secret.expose().to_owned()))
    }

    fn from_file(file: File) -> Result<Self, SignInError> {
        let users = file.users.into_iter().map(|(email, user)| {
            let totp_base32 = SecretText::from(user.totp_secret);
            let totp = TotpSecret::from_base32(&totp_base32)?;
            let demos = demo::PEOPLE.iter().find(|person| person.email == email);
            let account = demos.map(|person| person.account.to_owned()).unwrap_or_default();
            let password = user.password.into();
            let (sub, confirmed, signed_out) = (user.sub, true, None);
            Ok(Arc::new(User { email, sub, account, password, totp_base32, totp, confirmed, signed_out }))
        });
        let clients = file.clients.into_iter();
        let clients = clients.map(|(id, client)| MachineClient { id, secret: client.secret.into() });
        Ok(Self {
            key: SigningKey::from_pem(&file.signing_key_pem.into())?,
            users: users.collect::<Result<_, BadTotpSecret>>()?,
            clients: clients.collect(),
        })
    }
}

impl File {
    fn generate(random: &dyn Random) -> Result<Self, BadSigningKey> {
        let users = demo::PEOPLE.iter().map(|person| {
            let user = FileUser {
                sub: uuid_v4(random),
                password: random_text::<12>(random),
                totp_secret: totp::generate_base32(random).expose().to_owned(),
            };
            (person.email.to_owned(), user)
        });
        let clients = demo::MACHINES.iter().map(|machine| {
            (machine.id.to_owned(), FileClient { secret: ClientSecret::generate(random).expose().to_owned() })
        });
        Ok(Self {
            signing_key_pem: key::generate_pem()?.expose().to_owned(),
            users: users.collect(),
            clients: clients.collect(),
        })
    }
}

/// `BYTES` random bytes as URL-safe base64.
pub(super) fn random_text<const BYTES: usize>(random: &dyn Random) -> String {
    let mut bytes = [0_u8; BYTES];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A random UUID (RFC 9562 §5.4), which is what Cognito's `sub` and `jti` are.
pub(super) fn uuid_v4(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Every fill is another byte, repeated.
    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn what_was_made_on_first_start_is_there_on_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        let first = Store::open(&data_dir, &Counting(AtomicU8::new(1))).unwrap();
        let second = Store::open(&data_dir, &Counting(AtomicU8::new(100))).unwrap();
        assert_eq!(first.key.jwks(), second.key.jwks());
        assert_eq!((first.users.len(), first.clients.len()), (4, 3));
        for (first, second) in first.users.iter().zip(&second.users) {
            assert!(first.sub == second.sub && first.password.expose() == second.password.expose());
        }
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1, "no draft is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        Store::open(directory.path(), &Counting(AtomicU8::new(1))).map(drop).unwrap();
        let metadata = fs::metadata(directory.path().join(FILE_NAME)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_refused_without_quoting_it() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE_NAME), br#"{"signing_key_pem":"hunter2"}"#).unwrap();
        let error = Store::open(directory.path(), &Counting(AtomicU8::new(1))).err().unwrap();
        assert!(matches!(error, SignInError::Damaged(_)));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
