//! What the callers of a run were told of their changes, to be held against what is stored.

use std::collections::{BTreeMap, BTreeSet};

use super::invariants::World;

/// Who was told what. A change whose caller was told nothing certain may have been made once, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    made: BTreeMap<(String, u64), &'static str>,
    /// The versions that somebody was told of who may have made them.
    perhaps: BTreeSet<(String, u64)>,
    uncertain: BTreeMap<String, usize>,
    uncertain_creations: usize,
}

impl Ledger {
    /// Somebody was told that a key is at a version now, by this action.
    pub(crate) fn made(&mut self, key: &str, version: u64, action: &'static str) -> Result<(), String> {
        match self.made.insert((key.to_owned(), version), action) {
            None => Ok(()),
            Some(other) => {
                Err(format!("{key}: two were told that they made version {version}: {other}, {action}"))
            }
        }
    }

    /// Somebody was told that a key is at a version now, and not whether the request made it or found it so.
    pub(crate) fn perhaps_made(&mut self, key: &str, version: u64) {
        self.perhaps.insert((key.to_owned(), version));
    }

    /// Somebody does not know whether a change of this key was made.
    pub(crate) fn uncertain(&mut self, key: &str) {
        *self.uncertain.entry(key.to_owned()).or_default() += 1;
    }

    /// Somebody does not know whether a key was created.
    pub(crate) const fn uncertain_creation(&mut self) {
        self.uncertain_creations += 1;
    }

    /// Changes that were acknowledged and are not there, and changes that are there and nobody can have made.
    pub(crate) fn violations(&self, world: &World) -> Vec<String> {
        let mut found = Vec::new();
        for ((key, version), action) in &self.made {
            let changes = world.keys.get(key).map(|items| items.changes()).unwrap_or_default();
            match changes.get(version) {
                Some(stored) if stored == action || !action.starts_with("key.") => {}
                stored => {
                    found.push(format!("{key}: {action} made version {version}, and stored is {stored:?}"))
                }
            }
        }
        let mut unknown_keys = 0;
        for (key, items) in &world.keys {
            let mut versions: Vec<u64> = items.changes().into_keys().collect();
            versions.retain(|version| {
                let at = (key.clone(), *version);
                !self.made.contains_key(&at) && !self.perhaps.contains(&at)
            });
            if versions.contains(&1) {
                unknown_keys += 1;
                versions.retain(|version| *version != 1);
            }
            let allowed = self.uncertain.get(key).copied().unwrap_or_default();
            if versions.len() > allowed {
                found.push(format!("{key}: nobody made {versions:?}; {allowed} changes are uncertain"));
            }
        }
        if unknown_keys > self.uncertain_creations {
            let allowed = self.uncertain_creations;
            found.push(format!("nobody created {unknown_keys} keys; {allowed} creations are uncertain"));
        }
        found
    }
}
