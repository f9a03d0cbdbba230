//! Every system against answers that are not ours: `tests/answers` holds what vendors document and programs send, and
//! what firewalls, proxies and other systems send in their place. Each file names its source.
//!
//! Architecture Invariant: a right, a wrong or a revoked credential, a missing right and a rate limit have an answer for
//! every variant that speaks HTTP, and a rule that could be left out, or be looser, is found.

mod cell;
mod mutants;
mod others;
mod rows;

use std::collections::BTreeSet;

use cell::{Cell, Stage, cells, stages};

/// The columns that each stage of each variant has answers for, beside those that all systems share.
const COLUMNS: [&str; 5] = ["right", "wrong", "revoked", "missing-right", "rate-limit"];

#[test]
fn every_answer_has_its_verdict_and_its_proof() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for stage in stages() {
        for cell in cells(&stage) {
            judged += 1;
            let found = stage.judge(&cell.answer);
            if !cell.expects(&found) {
                wrong.push(format!(
                    "{stage} | {} | expected {}, found {found:?}",
                    cell.column,
                    cell.expected()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 4_000, "{judged}");
}

#[test]
fn every_system_has_an_answer_for_every_column() {
    let mut missing = Vec::new();
    for stage in stages() {
        let there: BTreeSet<String> = stage.own().into_iter().flat_map(|cell| cell.cases).collect();
        let without = COLUMNS.iter().filter(|column| !there.contains(**column));
        missing.extend(without.map(|column| format!("{stage}: {column}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_answer_names_its_source_and_is_of_a_system() {
    let stages: Vec<Stage> = stages().collect();
    let systems: BTreeSet<&str> = stages.iter().map(|stage| stage.system.as_str()).collect();
    for folder in cell::folders() {
        assert!(
            folder == "shared" || systems.contains(folder.as_str()),
            "{folder} is no system with answers"
        );
        for Cell { column, source, .. } in cell::files(&folder) {
            assert!(source.len() > 10, "{column}");
        }
        let of_it = |cell: &Cell| stages.iter().any(|stage| stage.system == folder && stage.is_of(cell));
        let lost: Vec<String> = cell::files(&folder)
            .into_iter()
            .filter(|cell| folder != "shared" && !of_it(cell))
            .map(|c| c.column)
            .collect();
        assert!(lost.is_empty(), "{lost:?} are of no variant");
    }
}
