//! The library: every template that is shipped, in every version.

use std::{
    fmt,
    sync::{LazyLock, OnceLock},
};

#[cfg(test)]
use super::as_json::as_json;
#[cfg(test)]
use super::line::line_of;
use super::{id::SystemId, read, template::Template};

/// Every file of `shared/systems`: system, file name, and its JSON. The build finds them (`shared/build.rs`).
pub(super) const SHIPPED: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// A system as a list shows it, by its newest template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: &'static str,
    /// The template's version.
    pub version: u32,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// What it speaks.
    pub kind: &'static str,
}

/// Every system, by name in alphabetical order. The build makes this (`shared/build.rs`), so a list reads no template.
const LISTED: &[Listed] = include!(concat!(env!("OUT_DIR"), "/listed.rs"));

/// Every system with its templates.
#[derive(Debug)]
pub struct Library {
    shelves: Vec<Shelf>,
}

/// One system's place. What is shipped is read when it is first asked for: a process that uses keys of one system
/// does not pay for the others.
#[derive(Debug)]
struct Shelf {
    id: String,
    system: LazyLock<System, Box<dyn FnOnce() -> System + Send>>,
}

/// One system: its templates.
#[derive(Debug)]
struct System {
    newest: Template,
    older: Vec<Template>,
}

/// A template's data is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LibraryError {
    /// The file.
    pub file: String,
    /// The member, as a path such as `fields.shop.pattern`; empty when the file as a whole does not read.
    pub at: String,
    /// The fault.
    pub reason: String,
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, reason } = self;
        if at.is_empty() { write!(f, "{file}: {reason}") } else { write!(f, "{file}: {at} {reason}") }
    }
}

impl Library {
    /// The library that is shipped. Each system is read once in the life of a process, when it is first asked for.
    ///
    /// # Panics
    ///
    /// When a system's shipped data is wrong, which a test of this crate excludes.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| {
            let mut shelves: Vec<Shelf> = Vec::new();
            for (id, _, _) in SHIPPED {
                if !shelves.iter().any(|shelf| shelf.id == *id) {
                    shelves.push(Shelf {
                        id: (*id).to_owned(),
                        system: LazyLock::new(Box::new(|| read_shipped(id))),
                    });
                }
            }
            Self { shelves }
        })
    }

    /// Reads templates from files, given as name and TOML.
    #[cfg(test)]
    pub(crate) fn read<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, LibraryError> {
        let shelf = |system: System| Shelf {
            id: system.newest.id.to_string(),
            system: LazyLock::new(Box::new(|| system)),
        };
        let files: Vec<_> = files.into_iter().collect();
        let mut read = Vec::new();
        for (file, text) in files.iter().copied() {
            let json = as_json(text).map_err(|reason| LibraryError {
                file: file.to_owned(),
                at: String::new(),
                reason,
            })?;
            read.push((file, json));
        }
        let read = read.iter().map(|(file, json)| (*file, json.as_str()));
        let systems = read_systems(read).map_err(|mut error| {
            let text = files.iter().find(|(file, _)| *file == error.file).map(|(_, text)| *text);
            if let Some(line) = text.and_then(|text| line_of(text, &error.at)) {
                error.reason = format!("{} (line {line})", error.reason);
            }
            error
        })?;
        Ok(Self { shelves: systems.into_iter().map(shelf).collect() })
    }

    /// The newest template of a system: what new keys are made with.
    #[must_use]
    pub fn system(&self, id: impl AsRef<str>) -> Option<&Template> {
        Some(&self.find(id.as_ref())?.newest)
    }

    /// A system's template in one version: what a stored key was made with.
    #[must_use]
    pub fn template(&self, id: &SystemId, version: u32) -> Option<&Template> {
        self.find(id.as_str())?.version(version)
    }

    /// Every system as a list shows it, by name in alphabetical order. Case does not matter.
    #[must_use]
    pub const fn listed() -> &'static [Listed] {
        LISTED
    }

    /// The newest template of each system, by name in alphabetical order. Case does not matter.
    pub fn templates(&self) -> impl ExactSizeIterator<Item = &Template> {
        let mut newest: Vec<&Template> = self.shelves.iter().map(|shelf| &shelf.system.newest).collect();
        newest.sort_by_cached_key(|template| template.name().to_lowercase());
        newest.into_iter()
    }

    /// Every template of every system, older versions included.
    pub fn every_version(&self) -> impl Iterator<Item = &Template> {
        self.shelves.iter().flat_map(|shelf| std::iter::once(&shelf.system.newest).chain(&shelf.system.older))
    }

    fn find(&self, id: &str) -> Option<&System> {
        let shelf = self.shelves.iter().find(|shelf| shelf.id == id);
        #[cfg(test)]
        let shelf = shelf.or_else(|| tried().iter().find(|shelf| shelf.id == id));
        Some(&shelf?.system)
    }
}

/// Systems that are not shipped and in no list. Tests of keys find them by their ids.
#[cfg(test)]
fn tried() -> &'static [Shelf] {
    static TRIED: OnceLock<Vec<Shelf>> = OnceLock::new();
    TRIED.get_or_init(|| {
        let files = [("acme.toml", include_str!("../../testdata/systems/acme.toml"))];
        Library::read(files).unwrap_or_else(|error| panic!("{error}")).shelves
    })
}

fn read_shipped(id: &str) -> System {
    let files = SHIPPED.iter().filter(|(system, _, _)| *system == id).map(|(_, file, text)| (*file, *text));
    match read_systems(files).map(|mut systems| systems.pop()) {
        Ok(Some(system)) => system,
        Ok(None) => panic!("the shipped system library has no file of `{id}`"),
        Err(error) => panic!("the shipped system library is wrong: {error}"),
    }
}

fn read_systems<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<System>, LibraryError> {
    let mut systems: Vec<System> = Vec::new();
    for (file, text) in files {
        let template = read::template(file, text)?;
        match systems.iter_mut().find(|system| system.newest.id == template.id) {
            Some(system) => system.add(file, template)?,
            None => systems.push(System { newest: template, older: Vec::new() }),
        }
    }
    Ok(systems)
}

impl System {
    fn version(&self, version: u32) -> Option<&Template> {
        std::iter::once(&self.newest).chain(&self.older).find(|template| template.version == version)
    }

    fn add(&mut self, file: &str, template: Template) -> Result<(), LibraryError> {
        if self.version(template.version).is_some() {
            return Err(LibraryError {
                file: file.to_owned(),
                at: "version".to_owned(),
                reason: format!("{} of `{}` is there already", template.version, template.id),
            });
        }
        if template.version > self.newest.version {
            self.older.push(std::mem::replace(&mut self.newest, template));
        } else {
            self.older.push(template);
        }
        Ok(())
    }
}
