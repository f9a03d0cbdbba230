//! Programs of the workspace, as the checkout has them now and as a commit had them. Both are kept apart from what cargo
//! builds, so that one build does not replace the other.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    Failed,
    places::{Places, git},
    say,
};

/// A program of the workspace.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The name of its binary.
    pub binary: &'static str,
    /// What tells cargo to build it.
    pub what: &'static [&'static str],
}

impl Places {
    /// The program as the checkout has it now.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub fn built_now(&self, program: Program, profile: &str) -> Result<PathBuf, Failed> {
        self.build(&self.root, program, profile, "now")
    }

    /// The program as a commit had it. It is built once, in a worktree below the target directory.
    ///
    /// # Errors
    ///
    /// When git cannot check the commit out, or the program does not build there.
    pub fn built_at(&self, commit: &str, program: Program, profile: &str) -> Result<PathBuf, Failed> {
        let kept = self.kept(program, profile, commit);
        if kept.is_file() {
            return Ok(kept);
        }
        let tree = Worktree::of(&self.root, commit, self.bench.join(format!("{}-{commit}", program.binary)))?;
        self.build(&tree.folder, program, profile, commit)
    }

    /// Whether a commit has a file.
    ///
    /// # Errors
    ///
    /// When git does not run.
    pub fn has_file(&self, commit: &str, file: &str) -> Result<bool, Failed> {
        let found = git(&self.root)
            .args(["cat-file", "-e"])
            .arg(format!("{commit}:{file}"))
            .stderr(Stdio::null())
            .status()?;
        Ok(found.success())
    }

    fn kept(&self, program: Program, profile: &str, commit: &str) -> PathBuf {
        self.bench.join(format!("{}-{profile}-{commit}", program.binary))
    }

    fn build(&self, tree: &Path, program: Program, profile: &str, commit: &str) -> Result<PathBuf, Failed> {
        let Program { binary, what } = program;
        say(&format!(
            "Building {binary} ({profile}, {commit}); the first build of a profile takes many minutes"
        ));
        let built = Self::cargo(tree, &self.target, profile, what)?;
        let built = built.iter().find(|built| built.file_name().is_some_and(|name| name == binary));
        let kept = self.kept(program, profile, commit);
        fs::copy(built.ok_or("cargo does not name what it built")?, &kept)?;
        Ok(kept)
    }
}

/// A commit, checked out beside the checkout. It is removed when it is dropped.
struct Worktree<'a> {
    root: &'a Path,
    folder: PathBuf,
}

impl<'a> Worktree<'a> {
    fn of(root: &'a Path, commit: &str, folder: PathBuf) -> Result<Self, Failed> {
        let tree = Self { root, folder };
        // A run that was interrupted has left one.
        tree.remove();
        let mut add = git(root);
        add.args(["worktree", "add", "--quiet", "--detach"]).arg(&tree.folder).arg(commit);
        if add.status()?.success() {
            Ok(tree)
        } else {
            Err(format!("git could not check out {commit}").into())
        }
    }

    fn remove(&self) {
        fs::remove_dir_all(&self.folder).ok();
        git(self.root).args(["worktree", "prune"]).status().ok();
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const PROGRAM: Program = Program { binary: "hello", what: &["--bin", "hello"] };

    /// A checkout with one commit of one small program, and its places.
    fn checkout(code: &str) -> (TempDir, Places) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("checkout");
        let target = folder.path().join("target");
        let bench = target.join("bench");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(&bench).unwrap();
        fs::write(root.join("Cargo.toml"), "[package]\nname = 'hello'\nedition = '2024'\n").unwrap();
        fs::write(root.join("Cargo.lock"), "version = 4\n[[package]]\nname = 'hello'\nversion = '0.0.0'\n")
            .unwrap();
        fs::write(root.join("src/main.rs"), code).unwrap();
        for arguments in [
            &["init", "--quiet"] as &[&str],
            &["add", "."],
            &[
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@example.com",
                "commit",
                "--quiet",
                "--message",
                "Begin",
            ],
        ] {
            assert!(git(&root).args(arguments).status().unwrap().success());
        }
        (folder, Places { root, target, bench })
    }

    fn worktrees(places: &Places) -> usize {
        let output = git(&places.root).args(["worktree", "list"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().count()
    }

    #[test]
    fn a_program_is_built_as_a_commit_had_it_and_its_worktree_is_gone() {
        let (_folder, places) = checkout("fn main() {}");
        let commit = places.commit("HEAD").unwrap();
        fs::write(places.root.join("src/main.rs"), "not a program").unwrap();
        // What an interrupted run has left does not matter.
        fs::create_dir_all(places.bench.join(format!("hello-{commit}/src"))).unwrap();
        assert!(places.built_now(PROGRAM, "dev").is_err());
        let built = places.built_at(&commit, PROGRAM, "dev").unwrap();
        assert!(built.is_file());
        assert_eq!(worktrees(&places), 1);
        assert!(places.has_file(&commit, "Cargo.toml").unwrap());
        assert!(!places.has_file(&commit, "README.md").unwrap());
    }

    #[test]
    fn a_commit_that_does_not_build_leaves_no_worktree_behind() {
        let (_folder, places) = checkout("not a program");
        let commit = places.commit("HEAD").unwrap();
        assert!(places.built_at(&commit, PROGRAM, "dev").is_err());
        assert_eq!(worktrees(&places), 1);
        assert!(!places.bench.join(format!("hello-{commit}")).exists());
    }
}
