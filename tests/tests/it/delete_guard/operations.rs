//! What clients do. An operation reads a row and decides by it, then sends one transaction. Between the two, anything
//! may happen.

use super::{
    designs::{Design, Refusal},
    store::{ENDPOINTS, Endpoint, EndpointRow, EndpointState, KEYS, Key, KeyRow, KeyState, Store},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Operation {
    ChangeEndpoint(Endpoint, Change),
    /// Changes a key's content, or disables or enables it: to the guard a disabled key is one like any other.
    ChangeKey(Key),
    DeleteKey(Key),
    /// Deletes a key that can be brought back.
    SetKeyAside(Key),
    UndeleteKey(Key),
}

/// What is to become of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Change {
    Create(Key),
    Reactivate,
    Repoint(Key),
    Deactivate,
    Delete,
}

/// A transaction that is sent: the operation, with the row that it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Request {
    ChangeEndpoint(Endpoint, Change, EndpointRow),
    /// Sends the version only.
    ChangeKey(Key, u8),
    /// Sends the version only.
    DeleteKey(Key, u8),
    /// Sends the version only.
    SetKeyAside(Key, u8),
    /// Sends the version only.
    UndeleteKey(Key, u8),
}

impl Operation {
    /// Everything that attaches, detaches, or asks for the uses of a key.
    pub(super) fn around_uses() -> Vec<Self> {
        let with_key = KEYS.into_iter().flat_map(|key| [Change::Create(key), Change::Repoint(key)]);
        let alone = [Change::Reactivate, Change::Deactivate, Change::Delete];
        let on_endpoints = with_key
            .chain(alone)
            .flat_map(|change| ENDPOINTS.map(|endpoint| Self::ChangeEndpoint(endpoint, change)));
        on_endpoints.chain(KEYS.map(Self::DeleteKey)).collect()
    }

    /// All of these, with keys that come back.
    pub(super) fn with_returns() -> Vec<Self> {
        let come_back = KEYS.into_iter().flat_map(|key| [Self::SetKeyAside(key), Self::UndeleteKey(key)]);
        Self::with_changes().into_iter().chain(come_back).collect()
    }

    /// The same, with keys that change.
    pub(super) fn with_changes() -> Vec<Self> {
        Self::around_uses().into_iter().chain(KEYS.map(Self::ChangeKey)).collect()
    }

    /// Reads, and makes the request. There is none where everything is as it is meant to be.
    pub(super) fn read(self, design: Design, store: &Store) -> Result<Option<Request>, Refusal> {
        match self {
            Self::ChangeEndpoint(endpoint, change) => {
                let row = store.endpoint(endpoint);
                let is_change = change.of(row.state)? != row.state;
                Ok(is_change.then_some(Request::ChangeEndpoint(endpoint, change, row)))
            }
            Self::ChangeKey(key) => match store.key(key) {
                KeyRow { state: KeyState::Tombstone | KeyState::Recoverable, .. } => Err(Refusal::KeyGone),
                row => Ok(Some(Request::ChangeKey(key, row.version))),
            },
            Self::DeleteKey(key) | Self::SetKeyAside(key) => match store.key(key) {
                KeyRow { state: KeyState::Tombstone | KeyState::Recoverable, .. } => Ok(None),
                _ if design.is_in_use(store, key) => Err(Refusal::KeyInUse),
                row if self == Self::SetKeyAside(key) => Ok(Some(Request::SetKeyAside(key, row.version))),
                row => Ok(Some(Request::DeleteKey(key, row.version))),
            },
            Self::UndeleteKey(key) => match store.key(key) {
                KeyRow { state: KeyState::Tombstone, .. } => Err(Refusal::KeyGone),
                KeyRow { state: KeyState::Active, .. } => Ok(None),
                row => Ok(Some(Request::UndeleteKey(key, row.version))),
            },
        }
    }
}

impl Change {
    fn of(self, before: EndpointState) -> Result<EndpointState, Refusal> {
        use EndpointState::{Absent, Active, Inactive};
        match (self, before) {
            (Self::Create(key), Absent) => Ok(Active(key)),
            (Self::Create(key), Active(used)) if used == key => Ok(before),
            (Self::Create(_), Active(_) | Inactive(_)) => Err(Refusal::Stale),
            (Self::Delete, _) => Ok(Absent),
            (Self::Reactivate | Self::Repoint(_) | Self::Deactivate, Absent) => Err(Refusal::Stale),
            (Self::Reactivate, Active(key) | Inactive(key)) => Ok(Active(key)),
            (Self::Repoint(key), Active(_)) => Ok(Active(key)),
            (Self::Repoint(key), Inactive(_)) => Ok(Inactive(key)),
            (Self::Deactivate, Active(key) | Inactive(key)) => Ok(Inactive(key)),
        }
    }
}

impl Request {
    pub(super) fn operation(self) -> Operation {
        match self {
            Self::ChangeEndpoint(endpoint, change, _) => Operation::ChangeEndpoint(endpoint, change),
            Self::ChangeKey(key, _) => Operation::ChangeKey(key),
            Self::DeleteKey(key, _) => Operation::DeleteKey(key),
            Self::SetKeyAside(key, _) => Operation::SetKeyAside(key),
            Self::UndeleteKey(key, _) => Operation::UndeleteKey(key),
        }
    }

    /// The store with the whole transaction made.
    pub(super) fn commit(self, design: Design, store: &Store) -> Result<Store, Refusal> {
        let mut made = *store;
        match self {
            Self::ChangeEndpoint(endpoint, change, seen) => {
                design.change_endpoint(&mut made, endpoint, seen, change.of(seen.state)?)?;
            }
            Self::ChangeKey(key, version) => design.change_key(&mut made, key, version)?,
            Self::DeleteKey(key, version) => {
                design.delete_key(&mut made, (key, version), KeyState::Tombstone)?;
            }
            Self::SetKeyAside(key, version) => {
                design.delete_key(&mut made, (key, version), KeyState::Recoverable)?;
            }
            Self::UndeleteKey(key, version) => design.undelete_key(&mut made, key, version)?,
        }
        Ok(made)
    }
}
