//! The binary of all functions but those of `trials`. Lambda says in `_HANDLER` which of them a process is.

use keyward_functions::{outbound::Outside, process};

fn main() -> Result<(), lambda_http::Error> {
    process::run(Outside::internet())
}
