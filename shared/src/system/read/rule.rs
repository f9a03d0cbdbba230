//! From a rule as it is written to a [`Rule`]. A rule that could not be right is refused: one that no answer reaches, and
//! one that would decide by something that anybody's answer has.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, StatusCode};
use serde_json::Value;

use super::{Wrong, is_word, media_type, parse, text};
use crate::system::{
    raw::{RawHeaderTest, RawJsonTest, RawRule, RawXmlTest},
    rule::{HeaderTest, JsonTest, JsonType, JsonWant, Rule, TextWant, Verdict, When, XmlTest, is_no_answer},
};

/// Which answer the rules are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The answer to a check. A rule must prove that the key works.
    Check,
    /// The answer of a token endpoint, or to a login. A token or a session proves itself, so rules only say what its absence
    /// means.
    Login,
}

/// Where SOAP reports a fault. Its status is 500 by the standard (SOAP 1.1 §6.2), and the system itself wrote it.
const FAULT: &str = "Envelope/Body/Fault/";

/// Lists of rules that variants share, by name.
pub(super) struct Shared(BTreeMap<String, Vec<Rule>>);

impl Shared {
    /// Reads the lists. Each is one that a variant names, of those in `named`.
    pub(super) fn read(raw: BTreeMap<String, Vec<RawRule>>, named: &BTreeSet<String>) -> Result<Self, Wrong> {
        let mut lists = BTreeMap::new();
        for (name, raw) in raw {
            let at = format!("rules.{name}");
            if !is_word(&name) {
                return Err(Wrong::new(at, "must have a name in lower case such as `oauth2-errors`"));
            }
            if raw.is_empty() {
                return Err(Wrong::new(at, "must not be empty"));
            }
            if !named.contains(&name) {
                let reason = "has no effect: no variant names it in its `shared_rules`";
                return Err(Wrong::new(at, reason));
            }
            lists.insert(name, each(raw, &at)?);
        }
        Ok(Self(lists))
    }

    /// The rules of these lists, in their order.
    fn of(&self, names: &[String]) -> Result<Vec<Rule>, Wrong> {
        let mut rules = Vec::new();
        for (index, name) in names.iter().enumerate() {
            if names.iter().take(index).any(|before| before == name) {
                return Err(Wrong::new("shared_rules", format!("names `{name}` twice")));
            }
            let Some(list) = self.0.get(name) else {
                let reason = format!("`{name}` is no list of rules: write it as `[[rules.{name}]]`");
                return Err(Wrong::new("shared_rules", reason));
            };
            rules.extend(list.iter().cloned());
        }
        Ok(rules)
    }
}

/// Reads each rule of a list by itself.
fn each(raw: Vec<RawRule>, list: &str) -> Result<Vec<Rule>, Wrong> {
    let mut rules = Vec::new();
    for (number, raw) in (1..).zip(raw) {
        let at = if is_word(&raw.name) { format!("{list}.{}", raw.name) } else { format!("{list}.{number}") };
        rules.push(rule(raw).map_err(|wrong| wrong.within(&at))?);
    }
    Ok(rules)
}

/// Reads the rules for one answer: those of the variant, and after them those of the lists that it shares.
pub(super) fn rules(
    raw: Vec<RawRule>,
    names: &[String],
    shared: &Shared,
    asked: Asked,
) -> Result<Vec<Rule>, Wrong> {
    let all = each(raw, "rules")?.into_iter().chain(shared.of(names)?);
    let mut rules: Vec<Rule> = Vec::new();
    for rule in all {
        let at = format!("rules.{}", rule.name);
        if asked == Asked::Login && rule.verdict == Verdict::Passed {
            let reason = "must be `refused` or `unclear`: a token or a session proves itself";
            return Err(Wrong::new(format!("{at}.verdict"), reason));
        }
        rules.iter().try_for_each(|before| beside(before, &rule)).map_err(|wrong| wrong.within(&at))?;
        rules.push(rule);
    }
    if asked == Asked::Check && !rules.iter().any(|rule| rule.verdict == Verdict::Passed) {
        return Err(Wrong::new("rules", "must have one whose `verdict` is \"passed\""));
    }
    Ok(rules)
}

fn rule(raw: RawRule) -> Result<Rule, Wrong> {
    let RawRule { name, verdict, advice, status, content_type, json, xml, header, text: phrases } = raw;
    if !is_word(&name) {
        return Err(Wrong::new("name", "must be a short word in lower case such as `unknown-key`"));
    }
    let when = When {
        status: listed("status", status, |status| {
            StatusCode::from_u16(status)
                .map_err(|_| Wrong::new("status", "must be a list such as `[401, 403]`"))
        })?,
        content_type: listed("content_type", content_type, |name| media_type("content_type", name))?,
        json: listed("json", json, json_test)?,
        xml: listed("xml", xml, xml_test)?,
        header: listed("header", header, header_test)?,
        text: listed("text", phrases, |phrase| text("text", phrase))?,
    };
    let rule = Rule {
        name,
        verdict: self::verdict(&verdict)?,
        advice: advice.map(|advice| text("advice", advice)).transpose()?,
        when,
    };
    check(&rule)?;
    Ok(rule)
}

/// A list that is there has something in it, and nothing twice.
fn listed<R, T: PartialEq>(
    at: &str,
    raw: Option<Vec<R>>,
    read: impl Fn(R) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    if raw.is_empty() {
        return Err(Wrong::new(at, "must not be empty: leave it out if it does not matter"));
    }
    let mut items = Vec::new();
    for item in raw {
        let item = read(item)?;
        if items.contains(&item) {
            return Err(Wrong::new(at, "names something twice"));
        }
        items.push(item);
    }
    Ok(items)
}

fn verdict(name: &str) -> Result<Verdict, Wrong> {
    let known = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == name);
    known.ok_or_else(|| Wrong::new("verdict", format!("`{name}` is none of `passed`, `refused`, `unclear`")))
}

fn json_test(raw: RawJsonTest) -> Result<JsonTest, Wrong> {
    let RawJsonTest { pointer, is, equals, contains, starts_with } = raw;
    let wrong = |reason: &str| Wrong::new(format!("json.{pointer}"), reason);
    let want = match (is, equals, contains, starts_with) {
        (None, None, None, None) => JsonWant::There,
        (Some(name), None, None, None) => {
            let kind = JsonType::ALL.into_iter().find(|kind| kind.as_str() == name);
            let known = "`is` must be one of `object`, `array`, `string`, `number`, `boolean`";
            JsonWant::Is(kind.ok_or_else(|| wrong(known))?)
        }
        (None, Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))), None, None) => {
            JsonWant::Equals(value)
        }
        (None, Some(Value::Null | Value::Array(_) | Value::Object(_)), None, None) => {
            return Err(wrong("`equals` must be a text, a number, `true` or `false`"));
        }
        (None, None, Some(part), None) => JsonWant::Contains(text("json.contains", part)?),
        (None, None, None, Some(start)) => JsonWant::StartsWith(text("json.starts_with", start)?),
        (_, _, _, _) => return Err(wrong("takes one of `is`, `equals`, `contains`, `starts_with`")),
    };
    Ok(JsonTest { pointer: parse("json.pointer", &pointer)?, want })
}

fn xml_test(raw: RawXmlTest) -> Result<XmlTest, Wrong> {
    let RawXmlTest { element, equals, contains, starts_with } = raw;
    let name = |name: &str| {
        name.starts_with(|first: char| first.is_alphabetic() || first == '_') && !name.contains(':')
    };
    if !element.split('/').all(name) {
        let reason = "must be local names from the root such as `Envelope/Body/Fault/faultcode`";
        return Err(Wrong::new("xml.element", reason));
    }
    let want = text_want(&format!("xml.{element}"), equals, contains, starts_with)?;
    Ok(XmlTest { element, want })
}

fn header_test(raw: RawHeaderTest) -> Result<HeaderTest, Wrong> {
    let RawHeaderTest { name, equals, contains, starts_with } = raw;
    let parsed: HeaderName = parse("header.name", &name)?;
    if parsed == http::header::CONTENT_TYPE {
        return Err(Wrong::new("header.name", "must not be `content-type`, which `content_type` is for"));
    }
    let want = text_want(&format!("header.{name}"), equals, contains, starts_with)?;
    Ok(HeaderTest { name: parsed, want })
}

fn text_want(
    at: &str,
    equals: Option<String>,
    contains: Option<String>,
    starts_with: Option<String>,
) -> Result<TextWant, Wrong> {
    Ok(match (equals, contains, starts_with) {
        (None, None, None) => TextWant::There,
        (Some(wanted), None, None) => TextWant::Equals(text(at, wanted)?),
        (None, Some(part), None) => TextWant::Contains(text(at, part)?),
        (None, None, Some(start)) => TextWant::StartsWith(text(at, start)?),
        (_, _, _) => return Err(Wrong::new(at, "takes one of `equals`, `contains`, `starts_with`")),
    })
}

/// What a rule by itself must be.
fn check(rule: &Rule) -> Result<(), Wrong> {
    let Rule { verdict, advice, when, .. } = rule;
    if *when == When::default() {
        return Err(Wrong::new("", "must say what the answer looks like, such as `status = [401]`"));
    }
    if !when.json.is_empty() && !when.xml.is_empty() {
        return Err(Wrong::new("xml", "must not stand beside `json`: no answer is both"));
    }
    if !when.text.is_empty()
        && (when.content_type.is_empty() || when.content_type.iter().any(|media| is_page(media)))
    {
        let reason =
            "needs a `content_type` other than a page's beside it, since any page may have the phrase";
        return Err(Wrong::new("text", reason));
    }
    if advice.is_none() && *verdict != Verdict::Passed {
        return Err(Wrong::new("advice", "must say what it means and what to do, in a sentence or two"));
    }
    if *verdict == Verdict::Unclear {
        return Ok(());
    }
    let is_fault = when.xml.iter().any(|test| test.element.starts_with(FAULT));
    let decided = |status: &StatusCode| is_no_answer(*status) && !(is_fault && status.as_u16() == 500);
    if let Some(status) = when.status.iter().find(|status| decided(status)) {
        let status = status.as_u16();
        return Err(Wrong::new(
            "status",
            format!("{status} decides nothing: only an `unclear` rule may name it"),
        ));
    }
    let named = when.json.iter().any(says_something);
    let shown = named || !when.xml.is_empty() || !when.header.is_empty();
    match verdict {
        Verdict::Passed if when.status.is_empty() => {
            Err(Wrong::new("status", "must be there where the `verdict` is \"passed\", such as `[200]`"))
        }
        Verdict::Passed if !shown => Err(Wrong::new(
            "",
            "must prove that the system itself answered: by a member in `json`, an element in `xml` or a `header`",
        )),
        Verdict::Refused if !shown && when.text.is_empty() => Err(Wrong::new(
            "",
            "must show that the system itself answered: by a member in `json`, an element in `xml`, a `header`, or a `text` \
             with its `content_type`",
        )),
        Verdict::Passed | Verdict::Refused | Verdict::Unclear => Ok(()),
    }
}

/// Whether a test looks at a member, or compares the document: any JSON is of some type.
fn says_something(test: &JsonTest) -> bool {
    match test.want {
        JsonWant::There | JsonWant::Is(_) => !test.pointer.as_str().is_empty(),
        JsonWant::Equals(_) | JsonWant::Contains(_) | JsonWant::StartsWith(_) => true,
    }
}

fn is_page(media: &str) -> bool {
    matches!(media, "text/html" | "application/xhtml+xml")
}

/// What a rule must be beside one that stands before it.
fn beside(before: &Rule, rule: &Rule) -> Result<(), Wrong> {
    let other = &before.name;
    if before.name == rule.name {
        return Err(Wrong::new("name", "is there twice"));
    }
    if before.verdict != rule.verdict && same_but_status(&before.when, &rule.when) {
        let both = rule.when.status.iter().find(|status| before.when.status.contains(status));
        if let Some(status) = both {
            let reason = format!("{} stands in `{other}` too, with another verdict", status.as_u16());
            return Err(Wrong::new("status", reason));
        }
    }
    if takes_all_of(&before.when, &rule.when) {
        return Err(Wrong::new("", format!("never decides: `{other}` before it takes every such answer")));
    }
    Ok(())
}

fn same_but_status(a: &When, b: &When) -> bool {
    When { status: Vec::new(), ..a.clone() } == When { status: Vec::new(), ..b.clone() }
}

/// Whether every answer that the second describes is one that the first describes.
fn takes_all_of(first: &When, second: &When) -> bool {
    let status = if first.status.is_empty() {
        !second.status.iter().copied().any(is_no_answer)
    } else {
        within(&second.status, &first.status)
    };
    let content_type = if first.content_type.is_empty() {
        second.content_type.is_empty() || (first.json.is_empty() && first.xml.is_empty())
    } else {
        within(&second.content_type, &first.content_type)
    };
    status
        && content_type
        && first.json.iter().all(|test| second.json.contains(test))
        && first.xml.iter().all(|test| second.xml.contains(test))
        && first.header.iter().all(|test| second.header.contains(test))
        && first.text.iter().all(|phrase| second.text.contains(phrase))
}

fn within<T: PartialEq>(some: &[T], all: &[T]) -> bool {
    !some.is_empty() && some.iter().all(|item| all.contains(item))
}
