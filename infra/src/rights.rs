//! The table in `infra/README.md`: what each function may do, and why.

use keyward_functions::table::{Function, Resource, Right, functions};

/// The table, with its head.
pub(crate) fn table() -> String {
    let rows: String = functions().map(rows).collect();
    format!("| function | may | on | items | why |\n|---|---|---|---|---|\n{rows}")
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
        Resource::Stream => "table's stream",
        Resource::Vault => "vault",
        Resource::WrappingKey => "wrapping key",
        Resource::FingerprintKey => "fingerprint key",
        Resource::UserPool => "user pool",
        Resource::FailedChanges => "queue of failures",
    }
}
