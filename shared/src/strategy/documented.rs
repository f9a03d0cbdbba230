//! The examples of `docs/templates.md` about obtaining a token are strategies, and each is one of the system for tests.

use super::Strategy;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_documented_way_to_obtain_a_token_is_read_and_tried() {
    let acme: toml::Table = read("testdata/systems/acme.toml").parse().unwrap();
    let tried: Vec<&toml::Value> =
        acme["auth"].as_array().unwrap().iter().map(|variant| &variant["strategy"]).collect();
    let page = read("../docs/templates.md");
    let section = page.split_once("\n## Obtaining a token\n").unwrap().1.split("\n## ").next().unwrap();
    let mut names = Vec::new();
    for block in section.split("```toml\n").skip(1) {
        let table: toml::Table = block.split_once("```").unwrap().0.parse().unwrap();
        assert!(tried.contains(&&toml::Value::Table(table.clone())), "{table:?} is tried nowhere");
        let serde_json::Value::Object(mut parameters) = serde_json::to_value(table).unwrap() else {
            unreachable!()
        };
        let name = parameters.remove("type").unwrap();
        let strategy = Strategy::read(name.as_str().unwrap(), parameters).unwrap();
        names.push(strategy.unwrap_or_else(|error| panic!("{name}: {error}")).as_str());
    }
    let all = [
        "oauth2-client-credentials",
        "oauth2-jwt-bearer",
        "signed-jwt",
        "oauth2-password",
        "login-request",
        "login-request",
    ];
    assert_eq!(names, all);
}
