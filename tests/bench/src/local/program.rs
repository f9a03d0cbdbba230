//! A `keyward-local` of its own data directory.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use keyward_bench::Failed;
use keyward_tests::usage::cpu_time;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::load::{Request, ask_once};

/// The last line that the program prints when it has started.
const STARTED: &str = "Press Ctrl-C to stop";

/// A program, stopped or running, with one key to sign with.
pub(crate) struct Program {
    pub(crate) name: String,
    path: PathBuf,
    directory: TempDir,
    running: Option<Running>,
    key_id: String,
}

struct Running {
    child: Child,
    // Held open: the program prints to it.
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Program {
    /// Starts it over a new data directory, and stores a key.
    pub(crate) fn start(path: &Path) -> Result<Self, Failed> {
        let directory = tempfile::tempdir()?;
        let name = path.display().to_string();
        let mut program =
            Self { name, path: path.to_owned(), directory, running: None, key_id: String::new() };
        program.start_again()?;
        let key = json!({
            "system_id": "custom-http",
            "auth": "aws4",
            "title": "Measured",
            "environment": "live",
            "base_url": "https://api.example.com/v1",
            "headers": [{ "name": "Content-Type", "value": "application/json" }],
            "entries": { "default": { "fields": {
                "access_key": "AKIDEXAMPLE",
                // The secret key of AWS's published signing tests.
                "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "region": "eu-west-1",
                "service": "execute-api",
            } } },
        });
        let stored = Request {
            method: "POST",
            path: "/v1/keys".to_owned(),
            token: program.token(&["--user", "owner@acme.example"])?,
            body: key.to_string(),
        };
        let view: Value = serde_json::from_slice(&ask_once(program.address()?, &stored)?)?;
        program.key_id =
            view.get("key_id").and_then(Value::as_str).ok_or("the stored key has no id")?.to_owned();
        Ok(program)
    }

    /// A request for a signature, which also writes a receipt.
    pub(crate) fn signing(&self) -> Result<Request, Failed> {
        let body =
            json!({ "method": "POST", "path": "/orders?page=2", "headers": { "x-a": "b" }, "body": "{}" });
        Ok(Request {
            method: "POST",
            path: format!("/v1/keys/{}/sign", self.key_id),
            token: self.token(&["--client", "runtime"])?,
            body: body.to_string(),
        })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Failed> {
        Ok(self.running()?.address)
    }

    /// The CPU time that it has used since it was started.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Failed> {
        Ok(cpu_time(self.running()?.child.id())?)
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn start_again(&mut self) -> Result<(), Failed> {
        let mut child = self.command("0").arg("run").stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut address = None;
        let mut line = String::new();
        while !line.contains(STARTED) {
            line.clear();
            if stdout.read_line(&mut line)? == 0 {
                return Err(format!("{} did not start", self.name).into());
            }
            if let Some(origin) = line.strip_prefix("Keyward LOCAL: http://") {
                address = origin.split_whitespace().next().map(str::parse).transpose()?;
            }
        }
        let address = address.ok_or("the program does not say where it listens")?;
        self.running = Some(Running { child, _stdout: stdout, address });
        Ok(())
    }

    /// Stops it as Ctrl-C does.
    pub(crate) fn stop(&mut self) -> Result<(), Failed> {
        if let Some(mut running) = self.running.take() {
            Command::new("kill").arg(running.child.id().to_string()).status()?;
            running.child.wait()?;
        }
        Ok(())
    }

    fn running(&self) -> Result<&Running, Failed> {
        self.running.as_ref().ok_or_else(|| "the program does not run".into())
    }

    fn token(&self, who: &[&str]) -> Result<String, Failed> {
        let port = self.address()?.port().to_string();
        let output = self.command(&port).arg("token").args(who).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn command(&self, port: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.env("DATA_DIR", self.data_dir()).env("PORT", port).env_remove("UPSTREAMS");
        // A panel is not measured, and a stack without one says so.
        command.env_remove("RUST_LOG").stderr(Stdio::null());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // What cannot be stopped now was stopped already.
        self.stop().ok();
    }
}
