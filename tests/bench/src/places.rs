//! Where a bench finds the checkout, builds programs and writes results, and the stamp that each result has.

use std::{
    env, fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use keyward_functions::system::SystemClock;
use keyward_shared::moment::Clock as _;
use serde_json::{Map, Value};

use crate::{Failed, say, settings::variable};

/// The folders of a run.
pub struct Places {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
    /// Everything that a bench makes.
    pub bench: PathBuf,
}

impl Places {
    /// The checkout that this program was built from, and cargo's target directory.
    ///
    /// # Errors
    ///
    /// When there is no checkout any more, or no folder can be made.
    pub fn find() -> Result<Self, Failed> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let bench = target.join("bench");
        fs::create_dir_all(&bench)?;
        Ok(Self { root, target, bench })
    }

    /// The binaries that a build of the workspace in `tree` makes in the target directory `target`.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub fn cargo(tree: &Path, target: &Path, profile: &str, what: &[&str]) -> Result<Vec<PathBuf>, Failed> {
        // The one of the path. Where that is rustup's, it says which toolchain to use, also for a dependency whose files name
        // another one.
        let output = Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--message-format", "json-render-diagnostics"])
            .args(["--profile", profile])
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

    /// The program of the local stack, built with a profile, and the profile's name: or that of the variable `BENCH_STACK`,
    /// which was built before, nobody knows how.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub fn stack<'p>(&self, profile: &'p str) -> Result<(PathBuf, &'p str), Failed> {
        if let Some(program) = variable("BENCH_STACK") {
            return Ok((program.into(), "unknown"));
        }
        say(&format!("Building the local stack (profile {profile}); the first time takes many minutes"));
        // With the features of the whole workspace, as `make run` builds it.
        let what = ["--workspace", "--bin", "keyward-local"];
        let built = Self::cargo(&self.root, &self.target, profile, &what)?;
        Ok((built.into_iter().next().ok_or("cargo built no local stack")?, profile))
    }

    /// The short name of a commit, which is the same for the same commit.
    ///
    /// # Errors
    ///
    /// When git knows no such commit.
    pub fn commit(&self, name: &str) -> Result<String, Failed> {
        let output = git(&self.root)
            .args(["rev-parse", "--short=12", "--verify", "--quiet"])
            .arg(format!("{name}^{{commit}}"))
            .output()?;
        let commit = String::from_utf8(output.stdout)?.trim().to_owned();
        if commit.is_empty() { Err(format!("git knows no commit {name}").into()) } else { Ok(commit) }
    }

    /// Writes the results of a bench to `<name>.json`, with the commit, the date and the machine.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, name: &str, results: Map<String, Value>) -> Result<(), Failed> {
        let mut stamped = Map::from_iter([
            ("commit".to_owned(), self.commit("HEAD")?.into()),
            ("date".to_owned(), SystemClock.now().strftime("%F").to_string().into()),
            ("machine".to_owned(), machine()?.into()),
        ]);
        stamped.extend(results);
        let file = self.bench.join(format!("{name}.json"));
        fs::write(&file, serde_json::to_string_pretty(&stamped)?)?;
        say(&format!("\nThe results are in {}.", file.display()));
        Ok(())
    }
}

/// The processor of this machine, the number of its cores, and its architecture.
fn machine() -> io::Result<String> {
    let lines = io::BufReader::new(fs::File::open("/proc/cpuinfo")?).lines();
    let model = lines.map_while(Result::ok).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "model name").then(|| value.trim().to_owned())
    });
    let cores = std::thread::available_parallelism()?;
    let model = model.unwrap_or_else(|| "unnamed processor".to_owned());
    Ok(format!("{cores} cores of {model} ({})", env::consts::ARCH))
}

/// Git in a checkout.
#[must_use]
pub fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git
}

/// Turns the outcome of a program into an error that names it.
///
/// # Errors
///
/// When the program did not run, or did not succeed.
pub fn ran(outcome: io::Result<ExitStatus>, program: &str, arguments: &[&str]) -> Result<(), Failed> {
    let asked = format!("{program} {}", arguments.join(" "));
    match outcome {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{asked}: {status}").into()),
        Err(error) => Err(format!("{asked}: {error}").into()),
    }
}
