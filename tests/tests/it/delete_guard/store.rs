//! The table in miniature: two keys, two endpoints, and the links between them.

/// A key that endpoints may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    A,
    B,
}

/// A source, destination or webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Endpoint {
    X,
    Y,
}

pub(super) const KEYS: [Key; 2] = [Key::A, Key::B];
pub(super) const ENDPOINTS: [Endpoint; 2] = [Endpoint::X, Endpoint::Y];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum KeyState {
    Active,
    /// Deleted, and it can be brought back.
    Recoverable,
    Tombstone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KeyRow {
    pub(super) state: KeyState,
    /// Counts changes of content.
    pub(super) version: u8,
    /// How many links there are meant to be. A design that does not ask for a floor has none.
    pub(super) active_uses: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum EndpointState {
    Absent,
    Inactive(Key),
    Active(Key),
}

impl EndpointState {
    /// The key that the endpoint uses.
    pub(super) fn uses(self) -> Option<Key> {
        match self {
            Self::Active(key) => Some(key),
            Self::Absent | Self::Inactive(_) => None,
        }
    }
}

/// An endpoint's row. Its version goes on counting when the endpoint is deleted, since ids are not used twice: what is
/// created in its place is another endpoint to whoever has read the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EndpointRow {
    pub(super) state: EndpointState,
    pub(super) version: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Store {
    keys: [KeyRow; 2],
    links: [[bool; 2]; 2],
    endpoints: [EndpointRow; 2],
}

impl Store {
    /// Two keys, these endpoints, and the links and counters that belong to them.
    pub(super) fn with(endpoints: [EndpointState; 2]) -> Self {
        let unused = KeyRow { state: KeyState::Active, version: 1, active_uses: 0 };
        let rows = endpoints.map(|state| EndpointRow { state, version: 1 });
        let mut store = Self { keys: [unused; 2], links: [[false; 2]; 2], endpoints: rows };
        for (endpoint, state) in ENDPOINTS.into_iter().zip(endpoints) {
            if let Some(key) = state.uses() {
                store.set_link(endpoint, key, true);
                store.count(key, 1);
            }
        }
        store
    }

    pub(super) fn key(&self, key: Key) -> KeyRow {
        self.keys[key as usize]
    }

    pub(super) fn is_active(&self, key: Key) -> bool {
        self.key(key).state == KeyState::Active
    }

    /// Whether a key may come back.
    pub(super) fn has_recoverable(&self) -> bool {
        self.keys.iter().any(|row| row.state == KeyState::Recoverable)
    }

    pub(super) fn endpoint(&self, endpoint: Endpoint) -> EndpointRow {
        self.endpoints[endpoint as usize]
    }

    pub(super) fn is_linked(&self, endpoint: Endpoint, key: Key) -> bool {
        self.links[endpoint as usize][key as usize]
    }

    /// How many links a query for the key's links finds.
    pub(super) fn links_of(&self, key: Key) -> usize {
        ENDPOINTS.into_iter().filter(|endpoint| self.is_linked(*endpoint, key)).count()
    }

    pub(super) fn put_key(&mut self, key: Key, row: KeyRow) {
        self.keys[key as usize] = row;
    }

    pub(super) fn put_endpoint(&mut self, endpoint: Endpoint, row: EndpointRow) {
        self.endpoints[endpoint as usize] = row;
    }

    pub(super) fn set_link(&mut self, endpoint: Endpoint, key: Key, stands: bool) {
        self.links[endpoint as usize][key as usize] = stands;
    }

    pub(super) fn count(&mut self, key: Key, by: i8) {
        self.keys[key as usize].active_uses += by;
    }
}
