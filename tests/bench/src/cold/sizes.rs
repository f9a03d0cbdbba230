//! How large the programs are that are uploaded as one file.

use std::{collections::BTreeMap, fs};

use keyward_bench::{say, spread::is_worse};
use serde::Serialize;

use crate::{
    builds::Builds,
    subject::{Kind, Subject},
};

const NOW: &str = "keyward";
const BASE: &str = "keyward, base";

/// A program as it is, and in a zip.
#[derive(Debug, Clone, Copy, Serialize)]
struct Size {
    bytes: Option<u64>,
    zip_bytes: Option<u64>,
}

/// The sizes by program. The functions of Keyward are one program.
#[derive(Debug, Serialize)]
pub(crate) struct Sizes(BTreeMap<String, Size>);

impl Sizes {
    /// Looks at what the subjects run.
    pub(crate) fn of(subjects: &[Subject], builds: &Builds) -> Self {
        let mut sizes = BTreeMap::new();
        for subject in subjects {
            let name = match subject.kind {
                Kind::Keyward => NOW,
                Kind::Base => BASE,
                Kind::Beside => &subject.name,
            };
            let Some(code) = subject.code.as_ref().filter(|_| !sizes.contains_key(name)) else { continue };
            let zipped = builds.zip_size(code);
            if let Err(error) = &zipped {
                say(&format!("the size of the zip of {name} is left out: {error}"));
            }
            let bytes = fs::metadata(code).ok().map(|file| file.len());
            sizes.insert(name.to_owned(), Size { bytes, zip_bytes: zipped.ok() });
        }
        Self(sizes)
    }

    /// The sizes of Keyward that are to be named, each with its ratio to what it was.
    pub(crate) fn larger(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let ratio = |of: fn(&Size) -> Option<u64>| {
            let (now, then) = (of(self.0.get(NOW)?)?, of(self.0.get(BASE)?)?);
            #[expect(clippy::cast_precision_loss, reason = "no file is so large")]
            Some(now as f64 / then as f64)
        };
        let binary = ratio(|size| size.bytes).map(|ratio| ("the binary", ratio));
        let zip = ratio(|size| size.zip_bytes).map(|ratio| ("the zip", ratio));
        binary.into_iter().chain(zip).filter(|(_, ratio)| is_worse(*ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_or_a_zip_that_grew_by_more_than_a_tenth_is_named() {
        let size = |bytes, zip_bytes| Size { bytes: Some(bytes), zip_bytes: Some(zip_bytes) };
        let sizes = |now, then| {
            Sizes(BTreeMap::from([
                (NOW.to_owned(), now),
                (BASE.to_owned(), then),
                ("usual".to_owned(), size(1, 1)),
            ]))
        };
        let larger = |now, then| sizes(now, then).larger().collect::<Vec<_>>();
        assert_eq!(larger(size(120, 50), size(100, 50)), [("the binary", 1.2)]);
        assert_eq!(larger(size(109, 60), size(100, 50)), [("the zip", 1.2)]);
        assert_eq!(larger(size(50, 20), size(100, 50)), []);
    }

    #[test]
    fn without_a_base_nothing_is_named() {
        let size = Size { bytes: Some(9), zip_bytes: None };
        assert_eq!(Sizes(BTreeMap::from([(NOW.to_owned(), size)])).larger().count(), 0);
    }
}
