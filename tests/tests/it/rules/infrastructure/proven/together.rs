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
        template::{Access, Question, ours, ours_with_wrapping_keys},
        tour::seen,
    },
    Asked, shapes,
};
use crate::support::recorder::{Context, Need, SAME_KEY};

const KEYS: [(&str, Resource); 4] = [
    ("WrappingKey", Resource::WrappingKey),
    ("FingerprintKey", Resource::FingerprintKey),
    ("RowKey", Resource::RowKey),
    ("TokenSigningKey", Resource::TokenSigningKey),
];

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

/// The context of a rightful call, in which a data key is wrapped anew by the same key or by another.
fn rightful(is_same_key: bool) -> Context {
    let pairs = [("account", "acme"), ("key", "key_1"), ("kind", "field"), ("seal", "seal_1")];
    let names = pairs.map(|(name, _)| format!("keyward:{name}"));
    let mut context = Context::from([
        ("kms:EncryptionContextKeys".to_owned(), names.into()),
        (SAME_KEY.to_owned(), [is_same_key.to_string()].into()),
    ]);
    context.extend(
        pairs.map(|(name, value)| {
            (format!("kms:EncryptionContext:keyward:{name}"), [value.to_owned()].into())
        }),
    );
    context
}

#[test]
fn a_key_that_takes_over_is_used_beside_the_former_one() {
    const KEYS: [&str; 2] = ["WrappingKey", "SecondWrappingKey"];
    for (chosen, current, former) in [
        ("FIRST", KEYS[0], None),
        ("SECOND_AND_FIRST", KEYS[1], Some(KEYS[0])),
        ("SECOND", KEYS[1], None),
        ("FIRST_AND_SECOND", KEYS[0], Some(KEYS[1])),
    ] {
        let template = ours_with_wrapping_keys(chosen);
        let may = |function: &str, action: &str, key: &str, is_same_key: bool| {
            let (who, resource) = (template.role_arn(function), template.arn_of(key));
            let context = rightful(is_same_key);
            let question = Question { who: &who, action, resource: &resource, context: &context };
            let [own, policy] = [template.role_statements(function), template.key_statements(key)];
            Access::of(&own).allows(&question) && Access::of(&policy).allows(&question)
        };
        for key in KEYS.into_iter().filter(|key| chosen != "FIRST" || *key == KEYS[0]) {
            let (wraps, unwraps) = (key == current, key == current || former == Some(key));
            for function in ["sign_request", "send_request", "resolve_key", "verify_key"] {
                assert_eq!(may(function, "kms:Decrypt", key, true), unwraps, "{chosen} {function} {key}");
                assert!(!may(function, "kms:GenerateDataKey", key, true), "{chosen} {function} {key}");
            }
            for function in ["create_key", "update_key"] {
                let seals = may(function, "kms:GenerateDataKey", key, true);
                assert_eq!(seals, wraps, "{chosen} {function} {key}");
                assert!(!may(function, "kms:Decrypt", key, true), "{chosen} {function} {key}");
            }
            // To another key it wraps only while one takes over, and never to the former one.
            for is_same_key in [true, false] {
                let allowed = is_same_key || former.is_some();
                let from = may("rewrap", "kms:ReEncryptFrom", key, is_same_key);
                assert_eq!(from, unwraps && allowed, "{chosen} {key} {is_same_key}");
                let to = may("rewrap", "kms:ReEncryptTo", key, is_same_key);
                assert_eq!(to, wraps && allowed, "{chosen} {key} {is_same_key}");
            }
        }
    }
}
