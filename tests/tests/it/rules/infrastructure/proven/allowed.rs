//! Every call is allowed, and everything that is allowed is called.

use super::{
    super::{
        calls::functions,
        template::{Access, ours},
        tour::seen,
    },
    Asked, policies, shapes,
};
use crate::support::recorder::Need;

#[tokio::test]
async fn every_call_is_allowed_by_the_role_and_by_the_key_policy_and_by_no_other_role() {
    let (template, needs) = (ours(), shapes(&seen().await.needs));
    let mut wrong = Vec::new();
    for policy in policies(&template) {
        let access = Access::of(&policy.statements);
        for need in &needs {
            let asked = Asked::of(&template, need);
            if policy.decides(need) {
                if !asked.is_allowed_by(&access) {
                    wrong.push(format!("{} denies {need:?}", policy.name));
                }
            } else if policy.key.is_none() {
                // What another function does, this one may exactly if its own table has it.
                let own = Need { function: known(&policy.name), ..need.clone() };
                if asked.is_allowed_by(&access) != own.is_declared_at_once() {
                    wrong.push(format!("{} may or may not do as others do: {own:?}", policy.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} calls in {} shapes", seen().await.needs.len(), needs.len());
}

fn known(name: &str) -> &'static str {
    functions().into_iter().find(|function| *function == name).expect("a function")
}

#[tokio::test]
async fn every_action_of_every_statement_is_used_and_so_is_each_kind_of_item() {
    let (template, needs) = (ours(), shapes(&seen().await.needs));
    let (mut unused, mut used) = (Vec::new(), 0);
    for policy in policies(&template) {
        let decided = policy.decided(&needs);
        for (_, statement) in policy.of_functions() {
            for narrow in statement.narrowed() {
                let access = Access::of([&narrow]);
                let is_used = decided.iter().any(|need| Asked::of(&template, need).touches(&access));
                used += usize::from(is_used);
                if !is_used {
                    unused.push(format!("{}: {}", policy.name, narrow.0));
                }
            }
        }
    }
    assert!(unused.is_empty(), "nothing uses these: {unused:#?}");
    println!("{used} permissions used");
}
