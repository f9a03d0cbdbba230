//! The tables in `infra/README.md`: what each function may do, which kinds of rows it writes, and why.

use keyward_functions::table::{Function, Resource, Right, functions, kinds};

/// What stands between the two tables.
const KINDS: &str = "### Which kinds of rows each function writes

Each kind has partitions of its own. A function writes rows of one kind; what it writes beside has a reason.

| function | its own kind | another kind | why |
|---|---|---|---|
";

/// Both tables, with their heads.
pub(crate) fn tables() -> String {
    let rights: String = functions().map(rows).collect();
    let kinds: String = functions().map(kinds_of).collect();
    format!("| function | may | on | items | why |\n|---|---|---|---|---|\n{rights}\n{KINDS}{kinds}")
}

fn kinds_of(function: &Function) -> String {
    let (name, own) = (function.name.as_str(), kinds::own(function.name));
    let own = own.map(|kind| format!("| `{name}` | {} | | |\n", kind.as_str()));
    let beside = kinds::exceptions(function.name)
        .map(|exception| format!("| `{name}` | | {} | {} |\n", exception.kind.as_str(), exception.why));
    own.into_iter().chain(beside).collect()
}

fn rows(function: &Function) -> String {
    let name = function.name.as_str();
    if function.rights.is_empty() {
        return format!("| `{name}` | | | | Needs nothing. |\n");
    }
    function.rights.iter().map(|right| row(name, right)).collect()
}

fn row(name: &str, right: &Right) -> String {
    let items: Vec<String> = right.items.iter().map(|pattern| format!("`{pattern}`")).collect();
    let (actions, place) = (right.actions.join(", "), place(right.resource));
    format!("| `{name}` | {actions} | {place} | {} | {} |\n", items.join(" "), right.why)
}

const fn place(resource: Resource) -> &'static str {
    match resource {
        Resource::Table => "table",
        Resource::ByTitle => "table, by title",
        Resource::BySystem => "table, by system",
        Resource::ByDue => "table, what is due",
        Resource::Stream => "table's stream",
        Resource::Vault => "vault",
        Resource::WrappingKey => "wrapping key",
        Resource::FormerWrappingKey => "former wrapping key",
        Resource::FingerprintKey => "fingerprint key",
        Resource::RowKey => "key of rows",
        Resource::TokenSigningKey => "key of tokens",
        Resource::UserPool => "user pool",
        Resource::FailedChanges => "queue of failures",
        Resource::Deliveries => "queue of deliveries",
    }
}
