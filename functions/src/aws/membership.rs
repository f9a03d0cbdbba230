//! People, machine clients and account settings as rows of the table `keyward`. A row that Keyward could not
//! have written counts as missing, so it grants nothing: its MAC says whether it has (see [`row_macs`](super::row_macs)).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    ids::{AccountId, ClientId, MemberId},
    membership::{
        AccountSettings, MachineClient, Member, Remit, SelfServiceKeys, Standing,
        rows::{CallerRow, Said},
    },
    permission::{Permission, Role},
    ports::{ReadAccountSettings, ReadMachineClient, ReadMember},
};
use serde::Deserialize;

use super::{
    Tables,
    client_secrets::{self, SecretItem},
    item::{Item, number_of, text, text_of},
    place,
};

/// The row of a person.
#[must_use]
pub fn member_item(account: &AccountId, id: &MemberId, member: &Member) -> HashMap<String, AttributeValue> {
    let mut item = place::member(account, id);
    item.insert("role".to_owned(), text(member.role.as_str()));
    item.insert("state".to_owned(), text(member.standing.as_str()));
    if let Some(ended) = member.signed_out {
        item.insert("signed_out_at".to_owned(), text(ended.to_string()));
    }
    item
}

/// The row of a machine client.
#[must_use]
pub fn client_item(id: &ClientId, client: &MachineClient) -> HashMap<String, AttributeValue> {
    let mut item = place::client(id);
    item.insert("state".to_owned(), text(client.standing.as_str()));
    let permissions = match &client.remit {
        Remit::Operator => &[Permission::AccountsOperate][..],
        Remit::Account { account, environment, permissions } => {
            item.insert("account_id".to_owned(), text(account.as_str()));
            item.insert("environment".to_owned(), text(environment.as_str()));
            permissions
        }
    };
    let permissions = permissions.iter().map(|permission| text(permission.as_str()));
    item.insert("permissions".to_owned(), AttributeValue::L(permissions.collect()));
    if !client.secrets.is_empty() {
        item.insert("secrets".to_owned(), client_secrets::attribute(&client.secrets));
    }
    item
}

/// The row of an account's settings.
#[must_use]
pub fn settings_item(account: &AccountId, settings: &AccountSettings) -> HashMap<String, AttributeValue> {
    let mut item = place::settings(account);
    let self_service = settings.self_service_keys == SelfServiceKeys::On;
    item.insert("self_service_keys".to_owned(), AttributeValue::Bool(self_service));
    item.insert("keys_minimum_role".to_owned(), text(settings.keys_minimum_role.as_str()));
    item.insert("state".to_owned(), text(settings.standing.as_str()));
    item
}

#[derive(Deserialize)]
struct MemberRow {
    role: String,
    state: String,
    created_at: Option<Timestamp>,
    signed_out_at: Option<Timestamp>,
}

impl MemberRow {
    fn parse(self) -> Option<Member> {
        Some(Member {
            role: Role::from_name(&self.role)?,
            standing: Standing::from_name(&self.state)?,
            invited: self.created_at.is_some(),
            signed_out: self.signed_out_at,
        })
    }
}

#[derive(Deserialize)]
struct ClientRow {
    state: String,
    account_id: Option<String>,
    environment: Option<String>,
    permissions: Vec<String>,
    #[serde(default)]
    secrets: Vec<SecretItem>,
}

impl ClientRow {
    fn parse(self) -> Option<MachineClient> {
        let permissions: Vec<Permission> =
            self.permissions.iter().map(|name| Permission::from_name(name)).collect::<Option<_>>()?;
        let remit = match (self.account_id, self.environment) {
            (None, None) if permissions == [Permission::AccountsOperate] => Remit::Operator,
            (Some(account), Some(environment)) => Remit::Account {
                account: account.parse().ok()?,
                environment: environment.parse().ok()?,
                permissions,
            },
            (None | Some(_), None | Some(_)) => return None,
        };
        let secrets = client_secrets::parse(self.secrets)?;
        Some(MachineClient { remit, standing: Standing::from_name(&self.state)?, secrets })
    }
}

/// An absent setting was never set. The account then counts as active, and its people cannot manage keys.
#[derive(Deserialize)]
struct SettingsRow {
    self_service_keys: Option<bool>,
    keys_minimum_role: Option<String>,
    state: Option<String>,
}

impl SettingsRow {
    fn parse(self) -> Option<AccountSettings> {
        let self_service = self.self_service_keys.unwrap_or(false);
        Some(AccountSettings {
            self_service_keys: if self_service { SelfServiceKeys::On } else { SelfServiceKeys::Off },
            keys_minimum_role: self
                .keys_minimum_role
                .map_or(Some(Role::Viewer), |role| Role::from_name(&role))?,
            standing: self.state.map_or(Some(Standing::Active), |state| Standing::from_name(&state))?,
        })
    }
}

fn read<R: for<'de> Deserialize<'de>, T>(item: Item, parse: impl Fn(R) -> Option<T>) -> Option<T> {
    serde_dynamo::from_item(item).ok().and_then(parse)
}

/// The machine client of a row; `None` for a row that could not have been written.
pub(super) fn read_client(item: Item) -> Option<MachineClient> {
    read(item, ClientRow::parse)
}

/// What a caller's row says, and its version. A row that was put by hand is at 0.
pub(super) fn said(row: &CallerRow, item: Item) -> (Said, u64) {
    let version = number_of(&item, "version").unwrap_or_default();
    let said = match row {
        CallerRow::Member(..) => read(item, MemberRow::parse).map(Said::Member),
        CallerRow::Client(_) => read_client(item).map(Said::Client),
        // The webhook itself was read before, at the version that it must still be at.
        CallerRow::Webhook { .. } => {
            let environment = text_of(&item, "environment").and_then(|environment| environment.parse().ok());
            environment.filter(|_| text_of(&item, "state") == Some("active")).map(Said::Webhook)
        }
    };
    (said.unwrap_or(Said::Unreadable), version)
}

/// The settings of a row; `None` for a row that could not have been written.
pub(super) fn read_settings(item: Item) -> Option<AccountSettings> {
    read(item, SettingsRow::parse)
}

impl ReadMember for Tables {
    async fn read_member(&self, account: &AccountId, member: &MemberId) -> Result<Option<Member>, PortError> {
        let item = self.get(&self.keyward, place::member(account, member)).await?;
        Ok(self.authentic(item).await?.and_then(|item| read(item, MemberRow::parse)))
    }
}

impl ReadMachineClient for Tables {
    async fn read_machine_client(&self, client: &ClientId) -> Result<Option<MachineClient>, PortError> {
        let item = self.get(&self.keyward, place::client(client)).await?;
        Ok(self.authentic(item).await?.and_then(read_client))
    }
}

impl ReadAccountSettings for Tables {
    async fn read_account_settings(&self, account: &AccountId) -> Result<Option<AccountSettings>, PortError> {
        let item = self.get(&self.keyward, place::settings(account)).await?;
        Ok(item.and_then(read_settings))
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::{environment::Environment, membership::client_secret::KeptSecret};

    use super::*;
    use crate::system::{SystemClock, SystemRandom};

    fn client(remit: Remit) -> MachineClient {
        let kept = |ends| KeptSecret::make(&SystemClock, &SystemRandom, ends).1;
        let secrets = vec![kept(None), kept(Some(Timestamp::UNIX_EPOCH))];
        MachineClient { remit, standing: Standing::Suspended, secrets }
    }

    fn acme() -> AccountId {
        "acme".parse().unwrap()
    }

    fn runtime() -> MachineClient {
        client(Remit::Account {
            account: acme(),
            environment: Environment::Test,
            permissions: vec![Permission::KeysUse, Permission::KeysResolve],
        })
    }

    #[test]
    fn a_row_reads_back_as_it_was_written() {
        for role in Role::ALL {
            for standing in Standing::ALL {
                for signed_out in [None, Some(Timestamp::UNIX_EPOCH)] {
                    let member = Member { signed_out, ..Member::new(role, standing) };
                    let item = member_item(&acme(), &"u-1".parse().unwrap(), &member);
                    assert_eq!(read(item, MemberRow::parse), Some(member));
                }
            }
            let settings = AccountSettings {
                self_service_keys: SelfServiceKeys::On,
                keys_minimum_role: role,
                standing: Standing::Suspended,
            };
            assert_eq!(read(settings_item(&acme(), &settings), SettingsRow::parse), Some(settings));
        }
        for client in [runtime(), client(Remit::Operator)] {
            assert_eq!(read(client_item(&"c1".parse().unwrap(), &client), ClientRow::parse), Some(client));
        }
    }

    #[test]
    fn settings_that_were_never_settled_leave_keys_to_others() {
        let settings = AccountSettings {
            self_service_keys: SelfServiceKeys::Off,
            keys_minimum_role: Role::Viewer,
            standing: Standing::Active,
        };
        assert_eq!(read(place::settings(&acme()), SettingsRow::parse), Some(settings));
    }

    #[test]
    fn a_row_that_could_not_have_been_written_is_none() {
        let member =
            member_item(&acme(), &"u-1".parse().unwrap(), &Member::new(Role::Owner, Standing::Active));
        for name in ["role", "state", "signed_out_at"] {
            for value in [Some(text("emperor")), Some(AttributeValue::Bool(true)), None] {
                if name == "signed_out_at" && value.is_none() {
                    continue;
                }
                let mut edited = member.clone();
                edited.remove(name);
                edited.extend(value.map(|value| (name.to_owned(), value)));
                assert_eq!(read(edited, MemberRow::parse), None, "{name}");
            }
        }
        let list = |names: &[&str]| AttributeValue::L(names.iter().copied().map(text).collect());
        let edited = |client: &MachineClient, name: &str, value: Option<AttributeValue>| {
            let mut item = client_item(&"c1".parse().unwrap(), client);
            item.remove(name);
            item.extend(value.map(|value| (name.to_owned(), value)));
            read(item, ClientRow::parse)
        };
        for (name, value) in [
            ("account_id", Some(text("a#b"))),
            ("account_id", None),
            ("environment", Some(text("moon"))),
            ("environment", None),
            ("permissions", Some(list(&["keys:use", "keys:everything"]))),
            ("permissions", Some(text("keys:use"))),
            ("permissions", None),
            ("state", Some(text("asleep"))),
            ("secrets", Some(text("secret"))),
            ("secrets", Some(list(&["secret"]))),
            (
                "secrets",
                Some(client_secrets::attribute(&[&runtime().secrets[..], &runtime().secrets[..]].concat())),
            ),
        ] {
            assert_eq!(edited(&runtime(), name, value), None, "{name}");
        }
        let mut one = runtime();
        one.secrets.truncate(1);
        for (member, value) in
            [("id", "key_1"), ("sha256", "ab"), ("created_at", "now"), ("ends_at", "never"), ("more", "x")]
        {
            let mut item = client_item(&"c1".parse().unwrap(), &one);
            let Some(AttributeValue::L(kept)) = item.get_mut("secrets") else { panic!() };
            let Some(AttributeValue::M(kept)) = kept.first_mut() else { panic!() };
            kept.insert(member.to_owned(), text(value));
            assert_eq!(read(item, ClientRow::parse), None, "{member}");
        }
        let operator = client(Remit::Operator);
        assert_eq!(edited(&operator, "permissions", Some(list(&["accounts:operate", "keys:use"]))), None);
        assert_eq!(edited(&operator, "account_id", Some(text("acme"))), None);
    }
}
