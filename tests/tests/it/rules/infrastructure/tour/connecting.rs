//! Keys that are connected by consent.

use serde_json::{Value, json};

use super::{HOSTS, Tour, id};
use crate::support::{
    Who,
    asked::Asked,
    connect::{app, tokens},
    keys::Stored,
    services::Functions,
    uses::key_of,
    webhooks::webhook,
};

impl Tour {
    pub(super) async fn connect_keys(&mut self) {
        const CHANGE: &str = "PATCH /v1/apps/{app_id}";
        let first = self.post("POST /v1/apps", &[], &app()).await;
        let second = self.post("POST /v1/apps", &[], &app()).await;
        self.get("GET /v1/apps", &[]).await;
        let discovery = ("POST /v1/apps/discovery", &[][..], "");
        self.ask(Who::Owner, discovery, &[], &json!({ "issuer": "https://login.example.com" })).await;
        let (one, other) = (id(&first, "app_id"), id(&second, "app_id"));
        self.patch(CHANGE, &one, 1, &json!({ "title": "Renamed" })).await;
        self.patch(CHANGE, &one, 2, &json!({ "client_secret": "an0ther" })).await;
        self.use_connected(&other).await;
        let fields = json!({ "app": one });
        let body = key_of("oauth2-consent", "authorization-code", Some("https://api.example.com/v1"), fields);
        let key = self.store(&body).await;
        self.come_and_go(&key, Some("refr3sh")).await;
        // Again with the same app, and with another one that gives no refresh token.
        self.come_and_go(&key, Some("refr3sh")).await;
        let fields = json!({ "entries": { "default": { "fields": { "app": other } } } });
        self.patch("PATCH /v1/keys/{key_id}", &key, 3, &fields).await;
        self.come_and_go(&key, None).await;
        self.get("GET /v1/keys/{key_id}", &[&key]).await;
        let send = ("POST /v1/keys/{key_id}/send", &[&*key][..], "");
        let ask = json!({ "method": "GET", "path": "/orders" });
        self.ask(Who::Runtime, send, &[], &ask).await.expect(200);
        // Past what is kept: the oldest version goes with a connection, too.
        for version in 5..24 {
            self.patch(
                "PATCH /v1/keys/{key_id}",
                &key,
                version,
                &json!({ "title": format!("Title {version}") }),
            )
            .await;
        }
        self.come_and_go(&key, Some("refr3sh")).await;
        self.let_it_be_refreshed(&key).await;
        // Nobody comes back without a cookie.
        let callback = ("GET /v1/connections/callback/{app_id}", &[&*one][..], "?state=nobodys");
        self.ask(Who::Nobody, callback, &[], &Value::Null).await;
        let at_once = ("DELETE /v1/keys/{key_id}", &[&*key][..], "?purge=now");
        self.ask(Who::Owner, at_once, &[("if-match", "\"25\"")], &Value::Null).await.expect(204);
        self.api.drain_stream().await;
        self.outside.will_answer(200, &[], "");
        let told = self.run_refresher().await;
        assert_eq!(told["revoked"], 1, "{told}");
        self.delete("DELETE /v1/apps/{app_id}", &one, 3).await.expect(204);
    }

    /// Each way to use a key opens an access token that no other has kept in memory. The last one stays, to be wrapped anew.
    async fn use_connected(&mut self, app: &str) {
        let fields = json!({ "app": app });
        let base = Some("https://api.example.com/v1");
        let key = self.store(&key_of("oauth2-consent", "authorization-code", base, fields)).await;
        for (route, who, query, body) in [
            ("POST /v1/keys/{key_id}/sign", Who::Runtime, "", json!({ "method": "GET", "path": "/" })),
            ("POST /v1/keys/{key_id}/send", Who::Runtime, "", json!({ "method": "GET", "path": "/" })),
            ("POST /v1/keys/{key_id}/resolve", Who::Runtime, "", json!({ "environment": "live" })),
            ("POST /v1/keys/{key_id}/verify", Who::Owner, "?path=orders", Value::Null),
        ] {
            self.come_and_go(&key, Some("refr3sh")).await;
            self.ask(who, (route, &[&key], query), &[], &body).await.expect(200);
        }
        self.come_and_go(&key, Some("refr3sh")).await;
        self.send_an_event_with(&key).await;
        // A machine sees the apps, and has no browser to connect with.
        let behind = keyward_local::stack::connection(self.api.stack().embedded());
        let functions =
            Functions::watched(&behind, self.outside.upstreams(&HOSTS), self.recorder.clone()).await;
        assert_eq!(functions.ask(&Asked::of("list_apps", "acme")).await.status, 200);
        let begin = Asked::of("begin_connection", "acme").path("key_id", &key).body(json!({}));
        assert_eq!(functions.ask(&begin).await.status, 409);
    }

    /// Lets a webhook use the key once.
    async fn send_an_event_with(&mut self, key: &str) {
        let hook = id(&self.post("POST /v1/webhooks", &[], &webhook(key)).await, "webhook_id");
        self.post("POST /v1/webhooks/{webhook_id}/test", &[&hook], &Value::Null).await;
        self.api.deliver().await;
        self.delete("DELETE /v1/webhooks/{webhook_id}", &hook, 1).await.expect(204);
    }

    /// Begins a connection, and comes back with a code.
    async fn come_and_go(&mut self, key: &str, refresh: Option<&str>) {
        let stored = Stored { id: key.to_owned(), path: format!("/v1/keys/{key}"), view: Value::Null };
        self.routes.insert("POST /v1/keys/{key_id}/connections".to_owned());
        let journey = self.api.begin(&stored, &json!({ "scopes": ["read"] })).await;
        self.outside.will_answer(200, &[], tokens("acc3ss", refresh, "ann"));
        let (notice, _) = self.api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await;
        assert_eq!(notice, "connected");
    }

    /// A use asks for a refresh; it comes, and then the grant is refused.
    async fn let_it_be_refreshed(&mut self, key: &str) {
        let stored = Stored { id: key.to_owned(), path: format!("/v1/keys/{key}"), view: Value::Null };
        self.api.age_grant(&stored).await;
        self.outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
        assert_eq!(self.run_refresher().await["refreshed"], 1);
        // The four ways to use a key ask for a refresh themselves.
        for (route, who, body) in [
            ("POST /v1/keys/{key_id}/sign", Who::Runtime, json!({ "method": "GET", "path": "/" })),
            ("POST /v1/keys/{key_id}/send", Who::Runtime, json!({ "method": "GET", "path": "/" })),
            ("POST /v1/keys/{key_id}/resolve", Who::Runtime, json!({ "environment": "live" })),
            ("POST /v1/keys/{key_id}/verify", Who::Owner, Value::Null),
        ] {
            self.age_unasked(&stored).await;
            let query = if who == Who::Owner { "?path=orders" } else { "" };
            let answer = self.ask(who, (route, &[key], query), &[], &body).await;
            // One that still has the token in memory uses it.
            assert!([200, 503].contains(&answer.status.as_u16()), "{route} {}", answer.text);
        }
        self.age_unasked(&stored).await;
        self.send_an_event_with(key).await;
        self.api.age_grant(&stored).await;
        self.outside.will_answer(400, &[], r#"{"error":"invalid_grant"}"#);
        assert_eq!(self.run_refresher().await["stopped"], 1);
    }

    /// Lets a grant's token end, and nobody have asked for a refresh.
    async fn age_unasked(&self, key: &Stored) {
        self.api.age_grant(key).await;
        let mut grant = self.api.grant(key).await.expect("a grant");
        for name in ["due_at", "due_pk", "due_sk"] {
            grant.remove(name);
        }
        self.api.put(crate::support::TABLE, grant).await;
    }

    async fn run_refresher(&self) -> Value {
        let behind = keyward_local::stack::connection(self.api.stack().embedded());
        let upstreams = self.outside.upstreams(&HOSTS);
        let functions = Functions::watched(&behind, upstreams, self.recorder.clone()).await;
        functions.json_within("refresh_grants", &json!({}), 60).await.expect("an answer")
    }
}
