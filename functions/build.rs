//! Puts the API document into the code as it is served: `docs/openapi.json` without the spaces between its parts.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write as _},
    path::Path,
};

const DOCUMENT: &str = "../docs/openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    writeln!(io::stdout(), "cargo::rerun-if-changed={DOCUMENT}")?;
    let document = fs::read_to_string(DOCUMENT)?;
    let folder = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&folder).join("openapi.json"), without_spaces(&document))?;
    Ok(())
}

/// JSON without the spaces that stand outside of its strings.
fn without_spaces(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    json.chars()
        .filter(|&character| {
            let ends_or_starts = character == '"' && !escaped;
            escaped = in_string && character == '\\' && !escaped;
            in_string ^= ends_or_starts;
            in_string || !character.is_ascii_whitespace()
        })
        .collect()
}
