//! `POST /local/token`: an access token without a browser, for `make token`. Only this stack has it.
//!
//! # Security
//!
//! It asks for the demo user's password or the client's secret, and for no second factor. A person who can
//! read `<data_dir>` has those, and could compute the second factor too.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keyward_shared::secret::SecretText;

use super::{
    SignIn,
    clients::FurtherClients,
    code::{NoLogin, stored},
    oauth_error::OAuthError,
    people::People,
    store::User,
    token::basic_credentials,
};

/// Where it is.
pub(super) const PATH: &str = "/local/token";
/// The longest wait for the stack, which answers at once.
const WAIT: Duration = Duration::from_secs(10);

/// `POST /local/token`.
pub(super) async fn mint(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
) -> Result<Response, OAuthError> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (name, secret) = basic_credentials(header.unwrap_or_default())?;
    let known = secret_of(&sign_in.users(), &name)
        .or_else(|| sign_in.client_secret(&name))
        .filter(|known| verify_slices_are_equal(known.expose().as_bytes(), secret.as_bytes()).is_ok());
    known.ok_or(OAuthError::InvalidClient)?;
    let token = match sign_in.sub_of(&name) {
        Some(_) => sign_in.access_token_for_user(&name),
        None => sign_in.access_token_for_client(&name),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], token?).into_response())
}

/// The password of a user.
fn secret_of(users: &[Arc<User>], name: &str) -> Option<SecretText> {
    let user = users.iter().find(|user| user.email == name)?;
    Some(SecretText::from(user.password.expose().to_owned()))
}

/// The running stack gave no token.
#[derive(Debug, thiserror::Error)]
pub enum NotMinted {
    /// The secrets in the data directory cannot be read.
    #[error(transparent)]
    Login(#[from] NoLogin),
    /// Nobody has that name.
    #[error("there is no such user or client")]
    Unknown,
    /// Nothing answers there.
    #[error("no stack answers on port {port}: start it with `make run`, with the same PORT and DATA_DIR")]
    NotRunning {
        /// The port.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// It answers something else than a token.
    #[error("what answers on port {0} gives no token: is it a stack over the same DATA_DIR?")]
    Refused(u16),
}

/// Asks the stack that runs over a data directory for an access token, by the user's email or the client's id.
///
/// # Errors
///
/// [`NotMinted`] without a token.
pub fn ask_running_stack(data_dir: &Path, port: u16, name: &str) -> Result<String, NotMinted> {
    let store = stored(data_dir)?;
    let secret = secret_of(&People::of(data_dir).among(&store.users), name)
        .or_else(|| store.client_secret(name))
        .or_else(|| FurtherClients::of(data_dir).secret(name))
        .ok_or(NotMinted::Unknown)?;
    let answer = post(port, name, &secret).map_err(|source| NotMinted::NotRunning { port, source })?;
    let body = answer.strip_prefix("HTTP/1.1 200 ").and_then(|answer| answer.split_once("\r\n\r\n"));
    body.map(|(_, token)| token.to_owned()).ok_or(NotMinted::Refused(port))
}

/// `POST /local/token` with a name and its secret, and the whole answer.
fn post(port: u16, name: &str, secret: &SecretText) -> io::Result<String> {
    let credentials = STANDARD.encode(format!("{name}:{}", secret.expose()));
    request(port, &format!("POST {PATH}"), &format!("Basic {credentials}"), "")
}

/// One request on a connection of its own, such as `GET /v1/keys`, and the whole answer.
pub(crate) fn request(port: u16, line: &str, authorization: &str, body: &str) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use keyward_shared::membership::client_secret::ClientSecret;

    use super::*;
    use crate::sign_in::{same::Same, store::Store};

    #[test]
    fn without_a_stack_to_ask_there_is_no_token_and_the_reason_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let ask = |name: &str| ask_running_stack(directory.path(), free, name).unwrap_err();
        assert!(matches!(ask("runtime"), NotMinted::Login(NoLogin::NeverRan(_))));
        Store::open(directory.path(), &Same(7)).map(drop).unwrap();
        assert!(matches!(ask("nobody"), NotMinted::Unknown));
        let error = ask("runtime");
        assert!(matches!(error, NotMinted::NotRunning { port, .. } if port == free));
        let secret = ClientSecret::generate(&Same(7));
        assert!(
            stored(directory.path()).unwrap().client_secret("runtime").unwrap().expose() == secret.expose()
        );
        assert!(!format!("{error} {error:?}").contains(secret.expose()));
    }
}
