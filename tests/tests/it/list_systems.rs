//! `GET /v1/systems`.

use crate::support::{Api, Who};

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
    assert_eq!(ids.len(), 14);
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
