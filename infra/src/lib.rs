//! Writes the files of the repository that follow from others: `make generate` runs it, and a test compares what is committed
//! with what it would write. Nothing that is deployed depends on it.

mod app;
mod keys;
mod lock;
mod marked;
mod names;
mod rights;
mod routes;
pub mod skeleton;
pub mod template;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_functions::table;
use template::{Sample, Stack, Template};

/// A file that is generated.
pub struct Generated {
    /// Where it stands, from the repository's root.
    pub path: &'static str,
    /// The whole of it.
    pub text: String,
}

/// Why a file could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has not the two lines between which its generated part stands.
    #[error("{0} does not say where its generated part begins and ends")]
    Marker(&'static str),
    /// A file is no JSON.
    #[error("{0} is no JSON")]
    Json(&'static str),
    /// A stack comes near the number of resources at which CloudFormation ends.
    #[error(
        "{path} has {resources} resources: move functions to nested stacks, by the areas of the table (infra/README.md)"
    )]
    Resources {
        /// Which template.
        path: &'static str,
        /// How many.
        resources: usize,
    },
    /// A template is no YAML.
    #[error("{0} is no YAML")]
    Yaml(&'static str, #[source] Box<serde_saphyr::Error>),
}

/// What stands before and after the generated part of each template.
pub const IN_TEMPLATES: (&str, &str) =
    ("  # >>>> From here on `make generate` writes.", "  # <<<< Up to here `make generate` writes.");
/// What stands before and after the generated part of a document.
pub const IN_DOCUMENTS: (&str, &str) = ("<!-- make generate writes -->", "<!-- up to here -->");

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file of the repository.
///
/// # Errors
///
/// When it cannot be read.
pub fn read(path: &str) -> Result<String, Error> {
    let path = root().join(path);
    fs::read_to_string(&path).map_err(|source| Error::File { path, source })
}

/// Every generated file, as it should be.
///
/// # Errors
///
/// When a file that they follow from cannot be read.
pub fn generated() -> Result<Vec<Generated>, Error> {
    const README: &str = "README.md";
    const DEPLOYING: &str = "infra/README.md";
    let data = marked::replace(Stack::Data.path(), IN_TEMPLATES, &keys::blocks())?;
    let app = marked::replace(Stack::App.path(), IN_TEMPLATES, &app::blocks())?;
    let template = Template::of(&data, &app)?;
    for stack in Stack::BOTH {
        let resources = template.section_of(stack, "Resources").count();
        if resources > app::MOST_RESOURCES {
            return Err(Error::Resources { path: stack.path(), resources });
        }
    }
    Ok(vec![
        Generated { path: "infra/permissions.lock", text: lock::lock(&template.given(&Sample::together()?)) },
        Generated { path: DEPLOYING, text: marked::replace(DEPLOYING, IN_DOCUMENTS, &rights::tables())? },
        Generated { path: Stack::Data.path(), text: data },
        Generated { path: Stack::App.path(), text: app },
        Generated { path: README, text: marked::replace(README, IN_DOCUMENTS, &routes::table())? },
        Generated { path: "docs/openapi.json", text: format!("{:#}\n", table::document()) },
    ])
}

/// Writes every generated file that differs, and returns where those stand.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn write() -> Result<Vec<&'static str>, Error> {
    let mut written = Vec::new();
    for Generated { path, text } in generated()? {
        if read(path).ok().is_none_or(|committed| committed != text) {
            let place = root().join(path);
            fs::write(&place, text).map_err(|source| Error::File { path: place, source })?;
            written.push(path);
        }
    }
    Ok(written)
}
