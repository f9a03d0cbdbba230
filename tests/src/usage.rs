//! What a process has used of the machine, as Linux counts it.

use std::{fs, io, time::Duration};

use nix::{time::ClockId, unistd::Pid};

/// The CPU time of a process, to the nanosecond. Threads that have ended are counted.
///
/// The clock of the process is read. `/proc/PID/stat` counts the same in steps of ten milliseconds, and `/proc/PID/task` has
/// no thread that has ended.
///
/// # Errors
///
/// When the process is gone.
pub fn cpu_time(process: u32) -> io::Result<Duration> {
    let process = i32::try_from(process).map_err(io::Error::other)?;
    Ok(ClockId::pid_cpu_clock_id(Pid::from_raw(process))?.now()?.into())
}

/// The memory that a process has now, in bytes.
///
/// # Errors
///
/// When the process is gone, or the system counts otherwise.
pub fn memory(process: u32) -> io::Result<u64> {
    kilobytes(process, "VmRSS:")
}

/// The most memory that a process has had at a time, in bytes.
///
/// # Errors
///
/// When the process is gone, or the system counts otherwise.
pub fn peak_memory(process: u32) -> io::Result<u64> {
    kilobytes(process, "VmHWM:")
}

/// A line of a process's status, in bytes.
fn kilobytes(process: u32, name: &str) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    Ok(number(line.and_then(|line| line.split_whitespace().next()))? * 1024)
}

fn number(text: Option<&str>) -> io::Result<u64> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| io::Error::other("the system counts otherwise"))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_time_of_a_thread_that_has_ended_is_counted() {
        let process = std::process::id();
        let before = cpu_time(process).unwrap();
        let until = before + Duration::from_millis(30);
        thread::spawn(move || while cpu_time(process).unwrap() < until {}).join().unwrap();
        assert!(cpu_time(process).unwrap() >= until);
    }
}
