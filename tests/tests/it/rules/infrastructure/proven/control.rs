//! The sample service control policies refuse what they are for to everybody but the roles that need it.

use keyward_infra::template::Statement;
use serde_json::{Value, json};

use super::super::template::{Access, Question};
use crate::support::recorder::Context;

const SAMPLES: [(&str, &str); 5] = [
    ("functions", include_str!("../../../../../../infra/scp/functions.json")),
    ("keys", include_str!("../../../../../../infra/scp/keys.json")),
    ("tables", include_str!("../../../../../../infra/scp/tables.json")),
    ("sign-in", include_str!("../../../../../../infra/scp/sign-in.json")),
    ("traces", include_str!("../../../../../../infra/scp/traces.json")),
];

/// Whether an administrator's policy and a sample together allow something: a control policy only takes away.
fn allows(sample: &str, who: &str, action: &str, resource: &str) -> bool {
    let policy: Value = serde_json::from_str(sample).expect("JSON");
    let everything =
        json!({ "Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let all = policy["Statement"].as_array().expect("statements").iter().cloned().map(|mut statement| {
        statement["Principal"] = json!("*");
        Statement(statement)
    });
    let statements: Vec<Statement> = all.chain([Statement(everything)]).collect();
    Access::of(&statements).allows(&Question { who, action, resource, context: &Context::new() })
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:keyward-eu-west-1-resolve_key";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/keyward-eu-west-1-vault";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";
const POOL: &str = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Example01";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all";

#[test]
fn what_each_sample_is_for_is_refused_to_an_administrator_and_not_to_who_needs_it() {
    let [functions, keys, tables, sign_in, traces] = SAMPLES.map(|(_, sample)| sample);
    let own = "keyward/keyward-eu-west-1-resolve_key";
    for (sample, action, resource, let_in) in [
        (functions, "lambda:InvokeFunction", FUNCTION, Some("keyward/keyward-eu-west-1-gateway")),
        (functions, "lambda:UpdateFunctionCode", FUNCTION, None),
        (functions, "iam:UpdateAssumeRolePolicy", &*role(own), None),
        (functions, "iam:PassRole", &*role(own), None),
        (keys, "kms:PutKeyPolicy", KEY, None),
        (keys, "kms:ScheduleKeyDeletion", KEY, None),
        (tables, "dynamodb:PutItem", TABLE, Some(own)),
        (tables, "dynamodb:Scan", TABLE, Some(own)),
        (tables, "dynamodb:RestoreTableToPointInTime", TABLE, None),
        (sign_in, "cognito-idp:DescribeUserPoolClient", POOL, None),
        (sign_in, "cognito-idp:UpdateUserPool", POOL, None),
        (traces, "cloudtrail:StopLogging", TRAIL, None),
    ] {
        assert!(!allows(sample, &role("Admin"), action, resource), "{action}");
        for who in ["keyward-deployer", "keyward-break-glass"].into_iter().chain(let_in) {
            assert!(allows(sample, &role(who), action, resource), "{action} {who}");
        }
    }
    // They take nothing else away.
    for (sample, action, resource) in [
        (functions, "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:another"),
        (keys, "kms:Decrypt", KEY),
        (tables, "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/another"),
        (sign_in, "cognito-idp:AdminGetUser", POOL),
        (traces, "logs:GetLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b"),
    ] {
        assert!(allows(sample, &role("Admin"), action, resource), "{action}");
    }
}

#[test]
fn a_sample_is_short_enough_and_the_runbook_has_it() {
    let page = include_str!("../../../../../../docs/operations.md");
    for (name, sample) in SAMPLES {
        let policy: Value = serde_json::from_str(sample).expect("JSON");
        // "Quotas and service limits for AWS Organizations": 5,120 characters.
        assert!(policy.to_string().len() <= 5_120, "{name}");
        assert!(page.contains(&format!("| `{name}.json` |")), "{name}");
    }
}
