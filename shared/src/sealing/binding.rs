//! The binding: the public values that say where a secret may go, sealed with it.

use std::collections::{BTreeMap, btree_map};

/// The (role, value) pairs sealed with a secret, sorted by role: origins by role, and every field that the
/// template marks `binds`.
///
/// Roles are sorted by their bytes and each stands once, so two bindings with the same pairs are authenticated
/// as the same bytes in whatever order the pairs came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binding(BTreeMap<String, String>);

/// Two pairs have the same role, so it would not be clear which of them the secret is bound to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the role `{0}` is bound twice")]
pub struct DuplicateRole(String);

impl Binding {
    /// A binding of these pairs.
    ///
    /// # Errors
    ///
    /// [`DuplicateRole`] if two pairs have the same role, even with the same value.
    pub fn new<R: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (R, V)>,
    ) -> Result<Self, DuplicateRole> {
        let mut sorted = BTreeMap::new();
        for (role, value) in pairs {
            match sorted.entry(role.into()) {
                btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(value.into());
                }
                btree_map::Entry::Occupied(occupied) => return Err(DuplicateRole(occupied.key().clone())),
            }
        }
        Ok(Self(sorted))
    }

    /// The pairs, sorted by role.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(role, value)| (role.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_pairs_come_does_not_matter() {
        let binding = Binding::new([("token", "https://b.example"), ("base", "https://a.example")]).unwrap();
        assert_eq!(
            binding.pairs().collect::<Vec<_>>(),
            [("base", "https://a.example"), ("token", "https://b.example")]
        );
    }

    #[test]
    fn a_role_that_comes_twice_is_refused_whatever_its_values() {
        for second in ["https://a.example", "https://b.example"] {
            assert_eq!(
                Binding::new([("base", "https://a.example"), ("base", second)]),
                Err(DuplicateRole(String::from("base")))
            );
        }
    }
}
