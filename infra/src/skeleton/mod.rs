//! `make function`: writes what a new function begins with. What it leaves to do fails, and says what is missing.

mod templates;

use std::fs;

use keyward_functions::table::{AREAS, FunctionName};
use serde_json::{Map, Value, json};

use crate::{Error, read, root};

/// A function that is to be.
#[derive(Debug, PartialEq, Eq)]
pub struct NewFunction {
    name: String,
    method: String,
    path: String,
    area: &'static str,
}

/// Why no function was begun.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFunction {
    /// The name is no name.
    #[error("NAME must be lower-case words with underscores, such as show_clock")]
    Name,
    /// The name is taken.
    #[error("there is a function of that name")]
    Taken,
    /// The route is no route.
    #[error("ROUTE must be a method and a path, such as \"GET /v1/clock\"")]
    Route,
    /// The area is none of the table's.
    #[error("AREA must be one of: {0}")]
    Area(String),
}

/// A file with what is written into it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    path: String,
    text: String,
}

impl NewFunction {
    /// A function by its name, its route and its area in the table.
    ///
    /// # Errors
    ///
    /// [`BadFunction`] with what is wrong.
    pub fn parse(name: &str, route: &str, area: &str) -> Result<Self, BadFunction> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !name.split('_').all(word) {
            return Err(BadFunction::Name);
        }
        if name.parse::<FunctionName>().is_ok() {
            return Err(BadFunction::Taken);
        }
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let (method, path) = route
            .split_once(' ')
            .filter(|(method, path)| methods.contains(method) && path.starts_with("/v1/"))
            .ok_or(BadFunction::Route)?;
        let areas = || AREAS.iter().map(|area| area.name).filter(|name| !["behind", "public"].contains(name));
        let area = areas()
            .find(|name| *name == area)
            .ok_or_else(|| BadFunction::Area(areas().collect::<Vec<_>>().join(", ")))?;
        Ok(Self { name: name.to_owned(), method: method.to_owned(), path: path.to_owned(), area })
    }

    /// The name as Rust's types have it.
    fn camel_case(&self) -> String {
        capitalized(self.name.split('_'))
    }

    /// The method as the table has it.
    fn variant(&self) -> String {
        capitalized([self.method.to_lowercase().as_str()])
    }

    /// Writes the files, and returns where they stand.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn write(&self) -> Result<Vec<String>, Error> {
        let edits = self.edits()?;
        for Edit { path, text } in &edits {
            let place = root().join(path);
            fs::write(&place, text).map_err(|source| Error::File { path: place, source })?;
        }
        Ok(edits.into_iter().map(|edit| edit.path).collect())
    }

    fn edits(&self) -> Result<Vec<Edit>, Error> {
        let (name, area) = (&self.name, self.area);
        let new = |path: String, text: String| Edit { path, text };
        let changed = |path: String, change: &dyn Fn(&str) -> String| -> Result<Edit, Error> {
            let text = change(&read(&path)?);
            Ok(Edit { path, text })
        };
        Ok(vec![
            new(format!("functions/src/handlers/{name}.rs"), templates::handler(self)),
            changed("functions/src/handlers/mod.rs".to_owned(), &|text| {
                with_sorted(text, "pub mod ", &format!("pub mod {name};"))
            })?,
            changed("functions/src/table/name.rs".to_owned(), &|text| {
                let names = "\nfunctions! {\n";
                with_last(text, names, "\n}\n", &format!("    {} = \"{name}\",\n", self.camel_case()))
            })?,
            changed(format!("functions/src/table/{area}.rs"), &|text| {
                with_last(text, "FUNCTIONS: &[Function] = &[\n", "\n];\n", &templates::entry(self))
            })?,
            new(format!("events/{name}.json"), self.event()?),
            new(format!("tests/tests/it/functions/{name}.rs"), templates::tests(self)),
            changed("tests/tests/it/functions/mod.rs".to_owned(), &|text| {
                let text = with_sorted(text, "mod ", &format!("mod {name};"));
                let arm = format!("        FunctionName::{} => {name}::case(),\n", self.camel_case());
                with_last(&text, "    match name {\n", "\n    }\n}\n", &arm)
            })?,
        ])
    }

    /// An event of the route, made from that of another with the permission that the entry begins with.
    fn event(&self) -> Result<String, Error> {
        const MODEL: &str = "events/list_systems.json";
        let mut event: Value = serde_json::from_str(&read(MODEL)?).map_err(|_| Error::Json(MODEL))?;
        let key = format!("{} {}", self.method, self.path);
        let parameters = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Map<_, _> = parameters.map(|name| (name.to_owned(), json!("x"))).collect();
        let path = self.path.replace(['{', '}'], "");
        let changes = [
            ("/routeKey", key.clone()),
            ("/rawPath", path.clone()),
            ("/requestContext/routeKey", key),
            ("/requestContext/http/method", self.method.clone()),
            ("/requestContext/http/path", path),
        ];
        for (place, text) in changes {
            if let Some(member) = event.pointer_mut(place) {
                *member = json!(text);
            }
        }
        if let (Some(members), false) = (event.as_object_mut(), parameters.is_empty()) {
            members.insert("pathParameters".to_owned(), Value::Object(parameters));
        }
        Ok(format!("{event:#}\n"))
    }
}

fn capitalized<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    words.into_iter().filter_map(word).collect()
}

/// A text with a line more among those that begin alike, which are sorted.
fn with_sorted(text: &str, beginning: &str, line: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let alike = |other: &&str| other.starts_with(beginning);
    let after = lines.iter().rposition(|other| alike(other) && *other < line);
    let before = lines.iter().position(alike);
    lines.insert(after.map_or_else(|| before.unwrap_or(0), |at| at + 1), line);
    lines.join("\n") + "\n"
}

/// A text with something more at the end of a list, which goes from a beginning to the first end after it.
fn with_last(text: &str, beginning: &str, end: &str, more: &str) -> String {
    let found = text.split_once(beginning).and_then(|(before, list)| Some((before, list.split_once(end)?)));
    match found {
        Some((before, (list, after))) => {
            format!("{before}{beginning}{list}\n{}{end}{after}", more.trim_end_matches('\n'))
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, route: &str, area: &str) -> Result<NewFunction, BadFunction> {
        NewFunction::parse(name, route, area)
    }

    #[test]
    fn what_is_no_function_is_refused_with_what_is_wrong() {
        assert_eq!(parse("ShowClock", "GET /v1/clock", "systems"), Err(BadFunction::Name));
        assert_eq!(parse("show__clock", "GET /v1/clock", "systems"), Err(BadFunction::Name));
        assert_eq!(parse("create_key", "GET /v1/clock", "systems"), Err(BadFunction::Taken));
        assert_eq!(parse("show_weather", "READ /v1/clock", "systems"), Err(BadFunction::Route));
        assert_eq!(parse("show_weather", "GET clock", "systems"), Err(BadFunction::Route));
        let refused = parse("show_weather", "GET /v1/clock", "clocks").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "AREA must be one of: systems, keys, connect, endpoints, webhooks, events, uses, account, operator"
        );
    }

    #[test]
    fn a_line_goes_where_it_belongs_among_its_like() {
        let text = "//! Words.\n\npub mod b;\npub mod d;\n\nuse x;\n";
        for (line, expected) in [
            ("pub mod a;", "//! Words.\n\npub mod a;\npub mod b;\npub mod d;\n\nuse x;\n"),
            ("pub mod c;", "//! Words.\n\npub mod b;\npub mod c;\npub mod d;\n\nuse x;\n"),
            ("pub mod e;", "//! Words.\n\npub mod b;\npub mod d;\npub mod e;\n\nuse x;\n"),
        ] {
            assert_eq!(with_sorted(text, "pub mod ", line), expected);
        }
    }

    #[test]
    fn the_end_of_a_list_is_found() {
        let text = "a = [\n    1,\n];\nb = [\n    2,\n];\n";
        assert_eq!(
            with_last(text, "a = [\n", "\n];\n", "    3,\n"),
            "a = [\n    1,\n    3,\n];\nb = [\n    2,\n];\n"
        );
    }

    #[test]
    fn every_place_of_a_function_is_written_and_each_once() {
        let function = parse("show_weather", "GET /v1/weather/{place_id}", "systems").unwrap();
        let edits = function.edits().unwrap();
        let paths: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "functions/src/handlers/show_weather.rs",
                "functions/src/handlers/mod.rs",
                "functions/src/table/name.rs",
                "functions/src/table/systems.rs",
                "events/show_weather.json",
                "tests/tests/it/functions/show_weather.rs",
                "tests/tests/it/functions/mod.rs",
            ]
        );
        for (place, count) in [
            ("pub mod show_weather;", 1),
            ("    ShowWeather = \"show_weather\",\n", 1),
            ("name: FunctionName::ShowWeather,", 1),
            ("\"routeKey\": \"GET /v1/weather/{place_id}\"", 2),
            ("FunctionName::ShowWeather => show_weather::case(),", 1),
            ("\"scope\": \"keyward/keys:read\"", 1),
        ] {
            let found: usize = edits.iter().map(|edit| edit.text.matches(place).count()).sum();
            assert_eq!(found, count, "{place}");
        }
    }
}
