//! What the functions ask of AWS, as IAM sees it. Every test's functions are watched: a call that the tables of routes and
//! triggers do not have for the function that makes it is refused before it is made, and fails the test.

mod needs;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, SharedInterceptor,
        interceptors::BeforeSerializationInterceptorContextRef,
    },
    error::BoxError,
    operation::transact_write_items::TransactWriteItemsInput,
};
use keyward_functions::{
    running::RUNNING,
    table::{FunctionName, Resource, Right, rights::Action},
};
pub(crate) use keyward_infra::template::LEADING_KEYS;

use super::sizes::written;

/// The context keys that AWS derives from a call, with their values.
pub(crate) type Context = BTreeMap<String, BTreeSet<String>>;

/// Whether data keys are wrapped anew by the key that wrapped them ("AWS KMS condition keys" in the KMS developer guide).
pub(crate) const SAME_KEY: &str = "kms:ReEncryptOnSameKey";

/// One permission that one call needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    /// The function that makes the call.
    pub(crate) function: &'static str,
    /// The IAM action.
    pub(crate) action: &'static str,
    pub(crate) resource: Resource,
    pub(crate) context: Context,
}

impl Need {
    /// The partition keys of the items, or of the index.
    pub(crate) fn leading_keys(&self) -> impl Iterator<Item = &str> {
        self.context.get(LEADING_KEYS).into_iter().flatten().map(String::as_str)
    }

    /// What a right may be narrowed by: the partition keys, or the kind of what is sealed under a data key.
    pub(crate) fn narrowed_by(&self) -> impl Iterator<Item = &str> {
        let kinds = self.context.get("kms:EncryptionContext:keyward:kind");
        self.leading_keys().chain(kinds.into_iter().flatten().map(String::as_str))
    }

    /// Whether an entry of a function's actions is about this, for one partition key.
    pub(crate) fn falls_under(&self, declared: &Action, leading_key: Option<&str>) -> bool {
        let is_about = declared.action == self.action && declared.resource == self.resource;
        let fits = |pattern: &&str| leading_key.is_some_and(|key| is_like(key, pattern));
        is_about && (declared.items.is_empty() || declared.items.iter().any(fits))
    }

    /// Whether its function's table has it.
    pub(crate) fn is_declared(&self) -> bool {
        let declared =
            |key: Option<&str>| declared_for(self.function).any(|declared| self.falls_under(&declared, key));
        let mut keys = self.narrowed_by().peekable();
        if keys.peek().is_none() { declared(None) } else { keys.all(|key| declared(Some(key))) }
    }
}

impl Need {
    /// Whether one line of its function's table has it, with all its items: IAM looks at the items of a call together.
    pub(crate) fn is_declared_at_once(&self) -> bool {
        declared_for(self.function).any(|declared| {
            let mut keys = self.narrowed_by().peekable();
            if keys.peek().is_none() {
                self.falls_under(&declared, None)
            } else {
                keys.all(|key| self.falls_under(&declared, Some(key)))
            }
        })
    }
}

/// What the tables say that a function does.
pub(crate) fn declared_for(function: &str) -> impl Iterator<Item = Action> + use<> {
    let name: FunctionName = function.parse().unwrap();
    name.function().rights.iter().flat_map(Right::each)
}

/// Whether a text is like a pattern of IAM's, in which `*` stands for anything.
pub(crate) fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter_map(|at| text.get(at..)).any(|text| is_like(text, rest))
        }),
    }
}

/// One transaction, as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// The function that wrote it.
    pub(crate) function: &'static str,
    /// How many actions it had.
    pub(crate) actions: usize,
    /// How many bytes of items it wrote.
    pub(crate) bytes: usize,
}

/// Watches calls, and keeps them where a test asks for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    kept: Option<Arc<Mutex<BTreeSet<Need>>>>,
    transactions: Arc<Mutex<Vec<Written>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// One that keeps what it sees.
    pub(crate) fn keeping() -> Self {
        Self { kept: Some(Arc::default()), ..Self::default() }
    }

    /// What was seen so far.
    pub(crate) fn kept(&self) -> BTreeSet<Need> {
        self.kept.as_ref().map(|kept| kept.lock().unwrap().clone()).unwrap_or_default()
    }

    /// The transactions so far, in order.
    pub(crate) fn transactions(&self) -> Vec<Written> {
        self.transactions.lock().unwrap().clone()
    }

    /// For the SDK's clients.
    pub(crate) fn observer(&self) -> SharedInterceptor {
        SharedInterceptor::new(self.clone())
    }

    fn refuse(&self, why: String) -> BoxError {
        self.refused.lock().unwrap().push(why.clone());
        why.into()
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let function = RUNNING.try_with(|function| *function);
        let function = function.map_err(|_| self.refuse("no function makes this call".to_owned()))?;
        if let Some(call) = context.input().downcast_ref::<TransactWriteItemsInput>() {
            let items = call.transact_items();
            let bytes = items.iter().map(written).sum();
            self.transactions.lock().unwrap().push(Written { function, actions: items.len(), bytes });
        }
        let needs = needs::of(function, context.input()).map_err(|why| self.refuse(why))?;
        if let Some(undeclared) = needs.iter().find(|need| !need.is_declared()) {
            return Err(self.refuse(format!("its table does not have this: {undeclared:?}")));
        }
        if let Some(kept) = &self.kept {
            kept.lock().unwrap().extend(needs);
        }
        Ok(())
    }
}

/// Fails the test if a call was refused.
pub(crate) struct Watch(pub(crate) Recorder);

impl Drop for Watch {
    fn drop(&mut self) {
        let refused = self.0.refused.lock().unwrap().clone();
        assert!(refused.is_empty() || std::thread::panicking(), "{}", refused.join("\n"));
        if !refused.is_empty() {
            eprintln!("refused calls: {}", refused.join("\n"));
        }
    }
}
