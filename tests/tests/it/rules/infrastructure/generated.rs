//! The committed files that are generated are what the code and the template would make today.

use keyward_infra::{Generated, IN_TEMPLATES, generated, read, template::Stack};

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

#[test]
fn the_templates_have_at_most_1500_lines_that_somebody_writes() {
    let (mut written, mut by_itself) = (0, 0);
    for stack in Stack::BOTH {
        let whole = read(stack.path()).expect("a template");
        let (before, rest) = whole.split_once(IN_TEMPLATES.0).expect("the beginning of what is generated");
        let (generated, after) = rest.split_once(IN_TEMPLATES.1).expect("its end");
        written += before.lines().count() + after.lines().count();
        by_itself += generated.lines().count();
    }
    assert!(written <= 1_500, "{written} lines are written by hand");
    assert!(by_itself > 3000, "the functions are generated");
    println!("{written} lines are written by hand");
}
