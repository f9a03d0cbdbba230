//! Each role writes rows of one kind and of the exceptions that the table of kinds names. This asks the policies as AWS would.

use std::collections::BTreeSet;

use keyward_functions::table::{
    FunctionName,
    kinds::{self, EXCEPTIONS, OWN, RowKind},
};
use keyward_infra::template::Template;

use super::{
    super::access::{Access, Question},
    Complaints,
    names::functions,
};
use crate::support::recorder::{Context, LEADING_KEYS, is_like};

/// Everything that changes items (Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB").
const CHANGES: [&str; 8] = [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
    "dynamodb:ImportTable",
];

/// A partition of a kind, as functions write it: records have names in hexadecimal.
fn partition(kind: RowKind) -> String {
    match kind {
        RowKind::SealedValues => "acme#key_1".to_owned(),
        RowKind::Requests => "IDEMPOTENCY#acme#9f86d081884c7d65".to_owned(),
        RowKind::Passes => "DEPLOYMENT#REWRAP".to_owned(),
        RowKind::Keys
        | RowKind::Links
        | RowKind::Endpoints
        | RowKind::Webhooks
        | RowKind::Events
        | RowKind::Budgets
        | RowKind::Deliveries
        | RowKind::Holds
        | RowKind::Members
        | RowKind::FirstSignIns
        | RowKind::Settings
        | RowKind::Organizations
        | RowKind::Clients
        | RowKind::ClientUses
        | RowKind::Failures
        | RowKind::Audit
        | RowKind::Activity
        | RowKind::Former
        | RowKind::Health
        | RowKind::Receipts
        | RowKind::LastUses
        | RowKind::Apps
        | RowKind::Connections
        | RowKind::Grants
        | RowKind::Words => kind.items().replace('*', "acme#key_1"),
        RowKind::AppSecrets => kind.items().replace('*', "acme#app_1"),
        RowKind::AccessTokens | RowKind::RefreshTokens => kind.items().replace('*', "acme#1"),
    }
}

/// The kinds that a role writes.
fn written(template: &Template, name: &str) -> BTreeSet<RowKind> {
    let (role, access) = (template.role_arn(name), Access::of(&template.role_statements(name)));
    let may = |kind: &RowKind| {
        let resource = template.arn(kind.table());
        let leading = Context::from([(LEADING_KEYS.to_owned(), [partition(*kind)].into())]);
        CHANGES.iter().any(|action| {
            let question = Question { who: &role, action, resource: &resource, context: &leading };
            access.allows(&question)
        })
    };
    RowKind::ALL.into_iter().filter(may).collect()
}

pub(super) fn apart(template: &Template, found: &mut Complaints) {
    for kind in RowKind::ALL {
        let fits =
            |other: &RowKind| other.table() == kind.table() && is_like(&partition(kind), other.items());
        let all: Vec<RowKind> = RowKind::ALL.into_iter().filter(fits).collect();
        found.same(&format!("the kinds of {}", partition(kind)), &all, &vec![kind]);
    }
    for name in functions() {
        let function: FunctionName = name.parse().expect("a function");
        let named: Vec<RowKind> = kinds::own(function)
            .into_iter()
            .chain(kinds::exceptions(function).map(|exception| exception.kind))
            .collect();
        let once: BTreeSet<RowKind> = named.iter().copied().collect();
        found.same(&format!("how often the kinds of {name} are named"), &once.len(), &named.len());
        found.same(&format!("the kinds that {name} writes"), &written(template, name), &once);
        let own = OWN.iter().filter(|(_, functions)| functions.contains(&function)).count();
        found.unless(own <= 1, || format!("{name} has {own} kinds of its own"));
        let has_own = own == 1 || kinds::exceptions(function).next().is_none();
        found.unless(has_own, || format!("{name} has exceptions and no kind of its own"));
    }
    for exception in EXCEPTIONS {
        let is_reason = exception.why.ends_with('.') && exception.why.len() > 20;
        found.unless(is_reason, || format!("{:?} is an exception without a reason", exception.kind));
    }
}
