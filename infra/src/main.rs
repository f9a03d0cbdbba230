//! `make generate` and `make function`.

use std::{env, error::Error, process::ExitCode};

use keyward_infra::skeleton::NewFunction;

const USAGE: &str = "usage: keyward-infra | keyward-infra function NAME \"METHOD /PATH\" AREA";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool says what it did")]
fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => generate(),
        ["function", name, route, area] => begin_function(name, route, area),
        _ => Err(USAGE.into()),
    };
    match outcome {
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

type Outcome = Result<Vec<String>, Box<dyn Error>>;

fn generate() -> Outcome {
    Ok(keyward_infra::write()?.into_iter().map(str::to_owned).collect())
}

fn begin_function(name: &str, route: &str, area: &str) -> Outcome {
    Ok(NewFunction::parse(name, route, area)?.write()?)
}
