//! The servers that are measured: the local stack of Keyward and OpenBao, each a process of its own over a folder of its own.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use keyward_local::sign_in::ask_running_stack;
use keyward_tests::usage;
use serde_json::{Value, json};

use crate::{
    Failed,
    http::{Connection, request},
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process that listens. It is stopped when it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// Its CPU time until now.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        usage::cpu_time(self.process.id())
    }

    /// Its memory now, in bytes.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn memory(&self) -> io::Result<u64> {
        usage::memory(self.process.id())
    }

    /// The JSON that it answers with success.
    ///
    /// # Errors
    ///
    /// When it answers something else.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failed> {
        let asked = request(self.address, method, path, headers, body);
        let answer = Connection::open(self.address)?.ask(&asked)?.success();
        answer.map_err(|error| format!("{method} {path}: {error}"))?.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is kept of what it has stored.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A local stack.
pub struct Stack {
    /// Its process.
    pub server: Server,
    data_dir: PathBuf,
}

impl Stack {
    /// Starts `keyward-local run` over a data directory, on a free port, and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it does not start. What it says is in `<data_dir>.log`.
    pub fn start(program: &Path, data_dir: &Path) -> Result<Self, Failed> {
        let log = data_dir.with_extension("log");
        let mut process = Command::new(program)
            .arg("run")
            .env("PORT", "0")
            .env("DATA_DIR", data_dir)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?)
            .spawn()?;
        let banner = process.stdout.take().ok_or("the stack has no output")?;
        let mut lines = BufReader::new(banner).lines();
        let address = lines.find_map(|line| {
            let origin = line.ok()?.strip_prefix("Keyward LOCAL: http://")?.split(' ').next()?.to_owned();
            origin.parse().ok()
        });
        let Some(address) = address else {
            process.kill().ok();
            process.wait().ok();
            return Err(format!("the stack does not start: {}", std::fs::read_to_string(log)?).into());
        };
        // The rest of the banner, and whatever it says later: a full pipe would hold it up.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { server: Server { address, process }, data_dir: data_dir.to_owned() })
    }

    /// The header with a new access token of a user or a client.
    ///
    /// # Errors
    ///
    /// When the stack gives none.
    pub fn authorization(&self, name: &str) -> Result<String, Failed> {
        let token = ask_running_stack(&self.data_dir, self.server.address.port(), name)?;
        Ok(format!("Bearer {}", token.trim()))
    }

    /// Asks as the owner of the account.
    ///
    /// # Errors
    ///
    /// When the answer is no success.
    pub fn ask_as_owner(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failed> {
        let authorization = self.authorization("owner@acme.example")?;
        self.server.ask(method, path, &[("authorization", &authorization)], body)
    }

    /// Stores a key, and returns its id.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn store(&self, key: &Value) -> Result<String, Failed> {
        let view = self.ask_as_owner("POST", "/v1/keys", Some(key))?;
        Ok(view.get("key_id").and_then(Value::as_str).ok_or("the stored key has no id")?.to_owned())
    }

    /// The bytes of a request with a new token of a user or a client.
    ///
    /// # Errors
    ///
    /// When there is no token.
    pub fn request(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Failed> {
        let authorization = self.authorization(who)?;
        Ok(request(self.server.address, method, path, &[("authorization", &authorization)], body))
    }
}

/// OpenBao as one would run it on one machine: storage on disk by raft, and an audit file. Without TLS, as the stack is.
pub struct OpenBao {
    /// Its process.
    pub server: Server,
    token: String,
}

impl OpenBao {
    /// Starts it in an empty folder, on free ports, and makes a key-value store and an HMAC key.
    ///
    /// # Errors
    ///
    /// When it does not start. What it says is in `<folder>/server.log`.
    pub fn start(program: &Path, folder: &Path) -> Result<Self, Failed> {
        let (address, cluster) = (free_address()?, free_address()?);
        std::fs::create_dir_all(folder.join("raft"))?;
        let path = |name: &str| folder.join(name).display().to_string();
        // The settings are those of <https://openbao.org/docs/configuration/>.
        let settings = format!(
            "storage \"raft\" {{\n  path = {raft:?}\n  node_id = \"measured\"\n}}\n\
             listener \"tcp\" {{\n  address = \"{address}\"\n  tls_disable = true\n}}\n\
             audit \"file\" \"file\" {{\n  options {{\n    file_path = {audit:?}\n  }}\n}}\n\
             api_addr = \"http://{address}\"\ncluster_addr = \"http://{cluster}\"\n\
             disable_mlock = true\nlog_level = \"warn\"\n",
            raft = path("raft"),
            audit = path("audit.log"),
        );
        std::fs::write(folder.join("settings.hcl"), settings)?;
        let log = File::create(folder.join("server.log"))?;
        let process = Command::new(program)
            .arg("server")
            .arg(format!("-config={}", path("settings.hcl")))
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let server = Server { address, process };
        within_patience(|| Connection::open(address))?;
        let once = json!({ "secret_shares": 1, "secret_threshold": 1 });
        let made = within_patience(|| server.ask("PUT", "/v1/sys/init", &[], Some(&once)))?;
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (Some(token), Some(key)) = (text("/root_token"), text("/keys/0")) else {
            return Err("OpenBao was not initialised".into());
        };
        server.ask("PUT", "/v1/sys/unseal", &[], Some(&json!({ "key": key })))?;
        let bao = Self { server, token };
        let versions = json!({ "type": "kv", "options": { "version": "2" } });
        // An unsealed server first has to become the leader.
        within_patience(|| bao.ask("POST", "/v1/sys/mounts/secret", Some(&versions)))?;
        bao.ask("POST", "/v1/sys/mounts/transit", Some(&json!({ "type": "transit" })))?;
        bao.ask("POST", "/v1/transit/keys/measured", Some(&json!({ "type": "hmac", "key_size": 32 })))?;
        if bao.ask("GET", "/v1/sys/audit", None)?.pointer("/data").is_none_or(|audit| *audit == json!({})) {
            return Err("OpenBao has no audit file".into());
        }
        Ok(bao)
    }

    /// Asks as the root.
    ///
    /// # Errors
    ///
    /// When the answer is no success.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failed> {
        self.server.ask(method, path, &[("x-vault-token", &self.token)], body)
    }

    /// The bytes of a request of the root.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
        request(self.server.address, method, path, &[("x-vault-token", &self.token)], body)
    }
}

/// An address that nobody listens on at this moment.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Tries something until it succeeds, or fails with its last error.
fn within_patience<T>(mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T, Failed> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Err(_) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(100)),
            outcome => return outcome,
        }
    }
}
