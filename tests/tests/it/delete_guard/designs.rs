//! The guard, and two designs that look as good. What changes or deletes here is one transaction: it asks for its
//! conditions and writes into a copy of the store, which is dropped if one of them does not hold. None touches a row
//! twice.

use super::store::{Endpoint, EndpointRow, EndpointState, Key, KeyRow, KeyState, Store};

/// How links, counters and key rows are kept in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Design {
    /// Attaching puts the link if it is absent and counts up on the row of an active key; detaching deletes the link if
    /// it is present and counts down. Deleting asks the row for a counter of zero.
    Guarded,
    /// Attaching asks for an active key and does not write its row. Deleting queries the links, and then asks the row
    /// for its version.
    CheckedAndQueried,
    /// Attaching and detaching write link, counter and endpoint whatever stands there, and a client that has heard
    /// nothing repeats them as they are. Deleting asks the row for a counter of zero.
    CountedBlindly,
}

/// Why a transaction was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Refusal {
    KeyGone,
    KeyInUse,
    /// What was read does not stand there any more.
    Stale,
}

fn require(condition: bool, otherwise: Refusal) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(otherwise) }
}

impl Design {
    /// Whether the key's row counts its links.
    pub(super) fn counts(self) -> bool {
        match self {
            Self::Guarded | Self::CountedBlindly => true,
            Self::CheckedAndQueried => false,
        }
    }

    /// Whether a client that has heard nothing sends the same again, as another request, instead of reading again.
    pub(super) fn repeats_blindly(self) -> bool {
        match self {
            Self::CountedBlindly => true,
            Self::Guarded | Self::CheckedAndQueried => false,
        }
    }

    /// What somebody who is about to delete a key reads about its uses.
    pub(super) fn is_in_use(self, store: &Store, key: Key) -> bool {
        if self.counts() { store.key(key).active_uses > 0 } else { store.links_of(key) > 0 }
    }

    /// Creates, reactivates, re-points, deactivates or deletes an endpoint. Links follow the key that it uses; from a
    /// key to itself there is nothing to follow.
    pub(super) fn change_endpoint(
        self,
        store: &mut Store,
        endpoint: Endpoint,
        seen: EndpointRow,
        after: EndpointState,
    ) -> Result<(), Refusal> {
        if !self.repeats_blindly() {
            require(store.endpoint(endpoint).version == seen.version, Refusal::Stale)?;
        }
        store.put_endpoint(endpoint, EndpointRow { state: after, version: seen.version + 1 });
        let (left, taken) = (seen.state.uses(), after.uses());
        if left == taken {
            return Ok(());
        }
        left.map_or(Ok(()), |key| self.detach(store, endpoint, key))?;
        taken.map_or(Ok(()), |key| self.attach(store, endpoint, key))
    }

    fn attach(self, store: &mut Store, endpoint: Endpoint, key: Key) -> Result<(), Refusal> {
        require(store.is_active(key), Refusal::KeyGone)?;
        if !self.repeats_blindly() {
            require(!store.is_linked(endpoint, key), Refusal::Stale)?;
        }
        store.set_link(endpoint, key, true);
        if self.counts() {
            store.count(key, 1);
        }
        Ok(())
    }

    fn detach(self, store: &mut Store, endpoint: Endpoint, key: Key) -> Result<(), Refusal> {
        if !self.repeats_blindly() {
            require(store.is_linked(endpoint, key), Refusal::Stale)?;
            require(!self.counts() || store.key(key).active_uses >= 1, Refusal::Stale)?;
        }
        store.set_link(endpoint, key, false);
        if self.counts() {
            store.count(key, -1);
        }
        Ok(())
    }

    /// Deletes a key: its row becomes a tombstone, or stays so that the key can be brought back.
    pub(super) fn delete_key(
        self,
        store: &mut Store,
        (key, version): (Key, u8),
        state: KeyState,
    ) -> Result<(), Refusal> {
        let row = store.key(key);
        require(row.state == KeyState::Active, Refusal::KeyGone)?;
        require(row.version == version, Refusal::Stale)?;
        require(!self.counts() || row.active_uses == 0, Refusal::KeyInUse)?;
        store.put_key(key, KeyRow { state, version: version + 1, ..row });
        Ok(())
    }

    /// Brings a deleted key back. The same in every design.
    pub(super) fn undelete_key(self, store: &mut Store, key: Key, version: u8) -> Result<(), Refusal> {
        let row = store.key(key);
        require(row.state == KeyState::Recoverable, Refusal::KeyGone)?;
        require(row.version == version, Refusal::Stale)?;
        store.put_key(key, KeyRow { state: KeyState::Active, version: version + 1, ..row });
        Ok(())
    }

    /// Changes a key's content, and leaves alone what is counted in its row. The same in every design.
    pub(super) fn change_key(self, store: &mut Store, key: Key, version: u8) -> Result<(), Refusal> {
        let row = store.key(key);
        require(row.state == KeyState::Active, Refusal::KeyGone)?;
        require(row.version == version, Refusal::Stale)?;
        store.put_key(key, KeyRow { version: version + 1, ..row });
        Ok(())
    }
}
