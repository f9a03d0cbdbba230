//! What the terminal shows on start of who can sign in: the demo's people and machine clients, a line for each. How many
//! others there are is one more line, so that the banner stays short; `make logins` lists them all.

use keyward_shared::permission::Role;

use super::SignIn;
use crate::demo::{self, Machine, Person};

impl SignIn {
    /// Lines for the terminal: the address, who can sign in and with what, and the machine clients.
    ///
    /// # Security
    ///
    /// The lines hold the demo users' secrets, which is what they are for. They go to the terminal, never to a log.
    #[must_use]
    pub fn banner(&self) -> Vec<String> {
        let users = self.users();
        let mut lines = vec![
            format!("Keyward LOCAL: {}", self.issuer),
            "Open it in a browser; /mail there has the mails that AWS would send. It is for trying Keyward out: never store credentials that matter."
                .to_owned(),
            String::new(),
            "Users sign in with a password and the code that `make -s code USER=owner@acme.example` prints:"
                .to_owned(),
        ];
        lines.extend(demo::PEOPLE.iter().filter_map(|person| {
            let user = users.iter().find(|user| user.email == person.email)?;
            Some(format!("  {:<21} {}  {}", person.email, user.password.expose(), may_do(person)))
        }));
        lines.push(
            "Machine clients get an access token by `make -s token CLIENT=runtime`, or with their secret:"
                .to_owned(),
        );
        lines.extend(demo::MACHINES.iter().filter_map(|machine| {
            let secret = self.store.client_secret(machine.id)?;
            Some(format!("  {:<12} {}  {}", machine.id, secret.expose(), may_use(machine)))
        }));
        let others = |all: usize, shown: usize| all.saturating_sub(shown);
        let demo_users =
            users.iter().filter(|user| demo::PEOPLE.iter().any(|person| person.email == user.email));
        let invited = others(users.len(), demo_users.count());
        lines.push(format!(
            "`make logins` lists all, with secrets for an authenticator app; {invited} invited since, {} more clients.",
            self.further.names().len()
        ));
        lines
    }
}

/// The rights of a demo person in the account, in words.
fn may_do(person: &Person) -> String {
    let account = person.account;
    match person.role {
        Role::Viewer => format!("viewer of {account}: sees keys, masked, and changes nothing"),
        Role::Editor => format!("editor of {account}: stores, changes and tries keys, but deletes none"),
        Role::Owner => {
            format!("owner of {account}: does all with keys, reads the audit trail, invites people")
        }
    }
}

/// The rights of a demo machine client, in words.
fn may_use(machine: &Machine) -> String {
    match machine.account {
        Some((account, environment)) => {
            format!("signs and sends with {environment} keys of {account}, and resolves them")
        }
        None => "operator: makes accounts and machine clients, reaches no key".to_owned(),
    }
}
