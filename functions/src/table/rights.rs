//! What functions may do on AWS.

/// Something that a function may do, and why. Its role allows its rights and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The IAM actions, such as `dynamodb:GetItem`.
    pub actions: &'static [&'static str],
    /// On what.
    pub resource: Resource,
    /// Patterns of the partition keys of the items, as `dynamodb:LeadingKeys` has them; empty where that says nothing.
    pub items: &'static [&'static str],
    /// Why: a plain sentence.
    pub why: &'static str,
}

/// One action of a right by itself, on what the right is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The IAM action.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
    /// Patterns of the partition keys of the items; empty where that says nothing.
    pub items: &'static [&'static str],
}

/// What the functions work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The table of everything that may be shown.
    Table,
    /// The table's index of keys by title.
    ByTitle,
    /// The table's index of keys by system.
    BySystem,
    /// The table's stream.
    Stream,
    /// The table of sealed fields.
    Vault,
    /// The KMS key that wraps data keys.
    WrappingKey,
    /// The KMS key that fingerprints requests.
    FingerprintKey,
    /// The user pool.
    UserPool,
    /// The queue of the stream's records that were given up.
    FailedChanges,
}

impl Right {
    /// Its actions, each by itself.
    pub fn each(&self) -> impl Iterator<Item = Action> {
        let Self { resource, items, .. } = *self;
        self.actions.iter().map(move |action| Action { action, resource, items })
    }

    /// A right on a whole resource.
    pub(super) const fn on(resource: Resource, actions: &'static [&'static str], why: &'static str) -> Self {
        Self::on_items(resource, &[], actions, why)
    }

    /// A right on some items of a table.
    pub(super) const fn on_items(
        resource: Resource,
        items: &'static [&'static str],
        actions: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self { actions, resource, items, why }
    }
}
