//! Machine clients beside the demo's, as `aws cognito-idp create-user-pool-client` makes them in a user pool: each has a secret, and
//! may do nothing until its row says so. Each is a file in `<data_dir>/clients`, so a running stack knows it at once.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_shared::{
    ids::{ClientId, IdError},
    membership::client_secret::ClientSecret,
    moment::Random,
    permission::Permission,
    secret::SecretText,
};

use super::PANEL_CLIENT;
use crate::{demo, private_file::write_new};

const FOLDER: &str = "clients";

/// No client was made.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// That can be no client's name.
    #[error("the name {0}")]
    Name(#[from] IdError),
    /// There is one of that name.
    #[error("there is a client of that name")]
    Taken,
    /// The data directory.
    #[error("the data directory cannot be used")]
    Io(#[from] io::Error),
}

/// Makes a machine client with a new secret, over whose data directory a stack may be running.
///
/// # Errors
///
/// [`NoClient`] when there is none then.
pub fn make_client(data_dir: &Path, name: &str, random: &dyn Random) -> Result<(), NoClient> {
    let id: ClientId = name.parse()?;
    let clients = FurtherClients::of(data_dir);
    let is_demos = demo::MACHINES.iter().any(|machine| machine.id == name);
    if is_demos || name == PANEL_CLIENT || clients.secret(name).is_some() {
        return Err(NoClient::Taken);
    }
    let secret = ClientSecret::generate(random);
    write_new(&clients.folder, &clients.folder.join(id.as_str()), secret.expose().as_bytes())?;
    // Of two who make the same at once, one has made it.
    match clients.secret(name) {
        Some(made) if made.expose() == secret.expose() => Ok(()),
        Some(_) | None => Err(NoClient::Taken),
    }
}

/// Those that were made, as they are now.
pub(super) struct FurtherClients {
    folder: PathBuf,
}

impl FurtherClients {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER) }
    }

    /// A client's secret; `None` where there is no such client.
    pub(super) fn secret(&self, name: &str) -> Option<SecretText> {
        // An id has no dots and slashes: it leads to no other file.
        let id: ClientId = name.parse().ok()?;
        fs::read_to_string(self.folder.join(id.as_str())).ok().map(SecretText::from)
    }

    /// All of their names.
    pub(super) fn names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| name.parse::<ClientId>().is_ok()).collect();
        names.sort();
        names
    }
}

/// The scopes that they may ask for: of every permission that a machine may have. Their rows say which they get.
pub(super) fn scopes() -> Vec<String> {
    let permissions = Permission::ALL.into_iter().filter(|permission| permission.may_be_a_machines());
    permissions.map(Permission::scope).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::same::Same;

    #[test]
    fn a_client_is_made_once_and_keeps_its_secret() {
        let directory = tempfile::tempdir().unwrap();
        let clients = FurtherClients::of(directory.path());
        assert!(clients.secret("reports").is_none() && clients.names().is_empty());
        make_client(directory.path(), "reports", &Same(1)).unwrap();
        let secret = clients.secret("reports").unwrap();
        for taken in ["reports", "runtime", "operator", "panel"] {
            let again = make_client(directory.path(), taken, &Same(2));
            assert!(matches!(again, Err(NoClient::Taken)), "{taken}");
        }
        assert_eq!(clients.secret("reports").unwrap().expose(), secret.expose());
        assert_eq!(clients.names(), ["reports"]);
    }

    #[test]
    fn what_is_no_name_leads_to_no_file() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("sign-in.json"), "{}").unwrap();
        for name in ["", "..", "../sign-in.json", "a/b", "a.tmp", "owner@acme.example"] {
            assert!(
                matches!(make_client(directory.path(), name, &Same(1)), Err(NoClient::Name(_))),
                "{name}"
            );
            assert!(FurtherClients::of(directory.path()).secret(name).is_none(), "{name}");
        }
        assert!(!directory.path().join(FOLDER).exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_secret() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        make_client(directory.path(), "reports", &Same(1)).unwrap();
        let file = fs::metadata(directory.path().join(FOLDER).join("reports")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
