//! `infra/permissions.lock`: what every role may do, so that whoever widens one shows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::{BY_ARN, Grant, PRINCIPAL_ARN, Statement, Template};

const HEAD: &str =
    "# What each role may do on what, on which conditions; then whom the policies of the KMS keys let in. Every parameter is set.
# `make generate` writes it from data.yaml and app.yaml.
";

/// A grant without account and region, with its conditions.
fn line(grant: &Grant) -> String {
    let resource =
        grant.resource.replace(":eu-west-1:111122223333:", ":").replace("2026-01-01T00:00:00.000", "*");
    let resource = resource.strip_prefix("arn:aws:").unwrap_or(&resource);
    let conditions: Vec<String> = grant
        .conditions
        .iter()
        .flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)))
        .map(|(operator, key, values)| {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            format!(" | {key} {operator} {}", values.join(", "))
        })
        .collect();
    format!("  {} | {resource}{}", grant.action, conditions.concat())
}

/// The grants of a statement, or its refusals.
fn lines(statement: &Statement) -> Vec<String> {
    let refused = if statement.is_refusal() { "  never" } else { "" };
    statement.grants().map(|grant| format!("{refused}{}", line(&grant))).collect()
}

/// The lock of a template.
pub(crate) fn lock(template: &Template) -> String {
    let mut text = HEAD.to_owned();
    let mut block = |name: &str, lines: BTreeSet<String>| {
        text.push_str(&format!("\n{name}\n"));
        lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    };
    for (id, role) in template.of_type("AWS::IAM::Role") {
        let name = role.get("RoleName").map(|name| template.text(name)).unwrap_or_default();
        let statements = template.statements_of(id);
        block(name.strip_prefix("keyward-").unwrap_or(&name), statements.iter().flat_map(lines).collect());
    }
    for (id, _) in template.of_type("AWS::KMS::Key") {
        let mut users = BTreeMap::<String, BTreeSet<String>>::new();
        for statement in template.key_statements(id) {
            // Of a statement for the account that is narrowed to roles, those are who it lets in.
            let (roles, others) = (statement.roles(), statement.principals());
            for who in if roles.is_empty() { others } else { roles } {
                let who = who.rsplit([':', '/']).next().unwrap_or_default();
                let whoever = statement.without(BY_ARN, PRINCIPAL_ARN);
                users.entry(format!("{id}: {who}")).or_default().extend(lines(&whoever));
            }
        }
        users.into_iter().for_each(|(name, lines)| block(&name, lines));
    }
    text
}
