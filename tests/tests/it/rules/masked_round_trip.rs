//! A key of every system and auth variant, with every field filled, can be read and sent back as it came: nothing
//! changes.

use keyward_shared::system::{FieldKind, FieldTemplate, HeaderRule, Library, Template};
use serde_json::{Map, Value, json};

use crate::support::{Api, Who};

/// A key that was made for tests and is used nowhere.
const PRIVATE_KEY: &str = include_str!("../../../../shared/testdata/private-keys/rsa-3072.pkcs8.pem");

/// That of the key.
const CERTIFICATE: &str = include_str!("../../../../shared/testdata/private-keys/rsa-3072.certificate.pem");

/// A value that the field accepts.
pub(crate) fn sample(field: &FieldTemplate, canary: &str) -> String {
    // No other text is taken for one.
    match field.id() {
        "private_key" => return PRIVATE_KEY.to_owned(),
        "certificate" if field.kind() == FieldKind::Multiline => return CERTIFICATE.to_owned(),
        _ => {}
    }
    match (field.choices().first(), field.default(), field.example()) {
        (Some(choice), ..) => choice.value.clone(),
        (None, Some(default), _) => default.to_owned(),
        (None, None, Some(example)) if field.check(canary).is_err() => example.to_owned(),
        (None, None, Some(example)) if !field.secret() => example.to_owned(),
        (None, None, _) => canary.to_owned(),
    }
}

/// A key of a variant with every field filled. `canary` names a value for a secret field.
pub(crate) fn filled(template: &Template, auth: &str, canary: impl Fn(&str) -> String) -> Value {
    let mut fields = Map::new();
    for field in template.fields_of(auth) {
        fields.insert(field.id().to_owned(), json!(sample(field, &canary(field.id()))));
    }
    // Fields that the other values rule out are left out, as a form would.
    let shown: Map<String, Value> = template
        .fields_of(auth)
        .filter(|field| field.is_shown(|other| fields.get(other).and_then(Value::as_str)))
        .map(|field| (field.id().to_owned(), fields[field.id()].clone()))
        .collect();
    let mut key = json!({
        "system_id": template.id().as_str(),
        "auth": auth,
        "title": format!("{} {auth}", template.name()),
        "environment": "live",
        "entries": { "default": { "fields": shown } },
    });
    if template.check_base_url(auth, None).is_err() {
        key["base_url"] = json!("https://shop.example.com");
    }
    if let HeaderRule::ContentTypeRequired(choices) = template.headers(auth) {
        key["headers"] = json!([
            { "name": "Content-Type", "value": choices[0] },
            { "name": "X-Tenant", "value": canary("x-tenant"), "secret": true },
        ]);
    }
    key
}

#[tokio::test]
async fn a_read_of_every_system_sent_back_changes_nothing() {
    let api = Api::start().await;
    let mut variants = 0;
    for template in Library::shipped().templates() {
        for variant in template.auth() {
            variants += 1;
            let body = filled(template, variant.id(), |field| format!("canary-{field}-0123456789abcdef"));
            let key = api.store(&body).await;
            let before = api.everything().await;
            let answer = api.patch(Who::Editor, &key.path, 1, &key.view).await.expect(200);
            assert_eq!(answer.json(), key.view, "{} {}", template.id(), variant.id());
            assert_eq!(answer.header("etag"), Some("\"1\""));
            assert!(api.everything().await == before, "{} {}", template.id(), variant.id());
        }
    }
    assert!(variants >= 28, "{variants}");
}
