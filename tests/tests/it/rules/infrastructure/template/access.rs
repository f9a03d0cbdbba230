//! Whether a policy allows something, evaluated as AWS does it. Identity policy and key policy are each asked alone.
//!
//! A statement of a key's policy whose principal is the account lets nobody in by itself: it leaves it to IAM, so both policies
//! have to allow a call (KMS developer guide, "Default key policy"). A condition on `aws:PrincipalArn` narrows for whom it does so.

use iam_rs::{
    Arn, Context as IamContext, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal,
    PrincipalId,
};
use keyward_infra::template::{PRINCIPAL_ARN, Statement};
use serde_json::{Value, json};

use crate::support::recorder::{Context, SAME_KEY};

/// A policy that can be asked.
pub(crate) struct Access(PolicyEvaluator);

/// What is asked: who does what on what, with what context.
pub(crate) struct Question<'q> {
    pub(crate) who: &'q str,
    pub(crate) action: &'q str,
    pub(crate) resource: &'q str,
    pub(crate) context: &'q Context,
}

impl Access {
    /// The policy of these statements.
    pub(crate) fn of<'s>(statements: impl IntoIterator<Item = &'s Statement>) -> Self {
        let statements: Vec<&Value> = statements.into_iter().map(|statement| &statement.0).collect();
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let policy = IAMPolicy::from_json(&policy.to_string()).expect("a policy");
        Self(PolicyEvaluator::with_policies(vec![policy]))
    }

    /// Whether it allows this. Nothing that it says is an explicit refusal, so this is all there is. A role is also one of those
    /// who belong to its account.
    pub(crate) fn allows(&self, question: &Question<'_>) -> bool {
        let account = question.who.split_once("iam::").and_then(|(_, rest)| rest.split_once(':'));
        let account = account.map(|(account, _)| format!("arn:aws:iam::{account}:root"));
        self.lets_in(question.who, question)
            || account.is_some_and(|account| self.lets_in(&account, question))
    }

    fn lets_in(&self, principal: &str, question: &Question<'_>) -> bool {
        let mut context = IamContext::new();
        context.insert(PRINCIPAL_ARN.to_owned(), ContextValue::String(question.who.to_owned()));
        for (key, values) in question.context {
            let values: Vec<String> = values.iter().cloned().collect();
            let value = match (is_multivalued(key), values.first()) {
                (false, Some(value)) if key == SAME_KEY => ContextValue::Boolean(value == "true"),
                (false, Some(value)) => ContextValue::String(value.clone()),
                (true, _) | (false, None) => ContextValue::StringList(values),
            };
            context.insert(key.clone(), value);
        }
        let who = PrincipalId::String(principal.to_owned());
        let principal =
            if principal.starts_with("arn:") { Principal::Aws(who) } else { Principal::Service(who) };
        let resource = Arn::parse(question.resource).expect("an ARN");
        let request = IAMRequest::new_with_context(principal, question.action, resource, context);
        match self.0.evaluate(&request).expect("a decision").decision {
            Decision::Allow => true,
            Decision::Deny | Decision::NotApplicable => false,
        }
    }
}

/// Whether a context key has a list of values ("multivalued context keys" in the IAM user guide).
fn is_multivalued(key: &str) -> bool {
    ["dynamodb:LeadingKeys", "dynamodb:Attributes", "kms:EncryptionContextKeys"].contains(&key)
}
