//! The names of the functions.

use std::{fmt, str::FromStr};

use super::{AREAS, Function};

/// There is no function of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no function {0}")]
pub struct UnknownFunction(String);

/// Makes the enum of names. A name without an entry in the table does not compile, and a second entry for a
/// name does not compile either.
macro_rules! functions {
    ($($variant:ident = $name:literal,)+) => {
        /// A function's name. Its text is also the name of the handler's module, of the event in `events/`, and of the file
        /// with its tests.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FunctionName {
            $(#[doc = concat!("`", $name, "`.")] $variant,)+
        }

        impl FunctionName {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The name in the form that CloudFormation's identifiers and Rust's types have.
            #[must_use]
            pub const fn as_camel_case(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// Its entry in the table.
            #[must_use]
            pub const fn function(self) -> &'static Function {
                match self {
                    $(Self::$variant => const {
                        match entry(Self::$variant) {
                            Entry::One(function) => function,
                            Entry::None => panic!(concat!("the table in functions/src/table has no entry for ", $name)),
                            Entry::Several => panic!(concat!("the table in functions/src/table has two entries for ", $name)),
                        }
                    },)+
                }
            }
        }
    };
}

functions! {
    ListSystems = "list_systems",
    GetSystem = "get_system",
    CreateKey = "create_key",
    ListKeys = "list_keys",
    GetKey = "get_key",
    UpdateKey = "update_key",
    DisableKey = "disable_key",
    EnableKey = "enable_key",
    DeleteKey = "delete_key",
    UndeleteKey = "undelete_key",
    ListKeyVersions = "list_key_versions",
    RestoreKeyVersion = "restore_key_version",
    ListKeyUses = "list_key_uses",
    ReplaceKey = "replace_key",
    ListApps = "list_apps",
    CreateApp = "create_app",
    UpdateApp = "update_app",
    DeleteApp = "delete_app",
    DiscoverApp = "discover_app",
    BeginConnection = "begin_connection",
    FinishConnection = "finish_connection",
    CreateEndpoint = "create_endpoint",
    ListEndpoints = "list_endpoints",
    GetEndpoint = "get_endpoint",
    UpdateEndpoint = "update_endpoint",
    DeleteEndpoint = "delete_endpoint",
    CreateWebhook = "create_webhook",
    ListWebhooks = "list_webhooks",
    GetWebhook = "get_webhook",
    UpdateWebhook = "update_webhook",
    DeleteWebhook = "delete_webhook",
    PublishEvent = "publish_event",
    GetEvent = "get_event",
    TestWebhook = "test_webhook",
    ListDeliveries = "list_deliveries",
    Redeliver = "redeliver",
    SignRequest = "sign_request",
    SendRequest = "send_request",
    ResolveKey = "resolve_key",
    VerifyKey = "verify_key",
    VerifyDraft = "verify_draft",
    ListKeyAudit = "list_key_audit",
    ListAudit = "list_audit",
    GetAccount = "get_account",
    UpdateAccount = "update_account",
    ListMembers = "list_members",
    InviteMember = "invite_member",
    UpdateMember = "update_member",
    RemoveMember = "remove_member",
    ResendInvitation = "resend_invitation",
    ResetSecondFactor = "reset_second_factor",
    SignOut = "sign_out",
    OperateAccount = "operate_account",
    OperateClient = "operate_client",
    IssueToken = "issue_token",
    GetIssuer = "get_issuer",
    GetOpenapi = "get_openapi",
    GetVersion = "get_version",
    GetPanel = "get_panel",
    NotFound = "not_found",
    OnTableChange = "on_table_change",
    OnKeyUse = "on_key_use",
    Rewrap = "rewrap",
    Sweep = "sweep",
    BuryKeys = "bury_keys",
    Deliver = "deliver",
    FindDeliveries = "find_deliveries",
    RefreshGrants = "refresh_grants",
}

/// The entries of the table for one name.
enum Entry {
    None,
    One(&'static Function),
    Several,
}

/// Looks for a name while the table is compiled.
#[expect(clippy::indexing_slicing, reason = "while it compiles, and no iterator runs there")]
const fn entry(name: FunctionName) -> Entry {
    let mut found = Entry::None;
    let mut area = 0;
    while area < AREAS.len() {
        let functions = AREAS[area].functions;
        let mut at = 0;
        while at < functions.len() {
            if functions[at].name as usize == name as usize {
                found = match found {
                    Entry::None => Entry::One(&functions[at]),
                    Entry::One(_) | Entry::Several => Entry::Several,
                };
            }
            at += 1;
        }
        area += 1;
    }
    found
}

impl FromStr for FunctionName {
    type Err = UnknownFunction;

    fn from_str(text: &str) -> Result<Self, UnknownFunction> {
        let named = Self::ALL.iter().copied().find(|name| name.as_str() == text);
        named.ok_or_else(|| UnknownFunction(text.to_owned()))
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_nothing_else_is_a_name() {
        for name in FunctionName::ALL {
            assert_eq!(name.as_str().parse(), Ok(*name));
            assert_eq!(name.function().name, *name);
        }
        let refused = "open_everything".parse::<FunctionName>().unwrap_err();
        assert_eq!(refused.to_string(), "there is no function open_everything");
    }

    #[test]
    fn both_forms_of_a_name_are_the_same_words() {
        for name in FunctionName::ALL {
            let words: Vec<String> = name
                .as_str()
                .split('_')
                .map(|word| word.get(..1).unwrap().to_uppercase() + word.get(1..).unwrap())
                .collect();
            assert_eq!(words.concat(), name.as_camel_case());
        }
    }
}
