//! The binary of all functions. Lambda says in `_HANDLER` which of them a process is.

use keyward_functions::{
    outbound::{LogIns, Outside},
    process,
};

fn main() -> Result<(), lambda_http::Error> {
    process::run(Outside::internet().logging_in(LogIns::ALL))
}
