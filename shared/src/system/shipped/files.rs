//! Every file of the folder is shipped, under the name of what it holds.

use std::{collections::BTreeSet, fs, path::Path};

use crate::system::{Library, Listed, Template, file_name::system_of, library::SHIPPED, shipped::text};

#[test]
fn every_file_is_shipped_under_the_name_of_its_system_and_version() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    let named: BTreeSet<String> = Library::shipped().every_version().map(file_of).collect();
    assert_eq!(there, named);
    assert_eq!(SHIPPED.len(), there.len());
}

/// The name that the file of a template must have.
fn file_of(template: &Template) -> String {
    match template.version() {
        1 => format!("{}.toml", template.id()),
        version => format!("{}@{version}.toml", template.id()),
    }
}

/// Keys that were made with the first version go on with it, and new ones are made with the second.
#[test]
fn a_second_version_stands_beside_the_first_in_a_file_of_its_own() {
    for (first, _, _) in SHIPPED.iter().filter(|(_, file, _)| !file.contains('@')) {
        let text = text(&format!("{first}.toml"));
        let second = text.replacen("version = 1", "version = 2", 1);
        let (one, two) = (format!("{first}.toml"), format!("{first}@2.toml"));
        assert_eq!((system_of(&one), system_of(&two)), (Some(*first), Some(*first)));
        let library =
            Library::read([(two.as_str(), second.as_str()), (one.as_str(), text.as_str())]).unwrap();
        let newest = library.system(first).unwrap();
        assert_eq!((newest.version(), file_of(newest)), (2, two.clone()));
        let older = library.template(newest.id(), 1).unwrap();
        assert_eq!((older.version(), file_of(older)), (1, one.clone()));
        assert_eq!((library.templates().count(), library.every_version().count()), (1, 2));
    }
}

#[test]
fn systems_are_listed_by_name_whatever_its_case() {
    let names: Vec<&str> = Library::shipped().templates().map(|template| template.name()).collect();
    let of = |wanted: &str| names.iter().position(|name| *name == wanted);
    assert!(of("DEAR Systems (Cin7 Core)") < of("Descartes Peoplevox"), "{names:?}");
    assert!(of("ReBOUND") < of("SFTP") && of("SFTP") < of("Shopify"), "{names:?}");
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()), "{names:?}");
}

/// The build makes the list from the same files, but without reading them as templates.
#[test]
fn the_list_says_of_each_system_what_its_newest_template_says() {
    let listed = Library::shipped().templates().map(|template| Listed {
        id: template.id().as_str(),
        version: template.version(),
        name: template.name(),
        summary: template.summary(),
        kind: template.kind().as_str(),
    });
    assert_eq!(Library::listed(), listed.collect::<Vec<_>>());
}
