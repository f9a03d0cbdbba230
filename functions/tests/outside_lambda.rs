//! The binaries outside Lambda, and what is in each of them.

use std::{
    fs, io,
    process::{Command, Output},
};

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");
/// A key set has to have a key, of any size.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","kid":"1","n":"sQ","e":"AQAB"}]}"#;
const TRIALS: &str = env!("CARGO_BIN_EXE_trials");

fn run(binary: &str, variables: &[(&str, &str)]) -> io::Result<Output> {
    let mut command = Command::new(binary);
    command.env_clear().envs(variables.iter().copied()).output()
}

#[test]
fn a_binary_does_not_start_outside_lambda() {
    for binary in [BOOTSTRAP, TRIALS] {
        let output = run(binary, &[]).expect("the binary runs");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("_HANDLER"), "{said}");
    }
}

#[test]
fn a_function_that_logs_in_to_servers_does_not_start_from_the_binary_without_their_protocols() {
    for function in ["verify_key", "verify_draft"] {
        let variables = [
            ("_HANDLER", function),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "none"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("KEYWARD_TABLE", "keyward"),
            ("KEYWARD_VAULT_TABLE", "keyward-vault"),
            ("KEYWARD_WRAPPING_KEY", "alias/wrapping"),
            ("KEYWARD_FINGERPRINT_KEY", "alias/fingerprint"),
            ("KEYWARD_ROW_KEY", "alias/rows"),
            ("KEYWARD_DEPLOYMENT", "keyward"),
            ("KEYWARD_EPOCH", "1"),
            ("KEYWARD_PANEL_CLIENT", "panel"),
            ("KEYWARD_TOKEN_ISSUER", "https://issuer.example"),
            ("KEYWARD_TOKEN_KEYS", KEYS),
        ];
        let output = run(BOOTSTRAP, &variables).expect("the binary runs");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("{function} needs the binary `trials`")), "{said}");
    }
}

#[test]
fn a_function_does_not_start_with_an_epoch_that_is_none() {
    for epoch in ["", "0", "two"] {
        let variables = [
            ("_HANDLER", "get_key"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "none"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("KEYWARD_TABLE", "keyward"),
            ("KEYWARD_VAULT_TABLE", "keyward-vault"),
            ("KEYWARD_WRAPPING_KEY", "alias/wrapping"),
            ("KEYWARD_FINGERPRINT_KEY", "alias/fingerprint"),
            ("KEYWARD_ROW_KEY", "alias/rows"),
            ("KEYWARD_DEPLOYMENT", "keyward"),
            ("KEYWARD_EPOCH", epoch),
            ("KEYWARD_PANEL_CLIENT", "panel"),
        ];
        let output = run(BOOTSTRAP, &variables).expect("the binary runs");
        assert!(!output.status.success(), "{epoch:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("KEYWARD_EPOCH"), "{said}");
    }
}

/// The first words of every SSH client (RFC 4253 §4.2) are in the code that speaks SSH.
#[test]
fn only_the_binary_of_trials_speaks_ssh() {
    let holds = |binary| memchr::memmem::find(&fs::read(binary).expect("the binary"), b"SSH-2.0-").is_some();
    assert!(holds(TRIALS));
    assert!(!holds(BOOTSTRAP));
}
