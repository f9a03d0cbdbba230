//! What must not be taken from under whatever uses a key.

use crate::{
    error::{Error, InUse},
    key_use::KeyUse,
    keys::key::Key,
    page::Limit,
    ports::ListKeyUses,
    sealing::EntryName,
};

/// The first uses of a key: one page.
pub(super) async fn uses_of(keys: &impl ListKeyUses, key: &Key) -> Result<Vec<KeyUse>, Error> {
    Ok(keys.list_key_uses(&key.account, &key.id, None, Limit::MOST).await?.uses)
}

/// Checks that a change affects no use of the key. A use relies on the key's system, its environment, and the
/// entry that the use names. If the change could affect a use at all, returns the
/// [`links_version`](Key::links_version) at which the uses were checked.
///
/// # Errors
///
/// [`Error::KeyInUse`] with the uses that are affected, and what the ports report.
pub(super) async fn affected_uses(
    keys: &impl ListKeyUses,
    stored: &Key,
    next: &Key,
) -> Result<Option<u64>, Error> {
    let all = stored.system != next.system
        || stored.environment != next.environment
        || stored.ownership != next.ownership;
    let some = stored.entries.keys().any(|name| !next.entries.contains_key(name));
    if !all && !some {
        return Ok(None);
    }
    if stored.active_uses > 0 {
        let mut affected = InUse::default();
        let mut after = None;
        loop {
            let page = keys.list_key_uses(&stored.account, &stored.id, after.as_ref(), Limit::MOST).await?;
            for found in page.uses.into_iter().filter(|found| all || !is_held(next, found)) {
                affected.count += 1;
                if affected.uses.len() < usize::from(Limit::MAX) {
                    affected.uses.push(found);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if affected.count > 0 {
            return Err(Error::KeyInUse(affected));
        }
    }
    Ok(Some(stored.links_version))
}

/// Whether the key holds the entry that a use names.
fn is_held(key: &Key, found: &KeyUse) -> bool {
    let name = found.organization.clone().map_or(EntryName::Default, EntryName::Organization);
    key.entries.contains_key(&name)
}
