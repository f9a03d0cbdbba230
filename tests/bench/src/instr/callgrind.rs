//! Processes below callgrind, and what it counts.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use keyward_bench::Failed;

use crate::{Counts, Job};

/// Refuses a machine without valgrind.
pub(crate) fn is_there() -> Result<(), Failed> {
    match Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) | Err(_) => Err("valgrind is missing: run `apt-get install valgrind`".into()),
    }
}

/// The instructions of one repetition of each job, by where its program is from and by its name. As many processes run at once
/// as there are cores: what runs beside a process does not change its count.
pub(crate) fn count_all(jobs: &[Job], folder: &Path) -> Result<BTreeMap<String, Counts>, Failed> {
    let waiting: Mutex<VecDeque<&Job>> = Mutex::new(jobs.iter().collect());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || -> Result<Vec<(&Job, f64)>, Failed> {
        let mut counted = Vec::new();
        while let Some(job) = next() {
            counted.push((job, count(job, folder)?));
        }
        Ok(counted)
    };
    let counted = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join().map_err(|_| "a thread panicked")?);
        joined.collect::<Result<Vec<_>, Failed>>()
    })?;
    let mut counts = BTreeMap::<String, Counts>::new();
    for (job, count) in counted.into_iter().flatten() {
        counts.entry(job.at.clone()).or_default().insert(job.name.clone(), count);
    }
    Ok(counts)
}

fn count(job: &Job, folder: &Path) -> Result<f64, Failed> {
    let once = collected(job, job.times, folder)?;
    let twice = collected(job, 2 * job.times, folder)?;
    #[expect(clippy::cast_precision_loss, reason = "no count is so large")]
    Ok(twice.saturating_sub(once) as f64 / job.times as f64)
}

/// The instructions of a process that does a piece of work so many times.
fn collected(job: &Job, times: usize, folder: &Path) -> Result<u64, Failed> {
    let name: String = job.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let out = folder.join(format!("{name}-{}-{times}.out", job.at));
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&job.program)
        .args([&job.name, &times.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} of {} failed below callgrind:\n{said}", job.name, job.at).into());
    }
    read(&said).ok_or_else(|| format!("callgrind says no count:\n{said}").into())
}

/// The count in what callgrind says when a process ends, such as `==7== Collected : 2169`.
fn read(said: &str) -> Option<u64> {
    let count = said.lines().find_map(|line| line.split_once("Collected :"))?;
    count.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_what_callgrind_says() {
        let said = "==7== \n==7== Events    : Ir\n==7== Collected : 21690042\n==7== \n==7== I   refs:      21,690,042\n";
        assert_eq!(read(said), Some(21_690_042));
        assert_eq!(read("==7== Command: counted\n"), None);
    }
}
