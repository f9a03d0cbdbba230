//! Answers that are not the system's: firewalls, proxies, maintenance, login pages and other systems. None of them may
//! decide anything.

use std::collections::BTreeSet;

use http::StatusCode;

use super::cell::{Cell, Kind, Stage, files};
use crate::{
    keys::health::TrialResult,
    outbound::Incoming,
    system::rule::{JsonWant, Rule, TextWant, is_no_answer},
};

/// Every answer of somebody else, as this request could get it.
pub(super) fn others(stage: &Stage, own: &[Cell]) -> Vec<Cell> {
    let mut all: Vec<Cell> = files("shared").into_iter().map(|cell| for_stage(stage, cell)).collect();
    if stage.kind != Kind::Path {
        all.extend(files("shared").into_iter().flat_map(|cell| with_each_status(stage, &cell)));
        all.extend(quoting_texts(stage));
        all.extend(own.iter().flat_map(|cell| spoiled(stage, cell)));
    }
    all
}

fn for_stage(stage: &Stage, cell: Cell) -> Cell {
    let is_asked = cell.user_path_scheme.as_deref().is_none_or(|scheme| stage.scheme() == Some(scheme));
    let result = if stage.kind == Kind::Path && is_asked { cell.user_path } else { TrialResult::Unclear };
    Cell { result, ..cell }
}

fn unclear(column: String, answer: Incoming) -> Cell {
    Cell {
        column,
        source: "derived".to_owned(),
        cases: Vec::new(),
        about: Vec::new(),
        of: Kind::Check,
        answer,
        result: TrialResult::Unclear,
        proof: None,
        user_path: TrialResult::Unclear,
        user_path_scheme: None,
    }
}

fn with(answer: &Incoming, status: u16) -> Incoming {
    let (headers, body) = (answer.headers.clone(), answer.body.clone());
    Incoming { status: StatusCode::from_u16(status).unwrap(), headers, body, truncated: answer.truncated }
}

/// The statuses that the rules name, and the usual ones.
fn statuses(stage: &Stage) -> BTreeSet<u16> {
    let named = stage.rules.iter().flat_map(|rule| &rule.when.status).map(StatusCode::as_u16);
    named.chain([200, 301, 400, 401, 403, 404, 405, 429, 500, 503]).collect()
}

/// The same page or document with whatever status.
fn with_each_status(stage: &Stage, cell: &Cell) -> Vec<Cell> {
    let each = statuses(stage).into_iter();
    each.map(|status| unclear(format!("{} with {status}", cell.column), with(&cell.answer, status))).collect()
}

/// Texts that quote every word that the rules look for: an article about the system, or a proxy that repeats it.
fn quoting_texts(stage: &Stage) -> Vec<Cell> {
    let words = stage.rules.iter().flat_map(words).collect::<Vec<_>>().join(" ");
    let page = format!("<!DOCTYPE html>\n<html itemscope><body><a href=\"/login\">{words}</a></body></html>");
    let kinds = [
        ("text/html; charset=UTF-8", &page),
        ("application/json", &page),
        ("text/xml", &page),
        ("text/markdown", &words),
    ];
    let each = statuses(stage).into_iter().flat_map(|status| kinds.map(|kind| (status, kind)));
    each.map(|(status, (media, body))| {
        let answer = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("content-type".to_owned(), media.as_bytes().to_vec())],
            body: body.clone().into_bytes(),
            truncated: false,
        };
        unclear(format!("a text that quotes the rules, {status} {media}"), answer)
    })
    .collect()
}

/// The words that a rule looks for, and the names of its places.
pub(super) fn words(rule: &Rule) -> Vec<String> {
    let mut words = rule.when.text.clone();
    for test in &rule.when.json {
        words.extend(test.pointer.as_str().rsplit('/').next().map(str::to_owned));
        match &test.want {
            JsonWant::Equals(value) => {
                words.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            }
            JsonWant::Contains(text) | JsonWant::StartsWith(text) => words.push(text.clone()),
            JsonWant::There | JsonWant::Is(_) => {}
        }
    }
    let xml =
        rule.when.xml.iter().map(|test| (test.element.rsplit('/').next().unwrap_or_default(), &test.want));
    let headers = rule.when.header.iter().map(|test| (test.name.as_str(), &test.want));
    for (name, want) in xml.chain(headers) {
        words.push(name.to_owned());
        match want {
            TextWant::Equals(text) | TextWant::Contains(text) | TextWant::StartsWith(text) => {
                words.push(text.clone())
            }
            TextWant::There => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The system's own answer with something wrong about it: another status, a page's media type, or an end too early.
fn spoiled(stage: &Stage, cell: &Cell) -> Vec<Cell> {
    let mut spoiled = Vec::new();
    let decided = cell.result != TrialResult::Unclear;
    let is_fault = stage.kind == Kind::Login && cell.answer.body.windows(5).any(|part| part == b"Fault");
    for status in [302, 307, 429, 500, 502, 503] {
        if !(is_fault && status == 500) {
            spoiled.push(unclear(format!("{} with {status}", cell.column), with(&cell.answer, status)));
        }
    }
    if decided {
        let mut cut = with(&cell.answer, cell.answer.status.as_u16());
        cut.truncated = true;
        // A token that was read is one, and a session too.
        if stage.kind == Kind::Check {
            spoiled.push(unclear(format!("{} that was not read to its end", cell.column), cut));
        }
        let mut half = with(&cell.answer, cell.answer.status.as_u16());
        half.body.truncate(half.body.len() / 2);
        spoiled.push(unclear(format!("the first half of {}", cell.column), half));
    }
    if decided && stage.kind == Kind::Check && !takes_pages(stage) {
        let mut page = with(&cell.answer, cell.answer.status.as_u16());
        page.headers.retain(|(name, _)| name != "content-type");
        page.headers.push(("content-type".to_owned(), b"text/html".to_vec()));
        spoiled.push(unclear(format!("{} as a page", cell.column), page));
    }
    debug_assert!(spoiled.iter().all(|cell| decided || is_no_answer(cell.answer.status)));
    spoiled
}

/// Whether a system's own answers may have the media type of a page.
fn takes_pages(stage: &Stage) -> bool {
    stage.rules.iter().any(|rule| rule.when.content_type.iter().any(|media| media == "text/html"))
}
