//! The table of routes in `README.md`.

use keyward_functions::table::{Function, functions};
use keyward_shared::permission::Permission;

/// The table, with its head. A function has one row, with all its routes.
pub(crate) fn table() -> String {
    let rows: String = functions().filter_map(row).collect();
    format!("| method and path | permission | what it does |\n|---|---|---|\n{rows}")
}

fn row(function: &Function) -> Option<String> {
    let served: Vec<_> = function.routes().iter().filter(|route| route.method.is_some()).collect();
    if served.is_empty() {
        return None;
    }
    let permission = |permission: Permission| format!("`{}`", permission.as_str());
    let needed = served.iter().map(|route| route.permission.map_or_else(|| "none".to_owned(), permission));
    let mut needed: Vec<String> = needed.collect();
    needed.dedup();
    let routes: Vec<String> = served.iter().map(|route| format!("`{}`", route.key())).collect();
    Some(format!("| {} | {} | {} |\n", routes.join(" · "), needed.join(" · "), function.description))
}
