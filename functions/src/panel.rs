//! The control panel as files: read once, found by name, and never by a path.

use std::{collections::BTreeMap, fs, io, path::Path};

/// The most bytes of a file: an answer of Lambda holds 6 MB ("Lambda quotas", invocation payload), of which base64 takes a third.
const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// The folder of files that are named by their content.
const ASSETS: &str = "assets";

/// The files of a built panel.
pub struct PanelFiles(BTreeMap<String, PanelFile>);

/// A file, and its compressed form if there is one.
pub struct PanelFile {
    /// Its media type.
    pub media_type: &'static str,
    plain: Vec<u8>,
    brotli: Option<Vec<u8>>,
    gzip: Option<Vec<u8>>,
}

/// Why the files are no panel.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// They cannot be read.
    #[error("{0} cannot be read: `npm run build` in `panel` makes it")]
    Read(String, #[source] io::Error),
    /// One is too large for an answer.
    #[error("{0} has more than {MAX_FILE_BYTES} bytes")]
    TooLarge(String),
    /// One is of no type that a panel has.
    #[error("{0} is of no type that is served")]
    Type(String),
}

impl PanelFiles {
    /// Reads a built panel: what lies in the directory itself, and in its `assets`.
    ///
    /// # Errors
    ///
    /// [`PanelError`], naming the file.
    pub fn read(directory: &Path) -> Result<Self, PanelError> {
        let mut bytes = BTreeMap::new();
        for (folder, prefix) in [(directory.to_owned(), ""), (directory.join(ASSETS), "assets/")] {
            for (name, content) in files_of(&folder)? {
                bytes.insert(format!("{prefix}{name}"), content);
            }
        }
        let plain: Vec<String> = bytes.keys().filter(|name| !is_compressed(name)).cloned().collect();
        let mut files = BTreeMap::new();
        for name in plain {
            let media_type = media_type(&name).ok_or_else(|| PanelError::Type(name.clone()))?;
            let brotli = bytes.remove(&format!("{name}.br"));
            let gzip = bytes.remove(&format!("{name}.gz"));
            let Some(plain) = bytes.remove(&name) else { continue };
            if plain.len() > MAX_FILE_BYTES {
                return Err(PanelError::TooLarge(name));
            }
            files.insert(name, PanelFile { media_type, plain, brotli, gzip });
        }
        Ok(Self(files))
    }

    /// A file by its name, such as `index.html` or `assets/index-1a2b3c.js`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&PanelFile> {
        self.0.get(name)
    }
}

impl PanelFile {
    /// The bytes for a client that accepts these codings, with the coding's name, if it is one (RFC 9110 §12.5.3).
    #[must_use]
    pub fn for_client(&self, accept_encoding: Option<&str>) -> (Option<&'static str>, &[u8]) {
        let accepted = accept_encoding.unwrap_or_default();
        let coded = [("br", &self.brotli), ("gzip", &self.gzip)];
        let best = coded.into_iter().find_map(|(coding, bytes)| {
            Some((coding, bytes.as_deref().filter(|_| accepts(accepted, coding))?))
        });
        best.map_or((None, &self.plain), |(coding, bytes)| (Some(coding), bytes))
    }
}

fn files_of(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, PanelError> {
    let failed = |error| PanelError::Read(folder.display().to_string(), error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, fs::read(entry.path()).map_err(failed)?));
        }
    }
    Ok(files)
}

fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

fn media_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// Whether a coding is in the list, or `*` is, and its weight is not 0.
fn accepts(list: &str, coding: &str) -> bool {
    let weight_of = |wanted: &str| {
        list.split(',').find_map(|member| {
            let mut parts = member.split(';').map(str::trim);
            let is_it = parts.next()?.eq_ignore_ascii_case(wanted);
            let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
            is_it.then(|| weight.parse::<f32>().unwrap_or_default())
        })
    };
    weight_of(coding).or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_accepted_by_name_or_by_the_star_unless_its_weight_is_nothing() {
        for (list, accepted) in [
            ("br", true),
            ("gzip, deflate, br, zstd", true),
            ("gzip;q=1.0, BR;q=0.5", true),
            ("*", true),
            ("br;q=0, *", false),
            ("*;q=0", false),
            ("gzip", false),
            ("brotli", false),
            ("br;q=x", false),
            ("", false),
        ] {
            assert_eq!(accepts(list, "br"), accepted, "{list}");
        }
    }

    #[test]
    fn the_best_coding_that_there_is_is_taken() {
        let file =
            PanelFile { media_type: "text/css", plain: vec![0], brotli: Some(vec![1]), gzip: Some(vec![2]) };
        assert_eq!(file.for_client(Some("gzip, br")), (Some("br"), &[1][..]));
        assert_eq!(file.for_client(Some("gzip")), (Some("gzip"), &[2][..]));
        assert_eq!(file.for_client(None), (None, &[0][..]));
        let file = PanelFile { brotli: None, gzip: None, ..file };
        assert_eq!(file.for_client(Some("gzip, br")), (None, &[0][..]));
    }
}
