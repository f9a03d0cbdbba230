//! No more than three files of a crate stand in one circle: then a reader of one has to hold at most two others in mind.
//!
//! A file imports another when a path in its code leads into the other, whether the path stands in a `use` or in the code
//! itself. A name that is taken from a folder counts as taken from the folder's `mod.rs`, also where that only hands it on.
//! What a `mod.rs` takes from the files of its own folder does not count: it puts together what its folder is made of, and
//! they are read with it. Nor do tests count, and what macros expand to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, File, Item, ItemUse, UseTree, visit::Visit};

/// The most files that may import each other in a circle.
const MOST: usize = 3;

/// The path of a module within its crate.
type Module = Vec<String>;

/// What of a module's source the rule looks at.
#[derive(Default)]
struct Source {
    /// The names that it imports, with the paths that they stand for.
    imported: BTreeMap<String, Module>,
    /// All paths of its code, in the words of the code.
    paths: Vec<Vec<String>>,
    /// Its modules that are tests.
    tests: BTreeSet<String>,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

/// Every path of a tree, and the name that it gets; `*` for all names.
fn leaves(tree: &UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(&path.ident), found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, before, found)),
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident))),
        UseTree::Rename(rename) => found.push((rename.rename.to_string(), with(&rename.ident))),
        UseTree::Glob(_) => found.push(("*".to_owned(), before.to_vec())),
    }
}

/// The path from the crate on; `None` for one that leads out of the crate.
fn absolute(module: &[String], is_module: impl Fn(&Module) -> bool, path: &[String]) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" => {
            let ups = path.iter().take_while(|segment| *segment == "super").count();
            Some([module.get(..module.len().checked_sub(ups)?)?, &path[ups..]].concat())
        }
        _ => is_module(&[module, std::slice::from_ref(first)].concat()).then(|| [module, path].concat()),
    }
}

/// Reads one file.
struct Reader<'c> {
    /// The file's own module.
    module: &'c Module,
    files: &'c BTreeMap<Module, PathBuf>,
    source: Source,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        match item {
            _ if !is_test(attributes) => syn::visit::visit_item(self, item),
            Item::Mod(item) => drop(self.source.tests.insert(item.ident.to_string())),
            _ => {}
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = Vec::new();
        leaves(&item.tree, &[], &mut found);
        for (name, path) in found {
            let is_module = |child: &Module| self.files.contains_key(child);
            let Some(absolute) = absolute(self.module, is_module, &path) else { continue };
            self.source.paths.push(path);
            self.source.imported.insert(name, absolute);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.source.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }
}

/// A crate's files by module.
struct Crate {
    files: BTreeMap<Module, PathBuf>,
    sources: BTreeMap<Module, Source>,
}

impl Crate {
    fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        files_below(folder, &mut Vec::new(), &mut files);
        let mut sources = BTreeMap::new();
        for (module, file) in &files {
            let parsed: File = syn::parse_file(&fs::read_to_string(file).expect("a file")).expect("Rust");
            let mut reader = Reader { module, files: &files, source: Source::default() };
            reader.visit_file(&parsed);
            sources.insert(module.clone(), reader.source);
        }
        let of_tests = |module: &Module| {
            (0..module.len()).any(|depth| {
                sources
                    .get(&module[..depth])
                    .is_some_and(|source: &Source| source.tests.contains(&module[depth]))
            })
        };
        let tests: Vec<Module> = files.keys().filter(|module| of_tests(module)).cloned().collect();
        for module in tests {
            files.remove(&module);
            sources.remove(&module);
        }
        Self { files, sources }
    }

    /// The module that a path leads into.
    fn home(&self, path: &[String]) -> Option<&Module> {
        let known = (0..=path.len()).rev().find_map(|length| self.files.get_key_value(&path[..length]));
        known.map(|(module, _)| module)
    }

    /// Which modules a module imports.
    fn imports(&self, module: &Module) -> BTreeSet<&Module> {
        let source = &self.sources[module];
        let absolute = |path: &Vec<String>| match path.first().and_then(|first| source.imported.get(first)) {
            Some(imported) if path.len() > 1 => Some([imported.as_slice(), &path[1..]].concat()),
            Some(_) | None => absolute(module, |child| self.files.contains_key(child), path),
        };
        let is_face = self.files[module].file_stem().is_some_and(|name| name == "mod" || name == "lib");
        let homes = source.paths.iter().filter_map(absolute).filter_map(|path| self.home(&path));
        homes.filter(|home| *home != module && !(is_face && home.starts_with(module))).collect()
    }

    /// The circles of more than [`MOST`] files, each by its files.
    fn circles(&self) -> Vec<Vec<String>> {
        let imports: BTreeMap<&Module, _> =
            self.files.keys().map(|module| (module, self.imports(module))).collect();
        let reached = |from: &Module| {
            let mut reached = BTreeSet::new();
            let mut ahead: Vec<&Module> = imports[from].iter().copied().collect();
            while let Some(next) = ahead.pop() {
                if reached.insert(next) {
                    ahead.extend(&imports[next]);
                }
            }
            reached
        };
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            self.files.keys().map(|module| (module, reached(module))).collect();
        let circle = |module: &Module| -> BTreeSet<&Module> {
            reached[module].iter().copied().filter(|other| reached[other].contains(module)).collect()
        };
        let circles: BTreeSet<BTreeSet<&Module>> = self.files.keys().map(circle).collect();
        let too_large = circles.into_iter().filter(|circle| circle.len() > MOST);
        let name = |module: &&Module| self.files[*module].display().to_string();
        too_large.map(|circle| circle.iter().map(name).collect()).collect()
    }
}

fn files_below(folder: &Path, module: &mut Module, files: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "bin" {
            module.push(name);
            files_below(&path, module, files);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let face = ["lib", "main", "mod"].contains(&name.as_str());
            let own = if face { module.clone() } else { [module.as_slice(), &[name]].concat() };
            files.insert(own, path);
        }
    }
}

#[test]
fn no_more_than_three_files_import_each_other_in_a_circle() {
    for member in ["shared", "functions"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(member).join("src");
        let found = Crate::read(&folder);
        assert!(found.files.len() > 50, "{} files of {member}", found.files.len());
        let circles = found.circles();
        assert!(circles.is_empty(), "files of {member} that import each other in a circle:\n{circles:#?}");
    }
}

#[test]
fn a_circle_is_found_through_faces_and_paths_and_not_through_tests() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod face; mod two; mod three; mod outside;");
    write("face/mod.rs", "mod one; pub use self::one::One; pub use crate::two::Two;");
    write("face/one.rs", "use super::Two; pub struct One(Two);");
    write("two.rs", "use crate::three; pub struct Two(three::Three);");
    write("three.rs", "pub struct Three(Box<crate::face::One>);");
    write("outside.rs", "use crate::face::One; #[cfg(test)] mod tests { use crate::three::Three; }");
    assert_eq!(Crate::read(folder.path()).circles(), Vec::<Vec<String>>::new(), "three files");
    write("three.rs", "pub struct Three(crate::four::Four);");
    write("four.rs", "use super::face::One; pub struct Four(Box<One>);");
    let name = |file: &str| folder.path().join(file).display().to_string();
    let circle = ["face/mod.rs", "four.rs", "three.rs", "two.rs"].map(name).to_vec();
    assert_eq!(Crate::read(folder.path()).circles(), [circle]);
    write("four.rs", "pub struct Four; #[cfg(test)] mod tests { use super::super::face::One; }");
    assert_eq!(Crate::read(folder.path()).circles(), Vec::<Vec<String>>::new(), "only a test goes back");
}
