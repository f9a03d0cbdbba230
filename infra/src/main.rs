//! `make generate`.

use std::{error::Error, process::ExitCode};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool says what it did")]
fn main() -> ExitCode {
    match keyward_infra::write() {
        Ok(written) if written.is_empty() => println!("every generated file is as it should be"),
        Ok(written) => written.iter().for_each(|path| println!("wrote {path}")),
        Err(error) => {
            eprintln!("keyward-infra: {error}");
            if let Some(source) = error.source() {
                eprintln!("  because: {source}");
            }
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
