//! Tokens that came and are not kept: nobody has them any more, and yet they are good. They are revoked at the system at once, as far as
//! that ends nothing that works. What cannot be revoked is said.

use super::{
    app::App,
    begin::Connection,
    finish::{Ready, post, target},
    grant::{Grant, GrantState},
};
use crate::{
    error::Error,
    outbound::AllowedOrigins,
    ports::{Exchange, ReadApp, ReadGrant},
    secret::SecretText,
    signing::oauth2::{Client, ClientProof, Granted, TokenHint, revocation},
    strategy::{ClientAuthentication, RevocationEnds},
};

/// What is left at the system of a connection that did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Access that nobody uses: a person takes it away there.
    Access,
    /// It came about after all: the table's answer was lost.
    Stored,
}

/// Tokens that came and are not kept.
pub(super) struct Dropped<'a> {
    pub(super) connection: &'a Connection,
    pub(super) ready: &'a Ready,
    pub(super) granted: &'a Granted,
    /// Whether the table may have stored them, or may yet.
    pub(super) may_be_stored: bool,
}

impl Dropped<'_> {
    /// Revokes them, once, in what is left of the function's time.
    pub(super) async fn give_back(
        &self,
        store: &(impl ReadGrant + ReadApp),
        outside: &impl Exchange,
    ) -> Left {
        let Connection { account, key, entry, .. } = self.connection;
        // Somebody may have connected the key meanwhile, so both are read again. What cannot be read may work.
        let Ok(grant) = store.read_grant(account, key, entry).await else { return Left::Access };
        if grant.as_ref().is_some_and(|grant| grant.connection == self.connection.id) {
            return Left::Stored;
        }
        let Ok(Some(app)) = store.read_app(account, &self.ready.app.id).await else { return Left::Access };
        if self.may_be_stored || self.ends_another(grant.as_ref(), &app) {
            return Left::Access;
        }
        self.revoke(outside).await
    }

    /// Whether a revocation may end a grant that works. Servers may keep one authorization for all that an account allowed an app.
    fn ends_another(&self, grant: Option<&Grant>, app: &App) -> bool {
        let of_the_key =
            grant.filter(|grant| grant.app == app.id && !matches!(grant.state, GrantState::Revoking { .. }));
        let now = self.ready.identity(&self.connection.entry, self.granted).ok().flatten();
        let is_of_another =
            |grant: &Grant| grant.identity.is_some() && now.is_some() && grant.identity != now;
        match self.ready.code.revocation_ends() {
            RevocationEnds::Grant => of_the_key.is_some_and(|grant| !is_of_another(grant)),
            RevocationEnds::Account => {
                // Who consented to the app's other keys is not known here.
                let others = app.grants - u64::from(of_the_key.is_some_and(is_of_another)).min(app.grants);
                others > 0
            }
        }
    }

    async fn revoke(&self, outside: &impl Exchange) -> Left {
        let Ready { app, secret, addresses, allowed, .. } = self.ready;
        let Some(url) = &addresses.revocation else { return Left::Access };
        let token = match &self.granted.refresh {
            Some(token) => (token, TokenHint::Refresh),
            None => (self.granted.access.value(), TokenHint::Access),
        };
        match revoke(outside, url, token, (app, secret), allowed).await {
            Ok(true) => Left::Nothing,
            Ok(false) | Err(_) => Left::Access,
        }
    }
}

/// Asks a system to revoke a token (RFC 7009 §2.1). Whether it did.
pub(super) async fn revoke(
    outside: &impl Exchange,
    url: &str,
    (token, hint): (&SecretText, TokenHint),
    (app, secret): (&App, &SecretText),
    allowed: &AllowedOrigins,
) -> Result<bool, Error> {
    let proof = match app.client_auth {
        ClientAuthentication::Basic => ClientProof::SecretBasic(secret),
        ClientAuthentication::BasicUnencoded => ClientProof::SecretBasicUnencoded(secret),
        ClientAuthentication::Post => ClientProof::SecretPost(secret),
    };
    let request = revocation(token, hint, &Client { id: &app.client_id, proof });
    let answer = post(outside, &target(url)?, &request, allowed).await;
    // §2.2: 200 also for a token that is not good any more.
    Ok(answer.is_ok_and(|answer| answer.status.is_success()))
}
