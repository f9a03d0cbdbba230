//! The binary of the functions that try a key: it speaks the protocols of mail and file servers, too.

use keyward_functions::{
    config,
    outbound::{LogIns, Outside},
    process,
};

fn main() -> Result<(), lambda_http::Error> {
    process::run(Outside::internet().logging_in(LogIns::ALL, config::mail_name()))
}
