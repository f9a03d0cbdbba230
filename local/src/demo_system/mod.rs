//! A system of the demo's own, which keys are connected to by consent: an authorization server and an API behind it, and a receiver of
//! webhooks. With it a newcomer connects a key and sees an event arrive in minutes and without the Internet.
//!
//! People consent at an address of its own on this computer, so that its pages have another origin than the panel. Keyward itself
//! reaches it as it reaches every system: by a name, [`HOST`], over TLS. Only the local stack knows where that name leads, and only it
//! trusts the certificate. What is granted survives a restart, because codes and tokens are signed and not stored.

mod api;
mod consent;
mod receiver;
mod tls;
mod token;

use std::{
    collections::HashSet,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::hmac;
use keyward_functions::system::SystemRandom;
use keyward_shared::moment::Random as _;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    gateway::{BindError, LoopbackListener},
    private_file,
    sign_in::{NotMinted, ask_running_stack, request},
    upstreams::{Upstreams, UpstreamsError},
};

/// The name by which Keyward reaches it.
pub const HOST: &str = "demo-system.example";
/// Who answers, as `iss` names it (RFC 9207).
const ISSUER: &str = "https://demo-system.example";
/// Its only client.
const CLIENT: &str = "keyward-demo";
/// The file with the key that signs its codes and tokens.
const KEY_FILE: &str = "demo-system-key";
/// The file with the address that the app of the demo was stored for.
pub(crate) const STORED: &str = "demo-system-app";
/// Whose data there is: id and name of each.
const ACCOUNTS: [(&str, &str); 2] = [("acorn", "Acorn Ltd"), ("birch", "Birch Ltd")];

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoSystemError {
    /// Its key, or its certificate.
    #[error("the demo's system: {0}")]
    Io(#[from] io::Error),
    /// Its address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The certificate.
    #[error("the demo's system: no certificate could be made")]
    Certificate(#[from] rcgen::Error),
    /// The same.
    #[error("the demo's system: no certificate could be used")]
    Tls(#[from] rustls::Error),
    /// Its name is taken.
    #[error(transparent)]
    Upstreams(#[from] UpstreamsError),
    /// Its app could not be stored.
    #[error(transparent)]
    NotMinted(#[from] NotMinted),
    /// The same.
    #[error("the app of the demo's system was not stored: {0}")]
    Refused(String),
}

/// What it knows: a key, and what may not be used any more.
struct Known {
    key: hmac::Key,
    used: Mutex<HashSet<String>>,
    revoked: Mutex<HashSet<String>>,
    arrived: Mutex<receiver::Arrivals>,
}

impl Known {
    fn arrivals(&self) -> MutexGuard<'_, receiver::Arrivals> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> MutexGuard<'_, HashSet<String>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn revoked(&self) -> MutexGuard<'_, HashSet<String>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secret of its client.
    fn secret(&self) -> String {
        hex::encode(hmac::sign(&self.key, b"the secret of the client").as_ref())
    }
}

/// The running system. Dropping it stops it.
pub struct DemoSystem {
    origin: String,
    address: SocketAddr,
    root: String,
    known: Arc<Known>,
    running: [JoinHandle<io::Result<()>>; 2],
}

impl DemoSystem {
    /// Starts it. People consent at this port of this computer, or at a free one if it is taken.
    ///
    /// # Errors
    ///
    /// [`DemoSystemError`] with what could not be started.
    pub async fn start(port: u16, data_dir: &Path) -> Result<Self, DemoSystemError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key(data_dir)?);
        let known = Arc::new(Known {
            key,
            used: Mutex::default(),
            revoked: Mutex::default(),
            arrived: Mutex::default(),
        });
        let (root, acceptor) = tls::certificates(HOST)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let pages = match LoopbackListener::bind((Ipv4Addr::LOCALHOST, port).into()).await {
            Ok(pages) => pages,
            Err(_) => LoopbackListener::bind((Ipv4Addr::LOCALHOST, 0).into()).await?,
        };
        let origin = pages.origin();
        let behind =
            token::router(&known, &origin).merge(api::router(&known)).merge(receiver::router(&known));
        let listener = tls::Tls { listener, acceptor };
        let running = [
            tokio::spawn(
                pages.serve(consent::router(&known).merge(receiver::pages(&known)), std::future::pending()),
            ),
            tokio::spawn(async move { axum::serve(listener, behind).await }),
        ];
        Ok(Self { origin, address, root, known, running })
    }

    /// Where people consent, such as `http://127.0.0.1:8081`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The same stand-ins, and the way here.
    ///
    /// # Errors
    ///
    /// [`UpstreamsError`] when its name leads elsewhere.
    pub fn among(&self, upstreams: Upstreams) -> Result<Upstreams, UpstreamsError> {
        upstreams.trusting(self.root.as_bytes())?.with(HOST, 443, self.address)
    }

    /// Its client, as `POST /v1/apps` takes it.
    #[must_use]
    pub fn app(&self) -> Value {
        json!({
            "system_id": "oauth2-consent", "environment": "test", "title": "Demo system", "client_id": CLIENT,
            "client_secret": self.known.secret(), "authorize_url": format!("{}/authorize", self.origin),
            "token_url": format!("{ISSUER}/token"), "revocation_url": format!("{ISSUER}/revoke"), "issuer": ISSUER,
        })
    }

    /// Stores its client as an app of the demo's first account at the running stack, once for each address. Blocks.
    ///
    /// # Errors
    ///
    /// [`DemoSystemError`] when the stack does not take it.
    pub fn store_app(&self, data_dir: &Path, port: u16) -> Result<(), DemoSystemError> {
        let stored = data_dir.join(STORED);
        if fs::read_to_string(&stored).is_ok_and(|address| address == self.origin) {
            return Ok(());
        }
        let token = ask_running_stack(data_dir, port, "owner@acme.example")?;
        let answer = request(port, "POST /v1/apps", &format!("Bearer {token}"), &self.app().to_string())?;
        if !answer.starts_with("HTTP/1.1 201 ") {
            return Err(DemoSystemError::Refused(answer.lines().next().unwrap_or_default().to_owned()));
        }
        Ok(private_file::write_over(data_dir, &stored, self.origin.as_bytes())?)
    }
}

impl Drop for DemoSystem {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

/// The key that signs. The first start makes one.
fn key(data_dir: &Path) -> io::Result<Vec<u8>> {
    let path = data_dir.join(KEY_FILE);
    if !path.exists() {
        let mut bytes = [0; 32];
        SystemRandom.fill(&mut bytes);
        private_file::write_new(data_dir, &path, &bytes)?;
    }
    fs::read(path)
}
