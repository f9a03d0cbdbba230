//! A grant: what a system's owner allowed by consent. Everything in it may be shown; its tokens stand in the vault.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::{SignedDuration, Timestamp};

use super::sealed::Mark;
use crate::{
    environment::Environment,
    epoch::Epoch,
    error::Error,
    ids::{AccountId, AppId, ConnectionId, KeyId},
    keys::key::Key,
    sealing::{Binding, EntryName, Place},
    stamp::Stamp,
    system::SystemId,
};

/// What came of a connection. It is refreshed beside the uses, and a refresh changes nothing of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
    /// The entry of the key.
    pub entry: EntryName,
    /// The connection that it came of.
    pub connection: ConnectionId,
    /// The app that was consented to.
    pub app: AppId,
    /// The system.
    pub system: SystemId,
    /// The version of its template that the key had.
    pub template_version: u32,
    /// The key's auth variant.
    pub auth: String,
    /// The key's environment.
    pub environment: Environment,
    /// Where its tokens are issued.
    pub token_url: String,
    /// Where its refresh token is revoked.
    pub revocation_url: Option<String>,
    /// A digest of where the key's requests could go when it was connected. A key that is led elsewhere has to be connected again.
    pub bound: String,
    /// Who was connected, where the system says so. It tells accounts apart.
    pub identity: Option<String>,
    /// What people know that account by, where that is something else. It may change.
    pub account_name: Option<String>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// When and by whom it was connected.
    pub connected: Stamp,
    /// The access token, and when it ends.
    pub access: Mark,
    /// When the access token ends, where the system says so.
    pub expires_at: Option<Timestamp>,
    /// The refresh token, where there is one.
    pub refresh: Option<Mark>,
    /// When it is to be looked at.
    pub due_at: Option<Timestamp>,
    /// Counts its access tokens, from 1.
    pub generation: u64,
    /// Whether it works.
    pub state: GrantState,
    /// A refresh whose outcome is not written down.
    pub attempt: Option<Attempt>,
    /// How many refreshes in a row gave nothing.
    pub failures: u32,
    /// The epoch of its tokens: after a restore of the tables, later ones may have been used.
    pub epoch: Epoch,
}

/// Whether a grant works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// It does.
    Connected,
    /// A person has to connect again.
    NeedsReconnect(Why),
    /// It ends: it is being revoked at the system.
    Revoking {
        /// Since when.
        since: Timestamp,
    },
}

/// Why a person has to connect again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The system does not take the refresh token any more.
    Refused,
    /// It is not known what became of a refresh, and trying it again could end the whole grant.
    Lost,
    /// The access token ended, and there is no refresh token.
    NoRefreshToken,
    /// The tables were restored, and later tokens may have been used.
    Restored,
    /// The app's addresses are not those that were consented to.
    AppChanged,
    /// A refresh gave tokens of another account.
    OtherIdentity,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Refused,
        Self::Lost,
        Self::NoRefreshToken,
        Self::Restored,
        Self::AppChanged,
        Self::OtherIdentity,
    ];

    /// Its name in storage and in views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::NoRefreshToken => "no-refresh-token",
            Self::Restored => "restored",
            Self::AppChanged => "app-changed",
            Self::OtherIdentity => "other-identity",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == name)
    }

    /// What to tell people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Refused => {
                "The system does not take the grant any more. It may have been withdrawn there: connect the key again"
            }
            Self::Lost => {
                "The system did not answer a refresh, and its rules allow no second one: connect the key again"
            }
            Self::NoRefreshToken => {
                "The access token has ended, and the system gave none to refresh it with: connect the key again"
            }
            Self::Restored => {
                "The tables were restored to an earlier moment, and later tokens were used since: connect the key again"
            }
            Self::AppChanged => "The addresses of the app were changed since: connect the key again",
            Self::OtherIdentity => {
                "The system answered a refresh with the tokens of another account: connect the key again"
            }
        }
    }
}

/// A refresh that was begun. It is written before the request goes out: whoever comes later knows that the refresh token may have been
/// used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which one.
    pub id: ConnectionId,
    /// When it was begun.
    pub began: Timestamp,
    /// Until when nobody else begins one.
    pub until: Timestamp,
}

/// How a grant stands to its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the key's.
    OfTheKey,
    /// The key is led elsewhere than when it was connected, or names another app.
    Moved,
    /// It came of another connection.
    Foreign,
}

/// What one transaction of a connection writes beside the change of the key.
pub struct Connected {
    /// The grant.
    pub grant: Grant,
    /// Its access token.
    pub access: crate::keys::seal::SealedEntry,
    /// Its refresh token, where there is one.
    pub refresh: Option<crate::keys::seal::SealedEntry>,
    /// The grant that was there, by connection and app.
    pub before: Option<(ConnectionId, AppId)>,
}

/// The field that an access token is sealed as.
const ACCESS_TOKEN: &str = "access_token";
/// The field that a refresh token is sealed as.
const REFRESH_TOKEN: &str = "refresh_token";
/// An access token is not used in the last seconds of its life: the request is still on its way then.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

impl Grant {
    /// How it stands to a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when the key's binding cannot be computed.
    pub fn standing(&self, key: &Key) -> Result<Standing, Error> {
        if key.connections.get(&self.entry) != Some(&self.connection)
            || !key.entries.contains_key(&self.entry)
        {
            return Ok(Standing::Foreign);
        }
        Ok(if bound(key, &self.entry)? == self.bound { Standing::OfTheKey } else { Standing::Moved })
    }

    /// Whether its access token can be used for a while.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at.duration_since(now) > MARGIN)
    }

    /// What an access token is bound to: where the key's requests go, the app, and the connection.
    pub(super) fn access_binding(&self, key: &Key) -> Result<Binding, Error> {
        let binding = key.binding(&self.entry)?;
        let pairs = binding.pairs().map(|(role, value)| (role.to_owned(), value.to_owned()));
        Binding::new(pairs.chain(self.own_pairs())).map_err(|_| Error::KeyUnreadable)
    }

    /// What a refresh token is bound to: where it goes, and what the access tokens that come of it are bound to.
    pub(super) fn refresh_binding(&self) -> Result<Binding, Error> {
        let pair = |role: &str, value: &str| (role.to_owned(), value.to_owned());
        let mut pairs = vec![pair("token-url", &self.token_url), pair("bound", &self.bound)];
        pairs.extend(self.revocation_url.as_ref().map(|url| pair("revocation-url", url)));
        pairs.extend(self.own_pairs());
        Binding::new(pairs).map_err(|_| Error::KeyUnreadable)
    }

    fn own_pairs(&self) -> [(String, String); 2] {
        [("app".to_owned(), self.app.to_string()), ("connection".to_owned(), self.connection.to_string())]
    }

    pub(super) fn access_place<'a>(&'a self, binding: &'a Binding) -> Place<'a> {
        self.place(ACCESS_TOKEN, binding)
    }

    pub(super) fn refresh_place<'a>(&'a self, binding: &'a Binding) -> Place<'a> {
        self.place(REFRESH_TOKEN, binding)
    }

    fn place<'a>(&'a self, field: &'a str, binding: &'a Binding) -> Place<'a> {
        Place {
            account: &self.account,
            key: (&self.key).into(),
            entry: &self.entry,
            field,
            system: self.system.as_str(),
            template_version: self.template_version,
            auth: &self.auth,
            environment: self.environment,
            binding,
        }
    }

    /// When to refresh an access token that begins now: at 70 to 80 % of its life. `drawn` spreads the grants that begin together.
    pub(super) fn due(now: Timestamp, expires_at: Option<Timestamp>, drawn: u8) -> Option<Timestamp> {
        let life = expires_at?.duration_since(now).as_millis();
        let share = 700 + i128::from(drawn) * 100 / 255;
        let after = i64::try_from(life * share / 1000).ok()?;
        now.checked_add(SignedDuration::from_millis(after)).ok()
    }
}

/// A digest of where an entry's requests may go, with the system, the variant and the environment.
pub(super) fn bound(key: &Key, entry: &EntryName) -> Result<String, Error> {
    let binding = key.binding(entry)?;
    let version = key.template_version.to_string();
    let mut context = Context::new(&SHA256);
    let mut part = |text: &str| {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    };
    for text in [key.system.as_str(), &version, &key.auth, key.environment.as_str()] {
        part(text);
    }
    for (role, value) in binding.pairs() {
        part(role);
        part(value);
    }
    Ok(hex::encode(context.finish().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_due_at_seven_to_eight_tenths_of_its_tokens_life() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let after = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        assert_eq!(Grant::due(now, Some(after(1000)), 0), Some(after(700)));
        assert_eq!(Grant::due(now, Some(after(1000)), 255), Some(after(800)));
        assert_eq!(Grant::due(now, None, 0), None);
    }
}
