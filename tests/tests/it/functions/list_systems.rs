//! `GET /v1/systems`.

use std::{collections::BTreeSet, fs, path::Path};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[],
    }
}

/// The systems that have a file, by the files' names.
fn systems() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/systems");
    fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".toml")?.split('@').next()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_library_lists_every_system_and_shows_each_template() {
    let api = Api::start().await;
    let list = api.get(Who::Viewer, "/v1/systems").await.expect(200).json();
    let ids: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|system| system["system_id"].as_str().unwrap())
        .collect();
    let listed: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!((&listed, ids.len()), (&systems(), listed.len()));
    assert_eq!(list["next_cursor"], serde_json::Value::Null);
    for id in ids {
        let template = api.get(Who::Viewer, &format!("/v1/systems/{id}")).await.expect(200).json();
        assert_eq!(template["system_id"], id);
        for member in ["fields", "auth", "guide_url", "base_url"] {
            assert!(template.get(member).is_some(), "{id} {member}");
        }
        assert!(!template["auth"].as_array().unwrap().is_empty(), "{id}");
    }
}
