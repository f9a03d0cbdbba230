//! A cell of the table: a variant's answer at one stage, and what must come of it.

use std::{fmt, fs, path::PathBuf};

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    super::{
        judge::{Judgement, by_rules, by_status_alone},
        say,
    },
    others::others,
};
use crate::{
    keys::health::TrialResult,
    outbound::{AnswerAs, Incoming, session_in, token_in},
    soap::SoapFlavour,
    strategy::{Before, Scheme as _},
    system::{
        Library, Verify,
        rule::{Answer, Rule},
    },
};

/// What an answer is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// The check of the template.
    #[default]
    Check,
    /// A token request.
    Token,
    /// A SOAP login.
    Login,
    /// A path that the user names.
    Path,
}

/// A request of a variant's trial, and the rules for its answer.
pub(super) struct Stage {
    pub(super) system: String,
    pub(super) auth: String,
    pub(super) kind: Kind,
    pub(super) rules: Vec<Rule>,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.system, self.auth, self.kind)
    }
}

/// Every request over HTTP that a trial of any shipped system makes.
pub(super) fn stages() -> impl Iterator<Item = Stage> {
    Library::shipped().every_version().flat_map(|template| {
        template.auth().iter().flat_map(move |variant| {
            let stage = |kind, rules: &[Rule]| Stage {
                system: template.id().to_string(),
                auth: variant.id().to_owned(),
                kind,
                rules: rules.to_vec(),
            };
            match variant.verify() {
                Verify::Http(check) => vec![stage(Kind::Check, &check.rules)],
                Verify::Token { rules, then } => {
                    let then = then.as_ref().map(|check| stage(Kind::Check, &check.rules));
                    std::iter::once(stage(Kind::Token, rules)).chain(then).collect()
                }
                Verify::SoapLogin(check) => vec![stage(Kind::Login, &check.rules)],
                Verify::UserPath => vec![stage(Kind::Path, &[])],
                Verify::Login => Vec::new(),
            }
        })
    })
}

impl Stage {
    /// What comes of an answer.
    pub(super) fn judge(&self, answer: &Incoming) -> Found {
        self.judge_by(&self.rules, answer)
    }

    /// How the answers of this variant's token server are read.
    fn read_as(&self) -> AnswerAs<'static> {
        let variant = Library::shipped().system(&self.system).unwrap().variant(&self.auth).unwrap();
        match variant.strategy().before() {
            Before::Token(tokens) | Before::TokenLogin(tokens, _) => tokens.answer(),
            Before::Nothing | Before::Session(_) | Before::Login(_) | Before::Grant(_) => {
                AnswerAs::Grant(None)
            }
        }
    }

    /// The scheme of the `Authorization` header that keys of this variant send to a path that the user names.
    pub(super) fn scheme(&self) -> Option<&'static str> {
        match self.auth.as_str() {
            "basic" | "basic-key" => Some("Basic"),
            "token" | "signed-jwt" => Some("Bearer"),
            "aws4" => Some("AWS4-HMAC-SHA256"),
            _ => None,
        }
    }

    /// What comes of an answer with other rules.
    pub(super) fn judge_by(&self, rules: &[Rule], answer: &Incoming) -> Found {
        let passed = |proof| Judgement::proven(TrialResult::Passed, say::PASSED, proof);
        let judgement = match self.kind {
            Kind::Check => by_rules(rules, &Answer::of(answer)),
            Kind::Path => by_status_alone(answer, self.scheme()),
            Kind::Token => match token_in(answer, self.read_as(), rules, Timestamp::UNIX_EPOCH) {
                Ok(_) => passed("token"),
                Err(error) => say::obtain(&error),
            },
            Kind::Login => {
                let flavour =
                    if self.system == "peoplevox" { SoapFlavour::Peoplevox } else { SoapFlavour::Magento1 };
                match session_in(answer, flavour, rules) {
                    Ok(_) => passed("session"),
                    Err(error) => say::obtain(&error),
                }
            }
        };
        assert!(
            judgement.message.ends_with('.') || judgement.message.ends_with('?'),
            "{}",
            judgement.message
        );
        Found { result: judgement.result, proof: judgement.proof }
    }

    /// Whether an answer is one to this request.
    pub(super) fn is_of(&self, cell: &Cell) -> bool {
        let kind = if self.kind == Kind::Path { Kind::Check } else { self.kind };
        cell.of == kind && cell.about.contains(&self.auth)
    }

    /// The system's own answers.
    pub(super) fn own(&self) -> Vec<Cell> {
        files(&self.system).into_iter().filter(|cell| self.is_of(cell)).collect()
    }
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) result: TrialResult,
    pub(super) proof: Option<String>,
}

/// An answer, and what must come of it.
pub(super) struct Cell {
    /// The file, and what was done to it.
    pub(super) column: String,
    pub(super) source: String,
    pub(super) cases: Vec<String>,
    pub(super) about: Vec<String>,
    pub(super) of: Kind,
    pub(super) answer: Incoming,
    pub(super) result: TrialResult,
    /// The proof that the file names. Where it names none, a passed or refused key still needs one.
    pub(super) proof: Option<String>,
    /// What must come of it for a path that the user names.
    pub(super) user_path: TrialResult,
    /// Only for keys that send this scheme; for others it is unclear.
    pub(super) user_path_scheme: Option<String>,
}

impl Cell {
    pub(super) fn expects(&self, found: &Found) -> bool {
        let proof = match &self.proof {
            Some(proof) => found.proof.as_ref() == Some(proof),
            None => (found.result == TrialResult::Unclear) || found.proof.is_some(),
        };
        found.result == self.result && proof
    }

    pub(super) fn expected(&self) -> String {
        format!("{:?} by {:?}", self.result, self.proof)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    #[serde(default)]
    case: Vec<String>,
    #[serde(default)]
    about: Vec<String>,
    #[serde(default)]
    of: Kind,
    #[serde(default = "unclear")]
    expect: String,
    proof: Option<String>,
    #[serde(default = "unclear")]
    user_path: String,
    user_path_scheme: Option<String>,
    status: u16,
    content_type: Option<String>,
    #[serde(default)]
    headers: toml::Table,
    body: String,
}

fn unclear() -> String {
    "unclear".to_owned()
}

fn answers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/answers")
}

/// The folders of answers: `shared`, and one for each system.
pub(super) fn folders() -> Vec<String> {
    let found = fs::read_dir(answers()).unwrap();
    found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The answers in a folder.
pub(super) fn files(folder: &str) -> Vec<Cell> {
    let mut names: Vec<PathBuf> =
        fs::read_dir(answers().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names.into_iter().map(|path| read(folder, &path)).collect()
}

fn read(folder: &str, path: &std::path::Path) -> Cell {
    let column = format!("{folder}/{}", path.file_stem().unwrap().to_str().unwrap());
    let text = fs::read_to_string(path).unwrap();
    let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{column}: {error}"));
    let mut headers: Vec<(String, Vec<u8>)> = file
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().as_bytes().to_vec()))
        .collect();
    headers.extend(file.content_type.map(|media| ("content-type".to_owned(), media.into_bytes())));
    Cell {
        column,
        source: file.source,
        cases: file.case,
        about: file.about,
        of: file.of,
        answer: Incoming {
            status: StatusCode::from_u16(file.status).unwrap(),
            headers,
            body: file.body.into_bytes(),
            truncated: false,
        },
        result: TrialResult::of(&file.expect).unwrap(),
        proof: file.proof,
        user_path: TrialResult::of(&file.user_path).unwrap(),
        user_path_scheme: file.user_path_scheme,
    }
}

/// Every answer that a request of a trial is tried with: the system's own ones, and those of others.
pub(super) fn cells(stage: &Stage) -> Vec<Cell> {
    let own = stage.own();
    let mut all = others(stage, &own);
    all.extend(own);
    all
}
