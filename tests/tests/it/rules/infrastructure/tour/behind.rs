//! The functions that no route calls, and that the walk so far has not set off.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use keyward_functions::{compose::compose, system::SystemClock, table::FunctionName};
use keyward_local::stack::connection;
use keyward_shared::moment::Clock;
use serde_json::{Value, json};

use super::{HOSTS, Tour};
use crate::{
    functions::{bury_keys::make_due, rewrap::Operator},
    support::{TABLE, keys::aws4, services::Functions},
};

impl Tour {
    /// Lets the stream report records that nothing can be done with.
    pub(super) async fn damage_records(&mut self) {
        for partition in ["AUDIT#damaged", "RECEIPT#damaged"] {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let item = [("PK", partition), ("SK", "1")].map(|(name, value)| (name.to_owned(), text(value)));
            self.api.put(TABLE, item.into()).await;
        }
        self.api.drain_stream().await;
        assert_eq!(self.api.stack().embedded().failed_changes().len(), 2);
    }

    /// Looks for what nothing names, ends a deleted key, and wraps data keys anew.
    pub(super) async fn work_behind(&mut self) {
        self.store(&aws4()).await;
        let behind = connection(self.api.stack().embedded());
        let upstreams = self.outside.upstreams(&HOSTS);
        let functions = Functions::watched(&behind, upstreams, self.recorder.clone()).await;
        let told = run(&functions, FunctionName::Sweep, json!({})).await;
        assert!(told["finished"] == true, "{told}");
        // The schedules keep how far they came.
        run(&functions, FunctionName::Sweep, json!({ "scheduled": true })).await;
        self.let_keys_end(&functions).await;
        Operator::of(&self.api).rotate().await;
        let told = run(&functions, FunctionName::Rewrap, json!({})).await;
        run(&functions, FunctionName::Rewrap, json!({ "scheduled": true })).await;
        assert!(told["rewrapped"].as_u64().is_some_and(|rewrapped| rewrapped > 0), "{told}");
    }
}

impl Tour {
    /// Deletes a key, and lets its time to be brought back be over. Another one expires soon.
    async fn let_keys_end(&mut self, functions: &Functions) {
        let key = self.store(&aws4()).await;
        self.delete("DELETE /v1/keys/{key_id}", &key, 1).await.expect(204);
        make_due(&self.api, &key).await;
        let mut expiring = aws4();
        expiring["expires_at"] = json!((SystemClock.now() + SignedDuration::from_hours(72)).to_string());
        self.store(&expiring).await;
        let told = run(functions, FunctionName::BuryKeys, json!({})).await;
        assert_eq!(told, json!({ "ended": 1, "told": 1, "finished": true, "unreadable": [] }));
    }
}

async fn run(functions: &Functions, name: FunctionName, event: Value) -> Value {
    let function = compose(name, functions.services()).unwrap().json().unwrap();
    let until = SystemClock.now() + SignedDuration::from_secs(900);
    function(event, until).await.expect("an answer")
}
