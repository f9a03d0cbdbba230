//! Data keys are of kinds, and each function makes and unwraps its kinds alone: a fault in a function that uses keys reaches no refresh token
//! and no app's secret, and a fault in the refresher reaches no field.

use std::collections::{BTreeMap, BTreeSet};

use keyward_functions::table::{Resource, functions};

type Kinds = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The functions that may do this, by the kind of data key.
fn who_may(action: &str) -> Kinds {
    let mut kinds = Kinds::new();
    for function in functions() {
        let rights = function.rights.iter().filter(|right| {
            [Resource::WrappingKey, Resource::FormerWrappingKey].contains(&right.resource)
                && right.actions.contains(&action)
        });
        for right in rights {
            let of: &[&str] = if right.items.is_empty() { &["field"] } else { right.items };
            for kind in of {
                kinds.entry(kind).or_default().insert(function.name.as_str());
            }
        }
    }
    kinds
}

#[test]
fn each_function_unwraps_its_kinds_alone() {
    let unwraps = who_may("kms:Decrypt");
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let uses = set(&["deliver", "resolve_key", "send_request", "sign_request", "verify_key"]);
    assert_eq!(unwraps["field"], uses);
    assert_eq!(unwraps["access"], uses);
    assert_eq!(unwraps["app"], set(&["finish_connection", "refresh_grants"]));
    assert_eq!(unwraps["refresh"], set(&["refresh_grants"]));
    assert_eq!(unwraps.len(), 4);
}

#[test]
fn each_function_makes_its_kinds_alone() {
    let makes = who_may("kms:GenerateDataKey");
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(makes["app"], set(&["create_app", "update_app"]));
    assert_eq!(makes["access"], set(&["finish_connection", "refresh_grants"]));
    assert_eq!(makes["refresh"], makes["access"]);
    assert!(makes["field"].is_disjoint(&makes["access"]) && makes["field"].is_disjoint(&makes["app"]));
}
