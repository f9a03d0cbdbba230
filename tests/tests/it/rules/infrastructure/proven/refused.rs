//! Nothing else is allowed, and each condition is what refuses something.

use std::collections::BTreeSet;

use keyward_infra::template::{BY_ARN, Statement};

use super::{
    super::{
        template::{Access, Question, ours, ours_with_everything},
        tour::seen,
    },
    Asked, KIND, policies, shapes,
};
use crate::support::recorder::{Context, LEADING_KEYS, Need, SAME_KEY, declared_for};

/// A role of the same account that is nobody's.
const STRANGER: &str = "arn:aws:iam::111122223333:role/path/Stranger";
const CONTEXT_KEYS: &str = "kms:EncryptionContextKeys";
/// Before the name of a pair, the condition key of its value.
const CONTEXT_VALUE: &str = "kms:EncryptionContext:";
const MAC_ALGORITHM: &str = "kms:MacAlgorithm";
const MESSAGE_TYPE: &str = "kms:MessageType";
const SIGNING_ALGORITHM: &str = "kms:SigningAlgorithm";

#[tokio::test]
async fn the_same_call_elsewhere_or_with_less_is_denied() {
    let (template, needs) = (ours(), shapes(&seen().await.needs));
    let (mut passed, mut probes) = (Vec::new(), 0);
    for policy in policies(&template) {
        let access = Access::of(&policy.statements);
        for need in policy.decided(&needs) {
            let asked = Asked::of(&template, need);
            let mut probe = |what: &str, who: &str, resource: &str, context: &Context| {
                probes += 1;
                if access.allows(&Question { who, action: need.action, resource, context }) {
                    passed.push(format!("{}: {what}: {need:?}", policy.name));
                }
            };
            if policy.key.is_some() {
                // In a key's policy `*` is the key itself, so it is asked about nothing else.
                probe("another role", STRANGER, &asked.resource, &need.context);
                let elsewhere = asked.who.replace("/path/", "/");
                probe("a role of that name with another path", &elsewhere, &asked.resource, &need.context);
                let longer = format!("{}-more", asked.who);
                probe("a role whose name begins so", &longer, &asked.resource, &need.context);
                let stranger = asked.who.replace("111122223333", "444455556666");
                probe("another account's role", &stranger, &asked.resource, &need.context);
            } else {
                for resource in [
                    asked.resource.replace("111122223333", "444455556666"),
                    asked.resource.replace("eu-west-1", "us-east-1"),
                    asked
                        .resource
                        .replacen("/keyward", "/another", 1)
                        .replace("key/", "key/another-")
                        .replace("userpool/", "userpool/another-")
                        .replace(":TableChangeFailures", ":Another")
                        .replace(":Deliveries", ":Another")
                        .replace(":keyward-table", ":another-table"),
                ] {
                    probe("another resource", &asked.who, &resource, &need.context);
                }
            }
            for (key, value) in &need.context {
                if let Some((what, context)) = wrong(need, key, value) {
                    let all = declared_for(need.function).filter(|action| action.action == need.action);
                    let narrow = all
                        .filter(|action| action.resource == need.resource)
                        .all(|action| !action.items.is_empty());
                    if key != LEADING_KEYS || narrow {
                        probe(what, &asked.who, &asked.resource, &context);
                        probe("without it", &asked.who, &asked.resource, &without(&need.context, key));
                    }
                }
            }
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
    println!("{probes} probes refused");
}

/// The context of a call with one key's value wrong: foreign items beside its own, a context with a name too many.
fn wrong(need: &Need, key: &str, values: &BTreeSet<String>) -> Option<(&'static str, Context)> {
    let with = |values: BTreeSet<String>| {
        let mut context = need.context.clone();
        context.insert(key.to_owned(), values);
        context
    };
    let and = |more: &str| with(values.iter().cloned().chain([more.to_owned()]).collect());
    match key {
        LEADING_KEYS => Some(("a foreign item", and("FOREIGN#acme"))),
        CONTEXT_KEYS => Some(("a foreign name", and("keyward:foreign"))),
        KIND => Some(("another kind", with([another_kind(need).to_owned()].into()))),
        _ if key.starts_with(CONTEXT_VALUE) => Some(("an empty value", with([String::new()].into()))),
        SAME_KEY => Some(("another key", with(["false".to_owned()].into()))),
        MESSAGE_TYPE => Some(("a whole message", with(["RAW".to_owned()].into()))),
        SIGNING_ALGORITHM => Some(("another algorithm", with(["RSASSA_PSS_SHA_256".to_owned()].into()))),
        MAC_ALGORITHM => Some(("another algorithm", with(["HMAC_SHA_512".to_owned()].into()))),
        _ => None,
    }
}

/// A kind of what is sealed that the function may not have; one that nothing has where it may have them all.
fn another_kind(need: &Need) -> &'static str {
    let may_have =
        |kind: &str| declared_for(need.function).any(|declared| need.falls_under(&declared, Some(kind)));
    ["field", "access", "refresh", "app"].into_iter().find(|kind| !may_have(kind)).unwrap_or("nothing")
}

fn without(context: &Context, key: &str) -> Context {
    let mut context = context.clone();
    context.remove(key);
    if key == CONTEXT_KEYS {
        context.retain(|key, _| !key.starts_with("kms:EncryptionContext"));
    }
    if let (Some(name), Some(names)) = (key.strip_prefix(CONTEXT_VALUE), context.get_mut(CONTEXT_KEYS)) {
        names.remove(name);
    }
    context
}

#[tokio::test]
async fn without_any_one_of_the_conditions_something_passes_that_was_refused() {
    let (template, needs) = (ours(), shapes(&seen().await.needs));
    let (mut idle, mut proven) = (Vec::new(), 0);
    for policy in policies(&template) {
        let whole = Access::of(&policy.statements);
        for (index, statement) in policy.of_functions() {
            let alone = Access::of([statement]);
            let decided = policy.decided(&needs);
            let for_it: Vec<_> =
                decided.into_iter().filter(|need| Asked::of(&template, need).is_allowed_by(&alone)).collect();
            for (operator, keys) in statement.conditions() {
                for key in keys.keys() {
                    let mut less = policy.statements.clone();
                    less[index] = statement.without(&operator, key);
                    let less = Access::of(&less);
                    let is_proven = for_it.iter().any(|need| {
                        let asked = Asked::of(&template, need);
                        let (who, context) = probe(need, &asked, &operator, key);
                        let question = Question { who: &who, ..asked.question(&context) };
                        !whole.allows(&question) && less.allows(&question)
                    });
                    proven += usize::from(is_proven);
                    if !is_proven {
                        idle.push(format!("{}: {} {operator} {key}", policy.name, statement.sid()));
                    }
                }
            }
        }
    }
    assert!(idle.is_empty(), "these conditions keep nothing out: {idle:#?}");
    println!("{proven} conditions proven");
}

/// What each condition is there to refuse: a caller or a context.
fn probe(need: &Need, asked: &Asked, operator: &str, key: &str) -> (String, Context) {
    let absent = BTreeSet::new();
    let values = need.context.get(key).unwrap_or(&absent);
    match operator {
        BY_ARN => (STRANGER.to_owned(), need.context.clone()),
        "Null" => (asked.who.clone(), without(&need.context, key)),
        "ForAllValues:StringLike" | "ForAllValues:StringEquals" | "StringEquals" | "StringLike" | "Bool" => {
            (asked.who.clone(), wrong(need, key, values).expect("a probe for each condition key").1)
        }
        other => panic!("nobody wrote a probe for {other} {key}"),
    }
}

/// Whether the policy of a key lets somebody do this, in a call with this context.
fn key_lets(key: &str, statements: &[Statement], who: &str, action: &str, context: &Context) -> bool {
    let resource = format!("arn:aws:kms:eu-west-1:111122223333:key/{key}");
    Access::of(statements).allows(&Question { who, action, resource: &resource, context })
}

#[test]
fn only_the_role_for_emergencies_copies_the_wrapping_key() {
    let emergencies = "arn:aws:iam::111122223333:role/security/break-glass";
    let others = [
        "role/Administrator",
        "user/administrator",
        "root",
        "role/security/break-glass-2",
        "role/break-glass",
    ];
    let nothing = Context::new();
    for (template, may) in [(ours_with_everything(), true), (ours(), false)] {
        let statements = template.key_statements("WrappingKey");
        // Somebody adds the right to what every administrator may.
        let mut widened = statements.clone();
        widened[0].0["Action"] = serde_json::json!(["kms:ReplicateKey", "kms:UpdatePrimaryRegion"]);
        for action in ["kms:ReplicateKey", "kms:UpdatePrimaryRegion"] {
            for statements in [&statements, &widened] {
                assert_eq!(
                    key_lets("WrappingKey", statements, emergencies, action, &nothing),
                    may,
                    "{action}"
                );
                for other in others.map(|other| format!("arn:aws:iam::111122223333:{other}")) {
                    assert!(
                        !key_lets("WrappingKey", statements, &other, action, &nothing),
                        "{other} {action}"
                    );
                }
            }
            // It is the refusal that keeps the others out then.
            let open: Vec<Statement> =
                widened.iter().filter(|statement| !statement.is_refusal()).cloned().collect();
            let other = "arn:aws:iam::111122223333:role/Administrator";
            assert!(key_lets("WrappingKey", &open, other, action, &nothing));
        }
    }
}

#[test]
fn the_key_of_the_tables_is_used_by_way_of_dynamodb_alone() {
    let template = ours_with_everything();
    let statements = template.key_statements("TableKey");
    let role = template.role_arn("sign_request");
    let context = |account: &str, service: Option<&str>| {
        let mut context = Context::from([("kms:CallerAccount".to_owned(), [account.to_owned()].into())]);
        context.extend(service.map(|service| ("kms:ViaService".to_owned(), [service.to_owned()].into())));
        context
    };
    let dynamodb = Some("dynamodb.eu-west-1.amazonaws.com");
    let lets = |action: &str, context: &Context| key_lets("TableKey", &statements, &role, action, context);
    for action in ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"] {
        assert!(lets(action, &context("111122223333", dynamodb)), "{action}");
        assert!(!lets(action, &context("111122223333", None)), "{action}");
        assert!(!lets(action, &context("111122223333", Some("ec2.eu-west-1.amazonaws.com"))), "{action}");
        assert!(!lets(action, &context("444455556666", dynamodb)), "{action}");
    }
    // No role has a right on it of its own, so that sealing and opening stay apart.
    for name in super::super::calls::functions() {
        let own = Access::of(&template.role_statements(name));
        let resource = template.arn_of("TableKey");
        let through = context("111122223333", dynamodb);
        let asked = Question { who: &role, action: "kms:Decrypt", resource: &resource, context: &through };
        assert!(!own.allows(&asked), "{name}");
    }
}

#[test]
fn the_topic_of_alarms_hears_its_own_account_and_rules_only() {
    let template = ours();
    let statements = template.statements(&template.properties("AlarmTopicPolicy")["PolicyDocument"]);
    let topic = "arn:aws:sns:eu-west-1:111122223333:keyward-alarms";
    let ask = |statements: &[Statement], who: &str, source: (&str, &str)| {
        let context = Context::from([(source.0.to_owned(), [source.1.to_owned()].into())]);
        Access::of(statements).allows(&Question {
            who,
            action: "sns:Publish",
            resource: topic,
            context: &context,
        })
    };
    // EventBridge delivers nothing through a condition, so a rule of anybody may speak.
    assert!(ask(&statements, "events.amazonaws.com", ("aws:SourceAccount", "444455556666")));
    let (who, key) = ("cloudwatch.amazonaws.com", "aws:SourceAccount");
    let (own, foreign) = ("111122223333", "444455556666");
    assert!(ask(&statements, who, (key, own)));
    assert!(!ask(&statements, who, (key, foreign)));
    let operator = statements[0].conditions().into_keys().next().expect("a condition");
    let mut less = statements.clone();
    less[0] = less[0].without(&operator, key);
    assert!(ask(&less, who, (key, foreign)));
}
