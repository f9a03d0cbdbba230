//! `GET /v1/sources` and `GET /v1/destinations`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{
    Api, Who,
    asked::Asked,
    endpoints::{inactive_destination, inactive_source, source},
    keys::custom_http,
    services::Functions,
    uses::for_organizations,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked.by("GET /v1/sources".to_owned())))),
        deeds: &[],
    }
}

async fn store(api: &Api, title: &str, environment: &str) -> String {
    let mut source = inactive_source();
    source["title"] = json!(title);
    source["environment"] = json!(environment);
    api.store_source(&source).await.id
}

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn sources_and_destinations_are_listed_apart_by_title() {
    let api = Api::start().await;
    for (title, environment) in [("beta", "live"), ("Alpha", "test"), ("ALPHA 2", "live")] {
        store(&api, title, environment).await;
    }
    let mut scheduled = inactive_destination();
    scheduled["trigger"] = json!({ "type": "scheduled", "cron": "*/5 * * * *" });
    let other = api.store_destination(&scheduled).await;
    let list = api.get(Who::Viewer, "/v1/sources").await.expect(200).json();
    assert_eq!(titles(&list), ["Alpha", "ALPHA 2", "beta"]);
    let list = api.get(Who::Viewer, "/v1/sources?environment=live&title_prefix=AL").await.expect(200).json();
    assert_eq!(titles(&list), ["ALPHA 2"]);
    let list = api.get(Who::Viewer, "/v1/destinations").await.expect(200).json();
    let mut expected = other.view.clone();
    expected.as_object_mut().unwrap().remove("settings");
    assert_eq!(list["items"], json!([expected]));
    assert_eq!(api.get(Who::Stranger, "/v1/sources").await.expect(200).json()["items"], json!([]));
    assert_eq!(api.get(Who::Viewer, "/v1/keys").await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_is_of_one_list() {
    let api = Api::start().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(store(&api, "same", if number % 2 == 0 { "live" } else { "test" }).await);
    }
    expected.sort();
    let (mut found, mut path): (Vec<String>, _) = (Vec::new(), "/v1/sources?limit=2".to_owned());
    let mut first = None;
    loop {
        let page = api.get(Who::Viewer, &path).await.expect(200).json();
        found.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["source_id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        first.get_or_insert_with(|| cursor.to_owned());
        path = format!("/v1/sources?limit=2&cursor={cursor}");
    }
    assert_eq!(found, expected);
    let cursor = first.unwrap();
    for (who, path) in [
        (Who::Viewer, format!("/v1/destinations?cursor={cursor}")),
        (Who::Viewer, format!("/v1/sources?environment=live&cursor={cursor}")),
        (Who::Viewer, format!("/v1/keys?cursor={cursor}")),
        (Who::Stranger, format!("/v1/sources?cursor={cursor}")),
    ] {
        assert_eq!(api.get(who, &path).await.expect(400).fields(), ["cursor"], "{path}");
    }
    assert_eq!(api.get(Who::Viewer, "/v1/sources?system_id=dear").await.expect(400).fields(), ["system_id"]);
}

async fn found(api: &Api, query: &str) -> Vec<String> {
    let list = api.get(Who::Viewer, &format!("/v1/sources?{query}")).await.expect(200).json();
    titles(&list).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn sources_are_found_by_their_words_and_those_of_their_system_and_organization() {
    let api = Api::start().await;
    let version = api.get(Who::Owner, "/v1/account").await.json()["version"].as_u64().unwrap();
    let organizations =
        json!({ "organizations": [{ "organization_id": "org_uk", "title": "Acme Britain" }] });
    api.patch(Who::Owner, "/v1/account", version, &organizations).await.expect(200);
    let entries = json!({ "org_uk": { "fields": { "value": "v" } } });
    let key = api.store(&for_organizations(custom_http("token", json!({})), entries)).await;
    let mut branch = source(&key.id);
    branch["title"] = json!("Über stock");
    branch["function"] = json!("pull-stock");
    branch["organization"] = json!("org_uk");
    let branch = api.store_source(&branch).await;
    for (title, environment) in [("Live UK orders", "live"), ("UK orders, staging", "test")] {
        store(&api, title, environment).await;
    }
    for (query, expected) in [
        ("q=orders%20UK", vec!["Live UK orders", "UK orders, staging"]),
        ("q=orders%20UK&environment=test", vec!["UK orders, staging"]),
        ("q=orders&title_prefix=live", vec!["Live UK orders"]),
        ("q=uber", vec!["Über stock"]),
        ("q=pull", vec!["Über stock"]),
        ("q=britain%20custom", vec!["Über stock"]),
        (&*format!("q={}", branch.id), vec!["Über stock"]),
        (&*format!("q={}", key.id), vec!["Über stock"]),
        ("q=nobody", Vec::new()),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
    for (who, path) in [(Who::Viewer, "/v1/destinations?q=uk"), (Who::Stranger, "/v1/sources?q=uk")] {
        assert_eq!(api.get(who, path).await.expect(200).json()["items"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn words_that_cannot_be_looked_for_are_refused_and_a_cursor_is_of_one_search() {
    let api = Api::start().await;
    for title in ["uk one", "other", "uk two", "uk three"] {
        store(&api, title, "live").await;
    }
    for query in ["q=", "q=%20-%20", &*format!("q={}", "a".repeat(101)), "q=a&q=b"] {
        assert_eq!(
            api.get(Who::Viewer, &format!("/v1/sources?{query}")).await.expect(400).fields(),
            ["q"],
            "{query}"
        );
    }
    let page = api.get(Who::Viewer, "/v1/sources?q=uk&limit=2").await.expect(200).json();
    assert_eq!(titles(&page), ["uk one", "uk three"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    for other in ["q=uk%20o", "limit=2"] {
        let answer = api.get(Who::Viewer, &format!("/v1/sources?{other}&cursor={cursor}")).await.expect(400);
        assert_eq!(answer.fields(), ["cursor"], "{other}");
    }
    let next = api.get(Who::Viewer, &format!("/v1/sources?q=uk&limit=2&cursor={cursor}")).await;
    let next = next.expect(200).json();
    assert_eq!((titles(&next), &next["next_cursor"]), (vec!["uk two"], &Value::Null));
}

/// With 700 sources more pages of the index are read than one request reads.
#[tokio::test]
async fn a_search_reads_a_bounded_part_of_the_list_and_goes_on_there() {
    let api = Api::start().await;
    for number in 0..700 {
        store(&api, &format!("Shop {number:03}"), "live").await;
    }
    store(&api, "Wanted", "live").await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    functions.ask(&Asked::of("list_endpoints", "acme").by("GET /v1/sources".to_owned())).await;
    functions.calls();
    let ask = async |query: &str| {
        functions
            .ask(&Asked::of("list_endpoints", "acme").by("GET /v1/sources".to_owned()).query(query))
            .await
            .body
    };
    let first = ask("q=wanted&environment=live").await;
    assert_eq!(first["items"], json!([]));
    let calls = functions.calls();
    assert_eq!(calls, ["GetItem", "Query", "Query", "Query", "Query", "Query"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ask(&format!("q=wanted&environment=live&cursor={cursor}")).await;
    assert_eq!((titles(&second), &second["next_cursor"]), (vec!["Wanted"], &Value::Null));
}
