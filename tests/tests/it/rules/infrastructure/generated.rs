//! The committed files that are generated are what the code and the template would make today.

use keyward_infra::{Generated, generated, read};

#[test]
fn every_generated_file_is_committed_as_make_generate_writes_it() {
    let mut stale = Vec::new();
    for Generated { path, text } in generated().expect("what they follow from") {
        let committed = read(path).unwrap_or_default();
        if committed != text {
            let pairs = committed.lines().zip(text.lines()).enumerate();
            let first = pairs
                .filter(|(_, (committed, text))| committed != text)
                .map(|(index, pair)| (index + 1, pair))
                .next();
            stale.push(format!("{path} differs, run `make generate`: {first:?}"));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
