//! `make logins`: everybody who can sign in over a data directory, and every machine client, with their secrets.
//!
//! # Security
//!
//! A person who can read the data directory has these secrets already. They go to the terminal, never to a
//! log.

use std::path::Path;

use super::{
    clients::FurtherClients,
    code::{NoLogin, stored},
    people::People,
    store::User,
    totp::otpauth_url,
};

/// The details that a person needs to sign in, as lines for the terminal.
pub(super) fn credentials(user: &User) -> Vec<String> {
    let (password, secret) = (user.password.expose(), user.totp_base32.expose());
    vec![
        format!("  {:<22} {password}  {secret}", user.email),
        format!("  {:<22} {}", "", otpauth_url(&user.email, &user.totp_base32)),
    ]
}

/// Lines for the terminal. The stack need not run.
///
/// # Errors
///
/// [`NoLogin`] when nothing was ever started over the data directory, or its sign-in cannot be read.
pub fn stored_logins(data_dir: &Path) -> Result<Vec<String>, NoLogin> {
    let store = stored(data_dir)?;
    let mut lines =
        vec!["Users: password, secret for an authenticator app, and its QR code's text".to_owned()];
    lines.extend(People::of(data_dir).among(&store.users).iter().flat_map(|user| credentials(user)));
    lines.push("Machine clients: secret".to_owned());
    lines.extend(store.clients.iter().map(|client| line(&client.id, client.secret.expose())));
    let further = FurtherClients::of(data_dir);
    let further_line = |name: &String| Some(line(name, further.secret(name)?.expose()));
    lines.extend(further.names().iter().filter_map(further_line));
    Ok(lines)
}

fn line(name: &str, secret: &str) -> String {
    format!("  {name:<22} {secret}")
}

#[cfg(test)]
mod tests {
    use keyward_functions::system::SystemRandom;

    use super::*;
    use crate::sign_in::{clients::tests::keep, store::Store};

    #[test]
    fn everybody_is_listed_with_all_that_signing_in_takes() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(stored_logins(directory.path()), Err(NoLogin::NeverRan(_))));
        let store = Store::open(directory.path(), &SystemRandom).unwrap();
        let people = People::of(directory.path());
        people.invite("ann@acme.example", "acme", &SystemRandom).unwrap();
        keep(directory.path(), "reports", 1);
        let text = stored_logins(directory.path()).unwrap().join("\n");
        let users = people.among(&store.users);
        assert_eq!(users.len(), 5);
        for user in users {
            for shown in [&user.email, user.password.expose(), user.totp_base32.expose()] {
                assert!(text.contains(shown), "{}", user.email);
            }
        }
        assert_eq!(text.matches("otpauth://totp/").count(), 5);
        let reports = FurtherClients::of(directory.path()).secret("reports").unwrap();
        for secret in store.clients.iter().map(|client| &client.secret).chain([&reports]) {
            assert!(text.contains(secret.expose()));
        }
    }
}
