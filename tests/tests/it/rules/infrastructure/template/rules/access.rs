//! Who shows, who writes, who uses and who re-wraps are different functions with different rights. This asks the policies
//! as AWS would, and knows nothing of the tables of actions.

use keyward_functions::table::Resource;
use keyward_shared::permission::{Permission, Role};

use super::{
    super::access::{Access, Question},
    Complaints,
    names::{functions, routes_of},
};
use crate::support::recorder::{Context, LEADING_KEYS, SAME_KEY};
use keyward_infra::template::Template;

/// What a function is for, by the permissions of its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It shows what may be shown.
    Shows,
    /// It writes what people and machines give it.
    Writes,
    /// It uses keys: it signs, sends, resolves or tries them.
    Uses,
    /// It changes an account and who belongs to it.
    RunsAnAccount,
    /// It sets up accounts and machine clients.
    Operates,
    /// It follows changes in the table's stream, and purges.
    Follows,
    /// It follows uses in the table's stream, and notes when they were.
    Notes,
    /// It wraps data keys anew.
    Rewraps,
    /// It looks for sealed values that nothing names.
    Sweeps,
    /// It ends deleted keys.
    Buries,
    /// It stores what happened in the platform.
    Publishes,
    /// It finds deliveries that are due.
    Finds,
    /// It takes people back from a system, and seals what they granted.
    Connects,
    /// It refreshes grants.
    Refreshes,
}

fn kind(name: &str) -> Option<Kind> {
    let Some(route) = routes_of(name).next() else {
        return match name {
            "on_table_change" => Some(Kind::Follows),
            "on_key_use" => Some(Kind::Notes),
            "rewrap" => Some(Kind::Rewraps),
            "sweep" => Some(Kind::Sweeps),
            "bury_keys" => Some(Kind::Buries),
            "deliver" => Some(Kind::Uses),
            "find_deliveries" => Some(Kind::Finds),
            "refresh_grants" => Some(Kind::Refreshes),
            _ => None,
        };
    };
    if name == "finish_connection" {
        return Some(Kind::Connects);
    }
    Some(match route.permission {
        None | Some(Permission::KeysRead | Permission::StreamsRead | Permission::AuditRead) => Kind::Shows,
        Some(Permission::KeysWrite | Permission::KeysDelete | Permission::StreamsWrite) => Kind::Writes,
        Some(Permission::AccountAdmin) => Kind::RunsAnAccount,
        Some(Permission::KeysUse | Permission::KeysResolve | Permission::KeysVerify) => Kind::Uses,
        Some(Permission::AccountsOperate) => Kind::Operates,
        Some(Permission::EventsPublish) => Kind::Publishes,
    })
}

const READS: [&str; 3] = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
const CHANGES: [&str; 5] = [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLUpdate",
];
const SCANS: [&str; 3] = ["dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:ExportTableToPointInTime"];
const MAKE: [&str; 4] =
    ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Encrypt", "kms:GenerateDataKeyPair"];
const REWRAP: [&str; 2] = ["kms:ReEncryptFrom", "kms:ReEncryptTo"];
/// Partition keys of everything, by what it is.
const KEYS: [&str; 3] = ["KEY#acme#key_1", "USE#acme#key_1", "AUDIT#acme#key_1"];
const SEALED: &str = "acme#key_1";

/// A function's rights by either policy, as questions.
struct Rights<'t> {
    template: &'t Template,
    role: String,
    identity: Access,
    keys: [(Resource, Access); 4],
}

impl<'t> Rights<'t> {
    fn of(template: &'t Template, name: &str) -> Self {
        let key = |id: &str| Access::of(&template.key_statements(id));
        Self {
            template,
            role: template.role_arn(name),
            identity: Access::of(&template.role_statements(name)),
            keys: [
                (Resource::WrappingKey, key("WrappingKey")),
                (Resource::FingerprintKey, key("FingerprintKey")),
                (Resource::RowKey, key("RowKey")),
                (Resource::TokenSigningKey, key("TokenSigningKey")),
            ],
        }
    }

    /// Whether it may do this to an item of a table, named or not.
    fn item(&self, action: &str, table: Resource, leading_key: &str) -> bool {
        let named = Context::from([(LEADING_KEYS.to_owned(), [leading_key.to_owned()].into())]);
        let resource = self.template.arn(table);
        [named, Context::new()].iter().any(|context| {
            self.identity.allows(&Question { who: &self.role, action, resource: &resource, context })
        })
    }

    /// Whether either policy lets it use a KMS key so, with all that a rightful call about a field would have.
    fn key(&self, action: &str, key: Resource) -> bool {
        self.key_of_kind(action, key, "field")
    }

    /// The same about what is sealed of another kind.
    fn key_of_kind(&self, action: &str, key: Resource, kind: &str) -> bool {
        let pairs = [("account", "acme"), ("key", "key_1"), ("kind", kind), ("seal", "seal_1")];
        let names = pairs.map(|(name, _)| format!("keyward:{name}"));
        let mut context = Context::from([
            ("kms:EncryptionContextKeys".to_owned(), names.into()),
            ("kms:MacAlgorithm".to_owned(), ["HMAC_SHA_256".to_owned()].into()),
            ("kms:MessageType".to_owned(), ["DIGEST".to_owned()].into()),
            ("kms:SigningAlgorithm".to_owned(), ["RSASSA_PKCS1_V1_5_SHA_256".to_owned()].into()),
            (SAME_KEY.to_owned(), ["true".to_owned()].into()),
        ]);
        context.extend(pairs.map(|(name, value)| {
            (format!("kms:EncryptionContext:keyward:{name}"), [value.to_owned()].into())
        }));
        let resource = self.template.arn(key);
        let question = Question { who: &self.role, action, resource: &resource, context: &context };
        let by_key = self.keys.iter().any(|(of, policy)| *of == key && policy.allows(&question));
        by_key || self.identity.allows(&question)
    }

    /// Whether it may open what is sealed of any kind.
    fn opens_something(&self) -> bool {
        let opens = |kind: &&str| self.key_of_kind("kms:Decrypt", Resource::WrappingKey, kind);
        ["access", "app", "field", "refresh"].iter().any(opens)
    }

    fn keys(&self, actions: &[&str]) -> bool {
        actions.iter().any(|action| self.key(action, Resource::WrappingKey))
    }
}

/// The functions that write rows of people and machine clients.
const WRITERS_OF_ROWS: [&str; 7] = [
    "invite_member",
    "operate_account",
    "operate_client",
    "resend_invitation",
    "reset_second_factor",
    "sign_out",
    "update_member",
];

pub(super) fn apart(template: &Template, found: &mut Complaints) {
    let of_people: Vec<Permission> = Role::ALL.iter().flat_map(|role| role.permissions()).copied().collect();
    for name in functions() {
        let Some(kind) = kind(name) else {
            found.say(format!("nobody said what {name} is for"));
            continue;
        };
        let rights = Rights::of(template, name);
        let vault = |actions: &[&str]| {
            let places = [SEALED, "IDEMPOTENCY#acme#x"];
            actions
                .iter()
                .any(|action| places.iter().any(|place| rights.item(action, Resource::Vault, place)))
        };
        let changes_key = || {
            let all = CHANGES.iter().flat_map(|action| KEYS.map(|key| (action, Resource::Table, key)));
            all.chain(CHANGES.iter().map(|action| (action, Resource::Vault, SEALED)))
                .any(|(action, table, key)| rights.item(action, table, key))
        };
        // The two that deal with grants open what they need for that, and no field.
        let opens = match kind {
            Kind::Connects | Kind::Refreshes => rights.keys(&["kms:Decrypt"]),
            _ => rights.opens_something(),
        };
        let (makes, rewraps) = (rights.keys(&MAKE), rights.keys(&REWRAP));
        let fingerprints = rights.key("kms:GenerateMac", Resource::FingerprintKey);
        let scans = SCANS.iter().any(|action| {
            [Resource::Table, Resource::Vault].iter().any(|table| rights.item(action, *table, SEALED))
        });
        let mut never =
            |holds: bool, what: &str| found.unless(!holds, || format!("{name} ({kind:?}) {what}"));
        match kind {
            Kind::Shows => {
                never(vault(&READS) || vault(&CHANGES), "reaches the vault");
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(changes_key(), "changes keys");
            }
            Kind::Writes => never(opens || rewraps, "opens what is sealed"),
            Kind::Uses => {
                never(makes || rewraps, "seals");
                never(changes_key(), "changes keys");
            }
            Kind::RunsAnAccount | Kind::Operates => {
                never(vault(&READS) || vault(&CHANGES), "reaches the vault");
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                let reaches =
                    |action: &&str| KEYS.iter().any(|key| rights.item(action, Resource::Table, key));
                never(READS.iter().chain(&CHANGES).any(reaches), "reaches keys");
            }
            Kind::Follows => {
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(
                    vault(&["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"]),
                    "reads or writes sealed values one by one",
                );
            }
            Kind::Notes => {
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(vault(&READS) || vault(&CHANGES), "reaches the vault");
                never(changes_key(), "changes keys");
                let reads =
                    KEYS.iter().any(|key| READS.iter().any(|read| rights.item(read, Resource::Table, key)));
                never(reads, "reads rows");
            }
            Kind::Sweeps => {
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(vault(&READS) || vault(&CHANGES), "reads or writes sealed values one by one");
                never(changes_key(), "changes keys");
            }
            Kind::Buries => {
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(vault(&READS) || vault(&CHANGES), "reaches the vault");
            }
            Kind::Publishes => {
                never(opens || makes || rewraps, "opens or seals");
                never(changes_key(), "changes keys");
            }
            Kind::Finds => {
                never(opens || makes || rewraps || fingerprints, "reaches KMS");
                never(vault(&READS) || vault(&CHANGES), "reaches the vault");
                never(changes_key(), "changes keys");
            }
            Kind::Connects => {
                never(vault(&READS) || vault(&CHANGES), "reaches sealed fields");
                never(opens || makes || rewraps || fingerprints, "reaches the data keys of fields");
            }
            Kind::Refreshes => {
                never(vault(&READS) || vault(&CHANGES), "reaches sealed fields");
                never(opens || makes || rewraps || fingerprints, "reaches the data keys of fields");
                never(changes_key(), "changes keys");
            }
            Kind::Rewraps => {
                never(opens || makes, "seals or opens");
                never(
                    KEYS.iter().any(|key| READS.iter().any(|read| rights.item(read, Resource::Table, key))),
                    "reads rows",
                );
            }
        }
        let writes_rows = WRITERS_OF_ROWS.contains(&name);
        never(
            rights.key("kms:GenerateMac", Resource::RowKey) != writes_rows,
            "authenticates rows, or does not",
        );
        let asks_for_rows = routes_of(name).any(|route| route.permission.is_some());
        let checks = rights.key("kms:VerifyMac", Resource::RowKey);
        let looks = asks_for_rows && !["list_systems", "get_system"].contains(&name);
        let proves = ["issue_token", "finish_connection"].contains(&name);
        never(checks != (looks || proves), "checks rows, or does not");
        let signs = rights.key("kms:Sign", Resource::TokenSigningKey);
        never(signs != (name == "issue_token"), "signs tokens, or does not");
        never(scans && !matches!(kind, Kind::Rewraps | Kind::Sweeps), "scans");
        never(rewraps && kind != Kind::Rewraps, "re-wraps");
        // A person's token leads to no plain value: verify_key opens, and hands out what it found, not what it opened.
        let by_people =
            routes_of(name).filter_map(|route| route.permission).any(|needed| of_people.contains(&needed));
        never(opens && by_people && name != "verify_key", "opens at a person's word");
        never(opens && routes_of(name).any(|route| route.permission.is_none()), "opens at anybody's word");
    }
}
