//! What the functions do is what the deployed roles allow, both ways, as AWS would decide it. Identity policies and key
//! policies are each asked alone.

mod allowed;
mod control;
mod refused;
mod together;

use std::collections::BTreeSet;

use keyward_functions::table::Resource;
use keyward_infra::template::{Statement, Template};

use super::{
    calls::functions,
    template::{Access, Question},
};
use crate::support::recorder::{Context, LEADING_KEYS, Need};

/// A policy by itself: a function's, or that of a KMS key.
struct Policy {
    name: String,
    statements: Vec<Statement>,
    key: Option<Resource>,
}

fn policies(template: &Template) -> Vec<Policy> {
    let own = functions().into_iter().map(|name| Policy {
        name: name.to_owned(),
        statements: template.role_statements(name),
        key: None,
    });
    let keys = [
        ("WrappingKey", Resource::WrappingKey),
        ("FingerprintKey", Resource::FingerprintKey),
        ("RowKey", Resource::RowKey),
        ("TokenSigningKey", Resource::TokenSigningKey),
    ];
    let keys = keys.into_iter().map(|(id, key)| Policy {
        name: id.to_owned(),
        statements: template.key_statements(id),
        key: Some(key),
    });
    own.chain(keys).collect()
}

impl Policy {
    /// Whether it has a say in a call.
    fn decides(&self, need: &Need) -> bool {
        self.key.map_or(need.function == self.name, |key| need.resource == key)
    }

    /// The needs that it has a say in.
    fn decided<'n>(&self, needs: &'n BTreeSet<Need>) -> Vec<&'n Need> {
        needs.iter().filter(|need| self.decides(need)).collect()
    }

    /// The statements that are there for what functions do themselves. What Lambda does for them, and what the account does, is
    /// in no recording: the rules of the template hold it against the tables.
    fn of_functions(&self) -> impl Iterator<Item = (usize, &Statement)> {
        let others = |statement: &Statement| {
            let is_lambdas =
                |action: &&str| ["logs:", "sqs:"].iter().any(|service| action.starts_with(service));
            let reads_stream = statement.resources().iter().any(|arn| arn.contains("/stream/"));
            let administers = !statement.principals().is_empty() && statement.roles().is_empty();
            // The role for emergencies is no function's, and neither is who makes the operator's row.
            let moves = statement.actions().contains(&"kms:ReplicateKey");
            let is_by_hand = statement.sid() == BY_HAND;
            statement.actions().iter().all(is_lambdas) || reads_stream || administers || moves || is_by_hand
        };
        self.statements.iter().enumerate().filter(move |(_, statement)| !others(statement))
    }
}

/// A need as a question. Each item by itself and all items together: AWS may ask either way of a transaction.
struct Asked {
    who: String,
    action: &'static str,
    resource: String,
    contexts: Vec<Context>,
}

impl Asked {
    fn of(template: &Template, need: &Need) -> Self {
        let single = |key: &str| {
            let mut context = need.context.clone();
            context.insert(LEADING_KEYS.to_owned(), [key.to_owned()].into());
            context
        };
        let contexts = std::iter::once(need.context.clone()).chain(need.leading_keys().map(single)).collect();
        let (who, resource) = (template.role_arn(need.function), template.arn(need.resource));
        Self { who, action: need.action, resource, contexts }
    }

    fn question<'q>(&'q self, context: &'q Context) -> Question<'q> {
        Question { who: &self.who, action: self.action, resource: &self.resource, context }
    }

    fn is_allowed_by(&self, access: &Access) -> bool {
        self.contexts.iter().all(|context| access.allows(&self.question(context)))
    }

    /// Whether any of it is.
    fn touches(&self, access: &Access) -> bool {
        self.contexts.iter().any(|context| access.allows(&self.question(context)))
    }
}

/// The statement about who makes the operator's row.
const BY_HAND: &str = "LetTheRowWriterGenerateMac";

/// The condition key of what is sealed under a data key.
const KIND: &str = "kms:EncryptionContext:keyward:kind";

/// The same need once for all ids.
fn shapes(needs: &BTreeSet<Need>) -> BTreeSet<Need> {
    let shape = |text: &String| {
        let parts = text.split('#').map(|part| if part.starts_with("key_") { "key_1" } else { part });
        let mut parts: Vec<&str> = parts.collect();
        // What a record or the shard of a receipt is called says nothing of the kind.
        let kinds = [("IDEMPOTENCY", 2), ("RECEIPT", 3)];
        if let Some((_, kept)) = kinds.iter().find(|(kind, _)| parts.first() == Some(kind)) {
            parts.truncate(*kept);
        }
        parts.join("#")
    };
    let shaped = |need: &Need| {
        let context = need.context.iter().map(|(key, values)| {
            let is_id = key.starts_with("kms:EncryptionContext:") && key != KIND;
            (
                key.clone(),
                values.iter().map(|value| if is_id { "id".to_owned() } else { shape(value) }).collect(),
            )
        });
        Need { context: context.collect(), ..need.clone() }
    };
    needs.iter().map(shaped).collect()
}
