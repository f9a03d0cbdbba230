//! Where a member of a template's file stands, for people who write one.

use toml::de::{DeTable, DeValue};

/// The line of a member, by its path as complaints name it: `auth.token.verify.check.rules.3.status`. A part that is no member
/// is the `id` or `name` of a table in a list, or its number from 1. If the last parts lead nowhere, it is the line of what they
/// are missing in.
pub(super) fn line_of(text: &str, at: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let root = DeValue::Table(table.get_ref().clone());
    let (mut place, mut start) = (&root, None);
    for part in at.split('.').filter(|part| !part.is_empty()) {
        let found = match place {
            DeValue::Table(table) => table
                .iter()
                .find(|(name, _)| name.get_ref() == part)
                .map(|(name, value)| (name.span(), value)),
            DeValue::Array(items) => {
                let number = part.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let named = items.iter().find(|item| is_called(item.get_ref(), part));
                named.or_else(|| items.get(number?)).map(|item| (item.span(), item))
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => None,
        };
        let Some((span, value)) = found else { break };
        start = Some(span.start);
        place = value.get_ref();
    }
    Some(text.get(..start?)?.matches('\n').count() + 1)
}

fn is_called(item: &DeValue<'_>, name: &str) -> bool {
    let DeValue::Table(table) = item else { return false };
    table
        .iter()
        .filter(|(member, _)| ["id", "name"].contains(&member.get_ref().as_ref()))
        .any(|(_, value)| matches!(value.get_ref(), DeValue::String(text) if text == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "id = \"acme\"\n\n[[auth]]\nid = \"token\"\n[auth.verify.check]\npath = \"me\"\n\
        [[auth.verify.check.rules]]\nname = \"one\"\nstatus = [200]\n[[auth.verify.check.rules]]\nname = \"Two\"\nstatus = []\n";

    #[test]
    fn a_member_is_found_by_names_and_by_numbers() {
        for (at, line) in [
            ("id", 1),
            ("auth.token", 3),
            ("auth.token.verify.check.path", 6),
            ("auth.token.verify.check.rules.one.status", 9),
            ("auth.token.verify.check.rules.2.status", 12),
            ("auth.token.verify.check.rules.2.advice", 10),
        ] {
            assert_eq!(line_of(FILE, at), Some(line), "{at}");
        }
        assert_eq!(line_of(FILE, ""), None);
        assert_eq!(line_of("id = ", "id"), None);
    }
}
