//! The programs that are measured, built where they are not there yet.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{Failed, say};

/// The folders of a run.
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// The comparison handlers.
    handlers: PathBuf,
    /// Cargo's target directory.
    target: PathBuf,
    /// Everything that a bench makes.
    pub(crate) bench: PathBuf,
}

impl Places {
    pub(crate) fn find() -> Result<Self, Failed> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let bench = target.join("bench");
        fs::create_dir_all(&bench)?;
        Ok(Self { handlers: root.join("tests/bench/handlers"), root, target, bench })
    }

    /// The function's binary as the checkout has it now.
    pub(crate) fn bootstrap(&self, profile: &str) -> Result<PathBuf, Failed> {
        self.build_bootstrap(&self.root, profile, "now")
    }

    /// The function's binary as a commit had it. It is built once, in a worktree below the target directory.
    pub(crate) fn bootstrap_of(&self, commit: &str, profile: &str) -> Result<PathBuf, Failed> {
        let kept = self.kept(profile, commit);
        if kept.is_file() {
            return Ok(kept);
        }
        let tree = self.bench.join(format!("tree-{commit}"));
        if !tree.is_dir() {
            let add = git(&self.root)
                .args(["worktree", "add", "--quiet", "--detach"])
                .arg(&tree)
                .arg(commit)
                .status();
            if !add?.success() {
                return Err(format!("git could not check out {commit}").into());
            }
        }
        let built = self.build_bootstrap(&tree, profile, commit);
        git(&self.root).args(["worktree", "remove", "--force"]).arg(&tree).status()?;
        built
    }

    fn kept(&self, profile: &str, commit: &str) -> PathBuf {
        self.bench.join(format!("bootstrap-{profile}-{commit}"))
    }

    fn build_bootstrap(&self, tree: &Path, profile: &str, commit: &str) -> Result<PathBuf, Failed> {
        say(&format!(
            "Building the functions ({profile}, {commit}); a release build from nothing takes minutes"
        ));
        let built = self.cargo(
            tree,
            &self.target,
            profile,
            &["--package", "keyward-functions", "--bin", "bootstrap"],
        )?;
        let kept = self.kept(profile, commit);
        fs::copy(built.first().ok_or("cargo built no bootstrap")?, &kept)?;
        Ok(kept)
    }

    /// The binaries that a build makes.
    fn cargo(
        &self,
        tree: &Path,
        target: &Path,
        profile: &str,
        what: &[&str],
    ) -> Result<Vec<PathBuf>, Failed> {
        let output = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--message-format",
                "json-render-diagnostics",
                "--profile",
                profile,
            ])
            .args(what)
            .current_dir(tree)
            .env("CARGO_TARGET_DIR", target)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("cargo could not build {}", what.join(" ")).into());
        }
        let lines = String::from_utf8(output.stdout)?;
        let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Ok(messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?))).collect())
    }

    /// A handler in Rust beside Keyward.
    pub(crate) fn handler(&self, package: &str, binary: &str, profile: &str) -> Result<PathBuf, Failed> {
        say(&format!("Building the handler {binary}"));
        let what = ["--package", package, "--bin", binary];
        let built = self.cargo(&self.handlers, &self.bench.join("handlers"), profile, &what)?;
        Ok(built.into_iter().next().ok_or("cargo built no handler")?)
    }

    /// The bundle of the handler for Node; else a sentence that says why there is none.
    pub(crate) fn node(&self) -> Result<PathBuf, Failed> {
        let folder = self.bench.join("node");
        let bundle = folder.join("index.cjs");
        say("Bundling the handler for Node");
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json", "handler.mjs", "runtime.mjs"] {
            fs::copy(self.handlers.join("node").join(file), folder.join(file))?;
        }
        let npm = |arguments: &[&str]| -> Result<(), Failed> {
            let mut npm = Command::new("npm");
            npm.args(arguments).current_dir(&folder).env("OUT", &folder).stdout(Stdio::null());
            ran(npm.status(), "npm", arguments)
        };
        if !folder.join("node_modules").is_dir() {
            npm(&["ci", "--no-audit", "--no-fund", "--silent"])?;
        }
        npm(&["run", "--silent", "build"])?;
        ran(Command::new("node").arg("--version").stdout(Stdio::null()).status(), "node", &["--version"])?;
        Ok(bundle)
    }

    /// The Python of a virtual environment with the handler's packages, and the handler's folder.
    pub(crate) fn python(&self) -> Result<(PathBuf, PathBuf), Failed> {
        let environment = self.bench.join("python");
        let python = environment.join("bin/python");
        let folder = self.handlers.join("python");
        let requirements = folder.join("requirements.txt");
        let installed = environment.join("installed.txt");
        if fs::read(&installed).ok() != fs::read(&requirements).ok() {
            say("Installing the packages of the handler for Python");
            let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).status();
            ran(made, "python3", &["-m", "venv"])?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
            ran(Command::new(&python).args(install).arg(&requirements).status(), "python3", &install)?;
            fs::copy(&requirements, &installed)?;
        }
        Ok((python, folder))
    }

    /// The size of a file in a zip as Lambda takes it, in bytes.
    pub(crate) fn zip_size(&self, file: &Path) -> Result<u64, Failed> {
        let zip = self.bench.join("measured.zip");
        fs::remove_file(&zip).ok();
        let arguments = ["-m", "zipfile", "--create"];
        ran(Command::new("python3").args(arguments).arg(&zip).arg(file).status(), "python3", &arguments)?;
        Ok(fs::metadata(&zip)?.len())
    }

    /// The short name of a commit, which is the same for the same commit.
    pub(crate) fn commit(&self, name: &str) -> Result<String, Failed> {
        let output = git(&self.root)
            .args(["rev-parse", "--short=12", "--verify", "--quiet"])
            .arg(format!("{name}^{{commit}}"))
            .output()?;
        let commit = String::from_utf8(output.stdout)?.trim().to_owned();
        if commit.is_empty() { Err(format!("git knows no commit {name}").into()) } else { Ok(commit) }
    }
}

fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git
}

fn ran(
    outcome: std::io::Result<std::process::ExitStatus>,
    program: &str,
    arguments: &[&str],
) -> Result<(), Failed> {
    let asked = format!("{program} {}", arguments.join(" "));
    match outcome {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{asked}: {status}").into()),
        Err(error) => Err(format!("{asked}: {error}").into()),
    }
}
