//! Machine clients beside the demo's. The operator makes them by the API, as on AWS; what `make client` made is kept in
//! `<data_dir>/clients`, a file with the secret of each, so that `make token` finds it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_shared::{
    ids::{ClientId, IdError},
    secret::SecretText,
};
use serde_json::{Value, json};

use super::mint::{NotMinted, ask_running_stack, request};
use crate::private_file::write_new;

const FOLDER: &str = "clients";

/// A machine client that is to be made.
pub struct NewClient<'a> {
    /// Its name.
    pub name: &'a str,
    /// The account that it acts for.
    pub account: &'a str,
    /// `live` or `test`.
    pub environment: &'a str,
    /// Its permissions, separated by spaces.
    pub permissions: &'a str,
}

/// No client was made.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// That can be no client's name.
    #[error("the name {0}")]
    Name(#[from] IdError),
    /// The operator gets no token.
    #[error(transparent)]
    Operator(#[from] NotMinted),
    /// The API refuses.
    #[error("the API refuses: {0}")]
    Refused(String),
    /// The data directory, or the connection.
    #[error("the stack cannot be asked, or the data directory cannot be used")]
    Io(#[from] io::Error),
}

/// Makes a machine client with a secret at the stack that runs over a data directory, and keeps the secret there.
///
/// # Errors
///
/// [`NoClient`] when there is none then.
pub fn make_client(data_dir: &Path, port: u16, client: &NewClient<'_>) -> Result<(), NoClient> {
    let id: ClientId = client.name.parse()?;
    let bearer = format!("Bearer {}", ask_running_stack(data_dir, port, "operator")?);
    let path = format!("/v1/operator/clients/{id}");
    let permissions: Vec<&str> = client.permissions.split_whitespace().collect();
    let body = json!({
        "account_id": client.account, "environment": client.environment,
        "permissions": permissions, "state": "active",
    });
    answered(&request(port, &format!("PUT {path}"), &bearer, &body.to_string())?)?;
    let made = answered(&request(port, &format!("POST {path}/secrets"), &bearer, "{}")?)?;
    let secret = made.get("client_secret").and_then(Value::as_str).unwrap_or_default();
    FurtherClients::of(data_dir).keep(&id, secret)
}

/// The body of a good answer.
fn answered(answer: &str) -> Result<Value, NoClient> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    if head.starts_with("HTTP/1.1 20") {
        return Ok(serde_json::from_str(body).unwrap_or_default());
    }
    // A problem document says in words what is wrong.
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    let told = ["title", "detail", "errors"].into_iter().filter_map(|member| problem.get(member));
    let told: Vec<String> = told.map(Value::to_string).collect();
    Err(NoClient::Refused(told.join(" ")))
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

    /// Keeps the secret of a client, in the place of the one before.
    fn keep(&self, id: &ClientId, secret: &str) -> Result<(), NoClient> {
        let file = self.folder.join(id.as_str());
        if file.exists() {
            fs::remove_file(&file)?;
        }
        Ok(write_new(&self.folder, &file, secret.as_bytes())?)
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

#[cfg(test)]
pub(super) mod tests {
    use keyward_shared::membership::client_secret::ClientSecret;

    use super::*;
    use crate::sign_in::same::Same;

    /// Keeps a secret as if a client had been made.
    pub(crate) fn keep(data_dir: &Path, name: &str, seed: u8) -> String {
        let secret = ClientSecret::generate(&Same(seed)).expose().to_owned();
        FurtherClients::of(data_dir).keep(&name.parse().unwrap(), &secret).unwrap();
        secret
    }

    #[test]
    fn a_secret_is_kept_until_another_takes_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let clients = FurtherClients::of(directory.path());
        assert!(clients.secret("reports").is_none() && clients.names().is_empty());
        for seed in [1, 2] {
            let secret = keep(directory.path(), "reports", seed);
            assert_eq!(clients.secret("reports").unwrap().expose(), secret);
        }
        assert_eq!(clients.names(), ["reports"]);
    }

    #[test]
    fn what_is_no_name_leads_to_no_file_and_to_no_request() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("sign-in.json"), "{}").unwrap();
        for name in ["", "..", "../sign-in.json", "a/b", "a.tmp", "owner@acme.example"] {
            let client = NewClient { name, account: "acme", environment: "test", permissions: "keys:use" };
            assert!(matches!(make_client(directory.path(), 1, &client), Err(NoClient::Name(_))), "{name}");
            assert!(FurtherClients::of(directory.path()).secret(name).is_none(), "{name}");
        }
        assert!(!directory.path().join(FOLDER).exists());
    }

    #[test]
    fn what_the_api_refuses_is_told_in_its_words() {
        let problem = "HTTP/1.1 422 Unprocessable Entity\r\ncontent-type: application/problem+json\r\n\r\n\
            {\"title\":\"Some fields are invalid\",\"errors\":[{\"field\":\"account_id\"}]}";
        let refused = answered(problem).unwrap_err().to_string();
        assert_eq!(refused, "the API refuses: \"Some fields are invalid\" [{\"field\":\"account_id\"}]");
        assert_eq!(answered("HTTP/1.1 201 Created\r\n\r\n{\"a\":1}").unwrap(), json!({ "a": 1 }));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_secret() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        keep(directory.path(), "reports", 1);
        let file = fs::metadata(directory.path().join(FOLDER).join("reports")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
