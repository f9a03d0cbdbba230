//! The disk space that a run takes, which the person who starts it agrees to first.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
    process::Command,
};

use keyward_bench::{Failed, say, settings::variable};

/// What a key and its rows in the indexes take in the database, with room to spare.
const BYTES_OF_A_KEY: u64 = 15_000;
/// Less than this is taken without a question.
const SMALL: u64 = 2_000_000_000;
/// What is left free in any case.
const LEFT: u64 = 2_000_000_000;

/// Asks for the room of so many keys.
pub(crate) fn ask_for(keys: u64, folder: &Path) -> Result<(), Failed> {
    let needed = keys * BYTES_OF_A_KEY;
    let free = free(folder)?;
    if free < needed + LEFT {
        return Err(format!(
            "{keys} keys take {} GB of the disk, and {} GB are free: choose fewer with SCALE=1000,100000",
            gigabytes(needed),
            gigabytes(free)
        )
        .into());
    }
    if needed < SMALL || variable("SCALE_YES").is_some() {
        return Ok(());
    }
    let question =
        format!("{keys} keys take {} GB in {} until the run ends.", gigabytes(needed), folder.display());
    if !io::stdin().is_terminal() {
        return Err(format!("{question} Set SCALE_YES=1 to agree.").into());
    }
    say(&format!("{question} Go on? [y/N]"));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { Err("nothing was stored".into()) }
}

/// In whole ones, rounded up.
const fn gigabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000_000)
}

/// The free bytes of the disk that a folder is on.
fn free(folder: &Path) -> Result<u64, Failed> {
    // POSIX: `-P` gives each file system one line, with the available blocks of 1,024 bytes in the fourth column.
    let output = Command::new("df").args(["-P", "-k"]).arg(folder).output()?;
    let text = String::from_utf8(output.stdout)?;
    let blocks = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    Ok(blocks.ok_or("df does not say how much is free")? * 1024)
}
