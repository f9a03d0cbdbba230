//! Each rule made worse in three ways. The table must notice: a rule that can be replaced by its status, by a phrase or by
//! the opposite is one that nothing tests.

use super::{
    cell::{Cell, Found, Stage, cells, stages},
    others::words,
};
use crate::system::rule::{Rule, Verdict, When};

/// The rule with its status alone, with its words alone, and with another verdict.
fn mutants(rule: &Rule) -> Vec<(&'static str, Rule)> {
    let status = When { status: rule.when.status.clone(), ..When::default() };
    let text = When { text: words(rule), ..When::default() };
    let verdict = match rule.verdict {
        Verdict::Passed | Verdict::Unclear => Verdict::Refused,
        Verdict::Refused => Verdict::Passed,
    };
    let mut mutants =
        vec![("inverted", Rule { verdict, advice: Some("It is not so at all.".to_owned()), ..rule.clone() })];
    // A rule that is its status alone is no mutant of itself.
    if rule.when != status {
        mutants.push(("by its status alone", Rule { when: status, ..rule.clone() }));
        mutants.push(("by its words alone", Rule { when: text, ..rule.clone() }));
    }
    mutants
}

/// The cells of a stage, with what comes of each by the rules as they are.
fn judged(stage: &Stage) -> Vec<(Cell, Found)> {
    let judged = |cell: Cell| {
        let found = stage.judge(&cell.answer);
        (cell, found)
    };
    cells(stage).into_iter().map(judged).collect()
}

/// Whether a cell tells the mutant from the rule.
fn is_caught(stage: &Stage, cells: &[(Cell, Found)], rules: &[Rule]) -> bool {
    cells.iter().any(|(cell, by_the_rules)| {
        let found = stage.judge_by(rules, &cell.answer);
        !cell.expects(&found) || found != *by_the_rules
    })
}

#[test]
fn the_table_catches_every_mutant_of_every_rule() {
    let (mut survivors, mut tried) = (Vec::new(), 0);
    for stage in stages() {
        let cells = judged(&stage);
        for (index, rule) in stage.rules.iter().enumerate() {
            for (kind, mutant) in mutants(rule) {
                tried += 1;
                let mut rules = stage.rules.clone();
                rules[index] = mutant;
                if !is_caught(&stage, &cells, &rules) {
                    survivors.push(format!("{stage}: {} {kind}", rule.name));
                }
            }
        }
    }
    assert!(survivors.is_empty(), "{} of {tried} survive:\n{}", survivors.len(), survivors.join("\n"));
    assert!(tried > 250, "{tried}");
}

#[test]
fn a_check_without_any_one_of_its_rules_is_noticed() {
    for stage in stages() {
        let cells = judged(&stage);
        for index in 0..stage.rules.len() {
            let mut rules = stage.rules.clone();
            let rule = rules.remove(index);
            assert!(is_caught(&stage, &cells, &rules), "{stage}: {}", rule.name);
        }
    }
}
