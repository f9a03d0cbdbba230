//! What the terminal shows on start.

use super::{PANEL_CLIENT, SignIn, store::User, totp::otpauth_url};

/// What somebody needs to know to sign in, for the terminal.
pub(super) fn credentials(user: &User) -> Vec<String> {
    let (password, secret) = (user.password.expose(), user.totp_base32.expose());
    vec![
        format!("  {:<22} {password}  {secret}", user.email),
        format!("  {:<22} {}", "", otpauth_url(&user.email, &user.totp_base32)),
    ]
}

impl SignIn {
    /// Lines for the terminal: the address, who can sign in and with what, and the machine clients.
    ///
    /// # Security
    ///
    /// The lines hold the demo users' secrets, which is what they are for. They go to the terminal, never to a log.
    #[must_use]
    pub fn banner(&self) -> Vec<String> {
        let mut lines = vec![
            format!("Keyward LOCAL: {}", self.issuer),
            "Users. Signing in takes the password and a code of 6 digits: add the secret to an authenticator app,".to_owned(),
            "or run `make -s code USER=owner@acme.example` in another terminal.".to_owned(),
        ];
        lines.extend(self.users().iter().flat_map(|user| credentials(user)));
        lines.push(format!("Client of the panel: {PANEL_CLIENT} (public, authorization code with PKCE)"));
        lines.push("Machine clients (client credentials):".to_owned());
        for client in &self.store.clients {
            lines.push(format!("  {:<22} {}", client.id, client.secret.expose()));
        }
        for (name, secret) in self.further.names().into_iter().filter_map(|name| {
            let secret = self.further.secret(&name)?;
            Some((name, secret))
        }) {
            lines.push(format!("  {name:<22} {}", secret.expose()));
        }
        lines
    }
}
