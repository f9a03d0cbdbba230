//! Runs the embedded DynamoDB and KMS alone, for clients in any language.
//!
//! `embedded_aws DATA_DIR` prints the two endpoints, one a line, and stops when its input ends.

use std::{error::Error, io, path::PathBuf};

use keyward_local::embedded::Embedded;

fn main() -> Result<(), Box<dyn Error>> {
    let data_dir = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: embedded_aws DATA_DIR")?;
    let embedded = Embedded::start(&data_dir)?;
    let mut out = io::stdout();
    io::Write::write_all(
        &mut out,
        format!("{}\n{}\n", embedded.dynamodb_url(), embedded.kms_url()).as_bytes(),
    )?;
    io::Write::flush(&mut out)?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    embedded.shutdown();
    Ok(())
}
