//! The real program as `make run` starts it: what it prints, which data directories it takes, and what `make reset` does.

use std::{
    fs,
    io::{BufRead, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio},
    sync::LazyLock,
};

use tempfile::TempDir;

/// The program's format number, as this test knows it: whoever raises it has thought of the data that is there.
const FORMAT: &str = "4\n";

/// A built control panel, since a stack without one says so.
static PANEL: LazyLock<TempDir> = LazyLock::new(|| {
    let panel = tempfile::tempdir().unwrap();
    fs::create_dir(panel.path().join("assets")).unwrap();
    fs::write(panel.path().join("index.html"), "<!doctype html>").unwrap();
    panel
});

fn command(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward-local"));
    command.args(arguments).env("DATA_DIR", data_dir).env("PORT", "0").env("PANEL_DIR", PANEL.path());
    for name in ["RUST_LOG", "UPSTREAMS", "UPSTREAM_CA"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end.
fn ran(data_dir: &Path, arguments: &[&str]) -> Output {
    command(data_dir, arguments).output().unwrap()
}

/// A running stack.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    banner: Vec<String>,
}

impl Running {
    pub(crate) fn start(data_dir: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = command(data_dir, &["run"]);
        command.envs(settings.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let mut banner = Vec::new();
        while !banner.last().is_some_and(|line: &String| line.contains("Press Ctrl-C to stop")) {
            let mut line = String::new();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let mut reason = String::new();
                stderr.read_to_string(&mut reason).unwrap();
                panic!("the program ended: {reason}");
            }
            banner.push(line.trim_end().to_owned());
        }
        Self { child, stdout, stderr, banner }
    }

    pub(crate) fn origin(&self) -> &str {
        let line = self.banner.iter().find_map(|line| line.strip_prefix("Keyward LOCAL: ")).unwrap();
        line.split(' ').next().unwrap()
    }

    /// An access token, from the program itself.
    pub(crate) fn token(&self, data_dir: &Path, who: &[&str]) -> String {
        let port = self.origin().rsplit(':').next().unwrap();
        let asked = command(data_dir, &["token"]).args(who).env("PORT", port).output().unwrap();
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        String::from_utf8(asked.stdout).unwrap().trim().to_owned()
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it as Ctrl-C does, and returns what it has printed after the banner and to standard error.
    fn stop(mut self) -> (String, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let (mut printed, mut logged) = (String::new(), String::new());
        self.stdout.read_to_string(&mut printed).unwrap();
        self.stderr.read_to_string(&mut logged).unwrap();
        assert!(self.child.wait().unwrap().success(), "{logged}");
        (printed, logged)
    }
}

/// A data directory that the program has made, with nothing running on it.
fn made() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("data");
    Running::start(&data_dir, &[]).stop();
    (parent, data_dir)
}

/// Makes machine clients at a stack that runs meanwhile. Each gets tokens by its name, and one that is made again does too.
fn make_clients(data_dir: &Path, names: &[&str]) {
    let running = Running::start(data_dir, &[]);
    let port = running.origin().rsplit(':').next().unwrap().to_owned();
    let make = |name: &str, account: &str| {
        let mut command = command(data_dir, &["client", name]);
        command.env("PORT", &port).env("ACCOUNT", account).output().unwrap()
    };
    for name in names.iter().chain(names.first()) {
        let made = make(name, "acme");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert_eq!(running.token(data_dir, &["--client", name]).split('.').count(), 3);
    }
    let refused = make("strangers", "nobody");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("account_id"), "{refused:?}");
    running.stop();
}

/// Every file below a directory: its path, its content, and when it was written.
fn everything(directory: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                left.push(entry.path());
                found.push((entry.path(), Vec::new(), metadata.modified().unwrap()));
            } else {
                found.push((entry.path(), fs::read(entry.path()).unwrap(), metadata.modified().unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The program refuses the directory with one sentence that says what to do, and changes nothing below its parent.
fn assert_refused(parent: &TempDir, data_dir: &Path, sentence: &[&str]) {
    let before = everything(parent.path());
    for arguments in
        [&["run"][..], &["client", "reports"], &["token", "--user", "owner@acme.example"], &["logins"]]
    {
        let refused = ran(data_dir, arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&refused.stdout), "", "{arguments:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        for part in sentence {
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(everything(parent.path()), before, "{arguments:?}");
    }
}

#[test]
fn the_banner_has_at_most_20_lines_whoever_was_invited_and_whatever_stands_in() {
    let (_parent, data_dir) = made();
    make_clients(&data_dir, &["reports", "exports", "imports"]);
    let upstreams =
        "a.example.com:443=127.0.0.1:1,b.example.com:443=127.0.0.1:2,c.example.com:443=127.0.0.1:3";
    let running = Running::start(&data_dir, &[("UPSTREAMS", upstreams)]);
    let banner = running.banner.join("\n");
    assert!(running.banner.len() <= 20, "{banner}");
    for shown in [
        "LOCAL",
        "http://127.0.0.1:",
        "owner@acme.example",
        "owner of acme",
        "viewer of acme",
        "make -s code",
        "runtime-test",
        "3 more clients",
        "make reset",
        "b.example.com:443 is 127.0.0.1:2",
        data_dir.canonicalize().unwrap().to_str().unwrap(),
    ] {
        assert!(banner.contains(shown), "{shown} is not in:\n{banner}");
    }
    let widest = running.banner.iter().map(String::len).max().unwrap();
    let (_, logged) = running.stop();
    assert_eq!(logged, "");
    assert!(widest <= 160, "{banner}");
    let logins = String::from_utf8(ran(&data_dir, &["logins"]).stdout).unwrap();
    assert!(logins.contains("otpauth://totp/") && logins.contains("reports"), "{logins}");
}

#[tokio::test]
async fn a_request_is_shown_only_when_it_is_asked_for() {
    for (settings, shown) in [(&[][..], false), (&[("RUST_LOG", "info")], true)] {
        let parent = tempfile::tempdir().unwrap();
        let running = Running::start(&parent.path().join("data"), settings);
        let answer = reqwest::get(format!("{}/v1/keys", running.origin())).await.unwrap();
        assert_eq!(answer.status(), 401);
        let (printed, logged) = running.stop();
        assert_eq!(printed, "");
        assert_eq!(logged.contains("GET /v1/keys"), shown, "{logged}");
        assert!(shown || logged.is_empty(), "{logged}");
    }
}

#[test]
fn the_first_start_writes_the_number_and_the_next_one_takes_it() {
    let (_parent, data_dir) = made();
    assert_eq!(fs::read_to_string(data_dir.join("keyward-format")).unwrap(), FORMAT);
    let keys = fs::read(data_dir.join("kms/keys.json")).unwrap();
    Running::start(&data_dir, &[]).stop();
    assert_eq!(fs::read(data_dir.join("kms/keys.json")).unwrap(), keys);
}

#[test]
fn data_of_another_format_is_refused() {
    let (parent, data_dir) = made();
    for number in ["0\n", "1\n", "17"] {
        fs::write(data_dir.join("keyward-format"), number).unwrap();
        assert_refused(&parent, &data_dir, &[&format!("format {}", number.trim()), "make reset", "DATA_DIR"]);
    }
}

#[test]
fn data_without_a_number_is_refused() {
    let (parent, data_dir) = made();
    fs::remove_file(data_dir.join("keyward-format")).unwrap();
    assert_refused(&parent, &data_dir, &["older version", "make reset"]);
    for name in ["dynamodb.sqlite", "sign-in.json"] {
        fs::remove_file(data_dir.join(name)).unwrap();
        assert_refused(&parent, &data_dir, &["older version", "make reset"]);
    }
}

#[test]
fn a_damaged_number_is_refused() {
    let (parent, data_dir) = made();
    for damaged in [&b""[..], b"one\n", b"1 \xff\n", b"-1\n", b"99999999999\n"] {
        fs::write(data_dir.join("keyward-format"), damaged).unwrap();
        assert_refused(&parent, &data_dir, &["keyward-format does not hold a format number", "make reset"]);
    }
}

#[test]
fn a_directory_of_something_else_is_refused_and_not_moved() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("photos");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("cat.jpg"), "a cat").unwrap();
    assert_refused(&parent, &directory, &["not Keyward's", "DATA_DIR"]);
    let before = everything(parent.path());
    let reset = ran(&directory, &["reset"]);
    assert_eq!(reset.status.code(), Some(1));
    assert_eq!(everything(parent.path()), before);
}

#[test]
fn no_new_wrapping_key_is_made_over_an_old_database() {
    let (parent, data_dir) = made();
    fs::remove_file(data_dir.join("kms/keys.json")).unwrap();
    assert_refused(&parent, &data_dir, &["kms/keys.json is missing", "put that file back", "make reset"]);
    fs::remove_dir_all(data_dir.join("kms")).unwrap();
    assert_refused(&parent, &data_dir, &["kms/keys.json is missing", "put that file back", "make reset"]);
}

#[test]
fn damaged_keys_are_refused_and_stay_as_they_are() {
    let (parent, data_dir) = made();
    fs::write(data_dir.join("kms/keys.json"), r#"{"format": 1, "keys": ["#).unwrap();
    let before = everything(parent.path());
    let refused = ran(&data_dir, &["run"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("kms/keys.json is damaged") && said.contains("make reset"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(everything(parent.path()), before);
}

#[tokio::test]
async fn a_lost_part_that_can_be_made_anew_is_named_and_the_demo_works() {
    for (lost, said) in [
        (&["dynamodb.sqlite", "dynamodb.sqlite-wal", "dynamodb.sqlite-shm"][..], "the database in"),
        (&["sign-in.json"], "the sign-in's file in"),
    ] {
        let (_parent, data_dir) = made();
        let keys = fs::read(data_dir.join("kms/keys.json")).unwrap();
        for name in lost {
            // Side files are there only at times.
            fs::remove_file(data_dir.join(name)).ok();
        }
        let running = Running::start(&data_dir, &[]);
        let token = running.token(&data_dir, &["--user", "owner@acme.example"]);
        let client = reqwest::Client::new();
        let listed =
            client.get(format!("{}/v1/keys", running.origin())).bearer_auth(token).send().await.unwrap();
        assert_eq!(listed.status(), 200, "{said}");
        let (_, logged) = running.stop();
        assert!(logged.contains(said) && logged.contains("missing"), "{logged}");
        assert_eq!(fs::read(data_dir.join("kms/keys.json")).unwrap(), keys);
        let (_, logged) = Running::start(&data_dir, &[]).stop();
        assert_eq!(logged, "", "it is told once");
    }
}

#[test]
fn reset_moves_the_data_aside_and_deletes_nothing() {
    let (parent, data_dir) = made();
    let relative = |directory: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let below = |path: &Path| path.strip_prefix(directory).unwrap().to_owned();
        everything(directory).iter().map(|(path, content, _)| (below(path), content.clone())).collect()
    };
    let before = relative(&data_dir);
    let reset = ran(&data_dir, &["reset"]);
    assert!(reset.status.success(), "{}", String::from_utf8_lossy(&reset.stderr));
    assert!(!data_dir.exists());
    let aside: Vec<PathBuf> =
        fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(aside.len(), 1);
    assert!(String::from_utf8_lossy(&reset.stdout).contains(aside[0].to_str().unwrap()));
    assert!(aside[0].file_name().unwrap().to_str().unwrap().starts_with("data-20"));
    assert_eq!(relative(&aside[0]), before);

    let again = ran(&data_dir, &["reset"]);
    assert!(again.status.success() && String::from_utf8_lossy(&again.stdout).contains("nothing to move"));
    Running::start(&data_dir, &[]).stop();
    assert_ne!(
        fs::read(data_dir.join("kms/keys.json")).unwrap(),
        fs::read(aside[0].join("kms/keys.json")).unwrap()
    );
    assert_eq!(relative(&aside[0]), before);
}

#[test]
fn reset_moves_data_that_a_start_refuses() {
    for damage in ["", "2\n"] {
        let (_parent, data_dir) = made();
        fs::write(data_dir.join("keyward-format"), damage).unwrap();
        assert!(ran(&data_dir, &["reset"]).status.success());
        assert!(!data_dir.exists());
    }
}

#[test]
fn reset_is_refused_while_a_stack_runs() {
    let (parent, data_dir) = made();
    let running = Running::start(&data_dir, &[]);
    let refused = ran(&data_dir, &["reset"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("a stack is running on") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    assert!(data_dir.join("kms/keys.json").exists());
    running.stop();
    assert!(ran(&data_dir, &["reset"]).status.success());
}
