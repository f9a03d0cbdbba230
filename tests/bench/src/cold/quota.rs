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

/// A control group that processes can be put into. It is removed when it is dropped.
pub(crate) struct Quota(PathBuf);

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
            let made = match kind {
                "cgroup" if options.split(',').any(|option| option == "cpu") => {
                    first_version(place, megabytes)
                }
                "cgroup2" if has_cpu(place) => second_version(place, megabytes),
                _ => continue,
            };
            match made {
                Ok(folder) => return Ok(Self(folder)),
                Err(error) => tried.push(format!("{}: {error}", place.display())),
            }
        }
        if tried.is_empty() {
            tried.push("no control group for the CPU is mounted".to_owned());
        }
        Err(format!("this machine gives no CPU quota ({})", tried.join("; ")))
    }

    /// Holds a process, with all of its threads.
    pub(crate) fn hold(&self, process: u32) -> std::io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), process.to_string())
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // It stays while a process that was killed is in it; the next run uses it again.
        fs::remove_dir(&self.0).ok();
    }
}

fn microseconds(megabytes: u32) -> u32 {
    PERIOD * megabytes / MEGABYTES_OF_A_CORE
}

fn folder(place: &Path) -> std::io::Result<PathBuf> {
    let folder = place.join("keyward-bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn first_version(place: &Path, megabytes: u32) -> std::io::Result<PathBuf> {
    let folder = folder(place)?;
    fs::write(folder.join("cpu.cfs_period_us"), PERIOD.to_string())?;
    fs::write(folder.join("cpu.cfs_quota_us"), microseconds(megabytes).to_string())?;
    Ok(folder)
}

fn has_cpu(place: &Path) -> bool {
    let controllers = fs::read_to_string(place.join("cgroup.controllers")).unwrap_or_default();
    controllers.split_whitespace().any(|controller| controller == "cpu")
}

fn second_version(place: &Path, megabytes: u32) -> std::io::Result<PathBuf> {
    let folder = folder(place)?;
    fs::write(place.join("cgroup.subtree_control"), "+cpu")?;
    fs::write(folder.join("cpu.max"), format!("{} {PERIOD}", microseconds(megabytes)))?;
    Ok(folder)
}
