//! The share of a core that Lambda gives a function, by a control group of Linux.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lambda gives a function in proportion to its memory, and one core at this size (AWS Lambda developer guide,
/// "Configure Lambda function memory").
const MEGABYTES_OF_A_CORE: u32 = 1_769;
/// In microseconds.
const PERIOD: u32 = 20_000;

/// A share of a core, for one process after another.
pub(crate) struct Quota {
    /// Where control groups are mounted.
    place: PathBuf,
    make: fn(&Path, u32) -> std::io::Result<()>,
    megabytes: u32,
}

/// The control group of one process. It is removed when it is dropped.
///
/// A group of its own, since the kernel lets a group use more than its quota at times and takes that from its next periods: a
/// process that came after a greedy one would pay for it.
pub(crate) struct Group(PathBuf);

impl Quota {
    /// A quota like that of a function with so much memory; else a sentence that says why there is none.
    pub(crate) fn like(megabytes: u32) -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let mut tried = Vec::new();
        for mount in mounts.lines() {
            let mut fields = mount.split(' ').skip(1);
            let (Some(place), Some(kind), Some(options)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let place = Path::new(place);
            let make = match kind {
                "cgroup" if options.split(',').any(|option| option == "cpu") => first_version,
                "cgroup2" if has_cpu(place) => second_version,
                _ => continue,
            };
            let quota = Self { place: place.to_owned(), make, megabytes };
            match quota.group("trial") {
                Ok(_) => return Ok(quota),
                Err(error) => tried.push(format!("{}: {error}", place.display())),
            }
        }
        if tried.is_empty() {
            tried.push("no control group for the CPU is mounted".to_owned());
        }
        Err(format!("this machine gives no CPU quota ({})", tried.join("; ")))
    }

    /// Holds a process, with all of its threads, until the group is dropped.
    pub(crate) fn hold(&self, process: u32) -> std::io::Result<Group> {
        let group = self.group(&process.to_string())?;
        fs::write(group.0.join("cgroup.procs"), process.to_string())?;
        Ok(group)
    }

    fn group(&self, name: &str) -> std::io::Result<Group> {
        let group = Group(self.place.join(format!("keyward-bench-{name}")));
        fs::create_dir_all(&group.0)?;
        (self.make)(&group.0, self.megabytes)?;
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It stays if a process is still in it.
        fs::remove_dir(&self.0).ok();
    }
}

fn microseconds(megabytes: u32) -> u32 {
    PERIOD * megabytes / MEGABYTES_OF_A_CORE
}

fn first_version(folder: &Path, megabytes: u32) -> std::io::Result<()> {
    fs::write(folder.join("cpu.cfs_period_us"), PERIOD.to_string())?;
    fs::write(folder.join("cpu.cfs_quota_us"), microseconds(megabytes).to_string())
}

fn has_cpu(place: &Path) -> bool {
    let controllers = fs::read_to_string(place.join("cgroup.controllers")).unwrap_or_default();
    controllers.split_whitespace().any(|controller| controller == "cpu")
}

fn second_version(folder: &Path, megabytes: u32) -> std::io::Result<()> {
    if let Some(place) = folder.parent() {
        fs::write(place.join("cgroup.subtree_control"), "+cpu")?;
    }
    fs::write(folder.join("cpu.max"), format!("{} {PERIOD}", microseconds(megabytes)))
}
