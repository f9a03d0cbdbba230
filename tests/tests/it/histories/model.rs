//! What keys and endpoints are when one thing happens after the other: the specification that histories are held
//! against.

use std::{collections::BTreeMap, sync::Arc};

/// An id of a key or an endpoint; its title, while nobody knows its id.
pub(super) type Id = Arc<str>;

/// What a version of a key holds. A number stands for each title and each secret that was ever set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Content {
    pub(super) title: u64,
    pub(super) secret: u64,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Op {
    CreateKey {
        key: Id,
        content: Content,
    },
    ReadKey {
        key: Id,
    },
    /// Opens the secret.
    UseKey {
        key: Id,
    },
    /// Sets the title, and the secret where there is one.
    UpdateKey {
        key: Id,
        seen: u64,
        title: u64,
        secret: Option<u64>,
    },
    RestoreKey {
        key: Id,
        seen: u64,
        version: u64,
    },
    /// Disables the key, or enables it again.
    SwitchKey {
        key: Id,
        is_disabled: bool,
    },
    /// It can be brought back.
    DeleteKey {
        key: Id,
        seen: u64,
    },
    /// It cannot be brought back, also where it was deleted before.
    PurgeKey {
        key: Id,
        seen: u64,
    },
    UndeleteKey {
        key: Id,
    },
    CreateEndpoint {
        endpoint: Id,
        key: Id,
        active: bool,
    },
    ReadEndpoint {
        endpoint: Id,
    },
    UpdateEndpoint {
        endpoint: Id,
        seen: u64,
        patch: Patch,
    },
    DeleteEndpoint {
        endpoint: Id,
        seen: u64,
    },
}

/// A change of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Patch {
    Active(bool),
    Key(Id),
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done(Shown),
    /// 412: the version is another one.
    Stale,
    /// 404.
    NotFound,
    /// 409: the key cannot be deleted.
    InUse,
    /// 409: nobody can use the key.
    Disabled,
    /// The endpoint's key does not exist or is deleted.
    NoKey,
    /// Nothing certain.
    Unknown,
}

/// What was shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Key { version: u64, title: u64, uses: u64, is_disabled: bool },
    Secret { version: u64, secret: u64 },
    Endpoint { version: u64, active: bool, key: Id },
}

/// Everything of an account. What is not in it does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    keys: BTreeMap<Id, Key>,
    endpoints: BTreeMap<Id, Endpoint>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The content of each version from the first, and whether it is disabled.
    Stored(Vec<Content>, bool),
    /// The same of one that can be brought back.
    Deleted(Vec<Content>, bool),
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Endpoint {
    version: u64,
    active: bool,
    key: Id,
}

/// How a moment at which an operation takes place changes what is there.
pub(super) enum Step {
    /// It cannot have taken place at this moment.
    Impossible,
    /// It changes nothing.
    Unchanged,
    /// It leads to one of these.
    Changed(Vec<State>),
}

impl State {
    fn versions(&self, key: &Id) -> Option<&[Content]> {
        match self.keys.get(key)? {
            Key::Stored(versions, _) => Some(versions),
            Key::Deleted(..) | Key::Ended => None,
        }
    }

    /// The versions of a key that was deleted and can be brought back.
    fn deleted(&self, key: &Id) -> Option<(&[Content], bool)> {
        match self.keys.get(key)? {
            Key::Deleted(versions, is_disabled) => Some((versions, *is_disabled)),
            Key::Stored(..) | Key::Ended => None,
        }
    }

    fn is_disabled(&self, key: &Id) -> bool {
        matches!(self.keys.get(key), Some(Key::Stored(_, true)))
    }

    fn uses(&self, key: &Id) -> u64 {
        self.endpoints.values().filter(|endpoint| endpoint.active && endpoint.key == *key).count() as u64
    }

    /// What an operation does at this moment, if it has this outcome. One without a certain outcome takes effect.
    pub(super) fn step(&self, op: &Op, outcome: &Outcome) -> Step {
        let holds = |holds: bool| if holds { Step::Unchanged } else { Step::Impossible };
        match outcome {
            Outcome::Done(Shown::Key { version, title, uses, is_disabled })
                if matches!(op, Op::ReadKey { .. }) =>
            {
                let Op::ReadKey { key } = op else { return Step::Impossible };
                let shown = |versions: &[Content]| {
                    versions.len() as u64 == *version
                        && versions.last().is_some_and(|last| last.title == *title)
                };
                let is_as_shown =
                    self.versions(key).is_some_and(shown) && self.is_disabled(key) == *is_disabled;
                holds(is_as_shown && self.uses(key) == *uses)
            }
            Outcome::Done(Shown::Secret { version, secret }) => {
                let Op::UseKey { key } = op else { return Step::Impossible };
                let shown = |versions: &[Content]| {
                    versions.len() as u64 == *version
                        && versions.last().is_some_and(|last| last.secret == *secret)
                };
                holds(self.versions(key).is_some_and(shown) && !self.is_disabled(key))
            }
            Outcome::Done(Shown::Endpoint { version, active, key })
                if matches!(op, Op::ReadEndpoint { .. }) =>
            {
                let Op::ReadEndpoint { endpoint } = op else { return Step::Impossible };
                let shown = Endpoint { version: *version, active: *active, key: Arc::clone(key) };
                holds(self.endpoints.get(endpoint) == Some(&shown))
            }
            Outcome::Done(shown) => self.changed(op, Some(shown)),
            Outcome::Unknown => self.changed(op, None),
            Outcome::Stale => holds(self.is_stale(op)),
            Outcome::NotFound => holds(!self.is_there(op)),
            Outcome::InUse => holds(
                matches!(op, Op::DeleteKey { key, .. } | Op::PurgeKey { key, .. } if self.uses(key) > 0),
            ),
            Outcome::Disabled => holds(matches!(op, Op::UseKey { key } if self.is_disabled(key))),
            Outcome::NoKey => holds(self.lacks_key(op)),
        }
    }

    fn is_stale(&self, op: &Op) -> bool {
        match op {
            Op::UpdateKey { key, seen, .. }
            | Op::RestoreKey { key, seen, .. }
            | Op::DeleteKey { key, seen } => {
                self.versions(key).is_some_and(|versions| versions.len() as u64 != *seen)
            }
            Op::PurgeKey { key, seen } => {
                let versions = self.versions(key).or_else(|| self.deleted(key).map(|(versions, _)| versions));
                versions.is_some_and(|versions| versions.len() as u64 != *seen)
            }
            Op::UpdateEndpoint { endpoint, seen, .. } | Op::DeleteEndpoint { endpoint, seen } => {
                self.endpoints.get(endpoint).is_some_and(|endpoint| endpoint.version != *seen)
            }
            _ => false,
        }
    }

    fn is_there(&self, op: &Op) -> bool {
        match op {
            Op::ReadKey { key }
            | Op::UseKey { key }
            | Op::UpdateKey { key, .. }
            | Op::RestoreKey { key, .. }
            | Op::SwitchKey { key, .. }
            | Op::DeleteKey { key, .. } => self.versions(key).is_some(),
            Op::PurgeKey { key, .. } | Op::UndeleteKey { key } => {
                self.versions(key).is_some() || self.deleted(key).is_some()
            }
            Op::ReadEndpoint { endpoint }
            | Op::UpdateEndpoint { endpoint, .. }
            | Op::DeleteEndpoint { endpoint, .. } => self.endpoints.contains_key(endpoint),
            Op::CreateKey { .. } | Op::CreateEndpoint { .. } => true,
        }
    }

    fn lacks_key(&self, op: &Op) -> bool {
        let key = match op {
            Op::CreateEndpoint { key, .. } | Op::UpdateEndpoint { patch: Patch::Key(key), .. } => Some(key),
            Op::UpdateEndpoint { endpoint, .. } => self.endpoints.get(endpoint).map(|endpoint| &endpoint.key),
            _ => None,
        };
        key.is_some_and(|key| self.versions(key).is_none())
    }

    fn changed(&self, op: &Op, shown: Option<&Shown>) -> Step {
        let next: Vec<Self> = match op {
            Op::CreateKey { key, content } if !self.keys.contains_key(key) => {
                vec![self.with_key(key, Key::Stored(vec![*content], false))]
            }
            Op::UpdateKey { key, seen, title, secret } => match self.versions(key) {
                Some(versions) if versions.len() as u64 == *seen => {
                    let secret = secret.or_else(|| Some(versions.last()?.secret)).unwrap_or_default();
                    vec![self.with_version(key, versions, Content { title: *title, secret })]
                }
                Some(_) | None => Vec::new(),
            },
            Op::RestoreKey { key, seen, version } => match self.versions(key) {
                Some(versions) if versions.len() as u64 == *seen => {
                    let restored =
                        usize::try_from(*version).ok().and_then(|version| versions.get(version - 1));
                    // What is there already is not restored once more.
                    let made = |content: &Content| match versions.last() {
                        Some(last) if last == content => self.clone(),
                        Some(_) | None => self.with_version(key, versions, *content),
                    };
                    restored.map(made).into_iter().collect()
                }
                Some(_) | None => Vec::new(),
            },
            // One that is so already stays as it is.
            Op::SwitchKey { key, is_disabled } => match self.versions(key) {
                Some(_) if self.is_disabled(key) == *is_disabled => vec![self.clone()],
                Some(versions) => {
                    vec![self.with_key(key, Key::Stored(once_more(versions), *is_disabled))]
                }
                None => Vec::new(),
            },
            Op::DeleteKey { key, seen } => {
                let found = self.versions(key).filter(|versions| versions.len() as u64 == *seen);
                let gone =
                    |versions| self.with_key(key, Key::Deleted(once_more(versions), self.is_disabled(key)));
                found.filter(|_| self.uses(key) == 0).map(gone).into_iter().collect()
            }
            Op::PurgeKey { key, seen } => {
                let versions = self.versions(key).or_else(|| self.deleted(key).map(|(versions, _)| versions));
                let may = versions.is_some_and(|versions| versions.len() as u64 == *seen);
                if may && self.uses(key) == 0 { vec![self.with_key(key, Key::Ended)] } else { Vec::new() }
            }
            // One that is there stays as it is.
            Op::UndeleteKey { key } => match (self.versions(key), self.deleted(key)) {
                (Some(_), _) => vec![self.clone()],
                (None, Some((versions, is_disabled))) => {
                    vec![self.with_key(key, Key::Stored(once_more(versions), is_disabled))]
                }
                (None, None) => Vec::new(),
            },
            Op::CreateEndpoint { endpoint, key, active } => {
                let made = Endpoint { version: 1, active: *active, key: Arc::clone(key) };
                let may = self.versions(key).is_some() && !self.endpoints.contains_key(endpoint);
                if may { vec![self.with_endpoint(endpoint, Some(made))] } else { Vec::new() }
            }
            Op::UpdateEndpoint { endpoint, seen, patch } => match self.endpoints.get(endpoint) {
                Some(before) if before.version == *seen => {
                    return self.patched(endpoint, before, patch, shown);
                }
                Some(_) | None => Vec::new(),
            },
            Op::DeleteEndpoint { endpoint, seen } => match self.endpoints.get(endpoint) {
                Some(before) if before.version == *seen => vec![self.with_endpoint(endpoint, None)],
                Some(_) | None => Vec::new(),
            },
            Op::CreateKey { .. } | Op::ReadKey { .. } | Op::UseKey { .. } | Op::ReadEndpoint { .. } => {
                Vec::new()
            }
        };
        let next: Vec<Self> =
            next.into_iter().filter(|next| shown.is_none_or(|shown| next.shows(op, shown))).collect();
        if next.is_empty() { Step::Impossible } else { Step::Changed(next) }
    }

    /// A patch that changes nothing may leave the version as it is.
    fn patched(&self, id: &Id, before: &Endpoint, patch: &Patch, shown: Option<&Shown>) -> Step {
        let mut after = before.clone();
        let needs_key = match patch {
            Patch::Active(active) => {
                after.active = *active;
                *active
            }
            Patch::Key(key) => {
                after.key = Arc::clone(key);
                true
            }
        };
        if after == *before {
            let as_it_was = self.clone();
            return match shown {
                Some(shown) if as_it_was.shows_endpoint(id, shown) => Step::Unchanged,
                Some(_) | None => Step::Impossible,
            };
        }
        after.version += 1;
        if needs_key && self.versions(&after.key).is_none() {
            return Step::Impossible;
        }
        let next = self.with_endpoint(id, Some(after));
        if shown.is_none_or(|shown| next.shows_endpoint(id, shown)) {
            Step::Changed(vec![next])
        } else {
            Step::Impossible
        }
    }

    /// Whether an answer to a change shows what it led to. The number of uses in it may be of a moment before.
    fn shows(&self, op: &Op, shown: &Shown) -> bool {
        match (op, shown) {
            (
                Op::CreateKey { key, .. }
                | Op::UpdateKey { key, .. }
                | Op::RestoreKey { key, .. }
                | Op::SwitchKey { key, .. }
                | Op::UndeleteKey { key },
                Shown::Key { version, title, is_disabled, .. },
            ) => self.versions(key).is_some_and(|versions| {
                let is_last = versions.last().is_some_and(|last| last.title == *title);
                versions.len() as u64 == *version && is_last && self.is_disabled(key) == *is_disabled
            }),
            (Op::CreateEndpoint { endpoint, .. }, shown) => self.shows_endpoint(endpoint, shown),
            (Op::DeleteKey { .. } | Op::PurgeKey { .. } | Op::DeleteEndpoint { .. }, Shown::Nothing) => true,
            _ => false,
        }
    }

    fn shows_endpoint(&self, id: &Id, shown: &Shown) -> bool {
        match (self.endpoints.get(id), shown) {
            (Some(stored), Shown::Endpoint { version, active, key }) => {
                (stored.version, stored.active, &stored.key) == (*version, *active, key)
            }
            _ => false,
        }
    }

    fn with_key(&self, id: &Id, key: Key) -> Self {
        let mut next = self.clone();
        next.keys.insert(Arc::clone(id), key);
        next
    }

    fn with_version(&self, id: &Id, versions: &[Content], content: Content) -> Self {
        let versions = versions.iter().copied().chain([content]).collect();
        self.with_key(id, Key::Stored(versions, self.is_disabled(id)))
    }

    fn with_endpoint(&self, id: &Id, endpoint: Option<Endpoint>) -> Self {
        let mut next = self.clone();
        match endpoint {
            Some(endpoint) => drop(next.endpoints.insert(Arc::clone(id), endpoint)),
            None => drop(next.endpoints.remove(id)),
        }
        next
    }
}

/// A version more with the same content.
fn once_more(versions: &[Content]) -> Vec<Content> {
    versions.iter().chain(versions.last()).copied().collect()
}
