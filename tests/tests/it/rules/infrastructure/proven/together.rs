//! Who may use a KMS key. A key's policy is for the account, narrowed to roles by `aws:PrincipalArn`. So both the key's policy and
//! the role's own have to allow a call (KMS developer guide, "Default key policy": a statement for the account lets nobody use the
//! key, it lets IAM policies do so).

use std::collections::BTreeSet;

use keyward_functions::table::Resource;
use keyward_infra::template::{Statement, Template};
use serde_json::json;

use super::{
    super::{
        calls::functions,
        template::{Access, Question, ours},
        tour::seen,
    },
    Asked, shapes,
};
use crate::support::recorder::Need;

const KEYS: [(&str, Resource); 2] =
    [("WrappingKey", Resource::WrappingKey), ("FingerprintKey", Resource::FingerprintKey)];

/// Whether somebody with this policy may do what a call asks, as the account's IAM and the key decide it together.
fn may(template: &Template, own: &[Statement], who: &str, need: &Need) -> bool {
    let asked = Asked::of(template, need);
    let (key, _) = KEYS.into_iter().find(|(_, key)| *key == need.resource).expect("a key");
    let question = |context| Question { who, action: need.action, resource: &asked.resource, context };
    let (key, own) = (Access::of(&template.key_statements(key)), Access::of(own));
    let both = |context| key.allows(&question(context)) && own.allows(&question(context));
    asked.contexts.iter().all(both)
}

#[tokio::test]
async fn a_key_is_used_by_those_whose_own_policy_and_the_keys_policy_both_allow_it() {
    let template = ours();
    let needs = shapes(&seen().await.needs);
    let of_keys: Vec<&Need> =
        needs.iter().filter(|need| KEYS.iter().any(|(_, key)| *key == need.resource)).collect();
    assert!(!of_keys.is_empty());
    let whatever = [Statement(json!({ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }))];
    for need in of_keys {
        let role = template.role_arn(need.function);
        let own = template.role_statements(need.function);
        assert!(may(&template, &own, &role, need), "{need:?}");
        // The key's policy lets the role, and the role has no policy that does.
        assert!(!may(&template, &[], &role, need), "{need:?}");
        // An administrator's policy allows everything, and the key's policy does not let the administrator.
        for who in ["role/Administrator", "user/administrator", "root"] {
            let who = format!("arn:aws:iam::111122223333:{who}");
            assert!(!may(&template, &whatever, &who, need), "{who} {need:?}");
        }
        // A role that is made anew has the same name, and that is all that the key's policy knows of it.
        assert!(may(&template, &whatever, &role, need), "{need:?}");
        // No other function's role reaches the key in this way, whatever its own policy says.
        let using: BTreeSet<&str> = needs
            .iter()
            .filter(|other| other.action == need.action && other.resource == need.resource)
            .map(|other| other.function)
            .collect();
        for other in functions().into_iter().filter(|name| !using.contains(name)) {
            assert!(!may(&template, &whatever, &template.role_arn(other), need), "{other} {need:?}");
        }
    }
}
