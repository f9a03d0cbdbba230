//! What the documents say of the code is so.

use std::{fs, path::Path};

use keyward_functions::table::{functions, routes};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// All text of the code below a folder.
fn code(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            code(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a file"));
        }
    }
}

#[test]
fn every_test_that_the_security_page_names_exists() {
    let mut all = String::new();
    for folder in ["shared/src", "functions/src", "local/src", "local/tests", "tests/tests"] {
        code(&root().join(folder), &mut all);
    }
    let page = read("SECURITY.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 2);
    let mut named = 0;
    for row in rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next()) {
        for name in row.split('`').skip(1).step_by(2) {
            named += 1;
            let exists = match name.strip_suffix(".py") {
                Some(_) => root().join("tests/python").join(name).exists(),
                None if name.contains('/') => root().join(name).exists(),
                None => all.contains(&format!("fn {name}(")),
            };
            assert!(exists, "SECURITY.md names {name}");
        }
    }
    assert!(named > 20, "{named}");
}

#[test]
fn the_readme_lists_every_route() {
    let readme = read("README.md");
    for (_, route) in routes() {
        let Some(method) = route.method else { continue };
        let line = format!("`{} {}`", method.as_str(), route.path);
        assert!(readme.contains(&line), "README.md misses {line}");
    }
}

#[test]
fn every_function_has_its_event_its_handler_and_its_tests() {
    for function in functions() {
        let name = function.name;
        let paths = [
            format!("events/{name}.json"),
            format!("functions/src/handlers/{name}.rs"),
            format!("tests/tests/it/functions/{name}.rs"),
        ];
        for path in paths {
            assert!(root().join(&path).exists(), "{path} is missing");
        }
    }
}
