//! Finds the systems of the library: every `systems/*.toml` is built into the code, so that a new system is a new file
//! and nothing else. Writes `shipped.rs`, and `listed.rs` for the list of systems, which `src/system/library.rs` includes.

#[path = "src/system/as_json.rs"]
mod as_json;
#[path = "src/system/file_name.rs"]
mod file_name;

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use serde_json::Value;

const FOLDER: &str = "systems";

/// What the list of systems says of one.
struct Listed {
    version: u64,
    name: String,
    summary: String,
    kind: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    // A directory counts as changed when a file in it comes, goes or changes.
    writeln!(io::stdout(), "cargo::rerun-if-changed={FOLDER}")?;
    let mut names = Vec::new();
    for file in fs::read_dir(FOLDER)? {
        let path = file?.path();
        if path.extension() == Some(OsStr::new("toml")) {
            let name = path.file_name().and_then(OsStr::to_str);
            names.push(name.ok_or_else(|| format!("{} is no UTF-8", path.display()))?.to_owned());
        }
    }
    names.sort();
    let mut list = "&[\n".to_owned();
    let mut newest = BTreeMap::new();
    for name in names {
        let system = file_name::system_of(&name).ok_or_else(|| {
            format!("{FOLDER}/{name}: a system's file is called `<id>.toml`, and `<id>@<version>.toml` from version 2 on")
        })?;
        let text = fs::read_to_string(Path::new(FOLDER).join(&name))?;
        let json = as_json::as_json(&text).map_err(|error| format!("{FOLDER}/{name}: {error}"))?;
        writeln!(list, "    ({system:?}, {name:?}, {json:?}),")?;
        let listed = Listed::of(&serde_json::from_str(&json)?);
        if newest.get(system).is_none_or(|known: &Listed| known.version < listed.version) {
            newest.insert(system.to_owned(), listed);
        }
    }
    list.push_str("]\n");
    let folder = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&folder).join("shipped.rs"), list)?;
    fs::write(Path::new(&folder).join("listed.rs"), in_order(newest)?)?;
    Ok(())
}

impl Listed {
    /// What a template's file says. What it lacks is empty here, and a test of the crate refuses the file.
    fn of(file: &Value) -> Self {
        let text = |member| file.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = file.get("version").and_then(Value::as_u64).unwrap_or_default();
        Self { version, name: text("name"), summary: text("summary"), kind: text("kind") }
    }
}

/// The list, by name in alphabetical order. Case does not matter.
fn in_order(newest: BTreeMap<String, Listed>) -> Result<String, std::fmt::Error> {
    let mut newest: Vec<_> = newest.into_iter().collect();
    newest.sort_by_cached_key(|(_, listed)| listed.name.to_lowercase());
    let mut list = "&[\n".to_owned();
    for (id, Listed { version, name, summary, kind }) in newest {
        writeln!(
            list,
            "    Listed {{ id: {id:?}, version: {version}, name: {name:?}, summary: {summary:?}, kind: {kind:?} }},"
        )?;
    }
    list.push_str("]\n");
    Ok(list)
}
