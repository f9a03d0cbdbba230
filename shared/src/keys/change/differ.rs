//! What differs between two states of a key, by name and never by value.

use crate::{
    keys::key::{Entry, Header, Key},
    sealing::EntryName,
};

/// The names of the members that differ, for the audit trail.
pub(super) fn changed(before: &Key, after: &Key) -> Vec<String> {
    let mut names: Vec<String> = [
        ("system_id", before.system != after.system || before.template_version != after.template_version),
        ("auth", before.auth != after.auth),
        ("title", before.title != after.title),
        ("environment", before.environment != after.environment),
        ("base_url", before.base_url != after.base_url),
        ("restrictions", before.restrictions != after.restrictions),
        ("check", before.check != after.check),
        ("organization_specific", before.ownership != after.ownership),
        ("expires_at", before.expires_at != after.expires_at),
        ("headers", before.headers != after.headers),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect();
    let empty = Entry::default();
    let mut entries: Vec<&EntryName> = before.entries.keys().chain(after.entries.keys()).collect();
    entries.sort();
    entries.dedup();
    for name in entries {
        let old = before.entries.get(name).unwrap_or(&empty);
        let new = after.entries.get(name).unwrap_or(&empty);
        let mut fields: Vec<&String> = old.fields.keys().chain(new.fields.keys()).collect();
        fields.sort();
        fields.dedup();
        let differing = fields.into_iter().filter(|field| old.fields.get(*field) != new.fields.get(*field));
        names.extend(differing.map(|field| format!("entries.{name}.fields.{field}")));
    }
    names
}

/// The names of everything that a new key holds.
pub(super) fn all(key: &Key) -> Vec<String> {
    let entries = key.entries.iter().flat_map(|(name, entry)| paths(name, entry));
    entries.chain(header_paths(&key.headers)).collect()
}

fn paths<'a>(name: &'a EntryName, entry: &'a Entry) -> impl Iterator<Item = String> + 'a {
    entry.fields.keys().map(move |field| format!("entries.{name}.fields.{field}"))
}

fn header_paths(headers: &[Header]) -> impl Iterator<Item = String> + '_ {
    headers.iter().map(|header| format!("headers.{}", header.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::change::tests::stored;

    #[test]
    fn the_audit_trail_names_what_changed() {
        let key = stored();
        let mut renamed = key.clone();
        renamed.title = "Another".parse().unwrap();
        renamed.entries.insert("org_1".parse().unwrap(), key.entries[&EntryName::Default].clone());
        let names = changed(&key, &renamed);
        assert_eq!(names[0], "title");
        assert!(names[1..].iter().all(|name| name.starts_with("entries.org_1.fields.")), "{names:?}");
    }
}
