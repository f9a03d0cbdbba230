//! The binary outside Lambda. It says what it misses and does nothing else.

use std::process::Command;

#[test]
fn the_binary_does_not_start_outside_lambda() {
    let output = Command::new(env!("CARGO_BIN_EXE_bootstrap")).env_clear().output().expect("the binary runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("_HANDLER"), "{said}");
}
