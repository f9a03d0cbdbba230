//! The programs that are measured, built where they are not there yet.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use keyward_bench::{
    Failed,
    commits::Program,
    places::{Places, ran},
    say,
};

/// As it is packaged, and not with the features of the whole workspace.
const BOOTSTRAP: Program =
    Program { binary: "bootstrap", what: &["--package", "keyward-functions", "--bin", "bootstrap"] };

/// What builds, and where.
pub(crate) struct Builds {
    pub(crate) places: Places,
    /// The comparison handlers.
    handlers: PathBuf,
}

impl Builds {
    pub(crate) fn find() -> Result<Self, Failed> {
        let places = Places::find()?;
        Ok(Self { handlers: places.root.join("tests/bench/handlers"), places })
    }

    /// The function's binary as the checkout has it now.
    pub(crate) fn bootstrap(&self, profile: &str) -> Result<PathBuf, Failed> {
        self.places.built_now(BOOTSTRAP, profile)
    }

    /// The function's binary as a commit had it.
    pub(crate) fn bootstrap_of(&self, commit: &str, profile: &str) -> Result<PathBuf, Failed> {
        self.places.built_at(commit, BOOTSTRAP, profile)
    }

    /// A handler in Rust beside Keyward.
    pub(crate) fn handler(&self, package: &str, binary: &str, profile: &str) -> Result<PathBuf, Failed> {
        say(&format!("Building the handler {binary}"));
        let what = ["--package", package, "--bin", binary];
        let built = Places::cargo(&self.handlers, &self.places.bench.join("handlers"), profile, &what)?;
        Ok(built.into_iter().next().ok_or("cargo built no handler")?)
    }

    /// The bundle of the handler for Node; else a sentence that says why there is none.
    pub(crate) fn node(&self) -> Result<PathBuf, Failed> {
        let folder = self.places.bench.join("node");
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
        let environment = self.places.bench.join("python");
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
        let zip = self.places.bench.join("measured.zip");
        fs::remove_file(&zip).ok();
        let arguments = ["-m", "zipfile", "--create"];
        ran(Command::new("python3").args(arguments).arg(&zip).arg(file).status(), "python3", &arguments)?;
        Ok(fs::metadata(&zip)?.len())
    }
}
