//! `systems/shipped.lock`: every template version that was ever shipped, with a digest of what it says. Keys are pinned to
//! the version that they were made with, so no line of it goes, and after the first release none changes.
//!
//! What only people read (names, help, guides, examples) and comments are not in the digest: they may be corrected.

use std::{collections::BTreeMap, fs, path::Path};

use aws_lc_rs::digest;

use crate::system::{library::SHIPPED, shipped::text};

const HEAD: &str = "# Every template version that was ever shipped: system@version, digest of what it says without its texts.
# `make generate` writes it.
";

/// Members that only people read, wherever they stand.
const TEXTS: [&str; 10] = [
    "name",
    "summary",
    "guide",
    "guide_url",
    "label",
    "help",
    "example",
    "advice",
    "examples",
    "withdraw_url",
];

/// Members whose own members are values of fields.
const MAPS: [&str; 1] = ["urls"];

/// By `system@version`.
type Lines = BTreeMap<String, String>;

fn path() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/systems/shipped.lock"))
}

fn without_texts(table: &mut toml::Table) {
    table.retain(|name, _| !TEXTS.contains(&name));
    for (_, value) in table.iter_mut().filter(|(name, _)| !MAPS.contains(&name.as_str())) {
        match value {
            toml::Value::Table(table) => without_texts(table),
            toml::Value::Array(items) => {
                items.iter_mut().filter_map(toml::Value::as_table_mut).for_each(without_texts)
            }
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_) => {}
        }
    }
}

/// The line of one file. Members are sorted, so their order in the file does not matter.
fn line(text: &str) -> (String, String) {
    let mut table: toml::Table = text.parse().unwrap();
    let name = format!("{}@{}", table["id"].as_str().unwrap(), table["version"].as_integer().unwrap());
    without_texts(&mut table);
    let said = serde_json::to_vec(&table).unwrap();
    (name, hex::encode(digest::digest(&digest::SHA256, &said)))
}

fn lines(lock: &str) -> Lines {
    let pairs = lock.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').unwrap());
    pairs.map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect()
}

/// The lock with what is there now. Nothing goes; a line is replaced only while nothing was released.
fn next(lock: &Lines, now: &Lines, released: bool) -> Result<Lines, String> {
    for (name, digest) in lock {
        match now.get(name) {
            None => return Err(format!("{name} was shipped and is gone: keys may be pinned to it")),
            Some(other) if other != digest && released => {
                return Err(format!(
                    "{name} was released and says something else now: write the next version"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(now.clone())
}

#[test]
fn no_version_that_was_ever_shipped_is_changed_or_gone() {
    let now: Lines = SHIPPED.iter().map(|(_, file, _)| line(&text(file))).collect();
    let committed = lines(&fs::read_to_string(path()).unwrap_or_default());
    // Version 0.1.0 is what comes before the first release.
    let released = env!("CARGO_PKG_VERSION") != "0.1.0";
    let next = next(&committed, &now, released).unwrap_or_else(|refused| panic!("{refused}"));
    #[expect(clippy::disallowed_methods, reason = "`make generate` asks for it, as no configuration does")]
    let asked = std::env::var("KEYWARD_WRITE_LOCK").is_ok();
    if asked {
        let rows: String = next.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
        fs::write(path(), format!("{HEAD}{rows}")).unwrap();
    }
    let committed = lines(&fs::read_to_string(path()).unwrap_or_default());
    assert_eq!(committed, next, "shared/systems/shipped.lock is stale, run `make generate`");
}

#[test]
fn a_released_version_is_neither_changed_nor_taken_away() {
    let of = |lines: &[(&str, &str)]| -> Lines {
        lines.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect()
    };
    let lock = of(&[("acme@1", "a")]);
    let grown = of(&[("acme@1", "a"), ("acme@2", "b")]);
    assert_eq!(next(&lock, &grown, true), Ok(grown.clone()));
    for released in [false, true] {
        let refused = next(&grown, &lock, released).unwrap_err();
        assert!(refused.starts_with("acme@2 was shipped and is gone"), "{refused}");
    }
    let changed = of(&[("acme@1", "c")]);
    assert_eq!(next(&lock, &changed, false), Ok(changed.clone()));
    let refused = next(&lock, &changed, true).unwrap_err();
    assert!(refused.starts_with("acme@1 was released and says something else"), "{refused}");
}

#[test]
fn a_text_may_be_corrected_and_anything_else_is_another_digest() {
    let text = text("parcellab.toml");
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        line(&text.replacen(from, to, 1)).1
    };
    let (name, digest) = line(&text);
    assert_eq!(name, "parcellab@1");
    for (from, to) in [
        ("# ParcelLab.", "# Parcel Lab."),
        ("name = \"ParcelLab\"", "name = \"Parcel Lab\""),
        ("help = \"Choose a region", "help = \"Take a region"),
        ("advice = \"The token works.", "advice = \"It works."),
        ("becomes = \"https://api.parcellab.com/\"", "becomes = \"https://elsewhere.example/\""),
    ] {
        assert_eq!(with(from, to), digest, "{to}");
    }
    for (from, to) in [
        ("nearest = \"https://api.parcellab.com/\"", "nearest = \"https://elsewhere.example/\""),
        ("secret = true", "secret = false"),
        ("binds = true", "binds = false"),
        ("id = \"user_id\"", "id = \"user\""),
        ("path = \"tokens/list\"", "path = \"tokens\""),
    ] {
        assert_ne!(with(from, to), digest, "{to}");
    }
}
