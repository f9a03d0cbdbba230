//! What a process has used of the machine, as Linux counts it.

use std::{fs, io, time::Duration};

/// The CPU time of a process's threads, to the nanosecond. A thread that has ended is not counted.
///
/// # Errors
///
/// When the process is gone, or the system counts otherwise.
pub fn cpu_time(process: u32) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // proc(5) of Linux: the first number of `schedstat` is the time spent on the CPU, in nanoseconds.
        let counted = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += number(counted.split_whitespace().next())?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The most memory that a process has had at a time, in bytes.
///
/// # Errors
///
/// When the process is gone, or the system counts otherwise.
pub fn peak_memory(process: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(number(line.and_then(|line| line.split_whitespace().next()))? * 1024)
}

fn number(text: Option<&str>) -> io::Result<u64> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| io::Error::other("the system counts otherwise"))
}
